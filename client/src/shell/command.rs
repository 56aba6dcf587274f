//! [`Command`]: what a piece of input asks of the shell itself; everything else goes to the server.

use proto::native::Consistency;

/// A piece of input, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// A statement for the server, as it was written.
    Statement(String),
    /// EXIT or QUIT.
    Exit,
    /// HELP, with a topic or without.
    Help(Option<String>),
    /// SOURCE 'file'.
    Source(String),
    /// EXPAND ON or OFF; alone, it asks.
    Expand(Option<bool>),
    /// PAGING ON, OFF or a number of rows; alone, it asks.
    Paging(Option<Paging>),
    /// CONSISTENCY level; alone, it asks.
    Consistency(Option<Consistency>),
    /// SERIAL CONSISTENCY level; alone, it asks.
    SerialConsistency(Option<Consistency>),
    /// SHOW VERSION.
    ShowVersion,
    /// SHOW HOST.
    ShowHost,
    /// CLEAR or CLS.
    Clear,
}

/// How many rows a page has when a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// With the default size.
    On,
    /// All rows at once, as far as printing goes; they still come in pages.
    Off,
    /// With this many rows.
    Rows(u32),
}

/// Understands one piece of input.
///
/// Errors: a shell command with wrong arguments, in words for the user.
pub(super) fn parse_command(text: &str) -> Result<Command, String> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let (first, rest) = first_word(text);
    let first = first.to_ascii_uppercase();
    let argument = (!rest.is_empty()).then_some(rest);
    match first.as_str() {
        "EXIT" | "QUIT" if rest.is_empty() => Ok(Command::Exit),
        "HELP" | "?" => Ok(Command::Help(argument.map(str::to_string))),
        "SOURCE" => unquote(rest).map(Command::Source).ok_or_else(|| "write SOURCE 'file'".to_string()),
        "EXPAND" => on_or_off("EXPAND", argument).map(Command::Expand),
        "PAGING" => parse_paging(argument).map(Command::Paging),
        "CONSISTENCY" => parse_consistency(argument, |_| true).map(Command::Consistency),
        "SERIAL" if first_word(rest).0.eq_ignore_ascii_case("CONSISTENCY") => {
            let level = first_word(rest).1;
            parse_consistency((!level.is_empty()).then_some(level), Consistency::is_serial)
                .map(Command::SerialConsistency)
        }
        "SHOW" if rest.eq_ignore_ascii_case("VERSION") => Ok(Command::ShowVersion),
        "SHOW" if rest.eq_ignore_ascii_case("HOST") => Ok(Command::ShowHost),
        "SHOW" => Err("write SHOW VERSION or SHOW HOST".to_string()),
        "CLEAR" | "CLS" if rest.is_empty() => Ok(Command::Clear),
        "COPY" | "TRACING" | "LOGIN" | "CAPTURE" => Err(format!("{first} is not there yet")),
        _ => Ok(Command::Statement(text.to_string())),
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// The inside of `'…'` or `"…"`, or the text itself when it is one bare word.
fn unquote(text: &str) -> Option<String> {
    for quote in ['\'', '"'] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            let doubled = format!("{quote}{quote}");
            return (!inside.is_empty()).then(|| inside.replace(&doubled, &quote.to_string()));
        }
    }
    let is_word = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '\'' || c == '"');
    is_word.then(|| text.to_string())
}

fn on_or_off(name: &str, argument: Option<&str>) -> Result<Option<bool>, String> {
    match argument.map(str::to_ascii_uppercase).as_deref() {
        None => Ok(None),
        Some("ON") => Ok(Some(true)),
        Some("OFF") => Ok(Some(false)),
        Some(_) => Err(format!("write {name} ON or {name} OFF")),
    }
}

fn parse_paging(argument: Option<&str>) -> Result<Option<Paging>, String> {
    match argument.map(str::to_ascii_uppercase).as_deref() {
        None => Ok(None),
        Some("ON") => Ok(Some(Paging::On)),
        Some("OFF") => Ok(Some(Paging::Off)),
        Some(number) => match number.parse::<u32>() {
            Ok(rows) if (1..=100_000).contains(&rows) => Ok(Some(Paging::Rows(rows))),
            _ => Err("write PAGING ON, PAGING OFF or PAGING with 1 to 100000 rows".to_string()),
        },
    }
}

fn parse_consistency(
    argument: Option<&str>,
    suits: impl Fn(Consistency) -> bool,
) -> Result<Option<Consistency>, String> {
    let Some(name) = argument else { return Ok(None) };
    let level = Consistency::ALL.into_iter().find(|level| level.to_string().eq_ignore_ascii_case(name));
    match level {
        Some(level) if suits(level) => Ok(Some(level)),
        _ => {
            let names: Vec<String> = Consistency::ALL
                .into_iter()
                .filter(|level| suits(*level))
                .map(|level| level.to_string())
                .collect();
            Err(format!("there is no level \"{name}\" here: it is one of {}", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_command_goes_to_the_server() {
        for text in ["SELECT 1", "USE flights", "DESCRIBE TABLES", "EXITS", "exit now", "nonsense"] {
            assert_eq!(parse_command(text), Ok(Command::Statement(text.to_string())));
        }
        assert_eq!(parse_command("SELECT 1 ;"), Ok(Command::Statement("SELECT 1".to_string())));
    }

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(parse_command("quit;"), Ok(Command::Exit));
        assert_eq!(parse_command("Help select"), Ok(Command::Help(Some("select".to_string()))));
        assert_eq!(parse_command("SOURCE 'a b.cql'"), Ok(Command::Source("a b.cql".to_string())));
        assert_eq!(parse_command("SOURCE 'it''s.cql'"), Ok(Command::Source("it's.cql".to_string())));
        assert_eq!(parse_command("expand on"), Ok(Command::Expand(Some(true))));
        assert_eq!(parse_command("PAGING 50"), Ok(Command::Paging(Some(Paging::Rows(50)))));
        assert_eq!(
            parse_command("consistency local_quorum"),
            Ok(Command::Consistency(Some(Consistency::LocalQuorum)))
        );
        assert_eq!(
            parse_command("serial consistency local_serial"),
            Ok(Command::SerialConsistency(Some(Consistency::LocalSerial)))
        );
        assert_eq!(parse_command("CONSISTENCY"), Ok(Command::Consistency(None)));
    }

    #[test]
    fn wrong_arguments_are_told_with_the_right_ones() {
        for (text, part) in [
            ("EXPAND maybe", "EXPAND ON"),
            ("PAGING 0", "1 to 100000"),
            ("CONSISTENCY MOST", "QUORUM"),
            ("SERIAL CONSISTENCY ONE", "LOCAL_SERIAL"),
            ("SOURCE", "SOURCE 'file'"),
            ("SHOW me", "SHOW VERSION"),
            ("COPY t TO 'x'", "not there yet"),
        ] {
            let error = parse_command(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
