//! Carries letters while the page is open: hands them in when there is a line, believes no answer but the server's own, and
//! tries again in its own time. With the page closed the worker hands them in; what it was answered is read here.

use super::heard::{self, Asked};
use super::letters::said_of;
use super::trust::{BuiltIn, Trust};
use super::working::{self, Ready};
use crate::keep::Kept;
use crate::line::{self, NoAnswer};
use crate::pieces::lean::effect;
use domain::application::Act;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use seal::letter::Fate;
use speech::files;
use std::collections::BTreeSet;
use store::StoreError;
use store::applicant::{Answered, Draft, Families, Family, LetterKey, Outgoing, Purpose, Waiting};

/// What keys and notice are kept under.
const TRUST: &str = "trust";
/// Milliseconds after which keys and notice are asked for again.
const FRESH: u64 = 6 * 60 * 60_000;
/// Milliseconds before the second try; doubled with each one that fails.
const FIRST_PAUSE: u32 = 4_000;
/// Most milliseconds between two tries.
const LONGEST_PAUSE: u32 = 5 * 60_000;

/// What the carrier is at, for people to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Going {
    /// Nothing waits, or the next try is not due yet.
    #[default]
    Still,
    /// Work is being done for a letter: from 0 to 100.
    Working(u8),
    /// A letter is on the line.
    Sending,
    /// There is no line.
    NoLine,
    /// The server wants us to wait so many seconds.
    Wait(u32),
    /// The server cannot take it now.
    NotNow,
}

/// The carrier of this page; a context of every page.
#[derive(Clone, Copy)]
pub struct Carrier {
    pub(super) kept: Kept,
    pub(super) trust: RwSignal<Option<Trust>>,
    pub(super) going: RwSignal<Going>,
    /// Whether letters of the open family wait here.
    pub(super) waits: RwSignal<bool>,
    busy: StoredValue<bool>,
    rung: StoredValue<bool>,
    pub(super) failures: StoredValue<u32>,
    /// What was asked for last on these pages, and what became of it.
    pub(super) asked: RwSignal<Option<Asked>>,
    /// What the open family asked for in letters that wait here.
    pub(super) pending: RwSignal<Vec<Act>>,
    /// Letters that were sealed anew, with the key that each was sealed to.
    sealed_anew: StoredValue<BTreeSet<(LetterKey, [u8; 16])>>,
    /// The worker was asked to carry what waits.
    handed_over: StoredValue<bool>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

/// The carrier that `provide_context` put above this component.
#[must_use]
pub fn use_carrier() -> Carrier {
    expect_context()
}

/// What the build says of the root.
fn built_in() -> BuiltIn {
    BuiltIn::read(&files::built_in("AMPARO_ROOT").unwrap_or_default())
}

impl Carrier {
    /// Begins to carry what waits here. To be called once, when the door opens.
    #[must_use]
    pub fn start(kept: Kept) -> Carrier {
        let carrier = Carrier {
            kept,
            trust: RwSignal::new(None),
            going: RwSignal::new(Going::Still),
            waits: RwSignal::new(false),
            busy: StoredValue::new(false),
            rung: StoredValue::new(false),
            failures: StoredValue::new(0),
            asked: RwSignal::new(None),
            pending: RwSignal::new(Vec::new()),
            sealed_anew: StoredValue::new(BTreeSet::new()),
            handed_over: StoredValue::new(false),
            timer: StoredValue::new_local(None),
        };
        window_event_listener(leptos::ev::online, move |_| carrier.ring());
        window_event_listener_untyped("visibilitychange", move |_| {
            if carrier.waits.get_untracked() && document().hidden() {
                carrier.hand_over();
            }
        });
        // At once, when the worker wrote an answer, and when a family is opened: its answers can be read only then.
        let before = StoredValue::new(None);
        effect(move || {
            let _ = kept.news();
            let open = kept.family().map(|it| it.id());
            if open != before.get_value() {
                before.set_value(open);
                carrier.asked.set(None);
                carrier.pending.set(Vec::new());
            }
            carrier.ring();
        });
        carrier
    }

    /// Whom this phone believes; reactive.
    #[must_use]
    pub fn trust(self) -> Option<Trust> {
        self.trust.get()
    }

    /// What it is at; reactive.
    #[must_use]
    pub fn going(self) -> Going {
        self.going.get()
    }

    /// Whether something of the open family waits here for a line; reactive.
    #[must_use]
    pub fn waits(self) -> bool {
        self.waits.get()
    }

    /// Tries now. While it is at it already, it goes round once more.
    pub fn ring(self) {
        if self.busy.get_value() {
            return self.rung.set_value(true);
        }
        self.busy.set_value(true);
        self.timer.set_value(None);
        leptos::task::spawn_local(async move {
            loop {
                self.rung.set_value(false);
                let went = self.round().await;
                self.note(went);
                if !self.rung.get_value() {
                    break;
                }
            }
            self.busy.set_value(false);
        });
    }

