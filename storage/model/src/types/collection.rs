//! Collections, tuples and vectors as raw element bytes: split apart and put together, no types inside.
//!
//! Shape: list and set are `[i32 count]([i32 length][bytes])*`, a map has two such elements an entry;
//! a tuple or user type is `[i32 length or -1][bytes]` a component and may end early; a vector is its
//! elements, with a vint length before each unless their size is fixed.
//! Invariant: a count or length is checked against the bytes that are there before anything is
//! allocated. Elements are not validated here; `codec` does that.

use bytes::{BufMut, Bytes};

use super::ColumnType;
use super::vint::{get_unsigned_vint, put_unsigned_vint};
use crate::error::InvalidValue;
use crate::limits::COLLECTION_ELEMENTS_MAX;

/// The elements of a list or set, as slices of `wire`.
///
/// Errors: bytes that are no list, null elements, more than [`COLLECTION_ELEMENTS_MAX`] of them.
pub fn split_list(wire: &Bytes) -> Result<Vec<Bytes>, InvalidValue> {
    let elements = Elements::new(wire, 1, "list")?;
    let mut out = Vec::with_capacity(elements.left());
    for element in elements {
        out.push(wire.slice_ref(element?));
    }
    Ok(out)
}

/// The entries of a map, as slices of `wire`.
///
/// Errors: as [`split_list`].
pub fn split_map(wire: &Bytes) -> Result<Vec<(Bytes, Bytes)>, InvalidValue> {
    let mut elements = Elements::new(wire, 2, "map")?;
    let mut out = Vec::with_capacity(elements.left() / 2);
    while let Some(key) = elements.next() {
        let key = wire.slice_ref(key?);
        let value = elements.next().ok_or_else(|| InvalidValue::new("A key of a map has no value"))??;
        out.push((key, wire.slice_ref(value)));
    }
    Ok(out)
}

/// The components of a tuple or the fields of a user type, as slices of `wire`; always `arity` of them,
/// the ones missing at the end as null.
///
/// Errors: bytes that are no tuple, more than `arity` components.
pub fn split_tuple(wire: &Bytes, arity: usize) -> Result<Vec<Option<Bytes>>, InvalidValue> {
    let mut components = Components::new(wire);
    let mut out = Vec::with_capacity(arity);
    for _ in 0..arity {
        out.push(components.next().transpose()?.flatten().map(|bytes| wire.slice_ref(bytes)));
    }
    components.expect_end(arity)?;
    Ok(out)
}

/// The component at `index` of a tuple or user type value, as a slice of `wire`; null too when the value ends before
/// it. What stands behind it is not looked at.
///
/// Errors: bytes up to there that are no tuple.
pub fn tuple_component(wire: &Bytes, index: usize) -> Result<Option<Bytes>, InvalidValue> {
    let component = Components::new(wire).nth(index).transpose()?.flatten();
    Ok(component.map(|bytes| wire.slice_ref(bytes)))
}

/// The elements of a vector of `dimension` elements of type `element`, as slices of `wire`.
///
/// Errors: bytes that are not so many elements.
pub fn split_vector(element: &ColumnType, dimension: u32, wire: &Bytes) -> Result<Vec<Bytes>, InvalidValue> {
    VectorElements::new(element, dimension, wire)?.map(|part| Ok(wire.slice_ref(part?))).collect()
}

/// The wire bytes of a list or set of these elements, in this order.
///
/// Limits: the caller keeps within [`COLLECTION_ELEMENTS_MAX`] elements.
pub fn encode_list<T: AsRef<[u8]>>(elements: &[T]) -> Bytes {
    let size = elements.iter().map(|element| 4 + element.as_ref().len()).sum::<usize>();
    let mut out = Vec::with_capacity(4 + size);
    out.put_i32(elements.len() as i32);
    for element in elements {
        put_element(&mut out, element.as_ref());
    }
    out.into()
}

/// The wire bytes of a map of these entries, in this order.
///
/// Limits: as [`encode_list`].
pub fn encode_map<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: &[(K, V)]) -> Bytes {
    let size = entries.iter().map(|(key, value)| 8 + key.as_ref().len() + value.as_ref().len());
    let mut out = Vec::with_capacity(4 + size.sum::<usize>());
    out.put_i32(entries.len() as i32);
    for (key, value) in entries {
        put_element(&mut out, key.as_ref());
        put_element(&mut out, value.as_ref());
    }
    out.into()
}

