//! Data-driven tests of the types: text files under `testdata/`, a command, its input, `----`, its output.
//!
//! `UPDATE=1 cargo test -p model --test testdata` writes the outputs; read the diff before it is committed.
//! Commands: `literal TYPE` shows each line's wire bytes and both texts; `order TYPE [desc]` sorts the lines
//! by their key bytes; `cast FROM TO` casts each line; `operate LEFT + RIGHT` takes lines `a b`; an empty
//! line of input is `""`.

#![expect(clippy::disallowed_methods, reason = "a test reads its data files")]

use std::fs;
use std::path::{Path, PathBuf};

use model::types::arithmetic::{Operator, apply_operator, cast_value, result_type};
use model::types::key_order::{decode_component, encode_component};
use model::types::literal::{format_literal, format_text, parse_literal_text};
use model::types::{ColumnType, compare_values};

#[test]
fn literals_have_the_bytes_and_texts_of_their_files() {
    check_folder("literal");
}

#[test]
fn keys_sort_as_their_files_say() {
    check_folder("key_order");
}

#[test]
fn arithmetic_and_casts_give_what_their_files_say() {
    check_folder("arithmetic");
}

fn check_folder(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let expected = fs::read_to_string(&path).expect("test data");
        let actual = answered(&expected);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &actual).expect("test data is writable");
        } else {
            assert_eq!(actual, expected, "{}", path.display());
        }
    }
}

/// The file with the output of every command put in its place. Blocks are divided by empty lines.
fn answered(file: &str) -> String {
    let mut out = vec![];
    for block in file.trim_end().split("\n\n") {
        let lines: Vec<&str> = block.lines().collect();
        let comments = lines.iter().take_while(|line| line.starts_with('#')).count();
        let asked = lines.iter().position(|line| *line == "----").unwrap_or(lines.len());
        let mut answer: Vec<String> = lines[..asked].iter().map(|line| line.to_string()).collect();
        if comments < asked {
            answer.push("----".to_string());
            answer.extend(run(lines[comments], &lines[comments + 1..asked]));
        }
        out.push(answer.join("\n"));
    }
    out.join("\n\n") + "\n"
}

fn run(command: &str, input: &[&str]) -> Vec<String> {
    let words: Vec<&str> = command.split(' ').collect();
    let input: Vec<&str> = input.iter().map(|line| if *line == "\"\"" { "" } else { *line }).collect();
    match words[..] {
        ["literal", kind] => input.iter().map(|text| literal(&column_type(kind), text)).collect(),
        ["order", kind] => order(&column_type(kind), &input, false),
        ["order", kind, "desc"] => order(&column_type(kind), &input, true),
        ["cast", from, to] => {
            input.iter().map(|text| cast(&column_type(from), &column_type(to), text)).collect()
        }
        ["operate", left, sign, right] => {
            input.iter().map(|text| operate(&column_type(left), sign, &column_type(right), text)).collect()
        }
        _ => panic!("unknown command {command}"),
    }
}

fn column_type(text: &str) -> ColumnType {
    ColumnType::parse(text, &|_| None).expect("type")
}

fn literal(kind: &ColumnType, text: &str) -> String {
    match parse_literal_text(kind, text) {
        Ok(wire) => {
            format!("{}  {}  {}", hex(&wire), format_literal(kind, &wire), format_text(kind, &wire))
        }
        Err(error) => format!("error: {error}"),
    }
}

fn cast(from: &ColumnType, to: &ColumnType, text: &str) -> String {
    let wire = parse_literal_text(from, text).expect("value");
    match cast_value(from, to, &wire) {
        Ok(cast) => format_literal(to, &cast),
        Err(error) => format!("error: {error}"),
    }
}

fn operate(left: &ColumnType, sign: &str, right: &ColumnType, text: &str) -> String {
    use Operator::{Add, Divide, Multiply, Remainder, Subtract};
    let operators = [Add, Subtract, Multiply, Divide, Remainder];
    let operator = operators.into_iter().find(|operator| operator.sign() == sign).expect("operator");
    let (a, b) = text.split_once(' ').expect("two values");
    let a = parse_literal_text(left, a).expect("value");
    let b = parse_literal_text(right, b).expect("value");
    match apply_operator(operator, (left, &a), (right, &b)) {
        Ok(result) => {
            let kind = result_type(operator, left, right).expect("a result has a type");
            format!("{}  {kind}", format_literal(&kind, &result))
        }
        Err(error) => format!("error: {error}"),
    }
}

fn order(kind: &ColumnType, input: &[&str], descending: bool) -> Vec<String> {
    let mut keys = vec![];
    for text in input {
        let wire = parse_literal_text(kind, text).expect("value");
        let mut key = vec![];
        encode_component(kind, &wire, descending, &mut key).expect("key");
        let back = decode_component(kind, &mut &key[..], descending).expect("key decodes");
        assert!(compare_values(kind, &wire, &back).is_eq(), "{text}");
        keys.push((key, format_literal(kind, &back)));
    }
    keys.sort();
    keys.iter().map(|(key, literal)| format!("{}  {literal}", hex(key))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
