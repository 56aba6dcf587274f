//! Pickers against `testdata/picker_*`: cases as text, `UPDATE=1` rewrites what they expect.
//!
//! A case is lines up to an empty one. Sstables: `ID SIZE FIRST-LAST`, then where it matters `ts MIN..MAX`,
//! `dead FIRST..ALL` (`-` for never), `level N`. Then settings as `pick NAME=VALUE…`; behind `----` the answer.

use std::fmt::Write;
use std::path::Path;

use model::key::DecoratedKey;

use super::super::{CompactionSettings, Scaling, SizeTieredSettings, TimeWindowSettings, UnifiedSettings};
use super::*;
use crate::fs::{DiskFileSystem, FileSystem};
use crate::sstable::SstableId;

fn size(text: &str) -> u64 {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        other => panic!("unit {other}"),
    };
    text[..digits].parse::<u64>().unwrap() * unit
}

fn pair<'a>(text: &'a str, between: &str) -> (&'a str, &'a str) {
    text.split_once(between).unwrap_or_else(|| panic!("two parts with {between}: {text}"))
}

fn moment(text: &str) -> Option<i64> {
    (text != "-").then(|| text.parse().unwrap())
}

fn sstable(line: &str) -> SstableDescriptor {
    let mut words = line.split_whitespace();
    let mut word = || words.next();
    let id = SstableId(word().unwrap().parse().unwrap());
    let size_bytes = size(word().unwrap());
    let (first, last) = pair(word().unwrap(), "-");
    let mut sstable = SstableDescriptor {
        id,
        size_bytes,
        first_key: DecoratedKey(first.to_owned().into()),
        last_key: DecoratedKey(last.to_owned().into()),
        min_timestamp: 0,
        max_timestamp: 100,
        min_dead_since: None,
        all_dead_since: None,
        level: 0,
    };
    while let Some(name) = word() {
        let value = word().unwrap();
        match name {
            "ts" => {
                let (min, max) = pair(value, "..");
                (sstable.min_timestamp, sstable.max_timestamp) = (min.parse().unwrap(), max.parse().unwrap());
            }
            "dead" => {
                let (first, all) = pair(value, "..");
                (sstable.min_dead_since, sstable.all_dead_since) = (moment(first), moment(all));
            }
            "level" => sstable.level = value.parse().unwrap(),
            other => panic!("unknown word {other}"),
        }
    }
    sstable
}

fn answer(sstables: &[SstableDescriptor], command: &str, mut settings: CompactionSettings) -> String {
    let mut running = RunningTasks::default();
    let mut input = PickerInput {
        sstables,
        running: &RunningTasks::default(),
        memtable_min_timestamp: i64::MAX,
        gc_before_seconds: 0,
    };
    let mut words = command.split_whitespace();
    let verb = words.next().unwrap();
    for word in words {
        let (name, value) = pair(word, "=");
        match (name, &mut settings) {
            ("running", _) => {
                let inputs = value.split(',').map(|id| SstableId(id.parse().unwrap())).collect();
                running.start(&Task { inputs, output_level: 0, reason: String::new() });
            }
            ("memtable", _) => input.memtable_min_timestamp = value.parse().unwrap(),
            ("gc_before", _) => input.gc_before_seconds = value.parse().unwrap(),
            ("min", CompactionSettings::SizeTiered(settings)) => settings.inputs_min = value.parse().unwrap(),
            ("max", CompactionSettings::SizeTiered(settings)) => settings.inputs_max = value.parse().unwrap(),
            ("small", CompactionSettings::SizeTiered(settings)) => settings.small_size_bytes = size(value),
            ("window", CompactionSettings::TimeWindow(settings)) => {
                settings.window_seconds = value.parse().unwrap();
            }
            ("max", CompactionSettings::TimeWindow(settings)) => {
                settings.size_tiered.inputs_max = value.parse().unwrap();
            }
            ("base", CompactionSettings::Unified(settings)) => settings.base_size_bytes = size(value),
            ("max", CompactionSettings::Unified(settings)) => settings.inputs_max = value.parse().unwrap(),
            ("scaling", CompactionSettings::Unified(settings)) => {
                settings.scaling = value
                    .split(',')
                    .map(|one| match one.split_at(1) {
                        ("T", fanout) => Scaling::Tiered(fanout.parse().unwrap()),
                        ("L", fanout) => Scaling::Leveled(fanout.parse().unwrap()),
                        ("N", "") => Scaling::Neutral,
                        other => panic!("scaling {other:?}"),
                    })
                    .collect();
            }
            other => panic!("unknown setting {other:?}"),
        }
    }
    input.running = &running;
    let task = match verb {
        "pick" => pick(&settings, &input),
        "pick-everything" => pick_everything(&input),
        other => panic!("unknown verb {other}"),
    };
    if let Some(task) = &task {
        assert!(!task.inputs.is_empty() && task.inputs.is_sorted_by(|a, b| a < b), "{task}");
        assert!(task.inputs.iter().all(|id| !running.contains(*id)), "{task}");
        assert!(task.inputs.iter().all(|id| sstables.iter().any(|sstable| sstable.id == *id)), "{task}");
    }
    task.map_or("nothing".to_owned(), |task| task.to_string())
}

