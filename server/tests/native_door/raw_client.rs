//! A client that can misbehave: it sends what it is told and shows every envelope that comes back.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use proto::native::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct RawClient {
    pub(crate) stream: TcpStream,
    pub(crate) version: ProtocolVersion,
    pub(crate) writer: EnvelopeWriter,
    reader: EnvelopeReader,
    input: BytesMut,
}

pub(crate) fn text_query(text: &str) -> Request {
    Request::Query(Query { text: text.to_string(), parameters: QueryParameters::default() })
}

pub(crate) fn startup(pairs: &[(&str, &str)]) -> Request {
    Request::Startup(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
}

/// Every version with every compression it may use.
pub(crate) fn every_wire() -> Vec<(ProtocolVersion, Option<Compression>)> {
    let mut wires = Vec::new();
    for version in ProtocolVersion::ALL {
        wires.push((version, None));
        wires.push((version, Some(Compression::Lz4)));
        if version < ProtocolVersion::V5 {
            wires.push((version, Some(Compression::Snappy)));
        }
    }
    wires
}

impl RawClient {
    /// A socket on which nothing was said.
    pub(crate) async fn connect(address: SocketAddr, version: ProtocolVersion) -> RawClient {
        RawClient {
            stream: TcpStream::connect(address).await.expect("the door listens"),
            version,
            writer: EnvelopeWriter::new(),
            reader: EnvelopeReader::of_responses(ENVELOPE_SIZE_BYTES_MAX),
            input: BytesMut::new(),
        }
    }

    /// A started connection.
    pub(crate) async fn start(
        address: SocketAddr,
        version: ProtocolVersion,
        compression: Option<Compression>,
    ) -> RawClient {
        let mut client = RawClient::connect(address, version).await;
        client.start_with(compression, &[]).await;
        client
    }

    pub(crate) async fn start_with(&mut self, compression: Option<Compression>, more: &[(&str, &str)]) {
        let mut options = vec![("CQL_VERSION", "3.0.0"), ("DRIVER_NAME", "raw")];
        options.extend(compression.map(|compression| ("COMPRESSION", compression.name())));
        options.extend(more);
        self.send(1, startup(&options)).await;
        self.writer.switch(self.version, compression);
        let ready = self.receive().await;
        assert_eq!((ready.stream, &ready.response), (1, &Response::Ready));
        self.reader.switch(self.version, compression);
    }

    pub(crate) fn encode(&mut self, stream: i16, request: Request) -> BytesMut {
        let mut out = BytesMut::new();
        self.writer.push_request(&RequestEnvelope::new(self.version, stream, request), &mut out);
        self.writer.flush(&mut out);
        out
    }

    pub(crate) async fn send(&mut self, stream: i16, request: Request) {
        let bytes = self.encode(stream, request);
        self.send_bytes(&bytes).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the door reads");
    }

    pub(crate) async fn receive(&mut self) -> ResponseEnvelope {
        self.try_receive().await.expect("an answer before the connection is closed")
    }

    /// The next answer; `None` when the connection was closed.
    pub(crate) async fn try_receive(&mut self) -> Option<ResponseEnvelope> {
        loop {
            match self.reader.next(&mut self.input).expect("the door sends whole frames") {
                Some(Inbound::Envelope(envelope)) => {
                    return Some(ResponseEnvelope::decode(envelope).expect("the door's answers decode"));
                }
                Some(refused) => panic!("{refused:?}"),
                None => {}
            }
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read_buf(&mut self.input));
            match read.await.expect("an answer in time") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn ask(&mut self, stream: i16, request: Request) -> Response {
        self.send(stream, request).await;
        let answer = self.receive().await;
        assert_eq!(answer.stream, stream);
        assert_eq!(answer.version, self.version, "the answer echoes the version");
        answer.response
    }

    pub(crate) async fn ask_error(&mut self, stream: i16, request: Request) -> ErrorBody {
        match self.ask(stream, request).await {
            Response::Error(error) => error,
            other => panic!("{other:?} is not an error"),
        }
    }

    /// Shows that the connection still works.
    pub(crate) async fn assert_served(&mut self) {
        assert_eq!(first_key(&self.ask(77, text_query("echo still here")).await), "still here");
    }
}

/// The text of the first cell.
pub(crate) fn first_key(response: &Response) -> String {
    let cells = first_row(response);
    String::from_utf8(cells[0].clone().expect("a key").to_vec()).expect("text")
}

pub(crate) fn first_row(response: &Response) -> Vec<Option<bytes::Bytes>> {
    let Response::Result(ResultBody::Rows(rows)) = response else { panic!("{response:?} has no rows") };
    rows.iter().next().expect("a row").expect("cells")
}
