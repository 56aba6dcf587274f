//! `basalt shell` as a script runs it: arguments, standard input, output, errors and exit code.
//!
//! The binary talks to the real door; behind it stands a service that knows a handful of statements.

#![expect(clippy::disallowed_methods, reason = "runs the binary and writes the scripts it reads")]

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use model::types::ColumnType;
use proto::native::{
    Batch, ColumnSpec, Execute, Prepare, Query, ResultBody, ResultMetadata, Rows, RowsBuilder,
};
use server::error::CqlError;
use server::native::{
    Answer, CqlService, EventBroadcast, NativeListener, NativeSettings, Reply, RequestContext,
};
use server::node::Tasks;

/// Knows `SELECT <n>` (n rows in pages), `USE <name>`, `DESCRIBE t` and `WARN`; anything else is no CQL.
struct FewStatements;

fn rows(names: &[&str], rows: &[Vec<Option<String>>]) -> Rows {
    let column = |name: &&str| ColumnSpec {
        keyspace: "k".to_string(),
        table: "t".to_string(),
        name: name.to_string(),
        column_type: ColumnType::Text,
    };
    let mut builder =
        RowsBuilder::new(Arc::new(ResultMetadata { columns: names.iter().map(column).collect() }));
    for row in rows {
        row.iter().for_each(|cell| builder.push_cell(cell.as_ref().map(String::as_bytes)));
        builder.end_row();
    }
    builder.finish()
}

fn select(count: usize, query: &Query) -> Rows {
    let state = query.parameters.paging_state.as_deref();
    let from: usize = state.map_or(0, |state| String::from_utf8_lossy(state).parse().expect("our own state"));
    let page_rows = query.parameters.page_size.map_or(count, |rows| rows as usize);
    let end = count.min(from + page_rows);
    let row = |index: usize| {
        vec![Some(format!("row {index}")), index.is_multiple_of(2).then(|| "even".to_string())]
    };
    let mut page = rows(&["name", "parity"], &(from..end).map(row).collect::<Vec<_>>());
    page.paging_state = (end < count).then(|| end.to_string().into());
    page
}

impl CqlService for FewStatements {
    async fn query(&self, context: RequestContext, query: Query) -> Reply {
        let words: Vec<&str> = query.text.split_whitespace().collect();
        match words.as_slice() {
            ["SELECT", count] => {
                let count = count.parse().map_err(|_| CqlError::invalid("no number"))?;
                Ok(ResultBody::Rows(select(count, &query)).into())
            }
            ["USE", name] => {
                context.client.set_keyspace(name);
                Ok(ResultBody::SetKeyspace(name.to_string()).into())
            }
            ["KEYSPACE"] => {
                let keyspace = context.client.keyspace().map(|name| name.to_string());
                Ok(ResultBody::Rows(rows(&["keyspace"], &[vec![keyspace]])).into())
            }
            ["DESCRIBE", "t"] => {
                let text = Some("CREATE TABLE t (\n    k int\n);".to_string());
                Ok(ResultBody::Rows(rows(&["create_statement"], &[vec![text]])).into())
            }
            ["LEVEL"] => {
                let level = Some(query.parameters.consistency.to_string());
                Ok(ResultBody::Rows(rows(&["level"], &[vec![level]])).into())
            }
            ["WARN"] => Ok(Answer { warnings: vec!["look out".to_string()], ..ResultBody::Void.into() }),
            _ => Err(CqlError::syntax(format!("no such statement:\n{}", query.text))),
        }
    }

    async fn prepare(&self, _: RequestContext, _: Prepare) -> Reply {
        Err(CqlError::invalid("not here"))
    }

    async fn execute(&self, _: RequestContext, _: Execute) -> Reply {
        Err(CqlError::invalid("not here"))
    }

    async fn batch(&self, _: RequestContext, _: Batch) -> Reply {
        Err(CqlError::invalid("not here"))
    }
}

/// What a run of the binary gave.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    out: String,
    error: String,
}

/// Runs `basalt shell` with `arguments` against the service, with `input` on standard input.
fn shell(arguments: &[&str], input: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("threads are there");
    let tasks = Tasks::new(runtime.handle().clone());
    let listener = runtime.block_on(NativeListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    let listener = listener.expect("a free port is there");
    let port = listener.address().port();
    listener.serve(FewStatements, EventBroadcast::default(), NativeSettings::default(), &tasks);
    let outcome = run_binary(&[&["shell", "--port", &port.to_string()], arguments].concat(), input);
    runtime.block_on(tasks.close(Duration::from_secs(5)));
    outcome
}

fn run_binary(arguments: &[&str], input: &str) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_basalt"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A shell that ends early closes its input, which is its right.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    Outcome { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
}

