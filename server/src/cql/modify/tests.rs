//! Writes from text to what is read afterwards, on an engine on a memory disk.

mod collections;
mod fixture;

use bytes::Bytes;
use engine::Background;
use model::schema::ColumnKind::{Clustering, PartitionKey, Regular, Static};
use proto::native::RawValue;

use fixture::{ColumnText, Database, START_SECONDS, options};

/// Tables: `t` with everything plain, `l` with collections, `n` with counters, `brief` with a default ttl.
fn database() -> Database {
    database_with(Background::Manual)
}

fn database_with(background: Background) -> Database {
    let tables: &[(&str, &[ColumnText])] = &[
        (
            "t",
            &[
                ("k", "int", PartitionKey),
                ("c", "int", Clustering),
                ("s", "int", Static),
                ("v", "text", Regular),
                ("w", "int", Regular),
            ],
        ),
        (
            "l",
            &[
                ("k", "int", PartitionKey),
                ("f", "frozen<map<text, int>>", Regular),
                ("l", "list<int>", Regular),
                ("m", "map<text, int>", Regular),
                ("p", "place", Regular),
                ("s", "set<int>", Regular),
                ("v", "int", Regular),
            ],
        ),
        ("n", &[("k", "int", PartitionKey), ("c", "int", Clustering), ("n", "counter", Regular)]),
        ("brief", &[("k", "int", PartitionKey), ("v", "int", Regular)]),
        (
            "deep",
            &[
                ("k", "int", PartitionKey),
                ("a", "int", Clustering),
                ("-b", "int", Clustering),
                ("v", "int", Regular),
            ],
        ),
    ];
    Database::new(tables, background)
}

fn int(value: i32) -> RawValue {
    RawValue::Bytes(Bytes::copy_from_slice(&value.to_be_bytes()))
}

/// Runs statements, each with what it must answer.
async fn expect(database: &Database, steps: &[(&str, &str)]) {
    for (text, answer) in steps {
        assert_eq!(database.run(text).await, *answer, "{text}");
    }
}

/// Runs a statement and then compares the table's rows.
async fn expect_rows(database: &Database, table: &str, steps: &[(&str, &[&str])]) {
    for (text, rows) in steps {
        assert_eq!(database.run(text).await, "ok", "{text}");
        assert_eq!(database.rows(table), *rows, "{text}");
    }
}

#[tokio::test]
async fn only_an_insert_keeps_a_row_alive_whose_columns_are_null() {
    let steps: &[(&str, &[&str])] = &[
        ("INSERT INTO t (k, c) VALUES (1, 1)", &["k=1 c=1"]),
        ("UPDATE t SET v = 'x' WHERE k = 1 AND c = 2", &["k=1 c=1", "k=1 c=2 v='x'"]),
        ("UPDATE t SET v = null WHERE k = 1 AND c = 2", &["k=1 c=1"]),
        ("INSERT INTO t (k, c, v, w) VALUES (1, 1, 'a', 5)", &["k=1 c=1 v='a' w=5"]),
        ("INSERT INTO t (k, c, v) VALUES (1, 1, null)", &["k=1 c=1 w=5"]),
        ("DELETE w FROM t WHERE k = 1 AND c = 1", &["k=1 c=1"]),
        ("DELETE FROM t WHERE k = 1 AND c = 1", &[]),
    ];
    expect_rows(&database(), "t", steps).await;
}

#[tokio::test]
async fn static_columns_are_written_without_a_row() {
    let steps: &[(&str, &[&str])] = &[
        ("INSERT INTO t (k, s) VALUES (1, 7)", &["k=1 s=7"]),
        ("INSERT INTO t (k, c, s) VALUES (1, 1, 8)", &["k=1 c=1 s=8"]),
        ("UPDATE t SET s = 9 WHERE k = 1", &["k=1 c=1 s=9"]),
        (
            "UPDATE t SET s = 10, v = 'x' WHERE k = 1 AND c IN (1, 2)",
            &["k=1 c=1 s=10 v='x'", "k=1 c=2 s=10 v='x'"],
        ),
        ("DELETE s FROM t WHERE k = 1", &["k=1 c=1 v='x'", "k=1 c=2 v='x'"]),
        ("DELETE FROM t WHERE k = 1", &[]),
    ];
    expect_rows(&database(), "t", steps).await;
}

