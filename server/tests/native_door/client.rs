//! Our own client against the door.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use client::Error;
use client::native::{Answer, ConnectOptions, Connection};
use proto::native::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fake::{TestDoor, metadata};
use crate::raw_client::{every_wire, text_query};

fn none() -> QueryParameters {
    QueryParameters::default()
}

fn key(answer: &Answer) -> String {
    let row = answer.rows().expect("rows").iter().next().expect("a row").expect("cells");
    String::from_utf8(row[0].clone().expect("a key").to_vec()).expect("text")
}

async fn connect(door: &TestDoor) -> Connection {
    Connection::connect(&door.address.to_string(), &ConnectOptions::default()).await.expect("a door")
}

#[tokio::test]
async fn statements_run_in_every_version_and_compression() {
    let door = TestDoor::open().await;
    for (version, compression) in every_wire() {
        let options = ConnectOptions { version, compression, ..ConnectOptions::default() };
        let mut connection = Connection::connect(&door.address.to_string(), &options).await.expect("a door");
        assert_eq!(connection.version(), version);
        assert_eq!(key(&connection.query("echo hello", none()).await.expect("rows")), "hello");
        let error = connection.query("selekt", none()).await.expect_err("no such statement");
        assert_eq!(error.answered().map(|body| &body.kind), Some(&ErrorKind::SyntaxError));
        connection.query("use flights", none()).await.expect("a keyspace");
        assert_eq!(connection.keyspace(), Some("flights"));

        let mut prepared = connection.prepare("kept").await.expect("a statement");
        assert_eq!(prepared.bind.columns, metadata().columns);
        let values = BoundValues::Positional(vec![RawValue::Bytes(Bytes::from_static(b"v"))]);
        let answer =
            connection.execute(&mut prepared, QueryParameters { values, ..none() }).await.expect("rows");
        assert_eq!(answer.rows().expect("rows").metadata, metadata(), "columns that were not sent are known");
    }
}

#[tokio::test]
async fn a_forgotten_statement_is_prepared_again() {
    let door = TestDoor::open().await;
    let mut connection = connect(&door).await;
    let mut prepared = connection.prepare("forgotten").await.expect("a statement");
    assert_eq!(key(&connection.execute(&mut prepared, none()).await.expect("rows")), "first");
}

#[tokio::test]
async fn columns_that_changed_since_prepare_are_learnt() {
    let door = TestDoor::open().await;
    let mut connection = connect(&door).await;
    let mut prepared = connection.prepare("altered").await.expect("a statement");
    let first = connection.execute(&mut prepared, none()).await.expect("rows");
    assert_eq!(first.rows().expect("rows").new_metadata_id, Some(metadata().id()));
    let second = connection.execute(&mut prepared, none()).await.expect("rows");
    assert_eq!(second.rows().expect("rows").new_metadata_id, None, "the new id was sent");
    assert!(second.rows().expect("rows").skip_metadata);
}

#[tokio::test]
async fn pages_are_fetched_until_the_last() {
    let door = TestDoor::open().await;
    let mut connection = connect(&door).await;
    let mut keys = Vec::new();
    let mut pages = connection.query_pages("pages 4", none(), false);
    while let Some(page) = pages.next().await.expect("a page") {
        keys.push(key(&page));
    }
    assert_eq!(keys, ["0", "1", "2", "3"]);
    assert_eq!(pages.next().await.expect("no error"), None);
}

#[tokio::test]
async fn many_requests_go_out_together_and_every_answer_finds_its_request() {
    let door = TestDoor::open().await;
    let mut connection = connect(&door).await;
    let requests = (0..500).map(|number| text_query(&format!("echo {number}")));
    let mut answers = vec![None; 500];
    connection
        .run_many(requests, 64, |number, answer| answers[number] = Some(key(&answer.expect("rows"))))
        .await
        .expect("a connection that holds");
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, Some(number.to_string()));
    }
}

#[tokio::test]
async fn an_abandoned_call_leaves_the_connection_usable() {
    let door = TestDoor::open().await;
    let mut connection = connect(&door).await;
    let abandoned = tokio::time::timeout(Duration::from_millis(20), connection.query("wait x", none())).await;
    assert!(abandoned.is_err());
    door.service.gate.add_permits(1);
    assert_eq!(key(&connection.query("echo next", none()).await.expect("rows")), "next");
}

#[tokio::test]
async fn an_older_node_is_asked_in_an_older_version() {
    let door = TestDoor::open().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let behind = door.address;
    tokio::spawn(async move {
        // Refuses version 5 as an older node does, and is the door for everything older.
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut first = [0; 9];
            stream.read_exact(&mut first).await.expect("a header");
            if first[0] >= 5 {
                let error = ErrorBody::new(ErrorKind::ProtocolError, unsupported_version_text(5, false));
                let answer = ResponseEnvelope::new(ProtocolVersion::V4, 0, Response::Error(error));
                let mut out = bytes::BytesMut::new();
                EnvelopeWriter::new().push_response(&answer, &mut out);
                stream.write_all(&out).await.expect("a client");
                continue;
            }
            let mut door = TcpStream::connect(behind).await.expect("the door");
            door.write_all(&first).await.expect("the door");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut door).await });
        }
    });
    let mut connection =
        Connection::connect(&address.to_string(), &ConnectOptions::default()).await.expect("version 4");
    assert_eq!(connection.version(), ProtocolVersion::V4);
    assert_eq!(key(&connection.query("echo old", none()).await.expect("rows")), "old");
}

#[tokio::test]
async fn a_connection_that_ends_under_a_request_leaves_its_outcome_unknown() {
    let door = TestDoor::open().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let behind = door.address;
    tokio::spawn(async move {
        // Lets STARTUP and READY through, then one request, and hangs up.
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut door = TcpStream::connect(behind).await.expect("the door");
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).await.expect("STARTUP");
        door.write_all(&buffer[..size]).await.expect("the door");
        let size = door.read(&mut buffer).await.expect("READY");
        stream.write_all(&buffer[..size]).await.expect("a client");
        assert!(stream.read(&mut buffer).await.expect("a request") > 0);
    });
    let mut connection =
        Connection::connect(&address.to_string(), &ConnectOptions::default()).await.expect("a door");
    let error = connection.query("echo x", none()).await.expect_err("nobody answers");
    assert!(error.outcome_is_unknown(), "{error}");
    let error = connection.query("echo x", none()).await.expect_err("nobody is there");
    assert!(matches!(error, Error::Closed(_)), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_the_address() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    drop(listener);
    let error = Connection::connect(&address, &ConnectOptions::default()).await.expect_err("nobody");
    assert!(matches!(&error, Error::Connect { .. }) && error.to_string().contains(&address), "{error}");
}
