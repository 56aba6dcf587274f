//! Statements about keyspaces, types and indexes, and the properties of WITH.

use std::collections::BTreeMap;

use model::schema::PropertyValue;
use model::types::ColumnType;

use super::super::ast::{
    AlterKeyspace, AlterType, AlterTypeChange, CreateIndex, CreateKeyspace, CreateType, DropIndex,
    DropKeyspace, DropType, IndexTarget, IndexedPart, LiteralKind, Name, Property, QualifiedName,
};
use super::super::token::TokenKind;
use super::literal::negated;
use super::parser::{Parsed, Parser};

impl Parser<'_> {
    /// Behind `CREATE KEYSPACE`.
    pub(super) fn create_keyspace(&mut self) -> Parsed<CreateKeyspace> {
        let if_not_exists = self.if_not_exists()?;
        let name = self.name("a keyspace's name")?;
        let mut properties = Vec::new();
        if self.accept_word("WITH")? {
            properties = self.properties()?;
        }
        Ok(CreateKeyspace { name, if_not_exists, properties })
    }

    /// Behind `ALTER KEYSPACE`.
    pub(super) fn alter_keyspace(&mut self) -> Parsed<AlterKeyspace> {
        let if_exists = self.if_exists()?;
        let name = self.name("a keyspace's name")?;
        self.expect_word("WITH")?;
        Ok(AlterKeyspace { name, if_exists, properties: self.properties()? })
    }

    /// Behind `DROP KEYSPACE`.
    pub(super) fn drop_keyspace(&mut self) -> Parsed<DropKeyspace> {
        let if_exists = self.if_exists()?;
        Ok(DropKeyspace { name: self.name("a keyspace's name")?, if_exists })
    }

    /// Behind `CREATE TYPE`.
    pub(super) fn create_type(&mut self) -> Parsed<CreateType> {
        let if_not_exists = self.if_not_exists()?;
        let unquoted = self.token.kind == TokenKind::Word;
        let name = self.qualified_name("a type's name")?;
        if unquoted && name.keyspace.is_none() && ColumnType::scalar_by_name(&name.name.text).is_some() {
            let message = format!("{} is a built-in type", name.name.text);
            return Err(self.error_at(name.name.span, message));
        }
        let fields = self.parenthesised(|parser| {
            parser.count_node()?;
            Ok((parser.name("a field's name")?, parser.raw_type()?))
        })?;
        Ok(CreateType { name, if_not_exists, fields })
    }

    /// Behind `ALTER TYPE`.
    pub(super) fn alter_type(&mut self) -> Parsed<AlterType> {
        let if_exists = self.if_exists()?;
        let name = self.qualified_name("a type's name")?;
        let change = if self.accept_word("ADD")? {
            let if_not_exists = self.if_not_exists()?;
            let field = self.name("a field's name")?;
            AlterTypeChange::Add { if_not_exists, field, field_type: self.raw_type()? }
        } else if self.accept_word("RENAME")? {
            let if_exists = self.if_exists()?;
            AlterTypeChange::Rename { if_exists, renames: self.renames("a field's name")? }
        } else if self.accept_word("ALTER")? {
            let field = self.name("a field's name")?;
            self.expect_word("TYPE")?;
            AlterTypeChange::FieldType { field, field_type: self.raw_type()? }
        } else {
            return Err(self.unexpected());
        };
        Ok(AlterType { name, if_exists, change })
    }

    /// Behind `DROP TYPE`.
    pub(super) fn drop_type(&mut self) -> Parsed<DropType> {
        let if_exists = self.if_exists()?;
        Ok(DropType { name: self.qualified_name("a type's name")?, if_exists })
    }

    /// `a TO b (AND c TO d)*`
    pub(super) fn renames(&mut self, what: &'static str) -> Parsed<Vec<(Name, Name)>> {
        let mut renames = Vec::new();
        loop {
            self.count_node()?;
            let old = self.name(what)?;
            self.expect_word("TO")?;
            renames.push((old, self.name(what)?));
            if !self.accept_word("AND")? {
                return Ok(renames);
            }
        }
    }

    /// Behind `CREATE [CUSTOM] INDEX`.
    pub(super) fn create_index(&mut self, custom: bool) -> Parsed<CreateIndex> {
        let if_not_exists = self.if_not_exists()?;
        let mut name = None;
        if !self.at_word("ON") {
            name = Some(self.qualified_name("an index's name")?);
        }
        self.expect_word("ON")?;
        let table = self.qualified_name("a table's name")?;
        self.expect_symbol("(")?;
        let mut targets = Vec::new();
        if !self.at_symbol(")") {
            targets = self.comma_separated(Self::index_target)?;
        }
        self.expect_symbol(")")?;
        let class = if self.accept_word("USING")? { Some(self.text_literal()?) } else { None };
        let mut properties = Vec::new();
        if self.accept_word("WITH")? {
            properties = self.properties()?;
        }
        Ok(CreateIndex { name, if_not_exists, custom, table, targets, class, properties })
    }

    fn index_target(&mut self) -> Parsed<IndexTarget> {
        self.count_node()?;
        let parts = [
            ("KEYS", IndexedPart::Keys),
            ("VALUES", IndexedPart::Values),
            ("ENTRIES", IndexedPart::Entries),
            ("FULL", IndexedPart::Full),
        ];
        if self.symbol_ahead(1, "(") {
            for (word, part) in parts {
                if self.accept_word(word)? {
                    self.expect_symbol("(")?;
                    let column = self.name("a column")?;
                    self.expect_symbol(")")?;
                    return Ok(IndexTarget { column, part });
                }
            }
        }
        Ok(IndexTarget { column: self.name("a column")?, part: IndexedPart::Default })
    }

    /// Behind `DROP INDEX`.
    pub(super) fn drop_index(&mut self) -> Parsed<DropIndex> {
        let if_exists = self.if_exists()?;
        let name: QualifiedName = self.qualified_name("an index's name")?;
        Ok(DropIndex { name, if_exists })
    }

    /// `property (AND property)*`
    pub(super) fn properties(&mut self) -> Parsed<Vec<Property>> {
        let mut properties = Vec::new();
        loop {
            self.property(&mut properties)?;
            if !self.accept_word("AND")? {
                return Ok(properties);
            }
        }
    }

    /// `name '=' value`, pushed to `properties`.
    ///
    /// Errors: a name that stands there already.
    pub(super) fn property(&mut self, properties: &mut Vec<Property>) -> Parsed<()> {
        self.count_node()?;
        let start = self.token.span;
        let name = self.name("an option's name")?;
        self.expect_symbol("=")?;
        let value = self.property_value()?;
        if properties.iter().any(|property| property.name.text == name.text) {
            return Err(self.error_at(name.span, format!("the option '{}' is given twice", name.text)));
        }
        properties.push(Property { name, value, span: self.span_from(start) });
        Ok(())
    }

    fn property_value(&mut self) -> Parsed<PropertyValue> {
        if self.token.kind == TokenKind::Symbol("{") {
            return self.property_map();
        }
        let start = self.token.span;
        if let Some(kind) = self.signed_literal()? {
            return Ok(match kind {
                LiteralKind::Null => return Err(self.error_at(start, "an option cannot be null")),
                LiteralKind::Boolean(value) => PropertyValue::Boolean(value),
                LiteralKind::Integer(text) | LiteralKind::Float(text) => PropertyValue::Number(text),
                other => PropertyValue::Text(plain_text(&other)),
            });
        }
        if self.token.kind == TokenKind::Word && self.at_name() {
            let word = self.token_text().to_string();
            self.advance()?;
            return Ok(PropertyValue::Text(word));
        }
        self.expect_thing("an option's value");
        Err(self.unexpected())
    }

    /// `'{' [key ':' value (',' key ':' value)*] '}'`
    fn property_map(&mut self) -> Parsed<PropertyValue> {
        self.expect_symbol("{")?;
        let mut entries = BTreeMap::new();
        if self.accept_symbol("}")? {
            return Ok(PropertyValue::Map(entries));
        }
        loop {
            self.count_node()?;
            let key_span = self.token.span;
            let key = self.map_part()?;
            self.expect_symbol(":")?;
            let value = self.map_part()?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(self.error_at(key_span, format!("the key '{key}' is given twice")));
            }
            if !self.accept_symbol(",")? {
                break;
            }
        }
        self.expect_symbol("}")?;
        Ok(PropertyValue::Map(entries))
    }

    /// A key or value of an option's map, as text.
    fn map_part(&mut self) -> Parsed<String> {
        match self.signed_literal()? {
            Some(LiteralKind::Null) | None => {
                self.expect_thing("a string, number or boolean");
                Err(self.unexpected())
            }
            Some(kind) => Ok(plain_text(&kind)),
        }
    }

    /// A constant with a minus before it perhaps.
    pub(super) fn signed_literal(&mut self) -> Parsed<Option<LiteralKind>> {
        if self.token.kind != TokenKind::Symbol("-") {
            return self.literal(false);
        }
        self.advance()?;
        match self.literal(false)?.as_ref().and_then(negated) {
            Some(kind) => Ok(Some(kind)),
            None => {
                self.expect_thing("a number");
                Err(self.unexpected())
            }
        }
    }
}

/// A constant as the text of an option.
fn plain_text(kind: &LiteralKind) -> String {
    match kind {
        LiteralKind::Text(text)
        | LiteralKind::Integer(text)
        | LiteralKind::Float(text)
        | LiteralKind::Uuid(text)
        | LiteralKind::Duration(text) => text.clone(),
        LiteralKind::Boolean(value) => value.to_string(),
        LiteralKind::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        }
        LiteralKind::Null => "null".to_string(),
    }
}
