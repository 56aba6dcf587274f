//! Every kind of request and what travels around its answer.

use bytes::Bytes;
use proto::native::*;

use server::native::NativeSettings;

use crate::fake::{TestDoor, metadata};
use crate::raw_client::{RawClient, every_wire, first_key, first_row, text_query};

#[tokio::test]
async fn every_request_is_answered_in_every_version_and_compression() {
    let door = TestDoor::open().await;
    for (version, compression) in every_wire() {
        let mut client = RawClient::start(door.address, version, compression).await;
        let long = format!("echo {}", "lots of the same ".repeat(50));
        assert_eq!(first_key(&client.ask(1, text_query(&long)).await), long[5..]);

        let prepared = client.ask(2, Request::Prepare(Prepare { text: "kept".into(), keyspace: None })).await;
        let Response::Result(ResultBody::Prepared(prepared)) = prepared else { panic!("{prepared:?}") };
        assert_eq!(prepared.id, "kept");
        assert_eq!(prepared.result, Some(metadata()));
        let indexes: &[u16] = if version >= ProtocolVersion::V4 { &[0] } else { &[] };
        assert_eq!(prepared.bind.partition_key_indexes, indexes);

        let values = BoundValues::Positional(vec![RawValue::Bytes(Bytes::from_static(b"bound"))]);
        let execute = Execute {
            id: prepared.id,
            result_metadata_id: prepared.result_metadata_id,
            parameters: QueryParameters { values, ..QueryParameters::default() },
        };
        let answer = client.ask(3, Request::Execute(execute.clone())).await;
        assert_eq!(first_row(&answer)[1].as_deref(), Some(&b"bound"[..]));

        let unknown = Request::Execute(Execute { id: Bytes::from_static(b"other"), ..execute });
        let error = client.ask_error(4, unknown).await;
        assert_eq!(error.kind, ErrorKind::Unprepared { id: Bytes::from_static(b"other") });

        let batch = Batch {
            kind: BatchKind::Logged,
            statements: vec![],
            consistency: Consistency::Quorum,
            serial_consistency: None,
            default_timestamp: Some(1),
            keyspace: None,
            now_in_seconds: None,
        };
        assert_eq!(client.ask(5, Request::Batch(batch)).await, Response::Result(ResultBody::Void));
        let error = client.ask_error(6, text_query("selekt")).await;
        assert_eq!(error, ErrorBody::new(ErrorKind::SyntaxError, "no viable alternative at \"selekt\""));
    }
}

#[tokio::test]
async fn answers_larger_than_a_frame_arrive_whole() {
    let door = TestDoor::open().await;
    for (version, compression) in every_wire() {
        let mut client = RawClient::start(door.address, version, compression).await;
        for size in [131_000, 131_072, 3_000_000] {
            let answer = client.ask(1, text_query(&format!("size {size}"))).await;
            assert_eq!(first_row(&answer)[1].as_ref().map(Bytes::len), Some(size));
        }
        let text = "x".repeat(400_000);
        assert_eq!(first_key(&client.ask(2, text_query(&format!("echo {text}"))).await), text);
    }
}

#[tokio::test]
async fn the_keyspace_of_use_holds_for_later_requests_of_that_connection_only() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let mut other = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    assert_eq!(first_row(&client.ask(1, text_query("keyspace")).await)[1], None);
    let set = client.ask(2, text_query("use flights")).await;
    assert_eq!(set, Response::Result(ResultBody::SetKeyspace("flights".into())));
    assert_eq!(first_row(&client.ask(3, text_query("keyspace")).await)[1].as_deref(), Some(&b"flights"[..]));
    assert_eq!(first_row(&other.ask(1, text_query("keyspace")).await)[1], None);
}

#[tokio::test]
async fn warnings_and_tracing_ids_go_to_those_who_can_take_them() {
    let door = TestDoor::open().await;
    for version in ProtocolVersion::ALL {
        let mut client = RawClient::start(door.address, version, None).await;
        for tracing in [false, true] {
            let request = RequestEnvelope { tracing, ..RequestEnvelope::new(version, 1, text_query("warn")) };
            let mut out = bytes::BytesMut::new();
            client.writer.push_request(&request, &mut out);
            client.writer.flush(&mut out);
            client.send_bytes(&out).await;
            let answer = client.receive().await;
            let warnings: &[&str] = if version >= ProtocolVersion::V4 { &["careful"] } else { &[] };
            assert_eq!(answer.warnings, warnings);
            assert_eq!(answer.tracing_id.is_some(), tracing);
        }
    }
}

#[tokio::test]
async fn a_custom_payload_is_taken_and_ignored() {
    let door = TestDoor::open().await;
    let version = ProtocolVersion::V4;
    let mut client = RawClient::start(door.address, version, None).await;
    let custom_payload = vec![("x".to_string(), Some(Bytes::from_static(b"y"))), ("z".to_string(), None)];
    let request =
        RequestEnvelope { custom_payload, ..RequestEnvelope::new(version, 1, text_query("echo x")) };
    let mut out = bytes::BytesMut::new();
    client.writer.push_request(&request, &mut out);
    client.send_bytes(&out).await;
    assert_eq!(first_key(&client.receive().await.response), "x");
}

#[tokio::test]
async fn events_reach_those_who_registered_for_their_type() {
    let door = TestDoor::open().await;
    let schema = Event::Schema(SchemaChange {
        change: ChangeType::Created,
        keyspace: "ks".into(),
        target: ChangeTarget::Table("t".into()),
    });
    let status = Event::Status(StatusChange::Up, door.address);
    for version in ProtocolVersion::ALL {
        let mut listening = RawClient::start(door.address, version, None).await;
        let mut deaf = RawClient::start(door.address, version, None).await;
        let register = Request::Register(vec![EventType::SchemaChange]);
        assert_eq!(listening.ask(1, register).await, Response::Ready);
        door.events.publish(status.clone());
        door.events.publish(schema.clone());
        let event = listening.receive().await;
        assert_eq!((event.stream, event.response), (-1, Response::Event(schema.clone())));
        deaf.assert_served().await;
        assert_eq!(listening.ask(2, Request::Register(vec![EventType::StatusChange])).await, Response::Ready);
        door.events.publish(schema.clone());
        door.events.publish(status.clone());
        assert_eq!(listening.receive().await.response, Response::Event(schema.clone()));
        assert_eq!(listening.receive().await.response, Response::Event(status.clone()));
    }
}

#[tokio::test]
async fn a_client_too_slow_for_its_events_is_closed_and_others_hear_them_all() {
    let settings = NativeSettings { outgoing_bytes_max: 10_000, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut slow = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    assert_eq!(slow.ask(1, Request::Register(vec![EventType::SchemaChange])).await, Response::Ready);
    // So much that the socket is full and nothing more can be told to it.
    for stream in 0..20 {
        slow.send(stream, text_query("size 1000000")).await;
    }
    let mut quick = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    assert_eq!(quick.ask(1, Request::Register(vec![EventType::SchemaChange])).await, Response::Ready);
    let event = |number: usize| {
        Event::Schema(SchemaChange {
            change: ChangeType::Created,
            keyspace: format!("ks{number}"),
            target: ChangeTarget::Keyspace,
        })
    };
    for number in 0..3000 {
        door.events.publish(event(number));
        assert_eq!(quick.receive().await.response, Response::Event(event(number)));
    }
    let mut answers = 0;
    while let Some(answer) = slow.try_receive().await {
        answers += usize::from(answer.stream >= 0);
    }
    assert_eq!(answers, 20, "what was begun is answered before the connection is closed");
}
