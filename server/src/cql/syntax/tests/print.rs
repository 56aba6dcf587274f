//! Statements back to text, so that test data can show a tree and a round trip can be checked.
//!
//! The text is CQL in one fixed form: names quoted where needed, arithmetic in parentheses, options as
//! text. Only tests print statements; the server keeps the text it was given.

use model::schema::{ClusteringOrder, PropertyValue};
use model::types::quote_identifier;

use crate::cql::syntax::ast::*;

/// Prints one statement.
pub(super) fn print(parsed: &ParsedStatement) -> String {
    Printer { markers: &parsed.markers }.statement(&parsed.statement)
}

struct Printer<'a> {
    markers: &'a [BindMarker],
}

fn join<T>(items: &[T], separator: &str, print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(separator)
}

fn name(name: &Name) -> String {
    quote_identifier(&name.text)
}

fn qualified(qualified: &QualifiedName) -> String {
    match &qualified.keyspace {
        Some(keyspace) => format!("{}.{}", name(keyspace), name(&qualified.name)),
        None => name(&qualified.name),
    }
}

/// `word` with a blank, where `set`.
fn flag(set: bool, word: &str) -> String {
    if set { format!("{word} ") } else { String::new() }
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn literal(kind: &LiteralKind) -> String {
    match kind {
        LiteralKind::Text(value) => text(value),
        LiteralKind::Integer(value)
        | LiteralKind::Float(value)
        | LiteralKind::Uuid(value)
        | LiteralKind::Duration(value) => value.clone(),
        LiteralKind::Boolean(value) => value.to_string(),
        LiteralKind::Blob(bytes) => format!("0x{bytes:x}"),
        LiteralKind::Null => "null".to_string(),
    }
}

fn raw_type(raw: &RawType) -> String {
    let inner = match &raw.kind {
        RawTypeKind::Native(native) => native.to_string(),
        RawTypeKind::List(element) => format!("list<{}>", raw_type(element)),
        RawTypeKind::Set(element) => format!("set<{}>", raw_type(element)),
        RawTypeKind::Map(key, value) => format!("map<{}, {}>", raw_type(key), raw_type(value)),
        RawTypeKind::Tuple(elements) => format!("tuple<{}>", join(elements, ", ", raw_type)),
        RawTypeKind::Vector(element, dimension) => format!("vector<{}, {dimension}>", raw_type(element)),
        // Quoted always, so that a user type called int stays one.
        RawTypeKind::User(user) => match &user.keyspace {
            Some(keyspace) => format!("{}.\"{}\"", name(keyspace), user.name.text.replace('"', "\"\"")),
            None => format!("\"{}\"", user.name.text.replace('"', "\"\"")),
        },
        RawTypeKind::Custom(class) => text(class),
    };
    if raw.frozen { format!("frozen<{inner}>") } else { inner }
}

fn properties(properties: &[Property]) -> String {
    join(properties, " AND ", |property| {
        let value = match &property.value {
            PropertyValue::Text(value) => text(value),
            PropertyValue::Number(value) => value.clone(),
            PropertyValue::Boolean(value) => value.to_string(),
            PropertyValue::Map(entries) => {
                let entries: Vec<_> = entries.iter().collect();
                format!(
                    "{{{}}}",
                    join(&entries, ", ", |(key, value)| format!("{}: {}", text(key), text(value)))
                )
            }
        };
        format!("{} = {value}", name(&property.name))
    })
}

fn with(list: &[Property]) -> String {
    if list.is_empty() { String::new() } else { format!(" WITH {}", properties(list)) }
}

fn renames(renames: &[(Name, Name)]) -> String {
    join(renames, " AND ", |(old, new)| format!("{} TO {}", name(old), name(new)))
}

fn column_definition(column: &ColumnDefinition) -> String {
    let is_static = if column.is_static { " STATIC" } else { "" };
    format!("{} {}{is_static}", name(&column.name), raw_type(&column.column_type))
}

impl Printer<'_> {
    fn marker(&self, marker: &MarkerRef) -> String {
        match &self.markers[marker.index as usize].name {
            Some(marker) => format!(":\"{}\"", marker.replace('"', "\"\"")),
            None => "?".to_string(),
        }
    }

    fn term(&self, term: &Term) -> String {
        let terms = |terms: &[Term]| join(terms, ", ", |term| self.term(term));
        match &term.kind {
            TermKind::Literal(kind) => literal(kind),
            TermKind::Marker(marker) => self.marker(marker),
            TermKind::List(elements) => format!("[{}]", terms(elements)),
            TermKind::Set(elements) => format!("{{{}}}", terms(elements)),
            TermKind::Map(entries) => {
                let entry = |(key, value): &(Term, Term)| format!("{}: {}", self.term(key), self.term(value));
                format!("{{{}}}", join(entries, ", ", entry))
            }
            TermKind::Udt(fields) => {
                let field = |(field, value): &(Name, Term)| format!("{}: {}", name(field), self.term(value));
                format!("{{{}}}", join(fields, ", ", field))
            }
            TermKind::Tuple(elements) => format!("({})", terms(elements)),
            TermKind::Call { function, arguments } => {
                format!("{}({})", function_name(function), terms(arguments))
            }
            TermKind::Hint { target, term } => format!("({}) {}", raw_type(target), self.term(term)),
            TermKind::Binary { operator, left, right } => {
                format!("({} {} {})", self.term(left), operator.symbol(), self.term(right))
            }
            TermKind::Negate(term) => format!("- {}", self.term(term)),
        }
    }

    fn selector(&self, selector: &Selector) -> String {
        let selectors = |items: &[Selector]| join(items, ", ", |item| self.selector(item));
        match &selector.kind {
            SelectorKind::Column(column) => name(column),
            SelectorKind::Literal(kind) => literal(kind),
            SelectorKind::Marker(marker) => self.marker(marker),
            SelectorKind::CountRows => "count(*)".to_string(),
            SelectorKind::Call { function, arguments } => {
                format!("{}({})", function_name(function), selectors(arguments))
            }
            SelectorKind::Cast { argument, target } => {
                format!("cast({} AS {})", self.selector(argument), raw_type(target))
            }
            SelectorKind::Time { function, argument } => {
                format!("{}({})", function.name(), self.selector(argument))
            }
            SelectorKind::Element { collection, key } => {
                format!("{}[{}]", self.selector(collection), self.term(key))
            }
            SelectorKind::Slice { collection, from, to } => {
                let end = |end: &Option<Term>| end.as_ref().map(|term| self.term(term)).unwrap_or_default();
                format!("{}[{}..{}]", self.selector(collection), end(from), end(to))
            }
            SelectorKind::Field { value, field } => format!("{}.{}", self.selector(value), name(field)),
            SelectorKind::List(elements) => format!("[{}]", selectors(elements)),
            SelectorKind::Set(elements) => format!("{{{}}}", selectors(elements)),
            SelectorKind::Map(entries) => {
                let entry = |(key, value): &(Selector, Selector)| {
                    format!("{}: {}", self.selector(key), self.selector(value))
                };
                format!("{{{}}}", join(entries, ", ", entry))
            }
            SelectorKind::UdtOrMap(fields) => {
                let field =
                    |(field, value): &(Name, Selector)| format!("{}: {}", name(field), self.selector(value));
                format!("{{{}}}", join(fields, ", ", field))
            }
            SelectorKind::Tuple(elements) => format!("({})", selectors(elements)),
            SelectorKind::Hint { target, selector } => {
                format!("({}) {}", raw_type(target), self.selector(selector))
            }
            SelectorKind::Binary { operator, left, right } => {
                format!("({} {} {})", self.selector(left), operator.symbol(), self.selector(right))
            }
            SelectorKind::Negate(selector) => format!("- {}", self.selector(selector)),
        }
    }

    fn in_values(&self, values: &InValues) -> String {
        match values {
            InValues::Marker(marker) => self.marker(marker),
            InValues::List(terms) => format!("({})", join(terms, ", ", |term| self.term(term))),
        }
    }

    fn relation(&self, relation: &Relation) -> String {
        let left = match &relation.left {
            RelationLeft::Column(column) => name(column),
            RelationLeft::Element { column, key } => format!("{}[{}]", name(column), self.term(key)),
            RelationLeft::Field { column, field } => format!("{}.{}", name(column), name(field)),
            RelationLeft::Tuple(columns) => format!("({})", join(columns, ", ", name)),
            RelationLeft::Token(columns) => format!("token({})", join(columns, ", ", name)),
        };
        let test = match &relation.test {
            RelationTest::Compare { operator, value } => {
                format!("{} {}", operator.symbol(), self.term(value))
            }
            RelationTest::In(values) => format!("IN {}", self.in_values(values)),
            RelationTest::NotIn(values) => format!("NOT IN {}", self.in_values(values)),
            RelationTest::Contains(value) => format!("CONTAINS {}", self.term(value)),
            RelationTest::NotContains(value) => format!("NOT CONTAINS {}", self.term(value)),
            RelationTest::ContainsKey(value) => format!("CONTAINS KEY {}", self.term(value)),
            RelationTest::NotContainsKey(value) => format!("NOT CONTAINS KEY {}", self.term(value)),
            RelationTest::Like(value) => format!("LIKE {}", self.term(value)),
            RelationTest::IsNotNull => "IS NOT NULL".to_string(),
            RelationTest::Between { low, high } => {
                format!("BETWEEN {} AND {}", self.term(low), self.term(high))
            }
        };
        format!("{left} {test}")
    }

    fn relations(&self, word: &str, relations: &[Relation]) -> String {
        if relations.is_empty() {
            return String::new();
        }
        format!(" {word} {}", join(relations, " AND ", |relation| self.relation(relation)))
    }

    fn condition(&self, condition: &WriteCondition) -> String {
        match condition {
            WriteCondition::None => String::new(),
            WriteCondition::NotExists => " IF NOT EXISTS".to_string(),
            WriteCondition::Exists => " IF EXISTS".to_string(),
            WriteCondition::Columns(relations) => self.relations("IF", relations),
        }
    }

    fn using(&self, using: &Using) -> String {
        let parts: Vec<String> = [("TIMESTAMP", &using.timestamp), ("TTL", &using.ttl)]
            .into_iter()
            .filter_map(|(word, value)| value.as_ref().map(|value| format!("{word} {}", self.term(value))))
            .collect();
        if parts.is_empty() { String::new() } else { format!(" USING {}", parts.join(" AND ")) }
    }

    fn select(&self, select: &Select) -> String {
        let selection = match &select.selection {
            Selection::All => "*".to_string(),
            Selection::Items(items) => join(items, ", ", |item| match &item.alias {
                Some(alias) => format!("{} AS {}", self.selector(&item.selector), name(alias)),
                None => self.selector(&item.selector),
            }),
        };
        let mut out = format!(
            "SELECT {}{}{selection} FROM {}{}",
            flag(select.json, "JSON"),
            flag(select.distinct, "DISTINCT"),
            qualified(&select.from),
            self.relations("WHERE", &select.relations)
        );
        if !select.group_by.is_empty() {
            let group_by = join(&select.group_by, ", ", |selector| self.selector(selector));
            out.push_str(&format!(" GROUP BY {group_by}"));
        }
        if !select.order_by.is_empty() {
            let order_by = join(&select.order_by, ", ", |order| match &order.direction {
                OrderDirection::Ascending => format!("{} ASC", name(&order.column)),
                OrderDirection::Descending => format!("{} DESC", name(&order.column)),
                OrderDirection::NearestTo(term) => {
                    format!("{} ANN OF {}", name(&order.column), self.term(term))
                }
            });
            out.push_str(&format!(" ORDER BY {order_by}"));
        }
        if let Some(limit) = &select.per_partition_limit {
            out.push_str(&format!(" PER PARTITION LIMIT {}", self.term(limit)));
        }
        if let Some(limit) = &select.limit {
            out.push_str(&format!(" LIMIT {}", self.term(limit)));
        }
        if select.allow_filtering {
            out.push_str(" ALLOW FILTERING");
        }
        out
    }

    fn modify(&self, modify: &ModifyStatement) -> String {
        match modify {
            ModifyStatement::Insert(insert) => {
                let content = match &insert.content {
                    InsertContent::Columns { columns, values } => format!(
                        "({}) VALUES ({})",
                        join(columns, ", ", name),
                        join(values, ", ", |value| self.term(value))
                    ),
                    InsertContent::Json { value, default } => {
                        format!("JSON {} DEFAULT {default:?}", self.term(value))
                    }
                };
                format!(
                    "INSERT INTO {} {content}{}{}",
                    qualified(&insert.table),
                    self.condition(&insert.condition),
                    self.using(&insert.using)
                )
            }
            ModifyStatement::Update(update) => format!(
                "UPDATE {}{} SET {}{}{}",
                qualified(&update.table),
                self.using(&update.using),
                join(&update.assignments, ", ", |assignment| self.assignment(assignment)),
                self.relations("WHERE", &update.relations),
                self.condition(&update.condition)
            ),
            ModifyStatement::Delete(delete) => {
                let columns = join(&delete.columns, ", ", |column| match column {
                    DeletedColumn::Column(column) => name(column),
                    DeletedColumn::Element { column, key } => format!("{}[{}]", name(column), self.term(key)),
                    DeletedColumn::Field { column, field } => format!("{}.{}", name(column), name(field)),
                });
                format!(
                    "DELETE {}FROM {}{}{}{}",
                    if columns.is_empty() { columns } else { format!("{columns} ") },
                    qualified(&delete.table),
                    self.using(&delete.using),
                    self.relations("WHERE", &delete.relations),
                    self.condition(&delete.condition)
                )
            }
        }
    }

    fn assignment(&self, assignment: &Assignment) -> String {
        let column = name(&assignment.column);
        match &assignment.kind {
            AssignmentKind::Set(value) => format!("{column} = {}", self.term(value)),
            AssignmentKind::Add(value) => format!("{column} = {column} + {}", self.term(value)),
            AssignmentKind::Subtract(value) => format!("{column} = {column} - {}", self.term(value)),
            AssignmentKind::Prepend(value) => format!("{column} = {} + {column}", self.term(value)),
            AssignmentKind::SetElement { key, value } => {
                format!("{column}[{}] = {}", self.term(key), self.term(value))
            }
            AssignmentKind::SetField { field, value } => {
                format!("{column}.{} = {}", name(field), self.term(value))
            }
        }
    }

    fn statement(&self, statement: &Statement) -> String {
        match statement {
            Statement::Select(select) => self.select(select),
            Statement::Modify(modify) => self.modify(modify),
            Statement::Batch(batch) => {
                let kind = match batch.kind {
                    BatchKind::Logged => "LOGGED",
                    BatchKind::Unlogged => "UNLOGGED",
                    BatchKind::Counter => "COUNTER",
                };
                let statements =
                    join(&batch.statements, "", |statement| format!(" {};", self.modify(statement)));
                format!("BEGIN {kind} BATCH{}{statements} APPLY BATCH", self.using(&batch.using))
            }
            Statement::Use(used) => format!("USE {}", name(&used.keyspace)),
            Statement::Truncate(truncate) => format!("TRUNCATE TABLE {}", qualified(&truncate.table)),
            Statement::CreateKeyspace(create) => format!(
                "CREATE KEYSPACE {}{}{}",
                flag(create.if_not_exists, "IF NOT EXISTS"),
                name(&create.name),
                with(&create.properties)
            ),
            Statement::AlterKeyspace(alter) => format!(
                "ALTER KEYSPACE {}{}{}",
                flag(alter.if_exists, "IF EXISTS"),
                name(&alter.name),
                with(&alter.properties)
            ),
            Statement::DropKeyspace(drop) => {
                format!("DROP KEYSPACE {}{}", flag(drop.if_exists, "IF EXISTS"), name(&drop.name))
            }
            Statement::CreateTable(create) => create_table(create),
            Statement::AlterTable(alter) => alter_table(alter),
            Statement::DropTable(drop) => {
                format!("DROP TABLE {}{}", flag(drop.if_exists, "IF EXISTS"), qualified(&drop.name))
            }
            Statement::CreateType(create) => format!(
                "CREATE TYPE {}{} ({})",
                flag(create.if_not_exists, "IF NOT EXISTS"),
                qualified(&create.name),
                join(&create.fields, ", ", |(field, kind)| format!("{} {}", name(field), raw_type(kind)))
            ),
            Statement::AlterType(alter) => {
                let change = match &alter.change {
                    AlterTypeChange::Add { if_not_exists, field, field_type } => format!(
                        "ADD {}{} {}",
                        flag(*if_not_exists, "IF NOT EXISTS"),
                        name(field),
                        raw_type(field_type)
                    ),
                    AlterTypeChange::Rename { if_exists, renames: list } => {
                        format!("RENAME {}{}", flag(*if_exists, "IF EXISTS"), renames(list))
                    }
                    AlterTypeChange::FieldType { field, field_type } => {
                        format!("ALTER {} TYPE {}", name(field), raw_type(field_type))
                    }
                };
                format!(
                    "ALTER TYPE {}{} {change}",
                    flag(alter.if_exists, "IF EXISTS"),
                    qualified(&alter.name)
                )
            }
            Statement::DropType(drop) => {
                format!("DROP TYPE {}{}", flag(drop.if_exists, "IF EXISTS"), qualified(&drop.name))
            }
            Statement::CreateIndex(create) => create_index(create),
            Statement::DropIndex(drop) => {
                format!("DROP INDEX {}{}", flag(drop.if_exists, "IF EXISTS"), qualified(&drop.name))
            }
            Statement::Describe(describe) => describe_text(describe),
            Statement::NotSupported(not_supported) => match &not_supported.name {
                Some(name) => format!("{} {}", not_supported.kind, qualified(name)),
                None => not_supported.kind.to_string(),
            },
        }
    }
}