#[tokio::test]
async fn deletes_reach_rows_prefixes_slices_and_partitions() {
    let database = database();
    for a in 1..=3 {
        for b in 1..=2 {
            database.run(&format!("INSERT INTO deep (k, a, b, v) VALUES (1, {a}, {b}, 0)")).await;
        }
    }
    assert_eq!(database.rows("deep").len(), 6);
    let steps: &[(&str, &[&str])] = &[
        (
            "DELETE FROM deep WHERE k = 1 AND a = 1",
            &["k=1 a=2 b=2 v=0", "k=1 a=2 b=1 v=0", "k=1 a=3 b=2 v=0", "k=1 a=3 b=1 v=0"],
        ),
        (
            "DELETE FROM deep WHERE k = 1 AND a = 2 AND b >= 2",
            &["k=1 a=2 b=1 v=0", "k=1 a=3 b=2 v=0", "k=1 a=3 b=1 v=0"],
        ),
        ("DELETE FROM deep WHERE k = 1 AND a = 3 AND b IN (1, 2)", &["k=1 a=2 b=1 v=0"]),
        ("DELETE FROM deep WHERE k IN (1, 2) AND a < 5", &[]),
    ];
    expect_rows(&database, "deep", steps).await;
}

#[tokio::test]
async fn unset_values_leave_columns_as_they_are() {
    let database = database();
    let insert = "INSERT INTO t (k, c, v, w) VALUES (?, ?, ?, ?)";
    let text = RawValue::Bytes(Bytes::from_static(b"x"));
    assert_eq!(database.run_with(insert, &[int(1), int(1), text, int(5)]).await, "ok");
    assert_eq!(database.run_with(insert, &[int(1), int(1), RawValue::Unset, RawValue::Null]).await, "ok");
    assert_eq!(database.rows("t"), ["k=1 c=1 v='x'"]);
    // Nothing but unset: no row comes to be.
    let update = "UPDATE t SET v = ? WHERE k = 2 AND c = 2";
    assert_eq!(database.run_with(update, &[RawValue::Unset]).await, "ok");
    assert_eq!(database.rows("t").len(), 1);
    for (values, message) in [
        ([RawValue::Null, int(1)], "error: Invalid null value in condition for column k"),
        ([RawValue::Unset, int(1)], "error: Invalid unset value for column k"),
        ([int(1), RawValue::Null], "error: Invalid null value in condition for column c"),
        ([int(1), RawValue::Unset], "error: Invalid unset value for column c"),
    ] {
        assert_eq!(database.run_with("INSERT INTO t (k, c) VALUES (?, ?)", &values).await, message);
    }
}

#[tokio::test]
async fn ttl_and_timestamp_are_those_of_the_statement_the_table_or_the_request() {
    let database = database();
    expect(
        &database,
        &[
            ("INSERT INTO brief (k, v) VALUES (1, 1)", "ok"),
            ("INSERT INTO brief (k, v) VALUES (2, 2) USING TTL 0", "ok"),
            ("INSERT INTO brief (k, v) VALUES (3, 3) USING TTL 10", "ok"),
            (
                "INSERT INTO brief (k, v) VALUES (4, 4) USING TTL -1",
                "error: A TTL must be greater or equal to 0, but was -1",
            ),
            (
                "INSERT INTO brief (k, v) VALUES (4, 4) USING TTL 630720001",
                "error: ttl is too large. requested (630720001) maximum (630720000)",
            ),
        ],
    )
    .await;
    assert_eq!(database.rows("brief").len(), 3);
    database.clock.advance(11 * 1_000_000);
    assert_eq!(database.rows("brief").len(), 2);
    database.clock.advance(100 * 1_000_000);
    assert_eq!(database.rows("brief"), ["k=2 v=2"]);

    let insert = "INSERT INTO t (k, c, w) VALUES (1, 1, ?)";
    let early = super::WriteOptions { timestamp: Some(10), ..options() };
    database.execute(insert, &[int(10)], early).await.unwrap();
    expect(&database, &[("UPDATE t USING TIMESTAMP 9 SET w = 9 WHERE k = 1 AND c = 1", "ok")]).await;
    assert_eq!(database.rows("t"), ["k=1 c=1 w=10"]);
    expect(&database, &[("UPDATE t USING TIMESTAMP 11 SET w = 11 WHERE k = 1 AND c = 1", "ok")]).await;
    assert_eq!(database.rows("t"), ["k=1 c=1 w=11"]);
    let reserved = super::WriteOptions { timestamp: Some(i64::MIN), ..options() };
    assert!(database.execute(insert, &[int(12)], reserved).await.is_err());
}

