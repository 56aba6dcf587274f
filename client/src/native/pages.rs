//! [`Pages`]: the pages of one result, fetched as they are asked for.

use bytes::Bytes;
use proto::native::QueryParameters;

use super::answer::Answer;
use super::connection::Connection;
use super::prepared::Prepared;
use crate::error::Error;

/// What is paged through.
#[derive(Debug)]
pub(super) enum Paged<'a> {
    Text(&'a str),
    Prepared(&'a mut Prepared),
}

/// Iterates over the pages of a statement. Every answer but the last is a page with more behind it; an answer
/// without rows is the only one.
#[derive(Debug)]
pub struct Pages<'a> {
    connection: &'a mut Connection,
    statement: Paged<'a>,
    parameters: QueryParameters,
    tracing: bool,
    /// `None`: the last page was fetched.
    next: Option<Option<Bytes>>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        connection: &'a mut Connection,
        statement: Paged<'a>,
        parameters: QueryParameters,
        tracing: bool,
    ) -> Pages<'a> {
        let next = Some(parameters.paging_state.clone());
        Pages { connection, statement, parameters, tracing, next }
    }

    /// The next page; `None` after the last.
    ///
    /// Errors: as the request's. The same page is asked for again by the next call.
    /// Cancel: safe; the page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        let Some(state) = &self.next else { return Ok(None) };
        let parameters = QueryParameters { paging_state: state.clone(), ..self.parameters.clone() };
        let answer = match &mut self.statement {
            Paged::Text(text) => self.connection.query_traced(text, parameters, self.tracing).await?,
            Paged::Prepared(prepared) => {
                self.connection.execute_traced(prepared, parameters, self.tracing).await?
            }
        };
        self.next = answer.rows().and_then(|rows| rows.paging_state.clone()).map(Some);
        Ok(Some(answer))
    }
}
