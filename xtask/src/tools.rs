//! Where the project's things lie, and how other programs are run.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The crates for the host, always chosen together and with the same features: cargo unifies features over
/// what is chosen, so that another choice would build many dependencies a second time.
pub const HOST: &[&str] = &[
    "--package=amparo-domain",
    "--package=amparo-seal",
    "--package=amparo-road",
    "--package=amparo-store",
    "--package=amparo-api",
    "--features=amparo-api/server",
];

/// The project's top folder.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Where everything built goes.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The cargo that started this program, at work in the project's top folder.
pub fn cargo(verb: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(verb).current_dir(root());
    command
}

/// Runs a program to its end with its output in plain view. An error if it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", line(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a program to its end, shows what it prints and gives it back too, with whether it succeeded.
pub fn run_and_read(command: &mut Command) -> Result<(bool, String)> {
    let started = command.stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("could not start {}", line(command)))?;
    let mut read = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut screen = std::io::stdout();
        for line in BufReader::new(stdout).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            writeln!(screen, "{line}")?;
            read.push_str(&line);
            read.push('\n');
        }
    }
    Ok((child.wait()?.success(), read))
}

/// Where the compiler looks for the sources of its library, and what it calls that place in programs where they are not
/// installed.
pub fn library_sources() -> Result<(PathBuf, String)> {
    let ask = |question: &[&str]| -> Result<String> {
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let output =
            rustc.args(question).current_dir(root()).output().context("rustc could not be started")?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let version = ask(&["-vV"])?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    let sources = Path::new(ask(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
    Ok((sources, format!("/rustc/{commit}")))
}

/// A file that a cargo call made.
pub struct Artifact {
    /// The name of the program or library, as cargo knows it.
    pub name: String,
    /// Where it lies. Another cargo call with other features may put another file there.
    pub path: PathBuf,
}

/// Builds and gives back every program made or found fresh, a Wasm one as its `.wasm` file.
pub fn build(command: &mut Command) -> Result<Vec<Artifact>> {
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let started = command.spawn();
    let mut child = started.with_context(|| format!("could not start {}", line(command)))?;
    let mut made = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for message in BufReader::new(stdout).lines() {
            made.extend(program(&message?));
        }
    }
    if !child.wait()?.success() {
        bail!("the build failed");
    }
    Ok(made)
}

/// The program that one of cargo's messages says was made, if it says so. Some dependencies make Wasm files of
/// their own, but no programs.
fn program(message: &str) -> Option<Artifact> {
    let message: Value = serde_json::from_str(message).ok()?;
    let kinds = message["target"]["kind"].as_array()?;
    if !kinds.iter().any(|kind| kind == "bin") {
        return None;
    }
    let name = message["target"]["name"].as_str()?.to_owned();
    let wasm =
        message["filenames"].as_array()?.iter().filter_map(Value::as_str).find(|it| it.ends_with(".wasm"));
    Some(Artifact { name, path: wasm.or(message["executable"].as_str())?.into() })
}

/// Builds the server and says where its program lies.
pub fn build_server(extra: &[&str]) -> Result<PathBuf> {
    let mut command = cargo("build");
    command.args(HOST).args(["--bin", "amparo"]).args(extra);
    let made = build(&mut command)?;
    let server = made.into_iter().find(|artifact| artifact.name == "amparo");
    Ok(server.context("cargo built no server")?.path)
}

/// The first of these programs that is on the path.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|it| it.is_file()))
}

/// The browser to test with, if the machine has one.
pub fn find_chromium() -> Option<PathBuf> {
    let said = env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    said.or_else(|| find_program(&["chromium", "chromium-browser", "google-chrome"]))
}

/// Says what is being done and, at the end, how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("── {what}");
    let began = Instant::now();
    let outcome = work();
    let mark = if outcome.is_ok() { "✓" } else { "✗" };
    println!("{mark}  {what}, {:.1} s", began.elapsed().as_secs_f64());
    outcome
}

/// Installs what `package-lock.json` names, unless that is what lies there already.
pub fn install_node_modules(folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    let installed = folder.join("node_modules/.installed-lock");
    if std::fs::read(&installed).is_ok_and(|there| there == lock) {
        return Ok(());
    }
    // No browser of its own: the machine's is used, and where there is none, the test asks for one.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(npm.current_dir(folder))?;
    std::fs::write(installed, lock)?;
    Ok(())
}

/// A command as one would type it, for messages.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_that_cargo_made_are_taken() {
        let message = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"desk","kind":["{kind}"]}},
                "filenames":["/t/desk.d","/t/desk.wasm"],"executable":null}}"#
            )
        };
        let made = program(&message("bin")).unwrap();
        assert_eq!((made.name.as_str(), made.path.as_path()), ("desk", Path::new("/t/desk.wasm")));
        assert!(program(&message("cdylib")).is_none());
        assert!(program("warning: not JSON").is_none());
        assert!(program(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