#[tokio::test]
async fn lists_grow_at_both_ends_and_change_by_index() {
    let steps: &[(&str, &[&str])] = &[
        ("INSERT INTO l (k, l) VALUES (1, [3, 4])", &["k=1 l=[3, 4]"]),
        ("UPDATE l SET l = l + [5, 6] WHERE k = 1", &["k=1 l=[3, 4, 5, 6]"]),
        ("UPDATE l SET l = [1, 2] + l WHERE k = 1", &["k=1 l=[1, 2, 3, 4, 5, 6]"]),
        ("UPDATE l SET l = [-1, 0] + l WHERE k = 1", &["k=1 l=[-1, 0, 1, 2, 3, 4, 5, 6]"]),
        ("UPDATE l SET l[0] = 9, l[7] = 9 WHERE k = 1", &["k=1 l=[9, 0, 1, 2, 3, 4, 5, 9]"]),
        ("DELETE l[1] FROM l WHERE k = 1", &["k=1 l=[9, 1, 2, 3, 4, 5, 9]"]),
        ("UPDATE l SET l[1] = null WHERE k = 1", &["k=1 l=[9, 2, 3, 4, 5, 9]"]),
        ("UPDATE l SET l = l - [9, 3] WHERE k = 1", &["k=1 l=[2, 4, 5]"]),
        ("UPDATE l SET l = [7] WHERE k = 1", &["k=1 l=[7]"]),
        ("UPDATE l SET l = [] WHERE k = 1", &["k=1"]),
    ];
    let database = database();
    expect_rows(&database, "l", steps).await;
    expect(
        &database,
        &[
            (
                "UPDATE l SET l[0] = 1 WHERE k = 1",
                "error: Attempted to set an element on a list which is null: l",
            ),
            (
                "DELETE l[0] FROM l WHERE k = 8",
                "error: Attempted to delete an element from a list which is null: l",
            ),
            ("UPDATE l SET l = [1, 2] WHERE k = 1", "ok"),
            ("UPDATE l SET l[2] = 1 WHERE k = 1", "error: List index 2 out of bound, list has size 2"),
            ("UPDATE l SET l[-1] = 1 WHERE k = 1", "error: List index -1 out of bound, list has size 2"),
        ],
    )
    .await;
}

#[tokio::test]
async fn sets_maps_and_user_types_change_by_element() {
    let steps: &[(&str, &[&str])] = &[
        ("UPDATE l SET s = s + {3, 1}, m = m + {'b': 2} WHERE k = 1", &["k=1 m={'b': 2} s={1, 3}"]),
        ("UPDATE l SET s = s - {3, 9}, m['a'] = 1, m['b'] = null WHERE k = 1", &["k=1 m={'a': 1} s={1}"]),
        ("UPDATE l SET m += {'x': 7, 'y': 8} WHERE k = 1", &["k=1 m={'a': 1, 'x': 7, 'y': 8} s={1}"]),
        ("UPDATE l SET m = m - {'x', 'q'} WHERE k = 1", &["k=1 m={'a': 1, 'y': 8} s={1}"]),
        ("DELETE m['a'], s[1] FROM l WHERE k = 1", &["k=1 m={'y': 8}"]),
        ("DELETE m FROM l WHERE k = 1", &[]),
        ("UPDATE l SET p.zip = 5 WHERE k = 1", &["k=1 p={street: null, zip: 5}"]),
        ("UPDATE l SET p.street = 'Main' WHERE k = 1", &["k=1 p={street: 'Main', zip: 5}"]),
        ("DELETE p.zip FROM l WHERE k = 1", &["k=1 p={street: 'Main', zip: null}"]),
        ("UPDATE l SET p = {zip: 6} WHERE k = 1", &["k=1 p={street: null, zip: 6}"]),
        (
            "UPDATE l SET f = {'z': 1, 'a': 2} WHERE k = 1",
            &["k=1 f={'a': 2, 'z': 1} p={street: null, zip: 6}"],
        ),
    ];
    expect_rows(&database(), "l", steps).await;
}

