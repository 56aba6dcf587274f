//! One connection: a task that reads requests and writes answers, and a task for each request in between.
//!
//! States: awaiting STARTUP (only OPTIONS is answered), then started. A request that does not decode is answered
//! with an error on its stream; the connection ends only when its bytes cannot be followed any further, and then
//! after the answer was sent. Answers leave in the order they are ready.
//! Invariants: requests in flight, their bytes and the bytes to send are bounded; past a bound the socket is not
//! read. Left out: what a request means (the service behind), authentication.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use proto::native::{
    ENVELOPE_SIZE_BYTES_MAX, Envelope, EnvelopeHeader, EnvelopeReader, ErrorBody, ErrorKind, Event,
    EventType, FrameError, Inbound, Opcode, ProtocolVersion, Refusal, Request, RequestEnvelope, Response,
    ResponseEnvelope, ResultBody, unsupported_version_text,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::client_state::ClientState;
use super::cql_service::{Answer, CqlService, Reply, RequestContext};
use super::event::EventBroadcast;
use super::handshake::{agree, supported};
use super::outgoing::Outgoing;
use super::settings::NativeSettings;
use crate::error::CqlError;
use crate::node::{Closing, TaskGroup};

/// A client that takes nothing of what we send for so long is gone.
const WRITE_STALL_MAX: Duration = Duration::from_secs(60);
/// A client that sends nothing for so long before STARTUP is none.
const STARTUP_WAIT_MAX: Duration = Duration::from_secs(60);
/// Largest cells of a result, in bytes: the largest envelope without what stands before the rows.
const RESULT_SIZE_MAX: usize = ENVELOPE_SIZE_BYTES_MAX - 16 * 1024 * 1024;
/// Largest body before STARTUP, in bytes: whoever has not even said hello is not kept memory for.
const STARTUP_SIZE_MAX: usize = 64 * 1024;
/// How long, and for how many bytes, a client that is being hung up on is still listened to.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 * 1024 * 1024;
/// Smallest and largest room made for one read.
const READ_SIZE_MIN: usize = 8 * 1024;
const READ_SIZE_MAX: usize = 512 * 1024;
/// A smaller body is copied, so that its values, which live on in memtables, do not hold a read buffer.
const COPIED_BODY_MAX: usize = 16 * 1024;

/// What the connections of a listener share.
#[derive(Debug)]
pub(super) struct Door<S> {
    pub(super) service: S,
    pub(super) settings: NativeSettings,
    pub(super) events: EventBroadcast,
    /// Tasks of requests.
    pub(super) requests: TaskGroup,
    /// Room for the bytes of requests in flight, in units of [`BYTES_A_PERMIT`].
    pub(super) in_flight_bytes: Arc<Semaphore>,
}

const BYTES_A_PERMIT: usize = 1024;

impl<S> Door<S> {
    pub(super) fn new(
        service: S,
        settings: NativeSettings,
        events: EventBroadcast,
        requests: TaskGroup,
    ) -> Door<S> {
        let in_flight_bytes = Arc::new(Semaphore::new(permits(settings.in_flight_bytes_max)));
        Door { service, settings, events, requests, in_flight_bytes }
    }

    /// Waits until the bytes of a request have room. One that is larger than all room takes all of it.
    async fn room_for(&self, size: usize) -> Option<OwnedSemaphorePermit> {
        let wanted = permits(size).min(permits(self.settings.in_flight_bytes_max));
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        // An error says that the door is closed; then nothing needs counting.
        self.in_flight_bytes.clone().acquire_many_owned(wanted).await.ok()
    }
}

fn permits(bytes: usize) -> usize {
    (bytes.div_ceil(BYTES_A_PERMIT)).max(1)
}

/// Why a connection is read no further.
#[derive(Debug)]
enum End {
    /// The client closed it.
    Closed,
    /// The node stops.
    Closing,
    /// The socket failed.
    Failed(io::Error),
    /// The client sent what cannot be followed; it was answered if that made sense.
    HungUp(String),
}

