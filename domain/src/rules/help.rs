//! Rules about assistance and referrals.

use super::days::{day_of, day_of_text};
use super::{Found, Rule, Scene};
use crate::case::Subject;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use time::Date;

const QUANTITY: &[Field] = &[Field::ASSISTANCE_TYPE, Field::ASSISTANCE_QUANTITY, Field::ASSISTANCE_AMOUNT];
const GIVEN: &[Field] = &[
    Field::ASSISTANCE_TYPE,
    Field::ASSISTANCE_DATE,
    Field::ASSISTANCE_RECIPIENT,
    Field::ASSISTANCE_COVERS,
    Field::ASSISTANCE_STATUS,
];
const ANSWER: &[Field] =
    &[Field::REFERRAL_STATUS, Field::REFERRAL_REJECT_REASON, Field::REFERRAL_DUE, Field::REFERRAL_URGENCY];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("ASS01", QUANTITY, ass01),
    Rule::new("ASS02", GIVEN, ass02),
    Rule::new("ASS03", GIVEN, ass03),
    Rule::new("REF01", ANSWER, ref01),
    Rule::new("REF02", ANSWER, ref02),
];

fn helps<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Subject> {
    // What was amended counts once, as it was amended.
    let amended = |help: &Subject| {
        scene.file.rows.iter().any(|other| other.reference(Field::AMENDS) == Some(help.record))
    };
    scene.file.rows_of_kind(Kind::ASSISTANCE).filter(move |help| !amended(help))
}

/// Numbers are kept as text; all of their digits are zero.
fn is_zero(number: &str) -> bool {
    !number.chars().any(|c| ('1'..='9').contains(&c)) || number.starts_with('-')
}

/// A quantity of nothing, or no amount where one is required. That the quantity is missing is asked by
/// itself.
fn ass01(scene: &Scene<'_>, found: &mut Found) {
    for help in helps(scene) {
        let [quantity, amount] =
            [Field::ASSISTANCE_QUANTITY, Field::ASSISTANCE_AMOUNT].map(|field| help.text(field));
        if !quantity.is_empty() && is_zero(quantity) {
            found.at(help, Field::ASSISTANCE_QUANTITY);
        }
        let required = scene.look.lists.needs_amount(help.text(Field::ASSISTANCE_TYPE));
        if required && is_zero(amount) {
            found.at(help, Field::ASSISTANCE_AMOUNT);
        }
    }
}

fn given_on(help: &Subject) -> Option<Date> {
    help.date(Field::ASSISTANCE_DATE)?.day_known()
}

/// Whom help is for: who received it, whom it covers, else whom it hangs on.
fn reached(help: &Subject) -> Vec<RecordId> {
    let covers = help.codes(Field::ASSISTANCE_COVERS).iter().filter_map(|code| RecordId::parse(code));
    let mut people: Vec<RecordId> =
        help.reference(Field::ASSISTANCE_RECIPIENT).into_iter().chain(covers).collect();
    if people.is_empty() {
        people.extend(help.owner);
    }
    people
}

/// The same kind of help reached somebody within seven days.
fn ass02(scene: &Scene<'_>, found: &mut Found) {
    let all: Vec<&Subject> = helps(scene).collect();
    for (place, help) in all.iter().enumerate() {
        let (Some(day), kind) = (given_on(help), help.text(Field::ASSISTANCE_TYPE)) else { continue };
        if kind.is_empty() || matches!(help.text(Field::ASSISTANCE_STATUS), "refused" | "denied" | "returned")
        {
            continue;
        }
        let people = reached(help);
        let before = all.iter().enumerate().filter(|(other_place, other)| {
            let delivered = scene.look.lists.is_delivered(other.text(Field::ASSISTANCE_STATUS));
            let earlier = given_on(other).is_some_and(|other_day| {
                // Of two on one day the later one on the page is asked about.
                (other_day, *other_place) < (day, place) && (day - other_day).whole_days() <= 7
            });
            let same_kind = other.says(Field::ASSISTANCE_TYPE, kind);
            delivered && earlier && same_kind && reached(other).iter().any(|person| people.contains(person))
        });
        let before: Vec<RecordId> = before.map(|(_, other)| other.record).collect();
        if !before.is_empty() {
            found.resembles(help, Field::ASSISTANCE_DATE, before);
        }
    }
}

/// Delivered on a day to come.
fn ass03(scene: &Scene<'_>, found: &mut Found) {
    for help in helps(scene) {
        let delivered = scene.look.lists.is_delivered(help.text(Field::ASSISTANCE_STATUS));
        if delivered && given_on(help).is_some_and(|day| day > scene.look.today) {
            found.at(help, Field::ASSISTANCE_DATE);
        }
    }
}

/// Rejected, and nobody said why. Of what was sent the receiver is asked, when they reject it.
fn ref01(scene: &Scene<'_>, found: &mut Found) {
    for referral in scene.own_referrals() {
        let is_rejected = referral.says(Field::REFERRAL_STATUS, "rejected");
        if is_rejected && referral.value(Field::REFERRAL_REJECT_REASON).is_none() {
            found.at(referral, Field::REFERRAL_REJECT_REASON);
        }
    }
}

