//! `cargo xtask scan`: two scanners that anybody may have (wapiti, sqlmap) against the demo server on this machine.
//!
//! Bounded in time and never against any other address. Both must be on the path (Debian has packages of both). What
//! they call high or medium fails; the rest is printed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{site, tools};

/// How long to look.
#[derive(clap::Args)]
pub struct Args {
    /// Seconds for each of the two scanners.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

/// Levels of wapiti's reports from which on a finding is medium.
const MEDIUM: u64 = 2;

/// All that looks for holes, and nothing that needs another server or a list of other people's programs.
const MODULES: &str = "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,\
     permanentxss,redirect,shellshock,sql,xss,xxe";

/// A demo server of our own, stopped when dropped.
struct Demo {
    server: Child,
    url: String,
    data: PathBuf,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// Starts the demo and lets both scanners at it.
pub fn run(args: &Args) -> Result<()> {
    let find = |name: &'static str| {
        tools::find_program(&[name]).with_context(|| format!("{name} is not on the path"))
    };
    let (wapiti, sqlmap) = (find("wapiti")?, find("sqlmap")?);
    let plan = site::Plan::default();
    let folder = plan.folder();
    tools::step("app", || site::build(&plan)?.write(&folder))?;
    let server = tools::step("server", || tools::build_server(&[]))?;
    let results = tools::target().join("xtask/scan");
    std::fs::create_dir_all(&results)?;
    let demo = start(&server, &folder, &results)?;
    let mut findings = Vec::new();
    let endpoints = endpoints()?;
    findings.extend(tools::step("wapiti", || wapiti_finds(&wapiti, &demo.url, &endpoints, &results, args))?);
    findings.extend(tools::step("sqlmap", || sqlmap_finds(&sqlmap, &demo.url, &endpoints, &results, args))?);
    println!("{} server functions and the pages of both doors were looked at", endpoints.len());
    if !findings.is_empty() {
        bail!("{} findings of high or medium:\n{}", findings.len(), findings.join("\n"));
    }
    println!("0 findings of high or medium");
    Ok(())
}

fn start(server: &Path, site: &Path, results: &Path) -> Result<Demo> {
    let data = results.join(format!("data-{}", std::process::id()));
    let mut command = Command::new(server);
    command.args(["serve", "--demo", "--quiet-log", "--no-limits", "--port", "0", "--data"]).arg(&data);
    command.arg("--site").arg(site).stdout(Stdio::piped());
    let mut server = command.spawn().context("the server does not start")?;
    let stdout = server.stdout.take().context("the server says nothing")?;
    let mut demo = Demo { server, url: String::new(), data };
    let mut lines = BufReader::new(stdout).lines();
    for line in lines.by_ref() {
        if let Some(url) = line?.strip_prefix("Listening on ") {
            demo.url = url.trim_end_matches('/').to_owned();
            break;
        }
    }
    // Whatever else it prints must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    if demo.url.is_empty() { bail!("the server did not say where it listens") } else { Ok(demo) }
}

/// The paths of all server functions, as the sources name them.
fn endpoints() -> Result<Vec<String>> {
    let mut endpoints = Vec::new();
    for file in std::fs::read_dir(tools::root().join("server-fn/src/api"))? {
        let text = std::fs::read_to_string(file?.path())?;
        let named = text.split("endpoint = \"").skip(1).filter_map(|rest| rest.split('"').next());
        endpoints.extend(named.map(|name| format!("/api/{name}")));
    }
    endpoints.sort_unstable();
    if endpoints.is_empty() { bail!("no server function was found") } else { Ok(endpoints) }
}

fn wapiti_finds(
    wapiti: &Path,
    url: &str,
    endpoints: &[String],
    results: &Path,
    args: &Args,
) -> Result<Vec<String>> {
    let report = results.join("wapiti.json");
    let mut command = Command::new(wapiti);
    command.args(["--flush-session", "--no-bugreport", "--scope", "domain", "-f", "json"]);
    command.args(["-m", MODULES]);
    command.args(["--max-scan-time", &args.seconds.to_string(), "--max-attack-time", "30"]);
    command.arg("-o").arg(&report).args(["-u", &format!("{url}/"), "-s", &format!("{url}/apply")]);
    for endpoint in endpoints {
        command.args(["-s", &format!("{url}{endpoint}?x=1")]);
    }
    let (succeeded, said) = tools::run_and_read(&mut command)?;
    if !succeeded {
        bail!("wapiti ended with a fault:\n{said}");
    }
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    let kinds = report["vulnerabilities"].as_object().context("the report names no vulnerabilities")?;
    let mut findings = Vec::new();
    for (kind, found) in kinds {
        for one in found.as_array().into_iter().flatten() {
            let line = format!("wapiti: {kind}: {} {}", one["path"], one["info"]);
            println!("level {}: {line}", one["level"]);
            if one["level"].as_u64().unwrap_or(u64::MAX) >= MEDIUM {
                findings.push(line);
            }
        }
    }
    Ok(findings)
}

fn sqlmap_finds(
    sqlmap: &Path,
    url: &str,
    endpoints: &[String],
    results: &Path,
    args: &Args,
) -> Result<Vec<String>> {
    let each = (args.seconds as usize / endpoints.len().max(1)).max(5).to_string();
    let (mut findings, mut whole) = (Vec::new(), 0);
    for endpoint in endpoints {
        // `timeout` of coreutils: sqlmap has no end of its own.
        let mut command = Command::new("timeout");
        command.arg(&each).arg(sqlmap).args(["--batch", "--flush-session", "--level", "3", "--risk", "2"]);
        command.args(["--threads", "4", "--timeout", "5", "--retries", "0", "--ignore-code", "*"]);
        command.args(["--method", "POST", "--data", "*", "--cookie", "__Host-amparo=00*"]);
        command.args(["--headers", "Content-Type: application/cbor\nX-Forwarded-For: 192.0.2.1*"]);
        command.arg("--output-dir").arg(results.join("sqlmap")).args(["-u", &format!("{url}{endpoint}")]);
        let output = command.stderr(Stdio::null()).output().context("timeout or sqlmap does not start")?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !said.contains("testing") {
            bail!("sqlmap tested nothing at {endpoint}:\n{said}");
        }
        // What only "appears to be" injectable it tries to confirm: answers differ for other reasons, such as the
        // limits on how often anybody may ask.
        if said.contains("identified the following injection point") {
            findings.push(format!("sqlmap: {endpoint}:\n{said}"));
        }
        whole +=
            usize::from(said.contains("do not appear to be injectable") || said.contains("false positive"));
    }
    println!("sqlmap came to an end at {whole} of {}; the clock stops it at others", endpoints.len());
    Ok(findings)
}
