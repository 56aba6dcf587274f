//! [`NodeProcess`]: a `basalt start` on a free port, and `basalt shell` against it.

#![expect(clippy::disallowed_methods, reason = "runs the binary, on the real clock")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A node that does not listen by then does not start. Debug builds on a busy machine are slow.
const READY_MAX: Duration = Duration::from_secs(30);

/// What a run of the binary gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

fn basalt() -> Command {
    Command::new(env!("CARGO_BIN_EXE_basalt"))
}

/// Runs the binary to its end, with nothing on standard input.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let output = basalt().args(arguments).stdin(Stdio::null()).output().expect("the binary runs");
    let Output { status, stdout, stderr } = output;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    Outcome { code: status.code(), out: text(stdout), error: text(stderr) }
}

/// A node that listens. It is killed when it goes out of scope.
pub(crate) struct NodeProcess {
    child: Child,
    port: u16,
}

impl NodeProcess {
    /// Starts a node on `data` and waits until it listens.
    pub(crate) fn start(data: &Path) -> NodeProcess {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has one").port();
        drop(listener);
        let child = basalt()
            .arg("start")
            .arg("--data")
            .arg(data)
            .args(["--native-address", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut node = NodeProcess { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = node.child.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "the node ended with {ended:?}");
            assert!(begun.elapsed() < READY_MAX, "the node does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        node
    }

    /// Runs statements in the shell.
    pub(crate) fn shell(&self, statements: &str) -> Outcome {
        run(&["shell", "--port", &self.port.to_string(), "-e", statements])
    }

    /// SIGTERM; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "the signal is sent");
        self.child.wait().expect("it ends").code()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // Both fail on a node that was stopped, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
