//! Wire formats: bytes to values and back, for both ends of a connection.
//!
//! Pure: no sockets, no tasks, no clock. The server's front doors and our own client share it, so that each
//! format is written once and tested against itself. What a request *means* is not here.

pub mod native;
