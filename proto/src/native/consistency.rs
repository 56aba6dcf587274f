//! [`Consistency`]: how many replicas must answer, as requests and errors carry it.

use std::fmt;

use model::DecodeError;

/// Consistency level of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Consistency {
    /// Writes only: a hint counts.
    Any = 0x0,
    /// One replica.
    #[default]
    One = 0x1,
    /// Two replicas.
    Two = 0x2,
    /// Three replicas.
    Three = 0x3,
    /// More than half of all.
    Quorum = 0x4,
    /// All.
    All = 0x5,
    /// More than half of the coordinator's datacenter.
    LocalQuorum = 0x6,
    /// More than half of every datacenter.
    EachQuorum = 0x7,
    /// Linearizable, over all datacenters.
    Serial = 0x8,
    /// Linearizable, in the coordinator's datacenter.
    LocalSerial = 0x9,
    /// One replica of the coordinator's datacenter.
    LocalOne = 0xA,
}

impl Consistency {
    /// Every level, by code.
    pub const ALL: [Consistency; 11] = [
        Consistency::Any,
        Consistency::One,
        Consistency::Two,
        Consistency::Three,
        Consistency::Quorum,
        Consistency::All,
        Consistency::LocalQuorum,
        Consistency::EachQuorum,
        Consistency::Serial,
        Consistency::LocalSerial,
        Consistency::LocalOne,
    ];

    /// The level with this code.
    ///
    /// Errors: a code that stands for none.
    pub fn from_code(code: u16, offset: usize) -> Result<Consistency, DecodeError> {
        Consistency::ALL
            .get(usize::from(code))
            .copied()
            .ok_or_else(|| DecodeError::new(format!("unknown consistency level {code:#x}"), offset))
    }

    /// Its code on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// Whether it is one of the two linearizable levels.
    pub fn is_serial(self) -> bool {
        matches!(self, Consistency::Serial | Consistency::LocalSerial)
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Consistency::Any => "ANY",
            Consistency::One => "ONE",
            Consistency::Two => "TWO",
            Consistency::Three => "THREE",
            Consistency::Quorum => "QUORUM",
            Consistency::All => "ALL",
            Consistency::LocalQuorum => "LOCAL_QUORUM",
            Consistency::EachQuorum => "EACH_QUORUM",
            Consistency::Serial => "SERIAL",
            Consistency::LocalSerial => "LOCAL_SERIAL",
            Consistency::LocalOne => "LOCAL_ONE",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_found_by_its_code() {
        for (code, level) in Consistency::ALL.iter().enumerate() {
            assert_eq!(usize::from(level.code()), code);
            assert_eq!(Consistency::from_code(level.code(), 0), Ok(*level));
        }
        assert!(Consistency::from_code(0xB, 0).is_err());
    }
}
