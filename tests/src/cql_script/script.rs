//! [`Script`]: a `.test` file as steps, and back.
//!
//! Shape: steps are separated by blank lines. A step is comment lines (`#`), directives (`@`), a statement of one
//! or more lines, a line `----`, and the expected answer:
//!
//! ```text
//! # Rows come in clustering order.
//! @page 2
//! SELECT c, v FROM t WHERE k = 1
//! ----
//! c | v
//! 1 | one
//! 2 | null
//! ```
//!
//! An answer is `ok`, `error KIND` (or `error KIND: part of its message`; kind `any` where the documentation
//! leaves it open), or a table: the names of the columns,
//! then the rows, or `(no rows)`. Directives before a statement: `@page N` asks by pages of N rows (pages are parted
//! by a line `--`), `@types` names the columns' types beside them, `@any-order` sorts the rows on both sides,
//! `@bind V, V` binds values (numbers, `'text'`, `null`, `unset`). Directives alone: `@advance N` moves the clock on by N
//! seconds, `@flush` writes the memtables to disk, `@restart` stops the node and starts it again.

use std::fmt;

/// A `.test` file.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// In order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Of its first line, from 1.
    pub line: usize,
    /// Comment lines, as they stand.
    pub comments: Vec<String>,
    /// What is done.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Only a comment.
    Nothing,
    /// Moves the clock on by seconds.
    Advance(u32),
    /// Writes the memtables to disk.
    Flush,
    /// Stops the node and starts it again.
    Restart,
    /// Sends a statement and compares its answer.
    Statement(Statement),
}

/// A statement and its answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statement {
    /// CQL.
    pub text: String,
    /// Rows a page; none asks for all at once.
    pub page: Option<i32>,
    /// Whether the types of columns are shown.
    pub types: bool,
    /// Whether rows may come in any order.
    pub any_order: bool,
    /// Values to bind; none sends the statement unprepared.
    pub bind: Option<Vec<BindValue>>,
    /// Lines of the expected answer.
    pub expected: Vec<String>,
}

/// A value of `@bind`.
#[derive(Debug, Clone, PartialEq)]
pub enum BindValue {
    /// A whole number, bound to whichever integer type stands there.
    Number(i64),
    /// Text.
    Text(String),
    /// Null.
    Null,
    /// No value: the column is left as it is.
    Unset,
}

/// A file that is not a script.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidScript {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for InvalidScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Script {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Script, InvalidScript> {
        let mut steps = Vec::new();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            if lines[at].trim().is_empty() {
                at += 1;
                continue;
            }
            let end =
                lines[at..].iter().position(|line| line.trim().is_empty()).map_or(lines.len(), |n| at + n);
            steps.push(parse_step(at + 1, &lines[at..end])?);
            at = end;
        }
        Ok(Script { steps })
    }
}

fn parse_step(line: usize, lines: &[&str]) -> Result<Step, InvalidScript> {
    let invalid =
        |offset: usize, reason: &str| InvalidScript { line: line + offset, reason: reason.to_string() };
    let head = lines.iter().take_while(|line| line.starts_with('#')).count();
    let comments = lines[..head].iter().map(|line| line.to_string()).collect();
    let step = |action| Ok(Step { line, comments, action });
    let mut statement = Statement::default();
    let mut at = head;
    while at < lines.len() && lines[at].starts_with('@') {
        let (name, argument) = lines[at][1..].split_once(' ').unwrap_or((&lines[at][1..], ""));
        let number = || argument.trim().parse::<u32>().map_err(|_| invalid(at, "a number is wanted"));
        match name {
            "advance" => return step(Action::Advance(number()?)),
            "flush" => return step(Action::Flush),
            "restart" => return step(Action::Restart),
            "page" => statement.page = Some(number()? as i32),
            "types" => statement.types = true,
            "any-order" => statement.any_order = true,
            "bind" => statement.bind = Some(parse_bind(argument).map_err(|reason| invalid(at, &reason))?),
            _ => return Err(invalid(at, "no such directive")),
        }
        at += 1;
    }
    if at == lines.len() {
        return if at == head { step(Action::Nothing) } else { Err(invalid(at, "a statement is missing")) };
    }
    let rule =
        lines.iter().position(|line| *line == "----").ok_or_else(|| invalid(at, "`----` is missing"))?;
    if rule == at || rule + 1 == lines.len() {
        return Err(invalid(rule, "a statement stands before `----` and its answer after it"));
    }
    statement.text = lines[at..rule].join("\n");
    statement.expected = lines[rule + 1..].iter().map(|line| line.trim_end().to_string()).collect();
    step(Action::Statement(statement))
}