    /// Has the worker carry what waits, also when this page is closed. With a line the page does it: both would cost people
    /// twice the bytes.
    pub(super) fn hand_over(self) {
        if !self.handed_over.get_value() {
            self.handed_over.set_value(true);
            leptos::task::spawn_local(async {
                crate::worker::request_sync().await;
            });
        }
    }

    /// What comes after a round: rest, or another try later.
    fn note(self, went: Result<bool, NoAnswer>) {
        let (going, failed) = match went {
            Ok(left) => (Going::Still, left),
            Err(NoAnswer::NoLine) => (Going::NoLine, true),
            Err(NoAnswer::Wait(seconds)) => (Going::Wait(seconds), true),
            Err(NoAnswer::NotNow) => (Going::NotNow, true),
        };
        self.going.set(going);
        if !failed {
            self.handed_over.set_value(false);
            return self.failures.set_value(0);
        }
        if self.waits.get_untracked() {
            self.hand_over();
        }
        let failures = self.failures.get_value();
        self.failures.set_value(failures.saturating_add(1));
        let wait = match going {
            Going::Wait(seconds) => seconds.saturating_mul(1000).max(FIRST_PAUSE),
            _ => pause(failures),
        };
        self.timer.set_value(Some(Timeout::new(wait, move || self.ring())));
    }

    /// Goes round once: whether something is left that waits for a line.
    async fn round(self) -> Result<bool, NoAnswer> {
        let Some(families) = self.kept.families() else {
            return self.refresh(None, false).await.map(|()| false);
        };
        if self.trust.with_untracked(Option::is_none) {
            let kept = families.pref(TRUST).await.ok().flatten();
            self.trust.set(kept.and_then(|bytes| Trust::from_bytes(&bytes, built_in())));
        }
        // With nothing that waits an unanswered question is no trouble: everything works with what is kept.
        let refreshed = self.refresh(Some(&families), false).await;
        let Some(trust) = self.trust.get_untracked() else { return refreshed.map(|()| false) };
        let mut key = trust.keys.signing;
        if families.take_answers(&key).await.is_err() {
            return Ok(false);
        }
        let (mut left, mut held_up) = (false, Vec::new());
        for waiting in families.letters_waiting(&key).await.unwrap_or_default() {
            // A picture's piece is wanted only after its application; so is a wish.
            if held_up.contains(&waiting.family) {
                left = true;
                continue;
            }
            let went = match self.hand_in(&families, &waiting, &mut key).await {
                Ok(went) => went,
                Err(trouble) => {
                    self.settle(&key).await;
                    self.count(&families, &key).await;
                    return Err(trouble);
                }
            };
            match went {
                Some(Fate::Taken) => {}
                // The next round seals it anew, or reports it, when its family is open.
                Some(Fate::OtherKey | Fate::Refused) => held_up.push(waiting.family),
                _ => {
                    left = true;
                    held_up.push(waiting.family);
                }
            }
        }
        self.settle(&key).await;
        self.count(&families, &key).await;
        if left { Err(NoAnswer::NotNow) } else { Ok(false) }
    }

    /// Hands one letter in; what became of it, where that is known.
    async fn hand_in(
        self,
        families: &Families,
        waiting: &Waiting,
        key: &mut [u8; 32],
    ) -> Result<Option<Fate>, NoAnswer> {
        let mut posted = waiting.posted.clone();
        let mut fate = waiting.fate;
        for _ in 0..3 {
            match fate {
                Some(Fate::MoreWork(bits)) => {
                    let told = move |share| self.going.set(Going::Working(share));
                    let Some(worked) = working::again(&posted, bits, told).await else { return Ok(None) };
                    posted.clone_from(&worked);
                    if families.reworked(&waiting.key, worked).await.is_err() {
                        return Ok(None);
                    }
                }
                Some(Fate::OtherKey | Fate::Refused) => return Ok(fate),
                Some(Fate::Taken | Fate::Later) | None => {}
            }
            self.going.set(Going::Sending);
            let answer = match line::hand_in(&posted).await {
                Ok(answer) => answer,
                Err(trouble) => {
                    let _ = families.tried(&waiting.key).await;
                    return Err(trouble);
                }
            };
            let heard = match families.answered(&waiting.key, &answer, key).await {
                // The server may have new keys; nobody else is believed.
                Err(StoreError::Untrusted) => {
                    self.refresh(Some(families), true).await?;
                    let fresh = self.trust.with_untracked(|it| it.as_ref().map(|it| it.keys.signing));
                    *key = fresh.unwrap_or(*key);
                    families.answered(&waiting.key, &answer, key).await
                }
                heard => heard,
            };
            fate = match heard {
                Ok(fate) => Some(fate),
                Err(StoreError::Untrusted) => return Err(NoAnswer::NoLine),
                Err(_) => return Ok(None),
            };
            if !matches!(fate, Some(Fate::MoreWork(_))) {
                return Ok(fate);
            }
        }
        Ok(fate)
    }

