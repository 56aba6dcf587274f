//! Data-driven tests of schema changes: text files under `testdata/schema_change/`, each one schema that its
//! blocks change one after the other. A block is a command, its lines, `----`, its output; see `run`.
//!
//! `UPDATE=1 cargo test -p model --test schema_change` writes the outputs; read the diff before it is committed.

#![expect(clippy::disallowed_methods, reason = "a test reads its data files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use model::InvalidSchema;
use model::schema::{
    ClusteringOrder, NewColumn, NewTable, Partitioner, PropertyValue, Replication, Schema, SchemaChange,
    TableChange, TableId, TableOptions, TypeChange, decode_keyspaces, describe_keyspace, describe_table,
    describe_type, encode_keyspaces, types_in_order,
};
use model::types::{ColumnType, UserType};
use uuid::Uuid;

#[test]
fn schemas_change_as_their_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/schema_change");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let expected = fs::read_to_string(&path).expect("test data");
        let actual = answered(&expected);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &actual).expect("test data is writable");
        } else {
            assert_eq!(actual, expected, "{}", path.display());
        }
    }
}

fn answered(file: &str) -> String {
    let mut schema = Schema::empty();
    let mut out = vec![];
    for block in file.trim_end().split("\n\n") {
        let lines: Vec<&str> = block.lines().collect();
        let comments = lines.iter().take_while(|line| line.starts_with('#')).count();
        let asked = lines.iter().position(|line| *line == "----").unwrap_or(lines.len());
        let mut answer: Vec<String> = lines[..asked].iter().map(|line| line.to_string()).collect();
        if comments < asked {
            answer.push("----".to_string());
            answer.push(run(&mut schema, lines[comments], &lines[comments + 1..asked]));
            let bytes = encode_keyspaces(&schema.keyspaces).expect("schema encodes");
            assert_eq!(decode_keyspaces(&bytes).expect("schema decodes"), schema, "{block}");
        }
        out.push(answer.join("\n"));
    }
    out.join("\n\n") + "\n"
}

fn run(schema: &mut Schema, command: &str, lines: &[&str]) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    if words[0] == "describe" {
        return describe(schema, &words[1..]);
    }
    if words[0] == "ids" {
        let (keyspace, table) = split(words[1]);
        let table = schema.table(keyspace, table).expect("table");
        let ids = table.columns.iter().map(|column| format!("{}{}", column.name, column.id));
        return ids.collect::<Vec<_>>().join(" ");
    }
    let before = schema.version;
    let changed = change(schema, &words, lines).and_then(|change| change.apply(schema));
    match changed {
        Ok(next) => {
            assert_ne!(next.version, before, "{command}: another schema has another version");
            *schema = next;
            "ok".to_string()
        }
        Err(InvalidSchema::Configuration(message)) => format!("configuration: {message}"),
        Err(InvalidSchema::AlreadyExists { keyspace, table }) => format!("exists: {keyspace} {table}"),
        Err(InvalidSchema::Invalid(message)) => format!("invalid: {message}"),
    }
}

fn change(schema: &Schema, words: &[&str], lines: &[&str]) -> Result<SchemaChange, InvalidSchema> {
    let keyspace = |at: usize| split(words[at]).0.to_string();
    let name = |at: usize| split(words[at]).1.to_string();
    let column = |line: &str, keyspace: &str| {
        let (is_static, line) = match line.strip_suffix(" static") {
            Some(line) => (true, line),
            None => (false, line),
        };
        let (name, kind) = line.split_once(' ').expect("name and type");
        NewColumn { name: name.to_string(), column_type: column_type(schema, keyspace, kind), is_static }
    };
    let pairs = || lines.iter().map(|line| line.split_once(" to ").expect("a to b"));
    let pairs = || pairs().map(|(old, new)| (old.to_string(), new.to_string())).collect();
    Ok(match words[..2] {
        ["create", "keyspace"] => SchemaChange::CreateKeyspace {
            name: words[2].trim_matches('\'').to_string(),
            replication: replication(lines)?,
            durable_writes: true,
        },
        ["alter", "keyspace"] => SchemaChange::AlterKeyspace {
            name: words[2].to_string(),
            replication: Some(replication(lines)?),
            durable_writes: Some(false),
        },
        ["drop", "keyspace"] => SchemaChange::DropKeyspace { name: words[2].to_string() },
        ["create", "table"] => SchemaChange::CreateTable(new_table(schema, words, lines, &column)?),
        ["drop", "table"] => SchemaChange::DropTable { keyspace: keyspace(2), table: name(2) },
        ["add", _] => alter(
            words[1],
            TableChange::AddColumns(lines.iter().map(|line| column(line, split(words[1]).0)).collect()),
        ),
        ["drop", of] => alter(
            of,
            TableChange::DropColumns {
                names: lines.iter().map(|line| line.to_string()).collect(),
                timestamp: 1_700_000_000_000_000,
            },
        ),
        ["rename", of] => alter(of, TableChange::RenameColumns(pairs())),
        ["options", of] => {
            let (keyspace, table) = split(of);
            let existing = &schema.table(keyspace, table).expect("table").options;
            let options = TableOptions::from_properties(existing, &properties(lines))?;
            alter(of, TableChange::Options(Box::new(options)))
        }
        ["create", "type"] => SchemaChange::CreateType(UserType {
            keyspace: keyspace(2),
            name: name(2),
            fields: lines
                .iter()
                .map(|line| column(line, split(words[2]).0))
                .map(|c| (c.name, c.column_type))
                .collect(),
        }),
        ["field", _] => {
            let field = column(lines[0], split(words[1]).0);
            SchemaChange::AlterType {
                keyspace: keyspace(1),
                name: name(1),
                change: TypeChange::AddField(field.name, field.column_type),
            }
        }
        ["fields", _] => SchemaChange::AlterType {
            keyspace: keyspace(1),
            name: name(1),
            change: TypeChange::RenameFields(pairs()),
        },
        ["remove-type", _] => SchemaChange::DropType { keyspace: keyspace(1), name: name(1) },
        _ => panic!("unknown command {words:?}"),
    })
}

