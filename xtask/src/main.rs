//! The project's only build tool: `cargo xtask VERB`.
//!
//! A file a verb; `site.rs` makes the folder that browsers are served from, `tools.rs` runs other programs.
//! Wasm and host crates are always built in separate cargo calls, because cargo unifies the features of
//! what it builds together and the browser's crates break with the server's features.

mod bench;
mod choices;
mod ci;
mod deny;
mod dist;
mod flags;
mod fuzz;
mod list;
mod loops;
#[cfg(test)]
mod reliability;
mod reproduce;
mod scan;
mod serve;
mod shots;
mod sign;
mod site;
mod soak;
mod style;
mod test;
mod tools;
mod wasm;

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
    /// Everything that must hold before a change goes in: dependencies, weights, all tests, the decoders under fire for
    /// a short time, that the app is built twice into the same bytes, and the loops that kill and corrupt.
    Ci,
    /// The loops that kill, cut and corrupt, as long as before a release (hours), and their figures.
    Soak(soak::Args),
    /// Judge licences, sources and known faults of all dependencies, as deny.toml says.
    Deny(deny::Args),
    /// Throw made-up bytes at every decoder of bytes from outside (nightly Rust and cargo-fuzz).
    Fuzz(fuzz::Args),
    /// Build the app twice in different folders and compare every file.
    Reproduce(reproduce::Args),
    /// Make or show the key that signs versions of the app.
    #[command(subcommand)]
    ReleaseKey(sign::Deed),
    /// Make the one binary that people run: the server with the app inside.
    Dist(dist::Args),
    /// Weigh the program of the applicants' door alone, as people download it.
    Door,
    /// Measure every budget that can be measured by now.
    Bench(bench::Args),
    /// Let scanners for holes (wapiti, sqlmap) at the demo server on this machine.
    Scan(scan::Args),
    /// Take the README's pictures anew, from the demo.
    Shots,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Serve(args) => serve::run(&args),
        Verb::Site(args) => site::run(&args),
        Verb::Test(args) => return test::run(&args),
        Verb::Ci => return ci::run(),
        Verb::Soak(args) => soak::run(&args),
        Verb::Deny(args) => deny::run(&args),
        Verb::Fuzz(args) => fuzz::run(&args),
        Verb::Reproduce(args) => reproduce::run(&args),
        Verb::ReleaseKey(deed) => sign::run(&deed),
        Verb::Dist(args) => dist::run(&args),
        Verb::Door => dist::weigh_apply(),
        Verb::Bench(args) => bench::run(&args),
        Verb::Scan(args) => scan::run(&args),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
