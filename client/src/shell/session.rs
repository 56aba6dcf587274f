//! [`Session`]: the shell's connection, made again when it was lost.
//!
//! Synchronous on the outside: the shell's own thread waits. What was sent once is never sent again; only a
//! request that certainly did not go out is tried on a new connection.

use proto::native::QueryParameters;
use tokio::runtime::Handle;

use super::error::ShellError;
use crate::error::Error;
use crate::native::{Answer, ConnectOptions, Connection};

/// A connection to one node.
#[derive(Debug)]
pub struct Session {
    runtime: Handle,
    address: String,
    /// `None` after it was lost.
    connection: Option<Connection>,
    keyspace: Option<String>,
    ctrl_c_cancels: bool,
}

impl Session {
    /// Connects to a node at `address` (`host:port`). `runtime` is of the multi-threaded kind and is waited on
    /// by the calling thread, which must not be one of its own.
    ///
    /// Errors: nobody answers there, or not in our protocol.
    pub fn connect(runtime: Handle, address: &str) -> Result<Session, ShellError> {
        let mut session = Session {
            runtime,
            address: address.to_string(),
            connection: None,
            keyspace: None,
            ctrl_c_cancels: false,
        };
        session.connection()?;
        Ok(session)
    }

    /// Whom the shell talks to, for a person.
    pub fn peer(&self) -> String {
        match &self.connection {
            Some(connection) => {
                format!("{} (native protocol v{})", self.address, connection.version().number())
            }
            None => format!("{} (not connected)", self.address),
        }
    }

    /// Keyspace of unqualified names.
    pub fn keyspace(&self) -> Option<&str> {
        self.keyspace.as_deref()
    }

    /// From now on Ctrl-C ends the waiting for an answer, and no longer the process.
    pub fn let_ctrl_c_cancel(&mut self) {
        self.ctrl_c_cancels = true;
    }

    /// Runs a statement and waits for the (first page of the) answer.
    pub fn query(&mut self, text: &str, parameters: &QueryParameters) -> Result<Answer, ShellError> {
        match self.query_once(text, parameters) {
            // Nothing was sent: the node was restarted, perhaps, since the last statement.
            Err(Error::Closed(_)) => self.query_once(text, parameters).map_err(shell_error),
            other => other.map_err(shell_error),
        }
        .and_then(|answer| answer.ok_or(ShellError::Cancelled))
    }

    fn query_once(&mut self, text: &str, parameters: &QueryParameters) -> Result<Option<Answer>, Error> {
        let (runtime, cancels) = (self.runtime.clone(), self.ctrl_c_cancels);
        let connection = self.open()?;
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = connection.query(text, parameters.clone()) => answer.map(Some),
                _ = tokio::signal::ctrl_c(), if cancels => Ok(None),
            }
        });
        match &answer {
            Ok(_) => self.keyspace = connection.keyspace().map(str::to_string),
            Err(Error::Answered(_)) => {}
            Err(_) => self.connection = None,
        }
        answer
    }

    fn connection(&mut self) -> Result<&mut Connection, ShellError> {
        self.open().map_err(shell_error)
    }

    fn open(&mut self) -> Result<&mut Connection, Error> {
        if self.connection.is_none() {
            let options =
                ConnectOptions { application: "basalt shell".to_string(), ..ConnectOptions::default() };
            let keyspace = self.keyspace.as_deref().map(model::types::quote_identifier);
            let connection = self.runtime.block_on(async {
                let mut connection = Connection::connect(&self.address, &options).await?;
                if let Some(keyspace) = keyspace {
                    connection.query(&format!("USE {keyspace}"), QueryParameters::default()).await?;
                }
                Ok::<Connection, Error>(connection)
            })?;
            self.connection = Some(connection);
        }
        Ok(self.connection.as_mut().expect("it was just made"))
    }
}

fn shell_error(error: Error) -> ShellError {
    match error {
        Error::Answered(body) => ShellError::Server(*body),
        Error::Connect { .. } => {
            ShellError::Connection(format!("{error}. Is a node running there? `basalt start` starts one"))
        }
        other => ShellError::Connection(other.to_string()),
    }
}
