//! Rules about consent: decisions, who takes them, and shares that lack one.

use super::{Excuse, Found, Rule, Scene, has_need, may_record};
use crate::case::Subject;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::service::referral::is_for;
use crate::value::Value;

const DECISION: &[Field] =
    &[Field::CONSENT_PURPOSE, Field::CONSENT_ORGANISATION, Field::CONSENT_DECISION, Field::CONSENT_GIVEN_BY];
const SHARE: &[Field] = &[Field::REFERRAL_TO, Field::REFERRAL_STATUS, Field::REFERRAL_CONSENT];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("CON01", DECISION, con01),
    Rule::new("CON02", SHARE, con02).excused_by(Excuse::Named),
    Rule::new("CON03", DECISION, con03),
    Rule::new("CON04", SHARE, con04),
];

/// Whether a decision was taken: «not asked» is none.
fn is_decided(consent: &Subject) -> bool {
    matches!(consent.text(Field::CONSENT_DECISION), "yes" | "no" | "withdrawn")
}

/// Nobody decided on keeping the data: for the group, or the focal point for themselves. Other adults may
/// decide for themselves too.
fn con01(scene: &Scene<'_>, found: &mut Found) {
    let file = scene.file;
    let counts = |owner: Option<RecordId>| owner == Some(file.group.record) || owner == file.focal();
    let asked: Vec<&Subject> = file
        .rows_of_kind(Kind::CONSENT)
        .filter(|row| row.says(Field::CONSENT_PURPOSE, "register") && counts(row.owner))
        .collect();
    if asked.iter().any(|row| is_decided(row)) {
        return;
    }
    match asked.first() {
        Some(row) => found.at(row, Field::CONSENT_DECISION),
        None => found.at(&file.group, Field::CONSENT_PURPOSE),
    }
}

/// What was decided about sharing somebody's data with an organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Agreed,
    Withdrawn,
    NotAgreed,
}

/// Decisions of the person, or of the group, for this very organisation. What was agreed for one is none for
/// another, and agreeing to be referred to no service by name is none for any. Of several values that stand side by side
/// the one against sharing counts.
fn decided(scene: &Scene<'_>, referral: &Subject) -> Share {
    let to = referral.text(Field::REFERRAL_TO);
    let owners = [referral.owner, Some(scene.file.group.record)];
    let mut share = Share::NotAgreed;
    for consent in scene.file.rows_of_kind(Kind::CONSENT).filter(|row| owners.contains(&row.owner)) {
        // Who withdraws takes back what they, or others for them, agreed to.
        let one_says = |field, code: &str| one_of(consent, field, code);
        if is_for(to, one_says) && one_says(Field::CONSENT_DECISION, "withdrawn") {
            return Share::Withdrawn;
        }
        let says = |field, code: &str| consent.says(field, code);
        if is_for(to, says) && says(Field::CONSENT_DECISION, "yes") {
            share = Share::Agreed;
        }
    }
    share
}

/// Whether a field holds this very code, or one of the values does between which nobody has chosen.
fn one_of(subject: &Subject, field: Field, code: &str) -> bool {
    let mut sides = subject.sides.get(&field).into_iter().flatten().filter_map(Value::as_text);
    subject.says(field, code) || sides.any(|side| side == code)
}

/// Referrals that this registration would send: what was sent before a consent was withdrawn was in order, and so was
/// what was sent without one, for a reason or back to whoever sent it here.
fn attempted<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Subject> {
    scene.own_referrals().filter(|row| matches!(row.text(Field::REFERRAL_STATUS), "" | "queued" | "sent"))
}

/// A referral to an organisation for which nobody agreed.
fn con02(scene: &Scene<'_>, found: &mut Found) {
    for referral in attempted(scene).filter(|row| row.value(Field::REFERRAL_TO).is_some()) {
        if decided(scene, referral) == Share::NotAgreed {
            found.at(referral, Field::REFERRAL_TO);
        }
    }
}

/// A child's consent that no adult gave. Of a child who is alone it is given by the focal point for child
/// protection, who is nobody of the group: then nobody is named.
fn con03(scene: &Scene<'_>, found: &mut Found) {
    let (file, today) = (scene.file, scene.look.today);
    let is_child =
        |id: Option<RecordId>| id.and_then(|id| file.person(id)).is_some_and(|it| it.is_child(today));
    for consent in file.rows_of_kind(Kind::CONSENT).filter(|row| is_decided(row)) {
        let given_by = consent.reference(Field::CONSENT_GIVEN_BY);
        let of_child = is_child(consent.owner);
        let alone = of_child && consent.owner.is_some_and(|child| is_alone(scene, child));
        let by_nobody = of_child && given_by.is_none() && !alone;
        if by_nobody || is_child(given_by) {
            found.at(consent, Field::CONSENT_GIVEN_BY);
        }
    }
}

