//! Records under a checksum in an append-only file: the framing that commit log and manifest share.
//!
//! Shape of a record: marker u32, payload length u32, checksum u32, `durable_before` u32, payload; little
//! endian. Marker and CRC-32C are salted with the file's number, so that bytes of another file never
//! pass. `durable_before` is the offset up to which the file was synced when the record was written.
//! It decides what a bad record means: it may be a write cut short by a crash, unless a good record
//! behind it says that everything up to there was durable: then it is corruption.
//! Left out: file headers, and what a payload means.

use bytes::Bytes;

/// Bytes in front of each payload.
pub(crate) const RECORD_HEAD_BYTES: usize = 16;

/// Reads and writes the records of one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Framing {
    salt: u64,
    marker: [u8; 4],
}

/// A record that passed its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Up to where the file was durable when it was written; at most `start`.
    pub durable_before: usize,
    /// What it carries.
    pub payload: Bytes,
}

/// The records of a file, up to its end or to the first bad one.
#[derive(Debug)]
pub(crate) struct Records {
    /// Good records, in order, without a gap.
    pub good: Vec<Record>,
    /// Offset behind the last good record.
    pub end: usize,
    /// What is wrong there; `None` when the file ends there.
    pub bad: Option<BadRecord>,
}

/// The first record that does not pass.
#[derive(Debug)]
pub(crate) struct BadRecord {
    /// What was found.
    pub what: &'static str,
    /// Whether it was durable once, so that its damage is no torn write.
    pub was_durable: bool,
}

impl Framing {
    /// Framing of the file with this number.
    pub(crate) fn new(salt: u64) -> Framing {
        let marker = crc32c::crc32c_append(0x6261_7361, &salt.to_le_bytes()).to_le_bytes();
        Framing { salt, marker }
    }

    fn checksum(&self, durable_before: u32, payload: &[u8]) -> u32 {
        let crc = crc32c::crc32c(&self.salt.to_le_bytes());
        let crc = crc32c::crc32c_append(crc, &(payload.len() as u32).to_le_bytes());
        let crc = crc32c::crc32c_append(crc, &durable_before.to_le_bytes());
        crc32c::crc32c_append(crc, payload)
    }

    /// Appends a record to `out`. The payload is not empty and shorter than 4 GiB (the callers' limits
    /// are far below).
    pub(crate) fn put(&self, durable_before: u32, payload: &[u8], out: &mut Vec<u8>) {
        debug_assert!(!payload.is_empty() && u32::try_from(payload.len()).is_ok());
        out.extend_from_slice(&self.marker);
        out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.checksum(durable_before, payload).to_le_bytes());
        out.extend_from_slice(&durable_before.to_le_bytes());
        out.extend_from_slice(payload);
    }

    /// The record at `start` of `file`, or what is wrong there.
    fn record_at(&self, file: &Bytes, start: usize) -> Result<Record, &'static str> {
        let head = file.get(start..start + RECORD_HEAD_BYTES).ok_or("the head of a record is cut short")?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if head[..4] != self.marker {
            return Err("no record begins here");
        }
        let (length, checksum, durable_before) = (word(4) as usize, word(8), word(12));
        let from = start + RECORD_HEAD_BYTES;
        if length == 0 || file.len() - from < length {
            return Err("a record is longer than the file");
        }
        let payload = file.slice(from..from + length);
        if self.checksum(durable_before, &payload) != checksum || durable_before as usize > start {
            return Err("a record does not match its checksum");
        }
        Ok(Record { start, end: from + length, durable_before: durable_before as usize, payload })
    }

    /// The records of `file` from offset `from` on.
    pub(crate) fn read(&self, file: &Bytes, from: usize) -> Records {
        let mut records = Records { good: Vec::new(), end: from, bad: None };
        while records.end < file.len() {
            match self.record_at(file, records.end) {
                Ok(record) => {
                    records.end = record.end;
                    records.good.push(record);
                }
                Err(what) => {
                    let was_durable = self.is_vouched_for(file, records.end);
                    records.bad = Some(BadRecord { what, was_durable });
                    break;
                }
            }
        }
        records
    }

    /// Whether a good record behind `bad` was written after `bad` was durable.
    fn is_vouched_for(&self, file: &Bytes, bad: usize) -> bool {
        let mut at = bad + 1;
        while at + RECORD_HEAD_BYTES <= file.len() {
            match self.record_at(file, at) {
                Ok(record) if record.durable_before > bad => return true,
                Ok(record) => at = record.end,
                Err(_) => at += 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(payloads: &[(&[u8], bool)]) -> (Vec<u8>, Vec<usize>) {
        let framing = Framing::new(7);
        let (mut out, mut starts, mut durable) = (Vec::new(), Vec::new(), 0);
        for (payload, synced_before) in payloads {
            if *synced_before {
                durable = out.len() as u32;
            }
            starts.push(out.len());
            framing.put(durable, payload, &mut out);
        }
        (out, starts)
    }

    #[test]
    fn records_come_back_in_order() {
        let (bytes, starts) = file(&[(b"one", true), (b"two", true), (b"three", false)]);
        let records = Framing::new(7).read(&Bytes::from(bytes.clone()), 0);
        assert!(records.bad.is_none());
        assert_eq!(records.end, bytes.len());
        let payloads: Vec<&[u8]> = records.good.iter().map(|record| &record.payload[..]).collect();
        assert_eq!(payloads, [&b"one"[..], b"two", b"three"]);
        assert_eq!(records.good[2].durable_before, starts[1]);
    }

    #[test]
    fn a_cut_at_any_byte_keeps_the_whole_records_before_it_and_is_no_corruption() {
        let (bytes, starts) = file(&[(b"one", true), (b"two", true), (b"three", true)]);
        for cut in 0..bytes.len() {
            let records = Framing::new(7).read(&Bytes::copy_from_slice(&bytes[..cut]), 0);
            let whole = starts.iter().skip(1).filter(|start| **start <= cut).count();
            assert_eq!(records.good.len(), whole, "cut at {cut}");
            assert!(!records.bad.is_some_and(|bad| bad.was_durable), "cut at {cut}");
        }
    }

    #[test]
    fn damage_before_a_synced_point_is_corruption_and_damage_behind_it_is_a_torn_write() {
        let (bytes, starts) = file(&[(b"one", true), (b"two", true), (b"three", false), (b"four", false)]);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            let records = Framing::new(7).read(&Bytes::from(damaged), 0);
            let bad = records.bad.expect("every byte is checked");
            assert_eq!(bad.was_durable, at < starts[1], "byte {at}");
        }
    }

    #[test]
    fn records_of_another_file_do_not_pass() {
        let (bytes, _) = file(&[(b"one", true)]);
        let records = Framing::new(8).read(&Bytes::from(bytes), 0);
        assert!(records.good.is_empty() && records.bad.is_some());
    }
}
