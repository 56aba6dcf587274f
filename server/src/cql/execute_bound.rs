//! [`StatementContext`]: carries out a bound statement.

use std::sync::Arc;

use proto::native::{Consistency, QueryParameters, RawValue, ResultBody};

use super::availability::LiveNodes;
use super::bound::{Bound, BoundBatch, BoundStatement};
use super::definition::execute_definition;
use super::describe::execute_describe;
use super::environment::Environment;
use super::expression::Scope;
use super::modify::{ModifyPlan, WriteOptions, batch_timestamp, execute_batch, execute_modify};
use super::select::{PageRequest, SelectPlan};
use super::statement_service::{batch_kind, write_options};
use super::syntax::Statement;
use crate::error::CqlError;
use crate::native::{Answer, Reply};
use crate::node::engine_pool::EnginePool;
use crate::node::facts::NodeFacts;
use crate::node::schema_registry::SchemaRegistry;

/// What executing needs of the node.
pub(super) struct StatementContext {
    pub(super) environment: Arc<Environment>,
    pub(super) registry: Arc<SchemaRegistry>,
    pub(super) facts: Arc<NodeFacts>,
    pub(super) live: LiveNodes,
    pub(super) pool: EnginePool,
}

/// What a client asks with a statement.
pub(super) struct Request {
    /// One value a marker, checked.
    pub(super) values: Vec<RawValue>,
    /// Level, paging, timestamp.
    pub(super) parameters: QueryParameters,
    /// Keyspace of unqualified names.
    pub(super) keyspace: Option<String>,
}

impl StatementContext {
    /// Carries out one statement.
    ///
    /// Errors: what the statement, its values or the level ask for and cannot have; storage's.
    pub(super) async fn execute(self: Arc<Self>, bound: Arc<BoundStatement>, request: Request) -> Reply {
        match &bound.bound {
            Bound::Select(plan) => self.select(Arc::clone(plan), request).await,
            Bound::Modify(plan) => {
                let options = write_options(&request.parameters);
                self.check_writes([&**plan].into_iter(), options)?;
                Ok(execute_modify(&self.environment, plan, &request.values, options).await?.into())
            }
            Bound::Batch(batch) => self.batch(batch, request).await,
            Bound::Other(_) => self.other(bound, request).await,
        }
    }

    /// Checks that the levels of some writes can be reached.
    pub(super) fn check_writes<'p>(
        &self,
        plans: impl Iterator<Item = &'p ModifyPlan>,
        options: WriteOptions,
    ) -> Result<(), CqlError> {
        let schema = self.environment.schema.load();
        for plan in plans {
            let serial = options.serial_consistency.unwrap_or(Consistency::Serial);
            let serial = plan.is_conditional().then_some(serial);
            let keyspace = &plan.table.keyspace;
            self.live.check_write(&schema, keyspace, options.consistency, serial, plan.is_counter())?;
        }
        Ok(())
    }

    async fn select(self: Arc<Self>, plan: Arc<SelectPlan>, request: Request) -> Reply {
        let level = request.parameters.consistency;
        self.live.check_read(&self.environment.schema.load(), &plan.table.keyspace, level)?;
        if plan.is_point_read() {
            return self.select_page(&plan, &request);
        }
        let pool = self.pool.clone();
        pool.run(move || self.select_page(&plan, &request)).await
    }

    fn select_page(&self, plan: &SelectPlan, request: &Request) -> Reply {
        let parameters = &request.parameters;
        let environment = &*self.environment;
        let now_seconds = parameters.now_in_seconds.map_or_else(|| environment.now_seconds(), i64::from);
        let scope = Scope { context: Some(environment), now_seconds, ..Scope::of_values(&request.values) };
        let page = PageRequest {
            // Zero and less ask for everything at once.
            page_size: parameters
                .page_size
                .and_then(|rows| u32::try_from(rows).ok())
                .filter(|rows| *rows > 0),
            paging_state: parameters.paging_state.clone(),
        };
        let result = plan.run(&environment.storage, &scope, &page)?;
        let mut rows = result.rows;
        rows.skip_metadata = parameters.skip_metadata;
        Ok(Answer { warnings: result.warnings, ..ResultBody::Rows(rows).into() })
    }

    async fn batch(&self, batch: &BoundBatch, request: Request) -> Reply {
        let options = write_options(&request.parameters);
        self.check_writes(batch.plans.iter().map(|plan| &**plan), options)?;
        let timestamp = batch_timestamp(batch.timestamp.as_ref(), &request.values, &self.environment)?;
        let statements: Vec<_> =
            batch.plans.iter().map(|plan| (Arc::clone(plan), request.values.clone())).collect();
        let kind = batch_kind(batch.kind);
        let outcome = execute_batch(&self.environment, kind, &statements, timestamp, options).await?;
        Ok(Answer { warnings: outcome.warnings, ..outcome.result.into() })
    }

    async fn other(self: Arc<Self>, bound: Arc<BoundStatement>, request: Request) -> Reply {
        let Bound::Other(statement) = &bound.bound else {
            return Err(CqlError::server("a statement with a plan was taken for one without"));
        };
        match &**statement {
            Statement::Use(name) => {
                let name = &name.keyspace.text;
                if self.environment.schema.load().keyspace(name).is_none() {
                    return Err(CqlError::invalid(format!("Keyspace '{name}' does not exist")));
                }
                Ok(ResultBody::SetKeyspace(name.clone()).into())
            }
            Statement::Describe(describe) => {
                let schema = self.environment.schema.load();
                Ok(execute_describe(&schema, &self.facts, describe, request.keyspace.as_deref())?.into())
            }
            _ => {
                let pool = self.pool.clone();
                pool.run(move || {
                    let Bound::Other(statement) = &bound.bound else {
                        return Err(CqlError::server("a statement with a plan was taken for one without"));
                    };
                    let keyspace = request.keyspace.as_deref();
                    execute_definition(&self.environment, &self.registry, statement, keyspace)
                })
                .await
            }
        }
    }
}
