//! [`Shell`]: carries out one piece of input after the other.
//!
//! Synchronous: it asks, waits, prints. Pages are asked for one by one, so that a result of any length needs
//! the memory of one page.

use std::io::{BufRead, Write};
use std::path::Path;

use proto::native::{Consistency, QueryParameters, ResultBody, Rows};

use super::command::{Command, Paging, parse_command};
use super::error::ShellError;
use super::help::help_text;
use super::lines::Statements;
use super::printer::Printer;
use super::prompt::{Editor, Entry};
use super::script::{open_script, place};
use super::session::Session;
use super::split::split;

/// Rows a page when a script reads: few round trips, little memory.
const SCRIPT_PAGE_ROWS: u32 = 5_000;

/// Rows a page when a person reads: a few screens.
const PERSON_PAGE_ROWS: u32 = 100;

/// Files that SOURCE one another, at most.
const SOURCE_DEPTH_MAX: usize = 16;

/// Whether to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next piece.
    Continue,
    /// EXIT was said.
    Exit,
}

/// A shell on one node.
pub struct Shell<'a> {
    session: Session,
    out: &'a mut dyn Write,
    consistency: Consistency,
    serial_consistency: Consistency,
    expand: bool,
    page_rows: u32,
    /// Whether to ask after each page.
    asks: bool,
    source_depth: usize,
}