#[tokio::test]
async fn counters_add_up_also_inside_one_batch_and_begin_anew_after_a_delete() {
    let database = database();
    let steps: &[(&str, &[&str])] = &[
        ("UPDATE n SET n = n + 5 WHERE k = 1 AND c = 1", &["k=1 c=1 n=5"]),
        ("UPDATE n SET n -= 7 WHERE k = 1 AND c = 1", &["k=1 c=1 n=-2"]),
        (
            "BEGIN COUNTER BATCH UPDATE n SET n = n + 1 WHERE k = 1 AND c = 1; \
             UPDATE n SET n = n + 2 WHERE k = 1 AND c = 1; UPDATE n SET n = n + 9 WHERE k = 2 AND c = 1 \
             APPLY BATCH",
            &["k=1 c=1 n=1", "k=2 c=1 n=9"],
        ),
        ("DELETE n FROM n WHERE k = 1 AND c = 1", &["k=2 c=1 n=9"]),
        ("UPDATE n SET n = n + 1 WHERE k = 1 AND c = 1", &["k=1 c=1 n=1", "k=2 c=1 n=9"]),
        ("DELETE FROM n WHERE k = 2", &["k=1 c=1 n=1"]),
    ];
    expect_rows(&database, "n", steps).await;
    // A deletion stamped in the future does not swallow what is added later.
    let late = super::WriteOptions { timestamp: Some(i64::MAX / 2), ..options() };
    database.execute("DELETE FROM n WHERE k = 1", &[], late).await.unwrap();
    assert_eq!(database.rows("n"), Vec::<String>::new());
    expect_rows(&database, "n", &[("UPDATE n SET n = n + 3 WHERE k = 1 AND c = 1", &["k=1 c=1 n=3"])]).await;
}

#[tokio::test]
async fn additions_that_meet_are_all_counted() {
    // Acknowledged by a thread: without the lock all would read before any has written.
    let database = database_with(Background::Threads);
    let add = || database.run("UPDATE n SET n = n + 1 WHERE k = 1 AND c = 1");
    tokio::join!(add(), add(), add(), add());
    assert_eq!(database.rows("n"), ["k=1 c=1 n=4"]);
}

#[tokio::test]
async fn if_not_exists_writes_once_and_shows_what_is_there() {
    let database = database();
    expect(
        &database,
        &[
            ("INSERT INTO t (k, c, v) VALUES (1, 1, 'a') IF NOT EXISTS", "[applied]\ntrue"),
            (
                "INSERT INTO t (k, c, v) VALUES (1, 1, 'b') IF NOT EXISTS",
                "[applied] | k | c | s | v | w\nfalse | 1 | 1 | null | 'a' | null",
            ),
            ("INSERT INTO t (k, c, v) VALUES (1, 2, 'b') IF NOT EXISTS", "[applied]\ntrue"),
            ("INSERT INTO t (k, s) VALUES (1, 1) IF NOT EXISTS", "[applied]\ntrue"),
            ("INSERT INTO t (k, c) VALUES (1, 3) IF NOT EXISTS USING TTL 10", "[applied]\ntrue"),
        ],
    )
    .await;
    database.clock.advance(10 * 1_000_000);
    expect(&database, &[("INSERT INTO t (k, c) VALUES (1, 3) IF NOT EXISTS", "[applied]\ntrue")]).await;
}

