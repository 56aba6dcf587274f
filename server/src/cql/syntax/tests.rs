//! Test data files, and the two properties that must hold for any text: nothing panics, and what is
//! printed from a tree parses to the same tree.

mod print;

use proptest::prelude::*;

use super::{Statement, parse_statement};
use print::print;

/// Splits a data file into (comments, input, expected) by `----` and blank lines.
///
/// Shape: input, a line `----`, what it gives, an empty line. Input may have empty lines.
fn cases(content: &str) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let mut input = String::new();
    let mut lines = content.lines();
    while let Some(line) = lines.next() {
        if line == "----" {
            let output: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            cases.push((input.trim_start_matches('\n').to_string(), output.join("\n")));
            input = String::new();
        } else {
            input.push_str(line);
            input.push('\n');
        }
    }
    assert!(input.trim().is_empty(), "the last case has no ----: {input}");
    cases
}

/// The statement of a case: its lines that are no comments of the file.
fn statement_of(input: &str) -> String {
    let lines: Vec<&str> = input.lines().filter(|line| !line.starts_with('#')).collect();
    lines.join("\n")
}

fn outcome(statement: &str) -> String {
    match parse_statement(statement) {
        Ok(parsed) => print(&parsed),
        Err(error) => error.to_string(),
    }
}

#[expect(clippy::disallowed_methods, reason = "test data lies in files")]
fn data_files() -> Vec<(std::path::PathBuf, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/syntax");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let content = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
            (path, content)
        })
        .collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 rewrites test data")]
fn statements_of_the_data_files_parse_to_what_stands_below_them_and_print_to_themselves() {
    let files = data_files();
    assert!(files.len() >= 5);
    for (path, content) in files {
        let mut rewritten = String::new();
        for (input, _) in cases(&content) {
            let statement = statement_of(&input);
            if let Ok(parsed) = parse_statement(&statement)
                && !matches!(parsed.statement, Statement::NotSupported(_))
            {
                let printed = print(&parsed);
                assert_eq!(outcome(&printed), printed, "printed from {statement}");
            }
            rewritten.push_str(&format!("{input}----\n{}\n\n", outcome(&statement)));
        }
        let rewritten = format!("{}\n", rewritten.trim_end());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &rewritten).unwrap();
        } else {
            for (found, wanted) in rewritten.lines().zip(content.lines()) {
                assert_eq!(found, wanted, "in {}", path.display());
            }
            assert_eq!(rewritten, content, "in {}", path.display());
        }
    }
}

