//! What the process uses of the machine, as the kernel counts it. Where there is no `/proc`, nothing is known.

use std::fs;

/// Clock ticks per second in `/proc`: 100 on every Linux, whatever the kernel's own rate is (proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// What the process uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// CPU time, user and system, in seconds.
    pub cpu_seconds: f64,
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// Address space in bytes.
    pub virtual_bytes: u64,
    /// Open file descriptors.
    pub open_files: usize,
    /// When it was started, in Unix seconds.
    pub started_at_seconds: f64,
}

/// Reads the usage now. Costs five small reads.
pub fn usage() -> Option<Usage> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let system = fs::read_to_string("/proc/stat").ok()?;
    let times = Times::read(&stat)?;
    let booted_at: f64 = field(&system, "btime ")?.trim().parse().ok()?;
    Some(Usage {
        cpu_seconds: times.cpu_ticks / TICKS_PER_SECOND,
        resident_bytes: kilobytes(&status, "VmRSS:")?,
        virtual_bytes: kilobytes(&status, "VmSize:")?,
        // The descriptor with which the folder is read is one of them.
        open_files: fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1),
        started_at_seconds: booted_at + times.started_ticks / TICKS_PER_SECOND,
    })
}

/// The most files that the process may have open.
pub fn open_files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    field(&limits, "Max open files")?.split_whitespace().next()?.parse().ok()
}

struct Times {
    cpu_ticks: f64,
    started_ticks: f64,
}

impl Times {
    /// Reads `/proc/self/stat`. The second field is the name of the executable in brackets, and may hold blanks and brackets.
    fn read(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // Field 3 of proc(5) is the first here.
        let number = |at: usize| fields.get(at - 3)?.parse::<f64>().ok();
        Some(Self { cpu_ticks: number(14)? + number(15)?, started_ticks: number(22)? })
    }
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let number: u64 = field(status, name)?.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4 0 0 0 0 150 50 0 0 20 0 1 0 1234 1 1";
        let times = Times::read(stat).unwrap();
        assert_eq!((times.cpu_ticks, times.started_ticks), (200.0, 1234.0));
    }

    #[test]
    fn a_limit_without_a_bound_is_not_known() {
        let limits = "Max open files            unlimited            unlimited            files\n";
        assert_eq!(
            field(limits, "Max open files").and_then(|text| text.split_whitespace().next()),
            Some("unlimited")
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something() {
        let usage = usage().unwrap();
        assert!(usage.resident_bytes > 0 && usage.open_files > 0 && usage.started_at_seconds > 1e9);
        assert!(usage.virtual_bytes >= usage.resident_bytes);
    }
}