/// The wire bytes of a tuple or user type of these components; `None` is null.
pub fn encode_tuple<T: AsRef<[u8]>>(components: &[Option<T>]) -> Bytes {
    let size = components.iter().map(|part| 4 + part.as_ref().map_or(0, |bytes| bytes.as_ref().len()));
    let mut out = Vec::with_capacity(size.sum());
    for component in components {
        match component {
            Some(bytes) => put_element(&mut out, bytes.as_ref()),
            None => out.put_i32(-1),
        }
    }
    out.into()
}

/// The wire bytes of a vector of these elements, whose type is `element`.
pub fn encode_vector<T: AsRef<[u8]>>(element: &ColumnType, elements: &[T]) -> Bytes {
    let fixed = element.fixed_size().is_some();
    let mut out = vec![];
    for bytes in elements.iter().map(AsRef::as_ref) {
        if !fixed {
            put_unsigned_vint(&mut out, bytes.len() as u64);
        }
        out.extend_from_slice(bytes);
    }
    out.into()
}

fn put_element(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_i32(bytes.len() as i32);
    out.extend_from_slice(bytes);
}

/// Reads the elements of a list, set or map (a map's keys and values in turn), and that nothing follows.
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
    left: usize,
    what: &'static str,
    ended: bool,
}

impl<'a> Elements<'a> {
    /// Reads the count. `per_entry` elements make one entry; `what` is the word for messages.
    pub(crate) fn new(
        wire: &'a [u8],
        per_entry: usize,
        what: &'static str,
    ) -> Result<Elements<'a>, InvalidValue> {
        let (count, rest) = wire
            .split_first_chunk::<4>()
            .ok_or_else(|| InvalidValue::new(format!("Not enough bytes to read a {what}")))?;
        let count = i32::from_be_bytes(*count);
        let count = usize::try_from(count)
            .map_err(|_| InvalidValue::new(format!("A {what} cannot have {count} elements")))?;
        if count > COLLECTION_ELEMENTS_MAX {
            return Err(InvalidValue::new(format!(
                "A {what} of {count} elements is over the limit of {COLLECTION_ELEMENTS_MAX}"
            )));
        }
        let left = count * per_entry;
        if left * 4 > rest.len() {
            return Err(InvalidValue::new(format!("Not enough bytes to read a {what} of {count} elements")));
        }
        Ok(Elements { rest, left, what, ended: false })
    }

    /// How many elements are still to come.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    fn take(&mut self) -> Result<&'a [u8], InvalidValue> {
        let what = self.what;
        let short = || InvalidValue::new(format!("Not enough bytes to read an element of a {what}"));
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or_else(short)?;
        let length = usize::try_from(i32::from_be_bytes(*length))
            .map_err(|_| InvalidValue::new(format!("null is not supported inside a {what}")))?;
        let (element, rest) = rest.split_at_checked(length).ok_or_else(short)?;
        self.rest = rest;
        Ok(element)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a [u8], InvalidValue>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if self.left == 0 {
            self.ended = true;
            let extra = self.rest.len();
            let what = self.what;
            return (extra > 0).then(|| {
                Err(InvalidValue::new(format!("{extra} unexpected bytes after the end of a {what}")))
            });
        }
        self.left -= 1;
        let element = self.take();
        self.ended = element.is_err();
        Some(element)
    }
}

/// Reads the components of a tuple or user type that are there.
pub(crate) struct Components<'a> {
    rest: &'a [u8],
}

impl<'a> Components<'a> {
    pub(crate) fn new(wire: &'a [u8]) -> Components<'a> {
        Components { rest: wire }
    }

    /// That nothing is left after `arity` components were read.
    pub(crate) fn expect_end(&self, arity: usize) -> Result<(), InvalidValue> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(InvalidValue::new(format!(
            "Expected at most {arity} components, but {} bytes follow the last",
            self.rest.len()
        )))
    }

    /// Whether every component that is left is null.
    pub(crate) fn only_nulls_left(&self) -> bool {
        self.rest.chunks(4).all(|length| length == [0xFF; 4])
    }
}

