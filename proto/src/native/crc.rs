//! The two checksums of version 5 frames.
//!
//! CRC-24 guards a frame's header, CRC-32 (IEEE) its payload; the second is fed four fixed bytes first, so that
//! a payload of zeros has no checksum of zero.

const CRC24_INITIAL: u32 = 0x87_5060;
const CRC24_POLYNOMIAL: u32 = 0x197_4F0B;
const CRC32_FIRST: [u8; 4] = [0xFA, 0x2D, 0x55, 0xCA];

/// CRC-24 of a header of at most 8 bytes.
pub(super) fn crc24(header: &[u8]) -> u32 {
    let mut crc = CRC24_INITIAL;
    for byte in header {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x100_0000 != 0 {
                crc ^= CRC24_POLYNOMIAL;
            }
        }
    }
    crc
}

/// CRC-32 of a payload.
pub(super) fn crc32(payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&CRC32_FIRST);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_start_where_the_specification_says() {
        assert_eq!(crc24(&[]), 0x87_5060);
        assert_eq!(crc32(&[]), crc32fast::hash(&[0xFA, 0x2D, 0x55, 0xCA]));
    }

    #[test]
    fn every_flipped_bit_of_a_header_changes_its_checksum() {
        let header = [0x12, 0x34, 0x02, 0xFF, 0x00];
        let right = crc24(&header);
        for bit in 0..header.len() * 8 {
            let mut wrong = header;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(crc24(&wrong), right);
        }
        assert!(right < 1 << 24);
    }
}
