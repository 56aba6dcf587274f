//! Fragments come back, bad bytes are refused.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::data::generate::{deletion, position, row_at};

fn fragment() -> impl Strategy<Value = Fragment> {
    prop_oneof![
        (position(), proptest::option::of(deletion()))
            .prop_map(|(key, deletion)| Fragment::PartitionStart { key: DecoratedKey(key), deletion }),
        row_at(ClusteringKey::empty()).prop_map(Fragment::StaticRow),
        row_at(ClusteringKey(Bytes::from_static(b"k"))).prop_map(Fragment::Row),
        (position(), proptest::option::of(deletion())).prop_map(|(position, deletion)| {
            Fragment::RangeTombstoneChange { position: ClusteringKey(position), deletion }
        }),
        Just(Fragment::PartitionEnd),
    ]
}

proptest! {
    #[test]
    fn fragments_come_back_and_their_parts_do_not(fragment in fragment()) {
        let mut out = vec![];
        encode_fragment(&fragment, &mut out);
        let whole = Bytes::from(out);
        for cut in 0..whole.len() {
            prop_assert!(decode_fragment(&mut whole.slice(..cut)).is_err());
        }
        let mut input = whole;
        prop_assert_eq!(decode_fragment(&mut input), Ok(fragment));
        prop_assert!(input.is_empty());
    }

    #[test]
    fn deletions_of_any_numbers_come_back(timestamp: i64, local_time: i64) {
        let deletion = Deletion { timestamp, local_time };
        let mut out = vec![];
        encode_deletion(deletion, &mut out);
        prop_assert_eq!(decode_deletion(&mut Bytes::from(out)), Ok(deletion));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = decode_fragment(&mut Bytes::from(bytes));
    }
}
