//! Compiles the programs for browsers and ties them to one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::site::{Elsewhere, Plan, WORKER, hash, read_folder};
use crate::{flags, tools};

/// Change it when `bind` gives other output for the same input.
const BINDING: &str = "2";

/// What keeps loops of ciphers loops in the applicants' door, where bytes count. In Wasm they are as quick as the unrolled
/// ones: 2^18 tries of a letter's work and 4 MB of AES take the same time (V8, optimised for size).
const COMPACT: [&str; 2] = ["sha2_backend_soft=\"compact\"", "aes_backend_soft=\"compact\""];

/// A Wasm module with the JavaScript that ties it to a browser.
pub struct Bound {
    /// Its program's name.
    pub name: String,
    /// The script that ties it to the browser.
    pub glue: String,
    /// The program.
    pub wasm: Vec<u8>,
    /// Scripts that crates bring along, by the path that the glue knows them by.
    pub snippets: BTreeMap<String, Vec<u8>>,
}

/// Every program of a plan.
pub fn all(plan: &Plan) -> Result<Vec<Bound>> {
    bind_all(plan, build_wasm(plan)?)
}

/// Builds the program of the applicants' door alone, as people download it: its glue and its Wasm.
pub fn build_apply() -> Result<[Vec<u8>; 2]> {
    let plan = Plan { optimised: true, ..Plan::default() };
    let bound = bind_all(&plan, build_apply_wasm(&plan)?)?.pop().context("cargo built no door")?;
    Ok([bound.glue.into_bytes(), bound.wasm])
}

/// Compiles every Wasm program.
fn build_wasm(plan: &Plan) -> Result<Vec<tools::Artifact>> {
    let mut command = wasm_build(plan)?;
    command.args(["-p", "amparo-app", "-p", WORKER]);
    if !plan.optimised {
        command.args(["-p", "amparo-apply"]);
    } else {
        command.args(["--profile", "wasm"]);
    }
    // Features of the doors alone, so that the dependencies built for the real app serve the test builds too.
    for feature in &plan.features {
        command.arg("--features").arg(format!("amparo-app/{feature}"));
        if feature == "plain" {
            command.args(["--features", "amparo-apply/plain"]);
        }
    }
    let mut made = tools::build(&mut command)?;
    if plan.optimised {
        made.extend(build_apply_wasm(plan)?);
    }
    Ok(made)
}

/// Compiles the applicants' door by itself, with a profile and features of its own: of what cargo builds together, each
/// gets what the others asked for.
fn build_apply_wasm(plan: &Plan) -> Result<Vec<tools::Artifact>> {
    let mut command = wasm_build(plan)?;
    let flags = flags::remapped(plan.root(), &plan.target())?;
    let flags = COMPACT.into_iter().fold(flags, |flags, compact| format!("{flags}\u{1f}--cfg={compact}"));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    tools::build(command.args(["-p", "amparo-apply", "--profile", "door"]))
}

/// A build of programs for browsers.
fn wasm_build(plan: &Plan) -> Result<std::process::Command> {
    let mut command = tools::cargo("build");
    // Cargo reads `.cargo/config.toml` from the folder it is started in.
    command.current_dir(plan.root());
    if let Some(Elsewhere { target, .. }) = &plan.elsewhere {
        command.env("CARGO_TARGET_DIR", target);
    }
    if plan.optimised || plan.elsewhere.is_some() {
        command.env("CARGO_ENCODED_RUSTFLAGS", flags::remapped(plan.root(), &plan.target())?);
    }
    command.args(["--locked", "--target", "wasm32-unknown-unknown", "--bins"]);
    Ok(command)
}

/// Ties every module to the browser, two at a time.
fn bind_all(plan: &Plan, modules: Vec<tools::Artifact>) -> Result<Vec<Bound>> {
    let keep = plan.target().join("xtask").join(plan.label("bound"));
    let mut bound = Vec::new();
    for pair in modules.chunks(2) {
        let done: Vec<Result<Bound>> = thread::scope(|scope| {
            let started: Vec<_> = pair.iter().map(|module| scope.spawn(|| bind(module, &keep))).collect();
            started.into_iter().map(|it| it.join().map_err(|_| anyhow!("a module was not bound"))?).collect()
        });
        for one in done {
            bound.push(one?);
        }
    }
    Ok(bound)
}

/// Ties one module to the browser, or takes what was made of the very same module before.
fn bind(module: &tools::Artifact, keep: &Path) -> Result<Bound> {
    let input = fs::read(&module.path).with_context(|| format!("{} is gone", module.path.display()))?;
    let folder = keep.join(&module.name);
    let stamp = format!("{BINDING} {}", hash(&input));
    let stamp_file = folder.join("stamp");
    if fs::read_to_string(&stamp_file).ok().as_deref() != Some(stamp.as_str()) {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen.input_bytes(&module.name, input).out_name(&module.name);
        // A classic worker cannot import modules; everything else can.
        match module.name.as_str() {
            WORKER => bindgen.no_modules(true)?,
            _ => bindgen.web(true)?,
        };
        bindgen.typescript(false).omit_default_module_path(true);
        // The names of Leptos's types are two thirds of an unoptimised program, and a panic says its line anyway.
        bindgen.remove_name_section(true).remove_producers_section(true);
        bindgen.generate(&folder).with_context(|| format!("{} could not be bound", module.name))?;
        fs::write(&stamp_file, stamp)?;
    }
    let snippets = read_folder(&folder)?.into_iter().filter(|(path, _)| path.starts_with("snippets/"));
    Ok(Bound {
        name: module.name.clone(),
        glue: fs::read_to_string(folder.join(format!("{}.js", module.name)))?,
        wasm: fs::read(folder.join(format!("{}_bg.wasm", module.name)))?,
        snippets: snippets.collect(),
    })
}
