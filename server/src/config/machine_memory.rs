//! [`machine_memory`]: how much memory this process can have, from the control group and the machine.

#![expect(clippy::disallowed_methods, reason = "asks the kernel, before there is a node to ask through")]

use std::fs;

/// What is assumed where the kernel does not tell: the smallest machine worth running on.
const UNKNOWN_BYTES: u64 = 1 << 30;

/// Bytes of memory this process may use: the control group's limit or the machine's memory, the smaller.
pub fn machine_memory() -> u64 {
    let of_file = |path: &str| fs::read_to_string(path).ok();
    smallest(
        of_file("/sys/fs/cgroup/memory.max").as_deref(),
        of_file("/sys/fs/cgroup/memory/memory.limit_in_bytes").as_deref(),
        of_file("/proc/meminfo").as_deref(),
    )
}

fn smallest(group_v2: Option<&str>, group_v1: Option<&str>, meminfo: Option<&str>) -> u64 {
    let group = [group_v2, group_v1].into_iter().flatten().filter_map(|text| text.trim().parse::<u64>().ok());
    let machine = meminfo
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("MemTotal:")))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kibibytes| kibibytes.saturating_mul(1024));
    // A group of version 1 without a limit shows a huge number, which the minimum takes care of.
    group.chain(machine).filter(|bytes| *bytes > 0).min().unwrap_or(UNKNOWN_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemFree: 1 kB\nMemTotal:        8000000 kB\nBuffers: 2 kB\n";

    #[test]
    fn the_smaller_of_group_and_machine_counts() {
        assert_eq!(smallest(Some("1073741824\n"), None, Some(MEMINFO)), 1 << 30);
        assert_eq!(smallest(Some("max\n"), None, Some(MEMINFO)), 8_000_000 * 1024);
        assert_eq!(smallest(None, Some("9223372036854771712"), Some(MEMINFO)), 8_000_000 * 1024);
    }

    #[test]
    fn a_silent_kernel_leaves_the_assumption() {
        assert_eq!(smallest(None, None, None), UNKNOWN_BYTES);
        assert_eq!(smallest(Some("what?"), None, Some("nothing")), UNKNOWN_BYTES);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(machine_memory() > 64 << 20);
    }
}
