//! Target: what arrives on a connection of the native protocol, from either side.
//!
//! The first byte chooses version, compression and side; the rest arrives in two pieces, as it may.

use bytes::BytesMut;
use proto::native::{
    Compression, EnvelopeReader, Inbound, ProtocolVersion, RequestEnvelope, ResponseEnvelope,
};

/// Bodies are refused above this, so that no length is believed.
const BODY_SIZE_BYTES_MAX: usize = 64 * 1024;

/// Law: whatever arrives is read, refused or closes the connection; nothing panics, and rows of a response
/// end.
pub fn native_frame(data: &[u8]) {
    let [choice, rest @ ..] = data else { return };
    let is_server = choice & 1 == 0;
    let mut reader = if is_server {
        EnvelopeReader::of_requests(BODY_SIZE_BYTES_MAX)
    } else {
        EnvelopeReader::of_responses(BODY_SIZE_BYTES_MAX)
    };
    let versions = [None, Some(ProtocolVersion::V3), Some(ProtocolVersion::V4), Some(ProtocolVersion::V5)];
    if let Some(version) = versions[usize::from(choice >> 1) % versions.len()] {
        let compression = (choice & 0x08 != 0).then_some(Compression::Lz4);
        reader.switch(version, compression);
    }
    let mut input = BytesMut::new();
    for piece in [&rest[..rest.len() / 2], &rest[rest.len() / 2..]] {
        input.extend_from_slice(piece);
        loop {
            match reader.next(&mut input) {
                Ok(Some(Inbound::Envelope(envelope))) if is_server => {
                    let _ = RequestEnvelope::decode(envelope);
                }
                Ok(Some(Inbound::Envelope(envelope))) => read_response(envelope),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

fn read_response(envelope: proto::native::Envelope) {
    use proto::native::{Response, ResultBody};
    if let Ok(ResponseEnvelope { response: Response::Result(ResultBody::Rows(rows)), .. }) =
        ResponseEnvelope::decode(envelope)
    {
        let count = rows.iter().count();
        assert!(count <= rows.row_count as usize);
    }
}