#[tokio::test]
async fn conditions_treat_null_as_a_value_and_show_only_what_they_tested() {
    let database = database();
    expect(
        &database,
        &[
            ("UPDATE t SET v = 'a' WHERE k = 1 AND c = 1 IF EXISTS", "[applied]\nfalse"),
            ("UPDATE t SET v = 'a' WHERE k = 1 AND c = 1 IF v = 'a'", "[applied]\nfalse"),
            ("UPDATE t SET v = 'a', w = 1 WHERE k = 1 AND c = 1 IF v = null", "[applied]\ntrue"),
            (
                "UPDATE t SET w = 2 WHERE k = 1 AND c = 1 IF w > 1 AND v = 'a'",
                "[applied] | w | v\nfalse | 1 | 'a'",
            ),
            ("UPDATE t SET w = 2 WHERE k = 1 AND c = 1 IF w IN (0, 1) AND v != 'b'", "[applied]\ntrue"),
            ("UPDATE t SET w = 3 WHERE k = 1 AND c = 1 IF s != 4 AND w >= 2", "[applied]\ntrue"),
            ("UPDATE t SET s = 4 WHERE k = 1 IF s IN (null, 1)", "[applied]\ntrue"),
            ("UPDATE t SET s = 5 WHERE k = 1 IF s = 3", "[applied] | s\nfalse | 4"),
            ("DELETE FROM t WHERE k = 1 AND c = 9 IF s = 5", "[applied] | s\nfalse | 4"),
            ("DELETE FROM t WHERE k = 1 AND c = 1 IF s = 4", "[applied]\ntrue"),
            (
                "UPDATE t SET w = 3 WHERE k = 1 AND c = 1 IF w < null",
                "error: Invalid comparison with null for operator \"<\"",
            ),
        ],
    )
    .await;
    assert_eq!(database.rows("t"), ["k=1 s=4"]);
}

#[tokio::test]
async fn conditions_look_into_collections() {
    let database = database();
    expect(
        &database,
        &[
            (
                "INSERT INTO l (k, l, m, p, s) VALUES (1, [1, 2], {'x': 1}, {street: 'Main', zip: 7}, {4})",
                "ok",
            ),
            (
                "UPDATE l SET v = 1 WHERE k = 1 IF l[0] = 1 AND m['x'] = 1 AND m['y'] = null AND p.zip = 7",
                "[applied]\ntrue",
            ),
            ("UPDATE l SET v = 2 WHERE k = 1 IF l[1] = 9", "[applied] | l\nfalse | [1, 2]"),
            ("UPDATE l SET v = 2 WHERE k = 1 IF l[7] = null AND s = {4}", "[applied]\ntrue"),
            ("UPDATE l SET v = 3 WHERE k = 1 IF s CONTAINS 5", "[applied] | s\nfalse | {4}"),
            ("UPDATE l SET v = 3 WHERE k = 2 IF s = {}", "[applied]\ntrue"),
            ("UPDATE l SET l = l + [3], l[0] = 0 WHERE k = 1 IF v = 2", "[applied]\ntrue"),
        ],
    )
    .await;
    assert!(database.rows("l").iter().any(|row| row.contains("l=[0, 2, 3]")));
}

#[tokio::test]
async fn what_was_applied_is_read_even_after_writes_from_the_future() {
    let database = database();
    let future = (START_SECONDS + 1_000_000) * 1_000_000;
    for text in [
        format!("INSERT INTO t (k, c, v) VALUES (1, 1, 'a') USING TIMESTAMP {future}"),
        format!("DELETE FROM t USING TIMESTAMP {} WHERE k = 1 AND c = 2", future + 5),
        format!("DELETE FROM t USING TIMESTAMP {} WHERE k = 2", future + 9),
    ] {
        assert_eq!(database.run(&text).await, "ok");
    }
    expect(
        &database,
        &[
            ("UPDATE t SET v = 'b' WHERE k = 1 AND c = 1 IF v = 'a'", "[applied]\ntrue"),
            ("INSERT INTO t (k, c, v) VALUES (1, 2, 'c') IF NOT EXISTS", "[applied]\ntrue"),
            ("INSERT INTO t (k, c, v) VALUES (2, 1, 'd') IF NOT EXISTS", "[applied]\ntrue"),
        ],
    )
    .await;
    let mut rows = database.rows("t");
    rows.sort();
    assert_eq!(rows, ["k=1 c=1 v='b'", "k=1 c=2 v='c'", "k=2 c=1 v='d'"]);
}

