"""One Basalt node as a child process: started, killed, restarted on the same port and data folder.

Used by the programmes that drive a real binary from outside (`tests/clients/run`, `tests/flights/run`). Standard
library only. A node counts as ready when its native port accepts a connection.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 30
DRAIN_SECONDS_MAX = 60


def binary(given=None):
    """The path of the binary to test: the one given, or the release build, which is built when it is missing."""
    if given:
        path = pathlib.Path(given).resolve()
        if not path.is_file():
            raise SystemExit(f"no such file: {given}")
        return path
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "release" / "basalt"
    if not path.is_file():
        print("building the release binary", flush=True)
        subprocess.run(["cargo", "build", "--release", "--package", "server"], cwd=ROOT, check=True)
    return path


def cache_folder(*names):
    """A folder that outlives the run, for what is installed from registries."""
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = base.joinpath("basalt-clients", *names)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port():
    """A port that was free a moment ago; the same one serves every restart of a node."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LocalNode:
    """A node with its own temporary data folder, removed by `remove`."""

    def __init__(self, basalt):
        self.basalt = basalt
        self.port = free_port()
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="basalt-node-"))
        self.log_path = self.data.with_suffix(".log")
        self.process = None

    def start(self):
        """Starts the process and waits until its port answers; RuntimeError with the end of its log if it does not.

        Returns the seconds that took.
        """
        begin = time.monotonic()
        with open(self.log_path, "ab") as log:
            command = [str(self.basalt), "start", "--data", str(self.data)]
            command += ["--native-address", f"127.0.0.1:{self.port}"]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while time.monotonic() - begin < READY_SECONDS_MAX:
            if self.process.poll() is not None:
                raise RuntimeError(f"the node stopped with code {self.process.returncode}:\n{self.log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return time.monotonic() - begin
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the node did not answer within {READY_SECONDS_MAX} s:\n{self.log_tail()}")

    def kill(self):
        """kill -9: the process has no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def drain(self):
        """SIGTERM, then the exit code; a node that does not stop in time is killed and answers None."""
        self.process.terminate()
        try:
            return self.process.wait(DRAIN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def resident_bytes(self):
        """Memory the process holds now, as the kernel counts it."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def log_tail(self, lines=20):
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def remove(self):
        """Stops the process if it still runs and removes its data; the log goes too."""
        if self.alive():
            self.kill()
        shutil.rmtree(self.data, ignore_errors=True)
        self.log_path.unlink(missing_ok=True)
