//! Puts the tables of `public/tables` into the server, which checks an office's own against them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_SERVER").is_none() {
        return;
    }
    let tables = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../public/tables");
    println!("cargo:rerun-if-changed={}", tables.display());
    let entries = fs::read_dir(&tables).unwrap_or_else(|error| panic!("{}: {error}", tables.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    let mut code = String::from("&[\n");
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", path.display().to_string());
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("tables.rs");
    fs::write(out, code).unwrap_or_else(|error| panic!("tables.rs: {error}"));
}
