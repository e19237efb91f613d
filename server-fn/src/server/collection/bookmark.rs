//! How far a device has collected, and as whom: in the device's own hands, sealed by the server, so that it can neither
//! be read nor made up nor used by another device.

use crate::ApiError;
use crate::server::audit::Began;
use crate::server::ledger::{EnrolmentRow, Share};
use crate::server::rights::{self, Desks, Eyes};
use crate::server::{Office, Table, log};
use domain::{Place, RecordId, Role, Standing, UserId};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// As whom somebody collected: what decides which records they are handed, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct View {
    /// Code of their role.
    #[n(0)]
    pub role: u8,
    /// Where they are; site and team only where these matter.
    #[n(1)]
    pub place: Place,
    /// Groups of others that are open to them.
    #[n(2)]
    pub groups: Vec<RecordId>,
    /// [`rights::Rules`]' digest for them.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub rules: [u8; 8],
    /// From before there were places: everything of the operation was for everybody.
    #[n(4)]
    pub before: bool,
}

impl View {
    /// As whoever of an operation, before there were places.
    #[must_use]
    pub fn before(operation: &str) -> View {
        let place = Place { operation: operation.to_owned(), ..Place::default() };
        View { place, before: true, ..View::default() }
    }

    /// As whom somebody collects who looks with these eyes.
    #[must_use]
    pub fn of(eyes: &Eyes) -> View {
        let Standing { role, place, .. } = &eyes.standing;
        let mut place = place.clone();
        let has_desks = eyes.rules.parts_desks(*role, &place.organisation) && eyes.desks != Desks::None;
        if !rights::minds_site(*role) {
            place.team = String::new();
            if !has_desks {
                place.site = String::new();
            }
        }
        let rules = eyes.rules.digest_for(*role, &place.organisation);
        let groups = eyes.granted.iter().copied().collect();
        View { role: role.code(), place, groups, rules, before: false }
    }

    /// The same as it would be with the desks that their organisation has now, where it had none, or none that were
    /// known: nothing was sent to them before, so nothing need be handed out anew. `plain` is the digest of now without
    /// desks.
    #[must_use]
    pub fn with_desks_of(self, now: &View, plain: [u8; 8]) -> View {
        let had_none = self.rules == plain && self.place.site.is_empty() && !self.before;
        let place = Place { site: now.place.site.clone(), ..self.place.clone() };
        if !had_none || self.role != now.role || place != now.place {
            return self;
        }
        View { place, rules: now.rules, ..self }
    }

    /// Whether two differ in nothing but the groups of others that are open.
    #[must_use]
    pub fn differs_in_groups_only(&self, other: &View) -> bool {
        let groups = other.groups.clone();
        View { groups, ..self.clone() } == *other
    }

    /// Which records were handed out at most.
    #[must_use]
    pub fn share(&self) -> Share {
        if self.before {
            return Share { before: Some(self.place.operation.clone()), ..Share::default() };
        }
        let granted = self.groups.iter().copied().collect();
        self.standing(UserId([0; 16])).map(|standing| rights::share(&standing, &granted)).unwrap_or_default()
    }

    /// What somebody saw then.
    pub fn eyes(&self, office: &Office, user: UserId) -> Result<Option<Eyes>, ApiError> {
        let Some(standing) = self.standing(user) else { return Ok(None) };
        let mut eyes = office.eyes(standing, self.groups.iter().copied().collect())?;
        let Standing { role, place, .. } = &eyes.standing;
        if eyes.rules.digest_for(*role, &place.organisation) != self.rules {
            // Those of then are gone. No office made anything wider than this, so it was no more; and no more than all
            // that was sent to their organisation.
            (eyes.rules, eyes.desks) = (rights::Rules::shipped(), Desks::Any);
        }
        Ok(Some(eyes))
    }

    fn standing(&self, user: UserId) -> Option<Standing> {
        Some(Standing { user, role: Role::from_code(self.role)?, place: self.place.clone() })
    }
}

/// Telling what is to be dropped, because it was handed out as somebody who they are no longer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Evicting {
    /// As whom they collected.
    #[n(0)]
    pub views: Vec<View>,
    /// Groups that are no longer open, where nothing else has changed.
    #[n(1)]
    pub groups: Option<Vec<RecordId>>,
    /// How far it has come.
    #[n(2)]
    pub at: u64,
    /// How far they had collected.
    #[n(3)]
    pub from: u64,
}

/// Handing out groups that were opened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opening {
    /// The groups.
    #[n(0)]
    pub groups: Vec<RecordId>,
    /// How far it has come.
    #[n(1)]
    pub at: u64,
}

/// How far a device has collected.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bookmark {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: [u8; 16],
    /// Everything up to here was handed out.
    #[n(1)]
    pub after: u64,
    /// The newest number when it began at the beginning: what had left before that was not handed out.
    #[n(2)]
    pub began: u64,
    /// As whom.
    #[n(3)]
    pub view: View,
    #[n(4)]
    pub evicting: Option<Evicting>,
    #[n(5)]
    pub opening: Option<Opening>,
    /// How many of the records that are judged one by one were for them when it began.
    #[n(6)]
    pub judged: u64,
    /// Digest of the directory that was told last.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub directory: [u8; 8],
    /// Digest of the grants that were told last.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub grants: [u8; 8],
}

