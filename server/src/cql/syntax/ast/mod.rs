//! The tree of one statement, as plain data.
//!
//! On the data's way: parser -> **tree** -> binder. Names are already folded (lower case unless
//! quoted) and literals are still text, because only a column's type says how to read them.
//! Invariant: nothing here refers to the statement's text except through [`Span`].

mod describe;
mod expression;
mod modify;
mod name;
mod relation;
mod schema;
mod select;
mod span;
mod statement;

pub use describe::{Describe, DescribeTarget};
pub use expression::{
    Arithmetic, Literal, LiteralKind, Selector, SelectorKind, Term, TermKind, TimeFunction,
};
pub use modify::{
    Assignment, AssignmentKind, Batch, BatchKind, Delete, DeletedColumn, Insert, InsertContent, JsonDefault,
    ModifyStatement, Update, Using, WriteCondition,
};
pub use name::{BindMarker, MarkerRef, Name, QualifiedName, RawType, RawTypeKind};
pub use relation::{Comparison, InValues, Relation, RelationLeft, RelationTest};
pub use schema::{
    AlterKeyspace, AlterTable, AlterTableChange, AlterType, AlterTypeChange, ColumnDefinition, CreateIndex,
    CreateKeyspace, CreateTable, CreateType, DropIndex, DropKeyspace, DropTable, DropType, IndexTarget,
    IndexedPart, PrimaryKey, Property,
};
pub use select::{OrderBy, OrderDirection, Select, SelectItem, Selection};
pub use span::Span;
pub use statement::{NotSupported, ParsedStatement, Statement, Truncate, Use};