fn new_table(
    schema: &Schema,
    words: &[&str],
    lines: &[&str],
    column: &dyn Fn(&str, &str) -> NewColumn,
) -> Result<NewTable, InvalidSchema> {
    let (keyspace, name) = split(words[2]);
    let names = |text: &str| text.split(' ').filter(|name| !name.is_empty()).map(str::to_string).collect();
    let free = |number: &u128| schema.table_by_id(TableId(Uuid::from_u128(*number))).is_none();
    let number = (1..).find(free).expect("a number is free");
    let mut table = NewTable {
        id: TableId(Uuid::from_u128(number)),
        keyspace: keyspace.to_string(),
        name: name.to_string(),
        columns: vec![],
        partition_key: vec![],
        clustering: vec![],
        clustering_order: vec![],
        partitioner: Partitioner::Hashed,
        options: TableOptions::default(),
    };
    let mut options = vec![];
    for line in lines {
        if let Some(key) = line.strip_prefix("key ") {
            let (partition_key, clustering) = key.split_once(';').unwrap_or((key, ""));
            table.partition_key = names(partition_key);
            table.clustering = names(clustering);
        } else if let Some(order) = line.strip_prefix("order ") {
            table.clustering_order = order
                .split(", ")
                .map(|part| match part.split_once(' ').expect("name and order") {
                    (name, "desc") => (name.to_string(), ClusteringOrder::Descending),
                    (name, _) => (name.to_string(), ClusteringOrder::Ascending),
                })
                .collect();
        } else if *line == "ordered" {
            table.partitioner = Partitioner::Ordered;
        } else if let Some(option) = line.strip_prefix("with ") {
            options.push(option);
        } else {
            table.columns.push(column(line, keyspace));
        }
    }
    table.options = TableOptions::from_properties(&table.options, &properties(&options))?;
    Ok(table)
}

fn alter(of: &str, change: TableChange) -> SchemaChange {
    let (keyspace, table) = split(of);
    SchemaChange::AlterTable { keyspace: keyspace.to_string(), table: table.to_string(), change }
}

fn describe(schema: &Schema, words: &[&str]) -> String {
    let internals = words.get(1) == Some(&"internals");
    match words[0].split_once('.') {
        Some((keyspace, name)) => {
            let keyspace = schema.keyspace(keyspace).expect("keyspace");
            match (keyspace.tables.get(name), keyspace.types.get(name)) {
                (Some(table), _) => describe_table(table, internals),
                (None, Some(definition)) => describe_type(definition),
                (None, None) => "nothing".to_string(),
            }
        }
        None => match schema.keyspace(words[0]) {
            None => "nothing".to_string(),
            Some(keyspace) => {
                let types = types_in_order(keyspace);
                let types = types.iter().map(|definition| describe_type(definition));
                std::iter::once(describe_keyspace(keyspace)).chain(types).collect::<Vec<_>>().join("\n")
            }
        },
    }
}

/// `class SimpleStrategy` on the first line and so on; the datacenters are dc1 and dc2.
fn replication(lines: &[&str]) -> Result<Replication, InvalidSchema> {
    let map = lines.iter().map(|line| line.split_once(' ').expect("name and value"));
    let map: BTreeMap<String, String> =
        map.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Replication::from_map(&map, &["dc1".to_string(), "dc2".to_string()])
}

/// `name = 5`, `name = true`, `name = 'text'`, `name = {a: b, c: d}`.
fn properties(lines: &[&str]) -> Vec<(String, PropertyValue)> {
    let read = |line: &&str| {
        let (name, value) = line.split_once(" = ").expect("name = value");
        let value = if let Some(inner) = value.strip_prefix('{') {
            let entries = inner.trim_end_matches('}').split(", ").filter(|entry| !entry.is_empty());
            let entries = entries.map(|entry| entry.split_once(": ").expect("a: b"));
            PropertyValue::Map(entries.map(|(name, value)| (name.to_string(), value.to_string())).collect())
        } else if let Some(text) = value.strip_prefix('\'') {
            PropertyValue::Text(text.trim_end_matches('\'').to_string())
        } else if let Ok(boolean) = value.parse() {
            PropertyValue::Boolean(boolean)
        } else {
            PropertyValue::Number(value.to_string())
        };
        (name.to_string(), value)
    };
    lines.iter().map(read).collect()
}

fn column_type(schema: &Schema, keyspace: &str, text: &str) -> ColumnType {
    let resolve = |name: &str| schema.keyspace(keyspace)?.types.get(name).cloned();
    ColumnType::parse(text, &resolve).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("", name))
}