/// A cursor as there was before there were places: epoch ‖ seq ‖ digest of the operation.
#[must_use]
pub fn first_form(office: &Office, operation: &str, seq: u64) -> Vec<u8> {
    [&office.ledger().identity().epoch[..], &seq.to_be_bytes(), &digest_of(operation)].concat()
}

fn digest_of(operation: &str) -> [u8; 8] {
    let digest = seal::short_digest(format!("reach 1 {operation}").as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

impl Bookmark {
    /// At the beginning, as somebody who has nothing yet.
    #[must_use]
    pub fn fresh(office: &Office, view: View) -> Self {
        Self {
            epoch: office.ledger().identity().epoch,
            after: 0,
            began: 0,
            view,
            evicting: None,
            opening: None,
            judged: 0,
            directory: [0; 8],
            grants: [0; 8],
        }
    }

    /// Reads what a device hands in, as far as it goes with what is here. One that is sealed by this ledger in this epoch
    /// and further than its numbers reach was given out by a later state of the same database: an older one was put in
    /// its place. Another epoch begins, and the device is handed everything anew.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn read_here(
        office: &Office,
        enrolment: &EnrolmentRow,
        cursor: &[u8],
    ) -> Result<Option<Self>, ApiError> {
        let Some(held) = Self::read(office, enrolment, cursor) else { return Ok(None) };
        if held.after <= office.ledger().newest()? {
            return Ok(Some(held));
        }
        // One of before there were places is not sealed, and might say anything.
        if !held.view.before {
            log::trouble("database_behind", &format!("the cursor of {}", enrolment.id));
            office.begin_epoch(held.epoch, Began::HandedBack, 0, 0)?;
        }
        Ok(None)
    }

    /// Reads what a device hands in. `None` when it is nothing that this ledger gave to this device.
    #[must_use]
    pub fn read(office: &Office, enrolment: &EnrolmentRow, cursor: &[u8]) -> Option<Self> {
        let epoch = office.ledger().identity().epoch;
        if let Ok((_, bytes)) = office.unseal(Table::Bookmarks, &enrolment.id.0, cursor) {
            return minicbor::decode::<Bookmark>(&bytes).ok().filter(|mark| mark.epoch == epoch);
        }
        Self::read_first_form(office, cursor)
    }

    /// As [`first_form`] writes it.
    fn read_first_form(office: &Office, cursor: &[u8]) -> Option<Self> {
        let (epoch, rest) = cursor.split_first_chunk::<16>()?;
        let (seq, digest) = rest.split_first_chunk::<8>()?;
        if *epoch != office.ledger().identity().epoch {
            return None;
        }
        let is_of = |operation: &&str| digest_of(operation) == digest;
        let operation = office.sites.operations().into_iter().find(is_of)?;
        Some(Self { after: u64::from_be_bytes(*seq), ..Self::fresh(office, View::before(operation)) })
    }

    /// The bytes that a device keeps.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self, office: &Office, enrolment: &EnrolmentRow) -> Result<Vec<u8>, ApiError> {
        let bytes = minicbor::to_vec(self).map_err(|_| ApiError::Unavailable)?;
        office.seal(Table::Bookmarks, &enrolment.id.0, 1, &bytes).map_err(|_| ApiError::Unavailable)
    }

    /// Goes on as somebody else: first what they may no longer hold is told, then all is handed out anew; where only
    /// groups of others were opened or closed, only these are.
    pub fn turn(&mut self, view: View) {
        if self.view == view {
            return;
        }
        let before = std::mem::replace(&mut self.view, view);
        let set = |groups: &[RecordId]| groups.iter().copied().collect::<BTreeSet<_>>();
        let (had, has) = (set(&before.groups), set(&self.view.groups));
        let slight = before.differs_in_groups_only(&self.view);
        let (mut views, mut closed) = (Vec::new(), Some(Vec::new()));
        if let Some(under_way) = self.evicting.take() {
            views = under_way.views;
            closed = under_way.groups;
        }
        if !slight {
            closed = None;
        } else if let Some(closed) = &mut closed {
            closed.extend(had.difference(&has));
        }
        if !views.contains(&before) {
            views.push(before);
        }
        let still = self.opening.take().map(|opening| opening.groups).unwrap_or_default();
        let open: BTreeSet<RecordId> = still
            .into_iter()
            .chain(has.difference(&had).copied())
            .filter(|group| has.contains(group))
            .collect();
        if !open.is_empty() {
            self.opening = Some(Opening { groups: open.into_iter().collect(), at: 0 });
        }
        if closed.as_ref().is_none_or(|closed| !closed.is_empty()) {
            self.evicting = Some(Evicting { views, groups: closed, at: 0, from: self.after });
        }
    }
}

#[cfg(test)]
mod kept;
