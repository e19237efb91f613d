//! The family that is open, and its way to the disk.

use super::{Page, mark};
use crate::frame::{Door, Saved};
use domain::application::Application;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};
use store::StoreError;
use store::applicant::{self, Draft, Families, Family, FamilyInfo, News, Outgoing, Posted};

/// What is wrong with what is kept, when a page of its own has to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser keeps nothing here, as some private windows do.
    KeepsNothing,
    /// Another page of the door keeps the database shut, or this one is too old for it.
    Shut,
    /// Another tab saved something newer; it is what is shown from here on.
    Elsewhere,
    /// It was taken off this phone, in another tab or by the browser.
    Gone,
}

/// What is kept here; a context of every page.
#[derive(Clone, Copy)]
pub struct Kept {
    families: StoredValue<Option<Families>, LocalStorage>,
    list: RwSignal<Vec<FamilyInfo>>,
    family: RwSignal<Option<Family>, LocalStorage>,
    draft: RwSignal<Option<Draft>>,
    chosen: RwSignal<Option<domain::VaultId>>,
    trouble: RwSignal<Option<Trouble>>,
    /// Families lay here and the browser let go of them.
    evicted: RwSignal<bool>,
    news: RwSignal<u32>,
    door: RwSignal<Option<Door>>,
}

thread_local! {
    /// One a page: the way out is taken from where no context reaches.
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
    static SAVING: RefCell<Saving> = const { RefCell::new(Saving { wanted: false, running: false, failed: false, waiting: Vec::new() }) };
}

/// How far the way to the disk has come. Whatever changes while something is being written is written right after it.
struct Saving {
    wanted: bool,
    running: bool,
    /// The last one did not succeed.
    failed: bool,
    waiting: Vec<Waker>,
}

/// Opens what is kept here.
pub async fn open() -> Kept {
    let opened = Families::open().await;
    let trouble = match &opened {
        Ok(_) => None,
        Err(StoreError::Blocked | StoreError::Closed) => Some(Trouble::Shut),
        Err(_) => Some(Trouble::KeepsNothing),
    };
    let kept = Kept {
        families: StoredValue::new_local(opened.ok()),
        list: RwSignal::default(),
        family: RwSignal::new_local(None),
        draft: RwSignal::default(),
        chosen: RwSignal::default(),
        trouble: RwSignal::new(trouble),
        evicted: RwSignal::new(false),
        news: RwSignal::new(0),
        door: RwSignal::new(None),
    };
    KEPT.set(Some(kept));
    kept.look().await;
    kept.evicted.set(kept.list.with_untracked(Vec::is_empty) && mark::is_set());
    applicant::on_news(move |news| match news {
        News::Written => leptos::task::spawn_local(kept.hear()),
        News::Leaving => kept.lock(),
    });
    super::watch::start(kept);
    kept
}

/// What is kept on this phone.
#[must_use]
pub fn use_kept() -> Kept {
    KEPT.get().unwrap_or_else(expect_context)
}

impl Kept {
    /// The door whose saved line is told. To be called once.
    pub fn tell(self, door: Door) {
        self.door.set(Some(door));
    }

    /// The families on this phone, locked or not; reactive.
    #[must_use]
    pub fn list(self) -> Vec<FamilyInfo> {
        self.list.get()
    }

    /// The store; `None` where the browser keeps nothing.
    #[must_use]
    pub fn families(self) -> Option<Families> {
        self.families.get_value()
    }

    /// The family that is open; reactive.
    #[must_use]
    pub fn family(self) -> Option<Family> {
        self.family.get()
    }

    pub(super) fn family_untracked(self) -> Option<Family> {
        self.family.get_untracked()
    }

    pub(super) fn trouble_untracked(self) -> Option<Trouble> {
        self.trouble.get_untracked()
    }

    /// Its draft; reactive.
    #[must_use]
    pub fn draft(self) -> Option<Draft> {
        self.draft.get()
    }

    /// Something of its draft, `None` while none is open; reactive.
    pub fn with<T>(self, read: impl FnOnce(&Draft) -> T) -> Option<T> {
        self.draft.with(|draft| draft.as_ref().map(read))
    }

    /// What is wrong; reactive.
    #[must_use]
    pub fn trouble(self) -> Option<Trouble> {
        self.trouble.get()
    }

    /// Whether the browser let go of what lay here; reactive.
    #[must_use]
    pub fn was_evicted(self) -> bool {
        self.evicted.get()
    }

