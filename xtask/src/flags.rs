//! Flags of the compiler for Wasm that is the same wherever it is built.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::tools;

/// The flags of `.cargo/config.toml` for Wasm, and other names for the folders of this machine, so that the same sources
/// become the same program wherever they lie.
pub fn remapped(root: &Path, target: &Path) -> Result<String> {
    let mut flags = wasm_flags(&fs::read_to_string(root.join(".cargo/config.toml"))?)?;
    let home = |name: &str, below: &str| {
        let said = std::env::var_os(name).map(PathBuf::from);
        said.or_else(|| std::env::home_dir().map(|home| home.join(below)))
    };
    // What the compiler itself calls its library where nobody has installed the sources of it.
    let (sources, official) = tools::library_sources()?;
    let folders = [
        (Some(root.to_owned()), "/amparo"),
        (Some(target.to_owned()), "/target"),
        (home("CARGO_HOME", ".cargo"), "/cargo"),
        (Some(sources), official.as_str()),
    ];
    for (folder, name) in folders {
        if let Some(folder) = folder {
            flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
        }
    }
    Ok(flags.join("\u{1f}"))
}

/// The flags that cargo's configuration gives for Wasm: flags from elsewhere would come instead of them.
fn wasm_flags(config: &str) -> Result<Vec<String>> {
    let (_, section) = config
        .split_once("[target.wasm32-unknown-unknown]")
        .context("no flags for Wasm in .cargo/config.toml")?;
    let (_, list) = section.split_once("rustflags = [").context("no rustflags in .cargo/config.toml")?;
    let (list, _) = list.split_once(']').context("rustflags in .cargo/config.toml have no end")?;
    Ok(list.split('"').skip(1).step_by(2).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_built_with_the_flags_of_the_configuration() {
        let config = fs::read_to_string(tools::root().join(".cargo/config.toml")).unwrap();
        assert_eq!(wasm_flags(&config).unwrap(), ["--cfg=erase_components"]);
        let flags = remapped(tools::root(), &tools::target()).unwrap();
        let root = format!("--remap-path-prefix={}=/amparo", tools::root().display());
        assert!(flags.split('\u{1f}').any(|flag| flag == root), "{flags}");
        assert!(wasm_flags("[build]").is_err());
    }
}
