//! [`Splitter`]: text as it comes, cut into statements and shell commands.
//!
//! A statement ends with `;` outside quotes, comments and batches. A shell command (HELP, EXIT, …) is one
//! line and needs no `;`. The splitter reads just enough of CQL's lexical rules to find the ends; whether a
//! statement is right is the server's to say.

/// Words that begin a line which needs no `;`.
const LINE_COMMANDS: &[&str] = &[
    "?",
    "capture",
    "clear",
    "cls",
    "consistency",
    "copy",
    "exit",
    "expand",
    "help",
    "login",
    "paging",
    "quit",
    "serial",
    "show",
    "source",
    "tracing",
];

/// A piece of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text without its end mark and the blanks and comments around it.
    pub text: String,
    /// Line it begins on, from 1.
    pub line: usize,
    /// Byte of the input it begins at.
    pub start: usize,
    /// Byte of the input behind its end mark.
    pub end: usize,
}

/// What a text was cut into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pieces {
    /// Finished pieces in order; empty ones are left out.
    pub complete: Vec<Piece>,
    /// What stands behind the last end mark, when it is more than blanks and finished comments.
    pub rest: Option<Piece>,
}

impl Pieces {
    /// All pieces; the end of the input ends the last one too.
    pub fn all(mut self) -> Vec<Piece> {
        self.complete.extend(self.rest);
        self.complete
    }
}

/// Cuts `text` into pieces.
pub fn split(text: &str) -> Pieces {
    Splitter { text, at: 0, line: 1 }.run()
}