fn good(out: &str) -> Outcome {
    Outcome { code: Some(0), out: out.to_string(), error: String::new() }
}

const TWO_ROWS: &str = "\n name  | parity\n-------+--------\n row 0 |   even\n row 1 |   null\n\n(2 rows)\n";

#[test]
fn statements_of_the_command_line_are_printed_as_tables() {
    assert_eq!(shell(&["-e", "SELECT 2; SELECT 2"], ""), good(&format!("{TWO_ROWS}{TWO_ROWS}")));
}

#[test]
fn standard_input_is_a_script_when_it_is_no_terminal() {
    assert_eq!(shell(&[], "SELECT\n2;\nEXIT\nSELECT 5;"), good(TWO_ROWS));
}

#[test]
fn every_page_of_a_long_result_is_printed_under_one_head() {
    let outcome = shell(&["-e", "SELECT 12001"], "");
    assert_eq!(outcome.out.matches("name ").count(), 1);
    assert_eq!(outcome.out.matches("row ").count(), 12_001);
    assert!(outcome.out.ends_with("\n(12001 rows)\n"), "the last lines tell the rows");
}

#[test]
fn an_error_ends_the_script_with_one_line_and_exit_code_1() {
    let outcome = shell(&["-e", "SELECT 2; SELEKT 1; SELECT 2"], "");
    assert_eq!(outcome.out, TWO_ROWS);
    assert_eq!(outcome.error, "2000 [SyntaxError] no such statement: SELEKT 1\n");
    assert_eq!(outcome.code, Some(1));
}

#[test]
fn an_error_in_a_file_names_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("inner.cql");
    let outer = folder.path().join("outer.cql");
    std::fs::write(&inner, "-- here\nSELECT 2;\nSELECT x;\n").expect("written");
    std::fs::write(&outer, format!("\nSOURCE '{}'\n", inner.display())).expect("written");
    let outcome = shell(&["-f", &outer.display().to_string()], "");
    let wanted =
        format!("{}, line 2: {}, line 3: 2200 [Invalid] no number\n", outer.display(), inner.display());
    assert_eq!((outcome.code, outcome.error), (Some(1), wanted));
    assert_eq!(outcome.out, TWO_ROWS);
}

#[test]
fn a_file_that_is_missing_is_named_before_anything_is_connected() {
    let outcome = run_binary(&["shell", "--port", "1", "-f", "no/such.cql"], "");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.starts_with("cannot read no/such.cql: "), "{}", outcome.error);
}

#[test]
fn a_node_that_is_not_there_is_told_with_what_to_do() {
    let outcome = run_binary(&["shell", "--port", "1", "-e", "SELECT 1"], "");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.starts_with("cannot connect to 127.0.0.1:1: "), "{}", outcome.error);
    assert!(
        outcome.error.contains("basalt start") && outcome.error.lines().count() == 1,
        "{}",
        outcome.error
    );
}

#[test]
fn the_keyspace_is_set_by_argument_and_by_use() {
    let printed = |name: &str| format!("\n keyspace\n----------\n{name:>9}\n\n(1 rows)\n");
    assert_eq!(shell(&["-k", "flights", "-e", "KEYSPACE"], ""), good(&printed("flights")));
    assert_eq!(shell(&["-e", "USE other; KEYSPACE"], ""), good(&printed("other")));
}

#[test]
fn commands_of_the_shell_work_in_scripts() {
    let outcome = shell(&["-e", "EXPAND ON; SELECT 1; EXPAND; CONSISTENCY QUORUM; LEVEL; CONSISTENCY"], "");
    assert_eq!(
        outcome,
        good(concat!(
            "\n@ Row 1\n--------+-------\n name   | row 0\n parity | even\n\n(1 rows)\n",
            "EXPAND is ON\n",
            "\n@ Row 1\n-------+--------\n level | QUORUM\n\n(1 rows)\n",
            "CONSISTENCY is QUORUM\n",
        ))
    );
    let outcome = shell(&["-e", "EXPAND perhaps"], "");
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(1), "write EXPAND ON or EXPAND OFF\n"));
}

#[test]
fn descriptions_are_printed_as_statements_and_warnings_beside_the_output() {
    assert_eq!(shell(&["-e", "DESCRIBE t"], ""), good("\nCREATE TABLE t (\n    k int\n);\n"));
    let outcome = shell(&["-e", "WARN"], "");
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), "warning: look out\n"));
}

#[test]
fn basalt_alone_prints_its_help() {
    let outcome = run_binary(&[], "");
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""));
    assert!(outcome.out.contains("basalt") && outcome.out.contains("shell"), "{}", outcome.out);
}