/// Serves one connection until it ends.
pub(super) async fn serve<S, R, W>(
    door: Arc<Door<S>>,
    mut reader: R,
    mut writer: W,
    address: SocketAddr,
    closing: Closing,
) where
    S: CqlService,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let outgoing = Arc::new(Outgoing::new(door.settings.outgoing_bytes_max, door.settings.in_flight_max));
    let mut connection = Connection {
        envelopes: EnvelopeReader::of_requests(STARTUP_SIZE_MAX),
        door,
        outgoing: outgoing.clone(),
        address,
        closing,
        client: None,
        events: None,
        event_types: Vec::new(),
    };
    let end = {
        let reading = connection.read(&mut reader);
        let writing = write(&mut writer, &outgoing);
        tokio::pin!(reading, writing);
        let end = tokio::select! {
            end = &mut reading => end,
            failed = &mut writing => match failed {
                Ok(()) => End::Closed,
                Err(error) => End::Failed(error),
            },
        };
        if !matches!(end, End::Failed(_)) {
            // What was begun is still answered.
            outgoing.end();
            if let Err(error) = writing.await {
                tracing::debug!(%address, %error, "answers could not be sent");
            }
        }
        end
    };
    outgoing.close();
    match end {
        End::Closed | End::Closing => {
            let _ = writer.shutdown().await;
        }
        End::Failed(error) => tracing::debug!(%address, %error, "connection failed"),
        End::HungUp(reason) => {
            tracing::info!(%address, reason, "connection closed: the client broke the protocol");
            hang_up(&mut reader, &mut writer).await;
        }
    }
}

/// Closes a connection so that the client can still read the last answer: closing with bytes unread would reset
/// it and throw the answer away.
async fn hang_up<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(reader: &mut R, writer: &mut W) {
    let _ = writer.shutdown().await;
    let drain = async {
        let mut thrown = 0;
        let mut buffer = vec![0; READ_SIZE_MIN];
        while thrown < LINGER_BYTES {
            match reader.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(size) => thrown += size,
            }
        }
    };
    let _ = timeout(LINGER_TIME, drain).await;
}

