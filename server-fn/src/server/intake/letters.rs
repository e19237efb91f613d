//! Letters as they lie in the ledger: opened, judged, forgotten.

use super::taking::{Outcome, Said, take};
use super::{Answering, MOST_APART};
use crate::server::ledger::{LedgerError, LetterRow, LetterState, Was};
use crate::server::{Office, keyring, log};
use domain::application::{Application, Letter, MalformedApplication};
use seal::letter::{AnswerKey, Fate};

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
/// [`Fate::Refused`] for what is none.
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
    Ok(Said { application, secret, status, wish })
}

/// Judges a letter of the ledger and forgets it, or sets it apart.
///
/// # Errors
/// When the ledger is not able: it stays where it is.
pub fn settle(office: &Office, row: &LetterRow, now: u64) -> Result<Answering, LedgerError> {
    let said = match open(office, &row.raw)? {
        Ok((letter, _)) => said(letter),
        Err(fate) => Err(fate),
    };
    let Ok(said) = said else {
        forget(office, row.id)?;
        return Ok(Answering::Fate(Fate::Refused));
    };
    settled(office, row.id, &said, row.received_at.min(now))
}

/// Judges what a letter of this name says, and forgets the letter.
///
/// # Errors
/// When the ledger is not able.
pub fn settled(office: &Office, id: [u8; 16], said: &Said, now: u64) -> Result<Answering, LedgerError> {
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
            if office.ledger.application_counts()?.apart < MOST_APART {
                left(office, office.ledger.set_letter(id, LetterState::Apart)?);
            } else {
                forget(office, id)?;
            }
            Ok(Answering::Told(domain::application::Reply::NotKnown))
        }
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
