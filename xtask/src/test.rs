//! `cargo xtask test`: everything, with the seconds each step took and one closing line.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::{sign, site, tools};

#[path = "../../server-fn/tests/postgres/cluster.rs"]
#[allow(dead_code)]
pub mod cluster;

/// What to test.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Only these tests.
    #[arg(value_enum)]
    part: Option<Part>,
    /// Handed on to Playwright: files, `--grep`, `--repeat-each` and so on.
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// Half of the tests.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Format, lints and the crates' own tests.
    Unit,
    /// Whole deeds in a real browser against a real server.
    Browser,
}

/// How many tests did what. A step that is no test counts only when it fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// The steps in which something failed, said again at the end of a long log.
    faults: Vec<String>,
}

/// What the browser tests need to find.
pub struct Built {
    server: PathBuf,
    site: PathBuf,
    plain: PathBuf,
    bench: PathBuf,
}

/// Tests all that was asked for, goes on after failures, and fails at the end if anything did.
pub fn run(args: &Args) -> ExitCode {
    let mut tally = Tally::default();
    tally.test(args);
    tally.close()
}

impl Tally {
    /// Tests all that was asked for and adds it up.
    pub fn test(&mut self, args: &Args) {
        if args.part != Some(Part::Browser) {
            unit(self);
        }
        if args.part != Some(Part::Unit) {
            browser(self, &args.playwright);
        }
    }

