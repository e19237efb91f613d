//! Taking in what families send from their own phones, with no account (`api::hand_in`).
//!
//! ```text
//! work, size ─▶ opened ─▶ said? ─▶ stored as it came ─▶ judged ─▶ stated by the office's voice ─▶ answered
//!                                        └─ a flood ─▶ quarantine ─▶ in turn, or when somebody asks for it ─┘
//! ```
//!
//! A letter is answered as taken only when it lies durably in the ledger: as its record, or as it came. What came and was not
//! judged is judged at the next start. Nothing is refused for coming in a flood, nor for where it comes from: it waits its
//! turn, and where there is no room the phone keeps it. What was answered as taken is never thrown away.
//!
//! Turns come by themselves, thirty a day for one network ([`quarantine::MOST_A_DAY`]) and about three thousand in all
//! ([`Kind::Turn`]), so that a flood does not fill the tablets; what waits beyond that is judged when a caseworker types its
//! reference (`api::find_application`), or its family wants something of it.

mod asking;
pub mod client;
mod clock;
mod found;
mod kept;
mod letters;
mod pictures;
mod quarantine;
mod taking;
mod upkeep;
mod voice;

pub use clock::{minutes_here, today};
pub use found::{find_application, intake_counts};
pub use pictures::stated_by;
pub use quarantine::Room;
pub use upkeep::keep_up;
pub use voice::{record_of, state_on, voice_of};

use crate::ApiError;
use crate::server::ledger::{LedgerError, LetterRow, LetterState, Origin};
use crate::server::limits::{Kind, Network, Who};
use crate::server::request::blocking;
use crate::server::{Office, log, now_ms, rng};
use domain::RecordId;
use domain::application::{Letter, Reply, reference_of};
use quarantine::Quarantine;
use seal::letter::{AnswerKey, Fate, LETTER_LIMIT, LetterId, MOST_WORK};
use serde_bytes::ByteBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Largest letter as it travels, and what is around it.
pub const LIMIT: usize = LETTER_LIMIT + 1024;
/// Leading zero bits of a letter's work: a quarter of a million digests, a second on a cheap phone.
const WORK_BITS: u8 = 18;
/// What every answer that tells something is filled up to: its length tells nothing.
const TOLD: usize = 512;
/// Questions are answered at multiples of this after they came.
const BEAT: Duration = Duration::from_millis(250);
/// Letters kept apart at most.
const MOST_APART: u64 = 200;
/// Milliseconds between two counts of the quarantine.
const COUNTED_EVERY: u64 = 60_000;
/// Milliseconds between two lines of the log.
const TOLD_EVERY: u64 = 60_000;

/// How a server takes in.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bits of work that a letter needs while it is quiet.
    pub bits: u8,
    /// Room of the quarantine.
    pub room: Room,
}

impl Settings {
    /// As the environment says: `AMPARO_WORK_BITS` for offices whose people have phones slower than most, and for tests.
    #[must_use]
    pub fn from_environment() -> Self {
        let bits = std::env::var("AMPARO_WORK_BITS").ok().and_then(|bits| bits.parse().ok());
        Self { bits: bits.unwrap_or(WORK_BITS).min(MOST_WORK), room: Room::default() }
    }

    /// For a demo: no more work than a letter of a test needs, whatever the environment says.
    #[must_use]
    pub fn gentle() -> Self {
        Self { bits: 8, room: Room::default() }
    }
}

/// What taking in needs to remember between two letters.
pub struct Intake {
    settings: Settings,
    /// Counted from the ledger, and when: other programs let letters in as well.
    quarantine: Mutex<Option<(u64, Quarantine)>>,
    /// Letters being opened: a flood gets no more of the machine than this.
    seats: (Mutex<usize>, Condvar),
    figures: Figures,
}

/// Since the log was last told.
#[derive(Default)]
struct Figures {
    taken: AtomicU64,
    quarantined: AtomicU64,
    later: AtomicU64,
    refused: AtomicU64,
    told_at: AtomicU64,
}

impl Default for Intake {
    fn default() -> Self {
        Self::of(Settings::from_environment())
    }
}

/// What a letter is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// It is here, and this is told to whoever wrote it.
    Told(Reply),
    /// This, and nothing else.
    Fate(Fate),
}

/// A place among those who open letters, until dropped.
struct Seat<'a>(&'a (Mutex<usize>, Condvar));

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.1.notify_one();
    }
}

impl Intake {
    /// With these settings.
    #[must_use]
    pub fn of(settings: Settings) -> Self {
        // Half of the machine: the other half is the staff's.
        let seats = std::thread::available_parallelism().map_or(1, |all| (all.get() / 2).clamp(1, 4));
        Self {
            settings,
            quarantine: Mutex::default(),
            seats: (Mutex::new(seats), Condvar::new()),
            figures: Figures::default(),
        }
    }

