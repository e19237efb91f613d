//! What is recorded of a group or a person, in sections, as the tables describe them.

use crate::components::photo::{FacePhoto, Photo};
use crate::components::{Draw, Icon, Signed};
use crate::forms::{Forms, use_forms};
use crate::pages::case::may_see_row;
use crate::when;
use crate::words::{Authors as _, Key, use_words};
use domain::catalogue::Form;
use domain::{Field, Individual, Kind, Record, RecordId, Role, Subject, UserId, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use std::sync::Arc;

/// Who reads: what is not for them is only counted.
#[derive(Clone, Copy)]
pub struct Reader {
    /// Their role; one of a later version may see least.
    pub role: Role,
    /// They themselves: authors see their own.
    pub user: UserId,
}

impl Reader {
    /// Whether they may see what a field of a record says.
    #[must_use]
    pub fn sees(self, forms: Forms, record: &Record, field: Field) -> bool {
        forms.sight(self.role, self.user, |sight| sight.field(record.kind, Some(record), field))
    }
}

/// Whoever has unlocked.
#[must_use]
pub fn reader() -> Reader {
    let me = crate::device::use_vault().identity();
    Reader { role: Role::from_code(me.role).unwrap_or(Role::Verifier), user: me.user }
}

/// A group and everything of it that lies here.
#[derive(Clone, PartialEq)]
pub struct Case(pub Arc<Vec<Record>>);

impl Case {
    /// The group.
    #[must_use]
    pub fn group(&self) -> Option<&Record> {
        self.0.iter().find(|record| record.kind == Kind::GROUP)
    }

    /// Its people, the focal point first.
    #[must_use]
    pub fn people(&self) -> Vec<&Record> {
        let focal = self.focal();
        let mut people: Vec<&Record> =
            self.0.iter().filter(|record| record.kind == Kind::INDIVIDUAL).collect();
        people.sort_by_key(|record| (Some(record.id) != focal, record.id));
        people
    }

    /// Who speaks for it.
    #[must_use]
    pub fn focal(&self) -> Option<RecordId> {
        self.group().map(Subject::of).and_then(|group| group.reference(Field::FOCAL_POINT))
    }

    /// A record by its id.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<&Record> {
        self.0.iter().find(|record| record.id == id)
    }

    /// What of a kind hangs on a record.
    #[must_use]
    pub fn rows(&self, owner: RecordId, kind: Kind) -> Vec<&Record> {
        let is_ours = |record: &&Record| {
            let subject = Subject::of(record);
            let is_there = !subject.is_removed() || domain::sight::is_stub(record);
            record.kind == kind && subject.owner == Some(owner) && is_there
        };
        self.0.iter().filter(is_ours).collect()
    }

    /// A record and what hangs on it, for its history.
    #[must_use]
    pub fn of(&self, id: RecordId) -> Vec<Record> {
        let own = self.0.iter().filter(|record| record.id == id);
        let rows = self.0.iter().filter(|record| Subject::of(record).owner == Some(id));
        let rows = rows.filter(|record| record.kind != Kind::INDIVIDUAL);
        own.chain(rows).cloned().collect()
    }

    /// How another record is called.
    #[must_use]
    pub fn name_of(&self, id: RecordId) -> Option<String> {
        let record = self.record(id)?;
        let name = super::history::called(record)?;
        (!name.is_empty()).then_some(name)
    }
}

