//! Property: whatever one end of a connection writes, the other end reads back, in every version, with every
//! compression, and however the bytes are cut on their way. And: no bytes at all make the reader panic.

mod messages;

use bytes::BytesMut;
use messages::{any_request, any_response, any_wire};
use proptest::prelude::*;
use proto::native::{
    Compression, EnvelopeReader, EnvelopeWriter, Inbound, ProtocolVersion, RequestEnvelope, ResponseEnvelope,
};

const LIMIT: usize = 1 << 20;

/// Feeds `bytes` to `reader` in pieces and gives what came out.
fn read_in_pieces(reader: &mut EnvelopeReader, bytes: &[u8], piece: usize) -> Vec<Inbound> {
    let mut input = BytesMut::new();
    let mut found = Vec::new();
    for part in bytes.chunks(piece.max(1)) {
        input.extend_from_slice(part);
        while let Some(inbound) = reader.next(&mut input).expect("frames are whole") {
            found.push(inbound);
        }
    }
    assert!(input.is_empty(), "{} bytes are left over", input.len());
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn requests_come_back_as_they_were_written(
        (version, compression, requests) in any_wire().prop_flat_map(|(version, compression)| {
            (Just(version), Just(compression), prop::collection::vec(any_request(version), 1..6))
        }),
        piece in 1usize..4000,
    ) {
        let mut writer = EnvelopeWriter::new();
        let mut reader = EnvelopeReader::of_requests(LIMIT);
        writer.switch(version, compression);
        reader.switch(version, compression);
        let mut out = BytesMut::new();
        for request in &requests {
            writer.push_request(request, &mut out);
        }
        writer.flush(&mut out);
        let found: Vec<RequestEnvelope> = read_in_pieces(&mut reader, &out, piece)
            .into_iter()
            .map(|inbound| match inbound {
                Inbound::Envelope(envelope) => RequestEnvelope::decode(envelope).unwrap(),
                refused => panic!("{refused:?}"),
            })
            .collect();
        prop_assert_eq!(found, requests);
    }

    #[test]
    fn responses_come_back_as_they_were_written(
        (version, compression, responses) in any_wire().prop_flat_map(|(version, compression)| {
            (Just(version), Just(compression), prop::collection::vec(any_response(version), 1..6))
        }),
        piece in 1usize..4000,
    ) {
        let mut writer = EnvelopeWriter::new();
        let mut reader = EnvelopeReader::of_responses(LIMIT);
        writer.switch(version, compression);
        reader.switch(version, compression);
        let mut out = BytesMut::new();
        for response in &responses {
            writer.push_response(response, &mut out);
        }
        writer.flush(&mut out);
        let found: Vec<ResponseEnvelope> = read_in_pieces(&mut reader, &out, piece)
            .into_iter()
            .map(|inbound| match inbound {
                Inbound::Envelope(envelope) => ResponseEnvelope::decode(envelope).unwrap(),
                refused => panic!("{refused:?}"),
            })
            .collect();
        prop_assert_eq!(found, responses);
    }

    #[test]
    fn cut_and_changed_bodies_are_errors_and_not_panics(
        (version, request) in any_wire().prop_flat_map(|(version, _)| (Just(version), any_request(version))),
        cut in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = BytesMut::new();
        request.put_body(&mut body);
        if body.is_empty() {
            return Ok(());
        }
        let mut changed = body.clone();
        changed[place.index(body.len())] = byte;
        for wrong in [body.split_to(cut.index(body.len())), changed] {
            let opcode = request.request.opcode();
            let mut reader = proto::native::BodyReader::new(wrong.freeze());
            let length = reader.remaining();
            if let Err(error) = proto::native::Request::read(opcode, &mut reader, version) {
                prop_assert!(error.offset <= length, "{} names a place past {}", error, length);
            }
        }
    }

    #[test]
    fn any_bytes_are_envelopes_or_errors_but_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        (version, compression) in any_wire(),
        switched in any::<bool>(),
        valid_start in any::<bool>(),
    ) {
        let mut wire = BytesMut::new();
        if valid_start {
            wire.extend_from_slice(&[version.number(), 0, 0, 1, 0x07, 0, 0, 0]);
        }
        wire.extend_from_slice(&bytes);
        for mut reader in [EnvelopeReader::of_requests(LIMIT), EnvelopeReader::of_responses(LIMIT)] {
            if switched {
                reader.switch(version, compression);
            }
            let mut input = wire.clone();
            while let Ok(Some(inbound)) = reader.next(&mut input) {
                if let Inbound::Envelope(envelope) = inbound {
                    let _ = RequestEnvelope::decode(envelope.clone());
                    if let Ok(decoded) = ResponseEnvelope::decode(envelope)
                        && let proto::native::Response::Result(proto::native::ResultBody::Rows(rows)) = decoded.response
                    {
                        for row in rows.iter().take(1000) {
                            let _ = row;
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn an_envelope_larger_than_a_frame_spans_frames_between_small_ones() {
    for compression in [None, Some(Compression::Lz4)] {
        let version = ProtocolVersion::V5;
        let mut writer = EnvelopeWriter::new();
        let mut reader = EnvelopeReader::of_requests(LIMIT);
        writer.switch(version, compression);
        reader.switch(version, compression);
        let requests: Vec<RequestEnvelope> = [10, 400_000, 3, 131_071, 131_072, 900_000, 1]
            .map(|size| messages::query_of_size(version, size))
            .into();
        let mut out = BytesMut::new();
        for request in &requests {
            writer.push_request(request, &mut out);
        }
        writer.flush(&mut out);
        let found = read_in_pieces(&mut reader, &out, 10_000);
        assert_eq!(found.len(), requests.len());
        for (inbound, request) in found.into_iter().zip(requests) {
            let Inbound::Envelope(envelope) = inbound else { panic!("{inbound:?}") };
            assert_eq!(RequestEnvelope::decode(envelope), Ok(request));
        }
    }
}
