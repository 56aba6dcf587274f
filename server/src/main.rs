//! `basalt`: arguments -> settings -> a node, a shell or a demo.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
