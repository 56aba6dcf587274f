//! Checks a read command before anything is opened for it.

use model::read::ReadCommand;

use crate::error::Error;

/// Errors: `Invalid` when slices are empty, overlap or do not ascend.
pub(crate) fn check_command(command: &ReadCommand) -> Result<(), Error> {
    if command.slices.iter().any(|slice| slice.is_empty()) {
        return Err(Error::Invalid("a slice is empty".into()));
    }
    for pair in command.slices.windows(2) {
        if pair[0].end.as_ref().is_none_or(|end| *end > pair[1].start) {
            return Err(Error::Invalid("slices do not ascend or overlap".into()));
        }
    }
    Ok(())
}