struct Splitter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Splitter<'_> {
    fn run(mut self) -> Pieces {
        let mut pieces = Pieces::default();
        loop {
            self.skip_blank();
            if self.at == self.text.len() {
                return pieces;
            }
            let (start, line) = (self.at, self.line);
            let is_complete = match self.open_comment() {
                true => self.skip_to_end(),
                false if self.is_line_command() => self.skip_line(),
                false => self.skip_past_semicolon(),
            };
            let text = self.text[start..self.at].trim();
            // An unfinished string may end in a `;` of its own.
            let text = if is_complete { text.trim_end_matches(';').trim_end() } else { text }.to_string();
            if text.is_empty() {
                continue;
            }
            let piece = Piece { text, line, start, end: self.at };
            if is_complete {
                pieces.complete.push(piece);
            } else {
                pieces.rest = Some(piece);
                return pieces;
            }
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn advance(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn skip_blank(&mut self) {
        loop {
            let blank = self.rest().len() - self.rest().trim_start().len();
            self.advance(blank);
            match self.comment_length().filter(|_| !self.open_comment()) {
                Some(length) => self.advance(length),
                None => return,
            }
        }
    }

    /// Whether a comment begins here that the input does not end.
    fn open_comment(&self) -> bool {
        self.rest().strip_prefix("/*").is_some_and(|inside| !inside.contains("*/"))
    }

    fn skip_to_end(&mut self) -> bool {
        self.advance(self.rest().len());
        false
    }

    /// Length of the comment that begins here, if one does; one that is not ended goes to the end.
    fn comment_length(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with("--") || rest.starts_with("//") {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else {
            let inside = rest.strip_prefix("/*")?;
            Some(inside.find("*/").map_or(rest.len(), |at| at + 4))
        }
    }

    fn is_line_command(&self) -> bool {
        let word = word_at(self.rest()).to_ascii_lowercase();
        let word = if self.rest().starts_with('?') { "?".to_string() } else { word };
        LINE_COMMANDS.contains(&word.as_str())
    }

    fn skip_line(&mut self) -> bool {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        // `EXPAND ON; SELECT …` on one line are two pieces.
        let length = self.rest()[..length].find(';').map_or(length, |at| at + 1);
        self.advance(length);
        true
    }

    /// Goes behind the `;` that ends the statement; false when the text ends first.
    fn skip_past_semicolon(&mut self) -> bool {
        // Inside BEGIN … APPLY BATCH a `;` separates, it does not end.
        let is_batch = word_at(self.rest()).eq_ignore_ascii_case("begin");
        let mut words_behind_apply = if is_batch { None } else { Some(()) };
        while self.at < self.text.len() {
            if let Some(length) = self.comment_length().or_else(|| quoted_length(self.rest())) {
                self.advance(length);
                continue;
            }
            let word = word_at(self.rest());
            if !word.is_empty() {
                if word.eq_ignore_ascii_case("apply") {
                    words_behind_apply = Some(());
                }
                self.advance(word.len());
                continue;
            }
            let c = self.rest().chars().next().expect("not at the end");
            self.advance(c.len_utf8());
            if c == ';' && words_behind_apply.is_some() {
                return true;
            }
        }
        false
    }
}

fn word_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Length of the string, quoted name or `$$` text that `text` begins with, if it does; an open one goes to
/// the end. A doubled quote reads as two quoted texts side by side, which ends at the same place.
fn quoted_length(text: &str) -> Option<usize> {
    let quote = ["'", "\"", "$$"].into_iter().find(|quote| text.starts_with(quote))?;
    let inside = &text[quote.len()..];
    Some(inside.find(quote).map_or(text.len(), |at| at + 2 * quote.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        split(text).complete.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn semicolons_end_statements_outside_quotes_and_comments() {
        assert_eq!(texts("SELECT 1; SELECT 2;"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts("INSERT 'a;''b;' -- c;\n; x;"), ["INSERT 'a;''b;' -- c;", "x"]);
        assert_eq!(texts("a \"q;\" $$ d; ' $$ /* ; */ b;"), ["a \"q;\" $$ d; ' $$ /* ; */ b"]);
        assert_eq!(texts(";; ;\n;"), Vec::<String>::new());
    }

    #[test]
    fn a_batch_is_one_statement() {
        let batch = "BEGIN UNLOGGED BATCH INSERT a; UPDATE b; APPLY BATCH; SELECT 1;";
        assert_eq!(texts(batch), ["BEGIN UNLOGGED BATCH INSERT a; UPDATE b; APPLY BATCH", "SELECT 1"]);
    }

    #[test]
    fn commands_of_the_shell_end_with_their_line() {
        assert_eq!(texts("help\nSELECT 1;\nEXPAND ON; exit"), ["help", "SELECT 1", "EXPAND ON", "exit"]);
        assert_eq!(texts("consistency_of; ?\n"), ["consistency_of", "?"]);
    }

    #[test]
    fn what_is_not_ended_is_the_rest() {
        let pieces = split("SELECT 1;\n  -- note\nSELECT\n2");
        assert_eq!(pieces.rest, Some(Piece { text: "SELECT\n2".to_string(), line: 3, start: 20, end: 28 }));
        assert_eq!(split("SELECT 1; /* open").rest.map(|piece| piece.text), Some("/* open".to_string()));
        assert_eq!(split("SELECT 'abc;").rest.map(|piece| piece.text), Some("SELECT 'abc;".to_string()));
        assert_eq!(split("SELECT 1; -- done").rest, None);
        assert_eq!(split("BEGIN BATCH INSERT a;").complete, vec![]);
    }

    #[test]
    fn pieces_know_their_line() {
        let lines: Vec<usize> =
            split("\n\nSELECT '\n';\n/* \n */ b;").complete.iter().map(|p| p.line).collect();
        assert_eq!(lines, [3, 6]);
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_panic_and_in_order(text in "[a-z ;'\"$/*\\-\n\u{e9}?]{0,60}") {
            let pieces = split(&text).all();
            let mut from = 0;
            for piece in pieces {
                let at = text[from..].find(&piece.text);
                prop_assert!(at.is_some());
                from += at.expect("just asked") + piece.text.len();
            }
        }
    }
}
