//! Help that is given: to one person or a family, shown, and taken further.

mod before;
mod form;
mod give;
mod kind;
mod one;
mod proof;

pub use before::{Before, days_ago, told};
pub use give::{Give, GiveToFamily};
pub use kind::KindOfHelp;
pub use one::OneGift;

use crate::forms::Forms;
use crate::tables::Tables;
use crate::when;
use crate::words::{Key, Words};
use domain::service::AmountFault;
use domain::service::assistance::{GiftFault, GiftProblem, Help};
use domain::{Act, Change, DateFault, Entry, EntryId, Fault, Field, Kind, RecordId, Role};
use store::Vault;

/// Kinds of help as the office has them.
#[must_use]
pub fn helps(tables: Tables) -> Vec<Help> {
    Help::read(&tables.rows("assistance_types"), &tables.rows("units"))
}

/// Whether whoever has unlocked may give help.
#[must_use]
pub fn may_give(vault: &Vault) -> bool {
    let role = Role::from_code(vault.identity().role);
    role.is_some_and(|role| domain::may(role, Act::Register, Kind::ASSISTANCE))
}

/// An entry of one change, of whoever has unlocked.
#[must_use]
pub fn entry_of(vault: &Vault, id: EntryId, change: Change) -> Entry {
    let me = vault.identity();
    Entry { id, author: me.user, enrolment: me.enrolment, at: when::now(), changes: vec![change] }
}

/// Fresh ids of a record and its entry.
#[must_use]
pub fn fresh() -> (RecordId, EntryId) {
    let now = when::now();
    (RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()))
}

/// The organisation of whoever has unlocked, as the directory last told; empty until it did.
pub async fn organisation(vault: &Vault) -> String {
    let me = vault.identity().user;
    let colleagues = vault.colleagues().await.unwrap_or_default();
    colleagues.into_iter().find(|one| one.user == me).map(|one| one.organisation).unwrap_or_default()
}

/// Today as records keep it.
#[must_use]
pub fn today_text() -> String {
    when::local_minute().split('T').next().unwrap_or_default().to_owned()
}

/// The id of the input that mends something.
#[must_use]
pub fn input_of(problem: &GiftProblem) -> &'static str {
    match problem.field {
        Field::ASSISTANCE_PROOF if problem.fault == GiftFault::NoProof => "give-proof",
        Field::ASSISTANCE_TYPE | Field::DISTRIBUTION_TYPE => "give-type",
        Field::ASSISTANCE_QUANTITY | Field::DISTRIBUTION_QUANTITY => "give-quantity",
        Field::ASSISTANCE_AMOUNT | Field::DISTRIBUTION_AMOUNT => "give-amount",
        Field::ASSISTANCE_DATE | Field::DISTRIBUTION_DATE => "give-date",
        Field::ASSISTANCE_STATUS => "give-status",
        Field::ASSISTANCE_COVERS => "give-covers",
        Field::ASSISTANCE_PROOF => "give-slip",
        Field::ASSISTANCE_RECEIPT => "give-signature",
        Field::ASSISTANCE_WITNESS => "give-witness",
        Field::ASSISTANCE_AGAIN => "give-again",
        Field::DISTRIBUTION_NAME => "dist-name",
        _ => "dist-list",
    }
}

/// What is wrong with a field, in words.
#[must_use]
pub fn fault_words(words: Words, forms: Forms, fault: &GiftFault) -> String {
    let amount = |fault: &AmountFault| match fault {
        AmountFault::Missing => words.get(Key::GiveFaultMissing),
        AmountFault::Negative => words.get(Key::GiveFaultNegative),
        AmountFault::Zero => words.get(Key::GiveFaultZero),
        AmountFault::NotANumber => words.get(Key::FaultNotANumber),
        AmountFault::Ambiguous => words.get(Key::GiveFaultAmbiguous),
        AmountFault::TooManyDecimals(0) => words.get(Key::GiveFaultWhole),
        AmountFault::TooManyDecimals(places) => words.count(Key::GiveFaultDecimals, u64::from(*places)),
        AmountFault::Foreign(money) => words.with(Key::GiveFaultForeign, &[("money", money)]),
        AmountFault::TooMuch(most) => {
            let most = words.number(u64::try_from(*most).unwrap_or_default());
            words.with(Key::GiveFaultTooMuch, &[("n", &most)])
        }
    };
    let named = |fault: Fault| words.named(&format!("fault_{}", fault.key())).unwrap_or_default();
    match fault {
        GiftFault::Missing => words.get(Key::GiveFaultMissing),
        GiftFault::Amount(fault) => amount(fault),
        GiftFault::Date(fault) => named(Fault::Date(*fault)),
        GiftFault::DayNeeded => named(Fault::DayNeeded),
        GiftFault::Future => named(Fault::Date(DateFault::InTheFuture)),
        GiftFault::FarOff => words.get(Key::GiveFaultFarOff),
        GiftFault::NotABeginning(allowed) => steps_words(words, forms, allowed),
        GiftFault::NoProof => words.get(Key::GiveFaultNoProof),
        GiftFault::NoSlip => words.get(Key::GiveFaultNoSlip),
        GiftFault::SlipOfOthers => words.get(Key::GiveFaultSlipOfOthers),
        GiftFault::TooLong => words.get(Key::FaultTextTooLong),
    }
}

/// A step that is not taken, with those that are.
#[must_use]
pub fn steps_words(words: Words, forms: Forms, allowed: &[&str]) -> String {
    if allowed.is_empty() {
        return words.get(Key::GiveFaultNoStep);
    }
    let steps = words.list(allowed.iter().map(|code| forms.code_label("assistance_status", code)));
    words.with(Key::GiveFaultStep, &[("steps", &steps)])
}
