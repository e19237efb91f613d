//! `cargo xtask bench`: builds what is measured as people get it and hands over to `e2e/bench/run.mjs`.

use std::process::Command;

use anyhow::Result;

use crate::{dist, sign, site, test::cluster, tools};

/// How to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Handed on to `e2e/bench/run.mjs`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Measures every budget that exists by now and prints it beside its measured value.
pub fn run(args: &Args) -> Result<()> {
    let dist = dist::folder();
    let weights = dist::build(&dist, &sign::Args::default())?;
    let plan = site::Plan { optimised: true, features: vec!["bench".to_owned()], ..site::Plan::default() };
    let folder = plan.folder();
    tools::step("app with the bench page", || site::build(&plan)?.write(&folder))?;
    let server = tools::step("server", || {
        tools::build_server(&["--release", "--bin", "flood", "--features", "amparo-api/flood"])
    })?;

    let e2e = tools::root().join("e2e");
    let bench = e2e.join("bench");
    for folder in [&e2e, &bench] {
        if folder.join("package-lock.json").is_file() {
            tools::install_node_modules(folder)?;
        }
    }
    let mut node = Command::new("node");
    // Held until all is measured.
    let cluster = match cluster::programs() {
        Some(programs) => {
            let cluster = cluster::Cluster::start("")?;
            node.env("AMPARO_POSTGRES", cluster.url("postgres")).env("AMPARO_PSQL", programs.join("psql"));
            Some(cluster)
        }
        None => {
            println!("no PostgreSQL on this machine: its measures are left out");
            None
        }
    };
    node.arg("run.mjs").args(&args.rest).current_dir(bench);
    node.env("AMPARO_FLOOD", server.with_file_name("flood"));
    node.env("AMPARO_BIN", server).env("AMPARO_SITE", &folder).env("AMPARO_SITE_BENCH", &folder);
    node.env("AMPARO_DIST", dist).env("AMPARO_WEIGHTS", dist::as_json(&weights).to_string());
    if let Some(chromium) = tools::find_chromium() {
        node.env("CHROMIUM", chromium);
    }
    let done = tools::run(&mut node);
    drop(cluster);
    done
}