/// Function names are printed quoted only if no bare word says them; `token` is reserved, yet a function.
fn function_name(function: &QualifiedName) -> String {
    if function.keyspace.is_none() && function.name.text == "token" {
        return "token".to_string();
    }
    qualified(function)
}

fn create_table(create: &CreateTable) -> String {
    let mut parts: Vec<String> = create.columns.iter().map(column_definition).collect();
    if let Some(key) = &create.primary_key {
        let clustering: String = key.clustering.iter().map(|column| format!(", {}", name(column))).collect();
        parts.push(format!("PRIMARY KEY (({}){clustering})", join(&key.partition_key, ", ", name)));
    }
    let mut options = Vec::new();
    if !create.clustering_order.is_empty() {
        let order = join(&create.clustering_order, ", ", |(column, order)| match order {
            ClusteringOrder::Ascending => format!("{} ASC", name(column)),
            ClusteringOrder::Descending => format!("{} DESC", name(column)),
        });
        options.push(format!("CLUSTERING ORDER BY ({order})"));
    }
    if !create.properties.is_empty() {
        options.push(properties(&create.properties));
    }
    let with = if options.is_empty() { String::new() } else { format!(" WITH {}", options.join(" AND ")) };
    format!(
        "CREATE TABLE {}{} ({}){with}",
        flag(create.if_not_exists, "IF NOT EXISTS"),
        qualified(&create.name),
        parts.join(", ")
    )
}

