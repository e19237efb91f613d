//! The program itself, from outside.
#![allow(dead_code)]

use api::server::client::Device;
use api::server::random;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A server process.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[], &[])
    }

    pub fn start_with(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        crate::office::postgres::prepare(data);
        let log =
            std::fs::File::options().create(true).append(true).open(data.with_extension("log")).unwrap();
        let mut child = command(environment)
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
        Self { child, url }
    }

    /// As a power cut would end it, but for what the system has in its memory.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, and gives its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amparo"));
    command.env_remove("AMPARO_STORAGE_KEY").env_remove("AMPARO_STORAGE_KEY_COMMAND");
    command.envs(environment.iter().copied());
    command
}

/// Begins a command that is to be killed.
pub fn begin(arguments: &[&str]) -> Child {
    command(&[]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs a command and gives what it printed, or what it said was wrong.
pub fn amparo(arguments: &[&str]) -> Result<String, String> {
    amparo_with(arguments, &[])
}

/// As [`amparo`], with an environment.
pub fn amparo_with(arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
    if let Some([_, data]) = arguments.windows(2).find(|pair| pair[0] == "--data") {
        crate::office::postgres::prepare(Path::new(data));
    }
    let Output { status, stdout, stderr } = command(environment).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
}

/// An invitation made beside the running server, as an administrator does.
pub fn invite(data: &Path, name: &str) -> String {
    invite_as(data, name, &["--role", "caseworker"], &[])
}

/// As [`invite`], in a role and of an organisation that the arguments say.
pub fn invite_as(data: &Path, name: &str, who: &[&str], environment: &[(&str, &str)]) -> String {
    let known = ["--site", "meteti", "--code", "MET-09", "--name", name];
    let line = [&["invite"][..], who, &known, &["--data", data.to_str().unwrap()]].concat();
    amparo_with(&line, environment).unwrap().trim().to_owned()
}

/// The same device, which believes the keys of today.
pub async fn heard(device: &Device, url: &str) -> Device {
    let root = seal::digest(&device.server.root);
    let mut kept = Device::reopen(url, &device.to_bytes().unwrap(), &root).unwrap();
    kept.enrolled.server_keys = kept.client.server_keys().await.unwrap().into_vec();
    Device::reopen(url, &kept.to_bytes().unwrap(), &root).unwrap()
}

/// Waits until something is so; a minute at most.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("amparo-process-{}", domain::id::hex(&random::<8>())))
}

/// Rows under the first storage key and under later ones, read beside the server.
pub fn rows(data: &Path) -> (u64, u64) {
    let database = crate::office::beside(data);
    let count = |form: u8| -> u64 {
        let tables = ["users", "entries", "records", "drafts", "audit"];
        let counts = tables.iter().map(|table| {
            let select = format!("SELECT COUNT(*) FROM {table} WHERE substr(sealed, 1, 1) = $1");
            database.query_row(&select, [[form]], |row| row.get::<_, i64>(0)).unwrap() as u64
        });
        counts.sum()
    };
    (count(1), count(2))
}

/// What the server has written into its log.
pub fn log_of(data: &Path) -> String {
    std::fs::read_to_string(data.with_extension("log")).unwrap()
}

pub fn clear(data: &Path) {
    std::fs::remove_dir_all(data).unwrap();
    let _ = std::fs::remove_file(data.with_extension("log"));
}
