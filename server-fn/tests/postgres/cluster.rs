//! A PostgreSQL of the tests' own: made in a new folder, reached over a socket there and a free port of this machine, and
//! gone with the process that began it, however that one ends. Needs nothing but the standard library.

use std::fs;
use std::io::{self, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs the server until its own input ends, which it does with whoever began it; then stops it by its number and clears
/// up.
const GUARD: &str = r#"trap '' HUP INT TERM
"$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync=on -c max_connections=200 \
    -c shared_buffers=64MB -c max_wal_size=512MB $4 >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"
"#;

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    guard: Child,
}

/// Where PostgreSQL's programs are, if they are on this machine.
pub fn programs() -> Option<PathBuf> {
    let has_both = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Links in /usr/local/bin lead to where the rest of them is.
    let real = |folder: PathBuf| fs::canonicalize(folder.join("postgres")).ok()?.parent().map(Path::to_owned);
    let in_path = std::env::split_paths(&path).filter_map(real).find(has_both);
    let versions = || {
        let mut folders: Vec<PathBuf> =
            fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|it| it.path()).collect();
        folders.sort();
        folders.into_iter().rev().map(|folder| folder.join("bin")).find(has_both)
    };
    let said = || {
        let told = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8(told.stdout).ok()?.trim())).filter(has_both)
    };
    in_path.or_else(versions).or_else(said)
}

impl Cluster {
    /// Makes one and waits until it is ready. `more` are further settings, such as `-c ssl=on`.
    ///
    /// # Errors
    /// When there are no programs, or the server does not begin: then with its log.
    pub fn start(more: &str) -> io::Result<Self> {
        let programs = programs().ok_or_else(|| io::Error::other("no PostgreSQL on this machine"))?;
        let mut number = [0; 8];
        fs::File::open("/dev/urandom")?.read_exact(&mut number)?;
        let folder = std::env::temp_dir().join(format!("amparo-pg-{:016x}", u64::from_le_bytes(number)));
        fs::create_dir(&folder)?;
        if is_root() {
            run(Command::new("chown").arg(owner()).arg(&folder))?;
        }
        run(as_owner(&programs.join("initdb"))
            .args(["-A", "trust", "-U", "amparo", "-E", "UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(folder.join("data")))?;
        let mut tries = 0;
        loop {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let guard = as_owner(Path::new("/bin/sh"))
                .args(["-c", GUARD, "guard"])
                .args([&programs, &folder])
                .args([&port.to_string(), more])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()?;
            let mut cluster = Self { folder: folder.clone(), port, guard };
            match cluster.wait() {
                Ok(()) => return Ok(cluster),
                // Somebody else took the port; the folder went with the guard.
                Err(_) if tries < 3 && cluster.log().contains("could not bind") => tries += 1,
                Err(error) => return Err(io::Error::other(format!("{error}: {}", cluster.log()))),
            }
        }
    }

    /// The server says in this file that it takes in whoever comes.
    fn wait(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let said = self.folder.join("data/postmaster.pid");
        while !fs::read_to_string(&said)
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|it| it.trim() == "ready"))
        {
            let log = self.log();
            if began.elapsed() > Duration::from_secs(30) || log.contains("FATAL") {
                return Err(io::Error::other("PostgreSQL does not begin"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What the server has written into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// The folder with the server's socket and, in `data`, its settings.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of a database over the socket.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://amparo@/{database}?host={}&port={}", self.folder.display(), self.port)
    }

    /// The same over the network of this machine alone.
    pub fn tcp_url(&self, database: &str) -> String {
        format!("postgres://amparo@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let told = command.stdin(Stdio::null()).output()?;
    if told.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned()))
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output();
    told.is_ok_and(|told| told.stdout.starts_with(b"0\n"))
}

/// PostgreSQL does not run as root: as whom it does then.
fn owner() -> &'static str {
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    if known.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }
}

fn as_owner(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", owner(), "--regid", "nogroup", "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}