#[tokio::test]
async fn of_conditional_writes_that_meet_one_is_applied() {
    // Acknowledged by a thread: without the lock all would read before any has written.
    let database = database_with(Background::Threads);
    let put = |value: i32| {
        let text = format!("INSERT INTO t (k, c, w) VALUES (1, 1, {value}) IF NOT EXISTS");
        let database = &database;
        async move { database.run(&text).await }
    };
    let (a, b, c) = tokio::join!(put(1), put(2), put(3));
    assert_eq!([a, b, c].iter().filter(|answer| *answer == "[applied]\ntrue").count(), 1);
}

#[tokio::test]
async fn a_write_whose_client_went_away_is_seen_by_the_next_that_asks() {
    let database = database_with(Background::Threads);
    for row in 0..20 {
        let insert = format!("INSERT INTO t (k, c) VALUES (1, {row}) IF NOT EXISTS");
        tokio::select! {
            biased;
            _ = database.run(&insert) => {}
            // Polled once, so the write is submitted and nobody waits for it.
            () = std::future::ready(()) => {}
        }
        let answer = database.run(&insert).await;
        assert!(answer.starts_with("[applied] | k | c |"), "{answer}");
    }
}

#[tokio::test]
async fn without_clustering_columns_the_partition_is_the_row_that_if_tests() {
    let database = database();
    expect(
        &database,
        &[
            ("DELETE FROM brief WHERE k = 1 IF EXISTS", "[applied]\nfalse"),
            ("INSERT INTO brief (k, v) VALUES (1, 1) IF NOT EXISTS", "[applied]\ntrue"),
            ("DELETE FROM brief WHERE k = 1 IF v = 2", "[applied] | v\nfalse | 1"),
            ("DELETE FROM brief WHERE k = 1 IF v = 1", "[applied]\ntrue"),
            ("UPDATE brief SET v = 3 WHERE k = 1 IF EXISTS", "[applied]\nfalse"),
        ],
    )
    .await;
    assert_eq!(database.rows("brief"), Vec::<String>::new());
}

#[tokio::test]
async fn keys_and_elements_that_are_too_long_are_refused() {
    let database = database();
    let long = "x".repeat(model::limits::KEY_SIZE_BYTES_MAX + 1);
    let answer = database.run(&format!("UPDATE l SET m['{long}'] = 1 WHERE k = 1")).await;
    assert!(answer.starts_with("error: ") && answer.contains("65535"), "{answer}");
    let answer = database.run(&format!("UPDATE l SET m = {{'{long}': 1}} WHERE k = 1")).await;
    assert!(answer.starts_with("error: ") && answer.contains("65535"), "{answer}");
    assert_eq!(database.rows("l"), Vec::<String>::new());
}

#[tokio::test]
async fn a_conditional_batch_is_all_or_nothing() {
    let database = database();
    expect(&database, &[
        (
            "BEGIN BATCH INSERT INTO t (k, c, v) VALUES (1, 1, 'a') IF NOT EXISTS; \
             INSERT INTO t (k, c, v) VALUES (1, 2, 'b'); UPDATE t SET s = 1 WHERE k = 1; APPLY BATCH",
            "[applied]\ntrue",
        ),
        (
            "BEGIN BATCH UPDATE t SET v = 'no' WHERE k = 1 AND c = 2; \
             UPDATE t SET v = 'no' WHERE k = 1 AND c = 1 IF v = 'z'; APPLY BATCH",
            "[applied] | k | c | v\nfalse | 1 | 1 | 'a'",
        ),
        (
            "BEGIN BATCH UPDATE t SET v = 'x' WHERE k = 1 AND c = 1 IF EXISTS; \
             UPDATE t SET v = 'x' WHERE k = 2 AND c = 1; APPLY BATCH",
            "error: Batch with conditions cannot span multiple partitions",
        ),
        (
            "BEGIN BATCH INSERT INTO t (k, c) VALUES (1, 1) IF NOT EXISTS; \
             UPDATE t SET v = 'x' WHERE k = 1 AND c = 1 IF EXISTS; APPLY BATCH",
            "error: Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row",
        ),
        (
            "BEGIN BATCH USING TIMESTAMP 5 UPDATE t SET v = 'x' WHERE k = 1 AND c = 1 IF EXISTS; APPLY BATCH",
            "error: Cannot provide custom timestamp for conditional BATCH",
        ),
    ])
    .await;
    assert_eq!(database.rows("t"), ["k=1 c=1 s=1 v='a'", "k=1 c=2 s=1 v='b'"]);
}

