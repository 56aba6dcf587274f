//! The prompt: line editing, history and multi-line statements for a person at a terminal.

#![expect(clippy::disallowed_methods, reason = "makes the directory of the history file")]

use std::borrow::Cow;
use std::path::PathBuf;

use reedline::{
    FileBackedHistory, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus, Reedline,
    Signal, ValidationResult, Validator,
};

use super::split::split;

/// Statements kept in the history file.
const HISTORY_ENTRIES_MAX: usize = 10_000;

/// What the person gave.
pub(super) enum Entry {
    /// Complete statements or commands.
    Text(String),
    /// Ctrl-C: nothing.
    Nothing,
    /// Ctrl-D.
    End,
    /// The terminal does not do what editing needs.
    Failed(std::io::Error),
}

/// Reads statements from a terminal.
pub(super) struct Editor {
    editor: Reedline,
    /// Without history, for questions.
    asker: Reedline,
}

impl Editor {
    /// An editor with the history of the sessions before. Without a place for it, history lasts as long as
    /// the editor.
    pub(super) fn open() -> Editor {
        // https://no-color.org: any value, even an empty one, asks for none.
        let colors = std::env::var_os("NO_COLOR").is_none();
        let mut editor =
            Reedline::create().with_validator(Box::new(EndsWithSemicolon)).with_ansi_colors(colors);
        if let Some(history) = history_file() {
            editor = editor.with_history(Box::new(history));
        }
        Editor { editor, asker: Reedline::create().with_ansi_colors(colors) }
    }

    /// Asks for statements, with the keyspace in the prompt.
    pub(super) fn read(&mut self, keyspace: Option<&str>) -> Entry {
        let name = keyspace.map_or("basalt".to_string(), |keyspace| format!("basalt:{keyspace}"));
        entry(self.editor.read_line(&Line(name)))
    }

    /// Asks whether to go on; anything but `q`, Ctrl-C and Ctrl-D says yes.
    pub(super) fn goes_on(&mut self) -> bool {
        match entry(self.asker.read_line(&Line("-- more: Enter, or q to stop --".to_string()))) {
            Entry::Text(text) => !text.trim().eq_ignore_ascii_case("q"),
            Entry::Nothing | Entry::End | Entry::Failed(_) => false,
        }
    }
}

fn entry(signal: std::io::Result<Signal>) -> Entry {
    match signal {
        Ok(Signal::Success(text)) => Entry::Text(text),
        Ok(Signal::CtrlC | Signal::HostCommand(_) | Signal::ExternalBreak(_)) => Entry::Nothing,
        Ok(Signal::CtrlD) => Entry::End,
        Err(error) => Entry::Failed(error),
        Ok(_) => Entry::Nothing,
    }
}

/// `$XDG_STATE_HOME/basalt/history`, or where that points by default.
fn history_file() -> Option<FileBackedHistory> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    let directory = state.join("basalt");
    std::fs::create_dir_all(&directory).ok()?;
    FileBackedHistory::with_file(HISTORY_ENTRIES_MAX, directory.join("history")).ok()
}

/// Enter ends the entry when everything in it is complete.
struct EndsWithSemicolon;

impl Validator for EndsWithSemicolon {
    fn validate(&self, line: &str) -> ValidationResult {
        if split(line).rest.is_some() { ValidationResult::Incomplete } else { ValidationResult::Complete }
    }
}

struct Line(String);

impl Prompt for Line {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("    ... ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing = matches!(search.status, PromptHistorySearchStatus::Failing);
        Cow::Owned(format!("({}search: {}) ", if failing { "failing " } else { "" }, search.term))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_ends_an_entry_only_behind_a_semicolon() {
        let is_complete = |line| matches!(EndsWithSemicolon.validate(line), ValidationResult::Complete);
        assert!(is_complete("SELECT 1;") && is_complete("help") && is_complete("") && is_complete("a; exit"));
        assert!(!is_complete("SELECT 1") && !is_complete("SELECT ';") && !is_complete("a; SELECT"));
        assert!(!is_complete("BEGIN BATCH INSERT a;"));
    }
}
