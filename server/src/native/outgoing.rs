//! [`Outgoing`]: the answers of one connection on their way to its socket, and its requests in flight.
//!
//! Whoever finishes a request encodes its answer straight into one buffer; the connection's task takes the buffer
//! whole, so that one write carries all answers that gathered while the last write ran.
//! Invariants: the buffer passes its limit by one answer at most; no request begins while it is over the limit
//! or too many are in flight; every begun request is answered or abandoned exactly once.

use bytes::BytesMut;
use parking_lot::Mutex;
use proto::native::{Compression, EnvelopeWriter, ProtocolVersion, ResponseEnvelope};
use tokio::sync::Notify;

/// A buffer that a large answer made larger than this is given back after the write.
const KEPT_BYTES_MAX: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Outgoing {
    state: Mutex<State>,
    bytes_max: usize,
    in_flight_max: usize,
    /// For the connection's task: there is something to send, or nothing will come any more.
    ready: Notify,
    /// For requests that wait to begin or to be answered: there may be room.
    room: Notify,
}

#[derive(Debug)]
struct State {
    writer: EnvelopeWriter,
    buffer: BytesMut,
    has_answers: bool,
    in_flight: usize,
    /// No request will begin any more.
    ended: bool,
    /// The socket is gone; answers are thrown away.
    closed: bool,
}

impl Outgoing {
    pub(super) fn new(bytes_max: usize, in_flight_max: usize) -> Outgoing {
        let state = State {
            writer: EnvelopeWriter::new(),
            buffer: BytesMut::new(),
            has_answers: false,
            in_flight: 0,
            ended: false,
            closed: false,
        };
        Outgoing {
            state: Mutex::new(state),
            bytes_max,
            in_flight_max,
            ready: Notify::new(),
            room: Notify::new(),
        }
    }

    /// Begins a request if there is room.
    pub(super) fn try_begin(&self) -> bool {
        let mut state = self.state.lock();
        let room = state.in_flight < self.in_flight_max && state.buffer.len() < self.bytes_max;
        if room {
            state.in_flight += 1;
        }
        room
    }

    /// Begins a request once there is room. Cancel: safe.
    pub(super) async fn begin(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Enlisted before the look, so that room made in between is not missed.
            room.as_mut().enable();
            if self.try_begin() {
                return;
            }
            room.await;
        }
    }

    /// Answers a begun request once there is room. Cancel: safe; then the request is not answered.
    pub(super) async fn answer(&self, response: &ResponseEnvelope) {
        if !self.try_answer(response) {
            loop {
                let room = self.room.notified();
                tokio::pin!(room);
                room.as_mut().enable();
                if self.try_answer(response) {
                    break;
                }
                room.await;
            }
        }
        self.wake();
    }

    fn try_answer(&self, response: &ResponseEnvelope) -> bool {
        let mut state = self.state.lock();
        let room = state.closed || state.buffer.len() < self.bytes_max;
        if room {
            state.push(response);
            state.in_flight -= 1;
        }
        room
    }

    /// Answers a begun request at once, room or not; for what must not wait.
    pub(super) fn answer_now(&self, response: &ResponseEnvelope) {
        {
            let mut state = self.state.lock();
            state.push(response);
            state.in_flight -= 1;
        }
        self.wake();
    }

    /// Sends what answers no begun request: handshake, refusals, events.
    pub(super) fn tell(&self, response: &ResponseEnvelope) {
        self.state.lock().push(response);
        self.ready.notify_one();
    }

    /// Sends the answer to STARTUP, and everything after it as was agreed on.
    pub(super) fn tell_and_switch(
        &self,
        response: &ResponseEnvelope,
        version: ProtocolVersion,
        compression: Option<Compression>,
    ) {
        let mut state = self.state.lock();
        state.push(response);
        state.writer.switch(version, compression);
        drop(state);
        self.ready.notify_one();
    }

    /// Waits until there is room for what is told without having begun. Cancel: safe.
    pub(super) async fn has_room(&self) {
        while self.is_full() {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            if self.is_full() {
                room.await;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.state.lock().buffer.len() >= self.bytes_max
    }

    /// No request will begin any more.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.ready.notify_one();
    }

    /// The socket is gone: answers to come are thrown away.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.ended = true;
        state.buffer = BytesMut::new();
        drop(state);
        self.wake();
    }

    /// What is to be sent next, complete up to the end of an envelope or frame; `None` when nothing is left and
    /// nothing will come. `sent` is the buffer of the last write, to be used again. Cancel: safe.
    pub(super) async fn next_write(&self, mut sent: BytesMut) -> Option<BytesMut> {
        sent.clear();
        if sent.capacity() > KEPT_BYTES_MAX {
            sent = BytesMut::new();
        }
        let mut waited = false;
        loop {
            let several = {
                let mut state = self.state.lock();
                let State { has_answers, in_flight, ended, .. } = *state;
                if has_answers && (waited || in_flight == 0) {
                    let write = state.take(sent);
                    drop(state);
                    self.room.notify_waiters();
                    return Some(write);
                }
                if !has_answers && ended && in_flight == 0 {
                    return None;
                }
                has_answers
            };
            if several {
                // More requests are in flight: those about to finish may come along with this write.
                waited = true;
                tokio::task::yield_now().await;
            } else {
                self.ready.notified().await;
            }
        }
    }

    fn wake(&self) {
        self.ready.notify_one();
        self.room.notify_waiters();
    }
}

impl State {
    fn push(&mut self, response: &ResponseEnvelope) {
        if !self.closed {
            self.writer.push_response(response, &mut self.buffer);
            self.has_answers = true;
        }
    }

    fn take(&mut self, empty: BytesMut) -> BytesMut {
        self.writer.flush(&mut self.buffer);
        self.has_answers = false;
        std::mem::replace(&mut self.buffer, empty)
    }
}
