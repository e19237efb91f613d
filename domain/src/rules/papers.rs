//! Rules about papers. DOC07, no contact with a consulate, is kept by offering none: see the tests.

use super::days::days_after;
use super::{Found, Rule, Scene, has_need, holder};
use crate::field::{Field, Kind};
use crate::finding::Suggestion;
use crate::search_key;

/// Code of `document_types.csv` for «none»: goes with no other.
const NO_DOCUMENT: &str = "NONE";

const DATES: &[Field] = &[Field::ISSUED_ON, Field::EXPIRES_ON];
const NUMBER: &[Field] = &[Field::DOCUMENT_TYPE, Field::DOCUMENT_COUNTRY, Field::DOCUMENT_NUMBER];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("DOC01", DATES, doc01),
    Rule::new("DOC02", DATES, doc02),
    Rule::new("DOC03", DATES, doc03),
    Rule::new("DOC04", NUMBER, doc04),
    Rule::new("DOC05", &[Field::DOCUMENT_TYPE], doc05),
    Rule::new("DOC06", &[Field::DOCUMENT_TYPE], doc06),
];

/// Expired.
fn doc01(scene: &Scene<'_>, found: &mut Found) {
    for paper in scene.file.rows_of_kind(Kind::DOCUMENT) {
        if paper.date(Field::EXPIRES_ON).is_some_and(|expiry| expiry.latest() < scene.look.today) {
            found.at(paper, Field::EXPIRES_ON);
        }
    }
}

/// Expires within 30 days.
fn doc02(scene: &Scene<'_>, found: &mut Found) {
    let Some(soon) = days_after(scene.look.today, 30) else { return };
    for paper in scene.file.rows_of_kind(Kind::DOCUMENT) {
        let last = paper.date(Field::EXPIRES_ON).map(|expiry| expiry.latest());
        if let Some(last) = last.filter(|last| (scene.look.today..=soon).contains(last)) {
            found.until(paper, Field::EXPIRES_ON, Some(last));
        }
    }
}

/// Issued after it expired.
fn doc03(scene: &Scene<'_>, found: &mut Found) {
    for paper in scene.file.rows_of_kind(Kind::DOCUMENT) {
        if let (Some(issued), Some(expiry)) = (paper.date(Field::ISSUED_ON), paper.date(Field::EXPIRES_ON))
            && issued.earliest() > expiry.latest()
        {
            found.at(paper, Field::EXPIRES_ON);
        }
    }
}

/// The same paper is on this device: of another group, or earlier in this one. Type or country that one of
/// them leaves open are not taken for another.
fn doc04(scene: &Scene<'_>, found: &mut Found) {
    let papers: Vec<_> = scene.file.rows_of_kind(Kind::DOCUMENT).collect();
    let agree = |one: &str, other: &str| one.is_empty() || other.is_empty() || one == other;
    for (place, paper) in papers.iter().enumerate() {
        let number = search_key::code(paper.text(Field::DOCUMENT_NUMBER));
        if number.is_empty() {
            continue;
        }
        let is_same = |kind: &str, country: &str, other: &str| {
            other == number
                && agree(kind, paper.text(Field::DOCUMENT_TYPE))
                && agree(country, paper.text(Field::DOCUMENT_COUNTRY))
        };
        let earlier = papers.iter().take(place).filter(|other| {
            let [kind, country, number] =
                [Field::DOCUMENT_TYPE, Field::DOCUMENT_COUNTRY, Field::DOCUMENT_NUMBER]
                    .map(|field| other.text(field));
            is_same(kind, country, &search_key::code(number))
        });
        let here: Vec<_> = earlier.map(|other| other.record).collect();
        let elsewhere = scene.look.elsewhere.documents.iter();
        if !here.is_empty()
            || elsewhere.into_iter().any(|(kind, country, other)| is_same(kind, country, other))
        {
            found.resembles(paper, Field::DOCUMENT_NUMBER, here);
        }
    }
}

/// «No document» beside one that shows who somebody is.
fn doc05(scene: &Scene<'_>, found: &mut Found) {
    for none in
        scene.file.rows_of_kind(Kind::DOCUMENT).filter(|paper| paper.says(Field::DOCUMENT_TYPE, NO_DOCUMENT))
    {
        let Some(owner) = none.owner else { continue };
        let is_identity = |kind: &str| kind != NO_DOCUMENT && scene.look.lists.is_identity(kind);
        if scene
            .file
            .rows_of(owner, Kind::DOCUMENT)
            .any(|paper| is_identity(paper.text(Field::DOCUMENT_TYPE)))
        {
            found.at(none, Field::DOCUMENT_TYPE);
        }
    }
}

