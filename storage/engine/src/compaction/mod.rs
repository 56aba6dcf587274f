//! Compaction: which sstables are merged into one, and the merging. Pickers are pure; the executor writes
//! files and installs nothing.

mod executor;
mod expired;
mod picker;
mod purgeable;
mod scheduler;
mod size_tiered;
mod task;
mod time_window;
mod unified;

pub use executor::{Compaction, Output};
pub use model::schema::{
    CompactionSettings, Scaling, SizeTieredSettings, TimeWindowSettings, UnifiedSettings,
};
pub use picker::{PickerInput, pick, pick_everything};
pub use purgeable::max_purgeable_timestamp;
pub use task::{RunningTasks, SstableDescriptor, Task};
