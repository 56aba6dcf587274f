//! Statements that change the schema.

use model::schema::{ClusteringOrder, PropertyValue};

use super::{Name, QualifiedName, RawType, Span};

/// `name = value` of WITH; a name stands only once in a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The option.
    pub name: Name,
    /// Its value.
    pub value: PropertyValue,
    /// Where both stand.
    pub span: Span,
}

/// `CREATE KEYSPACE`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateKeyspace {
    /// Its name.
    pub name: Name,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// WITH, in order.
    pub properties: Vec<Property>,
}

/// `ALTER KEYSPACE`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterKeyspace {
    /// Its name.
    pub name: Name,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// WITH, in order.
    pub properties: Vec<Property>,
}

/// `DROP KEYSPACE`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropKeyspace {
    /// Its name.
    pub name: Name,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// Its name.
    pub name: QualifiedName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Columns in order of definition.
    pub columns: Vec<ColumnDefinition>,
    /// The primary key; none if it was forgotten, which is for the binder to refuse.
    pub primary_key: Option<PrimaryKey>,
    /// `CLUSTERING ORDER BY`, in order; empty if not written.
    pub clustering_order: Vec<(Name, ClusteringOrder)>,
    /// The other properties of WITH, in order (`id` and `partitioner` too).
    pub properties: Vec<Property>,
    /// The whole statement.
    pub span: Span,
}

/// One column of CREATE TABLE or ALTER TABLE ADD.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub column_type: RawType,
    /// `STATIC`.
    pub is_static: bool,
}

/// `PRIMARY KEY ((a, b), c)`, or `a int PRIMARY KEY`.
#[derive(Debug, Clone, PartialEq)]
pub struct PrimaryKey {
    /// Partition key, in order, at least one.
    pub partition_key: Vec<Name>,
    /// Clustering columns, in order.
    pub clustering: Vec<Name>,
    /// Where it stands.
    pub span: Span,
}

/// `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    /// Its name.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// What changes.
    pub change: AlterTableChange,
}

/// What an ALTER TABLE changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterTableChange {
    /// `ADD [IF NOT EXISTS] (a int, b text STATIC)`
    Add {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// Columns in order, at least one.
        columns: Vec<ColumnDefinition>,
    },
    /// `DROP [IF EXISTS] (a, b) [USING TIMESTAMP t]`
    Drop {
        /// `IF EXISTS`.
        if_exists: bool,
        /// Columns in order, at least one.
        columns: Vec<Name>,
        /// Cells up to this write timestamp (microseconds) are hidden; none: up to now.
        timestamp: Option<i64>,
    },
    /// `RENAME [IF EXISTS] a TO b AND c TO d`
    Rename {
        /// `IF EXISTS`.
        if_exists: bool,
        /// Old and new names, in order, at least one.
        renames: Vec<(Name, Name)>,
    },
    /// `WITH …`
    Properties(Vec<Property>),
    /// `ALTER a TYPE int`: no longer part of CQL; parsed so that the answer can say so.
    ColumnType {
        /// The column.
        column: Name,
        /// The type asked for.
        column_type: RawType,
    },
}

/// `DROP TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropTable {
    /// Its name.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `CREATE TYPE`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateType {
    /// Its name.
    pub name: QualifiedName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Fields in order, at least one.
    pub fields: Vec<(Name, RawType)>,
}

/// `ALTER TYPE`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterType {
    /// Its name.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// What changes.
    pub change: AlterTypeChange,
}

/// What an ALTER TYPE changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterTypeChange {
    /// `ADD [IF NOT EXISTS] f int`
    Add {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The field.
        field: Name,
        /// Its type.
        field_type: RawType,
    },
    /// `RENAME [IF EXISTS] a TO b AND c TO d`
    Rename {
        /// `IF EXISTS`.
        if_exists: bool,
        /// Old and new names, in order, at least one.
        renames: Vec<(Name, Name)>,
    },
    /// `ALTER f TYPE int`: no longer part of CQL; parsed so that the answer can say so.
    FieldType {
        /// The field.
        field: Name,
        /// The type asked for.
        field_type: RawType,
    },
}

/// `DROP TYPE`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropType {
    /// Its name.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `CREATE [CUSTOM] INDEX`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// Its name; none: made from table and column.
    pub name: Option<QualifiedName>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `CUSTOM`.
    pub custom: bool,
    /// The table.
    pub table: QualifiedName,
    /// What is indexed, in order; possibly nothing.
    pub targets: Vec<IndexTarget>,
    /// `USING 'class'`.
    pub class: Option<String>,
    /// WITH, in order.
    pub properties: Vec<Property>,
}

/// `column` or `KEYS(column)`.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexTarget {
    /// The column.
    pub column: Name,
    /// Which part of its values.
    pub part: IndexedPart,
}

/// Which part of a column's values is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexedPart {
    /// Nothing said.
    Default,
    /// `KEYS(c)`
    Keys,
    /// `VALUES(c)`
    Values,
    /// `ENTRIES(c)`
    Entries,
    /// `FULL(c)`
    Full,
}

/// `DROP INDEX`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropIndex {
    /// Its name.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
}
