//! What a Rust program with the unmodified `scylla` driver does to a node, one line a check.
//!
//! Address in BASALT_HOST and BASALT_PORT. Prints `ok NAME` or `FAIL NAME: why`; prints `restart` and waits for a
//! line on standard input when the runner shall kill the node and start it again. A failed check does not stop the
//! rest, except the first: without a session nothing can be asked.

mod values;

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures::{StreamExt, TryStreamExt};
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::{DbError, ExecutionError, PrepareError, RequestAttemptError};
use scylla::frame::Compression;
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::Statement;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::{Consistency, SerialConsistency};
use scylla::value::{Counter, CqlValue, Row, Unset};
use values::{every_value, every_value_columns};

const KEYSPACE: &str = "client_rust";

fn address() -> String {
    let host = std::env::var("BASALT_HOST").expect("BASALT_HOST is set by the runner");
    let port = std::env::var("BASALT_PORT").expect("BASALT_PORT is set by the runner");
    format!("{host}:{port}")
}

async fn connect() -> Result<Session> {
    Ok(SessionBuilder::new().known_node(address()).build().await?)
}

async fn run(session: &Session, text: &str) -> Result<Vec<Row>> {
    let result = session.query_unpaged(text, ()).await.with_context(|| text.to_string())?;
    if !result.is_rows() {
        return Ok(Vec::new());
    }
    let rows = result.into_rows_result()?;
    Ok(rows.rows::<Row>()?.collect::<Result<Vec<_>, _>>()?)
}

fn text(value: &str) -> Option<CqlValue> {
    Some(CqlValue::Text(value.to_string()))
}

fn int(value: i32) -> Option<CqlValue> {
    Some(CqlValue::Int(value))
}

fn rows_are(found: &[Row], expected: &[Vec<Option<CqlValue>>]) -> Result<()> {
    let found: Vec<_> = found.iter().map(|row| row.columns.clone()).collect();
    ensure!(found == expected, "found {found:?}, expected {expected:?}");
    Ok(())
}

