//! CREATE, ALTER and DROP TYPE.

use model::schema::{Schema, SchemaChange, TypeChange};
use model::types::UserType;

use super::execute::Definition;
use super::name::{no_keyspace, no_type};
use super::type_room::TypeRoom;
use crate::cql::syntax::ast::{AlterType, AlterTypeChange, CreateType, DropType};
use crate::error::CqlError;

pub(super) fn create_type(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &CreateType,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    let known = schema.keyspace(&keyspace).ok_or_else(|| no_keyspace(&keyspace))?;
    if statement.if_not_exists && known.types.contains_key(name) {
        return Ok(None);
    }
    let mut room = TypeRoom::new(schema, &keyspace);
    let fields = statement
        .fields
        .iter()
        .map(|(field, kind)| Ok((field.text.clone(), room.resolve(kind)?)))
        .collect::<Result<_, CqlError>>()?;
    Ok(Some(SchemaChange::CreateType(UserType { keyspace, name: name.clone(), fields })))
}

pub(super) fn alter_type(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &AlterType,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    let known = schema.keyspace(&keyspace).and_then(|keyspace| keyspace.types.get(name));
    let Some(known) = known else {
        return if statement.if_exists { Ok(None) } else { Err(no_type(&keyspace, name)) };
    };
    let there = |field: &str| known.field_index(field).is_some();
    let change = match &statement.change {
        AlterTypeChange::Add { if_not_exists, field, field_type: kind } => {
            if *if_not_exists && there(&field.text) {
                return Ok(None);
            }
            TypeChange::AddField(field.text.clone(), TypeRoom::new(schema, &keyspace).resolve(kind)?)
        }
        AlterTypeChange::Rename { if_exists, renames } => {
            let wanted = renames.iter().filter(|(old, _)| !*if_exists || there(&old.text));
            let renames: Vec<(String, String)> =
                wanted.map(|(old, new)| (old.text.clone(), new.text.clone())).collect();
            if renames.is_empty() {
                return Ok(None);
            }
            TypeChange::RenameFields(renames)
        }
        AlterTypeChange::FieldType { .. } => {
            return Err(CqlError::invalid("Altering field types is no longer supported"));
        }
    };
    Ok(Some(SchemaChange::AlterType { keyspace, name: name.clone(), change }))
}

pub(super) fn drop_type(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &DropType,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    let known = schema.keyspace(&keyspace).and_then(|keyspace| keyspace.types.get(name));
    if known.is_none() {
        return if statement.if_exists { Ok(None) } else { Err(no_type(&keyspace, name)) };
    }
    Ok(Some(SchemaChange::DropType { keyspace, name: name.clone() }))
}
