//! Rules about pregnancy, the focal point, relationships, children, and the size of the group.

use super::{Excuse, Found, Rule, Scene, birth_field, has_need, may_record};
use crate::case::Subject;
use crate::catalogue::Stage;
use crate::field::Field;
use crate::finding::Suggestion;
use crate::individual::FOCAL_POINT;

const CHILD_PROTECTION: Suggestion = Suggestion::Referral("child_protection");
const PREGNANCY: &[Field] = &[Field::PREGNANT, Field::SEX, Field::DATE_OF_BIRTH, Field::AGE_STATED];
const FOCAL: &[Field] = &[Field::FOCAL_POINT, Field::RELATIONSHIP, Field::DATE_OF_BIRTH, Field::AGE_STATED];
const UNION: &[Field] =
    &[Field::MARITAL_STATUS, Field::RELATIONSHIP, Field::DATE_OF_BIRTH, Field::AGE_STATED];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("PRG01", PREGNANCY, prg01).excused_by(Excuse::Staff),
    Rule::new("PRG02", PREGNANCY, prg02),
    Rule::new("PRG03", PREGNANCY, prg03),
    Rule::new("FOC01", &[Field::FOCAL_POINT], foc01),
    Rule::new("FOC02", &[Field::FOCAL_POINT, Field::RELATIONSHIP], foc02),
    Rule::new("FOC03", FOCAL, foc03),
    Rule::new("FOC04", FOCAL, foc04),
    Rule::new("FOC05", &[Field::RESPONSIBLE_ADULT, Field::DATE_OF_BIRTH, Field::AGE_STATED], foc05),
    Rule::new("FOC06", &[Field::FOCAL_POINT, Field::RELATIONSHIP], foc06),
    Rule::new("FOC07", &[Field::FOCAL_POINT, Field::RELATIONSHIP], foc07),
    Rule::new("FOC08", FOCAL, foc08),
    Rule::new("FOC09", FOCAL, foc09),
    Rule::new("FOC10", UNION, foc10),
    Rule::new("FOC11", UNION, foc11),
    Rule::new("SIZ01", &[Field::SIZE, Field::COUNT_F, Field::COUNT_M], siz01),
    Rule::new("SIZ02", &[Field::SIZE, Field::COUNT_CHILDREN], siz02),
    Rule::new("SIZ03", &[Field::SIZE], siz03),
];

fn pregnant<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Subject> {
    scene.file.people.iter().filter(|person| person.flag(Field::PREGNANT) == Some(true))
}

/// Pregnant and of sex male. Beside the sex, because pregnancy is not asked then.
fn prg01(scene: &Scene<'_>, found: &mut Found) {
    pregnant(scene)
        .filter(|person| person.says(Field::SEX, "M"))
        .for_each(|person| found.at(person, Field::SEX));
}

/// Pregnant and under 10 or over 55. Beside the age, because pregnancy is not asked then.
fn prg02(scene: &Scene<'_>, found: &mut Found) {
    for person in pregnant(scene) {
        if person.age(scene.look.today).is_some_and(|age| !(10..=55).contains(&age)) {
            found.at(person, birth_field(person));
        }
    }
}

/// Pregnant and a child. Told only to who may assess such needs.
fn prg03(scene: &Scene<'_>, found: &mut Found) {
    for person in pregnant(scene).filter(|person| person.is_child(scene.look.today)) {
        if may_record(scene, "CR-TP") {
            found.suggest(person, Field::PREGNANT, &[Suggestion::Need("CR-TP"), CHILD_PROTECTION]);
        }
    }
}

/// Nobody of the group speaks for it.
fn foc01(scene: &Scene<'_>, found: &mut Found) {
    if scene.file.focal().is_none() {
        found.at(&scene.file.group, Field::FOCAL_POINT);
    }
}

/// Several speak for the group: two devices said so, or somebody's relationship does.
fn foc02(scene: &Scene<'_>, found: &mut Found) {
    if scene.file.group.conflicts.contains(&Field::FOCAL_POINT) {
        found.at(&scene.file.group, Field::FOCAL_POINT);
    }
    let focal = scene.file.focal();
    // Without a focal point it is FOC01 that asks for one.
    for person in scene.file.people.iter().filter(|person| focal.is_some_and(|focal| focal != person.record))
    {
        if person.says(Field::RELATIONSHIP, FOCAL_POINT) {
            found.at(person, Field::RELATIONSHIP);
        }
    }
}