impl<'a> Iterator for Components<'a> {
    type Item = Result<Option<&'a [u8]>, InvalidValue>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let short = || InvalidValue::new("Not enough bytes to read a component of a tuple");
        let Some((length, rest)) = self.rest.split_first_chunk::<4>() else {
            return Some(Err(short()));
        };
        let length = i32::from_be_bytes(*length);
        if length == -1 {
            self.rest = rest;
            return Some(Ok(None));
        }
        let Ok(length) = usize::try_from(length) else {
            return Some(Err(InvalidValue::new(format!(
                "A component of a tuple cannot be {length} bytes long"
            ))));
        };
        let Some((component, rest)) = rest.split_at_checked(length) else {
            return Some(Err(short()));
        };
        self.rest = rest;
        Some(Ok(Some(component)))
    }
}

/// Reads the elements of a vector, and that nothing follows.
pub(crate) struct VectorElements<'a> {
    rest: &'a [u8],
    left: u32,
    dimension: u32,
    fixed_size: Option<usize>,
    ended: bool,
}

impl<'a> VectorElements<'a> {
    pub(crate) fn new(
        element: &ColumnType,
        dimension: u32,
        wire: &'a [u8],
    ) -> Result<VectorElements<'a>, InvalidValue> {
        let fixed_size = element.fixed_size();
        if let Some(size) = fixed_size {
            let expected = size as u64 * u64::from(dimension);
            if wire.len() as u64 != expected {
                return Err(InvalidValue::new(format!(
                    "Expected {expected} bytes for vector<{element}, {dimension}> but got {}",
                    wire.len()
                )));
            }
        }
        Ok(VectorElements { rest: wire, left: dimension, dimension, fixed_size, ended: false })
    }

    fn take(&mut self) -> Result<&'a [u8], InvalidValue> {
        let index = self.dimension - self.left;
        let short = || InvalidValue::new(format!("Not enough bytes to read element {index} of a vector"));
        let mut rest = self.rest;
        let length = match self.fixed_size {
            Some(size) => size,
            None => {
                let length = get_unsigned_vint(&mut rest).ok_or_else(short)?;
                usize::try_from(length).map_err(|_| short())?
            }
        };
        let (element, rest) = rest.split_at_checked(length).ok_or_else(short)?;
        self.rest = rest;
        Ok(element)
    }
}

impl<'a> Iterator for VectorElements<'a> {
    type Item = Result<&'a [u8], InvalidValue>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if self.left == 0 {
            self.ended = true;
            let extra = self.rest.len();
            let dimension = self.dimension;
            return (extra > 0).then(|| {
                Err(InvalidValue::new(format!(
                    "{extra} unexpected bytes after a vector of {dimension} elements"
                )))
            });
        }
        let element = self.take();
        self.left -= 1;
        self.ended = element.is_err();
        Some(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lengths_are_checked_before_anything_is_allocated() {
        let huge = Bytes::from_static(&[0x7F, 0xFF, 0xFF, 0xFF]);
        assert!(split_list(&huge).is_err());
        assert!(split_map(&huge).is_err());
        let long_element = Bytes::from_static(&[0, 0, 0, 1, 0x7F, 0, 0, 0, 1]);
        assert!(split_list(&long_element).is_err());
        assert!(split_tuple(&Bytes::from_static(&[0x7F, 0, 0, 0, 1]), 1).is_err());
        assert!(split_vector(&ColumnType::Text, u32::MAX, &huge).is_err());
    }

    #[test]
    fn null_elements_and_bytes_behind_the_end_are_refused() {
        let null = Bytes::from_static(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(split_list(&null).unwrap_err().message.contains("null"));
        let extra = Bytes::from_static(&[0, 0, 0, 0, 9]);
        assert!(split_list(&extra).unwrap_err().message.contains("after the end"));
        assert!(split_tuple(&encode_tuple(&[Some("a"), None, Some("b")]), 2).is_err());
    }

    #[test]
    fn what_was_put_together_splits_into_the_same_parts() {
        assert_eq!(split_list(&encode_list(&["a", "", "bcd"])).unwrap(), ["a", "", "bcd"]);
        let map = encode_map(&[("k", "v"), ("", "w")]);
        assert_eq!(split_map(&map).unwrap(), [("k".into(), "v".into()), ("".into(), Bytes::from("w"))]);
        let tuple = encode_tuple(&[Some("x"), None]);
        assert_eq!(split_tuple(&tuple, 3).unwrap(), [Some("x".into()), None, None]);
        let vector = encode_vector(&ColumnType::Text, &["ab", ""]);
        assert_eq!(&vector[..], b"\x02ab\x00");
        assert_eq!(split_vector(&ColumnType::Text, 2, &vector).unwrap(), ["ab", ""]);
    }
}
