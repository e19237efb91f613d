//! A child born here: what can be proposed from what is known of the parents, and which signs of
//! statelessness a person shows. Proposals all: whoever registers sees and may change each of them.

use crate::case::{CaseFile, Sheet, Subject, Typed};
use crate::date::{DateText, PartialDate};
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::rules::dates::parents_by_birth;
use crate::rules::names::TWO_SURNAMES;
use crate::rules::nationality::{HERE, STATELESS, UNKNOWN};
use time::Date;

/// What is told of a birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth<'a> {
    /// The child's record, fresh.
    pub child: RecordId,
    /// Code of list `sex`; empty while it is not told.
    pub sex: &'a str,
    /// The day; today where nobody says otherwise.
    pub born: Date,
    /// There is a clinic's notice of the birth.
    pub has_notice: bool,
}

/// What is proposed for a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newborn {
    /// The child's sheet, to add to [`crate::CaseDraft::people`].
    pub sheet: Sheet,
    /// Nationalities to choose from; none is chosen. Birth in Panama comes first (Constitution, article 9),
    /// then those of the parents.
    pub nationalities: Vec<String>,
    /// Everybody else of the group was born here too, or there is nobody else: then the group came in as
    /// `born_here` (list `entry_mode`). A family that arrived keeps the way it came.
    pub group_was_born_here: bool,
}

/// Prepares the sheet of a child born in Panama to people of a group.
///
/// Given names are left open, and so are sex and relationship where they are not told. The relationship
/// follows the sex: call [`relationship`] again when it is told.
#[must_use]
pub fn prepare(
    birth: Birth<'_>,
    file: &CaseFile,
    mother: &Subject,
    father: Option<&Subject>,
    today: Date,
) -> Newborn {
    let mut sheet = Sheet::begin(birth.child, Kind::INDIVIDUAL, Some(file.group.record));
    let mut put = |field: Field, typed: Typed| {
        if !typed.is_empty() {
            sheet.put(field, typed, None);
        }
    };
    let text = |text: &str| Typed::Text(text.to_owned());
    let (first, second) = surnames(mother, father);
    put(Field::SURNAME1, text(&first));
    put(Field::SURNAME2, text(&second));
    put(Field::SEX, text(birth.sex));
    put(Field::DATE_OF_BIRTH, Typed::Date(DateText::of(&PartialDate::exact(birth.born), today)));
    put(Field::BIRTH_COUNTRY, text(HERE));
    put(Field::RELATIONSHIP, text(relationship(file, mother, father, birth.sex)));
    put(Field::BIRTH_MOTHER, Typed::Ref(Some(mother.record)));
    put(Field::BIRTH_FATHER, Typed::Ref(father.map(|father| father.record)));
    put(Field::MOTHER_NAME, text(&mother.settled_name()));
    put(Field::FATHER_NAME, text(&father.map(Subject::settled_name).unwrap_or_default()));
    put(Field::RESPONSIBLE_ADULT, Typed::Ref(responsible_adult(mother, father, today)));
    put(Field::BIRTH_REGISTERED, text(if birth.has_notice { "reg_notice" } else { "reg_none" }));
    let mut nationalities = vec![HERE.to_owned()];
    for code in
        [Some(mother), father].into_iter().flatten().flat_map(|parent| parent.codes(Field::NATIONALITY))
    {
        if !matches!(code.as_str(), STATELESS | UNKNOWN) && !nationalities.contains(code) {
            nationalities.push(code.clone());
        }
    }
    let group_was_born_here = file.people.iter().all(|person| person.says(Field::BIRTH_COUNTRY, HERE));
    Newborn { sheet, nationalities, group_was_born_here }
}

