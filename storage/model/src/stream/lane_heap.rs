//! [`LaneHeap`]: which of several merged sources comes next, by comparisons only.
//!
//! A binary heap of lane numbers. The lanes' heads live with the merge, so the order is handed in with
//! each call; it must be the same order in all calls between two `clear`s. After the top lane's head has
//! changed the caller says so with `settle_top`, which costs two comparisons when the lane stays on top:
//! the usual case, because neighbouring rows often come from one source.

/// Lane numbers, the next one on top.
#[derive(Debug, Default)]
pub(super) struct LaneHeap {
    lanes: Vec<usize>,
}

impl LaneHeap {
    /// The lane that comes next.
    pub(super) fn top(&self) -> Option<usize> {
        self.lanes.first().copied()
    }

    /// Adds a lane.
    pub(super) fn push(&mut self, lane: usize, before: impl Fn(usize, usize) -> bool) {
        self.lanes.push(lane);
        let mut at = self.lanes.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !before(self.lanes[at], self.lanes[parent]) {
                break;
            }
            self.lanes.swap(at, parent);
            at = parent;
        }
    }

    /// Takes the lane that comes next.
    pub(super) fn pop(&mut self, before: impl Fn(usize, usize) -> bool) -> Option<usize> {
        if self.lanes.is_empty() {
            return None;
        }
        let top = self.lanes.swap_remove(0);
        self.settle_top(before);
        Some(top)
    }

    /// Puts the top lane where its changed head belongs.
    pub(super) fn settle_top(&mut self, before: impl Fn(usize, usize) -> bool) {
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= self.lanes.len() {
                return;
            }
            let right_first = right < self.lanes.len() && before(self.lanes[right], self.lanes[left]);
            let child = if right_first { right } else { left };
            if !before(self.lanes[child], self.lanes[at]) {
                return;
            }
            self.lanes.swap(at, child);
            at = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lanes_come_out_in_the_order_of_their_heads(
            mut lists in prop::collection::vec(prop::collection::vec(0..50u32, 0..10), 0..9)
        ) {
            lists.iter_mut().for_each(|list| list.sort_by(|a, b| b.cmp(a)));
            let mut expected: Vec<u32> = lists.concat();
            expected.sort();
            let mut heap = LaneHeap::default();
            for lane in 0..lists.len() {
                if !lists[lane].is_empty() {
                    heap.push(lane, |a, b| lists[a].last() < lists[b].last());
                }
            }
            let mut merged = vec![];
            while let Some(lane) = heap.top() {
                merged.extend(lists[lane].pop());
                if lists[lane].is_empty() {
                    heap.pop(|a, b| lists[a].last() < lists[b].last());
                } else {
                    heap.settle_top(|a, b| lists[a].last() < lists[b].last());
                }
            }
            prop_assert_eq!(merged, expected);
        }
    }
}