/// Whether somebody was noted as unaccompanied or separated.
fn is_noted(scene: &Scene<'_>, person: &Subject) -> bool {
    has_need(scene.file, person.record, |code| scene.look.lists.need_category(code) == "SC")
}

/// Whether there is an adult, counted in an emergency or known by themselves.
fn has_adult(scene: &Scene<'_>) -> bool {
    let group = &scene.file.group;
    let counted = match (group.int(Field::SIZE), group.int(Field::COUNT_CHILDREN)) {
        (Some(size), Some(children)) if scene.stage == Stage::E1 => size > children,
        _ => false,
    };
    counted || scene.file.has_adult(scene.look.today)
}

/// The focal point is a child and the group has no adult.
fn foc03(scene: &Scene<'_>, found: &mut Found) {
    let Some(focal) = scene.file.focal_person() else { return };
    if !focal.is_child(scene.look.today) || has_adult(scene) || is_noted(scene, focal) {
        return;
    }
    let with_others =
        scene.file.people.len() > 1 || scene.file.group.int(Field::SIZE).is_some_and(|size| size > 1);
    let need = if with_others { "SC-CH" } else { "SC-UC" };
    found.suggest(focal, birth_field(focal), &[Suggestion::Need(need), CHILD_PROTECTION]);
}

/// A child among adults none of whom seems to be mother, father, guardian, or spouse of one.
fn foc04(scene: &Scene<'_>, found: &mut Found) {
    let today = scene.look.today;
    let has_adult = scene.file.people.iter().any(|person| !person.is_child(today));
    for child in scene.file.people.iter().filter(|person| has_adult && person.is_child(today)) {
        if scene.is_counted(child) || is_noted(scene, child) || has_parent(scene, child) {
            continue;
        }
        let is_focal = scene.file.focal() == Some(child.record);
        let at = if is_focal { birth_field(child) } else { Field::RELATIONSHIP };
        // Who lives in another family has a code of their own.
        let fostered = matches!(child.text(Field::RELATIONSHIP), "FCM" | "FCF");
        let need = if fostered { "SC-FC" } else { "SC-SC" };
        found.suggest(child, at, &[Suggestion::Need(need), CHILD_PROTECTION]);
    }
}

/// Whether somebody of the group is, or may be, a child's parent, guardian, or spouse of one. All that is
/// known of most people is what they are to the focal point; where that leaves it open, nobody is called
/// separated.
fn has_parent(scene: &Scene<'_>, child: &Subject) -> bool {
    let (file, today, lists) = (scene.file, scene.look.today, scene.look.lists);
    let is_adult = |person: &Subject| person.record != child.record && !person.is_child(today);
    let named = [Field::BIRTH_MOTHER, Field::BIRTH_FATHER].map(|field| child.reference(field));
    if named.into_iter().flatten().any(|id| id != child.record && file.person(id).is_some()) {
        return true;
    }
    let adults = || file.people.iter().filter(|person| is_adult(person));
    let adult_is = |codes: &[&str]| adults().any(|adult| codes.contains(&file.relationship(adult)));
    let adult_plays =
        |role: &str| adults().any(|adult| lists.relationship_role(file.relationship(adult)) == role);
    let focal_is_adult = file.focal_person().is_some_and(is_adult);
    match child.text(Field::RELATIONSHIP) {
        _ if file.focal() == Some(child.record) => adult_plays("parent") || adult_plays("guardian"),
        // With their own mother or father, however young.
        "SON" | "DAU" => file.focal().is_some(),
        "SCM" | "SCF" => focal_is_adult || adult_plays("spouse"),
        "BRO" | "SIS" => adult_plays("parent") || adult_plays("guardian"),
        "GSO" | "GDA" => adult_is(&["SON", "DAU", "SCM", "SCF", "INL"]),
        "NEP" | "NIE" => adult_is(&["BRO", "SIS", "INL"]),
        "COU" => adult_is(&["UNC", "AUN"]),
        // Not known yet: that is asked first.
        "" | "UNK" => true,
        _ => false,
    }
}

