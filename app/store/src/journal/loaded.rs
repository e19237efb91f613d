//! What lies in the journal's files at the start.

use super::keep::Log;
use super::lines::Held;
use super::medium::{Medium, MediumError};
use road::marks::{Journal, Mark};

/// How often the files are listed while other pages replace them.
const LISTINGS: usize = 5;

/// One of the two files as it was found, and the names of all that lie there under its name.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The one that counts.
    pub held: Option<Held>,
    /// Every file of this kind, with the one that counts.
    pub names: Vec<String>,
    /// The number for the next one: above all that are there.
    pub next: u64,
}

/// Both files.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What waits.
    pub letters: Found,
    /// The vaults' rows.
    pub keys: Found,
    /// Whether they could not be read now, so that nothing is known of them.
    pub silent: bool,
}

impl Found {
    /// Reads the files of one kind. Of several the newest counts that was finished; where none was, the fullest.
    pub async fn read(medium: &Medium, log: Log) -> Result<Self, MediumError> {
        for _ in 0..LISTINGS {
            if let Some(found) = Self::listed(medium, log).await? {
                return Ok(found);
            }
        }
        Err(MediumError::Unavailable)
    }

    /// Reads those that are listed. `None` where one of them was removed meanwhile: another page wrote the next one, which
    /// need not be among them.
    async fn listed(medium: &Medium, log: Log) -> Result<Option<Self>, MediumError> {
        let mut found = Found { held: None, names: Vec::new(), next: 1 };
        for name in medium.names(log.beginning()).await? {
            let Some(bytes) = medium.read(&name).await? else { return Ok(None) };
            let number = log.number(&name);
            found.next = found.next.max(number.unwrap_or_default().saturating_add(1));
            found.names.push(name);
            // One whose head tells another number is a copy of another file.
            let Some(held) = Held::read(&bytes).filter(|held| Some(held.number) == number) else { continue };
            let rank =
                |held: &Held| (held.complete, if held.complete { held.number } else { 0 }, held.rows.len());
            if found.held.as_ref().is_none_or(|best| rank(best) < rank(&held)) {
                found.held = Some(held);
            }
        }
        Ok(Some(found))
    }
}

impl Loaded {
    /// Reads both.
    ///
    /// # Errors
    /// When the browser does not answer. Nothing may be written then: what lies there could not be told from what is new.
    pub async fn read(medium: &Medium) -> Result<Self, MediumError> {
        let letters = Found::read(medium, Log::Letters).await?;
        let keys = Found::read(medium, Log::Keys).await?;
        Ok(Self { letters, keys, silent: false })
    }

    /// What could not be read now.
    pub fn silent() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// What the journal says, for [`road::marks::start`].
    pub fn says(&self) -> Journal {
        if self.silent {
            return Journal::Silent;
        }
        let lies = !(self.letters.names.is_empty() && self.keys.names.is_empty());
        let holds = |found: &Found| found.held.as_ref().is_some_and(|held| !held.rows.is_empty());
        if holds(&self.letters) || holds(&self.keys) {
            let parts = [&self.letters, &self.keys];
            let whole = parts.iter().all(|found| {
                found.names.len() == 1 && found.held.as_ref().is_some_and(|held| held.whole && held.complete)
            });
            Journal::Held { mark: self.mark(), whole }
        } else if lies && !self.is_bare() {
            Journal::Unreadable
        } else {
            Journal::Absent
        }
    }

    /// How far the database had come, as far as the journal says.
    pub fn mark(&self) -> Option<Mark> {
        self.letters.held.as_ref().and_then(|held| held.mark)
    }

    /// Whether everything that lies there was read and says that there is nothing.
    fn is_bare(&self) -> bool {
        [&self.letters, &self.keys].iter().all(|found| {
            found.names.is_empty() || found.held.as_ref().is_some_and(|held| held.complete && held.whole)
        })
    }
}
