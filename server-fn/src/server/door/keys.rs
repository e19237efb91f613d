//! Intake keys: one for each office and month. They are derived from the server's secret for slips, so that no row tells
//! which offices there are, and a restored backup has the same ones. Tablets are handed those of thirteen months, and so
//! open slips that are up to twelve months old; the server itself could open older ones, and the letters it is sent
//! anyway.

use crate::server::Office;
use crate::server::ledger::LedgerError;
use seal::door::IntakeKey;
use seal::intake::IntakeSecret;
use time::{Date, Month, OffsetDateTime};

/// Months before this one whose slips still open.
const KEPT: u32 = 12;
/// A day in milliseconds: a phone that was without a line over the end of a month still holds the former key.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// An office: an organisation at a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Code of the organisation; empty where there is one alone.
    pub organisation: String,
    /// Code of the site.
    pub site: String,
}

/// The keys of an office as of a moment, that of its month first.
///
/// # Errors
/// When the ledger is not able.
pub fn of(office: &Office, place: &Place, now: u64) -> Result<Vec<IntakeKey>, LedgerError> {
    let mut month = Some(month_of(now));
    let mut keys = Vec::new();
    while let Some(first) = month.filter(|_| keys.len() <= KEPT as usize) {
        keys.push(key(office, place, first)?);
        month = first.previous_day().and_then(|day| day.replace_day(1).ok());
    }
    Ok(keys)
}

/// The key of an office of the month of a moment.
///
/// # Errors
/// When the ledger is not able.
pub fn current(office: &Office, place: &Place, now: u64) -> Result<IntakeKey, LedgerError> {
    key(office, place, month_of(now))
}

/// The key of an office in a month, named by its first day.
fn key(office: &Office, place: &Place, first: Date) -> Result<IntakeKey, LedgerError> {
    let Place { organisation, site } = place;
    // Codes hold no line break.
    let purpose = format!("intake {}-{}\n{organisation}\n{site}", first.year(), u8::from(first.month()));
    let secret = IntakeSecret::of(&*office.slip_key(&purpose)?);
    let next = (first + time::Duration::days(31)).replace_day(1).unwrap_or(first);
    Ok(IntakeKey {
        site: site.clone(),
        from: ms(first),
        // Phones ask for another in good time, and one that could not still seals to this.
        until: ms(next).saturating_add(7 * DAY),
        secret: (*secret.0).into(),
    })
}

/// The first day of the month of a moment (UTC: nobody's clock is asked).
fn month_of(now: u64) -> Date {
    let seconds = i64::try_from(now / 1000).unwrap_or(0);
    let day = OffsetDateTime::from_unix_timestamp(seconds).map(OffsetDateTime::date);
    let day = day.unwrap_or(Date::MIN);
    day.replace_day(1).unwrap_or(day)
}

fn ms(day: Date) -> u64 {
    let epoch = Date::from_calendar_date(1970, Month::January, 1).unwrap_or(Date::MIN);
    u64::try_from((day - epoch).whole_milliseconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first_day() {
        let day = |year, month, day| Date::from_calendar_date(year, month, day).unwrap();
        assert_eq!(month_of(0), day(1970, Month::January, 1));
        assert_eq!(month_of(1_795_362_120_000), day(2026, Month::November, 1));
        assert_eq!(ms(day(1970, Month::January, 2)), DAY);
    }
}
