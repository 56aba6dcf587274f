//! [`FragmentList`]: a stream of fragments that are already in memory.
//!
//! What a page from another node becomes again, and what tests merge.

use std::marker::PhantomData;

use super::{Fragment, FragmentSource};

/// Yields fragments as given. Never fails: `E` is whatever its neighbours in a merge fail with.
pub struct FragmentList<E> {
    fragments: std::vec::IntoIter<Fragment>,
    error: PhantomData<fn() -> E>,
}

impl<E> FragmentList<E> {
    /// A stream of `fragments`, which obey the order law.
    pub fn new(fragments: Vec<Fragment>) -> FragmentList<E> {
        FragmentList { fragments: fragments.into_iter(), error: PhantomData }
    }
}

impl<E> FragmentSource for FragmentList<E> {
    type Error = E;

    fn next(&mut self) -> Result<Option<Fragment>, E> {
        Ok(self.fragments.next())
    }
}

/// Every fragment of a stream.
///
/// Limits: the caller knows that the stream is small; nothing bounds it here.
///
/// Errors: the source's, with what was read before lost.
pub fn read_all<S: FragmentSource>(mut source: S) -> Result<Vec<Fragment>, S::Error> {
    let mut fragments = vec![];
    while let Some(fragment) = source.next()? {
        fragments.push(fragment);
    }
    Ok(fragments)
}