fn alter_table(alter: &AlterTable) -> String {
    let change = match &alter.change {
        AlterTableChange::Add { if_not_exists, columns } => {
            format!(
                "ADD {}({})",
                flag(*if_not_exists, "IF NOT EXISTS"),
                join(columns, ", ", column_definition)
            )
        }
        AlterTableChange::Drop { if_exists, columns, timestamp } => {
            let using = timestamp.map(|at| format!(" USING TIMESTAMP {at}")).unwrap_or_default();
            format!("DROP {}({}){using}", flag(*if_exists, "IF EXISTS"), join(columns, ", ", name))
        }
        AlterTableChange::Rename { if_exists, renames: list } => {
            format!("RENAME {}{}", flag(*if_exists, "IF EXISTS"), renames(list))
        }
        AlterTableChange::Properties(list) => format!("WITH {}", properties(list)),
        AlterTableChange::ColumnType { column, column_type } => {
            format!("ALTER {} TYPE {}", name(column), raw_type(column_type))
        }
    };
    format!("ALTER TABLE {}{} {change}", flag(alter.if_exists, "IF EXISTS"), qualified(&alter.name))
}

fn create_index(create: &CreateIndex) -> String {
    let targets = join(&create.targets, ", ", |target| {
        let column = name(&target.column);
        match target.part {
            IndexedPart::Default => column,
            IndexedPart::Keys => format!("KEYS({column})"),
            IndexedPart::Values => format!("VALUES({column})"),
            IndexedPart::Entries => format!("ENTRIES({column})"),
            IndexedPart::Full => format!("FULL({column})"),
        }
    });
    format!(
        "CREATE {}INDEX {}{}ON {} ({targets}){}{}",
        flag(create.custom, "CUSTOM"),
        flag(create.if_not_exists, "IF NOT EXISTS"),
        create.name.as_ref().map(|name| format!("{} ", qualified(name))).unwrap_or_default(),
        qualified(&create.table),
        create.class.as_ref().map(|class| format!(" USING {}", text(class))).unwrap_or_default(),
        with(&create.properties)
    )
}

