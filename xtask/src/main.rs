//! The project's only build tool: `cargo xtask VERB`.
//!
//! A file a verb; `site.rs` makes the folder that browsers are served from, `tools.rs` runs other programs.
//! Wasm and host crates are always built in separate cargo calls, because cargo unifies the features of
//! what it builds together and the browser's crates break with the server's features.

mod bench;
mod ci;
mod dist;
mod serve;
mod shots;
mod site;
mod style;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, serves and tests Amparo.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build the app and the server and start them; the server prints where.
    Serve(serve::Args),
    /// Build the folder of files that the server hands to browsers, and nothing else.
    Site(site::Args),
    /// Test everything: format, lints, unit tests, stories, and whole deeds in a browser.
    Test(test::Args),
    /// Test everything, then licences and sources of dependencies, then the weight of both doors.
    Ci,
    /// Make the one binary that people run: the server with the app inside.
    Dist(dist::Args),
    /// Measure every budget that can be measured by now.
    Bench(bench::Args),
    /// Take the README's pictures anew, from the demo.
    Shots,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Serve(args) => serve::run(&args),
        Verb::Site(args) => site::run(&args),
        Verb::Test(args) => return test::run(&args),
        Verb::Ci => return ci::run(),
        Verb::Dist(args) => dist::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Shots => shots::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault:#}");
            ExitCode::FAILURE
        }
    }
}
