//! Slices against a naive model: every combination of directions, bounds and steps on small integers.

use super::*;
use model::schema::{ColumnId, ColumnKind};
use model::types::ColumnType;

fn column(order: ClusteringOrder) -> Column {
    Column {
        id: ColumnId(0),
        name: "c".into(),
        column_type: ColumnType::Int,
        kind: ColumnKind::Clustering,
        order,
    }
}

fn int(number: i32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn key(columns: &[&Column], values: &[i32]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(columns, 0, &values.iter().map(|value| int(*value)).collect::<Vec<_>>(), &mut out).unwrap();
    out
}

const ORDERS: [ClusteringOrder; 2] = [ClusteringOrder::Ascending, ClusteringOrder::Descending];

/// Checks that the ranges hold exactly the rows that `matches` accepts, among all rows over 0..4.
fn check(steps: &[ClusteringStep], matches: impl Fn(i32, i32) -> bool) {
    for first in ORDERS {
        for second in ORDERS {
            let (a, b) = (column(first), column(second));
            let columns = [&a, &b];
            let ranges = clustering_ranges(&columns, steps).unwrap();
            for pair in ranges.windows(2) {
                assert!(pair[0].end.as_ref().unwrap() < &pair[1].start, "ascending and apart");
            }
            for x in 0..4 {
                for y in 0..4 {
                    let inside = ranges.iter().any(|range| range.contains(&key(&columns, &[x, y])));
                    assert_eq!(inside, matches(x, y), "({x}, {y}) under {first:?} {second:?} {steps:?}");
                }
            }
        }
    }
}

fn bound(values: &[i32], inclusive: bool) -> Option<SliceBound> {
    Some(SliceBound { values: values.iter().map(|value| int(*value)).collect(), inclusive })
}

#[test]
fn no_steps_select_everything() {
    check(&[], |_, _| true);
}

#[test]
fn equalities_and_in_lists_select_prefixes() {
    check(&[ClusteringStep::Values(vec![vec![int(2)]])], |x, _| x == 2);
    check(&[ClusteringStep::Values(vec![vec![int(3)], vec![int(1)], vec![int(3)]])], |x, _| x == 1 || x == 3);
    check(
        &[
            ClusteringStep::Values(vec![vec![int(1)], vec![int(2)]]),
            ClusteringStep::Values(vec![vec![int(0)]]),
        ],
        |x, y| (x == 1 || x == 2) && y == 0,
    );
    check(&[ClusteringStep::Values(vec![vec![int(1), int(2)], vec![int(2), int(0)]])], |x, y| {
        (x, y) == (1, 2) || (x, y) == (2, 0)
    });
    check(&[ClusteringStep::Values(vec![])], |_, _| false);
}

#[test]
fn slices_of_one_column_follow_their_bounds() {
    for inclusive in [false, true] {
        let low = |value: i32, limit: i32| if inclusive { value >= limit } else { value > limit };
        let high = |value: i32, limit: i32| if inclusive { value <= limit } else { value < limit };
        check(&[ClusteringStep::Slice { lower: bound(&[1], inclusive), upper: None }], |x, _| low(x, 1));
        check(&[ClusteringStep::Slice { lower: None, upper: bound(&[2], inclusive) }], |x, _| high(x, 2));
        check(
            &[ClusteringStep::Slice { lower: bound(&[0], inclusive), upper: bound(&[2], !inclusive) }],
            |x, _| low(x, 0) && if inclusive { x < 2 } else { x <= 2 },
        );
        check(
            &[
                ClusteringStep::Values(vec![vec![int(1)], vec![int(3)]]),
                ClusteringStep::Slice { lower: bound(&[2], inclusive), upper: None },
            ],
            |x, y| (x == 1 || x == 3) && low(y, 2),
        );
    }
    check(&[ClusteringStep::Slice { lower: bound(&[3], false), upper: bound(&[1], false) }], |_, _| false);
}

#[test]
fn slices_of_several_columns_compare_as_tuples_whatever_the_stored_order() {
    for inclusive in [false, true] {
        let low = |pair: (i32, i32), limit| if inclusive { pair >= limit } else { pair > limit };
        let high = |pair: (i32, i32), limit| if inclusive { pair <= limit } else { pair < limit };
        check(&[ClusteringStep::Slice { lower: bound(&[1, 2], inclusive), upper: None }], |x, y| {
            low((x, y), (1, 2))
        });
        check(&[ClusteringStep::Slice { lower: None, upper: bound(&[2, 1], inclusive) }], |x, y| {
            high((x, y), (2, 1))
        });
        check(
            &[ClusteringStep::Slice { lower: bound(&[1, 2], inclusive), upper: bound(&[2, 1], inclusive) }],
            |x, y| low((x, y), (1, 2)) && high((x, y), (2, 1)),
        );
        check(
            &[ClusteringStep::Slice { lower: bound(&[1, 2], inclusive), upper: bound(&[2], inclusive) }],
            |x, y| low((x, y), (1, 2)) && if inclusive { x <= 2 } else { x < 2 },
        );
    }
}
