//! Target: the bytes of a mutation, as the commit log and the batch log keep them.

use bytes::Bytes;
use model::codec::mutation::{decode_mutation, encode_mutation};

/// Law: what decodes, encodes to bytes that decode to the same; what does not decode leaves the input alone.
pub fn mutation_codec(data: &[u8]) {
    let whole = Bytes::copy_from_slice(data);
    let mut input = whole.clone();
    let Ok(mutation) = decode_mutation(&mut input) else {
        assert_eq!(input, whole, "a refused mutation leaves its bytes");
        return;
    };
    let mut encoded = Vec::new();
    encode_mutation(&mutation, &mut encoded);
    let again = decode_mutation(&mut Bytes::from(encoded)).expect("what was encoded decodes");
    assert_eq!(again, mutation);
}