/// A child without a responsible adult who was not noted as unaccompanied or separated. Who may not record
/// those codes records that a need was reported: else nobody but counsellors could register a child who is
/// alone.
fn foc05(scene: &Scene<'_>, found: &mut Found) {
    let today = scene.look.today;
    for child in scene.file.people.iter().filter(|person| person.is_child(today)) {
        let adult = child.reference(Field::RESPONSIBLE_ADULT).filter(|adult| *adult != child.record);
        let is_adult =
            adult.is_some_and(|adult| scene.file.person(adult).is_none_or(|it| !it.is_child(today)));
        let reported = || {
            !may_record(scene, "SC-UC")
                && has_need(scene.file, child.record, |code| code == super::NEED_REPORTED)
        };
        if !is_adult && !is_noted(scene, child) && !reported() {
            found.suggest(child, Field::RESPONSIBLE_ADULT, &[]);
        }
    }
}

/// The focal point has a relationship to somebody else: the group was told from another's point of view.
/// Beside the choice of the focal point, because relationships are asked of the others.
fn foc06(scene: &Scene<'_>, found: &mut Found) {
    let focal = scene.file.focal_person().map(|focal| focal.text(Field::RELATIONSHIP));
    if focal.is_some_and(|relationship| !relationship.is_empty() && relationship != FOCAL_POINT) {
        found.at(&scene.file.group, Field::FOCAL_POINT);
    }
}

/// A husband and a wife of one focal point.
fn foc07(scene: &Scene<'_>, found: &mut Found) {
    let lists = scene.look.lists;
    let mut first = "";
    for person in &scene.file.people {
        let code = scene.file.relationship(person);
        if lists.relationship_role(code) != "spouse" {
            continue;
        }
        let sex = lists.relationship_sex(code);
        if first.is_empty() {
            first = sex;
        } else if !sex.is_empty() && sex != first {
            found.at(person, Field::RELATIONSHIP);
        }
    }
}

/// One adult with children, and no other adult. Beside the adult's needs.
fn foc08(scene: &Scene<'_>, found: &mut Found) {
    let (file, today) = (scene.file, scene.look.today);
    let (children, adults): (Vec<&Subject>, Vec<&Subject>) =
        file.people.iter().partition(|it| it.is_child(today));
    let [adult] = adults.as_slice() else { return };
    let lists = scene.look.lists;
    if children.is_empty() || has_need(file, adult.record, |code| lists.need_category(code) == "SP") {
        return;
    }
    let is_focal = file.focal() == Some(adult.record);
    let role = |person: &Subject| lists.relationship_role(file.relationship(person));
    let named = |child: &&Subject| {
        [Field::BIRTH_MOTHER, Field::BIRTH_FATHER]
            .iter()
            .any(|field| child.reference(*field) == Some(adult.record))
    };
    let is_parent = children.iter().any(named)
        || is_focal && children.iter().any(|child| role(child) == "child")
        || role(adult) == "parent";
    let is_grandparent = is_focal
        && children.iter().any(|child| matches!(file.relationship(child), "GSO" | "GDA"))
        || role(adult) == "grandparent";
    let need = if is_parent {
        "SP-PT"
    } else if is_grandparent {
        "SP-GP"
    } else {
        "SP-CG"
    };
    found.suggest(adult, Field::NEED_CODE, &[Suggestion::Need(need)]);
}

/// Alone at 60 or over.
fn foc09(scene: &Scene<'_>, found: &mut Found) {
    let [alone] = scene.file.people.as_slice() else { return };
    let noted = has_need(scene.file, alone.record, |code| scene.look.lists.need_category(code) == "ER");
    if !noted && alone.age(scene.look.today).is_some_and(|age| age >= 60) {
        found.suggest(alone, birth_field(alone), &[Suggestion::Need("ER-NF")]);
    }
}

/// Married, or in a union, or no longer so, as a child.
fn foc10(scene: &Scene<'_>, found: &mut Found) {
    let file = scene.file;
    let plays_spouse =
        |person: &Subject| scene.look.lists.relationship_role(file.relationship(person)) == "spouse";
    for child in file.people.iter().filter(|person| person.is_child(scene.look.today)) {
        let is_focal = file.focal() == Some(child.record);
        let at = if matches!(child.text(Field::MARITAL_STATUS), "MA" | "CL" | "SR" | "DV" | "WD") {
            Field::MARITAL_STATUS
        } else if plays_spouse(child) {
            Field::RELATIONSHIP
        } else if is_focal && file.people.iter().any(plays_spouse) {
            birth_field(child)
        } else {
            continue;
        };
        found.suggest(child, at, &[Suggestion::Need("CR-CS"), CHILD_PROTECTION]);
    }
}

