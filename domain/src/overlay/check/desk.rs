//! What is asked of desks, and of days between which a row is offered.

use super::{Check, cell};
use crate::date::PartialDate;
use crate::overlay::{Row, VALID_FROM, VALID_TO, Wrong};
use crate::service::desk::{ACCOUNT, SLIP, codes_in};

impl Check<'_> {
    /// The days between which a row is offered are whole days, and in order.
    pub(super) fn days(&mut self, at: usize, whole: &Row) {
        let bounds = [VALID_FROM, VALID_TO].map(|column| {
            let text = cell(whole, column);
            let day = PartialDate::from_text(text).and_then(PartialDate::day_known);
            if !text.is_empty() && day.is_none() {
                self.fault(at, column, Wrong::NoDay(text.to_owned()));
            }
            day
        });
        if let [Some(from), Some(to)] = bounds
            && to < from
        {
            self.fault(at, VALID_TO, Wrong::EndsBefore);
        }
    }

    /// A desk belongs to an institution, lies at a site or serves all, and names what it accepts and speaks.
    pub(super) fn desk(&mut self, at: usize, whole: &Row) {
        let institution = cell(whole, "institution");
        if institution.is_empty() {
            self.fault(at, "institution", Wrong::Missing);
        } else if !self.codes("institutions", "code").contains(institution) {
            self.fault(at, "institution", Wrong::NoSuchPlace("institution", institution.to_owned()));
        }
        let site = cell(whole, "site");
        if !site.is_empty() && !self.codes("sites", "code").contains(site) {
            self.fault(at, "site", Wrong::NoSuchPlace("site", site.to_owned()));
        }
        let mut spoken = self.codes("languages", "iso639_1");
        spoken.extend(self.codes("languages", "iso639_3"));
        let sectors = self.codes("referral_sectors", "code");
        for (column, what, known) in [("sectors", "sector", sectors), ("languages", "language", spoken)] {
            let named: Vec<&str> = codes_in(whole, column).collect();
            if named.is_empty() {
                self.fault(at, column, Wrong::Missing);
            }
            for code in named.into_iter().filter(|code| !known.contains(*code)) {
                self.fault(at, column, Wrong::NoSuchPlace(what, code.to_owned()));
            }
        }
        let answers = cell(whole, "answers");
        if answers.is_empty() {
            self.fault(at, "answers", Wrong::Missing);
        } else if ![ACCOUNT, SLIP].contains(&answers) {
            self.fault(at, "answers", Wrong::NotOneOf(answers.to_owned(), format!("{ACCOUNT}, {SLIP}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::overlay::{Sheet, Sheets, check};

    const SHIPPED: [(&str, &str); 5] = [
        ("institutions", include_str!("../../../../public/tables/institutions.csv")),
        ("sites", include_str!("../../../../public/tables/sites.csv")),
        ("languages", include_str!("../../../../public/tables/languages.csv")),
        ("referral_sectors", include_str!("../../../../public/tables/referral_sectors.csv")),
        ("desks", include_str!("../../../../public/tables/desks.csv")),
    ];

    fn base() -> Sheets {
        SHIPPED.map(|(name, text)| (name.to_owned(), Sheet::read(text))).into()
    }

    /// What is wrong, as `column: words`.
    fn faults(table: &str, text: &str) -> Vec<String> {
        let found = check(table, text, &base(), &Sheets::new()).err().unwrap_or_default();
        found.into_iter().map(|fault| format!("{}: {}", fault.column, fault.wrong)).collect()
    }

    #[test]
    fn what_is_shipped_is_in_order() {
        for (table, text) in SHIPPED {
            assert_eq!(faults(table, text), Vec::<String>::new(), "{table}");
        }
    }

    #[test]
    fn a_desk_names_what_there_is() {
        let header = "code,institution,site,label_es,sectors,languages,answers,valid_from,valid_to";
        for (row, expected) in [
            ("d,HIAS,meteti,HIAS,gbv;mhpss,es;eng,account,,", &[][..]),
            ("d,HIAS,,HIAS,gbv,es,slip,2026-01-01,2026-01-01", &[]),
            ("d,,,HIAS,gbv,es,slip,,", &["institution: this must be filled in"]),
            ("d,NOBODY,,x,gbv,es,slip,,", &["institution: there is no institution of code \"NOBODY\""]),
            ("d,HIAS,atlantis,x,gbv,es,slip,,", &["site: there is no site of code \"atlantis\""]),
            ("d,HIAS,,x,dance,es,slip,,", &["sectors: there is no sector of code \"dance\""]),
            ("d,HIAS,,x,gbv,es;qqq,slip,,", &["languages: there is no language of code \"qqq\""]),
            ("d,HIAS,,x,gbv,es,phone,,", &["answers: \"phone\" is not one of account, slip"]),
            (
                "d,HIAS,,x,,,,,",
                &[
                    "sectors: this must be filled in",
                    "languages: this must be filled in",
                    "answers: this must be filled in",
                ],
            ),
            ("d,HIAS,,,gbv,es,slip,,", &["label_es: this must be filled in"]),
            (
                "d,HIAS,,x,gbv,es,slip,2026,2026-13-01",
                &[
                    "valid_from: \"2026\" is no day: write it as 2026-11-22",
                    "valid_to: \"2026-13-01\" is no day: write it as 2026-11-22",
                ],
            ),
            (
                "d,HIAS,,x,gbv,es,slip,2026-02-01,2026-01-31",
                &["valid_to: the last day lies before the first"],
            ),
        ] {
            assert_eq!(faults("desks", &format!("{header}\n{row}\n")), expected, "{row}");
        }
        // A desk that is shipped is changed by what is new of it alone.
        assert_eq!(faults("desks", "code,hours\nhias_david,8 a 16\n"), Vec::<String>::new());
    }

    #[test]
    fn an_institution_ends_on_a_day() {
        let ends = |days: &str| {
            faults("institutions", &format!("code,label_es,valid_from,valid_to\nA,Antes,{days}\n"))
        };
        assert_eq!(ends(",2026-06-30"), Vec::<String>::new());
        assert_eq!(ends("2026-07-01,2026-06-30"), ["valid_to: the last day lies before the first"]);
        assert_eq!(ends("ayer,"), ["valid_from: \"ayer\" is no day: write it as 2026-11-22"]);
    }
}
