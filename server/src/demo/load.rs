//! [`load_sample`]: the sample goes in through the front door, as any client's data would.
//!
//! Each row is one prepared INSERT; many are under way at a time, so that they share a sync of the commit log.

use bytes::Bytes;
use client::Error;
use client::native::{Connection, Prepared};
use client::shell::split;
use csv::StringRecord;
use model::types::literal::parse_literal_text;
use model::types::quote_identifier;
use proto::native::{BoundValues, QueryParameters, RawValue, Request};
use thiserror::Error as ThisError;

use super::sample::{SAMPLE_TABLES, SCHEMA, SampleTable};

/// Requests under way at a time: enough to share syncs, little enough for any node.
const IN_FLIGHT_MAX: usize = 256;

/// Why the sample could not be loaded.
#[derive(Debug, ThisError)]
pub enum LoadError {
    /// A row is not as its table wants it.
    #[error("{table}.csv, line {line}: {reason}")]
    Row {
        /// Table, and stem of the file.
        table: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The node refused or failed.
    #[error("cannot load the sample: {0}")]
    Node(#[from] Error),
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Tables with rows.
    pub tables: usize,
    /// Rows.
    pub rows: usize,
}

/// Makes the keyspace and its tables, and writes every row of the sample. Doing it again changes nothing.
pub async fn load_sample(connection: &mut Connection) -> Result<Loaded, LoadError> {
    for piece in split(SCHEMA).all() {
        connection.query(&piece.text, QueryParameters::default()).await?;
    }
    let mut loaded = Loaded::default();
    for table in SAMPLE_TABLES {
        loaded.rows += load_table(connection, table).await?;
        loaded.tables += 1;
    }
    Ok(loaded)
}

async fn load_table(connection: &mut Connection, table: &SampleTable) -> Result<usize, LoadError> {
    let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
    let head = reader.headers().map_err(|error| row_error(table, 1, error))?.clone();
    let prepared = connection.prepare(&insert_statement(table.name, &head)).await?;
    // The sample is small and in the binary: all of it is bound, so that a bad row is told before any is written.
    let mut requests = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| row_error(table, line_of(&error), error))?;
        let line = record.position().map_or(0, csv::Position::line);
        requests.push(insert_request(&prepared, &record).map_err(|reason| row_error(table, line, reason))?);
    }
    let rows = requests.len();
    let mut refused = None;
    connection
        .run_many(requests, IN_FLIGHT_MAX, |_, answer| {
            if let Err(error) = answer {
                refused.get_or_insert(error);
            }
        })
        .await?;
    match refused {
        None => Ok(rows),
        Some(error) => Err(error.into()),
    }
}

fn insert_statement(table: &str, head: &StringRecord) -> String {
    let names: Vec<String> = head.iter().map(quote_identifier).collect();
    let markers = vec!["?"; names.len()];
    format!("INSERT INTO flights.{table} ({}) VALUES ({})", names.join(", "), markers.join(", "))
}

fn insert_request(prepared: &Prepared, record: &StringRecord) -> Result<Request, String> {
    let columns = &prepared.bind.columns;
    if columns.len() != record.len() {
        return Err(format!("{} fields for {} columns", record.len(), columns.len()));
    }
    let value = |(column, field): (&proto::native::ColumnSpec, &str)| {
        if is_missing(field) {
            return Ok(RawValue::Unset);
        }
        let bytes: Bytes = parse_literal_text(&column.column_type, field)
            .map_err(|error| format!("column {}: {error}", column.name))?;
        Ok(RawValue::Bytes(bytes))
    };
    let values = columns.iter().zip(record).map(value).collect::<Result<Vec<_>, String>>()?;
    Ok(prepared
        .request(QueryParameters { values: BoundValues::Positional(values), ..QueryParameters::default() }))
}

/// A field without a value leaves its column out, so that no tombstone is written.
fn is_missing(field: &str) -> bool {
    field.is_empty() || field == "NA"
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

fn row_error(table: &SampleTable, line: u64, reason: impl std::fmt::Display) -> LoadError {
    LoadError::Row { table: table.name.to_string(), line, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_insert_names_the_columns_of_the_head() {
        let head = StringRecord::from(vec!["faa", "Name"]);
        assert_eq!(
            insert_statement("airports", &head),
            "INSERT INTO flights.airports (faa, \"Name\") VALUES (?, ?)"
        );
    }

    #[test]
    fn empty_fields_and_na_are_no_values() {
        assert!(is_missing("") && is_missing("NA") && !is_missing("N") && !is_missing("0"));
    }
}