#[test]
fn nesting_beyond_the_limit_is_refused_and_not_a_stack_overflow() {
    let deep = |open: &str, close: &str| {
        let value = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let message = outcome(&format!("INSERT INTO t (a) VALUES ({value})"));
        assert!(message.contains("nested more than"), "{open}: {message}");
        let message = outcome(&format!("SELECT {value} FROM t"));
        assert!(message.contains("nested more than"), "{open}: {message}");
    };
    deep("(", ")");
    deep("[", "]");
    deep("{", "}");
    deep("f(", ")");
    deep("- ", "");
    deep("(int) ", "");
    deep("1 + ", "");
    deep("1 * ", "");
    deep("{a: ", "}");
    let types = format!("CREATE TABLE t (a {}int{})", "frozen<".repeat(100_000), ">".repeat(100_000));
    assert!(outcome(&types).contains("nested more than 16"));
    let relations = format!("SELECT * FROM t WHERE {}a = 1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(outcome(&relations).contains("nested more than"));
    let fields = format!("SELECT a{} FROM t", ".b".repeat(100_000));
    assert!(outcome(&fields).contains("nested more than"));
}

#[test]
fn nesting_up_to_the_limit_is_accepted() {
    let value = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    assert!(parse_statement(&format!("INSERT INTO t (a) VALUES ({value})")).is_ok());
    let sum = vec!["1"; 60].join(" + ");
    assert!(parse_statement(&format!("SELECT {sum} FROM t")).is_ok());
}

#[test]
fn a_statement_beyond_the_size_limit_is_refused() {
    let text = " ".repeat(super::limits::STATEMENT_SIZE_BYTES_MAX + 1);
    assert!(outcome(&text).contains("more than the"));
}

#[test]
fn more_bind_markers_than_the_protocol_counts_are_refused() {
    let markers = |count: usize| format!("SELECT * FROM t WHERE a IN ({})", vec!["?"; count].join(","));
    assert!(parse_statement(&markers(65_535)).is_ok());
    assert!(outcome(&markers(65_536)).contains("more than 65535 bind markers"));
}

#[test]
fn markers_are_numbered_in_order_of_appearance() {
    let text = "UPDATE t USING TTL ? SET a = :b, c[?] = :d WHERE k IN ? AND (x, y) > (?, :b) IF z = ?";
    let parsed = parse_statement(text).unwrap();
    let names: Vec<Option<&str>> = parsed.markers.iter().map(|marker| marker.name.as_deref()).collect();
    assert_eq!(names, [None, Some("b"), None, Some("d"), None, None, Some("b"), None]);
    assert_eq!(parsed.markers[3].span.text(text), ":d");
}

#[test]
fn spans_name_the_text_they_came_from() {
    use super::ast::*;
    let text = "SELECT a, writetime(b) AS w, (int) - 3, m['k']  FROM ks.t WHERE x = 'é' AND y IN (1 , 2)";
    let parsed = parse_statement(text).unwrap();
    let Statement::Select(select) = parsed.statement else { panic!("not a select") };
    let Selection::Items(items) = &select.selection else { panic!("no items") };
    let texts: Vec<&str> = items.iter().map(|item| item.selector.span.text(text)).collect();
    assert_eq!(texts, ["a", "writetime(b)", "(int) - 3", "m['k']"]);
    let texts: Vec<&str> = select.relations.iter().map(|relation| relation.span.text(text)).collect();
    assert_eq!(texts, ["x = 'é'", "y IN (1 , 2)"]);
    assert_eq!(select.from.span().text(text), "ks.t");
    assert_eq!(select.span.text(text), text);
}

/// Pieces that statements are made of.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "SELECT",
        "INSERT",
        "INTO",
        "UPDATE",
        "DELETE",
        "FROM",
        "WHERE",
        "AND",
        "IF",
        "NOT",
        "EXISTS",
        "IN",
        "VALUES",
        "SET",
        "USING",
        "TTL",
        "TIMESTAMP",
        "BEGIN",
        "BATCH",
        "APPLY",
        "CREATE",
        "ALTER",
        "DROP",
        "TABLE",
        "KEYSPACE",
        "TYPE",
        "INDEX",
        "PRIMARY",
        "KEY",
        "WITH",
        "CLUSTERING",
        "ORDER",
        "BY",
        "JSON",
        "DISTINCT",
        "COUNT",
        "CAST",
        "AS",
        "TOKEN",
        "CONTAINS",
        "LIKE",
        "IS",
        "NULL",
        "BETWEEN",
        "LIMIT",
        "PER",
        "PARTITION",
        "GROUP",
        "DESC",
        "DESCRIBE",
        "LIST",
        "GRANT",
        "ANN",
        "OF",
        "frozen",
        "list",
        "map",
        "int",
        "text",
        "vector",
        "tuple",
        "true",
        "nan",
        "P1D",
        "1y2mo",
        "1",
        "1.5e3",
        "1..2",
        "0xabc",
        "0xabcd",
        "'s'",
        "$$d$$",
        "\"Q\"",
        "a",
        "b",
        "t",
        "ks",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "<=",
        "!=",
        "=",
        "+",
        "-",
        "*",
        "/",
        "%",
        ",",
        ";",
        ":",
        ".",
        "..",
        "?",
        ":x",
        "--c\n",
        "/*c*/",
        "'",
        "\"",
        "$$",
        "/*",
        "µ",
        "é",
        "123e4567-e89b-12d3-a456-426614174000",
        "P0001-02-03T04:05:06",
        "+=",
        "-=",
    ]);
    prop_oneof![20 => fixed.prop_map(str::to_string), 1 => "\\PC{0,3}"]
}

fn valid_statements() -> Vec<String> {
    let all = data_files().into_iter().flat_map(|(_, content)| cases(&content));
    all.map(|(input, _)| statement_of(&input)).filter(|text| text.len() < 2000).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_soup_of_tokens_is_parsed_or_refused(pieces in prop::collection::vec(piece(), 0..40)) {
        let spaced = pieces.join(" ");
        let _ = outcome(&spaced);
        let _ = outcome(&pieces.concat());
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
        let _ = outcome(&text);
    }

    #[test]
    fn mutated_statements_are_parsed_or_refused_and_print_to_themselves(
        statement in prop::sample::select(valid_statements()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, piece()), 1..4),
    ) {
        let mut text = statement;
        for (place, removed, inserted) in edits {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = place.index(places.len());
            let to = (from + removed).min(places.len() - 1);
            text.replace_range(places[from]..places[to], &inserted);
        }
        if let Ok(parsed) = parse_statement(&text) {
            let printed = print(&parsed);
            let again = outcome(&printed);
            prop_assert_eq!(again, printed, "from {}", text);
        }
    }
}
