//! [`ReplayPosition`]: a place in the commit log; all before it is flushed for a region.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the name of a segment's file ends with until its header is durable.
pub(crate) const UNFINISHED: &str = ".unfinished";

/// Identity of a segment; grows with each new segment and is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub(crate) struct SegmentId(pub(crate) u64);

impl SegmentId {
    /// The id after this one.
    pub(crate) fn next(self) -> SegmentId {
        SegmentId(self.0 + 1)
    }

    /// The name of its file. Names sort as ids do.
    pub(crate) fn file_name(self) -> String {
        format!("{:016x}.log", self.0)
    }

    /// The name of its file until its header is durable.
    pub(crate) fn unfinished_file_name(self) -> String {
        format!("{:016x}.log{UNFINISHED}", self.0)
    }

    /// The id of the segment file with this name; `None` when it is no segment's name.
    pub(crate) fn from_file_name(name: &str) -> Option<SegmentId> {
        let digits = name.strip_suffix(".log").filter(|digits| digits.len() == 16)?;
        let id = SegmentId(u64::from_str_radix(digits, 16).ok()?);
        (id.file_name() == name).then_some(id)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Behind a record: its segment, and the offset of its end there. A record is flushed for a region when
/// it lies at or before the region's replay position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub(crate) struct ReplayPosition {
    /// Which segment; 0 is none.
    pub(crate) segment: SegmentId,
    /// Bytes from the segment's beginning.
    pub(crate) offset: u32,
}

impl ReplayPosition {
    /// Before every record.
    pub(crate) const ZERO: ReplayPosition = ReplayPosition { segment: SegmentId(0), offset: 0 };
}

impl fmt::Display for ReplayPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_segments_lead_back_to_their_ids_and_other_names_do_not() {
        for id in [1, 0xFF, u64::MAX] {
            assert_eq!(SegmentId::from_file_name(&SegmentId(id).file_name()), Some(SegmentId(id)));
        }
        for name in ["x.log", "1.log", "00000000000000AB.log", "0000000000000001.old", ""] {
            assert_eq!(SegmentId::from_file_name(name), None, "{name}");
        }
    }
}