    /// Grows when another page or the worker wrote something; reactive.
    #[must_use]
    pub fn news(self) -> u32 {
        self.news.get()
    }

    /// The family whose PIN is asked for, or that is to be erased; reactive.
    #[must_use]
    pub(super) fn chosen(self) -> Option<FamilyInfo> {
        let id = self.chosen.get()?;
        self.list.with(|list| list.iter().find(|info| info.id == id).cloned())
    }

    /// Chooses one of the families.
    pub(super) fn choose(self, id: domain::VaultId) {
        self.chosen.set(Some(id));
    }

    /// The page through which people get at a family: its PIN, the list, or a new one. Reactive.
    pub(super) fn door_in(self) -> Page {
        if self.trouble.get().is_some() {
            return Page::Trouble;
        }
        self.list.with(|list| match list.as_slice() {
            [] => Page::New,
            [one] => {
                if self.chosen.get_untracked() != Some(one.id) {
                    self.chosen.set(Some(one.id));
                }
                Page::Pin
            }
            _ if self.chosen().is_some() => Page::Pin,
            _ => Page::List,
        })
    }

    /// Changes the draft and saves it. «Guardado» is shown once it lies on the disk.
    pub fn change(self, change: impl FnOnce(&mut Draft)) {
        let mut changed = false;
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                change(draft);
                changed = true;
            }
        });
        if changed {
            self.save();
        }
    }

    fn save(self) {
        let idle = SAVING.with_borrow_mut(|saving| {
            saving.wanted = true;
            !std::mem::replace(&mut saving.running, true)
        });
        if idle {
            self.show(Saved::Writing);
            leptos::task::spawn_local(self.write_all());
        }
    }

    async fn write_all(self) {
        let mut outcome = Ok(0);
        while SAVING.with_borrow_mut(|saving| std::mem::take(&mut saving.wanted)) {
            let (family, draft) = (self.family.get_untracked(), self.draft.get_untracked());
            let (Some(family), Some(draft)) = (family, draft) else { break };
            outcome = family.save(&draft).await;
        }
        self.show(match outcome {
            Ok(0) => Saved::Nothing,
            Ok(at) => Saved::At(at),
            Err(StoreError::Full) => Saved::Full,
            Err(_) => Saved::Failed,
        });
        match outcome {
            Err(StoreError::SavedBefore) => self.take_newer().await,
            Err(StoreError::Lost) => self.gone(),
            _ => {}
        }
        SAVING.with_borrow_mut(|saving| {
            saving.running = false;
            saving.failed =
                matches!(outcome, Err(StoreError::Full | StoreError::Busy | StoreError::Unavailable(_)));
            saving.waiting.drain(..).for_each(Waker::wake);
        });
    }

    /// Waits until nothing is on its way to the disk any more. Whether all of it lies there.
    pub async fn flush(self) -> bool {
        poll_fn(|cx| {
            SAVING.with_borrow_mut(|saving| {
                if saving.running {
                    saving.waiting.push(cx.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(!saving.failed)
            })
        })
        .await
    }

    /// Saves letters of a family to be handed in, together with its draft. `sealed` is what they say of its application.
    ///
    /// # Errors
    /// As [`Family::post`]; [`StoreError::Locked`] when another family is open by now.
    pub async fn post(
        self,
        of: domain::VaultId,
        letters: Vec<Outgoing>,
        sealed: &Application,
    ) -> Result<Posted, StoreError> {
        self.flush().await;
        let (family, mut draft) = self.now()?;
        if family.id() != of {
            return Err(StoreError::Locked);
        }
        let posted = family.post(letters, sealed, &mut draft).await?;
        self.show(Saved::At(posted.at));
        // What was typed meanwhile stays, and follows.
        self.note(&family, &draft, |held| (held.posted, held.posted_as) = (draft.posted, draft.posted_as));
        Ok(posted)
    }

    /// Notes in the draft that is shown what was written of it just now. Where it is ahead of that, or was being written at
    /// the same time, it is written again.
    fn note(self, family: &Family, written: &Draft, note: impl FnOnce(&mut Draft)) {
        if self.family.get_untracked().is_none_or(|open| open.id() != family.id()) {
            return;
        }
        let mut ahead = SAVING.with_borrow(|saving| saving.running);
        self.draft.update(|held| {
            if let Some(held) = held {
                note(held);
                ahead |= held != written;
            }
        });
        if ahead {
            self.save();
        }
    }

    /// Reads what was answered to this family's letters and notes it in the draft.
    ///
    /// # Errors
    /// As [`Family::settle`].
    pub async fn settle(self, server: &[u8; 32]) -> Result<Vec<applicant::Answered>, StoreError> {
        self.flush().await;
        let (family, mut draft) = self.now()?;
        let answers = family.settle(server, &mut draft).await?;
        if !answers.is_empty() {
            self.note(&family, &draft, |held| {
                (held.posted, held.posted_as) = (draft.posted, draft.posted_as);
                (held.sent, held.sent_at) = (draft.sent, draft.sent_at);
                (held.standing, held.standing_at) = (draft.standing.clone(), draft.standing_at);
                held.pieces_taken.clone_from(&draft.pieces_taken);
                held.pieces_refused.clone_from(&draft.pieces_refused);
            });
        }
        self.look().await;
        Ok(answers)
    }

    fn now(self) -> Result<(Family, Draft), StoreError> {
        let open = self.family.get_untracked().zip(self.draft.get_untracked());
        open.ok_or(StoreError::Locked)
    }

    /// Shows a family that was just begun or opened.
    pub(super) fn opened(self, family: Family, draft: Draft, saved: u64) {
        if let Some(before) = self.family.get_untracked() {
            before.lock();
        }
        mark::set();
        self.evicted.set(false);
        self.chosen.set(Some(family.id()));
        self.draft.set(Some(draft));
        self.family.set(Some(family));
        self.show(Saved::At(saved));
        super::watch::touch();
    }

    /// Takes key and draft out of memory, at once.
    pub fn lock(self) {
        super::watch::forget();
        if let Some(family) = self.family.get_untracked() {
            family.lock();
            self.family.set(None);
            self.draft.set(None);
            self.show(Saved::Nothing);
        }
    }

    /// Locks when all of it lies on the disk; whether it did. A draft that cannot be kept keeps the phone from locking by
    /// itself, and from going on to another family.
    pub(super) async fn lock_when_saved(self) -> bool {
        let saved = self.flush().await;
        if saved {
            self.look().await;
            self.lock();
        } else {
            self.save();
        }
        saved
    }

    /// Reads again which families lie here.
    pub async fn look(self) {
        let Some(families) = self.families() else { return };
        if let Ok(list) = families.list().await
            && self.list.with_untracked(|held| *held != list)
        {
            self.list.set(list);
        }
    }

    /// Another page or the worker wrote something.
    async fn hear(self) {
        self.news.update(|news| *news += 1);
        self.look().await;
        self.take_newer().await;
    }

    /// Takes over what another tab saved of the family that is open.
    async fn take_newer(self) {
        let Some(family) = self.family.get_untracked() else { return };
        let typing = SAVING.with_borrow(|saving| saving.wanted || saving.running);
        match family.reload().await {
            Ok(Some(draft)) => {
                self.draft.set(Some(draft));
                // What was typed here at the same time is not in it.
                if typing {
                    self.trouble.set(Some(Trouble::Elsewhere));
                }
            }
            Err(StoreError::Lost) => self.gone(),
            _ => {}
        }
    }

    fn gone(self) {
        self.lock();
        self.trouble.set(Some(Trouble::Gone));
    }

    /// It was read what is wrong. What can be gone on from is gone on from.
    pub(super) async fn understood(self) {
        if matches!(self.trouble.get_untracked(), Some(Trouble::Elsewhere | Trouble::Gone)) {
            self.look().await;
            self.trouble.set(None);
        }
    }

    /// Takes a family off this phone.
    ///
    /// # Errors
    /// When the browser does not answer; then it is still here.
    pub(super) async fn erase(self, id: domain::VaultId, keep_letters: bool) -> Result<(), StoreError> {
        let families = self.families().ok_or(StoreError::Locked)?;
        self.flush().await;
        if self.family.get_untracked().is_some_and(|family| family.id() == id) {
            self.lock();
        }
        families.wipe(id, keep_letters).await?;
        self.look().await;
        self.chosen.set(None);
        if self.list.with_untracked(Vec::is_empty) {
            mark::clear();
        }
        Ok(())
    }

    fn show(self, saved: Saved) {
        if let Some(door) = self.door.get_untracked() {
            door.saved.set(saved);
        }
    }
}