/// Sends what is to be sent until nothing is left and nothing will come.
async fn write<W: AsyncWrite + Unpin>(writer: &mut W, outgoing: &Outgoing) -> io::Result<()> {
    let mut sent = BytesMut::new();
    while let Some(mut bytes) = outgoing.next_write(sent).await {
        while bytes.has_remaining() {
            match timeout(WRITE_STALL_MAX, writer.write(&bytes)).await {
                Ok(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(Ok(size)) => bytes.advance(size),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads nothing")),
            }
        }
        writer.flush().await?;
        sent = bytes;
    }
    Ok(())
}

/// What one wait of the connection ended with.
enum Wake {
    Read(io::Result<usize>),
    Event(Result<Arc<Event>, RecvError>),
    Closing,
    TooLate,
}

struct Connection<S> {
    door: Arc<Door<S>>,
    outgoing: Arc<Outgoing>,
    envelopes: EnvelopeReader,
    address: SocketAddr,
    closing: Closing,
    /// Set by STARTUP.
    client: Option<Arc<ClientState>>,
    /// Set by REGISTER.
    events: Option<broadcast::Receiver<Arc<Event>>>,
    event_types: Vec<EventType>,
}

impl<S: CqlService> Connection<S> {
    async fn read<R: AsyncRead + Unpin>(&mut self, reader: &mut R) -> End {
        let mut input = BytesMut::new();
        loop {
            loop {
                match self.envelopes.next(&mut input) {
                    Ok(Some(Inbound::Envelope(envelope))) => self.handle_envelope(envelope).await,
                    Ok(Some(Inbound::Refused(header, refusal))) => self.handle_refused(header, refusal),
                    Ok(None) => break,
                    Err(error) => return self.handle_broken(error),
                }
            }
            if input.is_empty() && input.capacity() > READ_SIZE_MAX {
                input = BytesMut::new();
            }
            input.reserve(input.len().clamp(READ_SIZE_MIN, READ_SIZE_MAX));
            match self.wait(reader, &mut input).await {
                Wake::Read(Ok(0)) => return End::Closed,
                Wake::Read(Ok(_)) => {}
                Wake::Read(Err(error)) => return End::Failed(error),
                Wake::Closing => return End::Closing,
                Wake::TooLate => return End::HungUp("nothing came before STARTUP".to_string()),
                Wake::Event(Ok(event)) => {
                    self.outgoing.has_room().await;
                    self.handle_event(&event);
                }
                Wake::Event(Err(RecvError::Closed)) => self.events = None,
                Wake::Event(Err(RecvError::Lagged(lost))) => {
                    return End::HungUp(format!("it is too slow for its events: {lost} were lost"));
                }
            }
        }
    }

    async fn wait<R: AsyncRead + Unpin>(&mut self, reader: &mut R, input: &mut BytesMut) -> Wake {
        let (events, started) = (&mut self.events, self.client.is_some());
        let event = async {
            match events {
                Some(events) => events.recv().await,
                None => std::future::pending().await,
            }
        };
        let startup = async {
            if started {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(STARTUP_WAIT_MAX).await;
        };
        // Every branch may be dropped half-way: a read that did not finish took nothing, an event stays queued.
        tokio::select! {
            biased;
            () = self.closing.begun() => Wake::Closing,
            // Before reading, so that a busy client is told its events too; they are few.
            event = event => Wake::Event(event),
            read = reader.read_buf(input) => Wake::Read(read),
            () = startup => Wake::TooLate,
        }
    }

    fn tell(&self, version: ProtocolVersion, stream: i16, response: Response) {
        self.outgoing.tell(&ResponseEnvelope::new(version, stream, response));
    }

    fn tell_error(&self, version: ProtocolVersion, stream: i16, kind: ErrorKind, message: impl Into<String>) {
        self.tell(version, stream, Response::Error(ErrorBody::new(kind, message)));
    }

    fn handle_broken(&self, error: FrameError) -> End {
        // Before STARTUP the answer carries our greatest version, from which drivers choose the next to try.
        let version = self.client.as_ref().map_or(ProtocolVersion::NEWEST, |client| client.version);
        match error {
            FrameError::UnsupportedVersion { version: asked, stream, use_beta } => {
                let message = unsupported_version_text(asked, use_beta);
                self.tell_error(version, stream, ErrorKind::ProtocolError, message);
            }
            FrameError::NegativeLength { stream, .. } => {
                self.tell_error(version, stream, ErrorKind::ProtocolError, error.to_string());
            }
            // Whose request it was is not known, so that an answer could reach the wrong one.
            FrameError::Direction { .. }
            | FrameError::HeaderChecksum { .. }
            | FrameError::PayloadChecksum { .. }
            | FrameError::Decompression(_)
            | FrameError::Containment(_) => {}
        }
        End::HungUp(error.to_string())
    }

    fn handle_refused(&self, header: EnvelopeHeader, refusal: Refusal) {
        let (version, stream) = (header.version, header.stream);
        match refusal {
            // Not a protocol error, at which drivers would close the connection and send the same to the next node.
            Refusal::TooLarge { limit } => {
                let length = header.length;
                let message =
                    format!("Request is too big: length {length} exceeds maximum allowed length {limit}");
                self.tell_error(version, stream, ErrorKind::Invalid, message);
            }
            Refusal::Compression(what) => self.tell_error(version, stream, ErrorKind::ProtocolError, what),
            Refusal::Version { agreed } => {
                let message = format!(
                    "Invalid message version. Got {version} but previous messages on this connection had version {agreed}"
                );
                self.tell_error(agreed, stream, ErrorKind::ProtocolError, message);
            }
        }
    }

    fn handle_event(&self, event: &Event) {
        let Some(client) = &self.client else { return };
        if self.event_types.contains(&event.event_type()) {
            self.tell(client.version, -1, Response::Event(event.clone()));
        }
    }

    async fn handle_envelope(&mut self, mut envelope: Envelope) {
        let EnvelopeHeader { version, stream, opcode, .. } = envelope.header;
        let size = envelope.body.len();
        if size <= COPIED_BODY_MAX {
            envelope.body = Bytes::copy_from_slice(&envelope.body);
        }
        let request = match RequestEnvelope::decode(envelope) {
            Ok(request) => request,
            Err(error) => {
                let name = Opcode::from_code(opcode).map_or("message", Opcode::name);
                let message = format!("Malformed {name}: {error}");
                return self.tell_error(version, stream, ErrorKind::ProtocolError, message);
            }
        };
        // The answers below are not counted as requests, but they too wait for a client that does not read.
        self.outgoing.has_room().await;
        let tracing = request.tracing;
        match (&self.client, request.request) {
            (_, Request::Options) => self.tell(version, stream, Response::Supported(supported())),
            (None, Request::Startup(options)) => self.handle_startup(version, stream, options),
            (None, other) => {
                let message = format!("Unexpected message {}, expecting STARTUP or OPTIONS", other.opcode());
                self.tell_error(version, stream, ErrorKind::ProtocolError, message);
            }
            (Some(_), Request::Startup(_)) => {
                let message = "Unexpected message STARTUP, the connection has been started";
                self.tell_error(version, stream, ErrorKind::ProtocolError, message);
            }
            (Some(_), Request::AuthResponse(_)) => {
                let message = "Unexpected message AUTH_RESPONSE, no authentication is under way";
                self.tell_error(version, stream, ErrorKind::ProtocolError, message);
            }
            (Some(_), Request::Register(types)) => {
                self.event_types.extend(types);
                if self.events.is_none() {
                    self.events = Some(self.door.events.subscribe());
                }
                self.tell(version, stream, Response::Ready);
            }
            (Some(client), request) => {
                let context = RequestContext { client: client.clone(), tracing };
                self.start_request(context, stream, request, size).await;
            }
        }
    }

    fn handle_startup(&mut self, version: ProtocolVersion, stream: i16, options: Vec<(String, String)>) {
        let agreement = match agree(version, options) {
            Ok(agreement) => agreement,
            Err(refusal) => return self.tell_error(version, stream, ErrorKind::ProtocolError, refusal),
        };
        let compression = agreement.compression;
        let client = ClientState::new(self.address, version, compression, agreement.options);
        tracing::debug!(
            address = %self.address,
            %version,
            driver = client.driver_name.as_deref().unwrap_or("unknown"),
            "connection started"
        );
        self.client = Some(Arc::new(client));
        let ready = ResponseEnvelope::new(version, stream, Response::Ready);
        self.outgoing.tell_and_switch(&ready, version, compression);
        self.envelopes.switch(version, compression);
        self.envelopes.set_body_size_max(self.door.settings.request_size_bytes_max);
    }

    /// Begins a request: waits for room, then carries it out beside the others.
    async fn start_request(&self, context: RequestContext, stream: i16, request: Request, size: usize) {
        let version = context.client.version;
        if !self.outgoing.try_begin() {
            if context.client.throws_on_overload() {
                let message = "Too many requests are in flight on this connection";
                return self.tell_error(version, stream, ErrorKind::Overloaded, message);
            }
            self.outgoing.begin().await;
        }
        let begun = Begun { outgoing: self.outgoing.clone(), version, stream, answered: false };
        let room = self.door.room_for(size).await;
        let door = self.door.clone();
        self.door.requests.spawn(async move {
            let asked_for_trace = context.tracing;
            let client = context.client.clone();
            let reply = carry_out(&door.service, context, request).await;
            if let Ok(answer) = &reply
                && let ResultBody::SetKeyspace(keyspace) = &answer.result
            {
                client.set_keyspace(keyspace);
            }
            // Given back before the answer waits for the client, which may never read it.
            drop(room);
            begun.answer(reply, asked_for_trace).await;
        });
    }
}

async fn carry_out<S: CqlService>(service: &S, context: RequestContext, request: Request) -> Reply {
    match request {
        Request::Query(query) => service.query(context, query).await,
        Request::Prepare(prepare) => service.prepare(context, prepare).await,
        Request::Execute(execute) => service.execute(context, execute).await,
        Request::Batch(batch) => service.batch(context, batch).await,
        Request::Startup(_) | Request::Options | Request::Register(_) | Request::AuthResponse(_) => {
            Err(CqlError::server("the connection answers this itself"))
        }
    }
}

/// Refuses a result that no envelope can carry; with pages there is none.
fn sendable(answer: Answer) -> Reply {
    match &answer.result {
        ResultBody::Rows(rows) if rows.content.len() > RESULT_SIZE_MAX => Err(CqlError::invalid(format!(
            "the result has {} bytes, more than the {RESULT_SIZE_MAX} that can be sent at once; use a smaller page size",
            rows.content.len()
        ))),
        _ => Ok(answer),
    }
}

/// A request that was begun: answered once, also when carrying it out panics.
struct Begun {
    outgoing: Arc<Outgoing>,
    version: ProtocolVersion,
    stream: i16,
    answered: bool,
}

impl Begun {
    async fn answer(mut self, reply: Reply, asked_for_trace: bool) {
        let response = match reply.and_then(sendable) {
            Ok(answer) => ResponseEnvelope {
                version: self.version,
                stream: self.stream,
                tracing_id: answer.tracing_id.filter(|_| asked_for_trace),
                warnings: answer.warnings,
                custom_payload: answer.custom_payload,
                response: Response::Result(answer.result),
            },
            Err(error) => {
                ResponseEnvelope::new(self.version, self.stream, Response::Error(error.body().clone()))
            }
        };
        self.outgoing.answer(&response).await;
        self.answered = true;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.answered {
            let error = ErrorBody::new(ErrorKind::ServerError, "the request failed inside the server");
            let response = ResponseEnvelope::new(self.version, self.stream, Response::Error(error));
            self.outgoing.answer_now(&response);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proto::native::{Rows, RowsBuilder};
    use std::sync::Arc;

    #[test]
    fn a_result_that_no_envelope_can_carry_is_refused_with_a_way_out() {
        let rows = RowsBuilder::new(Arc::default()).finish();
        let large = Rows { content: Bytes::from(vec![0; RESULT_SIZE_MAX + 1]), ..rows.clone() };
        let error = sendable(ResultBody::Rows(large).into()).expect_err("too large");
        assert!(error.to_string().contains("use a smaller page size"), "{error}");
        assert!(sendable(ResultBody::Rows(rows).into()).is_ok());
    }
}
