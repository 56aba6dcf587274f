//! [`Printer`]: results of the server as text on an output.
//!
//! The text of a value is `model`'s; this file decides what stands around it. What is printed depends on the
//! result alone, not on terminal or locale, so that scripts can rely on it.

use std::io::{self, Write};

use bytes::Bytes;
use model::DecodeError;
use model::types::literal::format_text;
use proto::native::{ColumnSpec, Rows};

use super::error::ShellError;
use super::table::Table;

/// Prints pages of one result after the other.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    expand: bool,
}

/// A result that is being printed, page by page.
pub(super) struct Progress {
    columns: Vec<ColumnSpec>,
    table: Table,
    /// Rows printed so far.
    pub(super) rows: usize,
    is_description: bool,
}

impl Printer<'_> {
    /// A printer on `out`; with `expand`, a field a line.
    pub(super) fn new(out: &mut dyn Write, expand: bool) -> Printer<'_> {
        Printer { out, expand }
    }

    /// Prints the first page with what stands above it.
    pub(super) fn begin(&mut self, page: &Rows) -> Result<Progress, ShellError> {
        let columns = page.metadata.columns.clone();
        let table = Table::new(columns.iter().map(|column| column.name.clone()).collect());
        let is_description = columns.iter().any(|column| column.name == DESCRIPTION_COLUMN);
        let mut progress = Progress { columns, table, rows: 0, is_description };
        let rows = progress.texts(page)?;
        if !progress.is_description {
            self.out.write_all(b"\n")?;
            if !self.expand {
                let head = progress.table.head(&rows);
                self.out.write_all(head.as_bytes())?;
            }
        }
        self.print(&mut progress, &rows)?;
        Ok(progress)
    }

    /// Prints a later page.
    pub(super) fn proceed(&mut self, progress: &mut Progress, page: &Rows) -> Result<(), ShellError> {
        let rows = progress.texts(page)?;
        Ok(self.print(progress, &rows)?)
    }

    /// Prints what stands below the last page.
    pub(super) fn end(&mut self, progress: &Progress) -> Result<(), ShellError> {
        if !progress.is_description {
            let blank = if self.expand { "" } else { "\n" };
            writeln!(self.out, "{blank}({} rows)", progress.rows)?;
        }
        Ok(self.out.flush()?)
    }

    fn print(&mut self, progress: &mut Progress, rows: &[Vec<String>]) -> io::Result<()> {
        let text = if progress.is_description {
            progress.descriptions(rows)
        } else if self.expand {
            progress.table.expanded(rows, progress.rows + 1)
        } else {
            progress.table.rows(rows)
        };
        progress.rows += rows.len();
        self.out.write_all(text.as_bytes())
    }
}

/// Column of DESCRIBE's results that holds the statement itself, which is printed as it is.
const DESCRIPTION_COLUMN: &str = "create_statement";

impl Progress {
    fn texts(&self, page: &Rows) -> Result<Vec<Vec<String>>, ShellError> {
        page.iter()
            .map(|row| row.map(|cells| self.text_of(&cells)))
            .collect::<Result<_, DecodeError>>()
            .map_err(|error| {
                ShellError::Connection(format!("the server sent rows that cannot be read: {error}"))
            })
    }

    fn text_of(&self, cells: &[Option<Bytes>]) -> Vec<String> {
        let text = |(column, cell): (&ColumnSpec, &Option<Bytes>)| match cell {
            Some(bytes) => format_text(&column.column_type, bytes),
            None => "null".to_string(),
        };
        self.columns.iter().zip(cells).map(text).collect()
    }

    fn descriptions(&self, rows: &[Vec<String>]) -> String {
        let at = self.columns.iter().position(|column| column.name == DESCRIPTION_COLUMN);
        let statements = rows.iter().filter_map(|row| row.get(at?));
        statements.map(|statement| format!("\n{}\n", statement.trim())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::types::ColumnType;
    use proto::native::{ResultMetadata, RowsBuilder};

    use super::*;

    fn page(columns: &[(&str, ColumnType)], rows: &[&[Option<&[u8]>]]) -> Rows {
        let columns = columns
            .iter()
            .map(|(name, column_type)| ColumnSpec {
                keyspace: "k".to_string(),
                table: "t".to_string(),
                name: name.to_string(),
                column_type: column_type.clone(),
            })
            .collect();
        let mut builder = RowsBuilder::new(Arc::new(ResultMetadata { columns }));
        for row in rows {
            row.iter().for_each(|cell| builder.push_cell(*cell));
            builder.end_row();
        }
        builder.finish()
    }

    fn printed(pages: &[Rows], expand: bool) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, expand);
        let mut progress = printer.begin(&pages[0]).expect("memory takes it");
        for page in &pages[1..] {
            printer.proceed(&mut progress, page).expect("memory takes it");
        }
        printer.end(&progress).expect("memory takes it");
        String::from_utf8(out).expect("it is text")
    }

    const COLUMNS: &[(&str, ColumnType)] = &[("name", ColumnType::Text), ("n", ColumnType::Int)];

    #[test]
    fn pages_of_a_result_are_one_table() {
        let first = page(COLUMNS, &[&[Some(b"JFK"), Some(&[0, 0, 0, 7])]]);
        let second = page(COLUMNS, &[&[Some(b"EWR"), None]]);
        assert_eq!(
            printed(&[first, second], false),
            "\n name | n\n------+---\n  JFK | 7\n  EWR | null\n\n(2 rows)\n"
        );
    }

    #[test]
    fn an_empty_result_still_shows_its_columns() {
        assert_eq!(printed(&[page(COLUMNS, &[])], false), "\n name | n\n------+---\n\n(0 rows)\n");
    }

    #[test]
    fn rows_are_counted_on_over_pages_when_expanded() {
        let one = page(COLUMNS, &[&[Some(b"a"), Some(&[0, 0, 0, 1])]]);
        let text = printed(&[one.clone(), one], true);
        assert!(
            text.contains("@ Row 1\n") && text.contains("@ Row 2\n") && text.ends_with("(2 rows)\n"),
            "{text}"
        );
    }

    #[test]
    fn a_description_is_printed_as_it_is() {
        let page = page(
            &[("name", ColumnType::Text), ("create_statement", ColumnType::Text)],
            &[&[Some(b"t"), Some(b"CREATE TABLE t (\n    k int\n);")]],
        );
        assert_eq!(printed(&[page], false), "\nCREATE TABLE t (\n    k int\n);\n");
    }

    #[test]
    fn a_cut_off_row_is_an_error_and_no_panic() {
        let mut page = page(COLUMNS, &[&[Some(b"JFK"), None]]);
        page.content.truncate(9);
        let mut out = Vec::new();
        assert!(Printer::new(&mut out, false).begin(&page).is_err());
    }
}
