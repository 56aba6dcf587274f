//! [`StatementService`]: the one service behind every door: text or id -> bound statement -> answer.
//!
//! On the data's way: door -> **here** (parse or look up, bind, check values) -> execution -> door.
//! Left out: what a statement does, which is `execute_bound`'s and what it calls.

use std::sync::Arc;

use bytes::Bytes;
use proto::native::{
    Batch, BatchKind, Execute, Prepare, PreparedBody, Query, QueryParameters, RawValue, ResultBody,
    StatementRef, WriteType,
};

use super::availability::LiveNodes;
use super::bound::{Bound, BoundStatement, bind_statement};
use super::clients::Clients;
use super::describe::describe_metadata;
use super::environment::Environment;
use super::execute_bound::{Request, StatementContext};
use super::modify::{ModifyPlan, WriteOptions, execute_batch};
use super::prepared::{Prepared, PreparedCache};
use super::prepared_store::PreparedStore;
use super::syntax::{Statement, parse_statement};
use super::trace::Trace;
use super::values::{check_positional, check_values};
use crate::error::CqlError;
use crate::native::{Answer, CqlService, Reply, RequestContext};
use crate::node::engine_pool::EnginePool;
use crate::node::facts::NodeFacts;
use crate::node::schema_registry::SchemaRegistry;

/// What a service is made of.
pub(crate) struct StatementServiceParts {
    /// Storage, schema, time and chance.
    pub(crate) environment: Arc<Environment>,
    /// Where the schema changes.
    pub(crate) registry: Arc<SchemaRegistry>,
    /// What the node tells of itself.
    pub(crate) facts: Arc<NodeFacts>,
    /// Who is connected.
    pub(crate) clients: Arc<Clients>,
}

/// Carries out requests; one a node.
pub(crate) struct StatementService {
    context: Arc<StatementContext>,
    prepared: PreparedCache,
    store: PreparedStore,
    clients: Arc<Clients>,
}

impl StatementService {
    /// A service over the node's parts.
    pub(crate) fn new(parts: StatementServiceParts) -> StatementService {
        let StatementServiceParts { environment, registry, facts, clients } = parts;
        let live = LiveNodes {
            by_datacenter: [(facts.datacenter.clone(), 1)].into(),
            local: facts.datacenter.clone(),
        };
        let store = PreparedStore::new(Arc::clone(&environment));
        let context = StatementContext { environment, registry, facts, live, pool: EnginePool::new() };
        StatementService { context: Arc::new(context), prepared: PreparedCache::new(), store, clients }
    }

    /// The kept statement with this id, from memory or from where it was kept before a restart.
    async fn find_prepared(&self, id: &Bytes) -> Result<Arc<Prepared>, CqlError> {
        if let Some(prepared) = self.prepared.get(id) {
            return Ok(prepared);
        }
        let Some((text, keyspace)) = self.store.find(id).await? else {
            return Err(CqlError::unprepared(id.clone()));
        };
        let schema = self.context.environment.schema.load_full();
        // What it refers to may be gone; the client finds out by preparing it again.
        let prepared = Prepared::new(&text, keyspace.as_deref(), &schema, true)
            .map_err(|_| CqlError::unprepared(id.clone()))?;
        let prepared = Arc::new(prepared);
        self.prepared.insert(Arc::clone(&prepared));
        Ok(prepared)
    }

    /// Binds one statement of a batch and checks its values.
    async fn batch_member(
        &self,
        statement: &StatementRef,
        values: &[RawValue],
        keyspace: Option<&str>,
    ) -> Result<(Arc<ModifyPlan>, Vec<RawValue>), CqlError> {
        let schema = self.context.environment.schema.load_full();
        let bound: Arc<BoundStatement> = match statement {
            StatementRef::Text(text) => {
                let parsed = parse_statement(text)?;
                Arc::new(bind_statement(&parsed, text, &schema, keyspace)?)
            }
            StatementRef::Prepared(id) => self.find_prepared(id).await?.bound(&schema)?,
        };
        let Bound::Modify(plan) = &bound.bound else {
            return Err(CqlError::invalid(
                "Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.",
            ));
        };
        Ok((Arc::clone(plan), check_positional(values, &bound.markers)?))
    }
}

