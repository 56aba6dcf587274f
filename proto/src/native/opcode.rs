//! [`Opcode`]: what kind of message an envelope carries.

use std::fmt;

/// Kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// Response: the request failed.
    Error = 0x00,
    /// Request: first message of a connection.
    Startup = 0x01,
    /// Response: the connection may be used.
    Ready = 0x02,
    /// Response: credentials are wanted.
    Authenticate = 0x03,
    /// Request: which options are there; also the heartbeat.
    Options = 0x05,
    /// Response to OPTIONS.
    Supported = 0x06,
    /// Request: run a statement.
    Query = 0x07,
    /// Response: what a statement gave.
    Result = 0x08,
    /// Request: parse and keep a statement.
    Prepare = 0x09,
    /// Request: run a kept statement.
    Execute = 0x0A,
    /// Request: send me events.
    Register = 0x0B,
    /// Response without a request, on stream -1.
    Event = 0x0C,
    /// Request: run several modifications.
    Batch = 0x0D,
    /// Response: another round of authentication.
    AuthChallenge = 0x0E,
    /// Request: credentials.
    AuthResponse = 0x0F,
    /// Response: the credentials are good.
    AuthSuccess = 0x10,
}

impl Opcode {
    /// The opcode with this code.
    pub fn from_code(code: u8) -> Option<Opcode> {
        Some(match code {
            0x00 => Opcode::Error,
            0x01 => Opcode::Startup,
            0x02 => Opcode::Ready,
            0x03 => Opcode::Authenticate,
            0x05 => Opcode::Options,
            0x06 => Opcode::Supported,
            0x07 => Opcode::Query,
            0x08 => Opcode::Result,
            0x09 => Opcode::Prepare,
            0x0A => Opcode::Execute,
            0x0B => Opcode::Register,
            0x0C => Opcode::Event,
            0x0D => Opcode::Batch,
            0x0E => Opcode::AuthChallenge,
            0x0F => Opcode::AuthResponse,
            0x10 => Opcode::AuthSuccess,
            _ => return None,
        })
    }

    /// Its code on the wire.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether a client sends it.
    pub fn is_request(self) -> bool {
        matches!(
            self,
            Opcode::Startup
                | Opcode::Options
                | Opcode::Query
                | Opcode::Prepare
                | Opcode::Execute
                | Opcode::Register
                | Opcode::Batch
                | Opcode::AuthResponse
        )
    }

    /// Its name in the specification.
    pub fn name(self) -> &'static str {
        match self {
            Opcode::Error => "ERROR",
            Opcode::Startup => "STARTUP",
            Opcode::Ready => "READY",
            Opcode::Authenticate => "AUTHENTICATE",
            Opcode::Options => "OPTIONS",
            Opcode::Supported => "SUPPORTED",
            Opcode::Query => "QUERY",
            Opcode::Result => "RESULT",
            Opcode::Prepare => "PREPARE",
            Opcode::Execute => "EXECUTE",
            Opcode::Register => "REGISTER",
            Opcode::Event => "EVENT",
            Opcode::Batch => "BATCH",
            Opcode::AuthChallenge => "AUTH_CHALLENGE",
            Opcode::AuthResponse => "AUTH_RESPONSE",
            Opcode::AuthSuccess => "AUTH_SUCCESS",
        }
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_opcodes_are_one_to_one() {
        let known = (0..=255u8).filter(|code| {
            let opcode = Opcode::from_code(*code);
            opcode.is_none_or(|opcode| opcode.code() == *code) && opcode.is_some()
        });
        assert_eq!(known.count(), 16);
        assert_eq!(Opcode::from_code(0x04), None, "CREDENTIALS went with version 1");
    }
}