/// No answer when one was due: by the time stated, else by the urgency's hours since it was recorded. Who
/// made it without a connection made it when it was finished: the term runs from then. It is told and asks nothing:
/// whoever registers cannot answer.
fn ref02(scene: &Scene<'_>, found: &mut Found) {
    for referral in scene.file.rows_of_kind(Kind::REFERRAL) {
        let waits = matches!(referral.text(Field::REFERRAL_STATUS), "queued" | "sent" | "received");
        if !waits || referral.says(Field::REFERRAL_CONSENT_STATE, "withdrawn") {
            continue;
        }
        let stated = day_of_text(referral.text(Field::REFERRAL_DUE));
        let due = stated.or_else(|| {
            let hours = scene.look.lists.answer_within_hours(referral.text(Field::REFERRAL_URGENCY))?;
            let record = scene.held(referral)?;
            // That it was opened there is no answer: the first statement counts, whatever the status is by
            // now.
            let made = record.history().first()?.at;
            day_of(made.checked_add(hours.checked_mul(3_600_000)?)?)
        });
        if due.is_some_and(|due| scene.look.today > due) {
            found.until(referral, Field::REFERRAL_STATUS, due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::check;

    #[test]
    fn ass01_how_much() {
        let kit = "p; assistance p1 assistance_type=hygiene_kit assistance_quantity";
        let cash = "p; assistance p1 assistance_type=cash_rent assistance_quantity=1";
        check(
            "ASS01",
            &[
                (&format!("{kit}=1"), ""),
                (&format!("{kit}=0.5"), ""),
                (&format!("{kit}=0"), "r1.assistance_quantity"),
                (&format!("{kit}=-1"), "r1.assistance_quantity"),
                ("p; assistance p1 assistance_type=hygiene_kit", ""),
                (cash, "r1.assistance_amount"),
                (&format!("{cash} assistance_amount=0.00"), "r1.assistance_amount"),
                (&format!("{cash} assistance_amount=0.10"), ""),
            ],
        );
    }

    #[test]
    fn ass02_the_same_help_again() {
        let given = |to: &str, kind: &str, day: &str, status: &str| {
            format!("assistance {to} assistance_type={kind} assistance_date={day} assistance_status={status}")
        };
        let first = given("p1", "food_kit", "2026-02-20", "delivered");
        for (second, wanted) in [
            (given("p1", "food_kit", "2026-02-27", "delivered"), "r2.assistance_date =r1"),
            (given("p1", "food_kit", "2026-02-28", "delivered"), ""),
            (given("p1", "food_kit", "2026-02-20", "requested"), "r2.assistance_date =r1"),
            (given("p1", "food_kit", "2026-02-13", "delivered"), "r1.assistance_date =r2"),
            (given("p1", "hygiene_kit", "2026-02-27", "delivered"), ""),
            (given("p2", "food_kit", "2026-02-27", "delivered"), ""),
            (given("p1", "food_kit", "2026-02-27", "refused"), ""),
            (
                given("g", "food_kit", "2026-02-27", "part") + " assistance_recipient=p1",
                "r2.assistance_date =r1",
            ),
            (
                given("g", "food_kit", "2026-02-27", "part") + " assistance_covers=p2|p1",
                "r2.assistance_date =r1",
            ),
            (given("g", "food_kit", "2026-02-27", "part"), ""),
        ] {
            check("ASS02", &[(&format!("p; p; {first}; {second}"), wanted)]);
        }
        // What was only asked for reached nobody.
        let asked = given("p1", "food_kit", "2026-02-20", "requested");
        let case = format!("p; {asked}; {}", given("p1", "food_kit", "2026-02-21", "delivered"));
        check("ASS02", &[(&case, "")]);
    }

    #[test]
    fn ass03_given_on_a_day_to_come() {
        check(
            "ASS03",
            &[
                (
                    "p; assistance p1 assistance_date=2026-03-03 assistance_status=delivered",
                    "r1.assistance_date",
                ),
                ("p; assistance p1 assistance_date=2026-03-02 assistance_status=delivered", ""),
                ("p; assistance p1 assistance_date=2026-03-03 assistance_status=approved", ""),
            ],
        );
    }

    #[test]
    fn ref01_and_ref02_answers() {
        check(
            "REF01",
            &[
                ("p; referral p1 referral_status=rejected", "r1.referral_reject_reason"),
                ("p; referral p1 referral_status=rejected referral_reject_reason=no_capacity", ""),
                ("p; referral p1 referral_status=accepted", ""),
                // What its receiver said is not asked of the registration.
                ("p; referral p1 +referral_status=rejected@2026-02-01", ""),
            ],
        );
        let sent = |urgency: &str, day: &str| {
            format!("p; referral p1 referral_urgency={urgency} +referral_status=sent@{day}")
        };
        check(
            "REF02",
            &[
                (&sent("emergency", "2026-02-28"), "r1.referral_status until 2026-03-01"),
                (&sent("emergency", "2026-03-01"), ""),
                (&sent("urgent", "2026-02-26"), "r1.referral_status until 2026-03-01"),
                (&sent("urgent", "2026-02-27"), ""),
                (&sent("normal", "2026-02-15"), "r1.referral_status until 2026-03-01"),
                (&sent("normal", "2026-02-16"), ""),
                ("p; referral p1 referral_urgency=emergency +referral_status=accepted@2026-02-01", ""),
                (
                    "p; referral p1 was:referral_status=sent@2026-02-01 referral_status=received referral_urgency=urgent",
                    "r1.referral_status until 2026-02-04",
                ),
                (
                    "p; referral p1 referral_status=sent referral_due=2026-03-01T18:00",
                    "r1.referral_status until 2026-03-01",
                ),
                ("p; referral p1 referral_status=sent referral_due=2026-03-02T18:00", ""),
                ("p; referral p1 referral_status=queued referral_urgency=emergency", ""),
                (&format!("{} referral_consent_state=withdrawn", sent("emergency", "2026-02-28")), ""),
            ],
        );
    }
}
