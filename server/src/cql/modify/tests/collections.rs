//! Collections under random statements beside the same collections in memory.

use std::collections::{BTreeMap, BTreeSet};

use engine::Background;
use proptest::prelude::*;

use super::database_with;

/// What one statement does to the one row.
#[derive(Debug, Clone)]
enum Op {
    ListSet(Vec<i32>),
    Append(Vec<i32>),
    Prepend(Vec<i32>),
    ListDiscard(Vec<i32>),
    SetIndex(usize, Option<i32>),
    DeleteIndex(usize),
    SetAdd(BTreeSet<i32>),
    SetDiscard(BTreeSet<i32>),
    MapPut(u8, Option<i32>),
    MapAdd(BTreeMap<u8, i32>),
    MapSet(BTreeMap<u8, i32>),
    Flush,
}

fn numbers() -> impl Strategy<Value = Vec<i32>> {
    proptest::collection::vec(0..6i32, 0..4)
}

fn op() -> impl Strategy<Value = Op> {
    let map = || proptest::collection::btree_map(0..4u8, 0..9i32, 0..3);
    let set = || proptest::collection::btree_set(0..6i32, 1..4);
    prop_oneof![
        numbers().prop_map(Op::ListSet),
        numbers().prop_map(Op::Append),
        numbers().prop_map(Op::Append),
        numbers().prop_map(Op::Prepend),
        numbers().prop_map(Op::Prepend),
        numbers().prop_map(Op::ListDiscard),
        (0..6usize, proptest::option::weighted(0.8, 10..20i32))
            .prop_map(|(at, value)| Op::SetIndex(at, value)),
        (0..6usize).prop_map(Op::DeleteIndex),
        set().prop_map(Op::SetAdd),
        set().prop_map(Op::SetDiscard),
        (0..4u8, proptest::option::weighted(0.7, 0..9i32)).prop_map(|(key, value)| Op::MapPut(key, value)),
        map().prop_map(Op::MapAdd),
        map().prop_map(Op::MapSet),
        Just(Op::Flush),
    ]
}

fn list(values: &[i32]) -> String {
    format!("{values:?}")
}

fn set(values: &BTreeSet<i32>) -> String {
    format!("{values:?}")
}

fn map(entries: &BTreeMap<u8, i32>) -> String {
    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

fn or_null(value: Option<i32>) -> String {
    value.map_or_else(|| "null".to_string(), |value| value.to_string())
}

/// The collections in memory.
#[derive(Debug, Default)]
struct Model {
    list: Vec<i32>,
    set: BTreeSet<i32>,
    map: BTreeMap<u8, i32>,
}

impl Model {
    /// Does `op`; answers its statement and whether the database must accept it.
    fn apply(&mut self, op: &Op) -> (String, bool) {
        let update = |what: String| format!("UPDATE l SET {what} WHERE k = 1");
        match op {
            Op::ListSet(values) => {
                self.list = values.clone();
                (update(format!("l = {}", list(values))), true)
            }
            Op::Append(values) => {
                self.list.extend(values);
                (update(format!("l = l + {}", list(values))), true)
            }
            Op::Prepend(values) => {
                self.list.splice(0..0, values.iter().copied());
                (update(format!("l = {} + l", list(values))), true)
            }
            Op::ListDiscard(values) => {
                self.list.retain(|value| !values.contains(value));
                (update(format!("l = l - {}", list(values))), true)
            }
            Op::SetIndex(at, value) => {
                let there = *at < self.list.len();
                match value {
                    Some(value) if there => self.list[*at] = *value,
                    None if there => drop(self.list.remove(*at)),
                    _ => {}
                }
                (update(format!("l[{at}] = {}", or_null(*value))), there)
            }
            Op::DeleteIndex(at) => {
                let there = *at < self.list.len();
                if there {
                    self.list.remove(*at);
                }
                (format!("DELETE l[{at}] FROM l WHERE k = 1"), there)
            }
            Op::SetAdd(values) => {
                self.set.extend(values);
                (update(format!("s = s + {}", set(values))), true)
            }
            Op::SetDiscard(values) => {
                self.set.retain(|value| !values.contains(value));
                (update(format!("s = s - {}", set(values))), true)
            }
            Op::MapPut(key, value) => {
                match value {
                    Some(value) => drop(self.map.insert(*key, *value)),
                    None => drop(self.map.remove(key)),
                }
                (update(format!("m['{key}'] = {}", or_null(*value))), true)
            }
            Op::MapAdd(entries) => {
                self.map.extend(entries);
                (update(format!("m = m + {}", map(entries))), true)
            }
            Op::MapSet(entries) => {
                self.map = entries.clone();
                (update(format!("m = {}", map(entries))), true)
            }
            Op::Flush => (String::new(), true),
        }
    }

    fn row(&self) -> Vec<String> {
        let mut cells = vec![];
        if !self.list.is_empty() {
            cells.push(format!("l={}", list(&self.list)));
        }
        if !self.map.is_empty() {
            cells.push(format!("m={}", map(&self.map)));
        }
        if !self.set.is_empty() {
            cells.push(format!("s={}", set(&self.set)));
        }
        if cells.is_empty() { vec![] } else { vec![format!("k=1 {}", cells.join(" "))] }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn collections_hold_what_the_same_operations_leave_in_memory(ops in proptest::collection::vec(op(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let database = database_with(Background::Manual);
            let mut model = Model::default();
            for op in &ops {
                let (text, accepted) = model.apply(op);
                if let Op::Flush = op {
                    database.environment.storage.engine().flush(None).unwrap();
                } else {
                    let answer = database.run(&text).await;
                    prop_assert_eq!(answer == "ok", accepted, "{} answered {}", text, answer);
                }
                prop_assert_eq!(database.rows("l"), model.row(), "after {}", text);
            }
            Ok(())
        })?;
    }
}