fn parse_bind(text: &str) -> Result<Vec<BindValue>, String> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (value, after) = if let Some(quoted) = rest.strip_prefix('\'') {
            let (inner, after) = quoted.split_once('\'').ok_or("the quote is not closed")?;
            (BindValue::Text(inner.to_string()), after)
        } else {
            let (word, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            let value = match word.trim() {
                "null" => BindValue::Null,
                "unset" => BindValue::Unset,
                word => BindValue::Number(word.parse().map_err(|_| format!("`{word}` cannot be bound"))?),
            };
            (value, after)
        };
        values.push(value);
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',').ok_or("values are parted by commas")?.trim_start();
        }
    }
    Ok(values)
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            for comment in &step.comments {
                writeln!(f, "{comment}")?;
            }
            match &step.action {
                Action::Nothing => {}
                Action::Advance(seconds) => writeln!(f, "@advance {seconds}")?,
                Action::Flush => writeln!(f, "@flush")?,
                Action::Restart => writeln!(f, "@restart")?,
                Action::Statement(statement) => write!(f, "{statement}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rows) = self.page {
            writeln!(f, "@page {rows}")?;
        }
        if self.types {
            writeln!(f, "@types")?;
        }
        if self.any_order {
            writeln!(f, "@any-order")?;
        }
        if let Some(values) = &self.bind {
            let values: Vec<String> = values.iter().map(BindValue::to_string).collect();
            writeln!(f, "@bind {}", values.join(", "))?;
        }
        writeln!(f, "{}\n----", self.text)?;
        for line in &self.expected {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BindValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindValue::Number(value) => write!(f, "{value}"),
            BindValue::Text(value) => write!(f, "'{value}'"),
            BindValue::Null => write!(f, "null"),
            BindValue::Unset => write!(f, "unset"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = "# a comment alone\n\n# and one with\nCREATE TABLE t (\n  k int)\n----\nok\n\n@advance 10\n\n\
        @flush\n\n@page 2\n@types\n@any-order\n@bind 1, 'a, b', null, unset\nSELECT ?\n----\na | b\n1 | 2\n";

    #[test]
    fn a_script_prints_as_it_was_read() {
        let script = Script::parse(EVERYTHING).unwrap();
        assert_eq!(script.to_string(), EVERYTHING);
        assert_eq!(script.steps.len(), 5);
        let Action::Statement(last) = &script.steps[4].action else { panic!("a statement") };
        assert_eq!(last.page, Some(2));
        let bound = [BindValue::Number(1), BindValue::Text("a, b".into()), BindValue::Null, BindValue::Unset];
        assert_eq!(last.bind.as_deref(), Some(&bound[..]));
        assert_eq!(last.expected, ["a | b", "1 | 2"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let reason = |text: &str| Script::parse(text).unwrap_err().to_string();
        assert_eq!(reason("\nSELECT 1\n"), "line 2: `----` is missing");
        assert_eq!(reason("@often 3\nSELECT 1\n----\nok\n"), "line 1: no such directive");
        assert_eq!(reason("@page many\nSELECT 1\n----\nok\n"), "line 1: a number is wanted");
        assert!(reason("SELECT 1\n----\n").contains("its answer after it"));
        assert!(reason("@bind 'x\nSELECT 1\n----\nok\n").contains("not closed"));
    }
}
