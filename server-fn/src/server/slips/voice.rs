//! Voices: in whose name the server states what was answered with a slip. One for the desks of an institution at a site,
//! with keys of its own, which no device ever had. It is no member of staff: nobody is invited as it, no list of people
//! names it, and nothing is ever sealed to it.

use crate::server::ledger::{EnrolmentRow, LedgerError, Member, UserRow};
use crate::server::office::Profile;
use crate::server::{Office, Table, now_ms};
use domain::service::slip::voice_name;
use domain::{EnrolmentId, Role, UserId};
use seal::EnrolmentKeys;
use zeroize::Zeroizing;

/// A voice, with what it signs with.
pub struct Voice {
    pub member: Member,
    pub keys: EnrolmentKeys,
}

impl Voice {
    /// The voice of the desks of an institution at a site. It is made when it is first needed, and the same ever after.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn of(office: &Office, institution: &str, site: &str) -> Result<Self, LedgerError> {
        let unable =
            |error: &dyn core::fmt::Display| LedgerError::Unable(format!("voice of a slip: {error}"));
        // Codes hold no line break.
        let whose = format!("{institution}\n{site}");
        let key = |what: &str| office.slip_key(&format!("{what} {whose}"));
        let both = Zeroizing::new([&key("signs")?[..], &key("inbox")?[..]].concat());
        let keys = EnrolmentKeys::from_bytes(&both).map_err(|error| unable(&error))?;
        let public = keys.public().map_err(|error| unable(&error))?;
        let id = EnrolmentId(seal::short_digest(&[&b"amparo/voice/1"[..], &public.verifying].concat()));
        if let Some(member) = office.ledger.member(id)? {
            return Ok(Self { member, keys });
        }
        let name = key("user")?;
        let user = UserId(name.first_chunk().copied().unwrap_or_default());
        let profile = Profile { name: voice_name(institution), staff_code: String::new() };
        let profile = minicbor::to_vec(&profile).map_err(|error| unable(&error))?;
        let sealed = office.seal(Table::Users, &user.0, 1, &profile).map_err(|error| unable(&error))?;
        let member = Member {
            enrolment: EnrolmentRow {
                id,
                user,
                verifying: public.verifying,
                inbox: public.inbox,
                // Of a token that nobody was ever given.
                token: seal::digest(&key("token")?[..]),
                enrolled_at: now_ms(),
                revoked: false,
            },
            user: UserRow {
                id: user,
                sealed,
                role: Role::Slip.code(),
                site: site.to_owned(),
                organisation: institution.to_owned(),
                team: String::new(),
                disabled: false,
            },
        };
        office.ledger.add_voice(member.clone())?;
        Ok(Self { member, keys })
    }
}
