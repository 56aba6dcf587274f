//! Merging of two sorted lists, the shape in which rows, columns and collection cells are kept.
//!
//! The usual case is a large list and a few changes to it; then the large one is changed in place.
//! The caller's `join` must not care which of two equal entries comes first.

use std::cmp::Ordering;

/// Merges `other` into `list`; entries that compare equal are joined.
///
/// Shape: both ascend without doubles, and so does the result.
pub(crate) fn merge_sorted<T>(
    list: &mut Vec<T>,
    mut other: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
    mut join: impl FnMut(&mut T, T),
) {
    if other.len() > list.len() {
        std::mem::swap(list, &mut other);
    }
    let Some(first) = other.first() else { return };
    if list.last().is_none_or(|last| compare(last, first).is_lt()) {
        list.append(&mut other);
        return;
    }
    if other.len() <= 4 || other.len() == list.len() && pairwise_equal(list, &other, &compare) {
        return merge_few(list, other, compare, join);
    }
    let mut merged = Vec::with_capacity(list.len() + other.len());
    let mut right = other.into_iter().peekable();
    for mut entry in list.drain(..) {
        while let Some(smaller) = right.next_if(|candidate| compare(candidate, &entry).is_lt()) {
            merged.push(smaller);
        }
        if let Some(equal) = right.next_if(|candidate| compare(candidate, &entry).is_eq()) {
            join(&mut entry, equal);
        }
        merged.push(entry);
    }
    merged.extend(right);
    *list = merged;
}

fn pairwise_equal<T>(a: &[T], b: &[T], compare: impl Fn(&T, &T) -> Ordering) -> bool {
    a.iter().zip(b).all(|(a, b)| compare(a, b).is_eq())
}

fn merge_few<T>(
    list: &mut Vec<T>,
    other: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
    mut join: impl FnMut(&mut T, T),
) {
    // Entries of `other` ascend, so each search begins behind the place of the one before.
    let mut from = 0;
    for entry in other {
        let at = match list.get(from).map(|candidate| compare(candidate, &entry)) {
            Some(Ordering::Equal) => from,
            _ => from + list[from..].partition_point(|candidate| compare(candidate, &entry).is_lt()),
        };
        if list.get(at).is_some_and(|candidate| compare(candidate, &entry).is_eq()) {
            join(&mut list[at], entry);
        } else {
            list.insert(at, entry);
        }
        from = at + 1;
    }
}