/// A marital status of a child under 10; «single» and «not known» are none. Beside the age, because it is not
/// asked then.
fn foc11(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let has_status = !matches!(person.text(Field::MARITAL_STATUS), "" | "SN" | "U");
        if has_status && person.age(scene.look.today).is_some_and(|age| age < 10) {
            found.at(person, birth_field(person));
        }
    }
}

/// Women and men do not add up to the size.
fn siz01(scene: &Scene<'_>, found: &mut Found) {
    let group = &scene.file.group;
    let [size, women, men] = [Field::SIZE, Field::COUNT_F, Field::COUNT_M].map(|field| group.int(field));
    if let (Some(size), Some(women), Some(men)) = (size, women, men)
        && women.checked_add(men) != Some(size)
    {
        found.at(group, Field::SIZE);
    }
}

/// More children than people.
fn siz02(scene: &Scene<'_>, found: &mut Found) {
    let group = &scene.file.group;
    if let (Some(children), Some(size)) = (group.int(Field::COUNT_CHILDREN), group.int(Field::SIZE))
        && children > size
    {
        found.at(group, Field::COUNT_CHILDREN);
    }
}

/// Over 15 people, told or listed.
fn siz03(scene: &Scene<'_>, found: &mut Found) {
    let group = &scene.file.group;
    if group.int(Field::SIZE).is_some_and(|size| size > 15) || scene.file.people.len() > 15 {
        found.at(group, Field::SIZE);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{TODAY, Trial, check, found_on};
    use super::super::{all, confirmation};
    use crate::field::Field;
    use crate::problem::Strength;
    use crate::value::Value;

    #[test]
    fn prg01_pregnant_and_male_is_an_error_until_somebody_confirms_it() {
        check(
            "PRG01",
            &[
                ("p sex=M pregnant=yes", "p1.sex"),
                ("p sex=M pregnant=no; p sex=F pregnant=yes; p sex=O pregnant=yes", ""),
            ],
        );
        let mut trial = Trial::new("p given_names=Alex surname1=Pérez sex=M dob=1995-05-05 pregnant=yes");
        let error = |trial: &Trial| trial.findings(TODAY).errors().any(|it| it.at.field == Field::SEX);
        assert!(error(&trial));
        let rule = all().find(|rule| rule.id == "PRG01").unwrap();
        let code = confirmation(rule, &trial.file, trial.file.people[0].record, &[]);
        trial.file.people[0].values.insert(Field::CONFIRMED, Value::Codes(vec![code]));
        assert!(!error(&trial));
        assert!(
            trial
                .findings(TODAY)
                .told()
                .any(|it| it.at.field == Field::SEX && it.strength == Strength::Error)
        );
        // Another age: it is asked again.
        trial.file.people[0].values.insert(Field::DATE_OF_BIRTH, Value::text("1996-05-05"));
        assert!(error(&trial));
    }

    #[test]
    fn prg02_and_prg03_pregnant_very_young_or_old() {
        check(
            "PRG02",
            &[
                ("p pregnant=yes age_stated=9", "p1.age_stated"),
                ("p pregnant=yes age_stated=10; p pregnant=yes age_stated=55; p pregnant=yes", ""),
                ("p pregnant=yes dob=1969-05-05; p age_stated=60", "p1.dob"),
            ],
        );
        check(
            "PRG03",
            &[
                ("role counsellor; p pregnant=yes age_stated=15", "p1.pregnant +CR-TP >child_protection"),
                ("role counsellor; p pregnant=yes dob=2008", "p1.pregnant +CR-TP >child_protection"),
                ("role counsellor; p pregnant=yes dob=2007-05-05", ""),
                (
                    "role counsellor; p pregnant=yes age_stated=15; need p1 need_code=CR-TP need_state=pending",
                    "p1.pregnant >child_protection",
                ),
                // Who is not trained for it is not told.
                ("p pregnant=yes age_stated=15", ""),
            ],
        );
    }

    #[test]
    fn foc01_and_foc02_one_focal_point() {
        check("FOC01", &[("g", "g.focal_point"), ("p", ""), ("g focal_point=p2; p", "g.focal_point")]);
        check(
            "FOC02",
            &[
                ("p relationship=FP; p relationship=SON", ""),
                ("p relationship=FP; p relationship=FP", "p2.relationship"),
                ("p; p relationship=FP", "p2.relationship"),
                ("g focal_point=p3; p relationship=FP", ""),
            ],
        );
        // Two tablets chose differently.
        let mut trial = Trial::new("p; p");
        trial.file.group.conflicts.insert(Field::FOCAL_POINT);
        assert_eq!(trial.findings(TODAY).errors().filter(|it| it.at.field == Field::FOCAL_POINT).count(), 1);
    }

    #[test]
    fn foc03_a_child_speaks_for_the_group() {
        check(
            "FOC03",
            &[
                ("role counsellor; p age_stated=15", "p1.age_stated +SC-UC >child_protection"),
                (
                    "role counsellor; p age_stated=15; p age_stated=9",
                    "p1.age_stated +SC-CH >child_protection",
                ),
                ("p age_stated=15", "p1.age_stated +X-PE >child_protection"),
                ("p dob=2008", "p1.dob +X-PE >child_protection"),
                ("p age_stated=15; p age_stated=40", ""),
                ("p age_stated=15; p", ""),
                ("p age_stated=15; need p1 need_code=SC-UC need_state=confirmed", ""),
                (
                    "p age_stated=15; need p1 need_code=SC-UC need_state=closed",
                    "p1.age_stated +X-PE >child_protection",
                ),
                ("p", ""),
                // In an emergency the others are counted.
                ("stage e1; g size=3 count_children=2; p age_stated=15", ""),
                (
                    "role counsellor; stage e1; g size=3 count_children=3; p age_stated=15",
                    "p1.age_stated +SC-CH >child_protection",
                ),
            ],
        );
    }

    #[test]
    fn foc04_a_child_among_others() {
        let separated = "p2.relationship +SC-SC >child_protection";
        for (case, wanted) in [
            ("p age_stated=40; p age_stated=9 relationship=SON", ""),
            ("p age_stated=40; p age_stated=9 relationship=SCF", ""),
            ("p age_stated=40; p age_stated=9 relationship=NRL", separated),
            ("p age_stated=40; p age_stated=9 relationship=NEP", separated),
            ("p age_stated=40; p age_stated=9 relationship=NEP; p age_stated=38 relationship=SIS", ""),
            ("p age_stated=20; p age_stated=16 relationship=BRO", separated),
            ("p age_stated=20; p age_stated=16 relationship=BRO; p age_stated=45 relationship=MOT", ""),
            ("p age_stated=60; p age_stated=6 relationship=GDA", separated),
            ("p age_stated=60; p age_stated=6 relationship=GDA; p age_stated=30 relationship=DAU", ""),
            (
                "p age_stated=60; p age_stated=6 relationship=GDA birth_mother=p3; p age_stated=30 relationship=OTH",
                "",
            ),
            ("p age_stated=40; p age_stated=9 relationship=FCM", "p2.relationship +SC-FC >child_protection"),
            ("p age_stated=40; p age_stated=9", ""),
            ("p age_stated=40; p age_stated=18 relationship=NRL", separated),
            ("p age_stated=40; p dob=2008-01-05 relationship=NRL", ""),
            (
                "p age_stated=40; p age_stated=9 relationship=NRL; need p2 need_code=SC-SC need_state=pending",
                "",
            ),
            ("p age_stated=15; p age_stated=16 relationship=BRO", ""),
            ("p age_stated=15; p age_stated=40 relationship=AUN", "p1.age_stated +SC-SC >child_protection"),
            ("p age_stated=15; p age_stated=40 relationship=GUA", ""),
            ("p age_stated=16; p age_stated=1 relationship=SON; p age_stated=40 relationship=MOT", ""),
            ("p age_stated=16; p age_stated=1 relationship=NRL; p age_stated=40 relationship=MOT", separated),
            (
                "p age_stated=16; p age_stated=1 relationship=SON; p age_stated=20 relationship=CLH",
                "p1.age_stated +SC-SC >child_protection",
            ),
        ] {
            let case = format!("role counsellor; {case}");
            assert_eq!(found_on(TODAY, "FOC04", &case), wanted, "{case}");
        }
        check("FOC04", &[("stage e1; p age_stated=40; p age_stated=9 relationship=NRL", "")]);
    }

    #[test]
    fn foc05_who_answers_for_a_child() {
        check(
            "FOC05",
            &[
                ("p age_stated=40; p age_stated=9 responsible_adult=p1", ""),
                ("p age_stated=40; p age_stated=9", "p2.responsible_adult"),
                (
                    "p age_stated=15; p age_stated=9 responsible_adult=p1",
                    "p1.responsible_adult, p2.responsible_adult",
                ),
                ("p age_stated=15 responsible_adult=p1", "p1.responsible_adult"),
                ("p age_stated=15; need p1 need_code=SC-UC need_state=confirmed", ""),
                ("p age_stated=15; need p1 need_code=X-PE need_state=reported", ""),
                (
                    "role counsellor; p age_stated=15; need p1 need_code=X-PE need_state=reported",
                    "p1.responsible_adult",
                ),
                ("p dob=2008", "p1.responsible_adult"),
                ("p; p age_stated=20", ""),
                ("stage e1; p age_stated=15", ""),
            ],
        );
    }

    #[test]
    fn foc06_and_foc07_relationships() {
        check(
            "FOC06",
            &[("p relationship=SON", "g.focal_point"), ("p relationship=FP; p relationship=SON", "")],
        );
        check(
            "FOC07",
            &[
                ("p; p relationship=HUS; p relationship=WIF", "p3.relationship"),
                ("p; p relationship=CLW; p relationship=SON; p relationship=CLH", "p4.relationship"),
                ("p; p relationship=WIF; p relationship=CLW", ""),
                ("p; p relationship=WIF", ""),
            ],
        );
    }

    #[test]
    fn foc08_and_foc09_alone() {
        check(
            "FOC08",
            &[
                ("p age_stated=40; p age_stated=9 relationship=SON", "p1.need_code +SP-PT"),
                ("p age_stated=60; p age_stated=9 relationship=GDA", "p1.need_code +SP-GP"),
                ("p age_stated=40; p age_stated=9 relationship=NIE", "p1.need_code +SP-CG"),
                ("p age_stated=15; p age_stated=40 relationship=MOT", "p2.need_code +SP-PT"),
                (
                    "p age_stated=40; p age_stated=9 relationship=SON; need p1 need_code=SP need_state=pending",
                    "",
                ),
                ("p age_stated=40; p age_stated=9 relationship=SON; p relationship=COU", ""),
                ("p age_stated=40", ""),
                ("p age_stated=15; p age_stated=9", ""),
            ],
        );
        check(
            "FOC09",
            &[
                ("p age_stated=60", "p1.age_stated +ER-NF"),
                ("p dob=1966-03-03", ""),
                ("p age_stated=60; p age_stated=9", ""),
                ("p age_stated=60; need p1 need_code=ER-NF need_state=pending", ""),
            ],
        );
    }

    #[test]
    fn foc10_and_foc11_unions_of_children() {
        check(
            "FOC10",
            &[
                (
                    "role counsellor; p age_stated=16 marital_status=MA",
                    "p1.marital_status +CR-CS >child_protection",
                ),
                ("p age_stated=16 marital_status=CL", "p1.marital_status +X-PE >child_protection"),
                (
                    "p age_stated=30; p age_stated=16 relationship=CLW",
                    "p2.relationship +X-PE >child_protection",
                ),
                ("p dob=2010-05-05; p age_stated=20 relationship=HUS", "p1.dob +X-PE >child_protection"),
                ("p age_stated=16 marital_status=SN; p dob=2007-05-05 marital_status=MA", ""),
                ("p marital_status=MA", ""),
            ],
        );
        check(
            "FOC11",
            &[
                ("p age_stated=9 marital_status=MA", "p1.age_stated"),
                ("p age_stated=9 marital_status=SN; p age_stated=10 marital_status=MA", ""),
            ],
        );
    }

    #[test]
    fn sizes() {
        check(
            "SIZ01",
            &[
                ("stage e1; g size=5 count_f=3 count_m=2", ""),
                ("stage e1; g size=5 count_f=3 count_m=1", "g.size"),
                ("stage e1; g size=5 count_f=3", ""),
                ("stage full; g size=5 count_f=3 count_m=1", ""),
            ],
        );
        check(
            "SIZ02",
            &[
                ("stage e1; g size=5 count_children=5", ""),
                ("stage e1; g size=5 count_children=6", "g.count_children"),
            ],
        );
        check("SIZ03", &[("g size=15", ""), ("g size=16", "g.size"), (&"p;".repeat(16), "g.size")]);
    }
}
