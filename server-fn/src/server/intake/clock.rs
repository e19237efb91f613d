//! What the clock at an office says.

use crate::server::Office;
use domain::rules::days::day_of;
use time::Date;

/// Minutes by which the clocks of an operation are ahead of the universal one (IANA time zone database, 2026). Those of
/// Cuba are changed in summer: there an hour is of no account for what is told by this.
fn ahead(operation: &str) -> i64 {
    match operation {
        "BZ" => -360,
        "PA" | "CU" => -300,
        "TT" | "GY" | "CW" | "AW" => -240,
        "SR" => -180,
        _ => 0,
    }
}

/// Minutes since 1970 by the clock of an office at a site, for a moment in milliseconds since 1970.
#[must_use]
pub fn minutes_here(office: &Office, site: &str, now: u64) -> i64 {
    i64::try_from(now / 60_000).unwrap_or(0) + ahead(office.operation(site))
}

/// The day there.
#[must_use]
pub fn today(office: &Office, site: &str, now: u64) -> Option<Date> {
    let ms = minutes_here(office, site, now).saturating_mul(60_000);
    day_of(u64::try_from(ms).unwrap_or(0))
}
