//! What a run costs: CPU time of the server, of its database, of this generator, of everybody else
//! on the machine; memory of the server.
//!
//! Read from `/proc`, in its units of 10 ms: a run of a second or more tells enough.

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    time::{ClockId, clock_gettime},
    unistd::Pid,
};
use std::{
    fs,
    time::{Duration, Instant},
};

/// `USER_HZ`, which Linux has kept at 100 on every machine.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long memory may take to settle, and how long it must have been still.
const SETTLE_AT_MOST: Duration = Duration::from_secs(6);
const STILL_FOR: u32 = 4;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The processes that a run looks at.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct Watched {
    /// The server's process id, to know what it costs
    #[arg(long)]
    pub server_pid: Option<i32>,
    /// PostgreSQL's first process; its children are counted with it
    #[arg(long)]
    pub database_pid: Option<i32>,
    /// The server collects its garbage at SIGUSR2: ask it to before memory is read
    #[arg(long)]
    pub collects_garbage: bool,
}

/// CPU seconds since the processes began.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    /// The server.
    pub server: f64,
    /// PostgreSQL, all its processes.
    pub database: f64,
    /// This generator.
    pub generator: f64,
    /// All processes of the machine, these too.
    pub machine: f64,
}

impl Cpu {
    /// What was used since an earlier reading.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server - earlier.server,
            database: self.database - earlier.database,
            generator: self.generator - earlier.generator,
            machine: self.machine - earlier.machine,
        }
    }

    /// What neither the server nor its database nor the generator used: above a tenth of a core,
    /// somebody disturbed the run.
    pub fn others(self) -> f64 {
        (self.machine - self.server - self.database - self.generator).max(0.0)
    }
}

impl Watched {
    /// What has been used so far.
    pub fn cpu(&self) -> Result<Cpu> {
        let generator = Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?);
        Ok(Cpu {
            server: self
                .server_pid
                .map_or(Ok(0.0), |pid| stat(pid).map(|stat| stat.own))?,
            database: self.database_pid.map_or(Ok(0.0), of_family)?,
            generator: generator.as_secs_f64(),
            machine: of_machine()?,
        })
    }

    /// The server's memory in KiB once it has settled, shared pages divided among their users (PSS).
    /// Buffers of the kernel are not in it. 0 when no server is watched.
    pub fn settled_memory(&self, mut wait: impl FnMut(Duration) -> Result<()>) -> Result<u64> {
        let Some(pid) = self.server_pid else {
            return Ok(0);
        };
        if self.collects_garbage {
            kill(Pid::from_raw(pid), Signal::SIGUSR2)?;
        }
        let deadline = Instant::now() + SETTLE_AT_MOST;
        let (mut last, mut still) = (memory(pid)?, 0);
        while still < STILL_FOR && Instant::now() < deadline {
            wait(LOOK_EVERY)?;
            let now = memory(pid)?;
            still = match now.abs_diff(last) * 200 < last {
                true => still + 1,
                false => 0,
            };
            last = now;
        }
        Ok(last)
    }
}

fn memory(pid: i32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))
        .context("the server is gone, or is not ours to look at")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kibibytes = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse().ok());
    kibibytes.context("no Pss in smaps_rollup")
}

struct Stat {
    parent: i32,
    /// Of the process itself, in seconds.
    own: f64,
    /// Of its children that have ended.
    ended_children: f64,
}

fn stat(pid: i32) -> Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is gone"))?;
    // The name, in parentheses, may contain anything.
    let (_, rest) = text.rsplit_once(") ").context("a stat without a name")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |place: usize| -> f64 {
        fields
            .get(place)
            .and_then(|field| field.parse().ok())
            .unwrap_or(0.0)
    };
    Ok(Stat {
        parent: number(1) as i32,
        own: (number(11) + number(12)) / TICKS_PER_SECOND,
        ended_children: (number(13) + number(14)) / TICKS_PER_SECOND,
    })
}

/// A process, its children, and those of them that have ended.
fn of_family(pid: i32) -> Result<f64> {
    let first = stat(pid)?;
    let mut seconds = first.own + first.ended_children;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that ended meanwhile is in its parent's account at the next reading.
        if let Ok(child) = stat(child)
            && child.parent == pid
        {
            seconds += child.own + child.ended_children;
        }
    }
    Ok(seconds)
}

fn of_machine() -> Result<f64> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("an empty /proc/stat")?;
    let ticks: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal: all but idle, iowait and steal.
    let busy = [0, 1, 2, 5, 6].map(|place| ticks.get(place).copied().unwrap_or(0.0));
    Ok(busy.iter().sum::<f64>() / TICKS_PER_SECOND)
}
