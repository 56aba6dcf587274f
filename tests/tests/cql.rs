//! Every `.test` file under `tests/cql`.
//!
//! `UPDATE=1` rewrites the files with the answers found instead of comparing.

#![expect(clippy::disallowed_methods, reason = "reads the scripts from the source tree")]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::fs::MemoryFileSystem;
use model::clock::ManualClock;
use server::config::Settings;
use server::node::{Node, Seams};
use tests::cql_script::{Controls, Player, Script};

/// Long enough for a node without load to stop.
const STOP_SECONDS_MAX: u64 = 10;

/// A node in this process, on a memory disk, whose clock moves only when a script says so.
struct NodeAtHand {
    node: Option<Node>,
    settings: Settings,
    seams: Seams,
    clock: Arc<ManualClock>,
}

impl NodeAtHand {
    async fn start() -> NodeAtHand {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000_000));
        let seams = Seams {
            fs: Arc::new(MemoryFileSystem::new()),
            clock: clock.clone(),
            random: Seams::of_machine().random,
        };
        let settings = Settings {
            data_directory: PathBuf::from("/data"),
            native_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..Settings::default()
        };
        let mut at_hand = NodeAtHand { node: None, settings, seams, clock };
        at_hand.open().await;
        at_hand
    }

    async fn open(&mut self) {
        let node = Node::start_with(&self.settings, self.seams.clone()).await;
        self.node = Some(node.expect("a node starts"));
    }

    fn address(&self) -> SocketAddr {
        self.node.as_ref().expect("the node runs").native_address()
    }

    async fn stop(&mut self) {
        let node = self.node.take().expect("the node runs");
        assert!(node.stop(Duration::from_secs(STOP_SECONDS_MAX)).await, "the node did not stop in time");
    }
}

impl Controls for NodeAtHand {
    async fn advance(&mut self, seconds: u32) {
        self.clock.advance(i64::from(seconds) * 1_000_000);
    }

    async fn flush(&mut self) {
        self.node.as_ref().expect("the node runs").flush().expect("memtables can be written");
    }

    async fn restart(&mut self) -> SocketAddr {
        self.stop().await;
        // As it would while a process starts; write timestamps go on from the clock.
        self.clock.advance(1_000_000);
        self.open().await;
        self.address()
    }
}

/// The scripts of a folder under `tests/cql`, in the order of their names.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("its entries too").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    paths.sort();
    paths
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cql");
    let entries = std::fs::read_dir(root).expect("the scripts are there");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_script_is_written_as_it_prints() {
    let mut count = 0;
    for path in folders().iter().flat_map(|folder| scripts(folder)) {
        let text = std::fs::read_to_string(&path).expect("a script can be read");
        let script = Script::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(script.to_string(), text, "{}", path.display());
        count += 1;
    }
    assert!(count > 30, "only {count} scripts were found");
}

/// Plays every script on one node; `flushing` writes the memtables to disk before each SELECT, so that every read
/// meets sstables.
async fn play_all(flushing: bool) {
    let mut node = NodeAtHand::start().await;
    let (mut failures, mut scripts_played) = (Vec::new(), 0);
    for folder in folders() {
        for path in scripts(&folder) {
            let text = std::fs::read_to_string(&path).expect("a script can be read");
            let script = Script::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().to_string();
            let keyspace = format!("cql_{}_{}", name(&folder), name(&path));
            let mut player = Player::new(node.address(), &keyspace, &mut node).await;
            player.flush_before_reads = flushing;
            if std::env::var_os("UPDATE").is_some() {
                let rewritten = player.rewrite(&script).await;
                std::fs::write(&path, rewritten.to_string()).expect("a script can be written");
                continue;
            }
            for difference in player.play(&script).await {
                failures.push(format!("{}:{}\n{}", path.display(), difference.line, difference.report));
            }
            scripts_played += 1;
        }
    }
    node.stop().await;
    let count = failures.len();
    assert!(failures.is_empty(), "{count} steps differ in {scripts_played} scripts\n{}", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_documented_one() {
    play_all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_documented_one_from_sstables() {
    play_all(true).await;
}
