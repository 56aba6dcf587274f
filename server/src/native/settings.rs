//! [`NativeSettings`]: the limits of the native protocol's door, with the arithmetic behind them.

/// Limits of the door. Constants until two users need different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeSettings {
    /// Largest body of a request, in bytes. Default 64 MiB: no write above half a commit log segment can be
    /// kept anyway, and the specification's 256 MiB is the most that may be set here.
    pub request_size_bytes_max: usize,
    /// Requests of one connection that are carried out at the same time. Default 1024: past it the connection
    /// is not read until one is answered, or answers Overloaded if the client asked for that.
    pub in_flight_max: usize,
    /// Bytes of requests of all connections that are carried out at the same time. Default 256 MiB.
    pub in_flight_bytes_max: usize,
    /// Bytes that may wait to be sent on one connection before its requests wait. Default 4 MiB: a few pages.
    pub outgoing_bytes_max: usize,
    /// Connections. Default 4096: at about 20 KiB for an idle one, 80 MiB.
    pub connections_max: usize,
}

impl Default for NativeSettings {
    fn default() -> NativeSettings {
        NativeSettings {
            request_size_bytes_max: 64 * 1024 * 1024,
            in_flight_max: 1024,
            in_flight_bytes_max: 256 * 1024 * 1024,
            outgoing_bytes_max: 4 * 1024 * 1024,
            connections_max: 4096,
        }
    }
}

const _: () = assert!(64 * 1024 * 1024 <= proto::native::ENVELOPE_SIZE_BYTES_MAX);
