//! [`Player`]: plays scripts against a node through an unmodified driver.
//!
//! Every script gets a keyspace of its own, which its statements use without naming it. All of a script is
//! played even when a step differs: the report names each step with what was expected and found. With
//! [`Player::rewrite`] the answers found take the place of the expected ones instead.

use std::fmt::Write as _;
use std::future::Future;
use std::net::SocketAddr;

use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::ExecutionError;
use scylla::frame::response::result::{ColumnType, NativeType};
use scylla::response::query_result::QueryResult;
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::Statement as DriverStatement;
use scylla::value::{Counter, CqlValue, MaybeUnset, Row};

use super::render;
use super::script::{Action, BindValue, Script, Statement};

/// More rows than any script asks for, so that "no paging" is one page.
const PAGE_ROWS_MAX: i32 = 100_000;

/// What a script may do to the node besides sending statements.
pub trait Controls {
    /// Moves the node's clock on.
    fn advance(&mut self, seconds: u32) -> impl Future<Output = ()>;

    /// Writes the node's memtables to disk.
    fn flush(&mut self) -> impl Future<Output = ()>;

    /// Stops the node and starts it again on the same disk; where it listens now.
    fn restart(&mut self) -> impl Future<Output = SocketAddr>;
}

/// Plays scripts on one node.
pub struct Player<'a, C> {
    session: Session,
    keyspace: String,
    controls: &'a mut C,
    /// Whether the memtables are written to disk before every statement that reads.
    pub flush_before_reads: bool,
}

/// A step whose answer was another.
#[derive(Debug)]
pub struct Difference {
    /// Of the step.
    pub line: usize,
    /// For people.
    pub report: String,
}

async fn connect(address: SocketAddr) -> Session {
    SessionBuilder::new()
        .known_node_addr(address)
        // One node agrees with itself; waiting for it and reading the schema again would take most of the time.
        .auto_await_schema_agreement(false)
        .refresh_metadata_on_auto_schema_agreement(false)
        .build()
        .await
        .expect("the node answers")
}

impl<'a, C: Controls> Player<'a, C> {
    /// A player in a fresh keyspace of this name.
    pub async fn new(address: SocketAddr, keyspace: &str, controls: &'a mut C) -> Player<'a, C> {
        let session = connect(address).await;
        for statement in [
            format!("DROP KEYSPACE IF EXISTS {keyspace}"),
            format!(
                "CREATE KEYSPACE {keyspace} WITH replication = \
                 {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
            ),
        ] {
            session.query_unpaged(statement, ()).await.expect("a keyspace can be made");
        }
        session.use_keyspace(keyspace, false).await.expect("the keyspace was just made");
        Player { session, keyspace: keyspace.to_string(), controls, flush_before_reads: false }
    }

    /// Plays a script; every step whose answer was another.
    pub async fn play(&mut self, script: &Script) -> Vec<Difference> {
        let mut differences = Vec::new();
        for step in &script.steps {
            let Some((statement, found)) = self.step(&step.action).await else { continue };
            if !same(statement, &found) {
                let mut report = format!("{}\nexpected:\n", statement.text);
                for line in &statement.expected {
                    let _ = writeln!(report, "    {line}");
                }
                let _ = writeln!(report, "found:\n    {}", found.join("\n    "));
                differences.push(Difference { line: step.line, report });
            }
        }
        differences
    }

    /// Plays a script; the script with the answers found. An expected error that was found stays as it is written.
    pub async fn rewrite(&mut self, script: &Script) -> Script {
        let mut rewritten = script.clone();
        for step in &mut rewritten.steps {
            let found = match self.step(&step.action).await {
                Some((statement, found)) if !same(statement, &found) => found,
                _ => continue,
            };
            if let Action::Statement(statement) = &mut step.action {
                statement.expected = found;
            }
        }
        rewritten
    }

    async fn step<'s>(&mut self, action: &'s Action) -> Option<(&'s Statement, Vec<String>)> {
        match action {
            Action::Nothing => None,
            Action::Advance(seconds) => {
                self.controls.advance(*seconds).await;
                None
            }
            Action::Flush => {
                self.controls.flush().await;
                None
            }
            Action::Restart => {
                let address = self.controls.restart().await;
                self.session = connect(address).await;
                self.session.use_keyspace(&self.keyspace, false).await.expect("the keyspace is still there");
                None
            }
            Action::Statement(statement) => {
                if self.flush_before_reads && statement.text.trim_start().starts_with("SELECT") {
                    self.controls.flush().await;
                }
                let mut found = self.answer(statement).await;
                if statement.any_order && !found.is_empty() {
                    found[1..].sort();
                }
                Some((statement, found))
            }
        }
    }