impl Shell<'_> {
    /// A shell over `session` that prints to `out`.
    pub fn new(session: Session, out: &mut dyn Write) -> Shell<'_> {
        Shell {
            session,
            out,
            consistency: Consistency::One,
            serial_consistency: Consistency::Serial,
            expand: false,
            page_rows: SCRIPT_PAGE_ROWS,
            asks: false,
            source_depth: 0,
        }
    }

    /// Uses a keyspace, as USE does.
    pub fn use_keyspace(&mut self, keyspace: &str) -> Result<(), ShellError> {
        let name = model::types::quote_identifier(keyspace);
        self.statement(&format!("USE {name}"), None)
    }

    /// Runs every statement of a script; `name` is what complaints call it. The first error ends it.
    pub fn run_script(&mut self, name: Option<&str>, input: impl BufRead) -> Result<Flow, ShellError> {
        for piece in Statements::new(input) {
            let piece = piece.map_err(|error| ShellError::Input(place(name, None, &error.to_string())))?;
            match self.run(&piece.text, None) {
                Ok(Flow::Continue) => {}
                Ok(Flow::Exit) => return Ok(Flow::Exit),
                Err(error) if name.is_none() || error.is_closed_output() => return Err(error),
                Err(error) => {
                    return Err(ShellError::Input(place(name, Some(piece.line), &error.to_string())));
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Runs every statement of `text` and shows each, with the comments before it, above its result.
    pub fn run_tour(&mut self, text: &str) -> Result<(), ShellError> {
        let mut shown = 0;
        for piece in split(text).all() {
            writeln!(self.out, "\n{}", text[shown..piece.end].trim())?;
            shown = piece.end;
            self.run(&piece.text, None)?;
        }
        Ok(())
    }

    /// Asks a person for statements until they leave. Errors are printed and end nothing.
    pub fn run_prompt(&mut self) -> Result<(), ShellError> {
        self.page_rows = PERSON_PAGE_ROWS;
        self.asks = true;
        self.session.let_ctrl_c_cancel();
        let mut editor = Editor::open();
        writeln!(self.out, "Connected to {}. HELP tells what there is, Ctrl-D leaves.", self.session.peer())?;
        loop {
            let text = match editor.read(self.session.keyspace()) {
                Entry::Text(text) => text,
                Entry::Nothing => continue,
                Entry::End => return Ok(()),
                Entry::Failed(error) => {
                    return Err(ShellError::Input(format!("cannot read from this terminal: {error}")));
                }
            };
            for piece in split(&text).all() {
                match self.run(&piece.text, Some(&mut editor)) {
                    Ok(Flow::Continue) => {}
                    Ok(Flow::Exit) => return Ok(()),
                    Err(error @ ShellError::Output(_)) => return Err(error),
                    Err(error) => {
                        self.out.flush()?;
                        eprintln!("{error}");
                        break;
                    }
                }
            }
        }
    }

    /// Runs one piece of input. With an editor, a person is there to be asked.
    fn run(&mut self, text: &str, editor: Option<&mut Editor>) -> Result<Flow, ShellError> {
        let command = parse_command(text).map_err(ShellError::Input)?;
        match command {
            Command::Statement(text) => self.statement(&text, editor)?,
            Command::Exit => return Ok(Flow::Exit),
            Command::Help(topic) => self.say(help_text(topic.as_deref()).trim_end())?,
            Command::Source(path) => return self.source(Path::new(&path)),
            Command::Expand(None) => self.say(if self.expand { "EXPAND is ON" } else { "EXPAND is OFF" })?,
            Command::Expand(Some(expand)) => self.expand = expand,
            Command::Paging(None) => {
                let rows = self.page_rows;
                let text = if self.asks {
                    format!("PAGING is ON, {rows} rows")
                } else {
                    "PAGING is OFF".to_string()
                };
                self.say(&text)?;
            }
            Command::Paging(Some(paging)) => self.set_paging(paging),
            Command::Consistency(None) => self.say(&format!("CONSISTENCY is {}", self.consistency))?,
            Command::Consistency(Some(level)) => self.consistency = level,
            Command::SerialConsistency(None) => {
                self.say(&format!("SERIAL CONSISTENCY is {}", self.serial_consistency))?;
            }
            Command::SerialConsistency(Some(level)) => self.serial_consistency = level,
            Command::ShowVersion => self.show_version()?,
            Command::ShowHost => {
                let text = format!("connected to {}", self.session.peer());
                self.say(&text)?;
            }
            // Home and clear, as every terminal of today understands them.
            Command::Clear => self.out.write_all(b"\x1b[2J\x1b[H")?,
        }
        Ok(Flow::Continue)
    }

    /// Prints a line.
    pub fn say(&mut self, text: &str) -> Result<(), ShellError> {
        writeln!(self.out, "{text}")?;
        Ok(self.out.flush()?)
    }

    fn set_paging(&mut self, paging: Paging) {
        match paging {
            Paging::On => (self.asks, self.page_rows) = (true, PERSON_PAGE_ROWS),
            Paging::Off => (self.asks, self.page_rows) = (false, SCRIPT_PAGE_ROWS),
            Paging::Rows(rows) => (self.asks, self.page_rows) = (true, rows),
        }
    }

    fn show_version(&mut self) -> Result<(), ShellError> {
        let text = format!("shell {}; {}", env!("CARGO_PKG_VERSION"), self.session.peer());
        self.say(&text)?;
        self.statement("SELECT release_version, cql_version, native_protocol_version FROM system.local", None)
    }

    fn source(&mut self, path: &Path) -> Result<Flow, ShellError> {
        if self.source_depth == SOURCE_DEPTH_MAX {
            return Err(ShellError::Input(format!("SOURCE goes deeper than {SOURCE_DEPTH_MAX} files")));
        }
        let name = path.display().to_string();
        let file = open_script(path)?;
        self.source_depth += 1;
        let flow = self.run_script(Some(&name), file);
        self.source_depth -= 1;
        flow
    }

    fn statement(&mut self, text: &str, mut editor: Option<&mut Editor>) -> Result<(), ShellError> {
        let mut parameters = QueryParameters {
            consistency: self.consistency,
            serial_consistency: Some(self.serial_consistency),
            page_size: Some(self.page_rows as i32),
            ..QueryParameters::default()
        };
        let Some(mut page) = self.ask(text, &parameters)? else { return Ok(()) };
        let mut printer = Printer::new(self.out, self.expand);
        let mut progress = printer.begin(&page)?;
        while let Some(state) = page.paging_state.take() {
            if self.asks && editor.as_mut().is_some_and(|editor| !editor.goes_on()) {
                break;
            }
            parameters.paging_state = Some(state);
            // What one page needs of warnings was said with the first.
            page = match self.session.query(text, &parameters)?.result {
                ResultBody::Rows(rows) => with_metadata_of(rows, &page),
                _ => break,
            };
            Printer::new(self.out, self.expand).proceed(&mut progress, &page)?;
        }
        Printer::new(self.out, self.expand).end(&progress)
    }

    /// Asks the server; its warnings go to standard error. Rows are handed back, other results need no word.
    fn ask(&mut self, text: &str, parameters: &QueryParameters) -> Result<Option<Rows>, ShellError> {
        let answer = self.session.query(text, parameters)?;
        for warning in &answer.warnings {
            eprintln!("warning: {warning}");
        }
        match answer.result {
            ResultBody::Rows(rows) => Ok(Some(rows)),
            ResultBody::Void
            | ResultBody::SetKeyspace(_)
            | ResultBody::Prepared(_)
            | ResultBody::SchemaChange(_) => Ok(None),
        }
    }
}

/// A later page need not repeat what its columns are.
fn with_metadata_of(mut rows: Rows, first: &Rows) -> Rows {
    if rows.metadata.columns.is_empty() {
        rows.metadata = first.metadata.clone();
    }
    rows
}
