//! [`FragmentSource`]: whatever yields a partition stream.

use super::Fragment;

/// Yields the fragments of a partition stream in the order law of [`Fragment`].
///
/// Duties: after `None` or an error it is not asked again; what was yielded is never taken back.
pub trait FragmentSource {
    /// Why reading can fail.
    type Error;

    /// The next fragment, or `None` at the end of the stream.
    fn next(&mut self) -> Result<Option<Fragment>, Self::Error>;
}

impl<S: FragmentSource + ?Sized> FragmentSource for Box<S> {
    type Error = S::Error;

    fn next(&mut self) -> Result<Option<Fragment>, Self::Error> {
        (**self).next()
    }
}
