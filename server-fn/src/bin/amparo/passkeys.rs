//! `amparo passkeys`: for the one administrator who lost theirs, and has no colleague to ask.

use super::Options;

/// How to.
pub const USAGE: &str = "\
amparo passkeys reset --data DIR --code STAFF-CODE
    Removes all passkeys of one person who lost theirs, such as the only administrator: they register another one as
    their first, from a device that they unlock. Works beside a running server, and stands in the log.
";

/// Runs it.
pub fn run(words: &[String], options: &Options) -> Result<(), String> {
    match words {
        [deed] if deed == "reset" => {
            let removed = options.office()?.reset_passkeys(options.need("code")?)?;
            println!("{removed} removed.");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    }
}
