//! [`TypeRoom`]: types as written -> types, never more of them in one statement than a table may have.

use model::limits::TABLE_TYPE_NODES_MAX;
use model::schema::Schema;
use model::types::ColumnType;

use crate::cql::expression::resolve_type;
use crate::cql::syntax::ast::RawType;
use crate::error::CqlError;

/// Resolves the types of one statement. User types that use each other several times grow fast, so what a
/// statement brings is counted before the next type is built.
pub(super) struct TypeRoom<'s> {
    schema: &'s Schema,
    keyspace: &'s str,
    nodes: usize,
}

impl<'s> TypeRoom<'s> {
    pub(super) fn new(schema: &'s Schema, keyspace: &'s str) -> TypeRoom<'s> {
        TypeRoom { schema, keyspace, nodes: 0 }
    }

    /// Errors: as `resolve_type`, and more types than a statement may bring.
    pub(super) fn resolve(&mut self, raw: &RawType) -> Result<ColumnType, CqlError> {
        let kind = resolve_type(raw, self.schema, self.keyspace)?;
        self.nodes = self.nodes.saturating_add(kind.node_count());
        if self.nodes > TABLE_TYPE_NODES_MAX {
            return Err(CqlError::invalid(format!(
                "The statement's types are made of more than {TABLE_TYPE_NODES_MAX} types, those inside user types counted"
            )));
        }
        Ok(kind)
    }
}