    fn sit(&self) -> Seat<'_> {
        let free = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.seats.1.wait_while(free, |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Seat(&self.seats)
    }

    /// Does something with what is counted, if it was counted yet.
    fn counted<T: Default>(&self, with: impl FnOnce(&mut Quarantine) -> T) -> T {
        let mut quarantine = self.quarantine.lock().unwrap_or_else(PoisonError::into_inner);
        quarantine.as_mut().map(|(_, quarantine)| with(quarantine)).unwrap_or_default()
    }
}

impl Office {
    /// Takes in otherwise than usual, for tests.
    #[must_use]
    pub fn with_intake(self, settings: Settings) -> Self {
        Self { intake: Intake::of(settings), ..self }
    }

    /// Leading zero bits that the work of a letter needs now: more while the quarantine fills.
    #[must_use]
    pub fn work_bits(&self) -> u8 {
        let full = self.intake.counted(|quarantine| quarantine.percent(&self.intake.settings.room));
        let more = [10, 25, 50].into_iter().filter(|mark| full >= *mark).count();
        let more = u8::try_from(more).unwrap_or(0);
        self.intake.settings.bits.saturating_add(more).min(MOST_WORK)
    }

    /// Answers a letter that came from a network at a moment.
    ///
    /// # Errors
    /// When the ledger is not able: nothing is acknowledged then.
    pub fn hand_in(&self, posted: &[u8], network: Network, now: u64) -> Result<Answered, LedgerError> {
        self.count_quarantine(now)?;
        // Only while it computes: what waits for the disk shares its commit with others.
        let seat = self.intake.sit();
        let (name, letter) = match seal::letter::received(posted, self.work_bits()) {
            Ok(received) => received,
            Err((name, fate)) => return self.answered(name, None, Answering::Fate(fate), false),
        };
        let (said, key) = match letters::open(self, letter)? {
            Ok(opened) => opened,
            Err(fate) => return self.answered(name, None, Answering::Fate(fate), false),
        };
        drop(seat);
        let asks = matches!(said, Letter::Ask { .. });
        let answering = match said {
            Letter::Ask { reference, key, act } => {
                let question = asking::Question { letter: name, reference: &reference, key: &key, act: &act };
                asking::ask(self, network, &question, now)?
            }
            Letter::Chunk { application, chunk } => {
                Answering::Fate(pictures::take(self, network, (RecordId(application), chunk), now)?)
            }
            letter_of_application => match letters::said(letter_of_application) {
                Ok(said) => self.keep_and_judge((name, letter), &said, network, now)?,
                Err(fate) => Answering::Fate(fate),
            },
        };
        self.answered(name, Some(&key), answering, asks)
    }

    /// Keeps an application as it came, and judges it unless there are too many.
    fn keep_and_judge(
        &self,
        (name, letter): (LetterId, &[u8]),
        said: &taking::Said,
        network: Network,
        now: u64,
    ) -> Result<Answering, LedgerError> {
        let reference = self.application_number(reference_of(said.application.id))?;
        let origin = self.origin(network)?;
        // Whoever has been let in before is no part of a flood: their corrections are counted.
        let is_known = match self.ledger.application(said.application.id)? {
            Some(row) => {
                let kept = kept::Kept::open(self, &row)?;
                if !kept::is_same(&kept.secret, &seal::digest(&said.secret)) {
                    false
                } else {
                    let record = record_of(self, row.id)?.map(|(_, record)| record);
                    let is_here = kept.revision >= said.application.revision;
                    if is_here && taking::still_wished(said, record.as_ref()).is_none() {
                        let told = asking::standing(self, &kept, record.as_ref())?;
                        letters::left(self, self.ledger.forget_letter(name)?);
                        return Ok(Answering::Told(Reply::Standing(told)));
                    }
                    true
                }
            }
            None => false,
        };
        if !is_known && taking::office_of(self, &said.application)?.is_none() {
            return Ok(Answering::Fate(Fate::Later));
        }
        let has_turn = is_known || self.has_turn(network);
        let state = if has_turn { LetterState::Waiting } else { LetterState::Quarantined };
        if !has_turn {
            if self.ledger.letter_state(name)?.is_some() {
                return Ok(Answering::Told(Reply::Standing(asking::received(&said.application, now))));
            }
            let (room, bytes) = (self.intake.settings.room, letter.len() as u64);
            if !self.intake.counted(|quarantine| quarantine.admit(origin, bytes, &room)) {
                self.intake.figures.later.fetch_add(1, Ordering::Relaxed);
                return Ok(Answering::Fate(Fate::Later));
            }
        }
        let row =
            LetterRow { seq: 0, id: name, state, origin, reference, received_at: now, raw: letter.to_vec() };
        let kept = self.ledger.keep_letter(row);
        if !has_turn && !matches!(kept, Ok(true)) {
            // Not kept, or kept and counted before.
            self.intake.counted(|quarantine| quarantine.left(origin, letter.len() as u64));
        }
        kept?;
        if !has_turn {
            self.intake.figures.quarantined.fetch_add(1, Ordering::Relaxed);
            return Ok(Answering::Told(Reply::Standing(asking::received(&said.application, now))));
        }
        // It lies here: what goes wrong from here on is tried again.
        Ok(letters::settled(self, name, said, now).unwrap_or_else(|error| {
            log::trouble("letter_not_judged", &error);
            Answering::Told(Reply::Standing(asking::received(&said.application, now)))
        }))
    }