/// The people of a group, to choose from.
#[component]
pub fn Members(
    /// The group.
    case: Case,
    /// The one that is shown; `None` for the group itself.
    #[prop(optional_no_strip)]
    shown: Option<RecordId>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let focal = case.focal();
    let group = case.group().map(|group| group.id);
    let people: Vec<_> = case
        .people()
        .into_iter()
        .map(|record| {
            let one = Individual::from_record(record);
            let subject = Subject::of(record);
            let lead = Some(one.id) == focal;
            let conflict = !record.conflicts().is_empty();
            let sealed = domain::sealed_member::is_sealed(record);
            let relation = one.relationship.clone().filter(|_| !lead);
            let (born, nations) = (one.born, one.nationality.clone());
            let name = one.display_name();
            let title = if name.is_empty() { words.get(Key::NoNameYet) } else { name.clone() };
            let photo = Signal::stored(subject.text(Field::PHOTO).to_owned());
            let current = (shown == Some(one.id)).then_some("page");
            view! {
                <li>
                    <div class="row" class:row--current=current.is_some()>
                        <FacePhoto name reference=photo lead/>
                        <span class="row__main">
                            <A href=format!("/people/{}", one.id) attr:class="row__title row__link" attr:aria-current=current><bdi>{title}</bdi></A>
                            " "
                            <span class="row__meta">
                                {lead.then(|| view! { <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span> })}
                                {sealed.then(|| view! { <span class="chip"><Draw icon=Icon::Lock/>{move || words.get(Key::Sealed)}</span> })}
                                {relation.map(|code| view! { <span>{move || forms.code_label("lists:relationship", &code)}</span> })}
                                {born.map(|born| view! { <span>{move || when::partial(words, born)}</span> })}
                                <span>{move || words.list(nations.iter().map(|code| forms.code_label("countries", code)))}</span>
                            </span>
                        </span>
                        {conflict.then(|| view! {
                            <span class="row__side">
                                <span class="chip chip--attention">{move || words.get(Key::ConflictChip)}</span>
                            </span>
                        })}
                        <Draw icon=Icon::Chevron class="icon--go"/>
                    </div>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card card--flush" aria-labelledby="members">
            <div class="card__head">
                <h2 class="card__title" id="members">{move || words.get(Key::FamilyPeople)}</h2>
                {group.filter(|_| shown.is_some()).map(|group| view! {
                    <A href=format!("/groups/{group}") attr:class="push">{move || words.get(Key::Family)}</A>
                })}
            </div>
            <ul class="rows">{people}</ul>
        </section>
    }
}

/// Everything recorded of a record and of what hangs on it, section by section. Sections in which nothing is
/// recorded are left out.
#[component]
pub fn Recorded(
    /// Where it belongs.
    case: Case,
    /// The group or the person.
    record: Record,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let reader = reader();
    let vault = crate::device::use_vault();
    let subject = Subject::of(&record);
    let kind = record.kind;
    let sections: Vec<String> =
        forms.with(|catalogue| catalogue.sections(kind).into_iter().map(str::to_owned).collect());
    let mut reserved = 0_u64;
    let mut cards = Vec::new();
    for section in sections {
        let specs = forms.with(|catalogue| {
            catalogue.of(kind).filter(|spec| spec.section == section).cloned().collect::<Vec<_>>()
        });
        let mut facts = Vec::new();
        for spec in specs {
            let Some(value) = subject.value(spec.field).cloned() else { continue };
            let plain = [
                Field::CONFIRMED,
                Field::GROUP_CONFIRMED,
                Field::GROUP,
                Field::PHOTO,
                Field::ONE_NAME,
                Field::PEOPLE_LEFT,
            ];
            if plain.contains(&spec.field) || names_nobody(&vault, &value) {
                continue;
            }
            if !reader.sees(forms, &record, spec.field) {
                reserved += 1;
                continue;
            }
            facts.push((spec.field, value));
        }
        if !facts.is_empty() {
            cards.push(view! { <Facts case=case.clone() section facts/> });
        }
    }
    let known: Vec<Field> = forms.with(|catalogue| catalogue.iter().map(|spec| spec.field).collect());
    let strange =
        record.fields().filter(|field| !known.contains(field) && field.key().is_none()).count() as u64;
    // Sealed notes have a place of their own.
    let apart = [Kind::GROUP, Kind::INDIVIDUAL, Kind::NOTE];
    let rows = Kind::ALL.iter().filter(|row| !apart.contains(row));
    let rows: Vec<_> =
        rows.map(|kind| view! { <Hanging case=case.clone() owner=record.id kind=*kind/> }).collect();
    view! {
        {cards}
        {rows}
        {(reserved != 0).then(|| view! {
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, reserved)}</p>
        })}
        {(strange != 0).then(|| view! { <p class="note">{move || words.get(Key::NewerVersion)}</p> })}
    }
}

/// Whether a value names another record alone that is not on this device, nor ever was for who reads: there is nothing
/// to say of it, not even that somebody is named.
fn names_nobody(vault: &store::Vault, value: &Value) -> bool {
    value.as_ref().is_some_and(|id| !vault.holds(id))
}

