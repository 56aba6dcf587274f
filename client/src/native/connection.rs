//! [`Connection`]: one socket to a node, started, with at most one caller at a time.
//!
//! Every request has a stream id of its own, so that the answer to a request whose caller went away is known as
//! such and thrown away: dropping a call half-way leaves the connection usable.
//! Invariant: after an error that leaves the bytes uncertain the connection answers [`Error::Closed`] only.
#![expect(clippy::disallowed_methods, reason = "the client's connection connects here")]

use std::collections::HashSet;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use proto::native::{
    Batch, ENVELOPE_SIZE_BYTES_MAX, EnvelopeReader, EnvelopeWriter, ErrorBody, ErrorKind, Execute, Inbound,
    Prepare, ProtocolVersion, Query, QueryParameters, Request, RequestEnvelope, Response, ResponseEnvelope,
    ResultBody,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::Answer;
use super::connect_options::ConnectOptions;
use super::pages::{Paged, Pages};
use super::prepared::Prepared;
use crate::error::Error;

const READ_SIZE: usize = 64 * 1024;

/// A started connection to a node.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    address: String,
    version: ProtocolVersion,
    request_timeout: Option<Duration>,
    reader: EnvelopeReader,
    writer: EnvelopeWriter,
    input: BytesMut,
    /// What is still to be sent, also of a call that went away while sending.
    output: BytesMut,
    /// Streams whose answer has not come.
    outstanding: HashSet<i16>,
    next_stream: i16,
    keyspace: Option<String>,
    /// Why the connection is of no more use.
    broken: Option<String>,
}

impl Connection {
    /// Connects to `address` (`host:port`) and starts the connection, in the newest version both ends know.
    ///
    /// Errors: [`Error::Connect`] when nobody answers there, [`Error::Answered`] when the node refuses.
    pub async fn connect(address: &str, options: &ConnectOptions) -> Result<Connection, Error> {
        let started = async {
            let mut version = options.version;
            loop {
                let mut connection = Connection::open(address, version, options).await?;
                match connection.start(options).await {
                    Ok(()) => return Ok(connection),
                    Err(Error::Answered(error)) => {
                        version = older(version)
                            .filter(|_| refuses_version(&error))
                            .ok_or(Error::Answered(error))?;
                    }
                    Err(other) => return Err(other),
                }
            }
        };
        match timeout(options.connect_timeout, started).await {
            Ok(result) => result,
            Err(_) => Err(Error::Connect {
                address: address.to_string(),
                reason: format!("no answer within {:?}", options.connect_timeout),
            }),
        }
    }

    async fn open(
        address: &str,
        version: ProtocolVersion,
        options: &ConnectOptions,
    ) -> Result<Connection, Error> {
        let stream = TcpStream::connect(address).await.map_err(|error| Error::connect(address, &error))?;
        stream.set_nodelay(true).map_err(|error| Error::connect(address, &error))?;
        Ok(Connection {
            stream,
            address: address.to_string(),
            version,
            request_timeout: options.request_timeout,
            reader: EnvelopeReader::of_responses(ENVELOPE_SIZE_BYTES_MAX),
            writer: EnvelopeWriter::new(),
            input: BytesMut::new(),
            output: BytesMut::new(),
            outstanding: HashSet::new(),
            next_stream: 0,
            keyspace: None,
            broken: None,
        })
    }