    /// Says the sum, as the last line of all.
    pub fn close(&self) -> ExitCode {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        for step in &self.faults {
            println!("✗  {step}");
        }
        println!("{} passed, {} failed{skipped}", self.passed, self.failed);
        if self.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Format, lints and the crates' own tests.
fn unit(tally: &mut Tally) {
    tally.take("format", || tools::run(tools::cargo("fmt").args(["--all", "--check"])));
    tally.take("lints, host", || {
        tools::run(tools::cargo("clippy").args(tools::HOST).args(["--all-targets", "--", "-D", "warnings"]))
    });
    tally.take("lints, xtask", || {
        tools::run(tools::cargo("clippy").args(["-p", "xtask", "--all-targets", "--", "-D", "warnings"]))
    });
    tally.take("lints, Wasm", || {
        let mut clippy = tools::cargo("clippy");
        clippy.args(["--target", "wasm32-unknown-unknown", "-p", "amparo-app", "-p", "amparo-store"]);
        clippy.args(["-p", "amparo-apply", "-p", "amparo-speech", "-p", "amparo-service-worker"]);
        clippy.args(["-p", "amparo-api", "--", "-D", "warnings"]);
        tools::run(&mut clippy)
    });
    tally.count("tests, host", cargo_tally, tools::cargo("test").args(tools::HOST).arg("--no-fail-fast"));
    on_postgres(tally);
    let doors = ["-p", "amparo-app", "-p", "amparo-apply", "-p", "amparo-speech", "--lib"];
    tally.count("tests, both doors", cargo_tally, tools::cargo("test").args(doors));
    tally.count("tests, xtask", cargo_tally, tools::cargo("test").args(["-p", "xtask"]));
}

/// Programs of the server's tests whose stories are told to PostgreSQL too. The others look into files of SQLite, or have
/// nothing to do with a ledger.
const TOLD_TWICE: &[&str] = &[
    "applications",
    "appointments",
    "attachments",
    "desk_table",
    "doubles",
    "elsewhere",
    "enrolment",
    "exports",
    "hanging",
    "keys",
    "ledger_story",
    "passkeys",
    "postgres_ledger",
    "reach",
    "referrals",
    "referrals_judged",
    "referrals_moved",
    "referrals_refused",
    "rights",
    "road",
    "sessions",
    "slips",
    "staff",
    "sweep",
];

/// The same stories, told to a PostgreSQL of our own.
fn on_postgres(tally: &mut Tally) {
    if cluster::programs().is_none() {
        println!(
            "PostgreSQL's programs are not on this machine: the server's stories were told to SQLite alone"
        );
        return;
    }
    let Some(cluster) = tally.take("a PostgreSQL of our own", || Ok(cluster::Cluster::start("")?)) else {
        return;
    };
    let mut command = tools::cargo("test");
    command.args(tools::HOST).arg("--no-fail-fast").env("AMPARO_TEST_DATABASE", cluster.url("postgres"));
    command.args(TOLD_TWICE.iter().flat_map(|name| ["--test", name]));
    tally.count("tests, the server on PostgreSQL", cargo_tally, &mut command);
}

/// Whole deeds in a browser.
fn browser(tally: &mut Tally, args: &[String]) {
    let e2e = tools::root().join("e2e");
    if !e2e.join("package.json").is_file() {
        println!("e2e has no package.json: no browser tests were run");
        return;
    }
    let chromium = tools::find_chromium();
    let ready = tally.take("browser's tools", || {
        tools::install_node_modules(&e2e)?;
        if chromium.is_none() {
            tools::run(Command::new("npx").args(["playwright", "install", "chromium"]).current_dir(&e2e))?;
        }
        Ok(())
    });
    let built = tally.take("app, in three kinds, and server", build);
    let (Some(()), Some(built)) = (ready, built) else { return };
    tally.count("deeds in a browser", playwright_tally, playwright(&built).args(args));
}

/// Playwright over what was built.
pub fn playwright(built: &Built) -> Command {
    let mut playwright = Command::new("npx");
    playwright.args(["playwright", "test"]).current_dir(tools::root().join("e2e"));
    playwright.env("AMPARO_BIN", &built.server).env("AMPARO_SITE", &built.site);
    playwright.env("AMPARO_RELEASE_KEY", sign::development_file());
    playwright.env("AMPARO_SITE_PLAIN", &built.plain).env("AMPARO_SITE_BENCH", &built.bench);
    if let Some(chromium) = tools::find_chromium() {
        playwright.env("CHROMIUM", chromium);
    }
    playwright
}

/// Installs what the browser tests need, and builds what they look at.
pub fn ready_for_the_browser() -> Result<Built> {
    tools::install_node_modules(&tools::root().join("e2e"))?;
    build()
}

/// Whether a PostgreSQL of the tests' own can be begun.
pub fn has_postgres() -> bool {
    cluster::programs().is_some()
}

/// The app as it is, with sealing off (to show that the scans would find a name), and with the bench page.
fn build() -> Result<Built> {
    let site = |features: &[&str]| {
        let features = features.iter().map(|&name| name.to_owned()).collect();
        let plan = site::Plan { features, ..site::Plan::default() };
        let folder = plan.folder();
        site::build(&plan)?.write(&folder)?;
        Ok::<_, anyhow::Error>(folder)
    };
    Ok(Built {
        site: site(&[])?,
        plain: site(&["plain"])?,
        bench: site(&["bench"])?,
        server: tools::build_server(&[])?,
    })
}

impl Tally {
    /// Takes a step that is no test: only its failure counts, as one.
    pub fn take<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        match tools::step(what, work) {
            Ok(done) => Some(done),
            Err(fault) => {
                eprintln!("{fault:#}");
                self.faults.push(what.to_owned());
                self.failed += 1;
                None
            }
        }
    }

    /// Runs tests and adds up what they say of themselves.
    fn count(&mut self, what: &str, read: fn(&str) -> Tally, command: &mut Command) {
        let mut told = Tally::default();
        let outcome = tools::step(what, || {
            let (succeeded, output) = tools::run_and_read(command)?;
            told = read(&output);
            if succeeded { Ok(()) } else { bail!("{what}: {} failed", told.failed) }
        });
        // One that failed with no failed test did not build, or died.
        if let Err(fault) = outcome {
            eprintln!("{fault:#}");
            self.faults.push(what.to_owned());
            told.failed = told.failed.max(1);
        }
        self.passed += told.passed;
        self.failed += told.failed;
        self.skipped += told.skipped;
    }
}

/// Adds up `test result: ok. 5 passed; 0 failed; 1 ignored; …`, of which there is one for each test program.
fn cargo_tally(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines().filter_map(|line| line.trim_start().strip_prefix("test result: ")) {
        let counts = line.split_once(". ").map_or("", |(_, counts)| counts);
        for (count, what) in counts.split("; ").filter_map(|part| part.split_once(' ')) {
            tally.add(count, what);
        }
    }
    tally
}

/// Adds up the lines with which Playwright closes: `  3 failed`, `  10 passed (1.2m)`.
fn playwright_tally(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines().filter(|line| line.starts_with("  ")) {
        if let Some((count, what)) = line.trim().split_once(' ') {
            tally.add(count, what.split(" (").next().unwrap_or(what));
        }
    }
    tally
}

impl Tally {
    fn add(&mut self, count: &str, what: &str) {
        let Ok(count) = count.parse::<u64>() else { return };
        match what {
            "passed" | "flaky" => self.passed += count,
            "failed" | "interrupted" => self.failed += count,
            "ignored" | "skipped" | "did not run" => self.skipped += count,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_programs_are_added_up() {
        let output = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(cargo_tally(output), Tally { passed: 3, failed: 3, skipped: 1, ..Tally::default() });
    }

    #[test]
    fn playwrights_closing_lines_are_read() {
        let output = "Running 9 tests using 1 worker\n  ✓  1 [chromium] › deed.spec.ts:3:1 › 4 passed by (1s)\n\
            \n  1 failed\n    [chromium] › deed.spec.ts:9:1 › a deed ───\n  1 flaky\n  2 skipped\n  \
            1 did not run\n  4 passed (1.2m)\n";
        assert_eq!(playwright_tally(output), Tally { passed: 5, failed: 1, skipped: 3, ..Tally::default() });
    }
}
