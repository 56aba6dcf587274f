//! [`code_of`]: Rust source with comments and the insides of literals blanked out.
//!
//! Lines and columns stay where they were, so that a finding in the result is a finding in the source. It
//! reads the shapes that Rust's lexer has (nested comments, raw strings, lifetimes against characters); it
//! does not need to reject what the compiler rejects.

/// `text` with every comment, and every character inside a string or character literal, as spaces.
pub(super) fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let end = match rest {
            ['/', '/', ..] => at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => at + block_comment_length(rest),
            ['r' | 'b' | 'c', ..] if !follows_word(&chars, at) && raw_string_length(rest).is_some() => {
                at + raw_string_length(rest).expect("just asked")
            }
            ['"', ..] => at + quoted_length(rest, '"'),
            ['\'', '\\', ..] => at + quoted_length(rest, '\''),
            ['\'', _, '\'', ..] => at + 3,
            [c, ..] => {
                out.push(*c);
                at += 1;
                continue;
            }
            [] => break,
        };
        out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

fn follows_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn block_comment_length(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted_length(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of the raw string (`r"…"`, `br#"…"#`) that `rest` begins with, if it does.
fn raw_string_length(rest: &[char]) -> Option<usize> {
    let mut at = 0;
    while at < 2 && matches!(rest.get(at), Some('r' | 'b' | 'c')) {
        at += 1;
    }
    if at == 0 || rest[at - 1] != 'r' {
        return None;
    }
    let hashes = rest[at..].iter().take_while(|c| **c == '#').count();
    at += hashes;
    if rest.get(at) != Some(&'"') {
        return None;
    }
    at += 1;
    while at < rest.len() {
        if rest[at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_insides_of_strings_are_blank_and_code_stays_in_place() {
        let source = "let a = \"std::fs // no\"; // std::fs\nlet b = 'x'; /* a /* b */ c */ call(&'a str)";
        let code = code_of(source);
        assert_eq!(code.lines().count(), 2);
        assert!(!code.contains("std::fs"));
        assert!(!code.contains('x'));
        assert_eq!(code.find("call(&'a str)"), source.find("call(&'a str)"));
    }

    #[test]
    fn raw_strings_end_at_their_own_quote() {
        assert_eq!(code_of("r#\"a\"b\"# + c"), format!("{} + c", " ".repeat(8)));
        assert_eq!(code_of("for r in x"), "for r in x");
        assert_eq!(code_of("b\"\\\"\" y").trim(), "b     y".trim());
    }
}