    async fn start(&mut self, options: &ConnectOptions) -> Result<(), Error> {
        let stream = self.send(Request::Startup(options.startup()), false).await?;
        let ready = self.receive(stream).await?;
        match ready.response {
            Response::Ready => {
                self.reader.switch(self.version, options.compression);
                self.writer.switch(self.version, options.compression);
                Ok(())
            }
            Response::Error(error) => Err(Error::Answered(Box::new(error))),
            Response::Authenticate(class) => Err(Error::Connect {
                address: self.address.clone(),
                reason: format!("the node asks for credentials ({class}), which this client cannot give yet"),
            }),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Where it is connected to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Version of the protocol in use.
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// Keyspace of unqualified names, as the last `USE` set it.
    pub fn keyspace(&self) -> Option<&str> {
        self.keyspace.as_deref()
    }

    /// Runs a statement.
    ///
    /// Errors: see [`Error`]. Cancel: the connection stays usable; the statement may be carried out.
    pub async fn query(&mut self, text: &str, parameters: QueryParameters) -> Result<Answer, Error> {
        self.query_traced(text, parameters, false).await
    }

    /// As [`Connection::query`], and the node keeps a trace of it if `tracing`.
    pub async fn query_traced(
        &mut self,
        text: &str,
        parameters: QueryParameters,
        tracing: bool,
    ) -> Result<Answer, Error> {
        self.ask(Request::Query(Query { text: text.to_string(), parameters }), tracing).await
    }

    /// Has the node parse and keep a statement.
    ///
    /// Errors: see [`Error`].
    pub async fn prepare(&mut self, text: &str) -> Result<Prepared, Error> {
        let request = Request::Prepare(Prepare { text: text.to_string(), keyspace: None });
        match self.ask(request, false).await?.result {
            ResultBody::Prepared(body) => Ok(Prepared::new(text.to_string(), body)),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Runs a prepared statement; prepares it again when the node has forgotten it.
    ///
    /// Errors: see [`Error`]. Cancel: as [`Connection::query`].
    pub async fn execute(
        &mut self,
        prepared: &mut Prepared,
        parameters: QueryParameters,
    ) -> Result<Answer, Error> {
        self.execute_traced(prepared, parameters, false).await
    }

    /// As [`Connection::execute`], and the node keeps a trace of it if `tracing`.
    pub async fn execute_traced(
        &mut self,
        prepared: &mut Prepared,
        parameters: QueryParameters,
        tracing: bool,
    ) -> Result<Answer, Error> {
        let answer = match self.execute_once(prepared, parameters.clone(), tracing).await {
            // Not known here, so not carried out: safe to repeat.
            Err(Error::Answered(error)) if matches!(error.kind, ErrorKind::Unprepared { .. }) => {
                *prepared = self.prepare(&prepared.text).await?;
                self.execute_once(prepared, parameters, tracing).await
            }
            other => other,
        };
        let mut answer = answer?;
        if let ResultBody::Rows(rows) = &mut answer.result {
            if let Some(id) = &rows.new_metadata_id {
                prepared.result_metadata_id = Some(id.clone());
                prepared.result = Some(rows.metadata.clone());
            } else if rows.skip_metadata {
                rows.metadata = prepared.result.clone().unwrap_or_default();
            }
            if rows.metadata.columns.len() != rows.column_count {
                let message = format!(
                    "a result of {} columns came for a statement of {}",
                    rows.column_count,
                    rows.metadata.columns.len()
                );
                return Err(self.break_off(message));
            }
        }
        Ok(answer)
    }

    async fn execute_once(
        &mut self,
        prepared: &Prepared,
        mut parameters: QueryParameters,
        tracing: bool,
    ) -> Result<Answer, Error> {
        // Before version 5 the node cannot tell when the columns have changed; so they are sent each time.
        parameters.skip_metadata = self.version >= ProtocolVersion::V5 && prepared.result.is_some();
        let execute = Execute {
            id: prepared.id.clone(),
            result_metadata_id: prepared.result_metadata_id.clone(),
            parameters,
        };
        self.ask(Request::Execute(execute), tracing).await
    }

    /// Runs several modifications.
    ///
    /// Errors: see [`Error`]. Cancel: as [`Connection::query`].
    pub async fn batch(&mut self, batch: Batch) -> Result<Answer, Error> {
        self.ask(Request::Batch(batch), false).await
    }

    /// The pages of a statement; `parameters.page_size` says how many rows each.
    pub fn query_pages<'a>(
        &'a mut self,
        text: &'a str,
        parameters: QueryParameters,
        tracing: bool,
    ) -> Pages<'a> {
        Pages::new(self, Paged::Text(text), parameters, tracing)
    }

    /// The pages of a prepared statement.
    pub fn execute_pages<'a>(
        &'a mut self,
        prepared: &'a mut Prepared,
        parameters: QueryParameters,
        tracing: bool,
    ) -> Pages<'a> {
        Pages::new(self, Paged::Prepared(prepared), parameters, tracing)
    }

    /// Runs many requests with up to `in_flight_max` under way at a time, and hands each answer to `each` with the
    /// number of its request, in the order the answers come.
    ///
    /// Errors: only those that end the connection; what the node refuses goes to `each`.
    pub async fn run_many(
        &mut self,
        requests: impl IntoIterator<Item = Request>,
        in_flight_max: usize,
        mut each: impl FnMut(usize, Result<Answer, Error>),
    ) -> Result<(), Error> {
        let mut requests = requests.into_iter().enumerate();
        let mut numbers = std::collections::HashMap::new();
        loop {
            while numbers.len() < in_flight_max.max(1) {
                let Some((number, request)) = requests.next() else { break };
                numbers.insert(self.encode(request, false)?, number);
            }
            if numbers.is_empty() {
                return Ok(());
            }
            self.flush().await?;
            let envelope = self.receive_any().await?;
            let Some(number) = numbers.remove(&envelope.stream) else { continue };
            each(number, self.answer_of(envelope));
        }
    }

