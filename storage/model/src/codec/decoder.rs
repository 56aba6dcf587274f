//! [`Decoder`]: reads a buffer from front to back, knows the offset, and never reads past its end.
//!
//! Byte strings it hands out share the buffer. Every length is checked against the bytes left before
//! anything is allocated for it.

use bytes::Bytes;

use super::varint::unfold;
use crate::error::DecodeError;

/// Most entries that a list reserves room for before any of them is read.
const RESERVED_ENTRIES_MAX: usize = 64;

/// A reading position in a buffer.
pub(crate) struct Decoder<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Reads `bytes` from their first byte.
    pub(crate) fn new(bytes: &'a Bytes) -> Decoder<'a> {
        Decoder { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// An error at the reading position.
    pub(crate) fn error(&self, what: &str) -> DecodeError {
        DecodeError::new(what, self.at)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.error("bytes end early"))?;
        self.at += 1;
        Ok(byte)
    }

    /// The next flags; a bit outside `known` is an error.
    pub(crate) fn flags(&mut self, known: u8) -> Result<u8, DecodeError> {
        let flags = self.byte()?;
        if flags & !known != 0 {
            return Err(DecodeError::new(format!("unknown flags {flags:#04x}"), self.at - 1));
        }
        Ok(flags)
    }

    /// The next unsigned integer.
    pub(crate) fn uvarint(&mut self) -> Result<u64, DecodeError> {
        let rest = &self.bytes[self.at..];
        if let Some(&byte) = rest.first().filter(|byte| **byte < 0x80) {
            // Lengths, ids and differences are nearly always this short.
            self.at += 1;
            return Ok(u64::from(byte));
        }
        let mut value = 0u64;
        for (index, &byte) in rest.iter().enumerate() {
            let bits = u64::from(byte & 0x7F);
            if index == 9 && byte > 1 {
                return Err(self.error("integer does not fit 64 bits"));
            }
            value |= bits << (7 * index);
            if byte < 0x80 {
                if byte == 0 && index > 0 {
                    return Err(self.error("integer is longer than needed"));
                }
                self.at += index + 1;
                return Ok(value);
            }
        }
        Err(self.error("integer is cut short"))
    }

    /// The next unsigned integer of at most 32 bits.
    pub(crate) fn uvarint32(&mut self) -> Result<u32, DecodeError> {
        let at = self.at;
        u32::try_from(self.uvarint()?).map_err(|_| DecodeError::new("integer does not fit 32 bits", at))
    }

    /// The next signed integer.
    pub(crate) fn ivarint(&mut self) -> Result<i64, DecodeError> {
        self.uvarint().map(unfold)
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.error("bytes end early"))?;
        let taken = self.bytes.slice(self.at..end);
        self.at = end;
        Ok(taken)
    }

    /// The next byte string, behind its length.
    pub(crate) fn byte_string(&mut self) -> Result<Bytes, DecodeError> {
        let length = self.uvarint()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Passes over the next byte string.
    pub(crate) fn skip_byte_string(&mut self) -> Result<(), DecodeError> {
        let length = self.uvarint()?;
        let rest = self.bytes.len() - self.at;
        let length = usize::try_from(length).ok().filter(|length| *length <= rest);
        self.at += length.ok_or_else(|| self.error("bytes end early"))?;
        Ok(())
    }

    /// The number of entries that follow, each at least `entry_size_bytes` (more than 0) long.
    pub(crate) fn count(&mut self, entry_size_bytes: usize) -> Result<usize, DecodeError> {
        let at = self.at;
        let count = self.uvarint()?;
        let most = (self.bytes.len() - self.at) / entry_size_bytes;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| DecodeError::new(format!("{count} entries in the bytes of at most {most}"), at))
    }
}

/// A list for `count` entries that are still to be read. It grows with what is really there, because an
/// entry takes far more bytes in memory than it may take here.
pub(crate) fn list_for<T>(count: usize) -> Vec<T> {
    Vec::with_capacity(count.min(RESERVED_ENTRIES_MAX))
}
