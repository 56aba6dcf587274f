//! The primitive notations of the protocol: integers, strings, bytes, lists, maps, addresses, uuids.
//!
//! [`BodyReader`] walks a body and hands out slices of it; the `put_*` functions append. Everything is big endian.
//! Invariant: a count or length is checked against the bytes that are left before anything is allocated for it.

use std::net::{IpAddr, SocketAddr};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use model::DecodeError;
use uuid::Uuid;

/// Opaque bytes by name, beside a request or response; `None` is a null value.
pub type CustomPayload = Vec<(String, Option<Bytes>)>;

/// Values by name, in order, as SUPPORTED carries them.
pub type StringMultimap = Vec<(String, Vec<String>)>;

/// Reads a body from front to back.
#[derive(Debug, Clone)]
pub struct BodyReader {
    rest: Bytes,
    length: usize,
}

impl BodyReader {
    /// A reader at the start of `body`.
    pub fn new(body: Bytes) -> BodyReader {
        BodyReader { length: body.len(), rest: body }
    }

    /// Bytes read so far: the place that errors name.
    pub fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    /// Bytes left.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// All bytes left.
    pub fn into_rest(self) -> Bytes {
        self.rest
    }

    fn need(&self, size: usize, what: &str) -> Result<(), DecodeError> {
        if self.rest.len() >= size {
            return Ok(());
        }
        let left = self.rest.len();
        Err(DecodeError::new(format!("{what} needs {size} bytes but {left} are left"), self.offset()))
    }

    /// The next `size` bytes, without a copy.
    pub fn take(&mut self, size: usize, what: &str) -> Result<Bytes, DecodeError> {
        self.need(size, what)?;
        Ok(self.rest.split_to(size))
    }

    /// A byte.
    pub fn read_u8(&mut self, what: &str) -> Result<u8, DecodeError> {
        self.need(1, what)?;
        Ok(self.rest.get_u8())
    }

    /// A short.
    pub fn read_u16(&mut self, what: &str) -> Result<u16, DecodeError> {
        self.need(2, what)?;
        Ok(self.rest.get_u16())
    }

    /// An int.
    pub fn read_i32(&mut self, what: &str) -> Result<i32, DecodeError> {
        self.need(4, what)?;
        Ok(self.rest.get_i32())
    }

    /// A long.
    pub fn read_i64(&mut self, what: &str) -> Result<i64, DecodeError> {
        self.need(8, what)?;
        Ok(self.rest.get_i64())
    }

    /// A short count of things that take at least `size_min` bytes each.
    ///
    /// Errors: more than the bytes left can hold, so that the count may be allocated for.
    pub fn read_count_u16(&mut self, size_min: usize, what: &str) -> Result<usize, DecodeError> {
        let at = self.offset();
        let count = usize::from(self.read_u16(what)?);
        self.check_count(count, size_min, what, at)
    }

    /// An int count of things that take at least `size_min` bytes each.
    ///
    /// Errors: negative, or more than the bytes left can hold.
    pub fn read_count_i32(&mut self, size_min: usize, what: &str) -> Result<usize, DecodeError> {
        let at = self.offset();
        let count = self.read_i32(what)?;
        let count = usize::try_from(count)
            .map_err(|_| DecodeError::new(format!("negative number {count} of {what}"), at))?;
        self.check_count(count, size_min, what, at)
    }

    fn check_count(
        &self,
        count: usize,
        size_min: usize,
        what: &str,
        at: usize,
    ) -> Result<usize, DecodeError> {
        if count.saturating_mul(size_min) <= self.rest.len() {
            return Ok(count);
        }
        let left = self.rest.len();
        Err(DecodeError::new(format!("{count} {what} cannot stand in the {left} bytes that are left"), at))
    }

