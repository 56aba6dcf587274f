//! [`ListPaths`]: where new elements of a list go.
//!
//! A list is ordered by its cells' paths, which are order-encoded timeuuids: appended elements get rising
//! ticks, so they stand behind all before. Prepended elements get ticks mirrored at 1970, so that each
//! later prepend stands before all that is there; the elements of one prepend keep their order.

use bytes::Bytes;
use model::types::ColumnType;

use super::super::environment::Environment;
use super::super::row_view::encode_path;
use crate::error::CqlError;

/// Makes paths.
#[derive(Clone, Copy)]
pub(crate) struct ListPaths<'a> {
    environment: &'a Environment,
}

impl<'a> ListPaths<'a> {
    /// Paths by the environment's clock.
    pub(crate) fn new(environment: &'a Environment) -> ListPaths<'a> {
        ListPaths { environment }
    }

    /// `count` paths behind every one made before, ascending.
    pub(crate) fn behind(&self, count: usize) -> Result<Vec<Bytes>, CqlError> {
        (0..count).map(|_| self.path(self.environment.next_tick())).collect()
    }

    /// `count` paths before every one made before, ascending.
    pub(crate) fn before(&self, count: usize) -> Result<Vec<Bytes>, CqlError> {
        let mut paths = (0..count)
            .map(|_| self.path(self.environment.next_tick().saturating_neg()))
            .collect::<Result<Vec<_>, _>>()?;
        paths.reverse();
        Ok(paths)
    }

    fn path(&self, tick: i64) -> Result<Bytes, CqlError> {
        encode_path(&ColumnType::TimeUuid, self.environment.timeuuid_of(tick).as_bytes())
    }
}