/// First and second surname of a child, by the custom of the mother's country: father's first and mother's
/// first among Spanish speakers, or the mother's two where no father is named; the mother's last and the
/// father's last among Portuguese speakers; one surname elsewhere. Where the country is not known, the custom
/// is that of Panama.
#[must_use]
pub fn surnames(mother: &Subject, father: Option<&Subject>) -> (String, String) {
    let part = |parent: &Subject, field: Field| parent.text(field).to_owned();
    let first = |parent: &Subject| part(parent, Field::SURNAME1);
    let last = |parent: &Subject| {
        let second = part(parent, Field::SURNAME2);
        if second.is_empty() { first(parent) } else { second }
    };
    let of_parents = [Some(mother), father].into_iter().flatten();
    let mut countries = of_parents.flat_map(|parent| parent.codes(Field::NATIONALITY)).map(String::as_str);
    let country = countries.find(|code| !matches!(*code, STATELESS | UNKNOWN)).unwrap_or(HERE);
    match (country, father) {
        ("BRA" | "PRT", Some(father)) => (last(mother), last(father)),
        (country, father) if !TWO_SURNAMES.contains(&country) => {
            (first(father.unwrap_or(mother)), String::new())
        }
        (_, Some(father)) => match (first(father), first(mother)) {
            (fathers, mothers) if fathers.is_empty() => (mothers, part(mother, Field::SURNAME2)),
            both => both,
        },
        (_, None) => (first(mother), part(mother, Field::SURNAME2)),
    }
}

/// What a child is to the focal point, by what the parents are: a code of list `relationship`; empty where it
/// does not follow, or the sex is not told.
#[must_use]
pub fn relationship(file: &CaseFile, mother: &Subject, father: Option<&Subject>, sex: &str) -> &'static str {
    let Some(focal) = file.focal() else { return "" };
    let pair = |girl: &'static str, boy: &'static str| match sex {
        "F" => girl,
        "M" => boy,
        _ => "",
    };
    let parents = || [Some(mother), father].into_iter().flatten();
    if parents().any(|parent| parent.record == focal) {
        return pair("DAU", "SON");
    }
    let plays = |codes: &[&str]| parents().any(|parent| codes.contains(&file.relationship(parent)));
    if plays(&["SON", "DAU", "SCM", "SCF"]) {
        pair("GDA", "GSO")
    } else if plays(&["BRO", "SIS"]) {
        pair("NIE", "NEP")
    } else if plays(&["MOT", "FAT"]) {
        pair("SIS", "BRO")
    } else if plays(&["UNC", "AUN"]) {
        "COU"
    } else if father.is_some() && plays(&["HUS", "WIF", "CLH", "CLW"]) {
        // The spouse's child with somebody else.
        pair("SCF", "SCM")
    } else {
        ""
    }
}

/// The mother; where she is a child herself the father, else who answers for her.
fn responsible_adult(mother: &Subject, father: Option<&Subject>, today: Date) -> Option<RecordId> {
    if !mother.is_child(today) {
        return Some(mother.record);
    }
    let father = father.filter(|father| !father.is_child(today)).map(|father| father.record);
    father.or_else(|| mother.reference(Field::RESPONSIBLE_ADULT))
}

/// Signs of statelessness that follow from what is known of a person: flags of `statelessness_flags.csv`, to
/// be proposed. Others (`parents_unknown`, `deprived`, `refused_document`) are only ever told.
#[must_use]
pub fn flags_for(file: &CaseFile, person: &Subject) -> Vec<&'static str> {
    let holds =
        |subject: &Subject, code: &str| subject.codes(Field::NATIONALITY).iter().any(|held| held == code);
    let unregistered = matches!(person.text(Field::BIRTH_REGISTERED), "reg_none" | "reg_notice");
    let birth = person.text(Field::BIRTH_COUNTRY);
    let parents: Vec<&Subject> =
        parents_by_birth(file, person).into_iter().map(|(parent, _)| parent).collect();
    let is_open = |subject: &&Subject| holds(subject, STATELESS) || holds(subject, UNKNOWN);
    let mut flags = Vec::new();
    let mut flag = |raised: bool, code: &'static str| {
        if raised {
            flags.push(code);
        }
    };
    flag(holds(person, STATELESS), "no_nationality");
    flag(holds(person, UNKNOWN), "unknown_nationality");
    flag(unregistered, "birth_unregistered");
    flag(was_born_on_the_way(file, person, &parents), "born_in_transit");
    flag(unregistered && birth == HERE, "born_pa_unregistered");
    flag(parents.iter().any(is_open), "parent_stateless");
    flags
}

