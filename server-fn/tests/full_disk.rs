//! The program itself on a disk that is full, and on one that may only be read: nothing is receipted that was not kept,
//! nothing is spoilt, and it goes on by itself when there is room.
#![cfg(target_os = "linux")]

mod office;
mod process;

use api::ApiError;
use api::server::client::Device;
use process::{amparo, clear, folder, invite};
use seal::Verdict;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server whose files cannot grow over a limit, which can be taken away while it runs.
struct Limited(Child);

impl Limited {
    /// `blocks` of 512 bytes are the most that any of its files may have.
    fn start(data: &Path, blocks: u64) -> (Self, String) {
        // Writing more is an error then, and not the program's end.
        let script = "trap '' XFSZ; ulimit -S -f \"$1\"; exec \"$2\" serve --port 0 --no-limits --quiet-log --data \"$3\"";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "limited", &blocks.to_string(), env!("CARGO_BIN_EXE_amparo")]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
        (Self(child), url)
    }

    fn make_room(&self) {
        let process = self.0.id().to_string();
        let told = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited"]).status().unwrap();
        assert!(told.success());
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn entries(data: &Path) -> usize {
    let said = amparo(&["verify", "--data", data.to_str().unwrap()]).unwrap();
    assert!(said.contains("Everything is as it was written."), "{said}");
    said.split(' ').nth(2).and_then(|number| number.parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_receipted_and_when_there_is_room_everything_is_taken_once() {
    let data = folder();
    // What a server needs to begin with is there before the room runs out.
    process::Process::start(&data).terminate();
    let largest = std::fs::read_dir(&data).unwrap().flatten();
    let largest = largest.filter_map(|it| it.metadata().ok()).map(|it| it.len()).max().unwrap();
    let (server, url) = Limited::start(&data, largest / 512 + 600);
    let device = Device::enrol(&url, &invite(&data, "Somebody")).await.unwrap();
    let (mut receipted, mut refused) = (0, Vec::new());
    while refused.len() < 3 {
        assert!(receipted < 5_000, "the disk does not become full");
        let family = office::family(&device, "meteti", &["Rosa", "Luis", "Ana"]);
        let envelope = device.seal(&family).unwrap();
        match device.deliver(vec![envelope.clone()]).await {
            Ok(receipts) => {
                assert!(refused.is_empty(), "there is no more room than before");
                assert_eq!(receipts.items[0].verdict, Verdict::Accepted);
                receipted += 1;
            }
            Err(fault) => {
                assert_eq!(fault, ApiError::Unavailable);
                refused.push(envelope);
            }
        }
    }
    assert!(receipted > 0, "there was no room from the beginning");
    // Reading needs no room.
    assert_eq!(entries(&data), receipted);
    server.make_room();
    let receipts = device.deliver(refused.clone()).await.unwrap();
    let taken = |verdict| matches!(verdict, Verdict::Accepted | Verdict::AlreadyHere);
    assert!(receipts.items.iter().all(|item| taken(item.verdict)), "{:?}", receipts.items);
    drop(server);
    assert_eq!(entries(&data), receipted + refused.len());
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_may_only_be_read_the_program_ends_with_a_sentence_and_spoils_nothing() {
    let data = folder();
    let server = process::Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    device.deliver(vec![device.seal(&office::family(&device, "meteti", &["Rosa"])).unwrap()]).await.unwrap();
    assert_eq!(server.terminate(), Some(0));
    let mut files: Vec<_> = walk(&data);
    files.push(data.clone());
    let allow = |mode: fn(bool) -> u32| {
        for file in &files {
            let permissions = std::fs::Permissions::from_mode(mode(file.is_dir()));
            std::fs::set_permissions(file, permissions).unwrap();
        }
    };
    allow(|is_folder| if is_folder { 0o555 } else { 0o444 });
    let mut command = Command::new(env!("CARGO_BIN_EXE_amparo"));
    command.args(["serve", "--port", "0", "--data"]).arg(&data).current_dir("/");
    if std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0) {
        // Who may do everything may write here too.
        command.uid(65_534).gid(65_534);
    }
    let told = command.output().unwrap();
    assert!(!told.status.success() && !told.stderr.is_empty(), "{told:?}");
    assert!(!String::from_utf8_lossy(&told.stderr).contains("panicked"), "{told:?}");
    allow(|is_folder| if is_folder { 0o700 } else { 0o600 });
    assert_eq!(entries(&data), 1);
    let server = process::Process::start(&data);
    drop(server);
    clear(&data);
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { [walk(&path), vec![path]].concat() } else { vec![path] })
        .collect()
}
