//! [`Table`]: rows of text as a person reads them, aligned, or one field a line.
//!
//! The look is the one that users of CQL shells know: names to the left, values to the right, a rule of
//! dashes between. Pure: text in, text out.

use unicode_width::UnicodeWidthStr;

/// Rows to print, already as text.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    names: Vec<String>,
    widths: Vec<usize>,
}

impl Table {
    /// A table with these column names.
    pub(super) fn new(names: Vec<String>) -> Table {
        let names: Vec<String> = names.into_iter().map(printable).collect();
        let widths = names.iter().map(|name| name.width()).collect();
        Table { names, widths }
    }

    /// Names and rule: what stands above the rows, widened for `rows`.
    pub(super) fn head(&mut self, rows: &[Vec<String>]) -> String {
        self.widen(rows);
        let names: Vec<String> =
            self.names.iter().zip(&self.widths).map(|(name, width)| pad_right(name, *width)).collect();
        let rule: Vec<String> = self.widths.iter().map(|width| "-".repeat(*width)).collect();
        format!(" {}\n-{}-\n", names.join(" | ").trim_end(), rule.join("-+-"))
    }

    /// Rows, one a line. Columns only ever grow, so that pages of a result line up as long as they can.
    pub(super) fn rows(&mut self, rows: &[Vec<String>]) -> String {
        self.widen(rows);
        let mut out = String::new();
        for row in rows {
            let fields: Vec<String> = row
                .iter()
                .zip(&self.widths)
                .map(|(field, width)| pad_left(&printable(field.clone()), *width))
                .collect();
            out.push_str(&format!(" {}\n", fields.join(" | ")));
        }
        out
    }

    /// Rows, one field a line under a head with the number of the row, counted from `first`.
    pub(super) fn expanded(&self, rows: &[Vec<String>], first: usize) -> String {
        let names = self.names.iter().map(|name| name.width()).max().unwrap_or(0);
        let mut out = String::new();
        for (index, row) in rows.iter().enumerate() {
            let fields: Vec<String> = row.iter().map(|field| printable(field.clone())).collect();
            let values = fields.iter().map(|field| field.width()).max().unwrap_or(0);
            out.push_str(&format!(
                "@ Row {}\n-{}-+-{}-\n",
                first + index,
                "-".repeat(names),
                "-".repeat(values)
            ));
            for (name, field) in self.names.iter().zip(&fields) {
                out.push_str(&format!(" {} | {field}\n", pad_right(name, names)));
            }
            out.push('\n');
        }
        out
    }

    fn widen(&mut self, rows: &[Vec<String>]) {
        for row in rows {
            for (width, field) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(printable(field.clone()).width());
            }
        }
    }
}

/// `text` with what would break the line, or take over the terminal, shown as an escape.
fn printable(text: String) -> String {
    if !text.chars().any(char::is_control) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|field| field.to_string()).collect()).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn names_stand_left_and_values_right() {
        let mut table = Table::new(names(&["origin", "n"]));
        let data = rows(&[&["JFK", "1200"], &["EWR", "3"]]);
        let text = table.head(&data) + &table.rows(&data);
        assert_eq!(text, " origin | n\n--------+------\n    JFK | 1200\n    EWR |    3\n");
    }

    #[test]
    fn wide_characters_take_their_columns() {
        let mut table = Table::new(names(&["t"]));
        let data = rows(&[&["日本"], &["é"]]);
        assert_eq!(table.head(&data) + &table.rows(&data), " t\n------\n 日本\n    é\n");
    }

    #[test]
    fn control_characters_are_shown_and_not_sent_to_the_terminal() {
        let mut table = Table::new(names(&["t"]));
        assert_eq!(table.rows(&rows(&[&["a\nb\x1b[2J"]])), " a\\nb\\x1b[2J\n");
    }

    #[test]
    fn an_expanded_row_has_a_field_a_line() {
        let table = Table::new(names(&["a", "long"]));
        let text = table.expanded(&rows(&[&["1", "two"]]), 5);
        assert_eq!(text, "@ Row 5\n------+-----\n a    | 1\n long | two\n\n");
    }
}
