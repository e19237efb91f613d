//! `cargo xtask serve`: builds what changed and becomes the server.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{site, tools};

/// How to serve.
#[derive(clap::Args)]
pub struct Args {
    /// Start with the demo caseload and print invitations for its staff.
    #[arg(long)]
    demo: bool,
    /// Where to listen; 0 takes any free port.
    #[arg(long, default_value_t = 8480)]
    port: u16,
    /// The server's data [default: target/data, or target/demo with --demo].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Build as for real use: slower to build, faster to run.
    #[arg(long)]
    release: bool,
}

/// Builds the site and the server and hands over to the server, which prints its address.
pub fn run(args: &Args) -> Result<()> {
    let plan = site::Plan { optimised: args.release, ..site::Plan::default() };
    let folder = plan.folder();
    site::build(&plan)?.write(&folder)?;
    let server = tools::build_server(if args.release { &["--release"] } else { &[] })?;
    let data =
        args.data.clone().unwrap_or_else(|| tools::target().join(if args.demo { "demo" } else { "data" }));

    let mut command = Command::new(server);
    command.arg("serve").args(["--port", &args.port.to_string()]);
    command.arg("--data").arg(data).arg("--site").arg(folder);
    if args.demo {
        command.arg("--demo");
    }
    become_program(command)
}

/// The server takes this program's place, so that Ctrl-C and signals reach it directly.
#[cfg(unix)]
fn become_program(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(anyhow::Error::new(command.exec()).context("the server could not be started"))
}

#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<()> {
    tools::run(&mut command)
}
