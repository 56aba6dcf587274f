//! [`Span`]: which bytes of the statement's text a part of the tree came from.

/// Bytes `start..end` of the statement's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte behind it.
    pub end: u32,
}

impl Span {
    /// The smallest span that holds `self` and a later `other`.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.end) }
    }

    /// The text it names, empty if `text` is not the one that was parsed.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// Where it begins in `text`: the line counted from 1, and the characters before it on that line
    /// (so the first column is 0, as Cassandra's messages count).
    pub fn line_and_column(self, text: &str) -> (usize, usize) {
        let mut end = (self.start as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count())
    }
}
