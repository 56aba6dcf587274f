//! Many requests at a time, slow clients, limits, and the end of a connection.

use std::time::Duration;

use bytes::BytesMut;
use proto::native::*;
use server::native::NativeSettings;
use tokio::io::AsyncWriteExt;

use crate::fake::TestDoor;
use crate::raw_client::{RawClient, every_wire, first_key, first_row, text_query};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_run_at_the_same_time_and_each_is_answered_on_its_stream() {
    let door = TestDoor::open().await;
    for version in [ProtocolVersion::V4, ProtocolVersion::V5] {
        let mut client = RawClient::start(door.address, version, Some(Compression::Lz4)).await;
        let arrived = door.service.waiting.load(std::sync::atomic::Ordering::SeqCst);
        let mut out = BytesMut::new();
        for stream in 0..1000 {
            out.extend_from_slice(&client.encode(stream, text_query(&format!("wait {stream}"))));
        }
        client.send_bytes(&out).await;
        // None was answered yet, so that all of them are in flight together.
        door.until_waiting(arrived + 1000).await;
        client.assert_served().await;
        door.service.gate.add_permits(1000);
        let mut seen = vec![false; 1000];
        for _ in 0..1000 {
            let answer = client.receive().await;
            assert_eq!(first_key(&answer.response), answer.stream.to_string());
            assert!(!std::mem::replace(&mut seen[answer.stream as usize], true), "answered once");
        }
    }
}

#[tokio::test]
async fn requests_past_the_limit_wait_and_are_all_answered() {
    let settings = NativeSettings { in_flight_max: 8, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    for stream in 0..50 {
        client.send(stream, text_query(&format!("wait {stream}"))).await;
    }
    door.until_waiting(8).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(door.service.waiting.load(std::sync::atomic::Ordering::SeqCst), 8, "no more than the limit");
    door.service.gate.add_permits(50);
    for _ in 0..50 {
        let answer = client.receive().await;
        assert_eq!(first_key(&answer.response), answer.stream.to_string());
    }
}

#[tokio::test]
async fn a_client_that_asked_for_it_is_told_that_it_sends_too_much() {
    let settings = NativeSettings { in_flight_max: 2, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut client = RawClient::connect(door.address, ProtocolVersion::V4).await;
    client.start_with(None, &[("THROW_ON_OVERLOAD", "1")]).await;
    for stream in 0..3 {
        client.send(stream, text_query("wait x")).await;
    }
    let refused = client.receive().await;
    assert_eq!(refused.stream, 2);
    assert!(matches!(refused.response, Response::Error(ErrorBody { kind: ErrorKind::Overloaded, .. })));
    door.service.gate.add_permits(2);
    client.receive().await;
    client.receive().await;
    client.assert_served().await;
}

#[tokio::test]
async fn requests_larger_than_all_room_for_bytes_are_carried_out_one_by_one() {
    let settings = NativeSettings { in_flight_bytes_max: 10_000, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let text = "y".repeat(30_000);
    for stream in 0..5 {
        client.send(stream, text_query(&format!("echo {text}"))).await;
    }
    for _ in 0..5 {
        assert_eq!(first_key(&client.receive().await.response), text);
    }
}

#[tokio::test]
async fn a_client_that_reads_late_gets_everything_and_others_are_served_meanwhile() {
    let settings = NativeSettings { outgoing_bytes_max: 100_000, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut slow = RawClient::start(door.address, ProtocolVersion::V5, None).await;
    for stream in 0..100 {
        slow.send(stream, text_query("size 200000")).await;
    }
    let mut other = RawClient::start(door.address, ProtocolVersion::V5, None).await;
    other.assert_served().await;
    for _ in 0..100 {
        let answer = slow.receive().await;
        assert_eq!(first_row(&answer.response)[1].as_ref().map(|value| value.len()), Some(200_000));
    }
    slow.assert_served().await;
}

#[tokio::test]
async fn bytes_may_arrive_one_at_a_time() {
    let door = TestDoor::open().await;
    for (version, compression) in every_wire() {
        let mut client = RawClient::start(door.address, version, compression).await;
        client.stream.set_nodelay(true).expect("a socket option");
        let mut bytes = client.encode(1, text_query("echo in pieces"));
        bytes.extend_from_slice(&client.encode(2, text_query("echo in more pieces")));
        for byte in bytes {
            client.send_bytes(&[byte]).await;
            tokio::task::yield_now().await;
        }
        let mut keys =
            [first_key(&client.receive().await.response), first_key(&client.receive().await.response)];
        keys.sort();
        assert_eq!(keys, ["in more pieces", "in pieces"]);
    }
}

#[tokio::test]
async fn what_was_begun_is_answered_when_the_node_stops() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V5, None).await;
    client.send(1, text_query("wait last")).await;
    door.until_waiting(1).await;
    let tasks = door.tasks.clone();
    let closing = tokio::spawn(async move { tasks.close(Duration::from_secs(10)).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    door.service.gate.add_permits(1);
    assert_eq!(first_key(&client.receive().await.response), "last");
    assert_eq!(client.try_receive().await, None, "then the connection is closed");
    assert_eq!(closing.await.expect("no panic"), Vec::new(), "no task outlives the door");
}

#[tokio::test]
async fn what_was_begun_is_answered_when_the_client_has_stopped_sending() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    client.send(1, text_query("wait answer")).await;
    client.stream.shutdown().await.expect("half a close");
    door.until_waiting(1).await;
    door.service.gate.add_permits(1);
    assert_eq!(first_key(&client.receive().await.response), "answer");
    assert_eq!(client.try_receive().await, None);
}

#[tokio::test]
async fn connections_past_the_limit_are_closed_until_one_ends() {
    let settings = NativeSettings { connections_max: 2, ..NativeSettings::default() };
    let door = TestDoor::open_with(settings).await;
    let mut first = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let second = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let mut third = RawClient::connect(door.address, ProtocolVersion::V4).await;
    assert_eq!(third.try_receive().await, None);
    first.assert_served().await;
    drop(second);
    for _ in 0..200 {
        let mut again = RawClient::connect(door.address, ProtocolVersion::V4).await;
        let options = again.encode(0, Request::Options);
        if again.stream.write_all(&options).await.is_ok() && again.try_receive().await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the room of the ended connection was not given to another");
}

#[tokio::test]
async fn a_panic_behind_the_door_fails_one_request_only() {
    let door = TestDoor::open().await;
    let mut client = RawClient::start(door.address, ProtocolVersion::V4, None).await;
    let error = client.ask_error(1, text_query("panic")).await;
    assert_eq!(error.kind, ErrorKind::ServerError);
    client.assert_served().await;
    drop(client);
    assert_eq!(door.close().await, Vec::new());
}
