//! Where records belong, and who could read them before they were elsewhere.

use super::{EnrolmentRow, RecordRow, Result, UserRow};
use domain::{EnrolmentId, Place, RecordId, UserId};
use std::collections::BTreeSet;

/// Where a record belongs. All but `sealed_for` of a person is that of the group at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// Code of the operation.
    pub scope: String,
    /// Code of the organisation that holds it; empty where the office never named one.
    pub organisation: String,
    /// Code of the site.
    pub site: String,
    /// Code of the team of whoever began the group; empty for none.
    pub team: String,
    /// The group at the top; `None` for what hangs on nothing that has come yet.
    pub group: Option<RecordId>,
    /// The users who alone know of it: those named on the person that it is or hangs on. Nobody for what is not sealed.
    pub sealed_for: BTreeSet<UserId>,
    /// Of a referral that was sent, to whom. What hangs on the same person is not.
    pub addressed: Option<Addressed>,
}

/// To whom a referral was sent. Which of the organisation's people are at the desk, the record and the tables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// Code of the organisation.
    pub organisation: String,
    /// The consent that it rests on was taken back, be it by somebody who knows nothing of the referral.
    pub withdrawn: bool,
    /// The record of that consent, where it rests on one.
    pub consent: Option<RecordId>,
}

impl Home {
    /// The same as the table of rights wants it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            operation: self.scope.clone(),
            organisation: self.organisation.clone(),
            site: self.site.clone(),
            team: self.team.clone(),
        }
    }

    /// Whether somebody may know of it, as far as sealing goes.
    #[must_use]
    pub fn may_know(&self, user: UserId) -> bool {
        self.sealed_for.is_empty() || self.sealed_for.contains(&user)
    }
}

/// Which records somebody may be handed at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Code of an operation and of one of its organisations.
    pub home: Option<(String, String)>,
    /// Of these, referrals alone.
    pub only_referrals: bool,
    /// Code of an operation and of one of its organisations to whose desks something was sent.
    pub addressed: Option<(String, String)>,
    /// Groups of others, with all that hangs on them.
    pub groups: Vec<RecordId>,
    /// An operation of which everything was handed to everybody, before there were places.
    pub before: Option<String>,
}

/// A record that has left a place, or may have become unknown to somebody who knew of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Its place in the order of all changes.
    pub seq: u64,
    /// The record.
    pub record: RecordId,
    /// Where it belonged before.
    pub home: Home,
    /// It names somebody of whom not everybody knows any more: it is to be dropped and handed out again.
    pub renew: bool,
}

/// A page of what changed within a share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// In order of `seq`.
    pub records: Vec<RecordRow>,
    /// What left meanwhile, in order of `seq`: as far as the last of the records, where there are more.
    pub departures: Vec<Departure>,
    /// There are other records after these.
    pub more: bool,
}

/// Where records belong. See [`super::Ledger`] for the rules that hold for every call.
pub trait Places {
    /// Records of a share changed after a number, and what left it: so many rows and bytes at most, but always one
    /// that there is.
    fn changed(&self, share: &Share, after: u64, limit: u32, bytes: usize) -> Result<Changed>;
    /// The newest number that was given.
    fn newest(&self) -> Result<u64>;
    /// How many records there are in a share of which one user may know, without those of some kinds, referrals among
    /// them.
    fn total(&self, share: &Share, user: UserId, without: &[u16]) -> Result<u64>;
    /// Records of some kinds in a share, after a number.
    fn of_kinds(&self, share: &Share, kinds: &[u16], after: u64, limit: u32) -> Result<Vec<RecordRow>>;
    /// The sealed people of an operation, and who knows of each.
    fn sealed_people(&self, scope: &str) -> Result<Vec<(RecordId, BTreeSet<UserId>)>>;
    /// The sealed people of whom a user may know, and where they belong.
    fn sealed_with(&self, user: UserId) -> Result<Vec<(RecordId, Home)>>;
    /// Referrals of a group, or of anybody in it, that were sent to somebody.
    fn addressed_of(&self, group: RecordId) -> Result<Vec<RecordId>>;
    /// Consents of a group, or of anybody in it.
    fn consents_of(&self, group: RecordId) -> Result<Vec<RecordId>>;
    /// Referrals that were sent to somebody and rest on a consent.
    fn resting_on(&self, consent: RecordId) -> Result<Vec<RecordId>>;
    /// The people of a group who are not sealed.
    fn visible_members(&self, group: RecordId) -> Result<Vec<RecordId>>;
    /// Records of which it is not known who made them, after a number: those of a ledger from before there were places.
    fn unplaced(&self, after: u64, limit: u32) -> Result<Vec<RecordRow>>;
    /// Says who made records, and where they belong: for groups all, for others who knows of them. Gives them no new
    /// number, as it changes nothing of what they say.
    fn place(&self, placed: Vec<(RecordId, Home, UserId)>) -> Result<()>;
    /// Gives everything the place of what it hangs on, and groups without an organisation that of who made them.
    /// Quietly: nobody is told that anything has moved. Whether anything did.
    fn settle_places(&self, quietly: bool) -> Result<bool>;
    /// As whom an enrolment collected last, and the number at which it began for the first time.
    fn view_of(&self, enrolment: EnrolmentId) -> Result<Option<(Vec<u8>, u64)>>;
    /// Keeps as whom it collects. `since` counts the first time only.
    fn keep_view(&self, enrolment: EnrolmentId, view: Vec<u8>, since: u64) -> Result<()>;
    /// The staff of an organisation who are not gone, with their devices in use.
    fn staff_of(&self, organisation: &str) -> Result<Vec<(UserRow, Vec<EnrolmentRow>)>>;
}