fn describe_text(describe: &Describe) -> String {
    let target = match &describe.target {
        DescribeTarget::Cluster => "CLUSTER".to_string(),
        DescribeTarget::Schema { full } => format!("{}SCHEMA", flag(*full, "FULL")),
        DescribeTarget::Keyspaces => "KEYSPACES".to_string(),
        DescribeTarget::Tables => "TABLES".to_string(),
        DescribeTarget::Types => "TYPES".to_string(),
        DescribeTarget::Functions => "FUNCTIONS".to_string(),
        DescribeTarget::Aggregates => "AGGREGATES".to_string(),
        DescribeTarget::Keyspace { name: None, only } => format!("{}KEYSPACE", flag(*only, "ONLY")),
        DescribeTarget::Keyspace { name: Some(keyspace), only } => {
            format!("{}KEYSPACE {}", flag(*only, "ONLY"), name(keyspace))
        }
        DescribeTarget::Table(table) => format!("TABLE {}", qualified(table)),
        DescribeTarget::Type(described) => format!("TYPE {}", qualified(described)),
        DescribeTarget::Index(index) => format!("INDEX {}", qualified(index)),
        DescribeTarget::MaterializedView(view) => format!("MATERIALIZED VIEW {}", qualified(view)),
        DescribeTarget::Function(function) => format!("FUNCTION {}", qualified(function)),
        DescribeTarget::Aggregate(aggregate) => format!("AGGREGATE {}", qualified(aggregate)),
        DescribeTarget::Named(named) => qualified(named),
    };
    let internals = if describe.internals { " WITH INTERNALS" } else { "" };
    let passwords = if describe.passwords { " AND PASSWORDS" } else { "" };
    format!("DESCRIBE {target}{internals}{passwords}")
}
