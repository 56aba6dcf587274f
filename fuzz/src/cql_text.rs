//! Target: CQL text.

use server::cql::syntax::parse_statement;

/// Law: any text parses or is refused with words; nothing panics, and no depth of nesting ends the stack.
pub fn cql_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(error) = parse_statement(&text) {
        assert!(!error.to_string().is_empty());
    }
}
