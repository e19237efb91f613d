//! Referrals: new ones, those that were sent and received, one with its steps, and its paper slip.
//!
//! What stands in the way, what may be done and what is stated is the domain's to say
//! ([`domain::service::referral`]); here it is asked and shown.

mod acting;
mod agreeing;
mod begin;
mod choosing;
mod form;
mod lines;
mod list;
mod one;
mod shown;
mod slip;
mod steps;
mod telling;
mod withdrawing;

pub use begin::{Refer, ReferHere};
pub use list::Referrals;
pub use one::ReferralPage;
pub use slip::ReferralSlip;
pub use withdrawing::{Tells, WithdrawConsent, told_of, with_referrals, without_consent};

use crate::forms::Forms;
use crate::tables::{Table, Tables};
use crate::when;
use crate::words::{Key, Words};
use domain::service::Referral;
use domain::service::brief::minutes_of;
use domain::service::referral::{Parties, Shared, means_withdrawn};
use domain::service::slip::voice_of;
use domain::{Field, Place, RecordId, Role, Standing, UserId};
use leptos::prelude::Signal;
use store::{StoreError, Vault};

/// Who works here, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Me(Standing);

impl Me {
    /// As the device was told. Of which organisation somebody is, it hears with the first round after joining; until
    /// then nothing can be sent.
    async fn read(vault: &Vault) -> Result<Me, StoreError> {
        let identity = vault.identity();
        let own = vault.colleagues().await?.into_iter().find(|one| one.user == identity.user);
        let (organisation, team) = own.map(|own| (own.organisation, own.team)).unwrap_or_default();
        let place = Place { operation: String::new(), organisation, site: identity.site.clone(), team };
        // A role of a later version sees least, as everywhere.
        let role = Role::from_code(identity.role).unwrap_or(Role::Verifier);
        Ok(Me(Standing { user: identity.user, role, place }))
    }

    fn role(&self) -> Role {
        self.0.role
    }

    fn organisation(&self) -> &str {
        &self.0.place.organisation
    }

    fn site(&self) -> &str {
        &self.0.place.site
    }

    /// Whether they hold records of people, and not only referrals.
    fn holds_people(&self) -> bool {
        matches!(self.role(), Role::Caseworker | Role::Counsellor | Role::Supervisor)
    }

    /// On which sides of a referral they are.
    fn parties(&self, referral: Referral<'_>, tables: Tables) -> Parties {
        referral.parties(&self.0, &desk_site(tables, referral.text(Field::REFERRAL_DESK)))
    }

    /// Whether a referral was taken back, as far as they can know: where the server alone does, by nothing of the person
    /// being told any more.
    fn knows_withdrawn(&self, referral: Referral<'_>, tables: Tables) -> bool {
        let history = referral.record().history();
        let began_it = history.first().is_some_and(|event| event.author == self.0.user);
        let means = || means_withdrawn(self.parties(referral, tables), self.role(), began_it);
        referral.is_withdrawn() || (referral.is_emptied() && means())
    }
}

/// The site of a desk; empty for one of all sites, and for one that no table has.
fn desk_site(tables: Tables, code: &str) -> String {
    tables.desks().into_iter().find(|desk| desk.code == code).map(|desk| desk.site).unwrap_or_default()
}

/// This minute, in minutes since 1970 by the clock of here.
fn now_minutes() -> i64 {
    minutes_of(&when::local_minute()).unwrap_or(0)
}

/// When an answer is due, in words, and whether that is over.
fn due_words(words: Words, due: i64) -> (bool, String) {
    let left = due.saturating_sub(now_minutes());
    let number = |minutes: i64| u64::try_from(minutes).unwrap_or(0);
    let late = left < 0;
    let left = number(left.saturating_abs());
    let key = |soon: Key, over: Key| if late { over } else { soon };
    let text = match left {
        0..60 => words.count(key(Key::ReferDueMinutes, Key::ReferLateMinutes), left),
        60..2880 => words.count(key(Key::ReferDueHours, Key::ReferLateHours), left / 60),
        _ => words.count(key(Key::ReferDueDays, Key::ReferLateDays), left / 1440),
    };
    (late, text)
}

/// Where a referral that was kept is gone on with.
fn to_finish(record: RecordId, owner: Option<RecordId>) -> String {
    match owner {
        Some(owner) => format!("/people/{owner}/refer?draft={record}"),
        None => format!("/refer?draft={record}"),
    }
}

/// How somebody is called who stated something: a colleague, or the desk that answered by a slip.
fn author(words: Words, tables: Tables, vault: &Vault, user: UserId) -> String {
    let name = vault.author_name(user);
    match name.as_deref().and_then(voice_of) {
        Some(institution) => {
            words.with(Key::ReferBySlip, &[("who", &tables.label(Table::Institutions, institution))])
        }
        None => name.unwrap_or_else(|| words.get(Key::AColleague)),
    }
}

/// Of an input with which nothing can be wrong.
fn no_fault() -> Signal<Option<String>> {
    Signal::stored(None)
}

/// The name that is shared; empty where none is.
fn shared_name(shared: &Shared) -> String {
    let part = |field| shared.text(0, field);
    domain::name::display_name(part(Field::GIVEN_NAMES), part(Field::SURNAME1), part(Field::SURNAME2))
}

/// A desk with its institution: «INAMU, Ciudad de Panamá».
fn desk_label(tables: Tables, forms: Forms, referral: Referral<'_>) -> String {
    let desk = referral.text(Field::REFERRAL_DESK);
    match desk {
        "" => forms.code_label("institutions", referral.text(Field::REFERRAL_TO)),
        desk => tables.label(Table::Desks, desk),
    }
}
