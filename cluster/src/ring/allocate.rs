//! Which tokens a new node takes.

use model::key::Token;

/// `count` tokens for a new node beside `existing` ones: each cuts the widest range left in half, so
/// that load stays even without moving anything twice. On an empty ring they are evenly spaced.
///
/// Shape: ascending, none of `existing`, deterministic.
pub fn allocate_tokens(existing: &[Token], count: usize) -> Vec<Token> {
    let mut all: Vec<i64> = existing.iter().map(|token| token.0).collect();
    all.sort_unstable();
    all.dedup();
    let mut fresh = Vec::with_capacity(count);
    if all.is_empty() && count > 0 {
        let step = (1u128 << 64) / count as u128;
        for index in 1..=count as u128 {
            let point = (i128::from(i64::MIN) + (step * index) as i128 - 1).min(i128::from(i64::MAX));
            fresh.push(Token(point as i64));
        }
        return fresh;
    }
    while fresh.len() < count {
        // Widest gap (start, width): gap `index` lies before all[index]; the first wraps.
        let width = |index: usize| -> u64 {
            let before = if index == 0 { all[all.len() - 1] } else { all[index - 1] };
            match (all[index] as u64).wrapping_sub(before as u64) {
                0 => u64::MAX,
                gap => gap,
            }
        };
        let Some(widest) = (0..all.len()).max_by_key(|index| (width(*index), usize::MAX - *index)) else {
            break;
        };
        let before = if widest == 0 { all[all.len() - 1] } else { all[widest - 1] };
        let point = (before as u64).wrapping_add(width(widest) / 2) as i64;
        if point == i64::MIN || all.binary_search(&point).is_ok() {
            break;
        }
        fresh.push(Token(point));
        all.push(point);
        all.sort_unstable();
    }
    fresh.sort();
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_node_cuts_the_ring_into_equal_parts() {
        let tokens = allocate_tokens(&[], 8);
        assert_eq!(tokens.len(), 8);
        assert_eq!(tokens[7], Token::MAX);
        for pair in tokens.windows(2) {
            assert_eq!(pair[1].0.wrapping_sub(pair[0].0) as u64, 1 << 61);
        }
    }

    #[test]
    fn a_later_node_halves_the_widest_ranges() {
        let first = allocate_tokens(&[], 4);
        let second = allocate_tokens(&first, 4);
        assert_eq!(second.len(), 4);
        let mut all: Vec<i64> = first.iter().chain(&second).map(|token| token.0).collect();
        all.sort_unstable();
        for pair in all.windows(2) {
            assert_eq!(pair[1].wrapping_sub(pair[0]) as u64, 1 << 61);
        }
    }
}