impl StatementService {
    /// Carries out `work`, and keeps a trace of it when the client asked for one.
    async fn traced(
        &self,
        context: &RequestContext,
        text: &str,
        work: impl Future<Output = Reply> + Send,
    ) -> Reply {
        if !context.tracing {
            return work.await;
        }
        let environment = &self.context.environment;
        let trace = Trace::begin(environment, context.client.address.ip(), text);
        let reply = work.await;
        let kept = match trace.finish(environment, &self.context.facts, &reply) {
            Ok(mutations) => environment.storage.write(mutations, WriteType::Simple).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "a trace was not kept; its request was answered all the same");
        }
        reply.map(|answer| Answer { tracing_id: Some(trace.id()), ..answer })
    }

    async fn run_query(&self, context: &RequestContext, query: Query) -> Reply {
        let keyspace = keyspace_of(context, query.parameters.keyspace.as_ref());
        let parsed = parse_statement(&query.text)?;
        let schema = self.context.environment.schema.load_full();
        let bound = bind_statement(&parsed, &query.text, &schema, keyspace.as_deref())?;
        let values = check_values(&query.parameters.values, &bound.markers)?;
        let request = Request { values, parameters: query.parameters, keyspace };
        Arc::clone(&self.context).execute(Arc::new(bound), request).await
    }

    async fn run_prepared(&self, prepared: &Prepared, execute: Execute) -> Reply {
        let schema = self.context.environment.schema.load_full();
        let bound = prepared.bound(&schema)?;
        let values = check_values(&execute.parameters.values, &bound.markers)?;
        let keyspace = prepared.keyspace.clone();
        let request = Request { values, parameters: execute.parameters, keyspace };
        let metadata = bound.result_metadata.clone();
        let mut answer = Arc::clone(&self.context).execute(bound, request).await?;
        if let ResultBody::Rows(rows) = &mut answer.result {
            match (&execute.result_metadata_id, &metadata) {
                // Columns that the statement did not always have are told every time.
                (_, None) => rows.skip_metadata = false,
                (Some(known), Some(metadata)) => {
                    let id = metadata.id();
                    if *known != id {
                        rows.new_metadata_id = Some(id);
                    }
                }
                // Versions 3 and 4 cannot say what they know.
                (None, Some(_)) => rows.skip_metadata &= !prepared.is_outdated(),
            }
        }
        Ok(answer)
    }

    async fn run_batch(&self, context: &RequestContext, batch: Batch) -> Reply {
        let keyspace = keyspace_of(context, batch.keyspace.as_ref());
        let mut statements = Vec::with_capacity(batch.statements.len());
        for member in &batch.statements {
            statements.push(self.batch_member(&member.statement, &member.values, keyspace.as_deref()).await?);
        }
        let options = WriteOptions {
            timestamp: batch.default_timestamp,
            now_in_seconds: batch.now_in_seconds.map(i64::from),
            consistency: batch.consistency,
            serial_consistency: batch.serial_consistency,
        };
        let context = &self.context;
        context.check_writes(statements.iter().map(|(plan, _)| &**plan), options)?;
        let outcome = execute_batch(&context.environment, batch.kind, &statements, None, options).await?;
        Ok(Answer { warnings: outcome.warnings, ..outcome.result.into() })
    }
}

/// The keyspace of unqualified names: the request's own (version 5), or the connection's.
fn keyspace_of(context: &RequestContext, own: Option<&String>) -> Option<String> {
    own.cloned().or_else(|| context.client.keyspace().map(|name| name.to_string()))
}

impl CqlService for StatementService {
    async fn query(&self, context: RequestContext, query: Query) -> Reply {
        self.clients.saw(&context.client);
        // The text is asked for only where a trace shows it.
        let text = if context.tracing { query.text.clone() } else { String::new() };
        self.traced(&context, &text, self.run_query(&context, query)).await
    }

    async fn prepare(&self, context: RequestContext, prepare: Prepare) -> Reply {
        self.clients.saw(&context.client);
        let keyspace = keyspace_of(&context, prepare.keyspace.as_ref());
        let schema = self.context.environment.schema.load_full();
        let fresh = Prepared::new(&prepare.text, keyspace.as_deref(), &schema, false)?;
        let prepared = match self.prepared.get(&fresh.id) {
            // Kept already; others may hold its older columns, which it remembers.
            Some(kept) => kept,
            None => {
                let fresh = Arc::new(fresh);
                self.store.keep(&fresh).await?;
                self.prepared.insert(Arc::clone(&fresh));
                fresh
            }
        };
        let bound = prepared.bound(&schema)?;
        let result = match &bound.bound {
            Bound::Other(statement) => match &**statement {
                Statement::Describe(describe) => Some(describe_metadata(describe)),
                _ => None,
            },
            _ => bound.result_metadata.clone(),
        };
        let body = PreparedBody {
            id: prepared.id.clone(),
            result_metadata_id: Some(result.as_ref().map(|metadata| metadata.id()).unwrap_or_default()),
            bind: Arc::clone(&bound.bind_metadata),
            result,
        };
        Ok(ResultBody::Prepared(body).into())
    }

    async fn execute(&self, context: RequestContext, execute: Execute) -> Reply {
        self.clients.saw(&context.client);
        let prepared = self.find_prepared(&execute.id).await?;
        self.traced(&context, &prepared.text, self.run_prepared(&prepared, execute)).await
    }

    async fn batch(&self, context: RequestContext, batch: Batch) -> Reply {
        self.clients.saw(&context.client);
        self.traced(&context, "BATCH", self.run_batch(&context, batch)).await
    }
}

/// The kind of a batch that was written as text, as the protocol names it.
pub(super) fn batch_kind(kind: super::syntax::ast::BatchKind) -> BatchKind {
    match kind {
        super::syntax::ast::BatchKind::Logged => BatchKind::Logged,
        super::syntax::ast::BatchKind::Unlogged => BatchKind::Unlogged,
        super::syntax::ast::BatchKind::Counter => BatchKind::Counter,
    }
}

/// What a request's parameters say about its writes.
pub(super) fn write_options(parameters: &QueryParameters) -> WriteOptions {
    WriteOptions {
        timestamp: parameters.default_timestamp,
        now_in_seconds: parameters.now_in_seconds.map(i64::from),
        consistency: parameters.consistency,
        serial_consistency: parameters.serial_consistency,
    }
}
