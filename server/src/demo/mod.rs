//! `basalt demo`: a node with sample data, a short tour, and the shell.
//!
//! The data is three days of flights out of New York (`demo/README.md`), carried in the binary, so that the demo works
//! wherever the binary does. It goes in through the front door, as any client's data would.

mod directory;
mod load;
mod run;
mod sample;

pub use load::{LoadError, Loaded, load_sample};
pub use run::{DemoOptions, run_demo};
pub use sample::{SAMPLE_TABLES, SCHEMA, SampleTable, TOUR};
