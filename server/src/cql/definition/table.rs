//! CREATE, ALTER and DROP TABLE.

use model::schema::{
    NewColumn, NewTable, Partitioner, PropertyValue, Schema, SchemaChange, TableChange, TableId,
    TableOptions, TableSchema,
};
use uuid::Uuid;

use super::execute::Definition;
use super::name::{named_values, no_keyspace, no_table};
use super::type_room::TypeRoom;
use crate::cql::syntax::ast::{
    AlterTable, AlterTableChange, ColumnDefinition, CreateTable, DropTable, Name, Property,
};
use crate::error::CqlError;

pub(super) fn create_table(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &CreateTable,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    let known = schema.keyspace(&keyspace).ok_or_else(|| no_keyspace(&keyspace))?;
    if statement.if_not_exists && known.tables.contains_key(name) {
        return Ok(None);
    }
    let key = statement.primary_key.as_ref().ok_or_else(|| {
        CqlError::invalid(format!(
            "No PRIMARY KEY specified for table '{keyspace}.{name}' (exactly one required)"
        ))
    })?;
    let is_own = |property: &&Property| matches!(property.name.text.as_str(), "id" | "partitioner");
    let mut id = None;
    let mut partitioner = Partitioner::Hashed;
    for property in statement.properties.iter().filter(is_own) {
        match property.name.text.as_str() {
            "id" => id = Some(read_id(&property.value)?),
            _ => partitioner = read_partitioner(&property.value)?,
        }
    }
    let options = named_values(statement.properties.iter().filter(|property| !is_own(property)));
    let names = |names: &[Name]| names.iter().map(|name| name.text.clone()).collect();
    let mut room = TypeRoom::new(schema, &keyspace);
    let columns = statement.columns.iter().map(|column| new_column(&mut room, column));
    let columns = columns.collect::<Result<_, CqlError>>()?;
    Ok(Some(SchemaChange::CreateTable(NewTable {
        id: id.unwrap_or_else(|| TableId(definition.environment.random.next_uuid())),
        name: name.clone(),
        columns,
        partition_key: names(&key.partition_key),
        clustering: names(&key.clustering),
        clustering_order: statement
            .clustering_order
            .iter()
            .map(|(name, order)| (name.text.clone(), *order))
            .collect(),
        partitioner,
        options: TableOptions::from_properties(&TableOptions::default(), &options)?,
        keyspace,
    })))
}

pub(super) fn alter_table(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &AlterTable,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    let Some(table) = schema.table(&keyspace, name) else {
        return if statement.if_exists { Ok(None) } else { Err(no_table(&keyspace, name)) };
    };
    let there = |name: &Name| table.column(&name.text).is_some();
    let change = match &statement.change {
        AlterTableChange::Add { if_not_exists, columns } => {
            let mut room = TypeRoom::new(schema, &keyspace);
            let wanted = columns.iter().filter(|column| !(*if_not_exists && there(&column.name)));
            let columns: Vec<NewColumn> =
                wanted.map(|column| new_column(&mut room, column)).collect::<Result<_, CqlError>>()?;
            if columns.is_empty() {
                return Ok(None);
            }
            TableChange::AddColumns(columns)
        }
        AlterTableChange::Drop { if_exists, columns, timestamp } => {
            let wanted = columns.iter().filter(|name| !*if_exists || there(name));
            let names: Vec<String> = wanted.map(|name| name.text.clone()).collect();
            if names.is_empty() {
                return Ok(None);
            }
            let timestamp = timestamp.unwrap_or_else(|| definition.environment.next_timestamp());
            TableChange::DropColumns { names, timestamp }
        }
        AlterTableChange::Rename { if_exists, renames } => {
            let wanted = renames.iter().filter(|(old, _)| !*if_exists || there(old));
            let renames: Vec<(String, String)> =
                wanted.map(|(old, new)| (old.text.clone(), new.text.clone())).collect();
            if renames.is_empty() {
                return Ok(None);
            }
            TableChange::RenameColumns(renames)
        }
        AlterTableChange::Properties(properties) => {
            TableChange::Options(Box::new(new_options(table, properties)?))
        }
        AlterTableChange::ColumnType { .. } => {
            return Err(CqlError::invalid("Altering column types is no longer supported"));
        }
    };
    Ok(Some(SchemaChange::AlterTable { keyspace, table: name.clone(), change }))
}

pub(super) fn drop_table(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &DropTable,
) -> Result<Option<SchemaChange>, CqlError> {
    let keyspace = definition.keyspace(&statement.name)?;
    let name = &statement.name.name.text;
    if schema.table(&keyspace, name).is_none() {
        return if statement.if_exists { Ok(None) } else { Err(no_table(&keyspace, name)) };
    }
    Ok(Some(SchemaChange::DropTable { keyspace, table: name.clone() }))
}

fn new_column(room: &mut TypeRoom<'_>, column: &ColumnDefinition) -> Result<NewColumn, CqlError> {
    Ok(NewColumn {
        name: column.name.text.clone(),
        column_type: room.resolve(&column.column_type)?,
        is_static: column.is_static,
    })
}

fn new_options(table: &TableSchema, properties: &[Property]) -> Result<TableOptions, CqlError> {
    for property in properties {
        match property.name.text.as_str() {
            "id" => return Err(CqlError::config("Cannot alter table id.")),
            "partitioner" => return Err(CqlError::config("Cannot alter the partitioner of a table.")),
            _ => {}
        }
    }
    Ok(TableOptions::from_properties(&table.options, &named_values(properties))?)
}

fn read_id(value: &PropertyValue) -> Result<TableId, CqlError> {
    let id = match value {
        PropertyValue::Text(text) => Uuid::parse_str(text).ok(),
        _ => None,
    };
    id.map(TableId).ok_or_else(|| CqlError::config("Invalid table id: it should be a uuid"))
}

fn read_partitioner(value: &PropertyValue) -> Result<Partitioner, CqlError> {
    match value {
        PropertyValue::Text(text) if text.eq_ignore_ascii_case("hashed") => Ok(Partitioner::Hashed),
        PropertyValue::Text(text) if text.eq_ignore_ascii_case("ordered") => Ok(Partitioner::Ordered),
        _ => Err(CqlError::config("partitioner must be 'hashed' or 'ordered'")),
    }
}
