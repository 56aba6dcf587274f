//! `./dev bench start`: how long a node takes from nothing to its first answer, what it weighs idle, how
//! large the binary is.
//!
//! Each round starts the binary on an empty directory (cold) and again on the directory it left (warm), and asks over the
//! native protocol until it answers. Prints one line; the figures are medians over the rounds.

#![expect(clippy::disallowed_methods, reason = "measures a real process on the real clock")]

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use client::native::{ConnectOptions, Connection};
use proto::native::QueryParameters;

const ROUNDS: usize = 5;

/// A node that is not ready by then is broken.
const READY_MAX: Duration = Duration::from_secs(30);

/// How long a node is left alone before it is weighed.
const IDLE: Duration = Duration::from_secs(3);

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Failure> {
    let binary = std::env::args().nth(1).map(PathBuf::from).ok_or("usage: bench_start BINARY")?;
    let size_bytes = std::fs::metadata(&binary)?.len();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    let mut idle_kibibytes = 0;
    for round in 0..ROUNDS {
        let directory = tempfile::tempdir()?;
        let first = Node::start(&runtime, &binary, directory.path())?;
        cold.push(first.ready);
        first.stop()?;
        let second = Node::start(&runtime, &binary, directory.path())?;
        warm.push(second.ready);
        if round == ROUNDS - 1 {
            std::thread::sleep(IDLE);
            idle_kibibytes = resident_kibibytes(second.child.id())?;
        }
        second.stop()?;
    }
    Ok(format!(
        "start: ready_ms={:.0} ready_again_ms={:.0} idle_mb={:.1} binary_mb={:.1}",
        median_ms(cold),
        median_ms(warm),
        idle_kibibytes as f64 / 1024.0,
        size_bytes as f64 / (1024.0 * 1024.0),
    ))
}

/// A node that has answered.
struct Node {
    child: Child,
    /// From spawning the process to its first answer.
    ready: Duration,
}

impl Node {
    fn start(runtime: &tokio::runtime::Runtime, binary: &Path, directory: &Path) -> Result<Node, Failure> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("start")
            .arg("--data")
            .arg(directory)
            .args(["--native-address", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        loop {
            if answers(runtime, &address) {
                return Ok(Node { child, ready: begun.elapsed() });
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("the node ended with {status} before it answered").into());
            }
            if begun.elapsed() > READY_MAX {
                child.kill()?;
                return Err(format!("the node did not answer within {READY_MAX:?}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGTERM, and the process must end with 0.
    fn stop(mut self) -> Result<(), Failure> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let status = self.child.wait()?;
        if told.success() && status.success() {
            Ok(())
        } else {
            Err(format!("the node ended with {status}").into())
        }
    }
}

impl Drop for Node {
    /// Nothing is left running, whatever failed. A node that was stopped is gone already.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(runtime: &tokio::runtime::Runtime, address: &str) -> bool {
    runtime.block_on(async {
        let Ok(mut connection) = Connection::connect(address, &ConnectOptions::default()).await else {
            return false;
        };
        connection.query("SELECT release_version FROM system.local", QueryParameters::default()).await.is_ok()
    })
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn resident_kibibytes(process: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the kernel tells no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