    /// Whether another application from a network is judged at once.
    fn has_turn(&self, network: Network) -> bool {
        let from = Who::Network(network.wide());
        self.limits.take(Kind::Application, from).is_ok()
            && self
                .limits
                .take(Kind::Application, Who::Anybody)
                .inspect_err(|_| self.limits.give_back(Kind::Application, from))
                .is_ok()
    }

    /// Counts what is in quarantine, once a minute where other programs may have let letters in, else once.
    fn count_quarantine(&self, now: u64) -> Result<(), LedgerError> {
        let mut counted = self.intake.quarantine.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *counted {
            Some((at, _)) if now < at.saturating_add(COUNTED_EVERY) => {}
            Some((at, quarantine)) => {
                *at = now;
                if self.has_others()? {
                    quarantine.count_again(&self.ledger.quarantine()?);
                }
            }
            None => *counted = Some((now, Quarantine::of(&self.ledger.quarantine()?))),
        }
        Ok(())
    }

    /// Under what a network is noted.
    fn origin(&self, network: Network) -> Result<Origin, LedgerError> {
        let key = self.slip_key(&format!("origin {}", domain::id::hex(&network.wide().bytes())))?;
        Ok(key.first_chunk().copied().unwrap_or_default())
    }

    fn answered(
        &self,
        name: LetterId,
        key: Option<&AnswerKey>,
        answering: Answering,
        on_the_beat: bool,
    ) -> Result<Answered, LedgerError> {
        let (fate, told) = match answering {
            Answering::Told(reply) => (Fate::Taken, Some(reply)),
            Answering::Fate(fate) => (fate, None),
        };
        let figures = &self.intake.figures;
        match fate {
            Fate::Taken => figures.taken.fetch_add(1, Ordering::Relaxed),
            Fate::Refused | Fate::OtherKey => figures.refused.fetch_add(1, Ordering::Relaxed),
            Fate::Later | Fate::MoreWork(_) => 0,
        };
        let unable =
            |error: &dyn core::fmt::Display| LedgerError::Unable(format!("answer to a letter: {error}"));
        let told = told.map(minicbor::to_vec).transpose().map_err(|error| unable(&error))?;
        let told = told.map(|mut told| {
            told.resize(told.len().next_multiple_of(TOLD), 0);
            Zeroizing::new(told)
        });
        let sealed = key.zip(told.as_ref()).map(|(key, told)| (key, &told[..]));
        let signing = &self.keyring.secrets.signing;
        let bytes = seal::letter::answer(&mut rng(), signing, name, fate, sealed);
        Ok(Answered { bytes: bytes.map_err(|error| unable(&error))?, on_the_beat })
    }

    /// Tells the log how many letters came, once in a while: a flood must not fill the disk with lines.
    fn tell_figures(&self, now: u64) {
        let figures = &self.intake.figures;
        if now < figures.told_at.load(Ordering::Relaxed).saturating_add(TOLD_EVERY) {
            return;
        }
        figures.told_at.store(now, Ordering::Relaxed);
        let take = |figure: &AtomicU64| figure.swap(0, Ordering::Relaxed);
        let told = [
            ("taken", take(&figures.taken)),
            ("quarantined", take(&figures.quarantined)),
            ("later", take(&figures.later)),
            ("refused", take(&figures.refused)),
        ];
        if told.iter().any(|(_, figure)| *figure > 0) {
            log::event("letters", &told);
        }
    }
}

/// An answer.
pub struct Answered {
    /// The signed bytes.
    pub bytes: Vec<u8>,
    /// To be given at an even beat, whatever it says.
    pub on_the_beat: bool,
}

/// Body of `api::hand_in`.
///
/// # Errors
/// As there.
pub async fn hand_in(letter: ByteBuf) -> Result<ByteBuf, ApiError> {
    let began = Instant::now();
    let answered = blocking(move |current| {
        if letter.len() > LETTER_LIMIT {
            return Err(ApiError::TooLarge);
        }
        Ok(current.office.hand_in(&letter, current.network, now_ms())?)
    })
    .await?;
    if answered.on_the_beat {
        let beats = began.elapsed().as_millis() / BEAT.as_millis() + 1;
        tokio::time::sleep_until(began + BEAT.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))).await;
    }
    Ok(ByteBuf::from(answered.bytes))
}