/// Born neither in the country of a nationality, the parents' where the own is not known, nor where the
/// family lived. Who was born here was born after the journey.
fn was_born_on_the_way(file: &CaseFile, person: &Subject, parents: &[&Subject]) -> bool {
    let birth = person.text(Field::BIRTH_COUNTRY);
    let residence = file.group.text(Field::RESIDENCE_COUNTRY);
    let known = |subject: &Subject| -> Vec<String> {
        let codes = subject.codes(Field::NATIONALITY).iter();
        codes.filter(|code| !matches!(code.as_str(), STATELESS | UNKNOWN)).cloned().collect()
    };
    let own = known(person);
    let nationalities =
        if own.is_empty() { parents.iter().flat_map(|parent| known(parent)).collect() } else { own };
    let all_told = !birth.is_empty() && !residence.is_empty() && !nationalities.is_empty();
    all_told && birth != HERE && birth != residence && !nationalities.iter().any(|code| code == birth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trial::{TODAY, Trial, catalogue, person};
    use time::macros::date;

    fn birth(sex: &str) -> Birth<'_> {
        Birth { child: RecordId([60; 16]), sex, born: TODAY, has_notice: false }
    }

    /// A child of the last one or two people of a group: mother, father.
    fn child_of(case: &str, parents: usize, sex: &str) -> (Newborn, Trial) {
        let trial = Trial::new(case);
        let people = &trial.file.people;
        let mother = &people[people.len() - parents];
        let father = (parents == 2).then(|| &people[people.len() - 1]);
        (prepare(birth(sex), &trial.file, mother, father, TODAY), trial)
    }

    fn says(newborn: &Newborn, field: Field) -> String {
        match newborn.sheet.typed(field) {
            Some(Typed::Text(text)) => text.clone(),
            Some(Typed::Ref(Some(id))) => id.to_string(),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        }
    }

    #[test]
    fn surnames_follow_the_custom() {
        for (mother, father, wanted) in [
            (
                "surname1=Pérez surname2=Soto nationality=VEN",
                "surname1=Núñez surname2=Díaz",
                ("Núñez", "Pérez"),
            ),
            ("surname1=Pérez surname2=Soto nationality=VEN", "", ("Pérez", "Soto")),
            ("surname1=Pérez nationality=VEN", "", ("Pérez", "")),
            ("surname1=De~la~Cruz surname2=Soto", "surname1=Núñez", ("Núñez", "De la Cruz")),
            ("surname1=Pérez surname2=Soto nationality=VEN", "given_names=Ali", ("Pérez", "Soto")),
            (
                "surname1=Silva surname2=Santos nationality=BRA",
                "surname1=Costa surname2=Lima",
                ("Santos", "Lima"),
            ),
            ("surname1=Silva nationality=BRA", "surname1=Costa", ("Silva", "Costa")),
            ("surname1=Baptiste nationality=HTI", "surname1=Joseph nationality=HTI", ("Joseph", "")),
            ("surname1=Baptiste nationality=HTI", "", ("Baptiste", "")),
            ("surname1=Amina nationality=XXX", "surname1=Pérez nationality=COL", ("Pérez", "Amina")),
        ] {
            let case = format!("p {mother}; p {father}");
            let trial = Trial::new(&case);
            let other = (!father.is_empty()).then(|| &trial.file.people[1]);
            let (first, second) = surnames(&trial.file.people[0], other);
            assert_eq!((first.as_str(), second.as_str()), wanted, "{case}");
        }
    }

    #[test]
    fn the_relationship_follows_the_parents() {
        for (case, parents, girl, boy) in [
            ("p", 1, "DAU", "SON"),
            ("p; p relationship=HUS", 2, "DAU", "SON"),
            ("g focal_point=p2; p relationship=WIF; p", 2, "DAU", "SON"),
            ("p; p relationship=DAU", 1, "GDA", "GSO"),
            ("p; p relationship=OTH; p relationship=SON", 2, "GDA", "GSO"),
            ("p; p relationship=SIS", 1, "NIE", "NEP"),
            ("p; p relationship=MOT", 1, "SIS", "BRO"),
            ("p; p relationship=AUN", 1, "COU", "COU"),
            ("p; p relationship=WIF; p relationship=OTH", 2, "SCF", "SCM"),
            // Whose it is, nobody said.
            ("p; p relationship=WIF", 1, "", ""),
            ("p; p relationship=NRL", 1, "", ""),
        ] {
            let relationship = |sex| says(&child_of(case, parents, sex).0, Field::RELATIONSHIP);
            assert_eq!((relationship("F").as_str(), relationship("M").as_str()), (girl, boy), "{case}");
            assert!(matches!(relationship("").as_str(), "" | "COU"));
        }
    }

    #[test]
    fn a_child_is_prepared_from_what_is_known_of_the_parents() {
        let case = "g arrival_date=2025-12-01; \
            p given_names=Yuleisy surname1=Rondón surname2=Gil sex=F dob=1990-03-12 nationality=VEN|COL; \
            p given_names=José surname1=Pernía sex=M dob=1987 relationship=CLH nationality=XXX";
        let (newborn, trial) = child_of(case, 2, "M");
        for (field, wanted) in [
            (Field::GIVEN_NAMES, ""),
            (Field::SURNAME1, "Pernía"),
            (Field::SURNAME2, "Rondón"),
            (Field::SEX, "M"),
            (Field::BIRTH_COUNTRY, "PAN"),
            (Field::RELATIONSHIP, "SON"),
            (Field::MOTHER_NAME, "Yuleisy Rondón Gil"),
            (Field::FATHER_NAME, "José Pernía"),
            (Field::BIRTH_MOTHER, &person(1).to_string()),
            (Field::BIRTH_FATHER, &person(2).to_string()),
            (Field::RESPONSIBLE_ADULT, &person(1).to_string()),
            (Field::BIRTH_REGISTERED, "reg_none"),
            (Field::NATIONALITY, ""),
        ] {
            assert_eq!(says(&newborn, field), wanted, "{field:?}");
        }
        assert_eq!(newborn.nationalities, ["PAN", "VEN", "COL"]);
        assert!(!newborn.group_was_born_here);
        let spec = catalogue().spec(Field::DATE_OF_BIRTH).unwrap();
        let born = newborn.sheet.typed(Field::DATE_OF_BIRTH).unwrap().read(spec, TODAY).unwrap();
        assert_eq!(born.as_text(), Some("2026-03-02"));
        // A birth of last week, with a notice, to the mother alone.
        let told = Birth { born: date!(2026 - 02 - 23), has_notice: true, ..birth("F") };
        let alone = prepare(told, &trial.file, &trial.file.people[0], None, TODAY);
        assert_eq!(says(&alone, Field::BIRTH_REGISTERED), "reg_notice");
        assert_eq!(
            (says(&alone, Field::SURNAME1), says(&alone, Field::SURNAME2)),
            ("Rondón".into(), "Gil".into())
        );
        assert_eq!(says(&alone, Field::BIRTH_FATHER), "");
        // Every field of it is one that the table describes.
        assert!(newborn.sheet.touched.keys().all(|field| catalogue().spec(*field).is_some()));
        assert!(child_of("p birth_country=PAN", 1, "").0.group_was_born_here);
    }

    #[test]
    fn a_mother_who_is_a_child_does_not_answer_for_hers() {
        for (case, parents, wanted) in [
            ("p age_stated=30", 1, Some(1)),
            ("p age_stated=16; p age_stated=20", 2, Some(2)),
            ("p age_stated=16; p age_stated=17", 2, None),
            ("p age_stated=40; p age_stated=16 responsible_adult=p1", 1, Some(1)),
            ("p age_stated=16", 1, None),
        ] {
            let adult = says(&child_of(case, parents, "F").0, Field::RESPONSIBLE_ADULT);
            assert_eq!(adult, wanted.map(|place| person(place).to_string()).unwrap_or_default(), "{case}");
        }
    }

    #[test]
    fn signs_of_statelessness() {
        for (case, wanted) in [
            ("p nationality=VEN", &[][..]),
            ("p nationality=XXA", &["no_nationality"]),
            ("p nationality=XXX|VEN", &["unknown_nationality"]),
            ("p birth_registered=reg_none birth_country=VEN", &["birth_unregistered"]),
            (
                "p birth_registered=reg_notice birth_country=PAN",
                &["birth_unregistered", "born_pa_unregistered"],
            ),
            ("p birth_registered=reg_pa birth_country=PAN", &[]),
            ("p birth_registered=reg_unknown birth_country=PAN", &[]),
            ("g residence_country=CHL; p nationality=HTI birth_country=COL", &["born_in_transit"]),
            ("g residence_country=CHL; p nationality=HTI birth_country=CHL", &[]),
            ("g residence_country=CHL; p nationality=HTI|COL birth_country=COL", &[]),
            ("g residence_country=CHL; p nationality=HTI birth_country=PAN", &[]),
            ("p nationality=HTI birth_country=COL", &[]),
            (
                "g residence_country=CHL; p birth_country=COL birth_mother=p2; p nationality=HTI",
                &["born_in_transit"],
            ),
            ("g residence_country=CHL; p birth_country=COL", &[]),
            ("p nationality=VEN; p nationality=XXA relationship=MOT", &["parent_stateless"]),
            ("p nationality=VEN birth_father=p2; p nationality=XXX", &["parent_stateless"]),
            ("g focal_point=p2; p relationship=SON; p nationality=XXX", &["parent_stateless"]),
            ("g focal_point=p2; p relationship=NEP; p nationality=XXX", &[]),
        ] {
            let trial = Trial::new(case);
            assert_eq!(flags_for(&trial.file, &trial.file.people[0]), wanted, "{case}");
        }
        let known: Vec<String> = crate::rules::trial::table("statelessness_flags")
            .into_iter()
            .map(|row| row["code"].clone())
            .collect();
        for flag in [
            "no_nationality",
            "unknown_nationality",
            "birth_unregistered",
            "born_in_transit",
            "born_pa_unregistered",
            "parent_stateless",
        ] {
            assert!(known.iter().any(|code| code == flag), "{flag}");
        }
    }

    #[test]
    fn a_child_born_today_into_a_family_that_arrived_before_is_no_contradiction() {
        let case = "g arrival_date=2025-12-01; p given_names=Ana surname1=Gil sex=F dob=1990-03-12";
        let (newborn, trial) = child_of(case, 1, "F");
        let mut file = trial.file.clone();
        let mut child = Subject::new(newborn.sheet.record, Kind::INDIVIDUAL, newborn.sheet.owner);
        for (field, touch) in &newborn.sheet.touched {
            let value = touch.typed.read(catalogue().spec(*field).unwrap(), TODAY).unwrap();
            child.values.insert(*field, value);
        }
        file.people.push(child);
        let mut trial = trial;
        trial.file = file;
        let findings = trial.findings(TODAY);
        let rules: Vec<_> = findings.of_record(newborn.sheet.record).map(|finding| finding.what).collect();
        // Only the given name is open, and the Civil Registry is offered.
        use crate::finding::What::Rule;
        assert_eq!(rules, [Rule("NAM01"), Rule("NAT03"), Rule("NAT04")]);
    }
}