#[tokio::test]
async fn a_batch_has_one_timestamp_unless_its_statements_have_their_own() {
    let database = database();
    expect(&database, &[
        (
            "BEGIN BATCH INSERT INTO t (k, c, w) VALUES (1, 1, 2); INSERT INTO t (k, c, w) VALUES (1, 1, 1); \
             DELETE FROM t WHERE k = 1 AND c = 2; INSERT INTO t (k, c) VALUES (1, 2) APPLY BATCH",
            "ok",
        ),
        (
            "BEGIN BATCH DELETE FROM t USING TIMESTAMP 1 WHERE k = 2 AND c = 1; \
             INSERT INTO t (k, c) VALUES (2, 1) USING TIMESTAMP 2 APPLY BATCH",
            "ok",
        ),
        ("BEGIN BATCH APPLY BATCH", "ok"),
        (
            "BEGIN BATCH USING TIMESTAMP 5 INSERT INTO t (k, c) VALUES (2, 1) USING TIMESTAMP 2 APPLY BATCH",
            "error: Timestamp must be set either on BATCH or individual statements",
        ),
        (
            "BEGIN BATCH UPDATE n SET n = n + 1 WHERE k = 1 AND c = 1 APPLY BATCH",
            "error: Cannot include a counter statement in a logged batch",
        ),
        (
            "BEGIN COUNTER BATCH INSERT INTO t (k, c) VALUES (2, 1) APPLY BATCH",
            "error: Cannot include non-counter statement in a counter batch",
        ),
    ])
    .await;
    assert_eq!(database.rows("t"), ["k=1 c=1 w=2", "k=2 c=1"]);
    let large = "x".repeat(6_000);
    let answer = database
        .run(&format!(
            "BEGIN BATCH INSERT INTO t (k, c, v) VALUES (3, 1, '{large}'); \
             INSERT INTO t (k, c) VALUES (4, 1) APPLY BATCH"
        ))
        .await;
    assert!(answer.starts_with("ok\nwarning: Batch for [ks.t] is of size "), "{answer}");
}

