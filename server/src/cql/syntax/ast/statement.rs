//! [`Statement`]: everything that CQL text can be.

use super::{
    AlterKeyspace, AlterTable, AlterType, Batch, BindMarker, CreateIndex, CreateKeyspace, CreateTable,
    CreateType, Describe, DropIndex, DropKeyspace, DropTable, DropType, ModifyStatement, Name, QualifiedName,
    Select,
};

/// A statement and its bind markers.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedStatement {
    /// The statement.
    pub statement: Statement,
    /// Bind markers in order of appearance; `MarkerRef::index` counts in here.
    pub markers: Vec<BindMarker>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// SELECT
    Select(Select),
    /// INSERT, UPDATE, DELETE
    Modify(ModifyStatement),
    /// BEGIN BATCH … APPLY BATCH
    Batch(Batch),
    /// USE
    Use(Use),
    /// TRUNCATE
    Truncate(Truncate),
    /// CREATE KEYSPACE
    CreateKeyspace(CreateKeyspace),
    /// ALTER KEYSPACE
    AlterKeyspace(AlterKeyspace),
    /// DROP KEYSPACE
    DropKeyspace(DropKeyspace),
    /// CREATE TABLE
    CreateTable(CreateTable),
    /// ALTER TABLE
    AlterTable(AlterTable),
    /// DROP TABLE
    DropTable(DropTable),
    /// CREATE TYPE
    CreateType(CreateType),
    /// ALTER TYPE
    AlterType(AlterType),
    /// DROP TYPE
    DropType(DropType),
    /// CREATE INDEX
    CreateIndex(CreateIndex),
    /// DROP INDEX
    DropIndex(DropIndex),
    /// DESCRIBE
    Describe(Describe),
    /// A statement of CQL that is recognised by its first words only.
    NotSupported(NotSupported),
}

/// `USE keyspace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The keyspace.
    pub keyspace: Name,
}

/// `TRUNCATE [TABLE] table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncate {
    /// The table.
    pub table: QualifiedName,
}

/// A statement that exists in CQL but that is parsed no further than its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSupported {
    /// Its first words in capitals, such as `CREATE MATERIALIZED VIEW`.
    pub kind: &'static str,
    /// What it is about, where a name follows its first words.
    pub name: Option<QualifiedName>,
}
