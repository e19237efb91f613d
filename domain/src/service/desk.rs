//! Desks: where an institution takes people in. Rows of table `desks`, which every office changes as its own.

use crate::catalogue::Row;
use crate::overlay::{self, in_force};
use crate::rules::days::day_of_text;
use time::Date;

/// One desk of an institution. Its name is the label of its code in table `desks`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// Its code in table `desks`.
    pub code: String,
    /// Code of table `institutions`.
    pub institution: String,
    /// Code of table `sites`; empty for one that serves every site.
    pub site: String,
    /// Codes of table `referral_sectors`: what it accepts.
    pub sectors: Vec<String>,
    /// Languages spoken there: codes of table `languages`, as two letters or as three.
    pub languages: Vec<String>,
    /// When it is open, as the office wrote it; may be empty.
    pub hours: String,
    /// Where it is, as the office wrote it; may be empty.
    pub address: String,
    /// Its telephone, as the office wrote it; may be empty.
    pub phone: String,
    /// It answers with accounts of this system; else on the page of a slip's code, or by word.
    pub has_accounts: bool,
    /// The first day on which it takes people; `None` for always.
    pub valid_from: Option<Date>,
    /// The last one; `None` for ever.
    pub valid_to: Option<Date>,
    /// It is no longer offered; what was recorded with it stays readable.
    pub retired: bool,
}

impl Desk {
    /// Reads the rows of table `desks`, in their order. Rows without a code or an institution are passed over.
    #[must_use]
    pub fn read(rows: &[Row]) -> Vec<Desk> {
        rows.iter().filter_map(Desk::of).collect()
    }

    /// Reads a row; `None` without a code or an institution.
    #[must_use]
    pub fn of(row: &Row) -> Option<Desk> {
        let cell = |column: &str| row.get(column).cloned().unwrap_or_default();
        let codes = |column: &str| codes_in(row, column).map(str::to_owned).collect();
        let desk = Desk {
            code: cell("code"),
            institution: cell("institution"),
            site: cell("site"),
            sectors: codes("sectors"),
            languages: codes("languages"),
            hours: cell("hours"),
            address: cell("address"),
            phone: cell("phone"),
            has_accounts: cell("answers") == ACCOUNT,
            valid_from: day_of_text(&cell(overlay::VALID_FROM)),
            valid_to: day_of_text(&cell(overlay::VALID_TO)),
            retired: !in_force(row, None),
        };
        (!desk.code.is_empty() && !desk.institution.is_empty()).then_some(desk)
    }

    /// Whether it takes people on a day.
    #[must_use]
    pub fn is_valid(&self, today: Date) -> bool {
        !self.retired
            && self.valid_from.is_none_or(|from| from <= today)
            && self.valid_to.is_none_or(|to| today <= to)
    }

    /// Whether it takes what is of a sector: a code of table `referral_sectors`, or empty for any.
    #[must_use]
    pub fn accepts(&self, sector: &str) -> bool {
        sector.is_empty() || self.sectors.iter().any(|own| own == sector)
    }

    /// Whether it serves a site: its own, or every one where it has none.
    #[must_use]
    pub fn serves(&self, site: &str) -> bool {
        self.site.is_empty() || self.site == site
    }

    /// What a telephone dials: its figures, with the plus of a country's number. Empty where there are too few.
    #[must_use]
    pub fn dialled(&self) -> String {
        let plus = if self.phone.trim_start().starts_with('+') { "+" } else { "" };
        let figures: String = self.phone.chars().filter(char::is_ascii_digit).collect();
        if figures.len() < 3 { String::new() } else { format!("{plus}{figures}") }
    }
}

/// The desks that take what is of a sector on a day: those at the site first, then those that serve every site, then
/// those elsewhere; in the order of the table otherwise. `sector` empty for any.
#[must_use]
pub fn desks_for<'a>(desks: &'a [Desk], sector: &str, site: &str, today: Date) -> Vec<&'a Desk> {
    let takes = |desk: &&Desk| desk.is_valid(today) && desk.accepts(sector);
    let mut found: Vec<&Desk> = desks.iter().filter(takes).collect();
    found.sort_by_key(|desk| (desk.site.is_empty() || desk.site != site, !desk.site.is_empty()));
    found
}

