//! The work on one registration: what is typed, what is recorded, what a check found, and what of it is on the screen.

use crate::device::{Device, VaultHandle};
use crate::forms::Forms;
use domain::case::{CaseDraft, CaseFile, Look, Typed};
use domain::catalogue::{FieldSpec, Stage};
use domain::finding::{Findings, Spot};
use domain::rules::{Elsewhere, Known};
use domain::{Field, Kind, Record, RecordId, search_key};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Vault, Why};

/// A pause in typing after which rules look again. Shorter than the pause after which the draft is sealed.
const LOOK_MS: u32 = 600;
/// From pressing something to letting it go.
const LEAVE_MS: u32 = 300;

/// What the index said about a number, a phone or a name: asked once for each.
type Asked = BTreeMap<String, Vec<store::Hit>>;

/// Handle to the work. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Work {
    /// What is typed.
    pub draft: RwSignal<CaseDraft>,
    /// The registration as it would read, a moment after the last key.
    pub file: RwSignal<Arc<CaseFile>>,
    /// What the last look found.
    pub findings: RwSignal<Arc<Findings>>,
    /// Inputs that were left: what is wrong with them is said.
    pub left: RwSignal<BTreeSet<Spot>>,
    /// Finishing was tried: everything that is wrong is said.
    pub tried: RwSignal<bool>,
    /// Sections that somebody opened.
    pub opened: RwSignal<BTreeSet<(RecordId, String)>>,
    /// The record on the right: the group, or one of its people.
    pub shown: RwSignal<RecordId>,
    /// The draft as it was before something was taken away or turned over, and what that was: one step back.
    pub before: RwSignal<Option<(CaseDraft, crate::words::Key)>>,
    /// The questions.
    pub forms: Forms,
    aim: Memo<Stage>,
    held: StoredValue<Arc<Vec<Record>>>,
    vault: VaultHandle,
    device: Device,
    asked: StoredValue<Asked, LocalStorage>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Work {
    /// Begins, or goes on, with what is typed over what is recorded.
    #[must_use]
    pub fn new(mut draft: CaseDraft, held: Vec<Record>, vault: Vault, device: Device, forms: Forms) -> Work {
        draft.let_go(&held);
        let group = draft.group.record;
        let first = match draft.group.typed(Field::FOCAL_POINT) {
            Some(Typed::Ref(Some(focal))) if draft.group.is_new => *focal,
            _ => group,
        };
        let file = forms.with(|catalogue| draft.file(&held, catalogue, device.today()).0);
        let draft = RwSignal::new(draft);
        let work = Work {
            draft,
            aim: Memo::new(move |_| draft.with(CaseDraft::stage)),
            before: RwSignal::new(None),
            file: RwSignal::new(Arc::new(file)),
            findings: RwSignal::new(Arc::default()),
            left: RwSignal::new(BTreeSet::new()),
            tried: RwSignal::new(false),
            opened: RwSignal::new(BTreeSet::new()),
            shown: RwSignal::new(first),
            forms,
            held: StoredValue::new(Arc::new(held)),
            vault: StoredValue::new_local(vault),
            device,
            asked: StoredValue::new_local(Asked::new()),
            timer: StoredValue::new_local(None),
        };
        work.look();
        work
    }

    /// The records as they stood when the work was opened.
    #[must_use]
    pub fn held(self) -> Arc<Vec<Record>> {
        self.held.get_value()
    }

    /// A record as it stood.
    pub fn held_record<T>(self, id: RecordId, look: impl FnOnce(Option<&Record>) -> T) -> T {
        self.held.with_value(|held| look(held.iter().find(|record| record.id == id)))
    }

    /// A record as it stood, where only a person may choose between the values of this field.
    #[must_use]
    pub fn in_conflict(self, id: RecordId, field: Field) -> Option<Record> {
        self.held_record(id, |held| held.filter(|held| domain::conflict::is_open(held, field)).cloned())
    }

    /// The group's record id.
    #[must_use]
    pub fn group(self) -> RecordId {
        self.draft.with_untracked(|draft| draft.group.record)
    }

    /// The stage aimed at; reactive.
    #[must_use]
    pub fn stage(self) -> Stage {
        self.aim.get()
    }

    /// The role of whoever works here. One of a later version may do least.
    #[must_use]
    pub fn role(self) -> domain::Role {
        let code = self.vault.with_value(|vault| vault.identity().role);
        domain::Role::from_code(code).unwrap_or(domain::Role::Verifier)
    }

    /// Whether whoever works here may see what a recorded field says, and is asked for one that says nothing. `kind` is
    /// the record's, which may be a new one.
    #[must_use]
    pub fn sees(self, kind: Kind, record: RecordId, field: Field) -> bool {
        self.forms.sight(self.role(), self.me(), |sight| {
            self.held_record(record, |held| sight.field(kind, held, field))
        })
    }

    /// Whoever works here.
    #[must_use]
    pub fn me(self) -> domain::UserId {
        self.vault.with_value(|vault| vault.identity().user)
    }

    /// What stands in an input: as typed, else as recorded; reactive.
    #[must_use]
    pub fn typed(self, spec: &FieldSpec, record: RecordId) -> Typed {
        let touched =
            self.draft.with(|draft| draft.sheet(record).and_then(|sheet| sheet.typed(spec.field)).cloned());
        touched.unwrap_or_else(|| self.recorded(spec, record))
    }

    fn recorded(self, spec: &FieldSpec, record: RecordId) -> Typed {
        let today = self.device.today();
        self.held_record(record, |held| {
            Typed::of(held.and_then(|held| held.shown(spec.field)), spec.form, today)
        })
    }

    /// Takes what is typed. An input that says again what is recorded counts as untouched.
    pub fn put(self, spec: &FieldSpec, record: RecordId, typed: Typed) {
        let at = Spot::new(record, spec.field);
        let as_recorded =
            self.held_record(record, |held| held.is_some()) && self.recorded(spec, record) == typed;
        let in_conflict =
            self.held_record(record, |held| held.is_some_and(|held| held.values(spec.field).len() > 1));
        self.held.with_value(|held| {
            let held = held.iter().find(|held| held.id == record);
            self.draft.update(|draft| {
                if as_recorded && !in_conflict { draft.untouch(at) } else { draft.put(at, typed, held) }
            });
        });
        self.look_soon();
    }

    /// Changes the draft in another way than by an input, and looks at once.
    pub fn change(self, change: impl FnOnce(&mut CaseDraft, &[Record])) {
        self.held.with_value(|held| self.draft.update(|draft| change(draft, held)));
        self.look();
    }

    /// Remembers how things stand before something is taken away or turned over.
    pub fn remember(self, what: crate::words::Key) {
        self.before.set(Some((self.draft.get_untracked(), what)));
    }

    /// Goes back to how things stood. The stage stays, and with it what is asked.
    pub fn go_back(self) {
        if let Some((draft, _)) = self.before.try_update(Option::take).flatten() {
            self.draft.set(draft);
            self.look();
        }
    }

    /// An input was left: what is wrong with it is said from now on.
    pub fn leave(self, at: Spot) {
        self.left.update(|left| {
            left.insert(at);
        });
        self.look();
    }

    /// The same a moment later, for inputs that are left by pressing something else: what is said then moves the
    /// page, and a press must not miss what it was meant for.
    pub fn leave_soon(self, at: Spot) {
        let left = Timeout::new(LEAVE_MS, move || {
            // The page may have been left too.
            if self.left.try_with_untracked(|_| ()).is_some() {
                self.leave(at);
            }
        });
        left.forget();
    }

    /// Fields of a record that must be shown whatever is asked: what cannot be read, and a focal point that nobody or
    /// several are; reactive.
    #[must_use]
    pub fn stuck(self, record: RecordId) -> BTreeSet<Field> {
        self.findings.with(|findings| {
            let ours = findings.of_record(record).filter(|finding| {
                matches!(finding.what, domain::What::Fault(_)) || finding.at.field == Field::FOCAL_POINT
            });
            ours.map(|finding| finding.at.field).collect()
        })
    }

    /// Opens a section.
    pub fn open(self, record: RecordId, section: &str) {
        self.opened.update(|opened| {
            opened.insert((record, section.to_owned()));
        });
    }

    /// Shows an input, wherever it stands, and goes there.
    pub fn go_to(self, at: Spot) {
        let of_person = self.forms.spec(at.field).is_some_and(|spec| spec.kind != Kind::GROUP);
        let (owner, kind) = self.file.with_untracked(|file| {
            let row = file.rows.iter().find(|row| row.record == at.record);
            let owner = row.and_then(|row| row.owner).unwrap_or(at.record);
            // What hangs on people is asked with them: of the group, with whoever speaks for it.
            let owner =
                if owner == file.group.record && of_person { file.focal().unwrap_or(owner) } else { owner };
            (owner, row.map(|row| row.kind))
        });
        let section = match kind {
            Some(Kind::NEED) => Some("needs".to_owned()),
            Some(kind) => kind.key().map(str::to_owned),
            None => self.forms.spec(at.field).map(|spec| match spec.kind {
                // «There is no consent yet»: where one is added.
                Kind::GROUP | Kind::INDIVIDUAL => spec.section,
                Kind::NEED => "needs".to_owned(),
                kind => kind.key().unwrap_or_default().to_owned(),
            }),
        };
        if let Some(section) = section {
            self.open(owner, &section);
            super::focus_section(&section);
        }
        self.shown.set(owner);
        crate::components::parts::focus_later(at.id());
    }

    /// Whether what is wrong with an input is said; reactive.
    #[must_use]
    pub fn says(self, at: Spot) -> bool {
        self.tried.get() || self.left.with(|left| left.contains(&at))
    }

    fn look_soon(self) {
        let due = Timeout::new(LOOK_MS, move || self.look());
        let _ = self.timer.try_update_value(|timer| *timer = Some(due));
    }

    /// Lets the rules look again.
    pub fn look(self) {
        // The page may have been left while the pause ran.
        let Some(draft) = self.draft.try_get_untracked() else { return };
        let held = self.held();
        let (file, findings) = self.judged(&draft, |draft, look| draft.check(&held, look));
        if self.file.try_with_untracked(|shown| **shown != file).unwrap_or(false) {
            self.file.set(Arc::new(file));
        }
        if self.findings.try_with_untracked(|shown| **shown != findings).unwrap_or(false) {
            self.findings.set(Arc::new(findings));
        }
    }

    /// Does something with the draft and everything that a check needs.
    pub fn judged<T>(self, draft: &CaseDraft, deed: impl FnOnce(&CaseDraft, &Look<'_>) -> T) -> T {
        let elsewhere = self.elsewhere(draft);
        let (role, me) = (self.role(), self.me());
        let held = self.held();
        self.forms.judge(|catalogue, rules, lists| {
            let today = self.device.today();
            deed(
                draft,
                &Look { today, role, me, catalogue, rules, lists, elsewhere: &elsewhere, held: &held },
            )
        })
    }

    /// What the index knows of other groups: the same papers, the same phones, people of the same name.
    fn elsewhere(self, draft: &CaseDraft) -> Elsewhere {
        let mut elsewhere = Elsewhere::default();
        let group = draft.group.record;
        let others = |text: &str| -> Vec<store::Hit> {
            if let Some(known) = self.asked.with_value(|asked| asked.get(text).cloned()) {
                return known;
            }
            let hits = self.vault.with_value(|vault| vault.search(text, 20));
            let hits: Vec<_> =
                hits.into_iter().filter(|hit| hit.group.is_some_and(|it| it != group)).collect();
            self.asked.update_value(|asked| {
                asked.insert(text.to_owned(), hits.clone());
            });
            hits
        };
        let text = |sheet: &domain::case::Sheet, field| {
            sheet.typed(field).map(|typed| typed.as_text().trim().to_owned()).unwrap_or_default()
        };
        for sheet in &draft.rows {
            let number = text(sheet, Field::DOCUMENT_NUMBER);
            let code = search_key::code(&number);
            if sheet.kind == Kind::DOCUMENT
                && code.len() >= 4
                && others(&number).iter().any(|hit| hit.why.contains(&Why::Document { same: true }))
            {
                let (kind, country) =
                    (text(sheet, Field::DOCUMENT_TYPE), text(sheet, Field::DOCUMENT_COUNTRY));
                elsewhere.documents.push((kind, country, code));
            }
        }
        for sheet in &draft.people {
            let phone = search_key::digits(&text(sheet, Field::PHONE));
            if phone.len() >= 6
                && others(&phone).iter().any(|hit| hit.why.contains(&Why::Phone { same: true }))
            {
                elsewhere.phones.push(phone);
            }
            let name = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2]
                .map(|field| text(sheet, field))
                .join(" ");
            let one_name = sheet.typed(Field::ONE_NAME) == Some(&Typed::Flag(Some(true)));
            if name.split_whitespace().count() >= if one_name { 1 } else { 2 } {
                for hit in others(name.trim()) {
                    elsewhere.people.push(Known {
                        record: hit.record,
                        name: hit.name,
                        born: hit.born,
                        sex: hit.sex,
                    });
                }
            }
        }
        elsewhere
    }

    /// The name of somebody of this registration, or of another on this device whom a rule named.
    #[must_use]
    pub fn known_name(self, id: RecordId) -> String {
        let here = self.file.with_untracked(|file| file.person(id).map(domain::Subject::display_name));
        let elsewhere = || {
            self.asked.with_value(|asked| {
                asked.values().flatten().find(|hit| hit.record == id).map(|hit| hit.name.clone())
            })
        };
        here.or_else(elsewhere).unwrap_or_default()
    }

    /// The name of a person of this registration, or which one it is; reactive.
    #[must_use]
    pub fn name_of(self, id: RecordId) -> String {
        self.file.with(|file| file.person(id).map(domain::Subject::display_name)).unwrap_or_default()
    }
}
