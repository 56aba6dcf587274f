//! A connection to a node over the CQL native protocol: what the shell speaks.
//!
//! Requests go out and answers come back on one socket; nothing is spawned, so that whoever calls also drives.
//! The codec is `proto::native`; values stay wire bytes here. Left out: events, pools, routing, retries.

mod answer;
mod connect_options;
mod connection;
mod pages;
mod prepared;

pub use answer::Answer;
pub use connect_options::ConnectOptions;
pub use connection::Connection;
pub use pages::Pages;
pub use prepared::Prepared;
