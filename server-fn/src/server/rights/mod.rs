//! Who may be handed what, and who may have stated what: the table of `domain::permission`, judged over the rows.

mod grants;
mod places;
mod referral;
mod rules;
mod statement;
mod view;

pub use grants::active_grants;
pub use places::{maker, place_of};
pub use referral::{
    CONSENT_WITHDRAWN, MAY_NOT_OVERRIDE, NO_CONSENT, SHARED_OTHERWISE, STEP_LACKS, STEP_NOT_ALLOWED,
    STEP_TAKEN, Stood,
};
pub use rules::{Rules, Shelf};
pub use statement::{OUT_OF_REACH, SEALED_FOR_NOBODY, SEALS_FOCAL_POINT, SEALS_ONLY_PERSON, Weighing};
pub use view::{Desks, Eyes, Handed};

use super::Office;
use super::ledger::{LedgerError, Member, Share};
use domain::permission::{Act, Reach, reach};
use domain::service::Party;
use domain::service::referral::role_may;
use domain::{Class, Kind, Place, RecordId, Role, Standing};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Office {
    /// Somebody, with what they are here for and where; `None` for a role of a later version, which may do nothing.
    #[must_use]
    pub fn standing(&self, member: &Member) -> Option<Standing> {
        let user = &member.user;
        let place = Place {
            operation: self.operation(&user.site).to_owned(),
            organisation: user.organisation.clone(),
            site: user.site.clone(),
            team: user.team.clone(),
        };
        Some(Standing { user: user.id, role: Role::from_code(user.role)?, place })
    }

    /// The rules at a place.
    pub(super) fn rules(&self, place: &Place) -> Result<Arc<Rules>, LedgerError> {
        self.shelf.rules(&self.tables, place)
    }

    /// What somebody sees of records, with these groups of others opened to them.
    pub(super) fn eyes(&self, standing: Standing, granted: BTreeSet<RecordId>) -> Result<Eyes, LedgerError> {
        let rules = self.rules(&standing.place)?;
        let sealed = self.ledger.sealed_people(&standing.place.operation)?;
        let hidden = sealed.into_iter().filter(|(_, known_to)| !known_to.contains(&standing.user));
        let hidden = hidden.map(|(id, _)| id).collect();
        Ok(Eyes { standing, granted, rules, hidden, desks: Desks::Theirs })
    }
}

/// Whether somebody of a role may be handed any record at all.
#[must_use]
pub fn reads(role: Role) -> bool {
    Kind::ALL.iter().any(|kind| reach(role, Act::Read, *kind, Class::Public).is_some())
}

/// Whether somebody of a role is handed nothing but referrals: those that they began, and those sent to their desk.
#[must_use]
pub fn reads_only_referrals(role: Role) -> bool {
    reads(role) && reach(role, Act::Read, Kind::INDIVIDUAL, Class::Public).is_none()
}

/// Whether it matters to what somebody of a role is handed at which site or in which team they are.
#[must_use]
pub fn minds_site(role: Role) -> bool {
    let classes = [Class::Public, Class::Restricted, Class::Confidential, Class::NeedToKnow];
    let ends = |act, kind, class| matches!(reach(role, act, kind, class), Some(Reach::Team | Reach::Site));
    let mut kinds = Kind::ALL.iter();
    kinds.any(|kind| {
        classes.iter().any(|class| ends(Act::Read, *kind, *class) || ends(Act::Search, *kind, *class))
    })
}

/// The records that somebody may be handed at most.
#[must_use]
pub fn share(standing: &Standing, granted: &BTreeSet<RecordId>) -> Share {
    let Place { operation, organisation, .. } = &standing.place;
    let home =
        (reads(standing.role) && !operation.is_empty()).then(|| (operation.clone(), organisation.clone()));
    let groups = if home.is_some() { granted.iter().copied().collect() } else { Vec::new() };
    let receives = role_may(standing.role, Party::Receiver) && !organisation.is_empty();
    let addressed = home.clone().filter(|_| receives);
    Share { home, only_referrals: reads_only_referrals(standing.role), addressed, groups, before: None }
}
