//! What is written into the log of deeds and readings.
//!
//! Any part of the server notes what it does with [`Office::note`](crate::server::Office::note):
//!
//! ```ignore
//! office.note(AuditEvent::of(What::BreakGlass).by(member.enrolment.id).about(&group.0).because("no_line").saying(reason))?;
//! ```

use crate::server::now_ms;
use domain::EnrolmentId;

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $key:literal;)+) => {
        /// What was done. The numbers lie in rows and are fixed for ever; new ones are added in the gaps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum What { $($(#[$doc])* $name = $code,)+ }

        impl What {
            /// Every deed.
            pub const ALL: &'static [What] = &[$(What::$name),+];

            /// Names words: `audit_…` in the locales.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(What::$name => $key,)+ }
            }
        }
    };
}

deeds! {
    /// A device signed in. By: it.
    SignedIn = 1, "signed_in";
    /// A sign-in was refused. By: the enrolment that was named, whether there is one or not.
    SignInRefused = 2, "sign_in_refused";
    /// An invitation was used. By: the new enrolment. About: the user.
    Enrolled = 3, "enrolled";
    /// An invitation was refused: unknown, used, expired (reason).
    EnrolmentRefused = 4, "enrolment_refused";
    /// An invitation was made. About: the user.
    InvitationMade = 5, "invitation_made";
    /// Somebody asked too often and was told to wait. Reason: for what.
    TooMany = 6, "too_many";
    /// Somebody asked for an id that is not there or not theirs. About: the id. Reason: by which question.
    ForeignId = 10, "foreign_id";
    /// Somebody asked whether a person is registered elsewhere.
    SearchedElsewhere = 19, "searched_elsewhere";
    /// Somebody asked to open a record. About: the record.
    AccessAsked = 20, "access_asked";
    /// That was answered. About: the record. Toward: the user who asked. Reason: granted, refused.
    AccessAnswered = 21, "access_answered";
    /// Somebody opened a record without being allowed, giving a reason. About: the record.
    BreakGlass = 22, "break_glass";
    /// A grant was ended before its time. About: the record.
    AccessEnded = 23, "access_ended";
    /// A person was added or changed: role, place, name (reason). About: the user.
    PeopleChanged = 30, "people_changed";
    /// A person was disabled. About: the user.
    PersonDisabled = 31, "person_disabled";
    /// A device was revoked. About: the enrolment.
    DeviceRevoked = 32, "device_revoked";
    /// A device was ordered to wipe itself. About: the enrolment.
    WipeOrdered = 33, "wipe_ordered";
    /// A revocation or an order was taken back. About: the enrolment.
    OrderTakenBack = 34, "order_taken_back";
    /// An invitation was withdrawn before it was used. About: the user.
    InvitationWithdrawn = 35, "invitation_withdrawn";
    /// What a revoked device handed in was taken over. About: the enrolment. Figure: how many envelopes waited.
    TakenOver = 36, "taken_over";
    /// Keys were made, rotated or exported. Reason: which.
    KeysChanged = 40, "keys_changed";
    /// The office's tables were changed. Reason: which table.
    TablesChanged = 41, "tables_changed";
    /// Records were exported. Reason: with or without names, and of what kinds. Figure: how many rows. Words: what for.
    Exported = 42, "exported";
    /// The database was restored from a backup: another epoch began.
    Restored = 43, "restored";
    /// Somebody opened a record on their device. About: the record. Reason: for what page.
    Opened = 50, "opened";
    /// Somebody looked at this log.
    AuditRead = 60, "audit_read";
    /// A device handed back a signed checkpoint that the chains contradict, or they contradict what was written down beside
    /// the database.
    HistoryRewritten = 61, "history_rewritten";
    /// What came was set apart: the same id with other content, or from a revoked device (reason). About: the entry.
    Quarantined = 70, "quarantined";
    /// A device was not allowed what it stated. About: the entry. Reason: why.
    StatementRefused = 71, "statement_refused";
    /// It was said who may know of a person. About: the person. Toward: who was named by a command on the server.
    /// Figure: how many may know now; 0 for everybody.
    SealingChanged = 72, "sealing_changed";
    /// A referral was sent although nobody agreed to it. About: the referral. Reason: the ground, of list
    /// `referral_override`. What was said of why stands in the referral alone.
    SentWithoutConsent = 73, "sent_without_consent";
    /// A passkey was registered. About: the user.
    PasskeyAdded = 80, "passkey_added";
    /// A passkey was removed. About: the user.
    PasskeyRemoved = 81, "passkey_removed";
    /// A passkey was shown and counts for a while.
    PasskeyShown = 82, "passkey_shown";
    /// A passkey was refused.
    PasskeyRefused = 83, "passkey_refused";
    /// The page of a slip was shown to whoever had its number and code. By: the voice of the desk. About: the referral.
    /// Reason: where it stood.
    SlipOpened = 90, "slip_opened";
    /// A desk answered with a slip. By: its voice. About: the referral. Reason: what.
    SlipAnswered = 91, "slip_answered";
    /// A code was tried that does not go with a slip's number. About: the referral.
    SlipRefused = 92, "slip_refused";
}