/// Noted as unaccompanied or separated; or that something was reported, by who may not say more.
fn is_alone(scene: &Scene<'_>, child: RecordId) -> bool {
    has_need(scene.file, child, |code| {
        scene.look.lists.need_category(code) == "SC"
            || code == super::NEED_REPORTED && !may_record(scene, "SC-UC")
    })
}

/// A referral after the consent was withdrawn.
fn con04(scene: &Scene<'_>, found: &mut Found) {
    for referral in attempted(scene) {
        if decided(scene, referral) == Share::Withdrawn {
            found.at(referral, Field::REFERRAL_TO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{TODAY, Trial, check};
    use crate::field::Field;
    use crate::finding::What;
    use crate::value::Value;

    #[test]
    fn con01_no_decision() {
        check(
            "CON01",
            &[
                ("p", "g.consent_purpose"),
                ("p; consent g consent_purpose=register consent_decision=yes", ""),
                ("p; consent p1 consent_purpose=register consent_decision=no", ""),
                ("p; consent p1 consent_purpose=register consent_decision=withdrawn", ""),
                ("p; consent p1 consent_purpose=register consent_decision=not_asked", "r1.consent_decision"),
                ("p; consent p1 consent_purpose=register", "r1.consent_decision"),
                ("p; p; consent p2 consent_purpose=register consent_decision=yes", "g.consent_purpose"),
                ("p; consent p1 consent_purpose=photo consent_decision=yes", "g.consent_purpose"),
                ("stage e1; p", ""),
            ],
        );
    }

    #[test]
    fn con02_and_con04_shares() {
        let consent = |purpose: &str, decision: &str| {
            format!("consent p1 consent_purpose={purpose} consent_decision={decision}")
        };
        let refer = "p; referral p1 referral_to=HIAS";
        let hias =
            |decision: &str| format!("{} consent_organisation=HIAS", consent("share_partner", decision));
        for (case, without, withdrawn) in [
            (refer.to_owned(), true, false),
            (format!("{refer}; {}", hias("yes")), false, false),
            (format!("{refer}; {}", hias("no")), true, false),
            (format!("{refer}; {}", hias("withdrawn")), false, true),
            (format!("{refer}; {}; {}", hias("yes"), hias("withdrawn")), false, true),
            (format!("{refer}; {} consent_organisation=NRC", consent("share_partner", "yes")), true, false),
            (format!("{refer}; {}", consent("referral", "yes")), true, false),
            (format!("{refer}; {} consent_organisation=HIAS", consent("referral", "yes")), false, false),
            (format!("{refer}; {}", consent("share_onpar", "yes")), true, false),
            (format!("p; referral p1 referral_to=ONPAR; {}", consent("share_onpar", "yes")), false, false),
            (
                format!("p; referral p1 referral_to=UNHCR; {}", consent("share_unhcr", "withdrawn")),
                false,
                true,
            ),
            // The group's decision is everybody's; another person's is not.
            (
                format!(
                    "p; p; referral p2 referral_to=HIAS; {}",
                    hias("yes").replace("consent p1", "consent g")
                ),
                false,
                false,
            ),
            (format!("p; p; referral p2 referral_to=HIAS; {}", hias("yes")), true, false),
            (format!("{refer} referral_status=draft"), false, false),
            (format!("{refer} referral_status=queued"), true, false),
            (format!("{refer} referral_status=sent"), true, false),
            // It was in order when it was sent.
            (format!("{refer} +referral_status=sent@2026-02-01; {}", hias("withdrawn")), false, false),
            // It was sent for a reason without one, or by an earlier version: it is not the registration's any more.
            (format!("{refer} +referral_status=sent@2026-02-01"), false, false),
            (format!("{refer} +referral_status=queued@2026-02-01"), false, false),
            (format!("{refer} was:referral_status=draft@2026-02-01 referral_status=sent"), true, false),
            (format!("{refer} referral_status=closed"), false, false),
            ("p; referral p1".to_owned(), false, false),
        ] {
            check("CON02", &[(&case, if without { "r1.referral_to" } else { "" })]);
            check("CON04", &[(&case, if withdrawn { "r1.referral_to" } else { "" })]);
        }
    }

    #[test]
    fn of_a_consent_said_in_two_ways_the_one_against_sharing_counts() {
        let given = "consent_purpose=referral consent_organisation=HIAS consent_decision";
        // Beside another that agrees, of which a torn one takes back, or not.
        let case = format!("p; referral p1 referral_to=HIAS; consent p1 {given}=yes; consent p1 {given}=yes");
        for (field, sides, found) in [
            (Field::CONSENT_DECISION, ["yes", "withdrawn"], Some("CON04")),
            (Field::CONSENT_DECISION, ["withdrawn", "yes"], Some("CON04")),
            (Field::CONSENT_DECISION, ["yes", "not_asked"], None),
            (Field::CONSENT_PURPOSE, ["referral", "photo"], None),
        ] {
            let mut trial = Trial::new(&case);
            let torn = &mut trial.file.rows[2];
            torn.values.remove(&field);
            torn.sides.insert(field, sides.map(Value::text).to_vec());
            let findings = trial.findings(TODAY);
            let told = findings.iter().filter_map(|it| match it.what {
                What::Rule(rule @ ("CON02" | "CON04")) => Some(rule),
                _ => None,
            });
            assert_eq!(
                told.collect::<Vec<_>>(),
                found.into_iter().collect::<Vec<_>>(),
                "{field:?} {sides:?}"
            );
        }
        // What was taken back may have been for this very organisation, or purpose.
        for (field, sides) in [
            (Field::CONSENT_ORGANISATION, ["NRC", "HIAS"]),
            (Field::CONSENT_PURPOSE, ["register", "share_partner"]),
        ] {
            let mut trial = Trial::new(&case);
            let torn = &mut trial.file.rows[2];
            torn.values.insert(Field::CONSENT_DECISION, Value::text("withdrawn"));
            torn.values.remove(&field);
            torn.sides.insert(field, sides.map(Value::text).to_vec());
            let findings = trial.findings(TODAY);
            assert!(findings.iter().any(|it| it.what == What::Rule("CON04")), "{field:?}");
        }
        // One alone that is torn is none.
        let mut trial = Trial::new(&format!("p; referral p1 referral_to=HIAS; consent p1 {given}=yes"));
        let torn = &mut trial.file.rows[1];
        torn.values.remove(&Field::CONSENT_DECISION);
        torn.sides.insert(Field::CONSENT_DECISION, ["yes", "no"].map(Value::text).to_vec());
        assert!(trial.findings(TODAY).iter().any(|it| it.what == What::Rule("CON02")));
    }

    #[test]
    fn a_share_without_consent_is_excused_by_named_roles_alone() {
        for (role, may) in [("caseworker", false), ("supervisor", false), ("counsellor", true)] {
            let trial = Trial::new(&format!("role {role}; p; referral p1 referral_to=HIAS"));
            let findings = trial.findings(TODAY);
            let found = findings.iter().find(|it| it.what == What::Rule("CON02")).unwrap();
            assert_eq!(!found.confirm.is_empty(), may, "{role}");
        }
    }

    #[test]
    fn con03_who_decides_for_a_child() {
        let decided = "consent_purpose=photo consent_decision=yes";
        for (case, wanted) in [
            ("p age_stated=40; p age_stated=9; consent p2 {} consent_given_by=p1", ""),
            ("p age_stated=40; p age_stated=9; consent p2 {} consent_given_by=p2", "r1.consent_given_by"),
            ("p age_stated=40; p age_stated=9; consent p2 {}", "r1.consent_given_by"),
            ("p age_stated=40; p age_stated=9; consent p2 consent_decision=not_asked", ""),
            ("p age_stated=40; consent p1 {}", ""),
            ("p age_stated=15; consent g {} consent_given_by=p1", "r1.consent_given_by"),
            ("p dob=2008; consent p1 {} consent_given_by=p1", "r1.consent_given_by"),
            ("p age_stated=15; need p1 need_code=SC-UC; consent p1 {}", ""),
            ("p age_stated=15; need p1 need_code=X-PE; consent p1 {}", ""),
            (
                "role counsellor; p age_stated=15; need p1 need_code=X-PE; consent p1 {}",
                "r2.consent_given_by",
            ),
        ] {
            let case = case.replace("{}", decided);
            let wanted = wanted.replace("r1", if case.contains("need") { "r2" } else { "r1" });
            check("CON03", &[(&case, &wanted)]);
        }
    }
}