#[component]
fn Facts(case: Case, section: String, facts: Vec<(Field, Value)>) -> impl IntoView {
    let forms = use_forms();
    let words = use_words();
    let id = format!("facts-{section}");
    let facts: Vec<_> = facts
        .into_iter()
        .map(|(field, value)| {
            let case = case.clone();
            let shown = move || {
                let text = forms.value(field, &value, &|id| case.name_of(id));
                let age = (field == Field::DATE_OF_BIRTH).then(|| age(words, &value)).flatten();
                age.map_or(text.clone(), |age| format!("{text} ({age})"))
            };
            view! { <div><dt>{move || forms.label(field)}</dt><dd><bdi>{shown}</bdi></dd></div> }
        })
        .collect();
    view! {
        <section class="card" aria-labelledby=id.clone()>
            <div class="card__head"><h2 class="card__title" id=id.clone()>{move || forms.section(&section)}</h2></div>
            <dl class="facts">{facts}</dl>
        </section>
    }
}

fn age(words: crate::words::Words, born: &Value) -> Option<String> {
    let born = domain::PartialDate::from_text(born.as_text()?)?;
    born.age_on(when::today()).map(|age| words.count(Key::YearsOld, u64::from(age)))
}

/// What of a kind hangs on a record.
#[component]
fn Hanging(case: Case, owner: RecordId, kind: Kind) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let reader = reader();
    let all = case.rows(owner, kind);
    let (seen, hidden): (Vec<&Record>, Vec<&Record>) =
        all.into_iter().partition(|record| may_see_row(forms, reader.role, reader.user, record));
    let hidden = hidden.len() as u64;
    let empty = seen.is_empty() && hidden == 0;
    let rows: Vec<_> =
        seen.into_iter().map(|row| view! { <OneRow case=case.clone() row=row.clone() reader/> }).collect();
    let section = if kind == Kind::NEED { "needs" } else { kind.key().unwrap_or_default() };
    let id = format!("rows-{section}");
    (!empty).then(|| {
        view! {
            <section class="card" aria-labelledby=id.clone()>
                <div class="card__head"><h2 class="card__title" id=id.clone()>{move || forms.section(section)}</h2></div>
                {rows}
                {(hidden != 0).then(|| view! {
                    <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, hidden)}</p>
                })}
            </section>
        }
    })
}

/// One row: its facts, who stated it and when; a page of a paper and a signature as pictures.
#[component]
fn OneRow(case: Case, row: Record, reader: Reader) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = crate::device::use_vault();
    let subject = Subject::of(&row);
    let specs = forms.with(|catalogue| catalogue.of(row.kind).cloned().collect::<Vec<_>>());
    let mut facts = Vec::new();
    let mut pictures = Vec::new();
    let mut reserved = 0_u64;
    for spec in specs {
        let Some(value) = subject.value(spec.field).cloned() else { continue };
        let owner = row.kind.owner_field() == Some(spec.field);
        // What a referral shares, and the code of its slip, stand on its own page.
        let apart = [Field::REFERRAL_SHARED, Field::REFERRAL_CODE].contains(&spec.field);
        if owner || apart || names_nobody(&vault, &value) {
            continue;
        }
        if !reader.sees(forms, &row, spec.field) {
            reserved += 1;
            continue;
        }
        match (spec.form, &value) {
            (Form::Image, Value::Text(text)) => pictures.push(text.clone()),
            (Form::Strokes, Value::Text(text)) => {
                let text = text.clone();
                facts.push(
                    view! {
                        <div><dt>{move || forms.label(spec.field)}</dt><dd><Signed text/></dd></div>
                    }
                    .into_any(),
                );
            }
            _ => {
                let case = case.clone();
                let field = spec.field;
                facts.push(
                    view! {
                        <div>
                            <dt>{move || forms.label(field)}</dt>
                            <dd><bdi>{move || forms.value(field, &value, &|id| case.name_of(id))}</bdi></dd>
                        </div>
                    }
                    .into_any(),
                );
            }
        }
    }
    let last = row.history().into_iter().next_back();
    let by = last.map(|event| {
        let author = vault.author_name(event.author);
        (author, event.at)
    });
    let conflict = !row.conflicts().is_empty();
    view! {
        <article class="rowcard">
            {conflict.then(|| view! { <super::individual::Conflicts record=row.clone() names=Some(case.clone())/> })}
            <dl class="facts">{facts}</dl>
            {pictures.into_iter().map(|reference| view! {
                <Photo reference=Signal::stored(reference) purpose=crate::components::picture::Purpose::Page/>
            }).collect_view()}
            {(reserved != 0).then(|| view! {
                <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, reserved)}</p>
            })}
            {by.map(|(author, at)| view! {
                <p class="note">{move || {
                    let author = words.author(author.as_deref());
                    format!("{author} · {}", when::moment(words, at))
                }}</p>
            })}
        </article>
    }
}
