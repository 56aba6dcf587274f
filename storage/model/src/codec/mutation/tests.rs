//! Mutations come back, bad bytes are refused, and the committed fixture still reads.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::data::generate::mutation;

fn bytes_of(mutation: &Mutation) -> Bytes {
    let mut out = vec![];
    encode_mutation(mutation, &mut out);
    out.into()
}

proptest! {
    #[test]
    fn mutations_come_back(mutation in mutation()) {
        let whole = bytes_of(&mutation);
        prop_assert!(whole.len() <= mutation.size_bytes());
        let mut input = [&whole[..], b"tail"].concat().into();
        prop_assert_eq!(decode_mutation(&mut input), Ok(mutation));
        prop_assert_eq!(&input[..], b"tail");
    }

    #[test]
    fn a_mutation_cut_anywhere_is_refused(mutation in mutation(), cut: prop::sample::Index) {
        let whole = bytes_of(&mutation);
        let cut = cut.index(whole.len());
        prop_assert!(decode_mutation(&mut whole.slice(..cut)).is_err());
    }

    #[test]
    fn changed_bytes_decode_to_something_or_are_refused(
        mutation in mutation(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let mut bytes = bytes_of(&mutation).to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(decoded) = decode_mutation(&mut Bytes::from(bytes)) {
            prop_assert_eq!(decode_mutation(&mut bytes_of(&decoded)), Ok(decoded));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut headed = vec![VERSION];
        headed.extend_from_slice(&[0; 17]);
        headed.extend_from_slice(&bytes);
        let _ = decode_mutation(&mut Bytes::from(headed));
        let _ = decode_mutation(&mut Bytes::from(bytes));
    }
}

#[test]
fn another_version_is_named() {
    let error = decode_mutation(&mut Bytes::from(vec![VERSION + 1; 40])).unwrap_err();
    assert!(error.what.contains("version 2"), "{error}");
}