#[tokio::test]
async fn statements_that_make_no_sense_are_refused_with_the_column() {
    expect(&database(), &[
        ("INSERT INTO t (k, v) VALUES (1, 'x')", "error: Some clustering keys are missing: c"),
        ("INSERT INTO t (c, v) VALUES (1, 'x')", "error: Some partition key parts are missing: k"),
        ("INSERT INTO t (k, c, v, v) VALUES (1, 1, 'a', 'b')", "error: The column names contains duplicates"),
        ("INSERT INTO t (k, c, x) VALUES (1, 1, 'a')", "error: Undefined column name x in table ks.t"),
        ("INSERT INTO n (k, c, n) VALUES (1, 1, 1)", "error: INSERT statements are not allowed on counter tables, use UPDATE instead"),
        ("UPDATE n SET n = 1 WHERE k = 1 AND c = 1", "error: Cannot set the value of counter column n (counters can only be incremented/decremented, not set)"),
        ("UPDATE n USING TTL 5 SET n = n + 1 WHERE k = 1 AND c = 1", "error: Cannot provide custom TTL for counter updates"),
        ("DELETE FROM n USING TIMESTAMP 5 WHERE k = 1", "error: Cannot provide custom timestamp for counter updates"),
        ("UPDATE n SET n = n + 1 WHERE k = 1 AND c = 1 IF EXISTS", "error: Conditional updates are not supported on counter tables"),
        ("UPDATE t SET v = 'x' WHERE k = 1", "error: Some clustering keys are missing: c"),
        ("UPDATE t SET v = 'x' WHERE k = 1 AND c > 1", "error: Slice restrictions are not supported on the clustering columns in UPDATE statements"),
        ("UPDATE t SET c = 2 WHERE k = 1 AND c = 1", "error: PRIMARY KEY part c found in SET part"),
        ("UPDATE t SET v = 'x' WHERE k = 1 AND c = 1 AND w = 1", "error: Non PRIMARY KEY columns found in where clause: w"),
        ("UPDATE t SET v = 'x' WHERE token(k) = 1 AND c = 1", "error: The token function cannot be used in WHERE clauses for UPDATE statements"),
        ("UPDATE t SET s = 1 WHERE k = 1 AND c = 1", "error: Invalid restrictions on clustering columns since the UPDATE statement modifies only static columns"),
        ("UPDATE t SET v = v + 'x' WHERE k = 1 AND c = 1", "error: Invalid operation (v = v + 'x') for non collection column v"),
        ("UPDATE l SET f['a'] = 1 WHERE k = 1", "error: Invalid operation (f['a'] = 1) for frozen collection column f"),
        ("UPDATE l SET s[1] = 1 WHERE k = 1", "error: Invalid operation (s[1] = 1) for set column s"),
        ("UPDATE l SET p.nothing = 1 WHERE k = 1", "error: UDT column p does not have a field named nothing"),
        ("UPDATE l SET v = 1, v = 2 WHERE k = 1", "error: Multiple incompatible setting of column v"),
        ("DELETE k FROM t WHERE k = 1 AND c = 1", "error: Invalid identifier k for deletion (should not be a PRIMARY KEY part)"),
        ("DELETE v FROM t WHERE k = 1 AND c > 1", "error: Range deletions are not supported for specific columns"),
        ("DELETE v FROM t WHERE k = 1", "error: Some clustering keys are missing: c"),
        ("DELETE FROM deep WHERE k = 1 AND b = 1", "error: PRIMARY KEY column \"b\" cannot be restricted as preceding column \"a\" is not restricted"),
        ("DELETE FROM t WHERE k = 1 IF EXISTS", "error: DELETE statements must restrict all PRIMARY KEY columns with equality relations to be conditional"),
        ("UPDATE t SET v = 'x' WHERE k IN (1, 2) AND c = 1 IF EXISTS", "error: IN on the partition key is not supported with conditional UPDATEs"),
        ("UPDATE t SET v = 'x' WHERE k = 1 AND c IN (1, 2) IF EXISTS", "error: IN on the clustering key columns is not supported with conditional UPDATEs"),
        ("UPDATE t USING TIMESTAMP 5 SET v = 'x' WHERE k = 1 AND c = 1 IF EXISTS", "error: Cannot provide custom timestamp for conditional updates"),
        ("UPDATE t SET v = 'x' WHERE k = 1 AND c = 1 IF c = 1", "error: PRIMARY KEY column 'c' cannot have IF conditions"),
        ("INSERT INTO t JSON '{\"k\": 1}'", "error: INSERT JSON is not supported yet; name the columns and their VALUES"),
    ])
    .await;
}

#[tokio::test]
async fn executions_can_move_between_threads() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let database = database();
    let plan = database.plan("INSERT INTO t (k, c) VALUES (1, 1) IF NOT EXISTS").unwrap();
    let plan = std::sync::Arc::new(plan);
    assert_send(super::execute_modify(&database.environment, &plan, &[], options())).await.unwrap();
    let statements = [(plan, Vec::new())];
    let kind = proto::native::BatchKind::Logged;
    assert_send(super::execute_batch(&database.environment, kind, &statements, None, options()))
        .await
        .unwrap();
}
