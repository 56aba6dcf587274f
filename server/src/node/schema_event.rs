//! [`schema_event`]: what clients are told of a change of the schema.

use model::schema::SchemaChange;
use proto::native::{ChangeTarget, ChangeType};

/// `change` as result and as event.
pub(crate) fn schema_event(change: &SchemaChange) -> proto::native::SchemaChange {
    use ChangeType::{Created, Dropped, Updated};
    let table = |name: &String| ChangeTarget::Table(name.clone());
    let user_type = |name: &String| ChangeTarget::Type(name.clone());
    let (kind, target) = match change {
        SchemaChange::CreateKeyspace { .. } => (Created, ChangeTarget::Keyspace),
        SchemaChange::AlterKeyspace { .. } => (Updated, ChangeTarget::Keyspace),
        SchemaChange::DropKeyspace { .. } => (Dropped, ChangeTarget::Keyspace),
        SchemaChange::CreateTable(new) => (Created, table(&new.name)),
        SchemaChange::AlterTable { table: name, .. } => (Updated, table(name)),
        SchemaChange::DropTable { table: name, .. } => (Dropped, table(name)),
        SchemaChange::CreateType(definition) => (Created, user_type(&definition.name)),
        SchemaChange::AlterType { name, .. } => (Updated, user_type(name)),
        SchemaChange::DropType { name, .. } => (Dropped, user_type(name)),
    };
    proto::native::SchemaChange { change: kind, keyspace: change.keyspace().to_string(), target }
}
