//! How a connection begins: versions, options, what comes too early and too late.

use proto::native::*;

use crate::fake::TestDoor;
use crate::raw_client::{RawClient, every_wire, startup, text_query};

#[tokio::test]
async fn an_unknown_version_is_answered_with_our_greatest_and_the_words_drivers_look_for() {
    let door = TestDoor::open().await;
    for number in [0x41, 0x42, 0x07] {
        let mut client = RawClient::connect(door.address, ProtocolVersion::V5).await;
        client.send_bytes(&[number, 0, 0x12, 0x34, 0x05, 0, 0, 0, 0]).await;
        let answer = client.receive().await;
        assert_eq!((answer.version, answer.stream), (ProtocolVersion::V5, 0x1234));
        let Response::Error(error) = answer.response else { panic!("{answer:?}") };
        assert_eq!(error.kind, ErrorKind::ProtocolError);
        assert_eq!(
            error.message,
            format!(
                "Invalid or unsupported protocol version ({number}); supported versions are (3/v3, 4/v4, 5/v5)"
            )
        );
        assert_eq!(client.try_receive().await, None, "the connection is closed");
    }
}

#[tokio::test]
async fn versions_with_a_header_of_eight_bytes_are_answered_too() {
    let door = TestDoor::open().await;
    for number in [1, 2] {
        let mut client = RawClient::connect(door.address, ProtocolVersion::V5).await;
        client.send_bytes(&[number, 0, 0x12, 0x05, 0, 0, 0, 0]).await;
        let answer = client.receive().await;
        assert_eq!((answer.version, answer.stream), (ProtocolVersion::V5, 0x12));
        let Response::Error(error) = answer.response else { panic!("{answer:?}") };
        assert_eq!(error.message, unsupported_version_text(number, false));
    }
}

#[tokio::test]
async fn a_large_request_before_startup_is_refused_by_its_header() {
    let door = TestDoor::open().await;
    let mut client = RawClient::connect(door.address, ProtocolVersion::V4).await;
    client.send_bytes(&[4, 0, 0, 1, 0x07, 0, 1, 0, 1]).await;
    let Response::Error(error) = client.receive().await.response else { panic!("an error is due") };
    assert_eq!(error.message, "Request is too big: length 65537 exceeds maximum allowed length 65536");
}

#[tokio::test]
async fn a_beta_version_without_its_flag_is_told_about_the_flag() {
    let door = TestDoor::open().await;
    let mut client = RawClient::connect(door.address, ProtocolVersion::V5).await;
    client.send_bytes(&[6, 0, 0, 0, 0x05, 0, 0, 0, 0]).await;
    let Response::Error(error) = client.receive().await.response else { panic!("an error is due") };
    assert!(error.message.contains("USE_BETA flag is unset"), "{}", error.message);
}

#[tokio::test]
async fn options_are_told_before_and_after_startup_in_every_version() {
    let door = TestDoor::open().await;
    for (version, compression) in every_wire() {
        let mut client = RawClient::connect(door.address, version).await;
        let Response::Supported(before) = client.ask(0, Request::Options).await else {
            panic!("not SUPPORTED")
        };
        for name in ["CQL_VERSION", "COMPRESSION", "PROTOCOL_VERSIONS"] {
            assert!(before.iter().any(|(option, _)| option == name), "{name} is missing");
        }
        client.start_with(compression, &[]).await;
        // From version 5 on this one travels in frames: the heartbeat of a started connection.
        let Response::Supported(after) = client.ask(9, Request::Options).await else {
            panic!("not SUPPORTED")
        };
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn nothing_but_options_is_answered_before_startup() {
    let door = TestDoor::open().await;
    let mut client = RawClient::connect(door.address, ProtocolVersion::V4).await;
    for request in [text_query("echo x"), Request::Register(vec![]), Request::AuthResponse(None)] {
        let opcode = request.opcode();
        let error = client.ask_error(3, request).await;
        assert_eq!(error.kind, ErrorKind::ProtocolError);
        assert_eq!(error.message, format!("Unexpected message {opcode}, expecting STARTUP or OPTIONS"));
    }
    client.start_with(None, &[]).await;
    client.assert_served().await;
}

#[tokio::test]
async fn startup_and_credentials_out_of_place_are_protocol_errors() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V5, None).await;
    let error = client.ask_error(4, startup(&[("CQL_VERSION", "3.0.0")])).await;
    assert_eq!(error.kind, ErrorKind::ProtocolError);
    let error = client.ask_error(5, Request::AuthResponse(None)).await;
    assert_eq!(error.kind, ErrorKind::ProtocolError);
    assert!(error.message.contains("AUTH_RESPONSE"), "{}", error.message);
    client.assert_served().await;
}

#[tokio::test]
async fn refused_options_leave_the_connection_as_it_was() {
    let door = TestDoor::open().await;
    for version in ProtocolVersion::ALL {
        let mut client = RawClient::connect(door.address, version).await;
        for options in
            [vec![], vec![("CQL_VERSION", "2.0.0")], vec![("CQL_VERSION", "3.0.0"), ("COMPRESSION", "zstd")]]
        {
            let error = client.ask_error(2, startup(&options)).await;
            assert_eq!(error.kind, ErrorKind::ProtocolError);
        }
        if version == ProtocolVersion::V5 {
            let snappy = startup(&[("CQL_VERSION", "3.0.0"), ("COMPRESSION", "snappy")]);
            assert_eq!(client.ask_error(2, snappy).await.kind, ErrorKind::ProtocolError);
        }
        client.start_with(Some(Compression::Lz4), &[]).await;
        client.assert_served().await;
    }
}

#[tokio::test]
async fn another_version_on_a_started_connection_is_refused_and_the_connection_lives() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    client.version = ProtocolVersion::V3;
    client.send(6, Request::Options).await;
    let answer = client.receive().await;
    assert_eq!((answer.version, answer.stream), (ProtocolVersion::V4, 6));
    let Response::Error(error) = answer.response else { panic!("an error is due") };
    assert_eq!(
        error.message,
        "Invalid message version. Got 3/v3 but previous messages on this connection had version 4/v4"
    );
    client.version = ProtocolVersion::V4;
    client.assert_served().await;
}
