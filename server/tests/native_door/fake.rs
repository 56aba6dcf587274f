//! A service that answers by the words of the statement, and a door in front of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use model::types::ColumnType;
use proto::native::*;
use server::error::CqlError;
use server::native::{
    Answer, CqlService, EventBroadcast, NativeListener, NativeSettings, Reply, RequestContext,
};
use server::node::{Tasks, Unfinished};
use tokio::sync::Semaphore;

/// Answers by the first word of a statement.
#[derive(Debug, Clone)]
pub(crate) struct FakeService {
    /// `wait` statements wait for a permit.
    pub(crate) gate: Arc<Semaphore>,
    /// `wait` statements that have arrived.
    pub(crate) waiting: Arc<AtomicUsize>,
}

pub(crate) fn metadata() -> Arc<ResultMetadata> {
    let column = |name: &str, column_type| ColumnSpec {
        keyspace: "ks".to_string(),
        table: "t".to_string(),
        name: name.to_string(),
        column_type,
    };
    Arc::new(ResultMetadata { columns: vec![column("k", ColumnType::Text), column("v", ColumnType::Blob)] })
}

fn rows(cells: &[(&str, Option<&[u8]>)]) -> Answer {
    let mut builder = RowsBuilder::new(metadata());
    for (key, value) in cells {
        builder.push_cell(Some(key.as_bytes()));
        builder.push_cell(*value);
        builder.end_row();
    }
    ResultBody::Rows(builder.finish()).into()
}

impl CqlService for FakeService {
    async fn query(&self, context: RequestContext, query: Query) -> Reply {
        let (word, rest) = query.text.split_once(' ').unwrap_or((&query.text, ""));
        match word {
            "echo" => Ok(rows(&[(rest, Some(rest.as_bytes())), ("null", None)])),
            "values" => {
                let count = query.parameters.values.len().to_string();
                Ok(rows(&[("count", Some(count.as_bytes()))]))
            }
            "use" => Ok(ResultBody::SetKeyspace(rest.to_string()).into()),
            "keyspace" => {
                let keyspace = context.client.keyspace();
                Ok(rows(&[("keyspace", keyspace.as_ref().map(|keyspace| keyspace.as_bytes()))]))
            }
            "warn" => {
                let tracing_id = Some(uuid::Uuid::from_u128(7));
                let warnings = vec!["careful".to_string()];
                Ok(Answer { warnings, tracing_id, ..ResultBody::Void.into() })
            }
            "wait" => {
                self.waiting.fetch_add(1, Ordering::SeqCst);
                self.gate.acquire().await.expect("the gate is never closed").forget();
                Ok(rows(&[(rest, None)]))
            }
            "size" => {
                let size = rest.parse().expect("a size");
                Ok(rows(&[("size", Some(&vec![7; size]))]))
            }
            "pages" => {
                let page = query.parameters.paging_state.map_or(0, |state| state[0]);
                let mut answer = rows(&[(&page.to_string(), None)]);
                let last: u8 = rest.parse().expect("the number of pages");
                if let ResultBody::Rows(rows) = &mut answer.result
                    && page + 1 < last
                {
                    rows.paging_state = Some(Bytes::copy_from_slice(&[page + 1]));
                }
                Ok(answer)
            }
            "panic" => panic!("on purpose"),
            other => Err(CqlError::syntax(format!("no viable alternative at {other:?}"))),
        }
    }

    async fn prepare(&self, _context: RequestContext, prepare: Prepare) -> Reply {
        let bind = BindMetadata { columns: metadata().columns.clone(), partition_key_indexes: vec![0] };
        let bind = Arc::new(bind);
        Ok(ResultBody::Prepared(PreparedBody {
            id: Bytes::from(prepare.text.clone()),
            // A statement whose columns have changed since: EXECUTE tells them anew.
            result_metadata_id: Some(if prepare.text == "altered" {
                Bytes::from_static(b"old")
            } else {
                metadata().id()
            }),
            bind,
            result: Some(metadata()),
        })
        .into())
    }

    async fn execute(&self, _context: RequestContext, execute: Execute) -> Reply {
        let forgotten = execute.id == "forgotten" && self.waiting.fetch_add(1, Ordering::SeqCst) == 0;
        if execute.id == "other" || forgotten {
            return Err(CqlError::unprepared(execute.id));
        }
        let BoundValues::Positional(values) = execute.parameters.values else {
            return Err(CqlError::invalid("values by name"));
        };
        let value = values.first().and_then(RawValue::as_bytes).cloned();
        let mut answer = rows(&[("first", value.as_deref())]);
        if let ResultBody::Rows(rows) = &mut answer.result {
            rows.skip_metadata = execute.parameters.skip_metadata;
            let known = execute.result_metadata_id.as_ref() == Some(&metadata().id());
            rows.new_metadata_id = (!known).then(|| metadata().id());
        }
        Ok(answer)
    }

    async fn batch(&self, _context: RequestContext, _batch: Batch) -> Reply {
        Ok(ResultBody::Void.into())
    }
}

/// A door with its service, on a port of its own.
pub(crate) struct TestDoor {
    pub(crate) address: SocketAddr,
    pub(crate) service: FakeService,
    pub(crate) events: EventBroadcast,
    pub(crate) tasks: Arc<Tasks>,
}

impl TestDoor {
    pub(crate) async fn open() -> TestDoor {
        TestDoor::open_with(NativeSettings::default()).await
    }

    pub(crate) async fn open_with(settings: NativeSettings) -> TestDoor {
        let listener = NativeListener::bind((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
        let tasks = Arc::new(Tasks::new(tokio::runtime::Handle::current()));
        let service = FakeService { gate: Arc::new(Semaphore::new(0)), waiting: Arc::default() };
        let events = EventBroadcast::default();
        let address = listener.address();
        listener.serve(service.clone(), events.clone(), settings, &tasks);
        TestDoor { address, service, events, tasks }
    }

    /// Waits until so many `wait` statements have arrived.
    pub(crate) async fn until_waiting(&self, count: usize) {
        for _ in 0..2000 {
            if self.service.waiting.load(Ordering::SeqCst) >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("only {} of {count} arrived", self.service.waiting.load(Ordering::SeqCst));
    }

    pub(crate) async fn close(&self) -> Vec<Unfinished> {
        self.tasks.close(Duration::from_secs(10)).await
    }
}
