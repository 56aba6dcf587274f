//! Broken and hostile input: a precise answer, the connection kept where it can be, others never disturbed.

use bytes::BytesMut;
use model::random::{Random, SeededRandom};
use proto::native::*;
use server::native::NativeSettings;
use tokio::io::AsyncWriteExt;

use crate::fake::TestDoor;
use crate::raw_client::{RawClient, text_query};

#[tokio::test]
async fn a_body_that_does_not_decode_is_answered_with_the_place() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let mut expect = async |bytes: &[u8], message: &str| {
        client.send_bytes(bytes).await;
        let answer = client.receive().await;
        assert_eq!(answer.stream, 5);
        let Response::Error(error) = answer.response else { panic!("{answer:?}") };
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::ProtocolError, message));
        client.assert_served().await;
    };
    // A statement of 100 bytes in a body of 5.
    expect(
        &[4, 0, 0, 5, 0x07, 0, 0, 0, 5, 0, 0, 0, 100, b'x'],
        "Malformed QUERY: statement needs 100 bytes but 1 are left at byte 4",
    )
    .await;
    expect(&[4, 0, 0, 5, 0x77, 0, 0, 0, 0], "Malformed message: unknown opcode 0x77 at byte 0").await;
    expect(&[4, 0, 0, 5, 0x08, 0, 0, 0, 0], "Malformed RESULT: RESULT is not a request at byte 0").await;
    expect(
        &[4, 0, 0, 5, 0x0B, 0, 0, 0, 5, 0, 1, 0, 1, b'X'],
        "Malformed REGISTER: unknown event type \"X\" at byte 0",
    )
    .await;
    // A value of length -3.
    expect(
        &[4, 0, 0, 5, 0x07, 0, 0, 0, 14, 0, 0, 0, 1, b'x', 0, 1, 0x01, 0, 1, 0xFF, 0xFF, 0xFF, 0xFD],
        "Malformed QUERY: invalid value length -3 at byte 10",
    )
    .await;
    expect(
        &[4, 1, 0, 5, 0x07, 0, 0, 0, 1, 0],
        "the body is compressed but no compression was agreed on in STARTUP",
    )
    .await;
}

#[tokio::test]
async fn a_request_past_the_limit_is_refused_and_its_bytes_are_skipped() {
    let settings = NativeSettings { request_size_bytes_max: 100_000, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    for (version, compression) in crate::raw_client::every_wire() {
        // The limit holds for what arrives: compressed it must still be too large.
        let random = SeededRandom::new(5);
        let text: String = (0..300_000).map(|_| char::from(b' ' + (random.next_u64() % 90) as u8)).collect();
        let mut client = RawClient::start(door.address, version, compression).await;
        let error = client.ask_error(5, text_query(&text)).await;
        assert_eq!(error.kind, ErrorKind::Invalid, "drivers do not close the connection on it");
        assert!(error.message.starts_with("Request is too big: length "), "{}", error.message);
        client.assert_served().await;
    }
}

#[tokio::test]
async fn a_small_body_that_claims_to_be_large_is_refused() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, Some(Compression::Lz4)).await;
    client.send_bytes(&[4, 1, 0, 5, 0x07, 0, 0, 0, 5, 0x03, 0xFF, 0xFF, 0xFF, 0]).await;
    let Response::Error(error) = client.receive().await.response else { panic!("an error is due") };
    assert_eq!(error.message, "1 bytes of lz4 cannot hold 67108863");
    client.assert_served().await;
}

#[tokio::test]
async fn a_negative_length_ends_the_connection_after_an_answer() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    client.send_bytes(&[4, 0, 0, 5, 0x07, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]).await;
    let answer = client.receive().await;
    assert_eq!(answer.stream, 5);
    assert!(matches!(answer.response, Response::Error(ErrorBody { kind: ErrorKind::ProtocolError, .. })));
    assert_eq!(client.try_receive().await, None);
}

#[tokio::test]
async fn a_frame_with_a_wrong_checksum_ends_the_connection() {
    let door = TestDoor::open().await;
    for compression in [None, Some(Compression::Lz4)] {
        let mut sample = RawClient::start(door.address, ProtocolVersion::V5, compression).await;
        let length = sample.encode(1, text_query("echo x")).len();
        for place in 0..length {
            let mut client = RawClient::start(door.address, ProtocolVersion::V5, compression).await;
            let mut bytes = client.encode(1, text_query("echo x"));
            bytes[place] ^= 0x10;
            client.send_bytes(&bytes).await;
            assert_eq!(client.try_receive().await, None, "byte {place} was changed and nobody saw it");
        }
        sample.assert_served().await;
    }
}

#[tokio::test]
async fn answers_of_earlier_requests_arrive_before_the_connection_ends() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let mut bytes = client.encode(1, text_query("echo first"));
    bytes.extend_from_slice(&[0x42, 0, 0, 9, 0x05, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[0; 100_000]);
    client.send_bytes(&bytes).await;
    let mut streams = [client.receive().await.stream, client.receive().await.stream];
    streams.sort();
    assert_eq!(streams, [1, 9]);
    assert_eq!(client.try_receive().await, None);
}

#[tokio::test]
async fn random_bytes_disturb_nobody_else() {
    let door = TestDoor::open().await;
    let mut good = RawClient::start(door.address, ProtocolVersion::V5, Some(Compression::Lz4)).await;
    let random = SeededRandom::new(42);
    for round in 0..150 {
        let version = ProtocolVersion::ALL[round % 3];
        let mut hostile = RawClient::connect(door.address, version).await;
        if round % 2 == 0 {
            hostile.start_with(None, &[]).await;
        }
        let mut bytes = BytesMut::new();
        if round % 4 < 2 {
            bytes.extend_from_slice(&[version.number(), (random.next_u64() % 16) as u8, 0, 1]);
            bytes.extend_from_slice(&[(random.next_u64() % 17) as u8, 0, 0, 0]);
        }
        for _ in 0..random.next_u64() % 400 {
            bytes.extend_from_slice(&[random.next_u64() as u8]);
        }
        // The door may hang up in the middle of it.
        let _ = hostile.stream.write_all(&bytes).await;
        let _ = hostile.stream.shutdown().await;
        if round % 10 == 0 {
            good.assert_served().await;
        }
    }
    good.assert_served().await;
}
