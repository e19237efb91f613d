//! Letters as they lie in the ledger: opened, judged, forgotten.

use super::pictures::{self, MOST_PICTURES};
use super::taking::{Outcome, Said, take};
use super::{Answering, MOST_APART};
use crate::server::ledger::{LedgerError, LetterRow, LetterState, Was};
use crate::server::{Office, keyring, log};
use domain::application::{Application, Letter, MalformedApplication, Reply};
use seal::letter::{AnswerKey, Fate};

/// Largest application without its pictures, and largest texts that name these: a family of thirty with their papers is half
/// as large. What is larger no phone of ours says.
const SAID_LIMIT: usize = 12 * 1024;
const PICTURES_LIMIT: usize = 16 * 1024;

/// Opens a letter with the server's key that it names, also a former one. Inside, the fate of one that says nothing.
///
/// # Errors
/// When a key cannot be read.
pub fn open(office: &Office, letter: &[u8]) -> Result<Result<(Letter, AnswerKey), Fate>, LedgerError> {
    let Some(key) = seal::letter::sealed_to(letter) else { return Ok(Err(Fate::Refused)) };
    let secrets = &office.keyring.secrets;
    let opened = if key == seal::short_digest(&secrets.sealing_public) {
        seal::letter::open(&secrets.sealing, letter)
    } else {
        let former = keyring::sealing_secret(office.keyring.folder(), &key).map_err(|error| {
            log::trouble("former_key_not_readable", &error);
            LedgerError::Unable("a former key cannot be read".to_owned())
        })?;
        let Some(former) = former else { return Ok(Err(Fate::OtherKey)) };
        seal::letter::open(&former.sealing, letter)
    };
    let Ok((plain, answer)) = opened else { return Ok(Err(Fate::Refused)) };
    Ok(minicbor::decode(&plain).map(|letter| (letter, answer)).map_err(|_| Fate::Refused))
}

/// What a letter says of an application; else its fate.
///
/// # Errors
/// [`Fate::Later`] for one of a later version: the phone keeps it until the server is brought up to date.
/// [`Fate::Refused`] for what is none, or larger than a family's.
pub fn said(letter: Letter) -> Result<Said, Fate> {
    let Letter::Application { application, secret, status, wish } = letter else { return Err(Fate::Refused) };
    let application = Application::from_bytes(&application).map_err(|error| match error {
        MalformedApplication::Newer => Fate::Later,
        MalformedApplication::Unreadable => Fate::Refused,
    })?;
    // Of nobody, or of nobody whom one could call.
    if application.spoken_for_by().trim().is_empty() || application.revision == 0 {
        return Err(Fate::Refused);
    }
    let (pictures, bytes) = pictures::texts(&application)
        .fold((0, 0), |(count, bytes), text| (count + 1, text.len().saturating_add(bytes)));
    let words = application.without_pictures().to_bytes().len();
    if words > SAID_LIMIT || pictures > MOST_PICTURES || bytes > PICTURES_LIMIT {
        return Err(Fate::Refused);
    }
    Ok(Said { application, secret, status, wish })
}

/// Judges a letter of the ledger and forgets it, or sets it apart: its family was told that it is here, so one that cannot
/// be opened now, for want of a key or of a later version of this program, is not lost.
///
/// # Errors
/// When the ledger is not able: it stays where it is.
pub fn settle(office: &Office, row: &LetterRow, now: u64) -> Result<Answering, LedgerError> {
    let said = match open(office, &row.raw)? {
        Ok((letter, _)) => said(letter),
        Err(fate) => Err(fate),
    };
    match said {
        Ok(said) => judged(office, row.id, &said, row.received_at.min(now), true),
        Err(Fate::Refused) => {
            forget(office, row.id)?;
            Ok(Answering::Fate(Fate::Refused))
        }
        Err(fate) => {
            log::trouble("letter_not_readable_now", &row.seq);
            left(office, office.ledger.set_letter(row.id, LetterState::Apart)?);
            Ok(Answering::Fate(fate))
        }
    }
}

/// Judges what a letter of this name says, and forgets the letter.
///
/// # Errors
/// When the ledger is not able.
pub fn settled(office: &Office, id: [u8; 16], said: &Said, now: u64) -> Result<Answering, LedgerError> {
    judged(office, id, said, now, false)
}

/// `was_taken`: its family was told that it is here, so that it cannot be refused any more.
fn judged(
    office: &Office,
    id: [u8; 16],
    said: &Said,
    now: u64,
    was_taken: bool,
) -> Result<Answering, LedgerError> {
    match take(office, said, now)? {
        Outcome::Told(reply) => {
            forget(office, id)?;
            Ok(Answering::Told(reply))
        }
        Outcome::Nonsense => {
            forget(office, id)?;
            Ok(Answering::Fate(Fate::Refused))
        }
        Outcome::Apart => {
            log::trouble("application_of_another_secret", &domain::id::hex(&id));
            if !was_taken && office.ledger.application_counts()?.apart >= MOST_APART {
                forget(office, id)?;
                return Ok(Answering::Fate(Fate::Refused));
            }
            left(office, office.ledger.set_letter(id, LetterState::Apart)?);
            Ok(Answering::Told(Reply::NotKnown))
        }
        Outcome::NoOffice => Ok(Answering::Fate(Fate::Later)),
    }
}

fn forget(office: &Office, id: [u8; 16]) -> Result<(), LedgerError> {
    left(office, office.ledger.forget_letter(id)?);
    Ok(())
}

/// Counts what is not in quarantine any more.
pub fn left(office: &Office, was: Option<Was>) {
    if let Some(was) = was.filter(|was| was.state == LetterState::Quarantined) {
        office.intake.counted(|quarantine| quarantine.left(was.origin, was.bytes));
    }
}