/// A desk that answers with accounts of this system: a cell of column `answers`.
pub const ACCOUNT: &str = "account";
/// A desk that answers on the page of a slip's code.
pub const SLIP: &str = "slip";

/// The codes of a cell, with semicolons or spaces between them.
pub fn codes_in<'a>(row: &'a Row, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let cell = row.get(column).map(String::as_str).unwrap_or_default();
    cell.split([';', ' ']).filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::Sheet;
    use time::macros::date;

    const ROWS: &str = "code,institution,site,label_es,sectors,languages,answers,phone,valid_from,valid_to,retired\n\
        far,HIAS,david,Lejos,mhpss;gbv,es,account,+507 775-0000,,,\n\
        near,MINSA,meteti,Cerca,mhpss,es;en,slip,12,,,\n\
        all,CRP,,Todas,mhpss;health,es,slip,,,,\n\
        soon,NRC,meteti,Pronto,mhpss,es,slip,,2026-12-01,,\n\
        over,NRC,meteti,Antes,mhpss,es,slip,,2025-01-01,2026-11-21,\n\
        gone,NRC,meteti,Cerrada,mhpss,es,slip,,,,1\n\
        ,NRC,meteti,Sin código,mhpss,es,slip,,,,\n\
        none,,meteti,Sin institución,mhpss,es,slip,,,,\n";

    fn desks() -> Vec<Desk> {
        Desk::read(&Sheet::read(ROWS).rows)
    }

    #[test]
    fn the_nearest_desk_comes_first_and_those_that_are_closed_do_not_come_at_all() {
        let desks = desks();
        assert_eq!(desks.len(), 6);
        let check = |sector: &str, site: &str, today: Date, expected: &[&str]| {
            let found: Vec<&str> =
                desks_for(&desks, sector, site, today).iter().map(|it| it.code.as_str()).collect();
            assert_eq!(found, expected, "{sector} at {site} on {today}");
        };
        let today = date!(2026 - 11 - 22);
        check("mhpss", "meteti", today, &["near", "all", "far"]);
        check("mhpss", "david", today, &["far", "all", "near"]);
        check("mhpss", "panama", today, &["all", "far", "near"]);
        check("health", "meteti", today, &["all"]);
        check("gbv", "meteti", today, &["far"]);
        check("shelter", "meteti", today, &[]);
        check("", "meteti", today, &["near", "all", "far"]);
        // The first and the last day count.
        check("mhpss", "meteti", date!(2026 - 11 - 21), &["near", "over", "all", "far"]);
        check("mhpss", "meteti", date!(2026 - 12 - 01), &["near", "soon", "all", "far"]);
        check("mhpss", "meteti", date!(2024 - 12 - 31), &["near", "all", "far"]);
    }

    #[test]
    fn a_telephone_is_dialled_by_its_figures_and_a_scrap_is_not_dialled() {
        let desks = desks();
        let dialled: Vec<String> = desks.iter().take(3).map(Desk::dialled).collect();
        assert_eq!(dialled, ["+5077750000", "", ""]);
    }

    #[test]
    fn every_desk_that_is_shipped_is_read_and_takes_something() {
        let text = include_str!("../../../public/tables/desks.csv");
        let sheet = Sheet::read(text);
        let desks = Desk::read(&sheet.rows);
        assert_eq!(desks.len(), sheet.rows.len());
        for desk in &desks {
            assert!(!desk.sectors.is_empty() && !desk.languages.is_empty(), "{}", desk.code);
            assert!(desk.is_valid(date!(2026 - 11 - 22)), "{}", desk.code);
        }
        assert!(desks.iter().any(|desk| desk.has_accounts) && desks.iter().any(|desk| !desk.has_accounts));
    }
}
