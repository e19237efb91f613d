//! `cargo xtask shots`: takes the README's pictures anew, from the demo.

use std::process::Command;

use anyhow::Result;

use crate::{site, tools};

/// Builds the app and the server and lets a browser walk through the demo; what it sees lies in `docs/screenshots`.
pub fn run() -> Result<()> {
    let e2e = tools::root().join("e2e");
    tools::install_node_modules(&e2e)?;
    let plan = site::Plan::default();
    let folder = plan.folder();
    tools::step("app", || site::build(&plan)?.write(&folder))?;
    let server = tools::step("server", || tools::build_server(&[]))?;
    let mut playwright = Command::new("npx");
    playwright.args(["playwright", "test", "--config", "shots/playwright.config.ts"]).current_dir(&e2e);
    playwright.env("AMPARO_BIN", server).env("AMPARO_SITE", &folder);
    if let Some(chromium) = tools::find_chromium() {
        playwright.env("CHROMIUM", chromium);
    }
    tools::run(&mut playwright)
}
