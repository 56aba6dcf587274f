//! The bytes of a manifest: its header, an edit's payload, and the file that names the current one.
//!
//! Drawn in `docs/formats/manifest.md`; the framing of records is `record_log`. Pure: bytes to values.

use model::DecodeError;

use super::Change;

/// First bytes of every manifest.
pub(crate) const MAGIC: [u8; 8] = *b"BASLTMAN";
/// Version that is written, and the only one that is read.
pub(crate) const VERSION: u32 = 1;

const VERSION_AT: usize = MAGIC.len();
const NUMBER_AT: usize = VERSION_AT + 4;
const CHECKSUM_AT: usize = NUMBER_AT + 8;
/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = CHECKSUM_AT + 4;
const _: () = assert!(HEADER_BYTES == 24);

/// The file that holds the name of the current manifest.
pub(crate) const CURRENT: &str = "CURRENT";
/// What becomes [`CURRENT`] by a rename.
pub(crate) const CURRENT_NEXT: &str = "CURRENT.next";

/// Why a header does not decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// Written by a later version of Basalt.
    Version(u32),
    /// Cut short, damaged, or of another file.
    Damaged(&'static str),
}

/// The header of manifest `number`.
pub(crate) fn encode_header(number: u64) -> [u8; HEADER_BYTES] {
    let mut out = [0; HEADER_BYTES];
    out[..VERSION_AT].copy_from_slice(&MAGIC);
    out[VERSION_AT..NUMBER_AT].copy_from_slice(&VERSION.to_le_bytes());
    out[NUMBER_AT..CHECKSUM_AT].copy_from_slice(&number.to_le_bytes());
    let checksum = crc32c::crc32c(&out[..CHECKSUM_AT]);
    out[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    out
}

/// Checks the header at the beginning of `file`, which is named as manifest `number`.
pub(crate) fn check_header(file: &[u8], number: u64) -> Result<(), BadHeader> {
    let head: &[u8; HEADER_BYTES] =
        file.first_chunk().ok_or(BadHeader::Damaged("the header is cut short"))?;
    if head[..VERSION_AT] != MAGIC {
        return Err(BadHeader::Damaged("no manifest begins here"));
    }
    let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    if version > VERSION {
        return Err(BadHeader::Version(version));
    }
    if *head != encode_header(number) {
        return Err(BadHeader::Damaged("the header does not match its checksum and the file's name"));
    }
    Ok(())
}

/// The payload of an edit's record.
pub(crate) fn encode_edit(edit: &[Change]) -> Vec<u8> {
    serde_json::to_vec(edit).expect("an edit has only string keys, so it is always JSON")
}

/// The edit of [`encode_edit`].
pub(crate) fn decode_edit(payload: &[u8]) -> Result<Vec<Change>, DecodeError> {
    serde_json::from_slice(payload)
        .map_err(|error| DecodeError::new(format!("a manifest edit does not decode: {error}"), 0))
}

/// The name of manifest `number`.
pub(crate) fn file_name(number: u64) -> String {
    format!("manifest-{number:016x}")
}

/// The number of the manifest with this name; `None` when it is no manifest's name.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("manifest-").filter(|digits| digits.len() == 16)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (file_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_changed_byte_of_a_header_passes() {
        let bytes = encode_header(5);
        assert_eq!(check_header(&bytes, 5), Ok(()));
        assert!(check_header(&bytes, 6).is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert!(check_header(&damaged, 5).is_err(), "byte {at}");
            assert!(check_header(&bytes[..at], 5).is_err(), "cut at {at}");
        }
        let mut newer = bytes;
        newer[VERSION_AT] = 9;
        assert_eq!(check_header(&newer, 5), Err(BadHeader::Version(9)));
    }

    #[test]
    fn names_lead_back_to_numbers() {
        assert_eq!(number_of(&file_name(0xAB)), Some(0xAB));
        for name in ["manifest-1", "CURRENT", "manifest-00000000000000AB"] {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