/// Runs every file of a folder of test data.
fn run(folder: &str, settings: CompactionSettings) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let fs = DiskFileSystem;
    let mut cases = 0;
    for name in fs.list(&folder).unwrap() {
        let path = folder.join(&name);
        let text = String::from_utf8(fs.read_all(&path, 1 << 20).unwrap()).unwrap();
        let mut told = String::new();
        let mut sstables = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(told, "{line}").unwrap();
            if line.is_empty() {
                sstables.clear();
            } else if line.starts_with("pick") {
                cases += 1;
                writeln!(told, "----\n{}", answer(&sstables, line, settings.clone())).unwrap();
                assert_eq!(lines.next(), Some("----"), "{name}: {line}");
                lines.next();
            } else if !line.starts_with('#') {
                sstables.push(sstable(line));
            }
        }
        if std::env::var_os("UPDATE").is_some() {
            fs.remove(&path).unwrap();
            fs.create(&path).unwrap().append(told.as_bytes()).unwrap();
        } else {
            assert_eq!(text, told, "{name}");
        }
    }
    assert!(cases > 2, "{folder:?} has {cases} cases");
}

#[test]
fn size_tiered_tables_merge_what_is_alike() {
    run("picker_size_tiered", CompactionSettings::SizeTiered(SizeTieredSettings::default()));
}

#[test]
fn unified_tables_merge_what_overlaps_on_a_level() {
    run("picker_unified", CompactionSettings::Unified(UnifiedSettings::default()));
}

#[test]
fn tables_of_events_merge_within_a_window_of_time() {
    // Timestamps of the test data count seconds.
    let settings = TimeWindowSettings { window_seconds: 10, ticks_per_second: 1, ..Default::default() };
    run("picker_time_window", CompactionSettings::TimeWindow(settings));
}

#[test]
fn what_has_expired_and_covers_nothing_goes_first() {
    run("picker_expired", CompactionSettings::default());
}

/// However sstables arrive, picking until nothing is due ends, and leaves few.
#[test]
fn picking_and_merging_comes_to_rest_with_few_sstables() {
    let unified = |scaling| CompactionSettings::Unified(UnifiedSettings { scaling, ..Default::default() });
    let cases = [
        (unified(vec![Scaling::Tiered(4)]), 20),
        (unified(vec![Scaling::Leveled(10)]), 5),
        (unified(vec![Scaling::Neutral]), 12),
        (unified(vec![Scaling::Tiered(8), Scaling::Leveled(4)]), 15),
        (CompactionSettings::SizeTiered(SizeTieredSettings::default()), 25),
    ];
    for (settings, few) in cases {
        let mut sstables: Vec<SstableDescriptor> = Vec::new();
        let mut next = 1;
        for flush in 0..500u64 {
            sstables.push(sstable(&format!("{next} {}MiB a-z", 10 + flush * 7 % 13)));
            next += 1;
            let mut rounds = 0;
            loop {
                let input = PickerInput {
                    sstables: &sstables,
                    running: &RunningTasks::default(),
                    memtable_min_timestamp: i64::MAX,
                    gc_before_seconds: 0,
                };
                let Some(task) = pick(&settings, &input) else { break };
                rounds += 1;
                assert!(rounds < 20, "{settings:?} does not come to rest");
                let (merged, kept): (Vec<_>, Vec<_>) =
                    sstables.drain(..).partition(|sstable| task.inputs.contains(&sstable.id));
                let size: u64 = merged.iter().map(|sstable| sstable.size_bytes).sum();
                sstables = kept;
                sstables.push(SstableDescriptor {
                    id: SstableId(next),
                    size_bytes: size,
                    level: task.output_level,
                    ..merged[0].clone()
                });
                next += 1;
            }
        }
        assert!(sstables.len() <= few, "{settings:?} leaves {}", sstables.len());
    }
}
