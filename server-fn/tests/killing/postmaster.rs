//! Kills a PostgreSQL of the tests' own, or the processes that work for its callers, and begins it again over its data.

use crate::office::postgres::cluster::Cluster;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take until it takes in callers again: it goes through its log first.
const PATIENCE: Duration = Duration::from_secs(60);

/// A private PostgreSQL that may die.
pub struct Postmaster {
    cluster: Cluster,
    /// How it was begun, to begin it so again.
    command: Vec<String>,
    /// The user it runs as.
    user: u32,
    again: Option<Child>,
}

impl Postmaster {
    pub fn start() -> Self {
        let cluster = Cluster::start("").unwrap();
        let process = process_of(cluster.folder()).unwrap();
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap();
        let words = line.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        let command = words.map(|word| String::from_utf8(word.to_vec()).unwrap()).collect();
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let user = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let user = user.split_whitespace().next().unwrap().parse().unwrap();
        Self { cluster, command, user, again: None }
    }

    /// The address of a database of it.
    pub fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    /// Makes a database, and gives its address.
    pub fn fresh(&self) -> String {
        let name = format!("office_{}", domain::id::hex(&api::server::random::<8>()));
        let source = api::server::sql::Source::read(&self.url("postgres")).unwrap();
        source.writer().unwrap().execute_batch(&format!("CREATE DATABASE {name}")).unwrap();
        self.url(&name)
    }

    /// SIGKILL for all of it, as when the machine's memory runs out, or SIGQUIT, which it calls an immediate shutdown;
    /// and begun again.
    pub fn kill(&mut self, signal: &str) {
        let process = process_of(self.cluster.folder()).unwrap();
        send(signal, process);
        match &mut self.again {
            Some(child) => drop(child.wait()),
            // Not a child of ours: it is gone when the system says so.
            None => until("it goes on after its death", || is_gone(process)),
        }
        // Those who worked for its callers find out by themselves, and only then it begins again.
        until("it does not begin again", || self.begins());
    }

    /// SIGKILL for one of those who work for its callers: it ends them all and goes through its log.
    pub fn kill_worker(&self) {
        let process = process_of(self.cluster.folder()).unwrap();
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
        let works = |process: &u32| {
            let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("amparo office_")
        };
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        if let Some(worker) = children.into_iter().find(works) {
            send("KILL", worker);
        }
        until("it takes in nobody any more", || self.takes_callers());
    }

    fn begins(&mut self) -> bool {
        use std::os::unix::process::CommandExt as _;
        let log = fs::File::options().append(true).open(self.cluster.folder().join("log")).unwrap();
        let (program, words) = self.command.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(words).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        if is_root() {
            command.uid(self.user);
        }
        let mut child = command.spawn().unwrap();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if self.takes_callers() {
                self.again = Some(child);
                return true;
            }
            if began.elapsed() > PATIENCE {
                let _ = child.kill();
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.wait();
        false
    }

    fn takes_callers(&self) -> bool {
        let source = api::server::sql::Source::read(&self.url("postgres")).unwrap();
        source.writer().is_ok_and(|connection| connection.execute_batch("SELECT 1").is_ok())
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        if let Some(mut child) = self.again.take() {
            send("INT", child.id());
            let _ = child.wait();
        }
    }
}

fn process_of(folder: &Path) -> Option<u32> {
    fs::read_to_string(folder.join("data/postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

fn send(signal: &str, process: u32) {
    let told = Command::new("kill").args([format!("-{signal}"), process.to_string()]).status().unwrap();
    assert!(told.success(), "no such process");
}

fn is_gone(process: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // One whose parent has not asked yet is gone too.
    state.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with('Z'))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