async fn creates_keyspace_type_and_tables(session: &Session) -> Result<()> {
    run(session, &format!("DROP KEYSPACE IF EXISTS {KEYSPACE}")).await?;
    run(
        session,
        &format!(
            "CREATE KEYSPACE {KEYSPACE} WITH replication = \
             {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        ),
    )
    .await?;
    session.use_keyspace(KEYSPACE, false).await?;
    run(session, "CREATE TYPE place (street text, zip int, tags frozen<set<text>>)").await?;
    run(session, &format!("CREATE TABLE every_type (k int PRIMARY KEY, {})", every_value_columns())).await?;
    run(
        session,
        "CREATE TABLE series (k text, c int, v text, st text STATIC, PRIMARY KEY (k, c)) \
         WITH CLUSTERING ORDER BY (c DESC)",
    )
    .await?;
    run(session, "CREATE TABLE tally (k text, c text, n counter, PRIMARY KEY (k, c))").await?;
    run(session, "CREATE TABLE plain (k int PRIMARY KEY, v text, w text)").await?;
    Ok(())
}

async fn reads_the_schema(session: &Session) -> Result<()> {
    session.refresh_metadata().await?;
    let state = session.get_cluster_state();
    ensure!(state.get_nodes_info().len() == 1, "{} nodes", state.get_nodes_info().len());
    let keyspace = state.get_keyspace(KEYSPACE).context("the keyspace is missing")?;
    let table = keyspace.tables.get("series").context("the table is missing")?;
    ensure!(table.partition_key == ["k"] && table.clustering_key == ["c"], "{table:?}");
    let mut names: Vec<_> = table.columns.keys().map(String::as_str).collect();
    names.sort_unstable();
    ensure!(names == ["c", "k", "st", "v"], "{names:?}");
    let udt = keyspace.user_defined_types.get("place").context("the type is missing")?;
    let fields: Vec<_> = udt.field_types.iter().map(|(name, _)| name.as_ref()).collect();
    ensure!(fields == ["street", "zip", "tags"], "{fields:?}");
    let every = keyspace.tables.get("every_type").context("every_type is missing")?;
    ensure!(every.columns.len() == every_value(KEYSPACE).len() + 1, "{} columns", every.columns.len());
    Ok(())
}

async fn every_type_comes_back_equal(session: &Session) -> Result<()> {
    let values = every_value(KEYSPACE);
    let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let insert = session
        .prepare(format!("INSERT INTO every_type (k, {}) VALUES (?, {marks})", names.join(", ")))
        .await?;
    let mut bound = vec![int(1)];
    bound.extend(values.iter().map(|(_, value)| Some(value.clone())));
    session.execute_unpaged(&insert, bound).await?;
    every_type_is_there(session).await?;
    let mut nothing = vec![int(2)];
    nothing.extend(values.iter().map(|_| None));
    session.execute_unpaged(&insert, nothing).await?;
    let select = format!("SELECT {} FROM every_type WHERE k = 2", names.join(", "));
    let rows = run(session, &select).await?;
    rows_are(&rows, &[vec![None; names.len()]])
}

async fn every_type_is_there(session: &Session) -> Result<()> {
    for (name, value) in every_value(KEYSPACE) {
        let select = session.prepare(format!("SELECT {name} FROM every_type WHERE k = ?")).await?;
        let result = session.execute_unpaged(&select, (1,)).await?.into_rows_result()?;
        let row: Row = result.single_row().with_context(|| format!("column {name}"))?;
        ensure!(
            row.columns == [Some(value.clone())],
            "{name}: found {:?}, expected {value:?}",
            row.columns[0]
        );
    }
    Ok(())
}

async fn unprepared_statement_with_values(session: &Session) -> Result<()> {
    session
        .query_unpaged("INSERT INTO plain (k, v, w) VALUES (?, ?, ?)", (100, "quo'te", None::<String>))
        .await?;
    let rows = run(session, "SELECT v, w FROM plain WHERE k = 100").await?;
    rows_are(&rows, &[vec![text("quo'te"), None]])
}

async fn pages_through_5000_rows_in_order(session: &Session) -> Result<()> {
    let insert = session.prepare("INSERT INTO series (k, c, v) VALUES (?, ?, ?)").await?;
    futures::stream::iter(0..5000)
        .map(|c| session.execute_unpaged(&insert, ("wide", c, format!("v{c}"))))
        .buffer_unordered(64)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    let mut select = session.prepare("SELECT c, v FROM series WHERE k = ?").await?;
    select.set_page_size(500);
    let pager = session.execute_iter(select, ("wide",)).await?;
    let rows: Vec<(i32, String)> = pager.rows_stream()?.try_collect().await?;
    ensure!(rows.len() == 5000, "{} rows", rows.len());
    for (place, (c, v)) in rows.iter().enumerate() {
        ensure!(*c == 4999 - place as i32 && *v == format!("v{c}"), "row {place} is ({c}, {v})");
    }
    Ok(())
}

async fn pages_by_hand(session: &Session) -> Result<()> {
    let statement =
        Statement::new("SELECT c FROM series WHERE k = 'wide' ORDER BY c ASC").with_page_size(500);
    let (mut state, mut seen, mut pages) = (PagingState::start(), Vec::new(), 0);
    loop {
        let (page, next) = session.query_single_page(statement.clone(), (), state).await?;
        for row in page.into_rows_result()?.rows::<(i32,)>()? {
            seen.push(row?.0);
        }
        pages += 1;
        match next {
            PagingStateResponse::HasMorePages { state: more } => state = more,
            PagingStateResponse::NoMorePages => break,
        }
    }
    ensure!(seen == (0..5000).collect::<Vec<_>>(), "{} rows, not 0..5000 in order", seen.len());
    ensure!((10..=11).contains(&pages), "{pages} pages");
    Ok(())
}

async fn batches_of_prepared_statements(session: &Session) -> Result<()> {
    let insert = session.prepare("INSERT INTO plain (k, v) VALUES (?, ?)").await?;
    for (kind, start) in [(BatchType::Logged, 10), (BatchType::Unlogged, 20)] {
        let mut batch = Batch::new(kind);
        for _ in 0..10 {
            batch.append_statement(insert.clone());
        }
        let values: Vec<_> = (start..start + 10).map(|k| (k, "batched")).collect();
        session.batch(&batch, values).await?;
        let keys = (start..start + 10).map(|k| k.to_string()).collect::<Vec<_>>().join(", ");
        let rows = run(session, &format!("SELECT v FROM plain WHERE k IN ({keys})")).await?;
        rows_are(&rows, &vec![vec![text("batched")]; 10])?;
    }
    Ok(())
}

async fn counter_batch_counts(session: &Session) -> Result<()> {
    let add = session.prepare("UPDATE tally SET n = n + ? WHERE k = ? AND c = ?").await?;
    for _ in 0..3 {
        let mut batch = Batch::new(BatchType::Counter);
        batch.append_statement(add.clone());
        batch.append_statement(add.clone());
        session.batch(&batch, ((Counter(2), "a", "x"), (Counter(-1), "a", "y"))).await?;
    }
    counters_are_there(session).await
}

async fn counters_are_there(session: &Session) -> Result<()> {
    let rows = run(session, "SELECT c, n FROM tally WHERE k = 'a'").await?;
    let count = |value| Some(CqlValue::Counter(Counter(value)));
    rows_are(&rows, &[vec![text("x"), count(6)], vec![text("y"), count(-3)]])
}

async fn empty_batch_is_answered(session: &Session) -> Result<()> {
    session.batch(&Batch::new(BatchType::Logged), Vec::<(i32,)>::new()).await?;
    session.batch(&Batch::new(BatchType::Unlogged), Vec::<(i32,)>::new()).await?;
    Ok(())
}

async fn unset_leaves_a_column_and_null_deletes_it(session: &Session) -> Result<()> {
    let insert = session.prepare("INSERT INTO plain (k, v, w) VALUES (?, ?, ?)").await?;
    session.execute_unpaged(&insert, (40, "v", "w")).await?;
    session.execute_unpaged(&insert, (40, Unset, None::<String>)).await?;
    let rows = run(session, "SELECT v, w FROM plain WHERE k = 40").await?;
    rows_are(&rows, &[vec![text("v"), None]])
}

async fn named_binds(session: &Session) -> Result<()> {
    let insert = session.prepare("INSERT INTO plain (k, v, w) VALUES (41, :v, :other)").await?;
    let values = std::collections::HashMap::from([("other", "b"), ("v", "a")]);
    session.execute_unpaged(&insert, values).await?;
    let rows = run(session, "SELECT v, w FROM plain WHERE k = 41").await?;
    rows_are(&rows, &[vec![text("a"), text("b")]])
}

async fn conditional_writes_tell_whether_they_applied(session: &Session) -> Result<()> {
    let rows = run(session, "INSERT INTO plain (k, v) VALUES (50, 'first') IF NOT EXISTS").await?;
    ensure!(rows[0].columns[0] == Some(CqlValue::Boolean(true)), "{rows:?}");
    let rows = run(session, "INSERT INTO plain (k, v) VALUES (50, 'second') IF NOT EXISTS").await?;
    rows_are(&rows, &[vec![Some(CqlValue::Boolean(false)), int(50), text("first"), None]])?;
    let update = session.prepare("UPDATE plain SET v = ? WHERE k = ? IF v = ?").await?;
    for (value, condition, applied) in [("third", "first", true), ("fourth", "first", false)] {
        let result = session.execute_unpaged(&update, (value, 50, condition)).await?.into_rows_result()?;
        let row: Row = result.single_row()?;
        ensure!(row.columns[0] == Some(CqlValue::Boolean(applied)), "{row:?}");
    }
    let mut select = Statement::new("SELECT v FROM plain WHERE k = 50");
    select.set_consistency(Consistency::Serial);
    select.set_serial_consistency(Some(SerialConsistency::Serial));
    let result = session.query_unpaged(select, ()).await?.into_rows_result()?;
    let (value,): (String,) = result.single_row()?;
    ensure!(value == "third", "found {value}");
    Ok(())
}

fn database_error(error: ExecutionError) -> Result<DbError> {
    match error {
        ExecutionError::LastAttemptError(RequestAttemptError::DbError(kind, _))
        | ExecutionError::PrepareError(PrepareError::AllAttemptsFailed {
            first_attempt: RequestAttemptError::DbError(kind, _),
        }) => Ok(kind),
        other => bail!("not an answer of the database: {other:?}"),
    }
}

async fn error_kinds_arrive(session: &Session) -> Result<()> {
    let existing = DbError::AlreadyExists { keyspace: KEYSPACE.into(), table: "plain".into() };
    for (statement, expected) in [
        ("SELEC * FROM plain", DbError::SyntaxError),
        ("SELECT * FROM no_such_table", DbError::Invalid),
        ("SELECT * FROM plain WHERE v = 'x'", DbError::Invalid),
        ("CREATE TABLE plain (k int PRIMARY KEY)", existing),
    ] {
        match session.query_unpaged(statement, ()).await {
            Ok(_) => bail!("`{statement}` was accepted"),
            Err(error) => {
                let kind = database_error(error).with_context(|| statement.to_string())?;
                ensure!(kind == expected, "`{statement}` answered {kind:?}, expected {expected:?}");
            }
        }
    }
    match session.prepare("SELECT * FROM no_such_table WHERE k = ?").await {
        Ok(_) => bail!("a statement on an unknown table was prepared"),
        Err(error) => ensure!(database_error(error.into())? == DbError::Invalid, "another kind"),
    }
    Ok(())
}

async fn both_compressions_serve(_: &Session) -> Result<()> {
    for compression in [Compression::Lz4, Compression::Snappy] {
        let other = SessionBuilder::new()
            .known_node(address())
            .compression(Some(compression))
            .use_keyspace(KEYSPACE, false)
            .build()
            .await?;
        let rows = run(&other, "SELECT c FROM series WHERE k = 'wide'").await?;
        ensure!(rows.len() == 5000, "{compression:?}: {} rows", rows.len());
    }
    Ok(())
}

async fn a_table_of_another_connection_is_seen(session: &Session) -> Result<()> {
    let other = connect().await?;
    other.use_keyspace(KEYSPACE, false).await?;
    run(&other, "CREATE TABLE elsewhere (k int PRIMARY KEY, v int)").await?;
    // By itself this driver reads the schema once a minute; events of tables do not hurry it.
    session.refresh_metadata().await?;
    let state = session.get_cluster_state();
    let keyspace = state.get_keyspace(KEYSPACE).context("the keyspace is missing")?;
    ensure!(keyspace.tables.contains_key("elsewhere"), "the table is missing");
    Ok(())
}

async fn prepared_statements_survive_a_restart(session: &Session) -> Result<()> {
    let insert = session.prepare("INSERT INTO plain (k, v) VALUES (?, ?)").await?;
    let select = session.prepare("SELECT v FROM plain WHERE k = ?").await?;
    session.execute_unpaged(&insert, (70, "before")).await?;
    ask_restart()?;
    let begin = Instant::now();
    let result = loop {
        match session.execute_unpaged(&select, (70,)).await {
            Ok(result) => break result,
            // The driver reconnects on its own schedule; a request before that finds no connection.
            Err(error) if begin.elapsed() > Duration::from_secs(30) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let (value,): (String,) = result.into_rows_result()?.single_row()?;
    ensure!(value == "before", "found {value}");
    session.execute_unpaged(&insert, (71, "after")).await?;
    let (value,): (String,) =
        session.execute_unpaged(&select, (71,)).await?.into_rows_result()?.single_row()?;
    ensure!(value == "after", "found {value}");
    Ok(())
}

async fn what_was_written_is_there_after_kill(session: &Session) -> Result<()> {
    every_type_is_there(session).await?;
    counters_are_there(session).await?;
    pages_by_hand(session).await
}

fn ask_restart() -> Result<()> {
    println!("restart");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    ensure!(line.trim() == "restarted", "the runner said {line:?}");
    Ok(())
}

type Check = for<'a> fn(&'a Session) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), (|session| Box::pin($name(session))) as Check)),*]
    };
}

#[tokio::main]
async fn main() {
    let session = match connect().await {
        Ok(session) => session,
        Err(error) => return println!("FAIL connects with default settings: {}", one_line(&error)),
    };
    println!("ok connects with default settings");
    let checks = checks![
        creates_keyspace_type_and_tables,
        reads_the_schema,
        every_type_comes_back_equal,
        unprepared_statement_with_values,
        pages_through_5000_rows_in_order,
        pages_by_hand,
        batches_of_prepared_statements,
        counter_batch_counts,
        empty_batch_is_answered,
        unset_leaves_a_column_and_null_deletes_it,
        named_binds,
        conditional_writes_tell_whether_they_applied,
        error_kinds_arrive,
        both_compressions_serve,
        a_table_of_another_connection_is_seen,
        prepared_statements_survive_a_restart,
        what_was_written_is_there_after_kill,
    ];
    for (name, check) in checks {
        let name = name.replace('_', " ");
        match check(&session).await {
            Ok(()) => println!("ok {name}"),
            Err(error) => println!("FAIL {name}: {}", one_line(&error)),
        }
    }
}

fn one_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(600).collect()
}
