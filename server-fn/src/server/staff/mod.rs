//! Administration: who may see and change whom, and what is written down about it.

mod client;
mod devices;
mod people;
mod places;
mod room;
mod sealed;

pub use devices::{device_kept, order_device, standing, take_over};
pub use people::{change_person, disable_person, invite_device, invite_person, withdraw_invitation};
pub use places::put_place;
pub use room::staff_room;
pub use sealed::Named;

use super::Office;
use super::audit::{AuditEvent, What};
use super::ledger::{DeviceRow, Member, UserRow};
use super::limits::Kind;
use super::request::Request;
use crate::ApiError;
use domain::permission::{OfficeAct, Place, Reach, Standing, distance, may_appoint, office_reach};
use domain::{EnrolmentId, Role, UserId};
use minicbor::Encode;
use seal::answer::Nonce;
use serde_bytes::ByteBuf;

/// Where a member of staff works.
fn place_of(office: &Office, user: &UserRow) -> Place {
    let UserRow { organisation, site, team, .. } = user.clone();
    Place { operation: office.operation(&site).to_owned(), organisation, site, team }
}

/// Somebody who looks after staff, with how far they reach.
struct Caller<'a> {
    office: &'a Office,
    member: Member,
    standing: Standing,
    reach: Reach,
    /// What they ask, for the log.
    question: &'static str,
}

impl<'a> Caller<'a> {
    /// Whoever asks, if they have a part in this.
    ///
    /// # Errors
    /// [`ApiError::NotSignedIn`]; [`ApiError::Refused`] for roles without a part in it.
    fn of(current: &'a Request, act: OfficeAct, question: &'static str) -> Result<Self, ApiError> {
        let office = &*current.office;
        let member = current.member()?;
        let role = Role::from_code(member.user.role).ok_or(ApiError::Refused)?;
        let place = place_of(office, &member.user);
        // Nobody reaches anybody from a site that nobody knows.
        let reach = office_reach(role, act).filter(|_| !place.operation.is_empty());
        let Some(reach) = reach else {
            // Before the line is written: who goes on trying must not fill the log.
            current.take_turn(Kind::Administration, member.user.id)?;
            let event = AuditEvent::of(What::ForeignId).by(member.enrolment.id);
            office.told(event.about(&member.user.id.0).because(question));
            return Err(ApiError::Refused);
        };
        let standing = Standing { user: member.user.id, role, place };
        Ok(Self { office, member, standing, reach, question })
    }

    /// As [`Self::of`], for whoever is to change something: with a passkey shown lately, and not too often.
    fn to_change(current: &'a Request, act: OfficeAct, question: &'static str) -> Result<Self, ApiError> {
        let caller = Self::of(current, act, question)?;
        current.elevated()?;
        current.take_turn(Kind::Administration, caller.member.user.id)?;
        Ok(caller)
    }

    fn reaches(&self, place: &Place) -> bool {
        distance(&self.standing, place, false).is_some_and(|distance| distance <= self.reach)
    }

    /// Whether they may give somebody there this role, or change and invite somebody who has it.
    fn appoints(&self, role: u8, place: &Place) -> bool {
        let role = Role::from_code(role);
        self.reaches(place) && role.is_some_and(|role| may_appoint(&self.standing, role, place))
    }

    /// A member of staff within reach. Not there and not theirs are one answer, and one line in the log.
    fn person(&self, id: &[u8]) -> Result<UserRow, ApiError> {
        let id = UserId::from_slice(id).ok_or(ApiError::Malformed)?;
        let found = self.office.ledger.users(&[id])?.into_iter().next();
        found.filter(|user| self.reaches(&place_of(self.office, user))).ok_or_else(|| self.not_here(&id.0))
    }

    /// A device of somebody within reach, with whose it is.
    fn device(&self, id: &[u8]) -> Result<(DeviceRow, UserRow), ApiError> {
        let id = EnrolmentId::from_slice(id).ok_or(ApiError::Malformed)?;
        let device = self.office.ledger.device(id)?;
        let user = device.as_ref().map(|device| device.enrolment.user).unwrap_or(UserId([0; 16]));
        let user = self.office.ledger.users(&[user])?.into_iter().next();
        let user = user.filter(|user| self.reaches(&place_of(self.office, user)));
        device.zip(user).ok_or_else(|| self.not_here(&id.0))
    }

    /// A device that they may do something to: their own, or of somebody whose role they could give. All others are
    /// not there for this, though they may be seen.
    fn device_to_change(&self, id: &[u8]) -> Result<(DeviceRow, UserRow), ApiError> {
        let (device, user) = self.device(id)?;
        if self.is_me(&user) || self.appoints(user.role, &place_of(self.office, &user)) {
            Ok((device, user))
        } else {
            Err(self.not_here(&device.enrolment.id.0))
        }
    }

    fn not_here(&self, id: &[u8; 16]) -> ApiError {
        self.office.told(self.event(What::ForeignId).about(id).because(self.question));
        ApiError::NotHere
    }

    fn event(&self, what: What) -> AuditEvent {
        AuditEvent::of(what).by(self.member.enrolment.id)
    }

    fn is_me(&self, user: &UserRow) -> bool {
        user.id == self.member.user.id
    }

    /// Seals an answer for whoever asks.
    fn answer<T: Encode<()>>(&self, content: &T, nonce: &Nonce) -> Result<ByteBuf, ApiError> {
        self.office.sealed_answer(&self.member, content, nonce)
    }
}

fn nonce(bytes: &[u8]) -> Result<Nonce, ApiError> {
    bytes.try_into().map_err(|_| ApiError::Malformed)
}