    /// Sends a request and waits for its answer.
    async fn ask(&mut self, request: Request, tracing: bool) -> Result<Answer, Error> {
        let wait = self.request_timeout;
        let asked = async {
            let stream = self.send(request, tracing).await?;
            let envelope = self.receive(stream).await?;
            self.answer_of(envelope)
        };
        match wait {
            None => asked.await,
            Some(wait) => match timeout(wait, asked).await {
                Ok(answer) => answer,
                Err(_) => Err(Error::UnknownOutcome(format!("no answer within {wait:?}"))),
            },
        }
    }

    fn answer_of(&mut self, envelope: ResponseEnvelope) -> Result<Answer, Error> {
        match envelope.response {
            Response::Result(result) => {
                if let ResultBody::SetKeyspace(keyspace) = &result {
                    self.keyspace = Some(keyspace.clone());
                }
                Ok(Answer { result, warnings: envelope.warnings, tracing_id: envelope.tracing_id })
            }
            Response::Error(error) => Err(Error::Answered(Box::new(error))),
            other => Err(self.unexpected(&other)),
        }
    }

    async fn send(&mut self, request: Request, tracing: bool) -> Result<i16, Error> {
        let stream = self.encode(request, tracing)?;
        self.flush().await?;
        Ok(stream)
    }

    /// Appends a request to what is to be sent, on a stream that is free.
    fn encode(&mut self, request: Request, tracing: bool) -> Result<i16, Error> {
        if let Some(reason) = &self.broken {
            return Err(Error::Closed(reason.clone()));
        }
        if self.outstanding.len() > i16::MAX as usize {
            return Err(Error::Closed("every stream waits for an answer".to_string()));
        }
        while self.outstanding.contains(&self.next_stream) {
            self.next_stream = self.next_stream.checked_add(1).unwrap_or(0);
        }
        let stream = self.next_stream;
        self.next_stream = self.next_stream.checked_add(1).unwrap_or(0);
        let envelope = RequestEnvelope { tracing, ..RequestEnvelope::new(self.version, stream, request) };
        self.writer.push_request(&envelope, &mut self.output);
        self.outstanding.insert(stream);
        Ok(stream)
    }

    /// Sends what is to be sent. Cancel: safe; the rest is sent by the next call.
    async fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush(&mut self.output);
        while self.output.has_remaining() {
            match self.stream.write(&self.output).await {
                Ok(0) => return Err(self.lost("the node takes no more bytes")),
                Ok(size) => self.output.advance(size),
                Err(error) => return Err(self.lost(&error.to_string())),
            }
        }
        Ok(())
    }

    /// The answer on `stream`; answers on others belong to callers that went away.
    async fn receive(&mut self, stream: i16) -> Result<ResponseEnvelope, Error> {
        loop {
            let envelope = self.receive_any().await?;
            if envelope.stream == stream {
                return Ok(envelope);
            }
        }
    }

    /// The next answer. Cancel: safe.
    async fn receive_any(&mut self) -> Result<ResponseEnvelope, Error> {
        loop {
            match self.reader.next(&mut self.input) {
                Ok(Some(Inbound::Envelope(envelope))) => {
                    let stream = envelope.header.stream;
                    self.outstanding.remove(&stream);
                    return ResponseEnvelope::decode(envelope)
                        .map_err(|error| self.break_off(format!("an answer does not decode: {error}")));
                }
                Ok(Some(Inbound::Refused(header, refusal))) => {
                    return Err(self.break_off(format!("answer on stream {}: {refusal:?}", header.stream)));
                }
                Ok(None) => {}
                Err(error) => return Err(self.break_off(error.to_string())),
            }
            self.input.reserve(READ_SIZE);
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) => return Err(self.lost("the node closed the connection")),
                Ok(_) => {}
                Err(error) => return Err(self.lost(&error.to_string())),
            }
        }
    }

    /// The connection ended under a request.
    fn lost(&mut self, reason: &str) -> Error {
        self.broken = Some(reason.to_string());
        Error::UnknownOutcome(reason.to_string())
    }

    /// The connection's bytes make no sense any more.
    fn break_off(&mut self, reason: String) -> Error {
        self.broken = Some(reason.clone());
        Error::Protocol(reason)
    }

    fn unexpected(&mut self, what: &impl std::fmt::Debug) -> Error {
        self.break_off(format!("an answer that no such request has: {what:?}"))
    }
}

fn older(version: ProtocolVersion) -> Option<ProtocolVersion> {
    ProtocolVersion::from_number(version.number() - 1)
}

/// Whether the node refuses the version rather than something else.
fn refuses_version(error: &ErrorBody) -> bool {
    error.kind == ErrorKind::ProtocolError
        && (error.message.contains("unsupported protocol version") || error.message.contains("USE_BETA"))
}