    /// The answer in lines.
    async fn answer(&self, statement: &Statement) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut state = PagingState::start();
        loop {
            let (result, next) = match self.page(statement, state).await {
                Ok(page) => page,
                Err(error) => return vec![error],
            };
            if !result.is_rows() {
                return vec!["ok".to_string()];
            }
            let first = lines.is_empty();
            if let Err(error) = page_lines(result, statement, &mut lines) {
                return vec![error];
            }
            match next {
                PagingStateResponse::HasMorePages { state: more } => state = more,
                PagingStateResponse::NoMorePages => {
                    // A full page may be the last without the server knowing; an empty one then closes.
                    if lines.last().is_some_and(|line| line == "--") {
                        lines.pop();
                    }
                    if first && lines.len() == 1 {
                        lines.push("(no rows)".to_string());
                    }
                    return lines;
                }
            }
        }
    }

    async fn page(
        &self,
        statement: &Statement,
        state: PagingState,
    ) -> Result<(QueryResult, PagingStateResponse), String> {
        let rows = statement.page.unwrap_or(PAGE_ROWS_MAX);
        let result = match &statement.bind {
            None => {
                let text = DriverStatement::new(&statement.text).with_page_size(rows);
                self.session.query_single_page(text, (), state).await
            }
            Some(values) => {
                let prepared = self.session.prepare(statement.text.as_str()).await;
                let mut prepared = prepared.map_err(|error| render::prepare_error(&error))?;
                prepared.set_page_size(rows);
                let types: Vec<ColumnType<'_>> =
                    prepared.get_variable_col_specs().iter().map(|column| column.typ().clone()).collect();
                let values: Vec<_> =
                    values.iter().zip(&types).map(|(value, typ)| bound(value, typ)).collect();
                self.session.execute_single_page(&prepared, values, state).await
            }
        };
        result.map_err(|error: ExecutionError| render::error(&error))
    }
}

/// Appends a page: the names of the columns before the first, a line `--` before the others.
fn page_lines(result: QueryResult, statement: &Statement, lines: &mut Vec<String>) -> Result<(), String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("error Driver: {error}");
    let rows = result.into_rows_result().map_err(|error| unreadable(&error))?;
    if lines.is_empty() {
        let names: Vec<String> = rows
            .column_specs()
            .iter()
            .map(|column| match statement.types {
                true => format!("{} {}", column.name(), render::column_type(column.typ())),
                false => column.name().to_string(),
            })
            .collect();
        lines.push(names.join(" | "));
    } else {
        lines.push("--".to_string());
    }
    for row in rows.rows::<Row>().map_err(|error| unreadable(&error))? {
        lines.push(render::row(&row.map_err(|error| unreadable(&error))?));
    }
    Ok(())
}

fn bound(value: &BindValue, typ: &ColumnType<'_>) -> MaybeUnset<Option<CqlValue>> {
    let value = match value {
        BindValue::Unset => return MaybeUnset::Unset,
        BindValue::Null => None,
        BindValue::Text(text) => Some(CqlValue::Text(text.clone())),
        BindValue::Number(number) => Some(match typ {
            ColumnType::Native(NativeType::BigInt) => CqlValue::BigInt(*number),
            ColumnType::Native(NativeType::SmallInt) => CqlValue::SmallInt(*number as i16),
            ColumnType::Native(NativeType::TinyInt) => CqlValue::TinyInt(*number as i8),
            ColumnType::Native(NativeType::Counter) => CqlValue::Counter(Counter(*number)),
            _ => CqlValue::Int(*number as i32),
        }),
    };
    MaybeUnset::Set(value)
}

/// Whether an answer is the expected one; an expected error may leave its message out or give a part of it.
fn same(statement: &Statement, found: &[String]) -> bool {
    if let [expected] = &statement.expected[..]
        && let Some(expected) = expected.strip_prefix("error ")
    {
        let (kind, part) = expected.split_once(": ").unwrap_or((expected, ""));
        return found.len() == 1
            && found[0].strip_prefix("error ").and_then(|found| found.split_once(": ")).is_some_and(
                |(found_kind, message)| {
                    (kind == "any" && found_kind != "Driver" || found_kind == kind) && message.contains(part)
                },
            );
    }
    if statement.any_order {
        let mut expected = statement.expected.clone();
        expected[1..].sort();
        return expected == found;
    }
    statement.expected == found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(expected: &[&str], any_order: bool) -> Statement {
        let expected = expected.iter().map(|line| line.to_string()).collect();
        Statement { text: "SELECT".into(), expected, any_order, ..Statement::default() }
    }

    #[test]
    fn an_expected_error_compares_its_kind_and_a_part_of_its_message() {
        let found = ["error Invalid: unknown column x".to_string()];
        assert!(same(&statement(&["error Invalid"], false), &found));
        assert!(same(&statement(&["error Invalid: column x"], false), &found));
        assert!(same(&statement(&["error any"], false), &found));
        assert!(!same(&statement(&["error Invalid: table"], false), &found));
        assert!(!same(&statement(&["error SyntaxError"], false), &found));
        assert!(!same(&statement(&["error Invalid"], false), &["ok".to_string()]));
    }

    #[test]
    fn rows_compare_in_order_unless_any_order_is_said() {
        let sorted = ["a", "1", "2"].map(String::from);
        assert!(same(&statement(&["a", "2", "1"], true), &sorted));
        assert!(!same(&statement(&["a", "2", "1"], false), &sorted));
    }
}