/// No document. Beside the needs of the person.
fn doc06(scene: &Scene<'_>, found: &mut Found) {
    for none in
        scene.file.rows_of_kind(Kind::DOCUMENT).filter(|paper| paper.says(Field::DOCUMENT_TYPE, NO_DOCUMENT))
    {
        let Some(person) = holder(scene.file, none) else { continue };
        if !has_need(scene.file, person.record, |code| code == "LP-ND") {
            found.suggest(person, Field::NEED_CODE, &[Suggestion::Need("LP-ND")]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{check, table};

    #[test]
    fn doc01_to_doc03_days_of_papers() {
        check(
            "DOC01",
            &[
                ("p; document p1 expires_on=2026-03-01", "r1.expires_on"),
                ("p; document p1 expires_on=2026-03-02; document p1 expires_on=2026-03; document p1", ""),
                ("p; document p1 expires_on=2025", "r1.expires_on"),
            ],
        );
        check(
            "DOC02",
            &[
                ("p; document p1 expires_on=2026-03-02", "r1.expires_on until 2026-03-02"),
                ("p; document p1 expires_on=2026-04-01", "r1.expires_on until 2026-04-01"),
                ("p; document p1 expires_on=2026-04-02; document p1 expires_on=2026-03-01", ""),
                ("p; document p1 expires_on=2026-03", "r1.expires_on until 2026-03-31"),
            ],
        );
        check(
            "DOC03",
            &[
                ("p; document p1 issued_on=2026-03-02 expires_on=2026-03-01", "r1.expires_on"),
                ("p; document p1 issued_on=2026-03-02 expires_on=2026-03", ""),
                (
                    "p; document p1 issued_on=2027 expires_on=2026-03; document p1 issued_on=2027",
                    "r1.expires_on",
                ),
            ],
        );
    }

    #[test]
    fn doc04_the_same_paper_twice() {
        let passport = "document_type=PASSPORT document_country=VEN document_number";
        for (case, wanted) in [
            (format!("paper PASSPORT VEN a123; p; document p1 {passport}=A-123"), "r1.document_number"),
            (format!("paper PASSPORT COL a123; p; document p1 {passport}=A-123"), ""),
            (format!("paper NATIONAL_ID VEN a123; p; document p1 {passport}=A-123"), ""),
            (format!("paper PASSPORT VEN a124; p; document p1 {passport}=A-123"), ""),
            (format!("paper PASSPORT ? a123; p; document p1 {passport}=A-123"), "r1.document_number"),
            (
                format!("p; p; document p1 {passport}=A-123; document p2 {passport}=a~123"),
                "r2.document_number =r1",
            ),
            (format!("p; document p1 {passport}=A-1; document p1 {passport}=A-2"), ""),
            ("paper PASSPORT VEN ?; p; document p1 document_type=PASSPORT".to_owned(), ""),
        ] {
            check("DOC04", &[(&case, wanted)]);
        }
    }

    #[test]
    fn doc05_and_doc06_no_document() {
        check(
            "DOC05",
            &[
                ("p; document p1 document_type=NONE; document p1 document_type=PASSPORT", "r1.document_type"),
                ("p; document p1 document_type=NONE; document p1 document_type=BIRTH_CERT", ""),
                ("p; p; document p1 document_type=NONE; document p2 document_type=PASSPORT", ""),
                ("p; document p1 document_type=NONE; document p1 document_type=NONE", ""),
            ],
        );
        check(
            "DOC06",
            &[
                ("p; document p1 document_type=NONE", "p1.need_code +LP-ND"),
                ("p; document p1 document_type=NONE; need p1 need_code=LP-ND need_state=reported", ""),
                ("p; document p1 document_type=PASSPORT; p", ""),
            ],
        );
    }

    #[test]
    fn doc07_nothing_offers_a_consulate() {
        for name in [
            "institutions",
            "referral_sectors",
            "assistance_types",
            "session_types",
            "session_outcomes",
            "statelessness_flags",
        ] {
            for row in table(name) {
                // The notes are for who edits the tables; what a state refused is told, not asked for.
                let offered =
                    row.iter().filter(|(column, _)| *column == "code" || column.starts_with("label_"));
                for (_, cell) in
                    offered.filter(|_| row.get("code").is_none_or(|code| code != "refused_document"))
                {
                    let cell = cell.to_lowercase();
                    for word in [
                        "consula", "cónsul", "konsila", "embaj", "embass", "ambassad", "anbasad", "قنصل",
                        "سفار",
                    ] {
                        assert!(!cell.contains(word), "{name}: {cell}");
                    }
                }
            }
        }
    }
}
