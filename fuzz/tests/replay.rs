//! Replays every seed through its target, as it is and changed in many small ways.
//!
//! The changes are drawn from a fixed sequence, so that a failure fails again; it prints the bytes, which
//! become a seed named by what they show.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Changed versions of each seed.
const VARIANTS: u32 = 3_000;

/// A small generator of fixed numbers (xorshift); quality does not matter, repeatability does.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn change(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            1 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][numbers.below(5)],
            2 => bytes.truncate(at),
            3 => bytes.insert(at, numbers.next() as u8),
            4 if !bytes.is_empty() => {
                let end = at + numbers.below(bytes.len() - at);
                bytes.drain(at..end);
            }
            _ => {
                let end = at + numbers.below(bytes.len() - at);
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the target has seeds")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{name} has no seeds");
    for path in paths {
        let seed = std::fs::read(&path).expect("the seed can be read");
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        for variant in 0..VARIANTS {
            let bytes = if variant == 0 { seed.clone() } else { change(&seed, &mut numbers) };
            if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
                panic!("{name}: variant {variant} of {} breaks its law: {bytes:?}", path.display());
            }
        }
    }
}

#[test]
fn any_bytes_on_a_connection_are_read_or_refused() {
    replay("native_frame", fuzz::native_frame);
}

#[test]
fn any_bytes_are_a_mutation_or_refused() {
    replay("mutation_codec", fuzz::mutation_codec);
}

#[test]
fn keys_keep_their_order_and_decode_back() {
    replay("key_order", fuzz::key_order);
}

#[test]
fn any_bytes_are_an_sstable_or_refused() {
    replay("sstable_block", fuzz::sstable_block);
}

#[test]
fn any_cql_text_is_parsed_or_refused() {
    replay("cql_text", fuzz::cql_text);
}
