//! `amparo sealed`: for sealed people of whom nobody who is left may know.

use super::Options;
use domain::UserId;

/// How to.
pub const USAGE: &str = "\
amparo sealed add --data DIR --user USER-ID --for USER-ID
    Names the person of --user on all sealed people of whom the one of --for may know, such as somebody who has left
    without naming anybody: so that no sealed person is lost for ever. Prints how many, and no names. An id is the last
    part of the address of somebody's page under Administration. Works beside a running server, and stands in the log.
";

/// Runs it.
pub fn run(words: &[String], options: &Options) -> Result<(), String> {
    match words {
        [deed] if deed == "add" => {
            let id = |option| {
                let text = options.need(option)?;
                UserId::parse(text).ok_or_else(|| format!("--{option} is no id of a user"))
            };
            let (user, of) = (id("user")?, id("for")?);
            let named = options.office()?.name_on_sealed(user, of)?;
            println!("Named on {} sealed people.", named.people);
            if named.elsewhere > 0 {
                println!("{} others are registered where this person does not work.", named.elsewhere);
            }
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    }
}
