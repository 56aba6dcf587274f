//! [`Compression`]: how bodies (versions 3 and 4) and frames (version 5) are made smaller.
//!
//! Invariant: the size that compressed bytes claim to have is checked before anything is allocated for it, against
//! the limit and against what the algorithm can reach from the bytes there are.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use model::DecodeError;

/// A compression algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// LZ4 block; in versions 3 and 4 after a 4-byte length.
    Lz4,
    /// Snappy, versions 3 and 4 only.
    Snappy,
}

/// LZ4 makes at most 255 bytes of one; the rest is for very short inputs.
const LZ4_RATIO_MAX: usize = 255;
const LZ4_SLACK: usize = 64;

impl Compression {
    /// Its name in STARTUP and SUPPORTED.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Lz4 => "lz4",
            Compression::Snappy => "snappy",
        }
    }

    /// The algorithm called `name`, in any case.
    pub fn from_name(name: &str) -> Option<Compression> {
        [Compression::Lz4, Compression::Snappy]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Decompresses the body of an envelope.
    ///
    /// Limits: `size_max` bytes of result.
    /// Errors: bytes that do not decompress, or to more.
    pub(super) fn decompress_body(self, body: &Bytes, size_max: usize) -> Result<Bytes, DecodeError> {
        match self {
            Compression::Lz4 => {
                let mut rest = body.clone();
                if rest.len() < 4 {
                    return Err(DecodeError::new("an lz4 body needs 4 bytes of length", 0));
                }
                let size = rest.get_u32() as usize;
                check_size(size, size_max)?;
                decompress_lz4(&rest, size).map(Bytes::from)
            }
            Compression::Snappy => {
                let size = snap::raw::decompress_len(body)
                    .map_err(|error| DecodeError::new(format!("snappy body: {error}"), 0))?;
                check_size(size, size_max)?;
                // Snappy's longest copy makes 64 bytes of three; so a small body cannot claim a large size.
                if size > body.len().saturating_mul(64) {
                    return Err(DecodeError::new(
                        format!("{} bytes of snappy cannot hold {size}", body.len()),
                        0,
                    ));
                }
                snap::raw::Decoder::new()
                    .decompress_vec(body)
                    .map(Bytes::from)
                    .map_err(|error| DecodeError::new(format!("snappy body: {error}"), 0))
            }
        }
    }

    /// Appends `body` compressed, as an envelope's body.
    pub(super) fn compress_body(self, body: &[u8], out: &mut BytesMut) {
        match self {
            Compression::Lz4 => {
                out.put_u32(body.len() as u32);
                compress_lz4(body, out);
            }
            Compression::Snappy => {
                let at = out.len();
                out.resize(at + snap::raw::max_compress_len(body.len()), 0);
                let size = snap::raw::Encoder::new()
                    .compress(body, &mut out[at..])
                    .expect("the output has the size that compression can need");
                out.truncate(at + size);
            }
        }
    }
}

fn check_size(size: usize, size_max: usize) -> Result<(), DecodeError> {
    if size <= size_max {
        return Ok(());
    }
    Err(DecodeError::new(format!("a decompressed size of {size} bytes exceeds the limit of {size_max}"), 0))
}

/// `block` decompressed to exactly `size` bytes.
pub(super) fn decompress_lz4(block: &[u8], size: usize) -> Result<Vec<u8>, DecodeError> {
    if size > block.len().saturating_mul(LZ4_RATIO_MAX).saturating_add(LZ4_SLACK) {
        return Err(DecodeError::new(format!("{} bytes of lz4 cannot hold {size}", block.len()), 0));
    }
    if size == 0 && block.is_empty() {
        return Ok(Vec::new());
    }
    let out = lz4_flex::block::decompress(block, size)
        .map_err(|error| DecodeError::new(format!("lz4 block: {error}"), 0))?;
    if out.len() != size {
        let what = format!("an lz4 block of {} bytes claims to have {size}", out.len());
        return Err(DecodeError::new(what, 0));
    }
    Ok(out)
}

/// Appends `input` as one lz4 block.
pub(super) fn compress_lz4(input: &[u8], out: &mut BytesMut) {
    let at = out.len();
    out.resize(at + lz4_flex::block::get_maximum_output_size(input.len()), 0);
    let size = lz4_flex::block::compress_into(input, &mut out[at..])
        .expect("the output has the size that compression can need");
    out.truncate(at + size);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_from_both_algorithms() {
        let bodies: [&[u8]; 4] = [b"", b"x", &[7; 100_000], b"no two bytes of this one are much alike"];
        for compression in [Compression::Lz4, Compression::Snappy] {
            for body in bodies {
                let mut out = BytesMut::new();
                compression.compress_body(body, &mut out);
                let back = compression.decompress_body(&out.freeze(), 1 << 20);
                assert_eq!(back.as_deref(), Ok(body), "{compression:?}");
            }
        }
    }

    #[test]
    fn an_lz4_body_starts_with_its_length_big_endian() {
        let mut out = BytesMut::new();
        Compression::Lz4.compress_body(&[0; 300], &mut out);
        assert_eq!(out[..4], [0, 0, 1, 44]);
    }

    #[test]
    fn a_claimed_size_is_refused_before_it_is_allocated() {
        let claim = Bytes::from_static(&[0x0F, 0xFF, 0xFF, 0xFF, 0x00]);
        let error = Compression::Lz4.decompress_body(&claim, 1 << 30).unwrap_err();
        assert_eq!(error.what, "1 bytes of lz4 cannot hold 268435455");
        let error = Compression::Lz4.decompress_body(&claim, 1 << 20).unwrap_err();
        assert!(error.what.contains("exceeds the limit of 1048576"), "{error}");
        let claim = Bytes::from_static(&[0xFF, 0xFF, 0xFF, 0x7F, 0x00]);
        let error = Compression::Snappy.decompress_body(&claim, 1 << 30).unwrap_err();
        assert!(error.what.contains("of snappy cannot hold"), "{error}");
    }
}