    fn utf8(&self, bytes: &Bytes, what: &str, at: usize) -> Result<String, DecodeError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_string()),
            Err(error) => {
                Err(DecodeError::new(format!("{what} is not UTF-8"), at.saturating_add(error.valid_up_to())))
            }
        }
    }

    /// A `[string]`: short length and UTF-8.
    pub fn read_string(&mut self, what: &str) -> Result<String, DecodeError> {
        let length = self.read_u16(what)?;
        let at = self.offset();
        let bytes = self.take(usize::from(length), what)?;
        self.utf8(&bytes, what, at)
    }

    /// A `[long string]`: int length and UTF-8.
    pub fn read_long_string(&mut self, what: &str) -> Result<String, DecodeError> {
        let at = self.offset();
        let length = self.read_i32(what)?;
        let length = usize::try_from(length)
            .map_err(|_| DecodeError::new(format!("negative length {length} of {what}"), at))?;
        let at = self.offset();
        let bytes = self.take(length, what)?;
        self.utf8(&bytes, what, at)
    }

    /// `[bytes]`: int length and bytes; a negative length is null.
    pub fn read_bytes(&mut self, what: &str) -> Result<Option<Bytes>, DecodeError> {
        match usize::try_from(self.read_i32(what)?) {
            Ok(length) => self.take(length, what).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// `[short bytes]`: short length and bytes.
    pub fn read_short_bytes(&mut self, what: &str) -> Result<Bytes, DecodeError> {
        let length = self.read_u16(what)?;
        self.take(usize::from(length), what)
    }

    /// `[string list]`.
    pub fn read_string_list(&mut self, what: &str) -> Result<Vec<String>, DecodeError> {
        let count = self.read_count_u16(2, what)?;
        (0..count).map(|_| self.read_string(what)).collect()
    }

    /// `[string map]`, in the order it came.
    pub fn read_string_map(&mut self, what: &str) -> Result<Vec<(String, String)>, DecodeError> {
        let count = self.read_count_u16(4, what)?;
        (0..count).map(|_| Ok((self.read_string(what)?, self.read_string(what)?))).collect()
    }

    /// `[string multimap]`, in the order it came.
    pub fn read_string_multimap(&mut self, what: &str) -> Result<StringMultimap, DecodeError> {
        let count = self.read_count_u16(4, what)?;
        (0..count).map(|_| Ok((self.read_string(what)?, self.read_string_list(what)?))).collect()
    }

    /// `[bytes map]`, in the order it came.
    pub fn read_bytes_map(&mut self, what: &str) -> Result<CustomPayload, DecodeError> {
        let count = self.read_count_u16(6, what)?;
        (0..count).map(|_| Ok((self.read_string(what)?, self.read_bytes(what)?))).collect()
    }

    /// `[uuid]`.
    pub fn read_uuid(&mut self, what: &str) -> Result<Uuid, DecodeError> {
        self.need(16, what)?;
        Ok(Uuid::from_u128(self.rest.get_u128()))
    }

    /// `[inetaddr]`: a length of 4 or 16 and the address.
    pub fn read_inet_address(&mut self, what: &str) -> Result<IpAddr, DecodeError> {
        let at = self.offset();
        match self.read_u8(what)? {
            4 => {
                self.need(4, what)?;
                Ok(IpAddr::from(self.rest.get_u32().to_be_bytes()))
            }
            16 => {
                self.need(16, what)?;
                Ok(IpAddr::from(self.rest.get_u128().to_be_bytes()))
            }
            size => Err(DecodeError::new(format!("{what}: an address has 4 or 16 bytes, not {size}"), at)),
        }
    }

    /// `[inet]`: address and int port.
    pub fn read_inet(&mut self, what: &str) -> Result<SocketAddr, DecodeError> {
        let address = self.read_inet_address(what)?;
        let at = self.offset();
        let port = self.read_i32(what)?;
        let port =
            u16::try_from(port).map_err(|_| DecodeError::new(format!("{what}: invalid port {port}"), at))?;
        Ok(SocketAddr::new(address, port))
    }
}

/// `text` cut at a character's end so that it has at most `size_max` bytes.
fn cut(text: &str, size_max: usize) -> &str {
    if text.len() <= size_max {
        return text;
    }
    let mut end = size_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Appends a `[string]`.
///
/// Limits: 65,535 bytes; the rest is cut off (only messages are that long, never names).
pub(super) fn put_string(text: &str, out: &mut BytesMut) {
    let text = cut(text, usize::from(u16::MAX));
    out.put_u16(text.len() as u16);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a `[long string]`.
pub(super) fn put_long_string(text: &str, out: &mut BytesMut) {
    let text = cut(text, i32::MAX as usize);
    out.put_i32(text.len() as i32);
    out.extend_from_slice(text.as_bytes());
}

/// Appends `[bytes]`; `None` is null.
pub(super) fn put_bytes(bytes: Option<&[u8]>, out: &mut BytesMut) {
    match bytes {
        None => out.put_i32(-1),
        Some(bytes) => {
            out.put_i32(bytes.len() as i32);
            out.extend_from_slice(bytes);
        }
    }
}

/// Appends `[short bytes]`; ids are short, 65,535 bytes at most.
pub(super) fn put_short_bytes(bytes: &[u8], out: &mut BytesMut) {
    let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
    out.put_u16(bytes.len() as u16);
    out.extend_from_slice(bytes);
}

/// The first 65,535 of `items`: what a short can count.
fn countable<T>(items: &[T]) -> &[T] {
    &items[..items.len().min(usize::from(u16::MAX))]
}

/// Appends a `[string list]` of at most 65,535 strings.
pub(super) fn put_string_list<S: AsRef<str>>(list: &[S], out: &mut BytesMut) {
    let list = countable(list);
    out.put_u16(list.len() as u16);
    for text in list {
        put_string(text.as_ref(), out);
    }
}

/// Appends a `[string map]`.
pub(super) fn put_string_map(map: &[(String, String)], out: &mut BytesMut) {
    let map = countable(map);
    out.put_u16(map.len() as u16);
    for (key, value) in map {
        put_string(key, out);
        put_string(value, out);
    }
}

/// Appends a `[string multimap]`.
pub(super) fn put_string_multimap(map: &[(String, Vec<String>)], out: &mut BytesMut) {
    let map = countable(map);
    out.put_u16(map.len() as u16);
    for (key, values) in map {
        put_string(key, out);
        put_string_list(values, out);
    }
}

/// Appends a `[bytes map]`.
pub(super) fn put_bytes_map(map: &[(String, Option<Bytes>)], out: &mut BytesMut) {
    let map = countable(map);
    out.put_u16(map.len() as u16);
    for (key, value) in map {
        put_string(key, out);
        put_bytes(value.as_deref(), out);
    }
}

/// Appends an `[inetaddr]`.
pub(super) fn put_inet_address(address: IpAddr, out: &mut BytesMut) {
    match address {
        IpAddr::V4(address) => {
            out.put_u8(4);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.put_u8(16);
            out.extend_from_slice(&address.octets());
        }
    }
}

/// Appends an `[inet]`.
pub(super) fn put_inet(address: SocketAddr, out: &mut BytesMut) {
    put_inet_address(address.ip(), out);
    out.put_i32(i32::from(address.port()));
}