impl What {
    /// The number in rows.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// From its number; `None` for one of a later version.
    #[must_use]
    pub fn from_code(code: u8) -> Option<What> {
        What::ALL.iter().copied().find(|what| what.code() == code)
    }
}

/// One deed, with who did it to what and why. Never a name of somebody who was registered, save in [`Self::saying`],
/// which is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// What.
    pub what: What,
    /// When, milliseconds since 1970, by the clock of whoever tells it.
    pub at: u64,
    /// Whose device did it; `None` for a command on the server.
    pub enrolment: Option<EnrolmentId>,
    /// Id of a record, a user or an enrolment, as `what` says.
    pub subject: Option<[u8; 16]>,
    /// A second id that matters: whom a grant is for.
    pub toward: Option<[u8; 16]>,
    /// A short code: lower case, digits and `_`.
    pub reason: String,
    /// What somebody gave as a reason in their own words.
    pub words: String,
    /// A figure that matters: until when, how many.
    pub figure: u64,
}

impl AuditEvent {
    /// A deed done now.
    #[must_use]
    pub fn of(what: What) -> Self {
        Self {
            what,
            at: now_ms(),
            enrolment: None,
            subject: None,
            toward: None,
            reason: String::new(),
            words: String::new(),
            figure: 0,
        }
    }

    /// Whose device did it.
    #[must_use]
    pub fn by(self, enrolment: EnrolmentId) -> Self {
        Self { enrolment: Some(enrolment), ..self }
    }

    /// To what it was done: the bytes of a record's, user's or enrolment's id.
    #[must_use]
    pub fn about(self, subject: &[u8; 16]) -> Self {
        Self { subject: Some(*subject), ..self }
    }

    /// Whom it was done for.
    #[must_use]
    pub fn toward(self, other: &[u8; 16]) -> Self {
        Self { toward: Some(*other), ..self }
    }

    /// Why, as a short code.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: reason.to_owned(), ..self }
    }

    /// Why, in somebody's own words.
    #[must_use]
    pub fn saying(self, words: &str) -> Self {
        Self { words: words.to_owned(), ..self }
    }

    /// Until when, how many: as `what` says.
    #[must_use]
    pub fn figure(self, figure: u64) -> Self {
        Self { figure, ..self }
    }

    /// When it happened, where that was not now.
    #[must_use]
    pub fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_a_number_and_a_key_of_its_own() {
        for what in What::ALL {
            assert_eq!(What::from_code(what.code()), Some(*what));
            assert_eq!(What::ALL.iter().filter(|other| other.key() == what.key()).count(), 1);
        }
        assert_eq!(What::from_code(255), None);
    }
}