    /// Looks whether letters of the open family wait.
    async fn count(self, families: &Families, key: &[u8; 32]) {
        let family = untrack(|| self.kept.family());
        let open = family.as_ref().map(|it| it.id());
        let waiting = families.letters_waiting(key).await.unwrap_or_default();
        self.waits.set(waiting.iter().any(|it| Some(it.family) == open));
        let letters = match &family {
            Some(family) => family.letters_said().await.unwrap_or_default(),
            None => Vec::new(),
        };
        let pending = heard::pending(&letters);
        if self.pending.with_untracked(|before| *before != pending) {
            self.pending.set(pending);
        }
    }

    /// Reads the answers to the letters of the family that is open, and seals anew what the server has no key for.
    async fn settle(self, key: &[u8; 32]) {
        let Ok(answers) = self.kept.settle(key).await else { return };
        let Some((family, draft)) = self.open().await.filter(|_| !answers.is_empty()) else { return };
        for answered in answers.iter().filter(|it| it.purpose == Purpose::Ask) {
            self.hear(answered);
        }
        let other: Vec<&Answered> = answers.iter().filter(|it| it.fate == Fate::OtherKey).collect();
        if !other.is_empty() {
            self.seal_anew(&family, &draft, &other).await;
        }
        if answers.iter().any(|it| it.purpose == Purpose::Piece && it.fate == Fate::Taken) {
            // What the server has of a picture is not needed here any more.
            let _ = family.drop_pieces(&draft.pieces_taken).await;
        }
    }

    /// Notes what became of what was asked for on these pages.
    fn hear(self, answered: &Answered) {
        let is_it =
            |asked: &Option<Asked>| matches!(asked, Some(Asked::Letter(key, _)) if *key == answered.key);
        if let Some(heard) = heard::heard(answered).filter(|_| self.asked.with_untracked(is_it)) {
            self.asked.set(Some(Asked::Letter(answered.key.clone(), heard)));
        }
    }

    /// The family that is open and its draft, everything saved.
    pub(super) async fn open(self) -> Option<(Family, Draft)> {
        self.kept.flush().await;
        untrack(|| Some((self.kept.family()?, self.kept.draft()?)))
    }

    /// Seals letters anew to the keys that the server has now.
    async fn seal_anew(self, family: &Family, draft: &Draft, answers: &[&Answered]) {
        let Some(families) = self.kept.families() else { return };
        if self.refresh(Some(&families), true).await.is_err() {
            return;
        }
        let Some(to) =
            self.trust.with_untracked(|it| it.as_ref().map(|it| seal::short_digest(&it.keys.sealing)))
        else {
            return;
        };
        for answered in answers {
            let (purpose, said) = (answered.purpose, answered.said.clone());
            let this = (answered.key.clone(), to);
            if self.sealed_anew.with_value(|done| done.contains(&this)) {
                // It has no other key yet. The next try finds out.
                continue;
            }
            let Some(plain) = said_of(family, draft, purpose, &said).await else { continue };
            if let Some(Ready { posted, key, .. }) = self.sealed(&plain).await {
                let letter = Outgoing { posted, key, purpose, said };
                if family.resealed(&answered.key, &letter).await.is_ok() {
                    self.sealed_anew.update_value(|done| {
                        done.insert(this);
                    });
                    self.rung.set_value(true);
                }
            }
        }
    }

    /// Asks for keys and notice where they are old, or in any case when `anyway`.
    pub(super) async fn refresh(self, families: Option<&Families>, anyway: bool) -> Result<(), NoAnswer> {
        let before = self.trust.get_untracked();
        let now = store::now_ms();
        let fresh =
            |it: &Trust| it.door.is_some() && now.saturating_sub(it.heard()) < FRESH && it.heard() <= now;
        if !anyway && before.as_ref().is_some_and(fresh) {
            return Ok(());
        }
        let keys = line::server_keys().await?;
        // Not vouched for by the root: a portal's, or another server's. As if nobody had answered.
        let mut trust = Trust::of(&keys, built_in(), before.as_ref(), now).ok_or(NoAnswer::NoLine)?;
        let notice = line::door(&trust.known_notice()).await?;
        if !notice.is_empty() {
            trust.take_notice(&notice, now);
        }
        if let Some(families) = families {
            let _ = families.set_pref(TRUST, &trust.to_bytes()).await;
        }
        self.trust.set(Some(trust));
        Ok(())
    }
}

/// Milliseconds before the next try.
fn pause(failures: u32) -> u32 {
    FIRST_PAUSE.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_grow_rarer_up_to_five_minutes() {
        assert_eq!([0, 1, 2, 6, 7, 40].map(pause), [4_000, 8_000, 16_000, 256_000, 300_000, 300_000]);
    }
}
