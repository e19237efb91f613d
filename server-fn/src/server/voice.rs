//! Voices: in whose name the server states what came from who has no account. Each has keys of its own, which no device
//! ever had. It is no member of staff: nobody is invited as it, no list of people names it, and nothing is ever sealed to it.

use super::ledger::{EnrolmentRow, LedgerError, Member, UserRow};
use super::office::Profile;
use super::{Office, Table, now_ms};
use domain::{EnrolmentId, Role, UserId};
use seal::EnrolmentKeys;
use zeroize::Zeroizing;

/// A voice, with what it signs with.
pub struct Voice {
    /// Who it is in the ledger.
    pub member: Member,
    /// What it signs with.
    pub(super) keys: EnrolmentKeys,
}

/// Whose voice it is. The first two are part of its keys and its id: a released one is never changed.
pub struct Whose<'a> {
    /// What the purposes of its keys begin with.
    pub purpose: &'static str,
    /// What its id begins with before it is digested.
    pub label: &'static [u8],
    /// As what it states.
    pub role: Role,
    /// Under which name its statements reach devices.
    pub name: String,
    /// Code of the organisation.
    pub organisation: &'a str,
    /// Code of the site.
    pub site: &'a str,
}

impl Voice {
    /// A voice. It is made when it is first needed, and the same ever after.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn of(office: &Office, whose: Whose<'_>) -> Result<Self, LedgerError> {
        let Whose { purpose, label, role, name, organisation, site } = whose;
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(format!("voice: {error}"));
        // Codes hold no line break.
        let key = |what: &str| office.slip_key(&format!("{purpose}{what} {organisation}\n{site}"));
        let both = Zeroizing::new([&key("signs")?[..], &key("inbox")?[..]].concat());
        let keys = EnrolmentKeys::from_bytes(&both).map_err(|error| unable(&error))?;
        let public = keys.public().map_err(|error| unable(&error))?;
        let id = EnrolmentId(seal::short_digest(&[label, &public.verifying].concat()));
        if let Some(member) = office.ledger.member(id)? {
            return Ok(Self { member, keys });
        }
        let user = UserId(key("user")?.first_chunk().copied().unwrap_or_default());
        let profile = Profile { name, staff_code: String::new() };
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
                role: role.code(),
                site: site.to_owned(),
                organisation: organisation.to_owned(),
                team: String::new(),
                disabled: false,
            },
        };
        office.ledger.add_voice(member.clone())?;
        Ok(Self { member, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{intake, random, slips};

    /// Which member of staff a voice is follows from the office's secret by these words: with others, what a voice said
    /// before would be somebody else's.
    #[test]
    fn voices_stay_who_they_are_and_no_two_are_one() {
        let data = std::env::temp_dir().join(format!("amparo-voice-{}", domain::id::hex(&random::<8>())));
        let office = Office::open(&data).unwrap();
        let derived = |purpose: &str| UserId(*office.slip_key(purpose).unwrap().first_chunk().unwrap());
        let slip = slips::voice_of_desk(&office, "SNM", "panama").unwrap().member;
        let family = intake::voice_of(&office, "SNM", "panama").unwrap().member;
        assert_eq!(slip.user.id, derived("user SNM\npanama"));
        assert_eq!(family.user.id, derived("applicant user SNM\npanama"));
        assert_ne!(slip.enrolment.id, family.enrolment.id);
        assert_eq!((slip.user.role, family.user.role), (Role::Slip.code(), Role::Applicant.code()));
        let again = intake::voice_of(&office, "SNM", "panama").unwrap().member;
        assert_eq!((again.enrolment.id, again.user.id), (family.enrolment.id, family.user.id));
        drop(office);
        std::fs::remove_dir_all(data).unwrap();
    }
}
