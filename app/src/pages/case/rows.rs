//! What hangs on a person or a group: papers, needs, consents, relatives, procedures, help. One card each.

use super::consent::{self, ToRead};
use super::work::Work;
use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use domain::case::{Sheet, Typed, is_locked, ref_code};
use domain::catalogue::FieldSpec;
use domain::{Field, Kind, Record, RecordId, Spot, Subject, Value};
use leptos::prelude::*;
use leptos_router::components::A;

/// Events happened: what is recorded of them is amended, never edited.
const EVENTS: [Kind; 2] = [Kind::ASSISTANCE, Kind::SESSION];

/// What the form tells of a referral that is no longer being written; its own page tells the rest.
const OF_REFERRAL: [Field; 5] = [
    Field::REFERRAL_SECTOR,
    Field::REFERRAL_TO,
    Field::REFERRAL_URGENCY,
    Field::REFERRAL_STATUS,
    Field::REFERRAL_DUE,
];

/// Every row of a kind of one owner, and the button that adds one.
#[component]
pub fn Rows(
    /// The work it belongs to.
    work: Work,
    /// The kind of rows.
    kind: Kind,
    /// On whom they hang.
    owner: RecordId,
) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let role = work.role();
    let me = work.me();
    let held_here = move |record: &Record| {
        record.kind == kind
            && record.kind.owner_field().and_then(|field| record.shown(field)).and_then(Value::as_ref)
                == Some(owner)
            && (!Subject::of(record).is_removed() || domain::sight::is_stub(record))
    };
    // Those whose content is not for whoever works here: only how many there are.
    let reserved = move |record: &Record| !super::may_see_row(forms, role, me, record);
    let held = work.held();
    let hidden = held.iter().filter(|record| held_here(record) && reserved(record)).count() as u64;
    let recorded: Vec<RecordId> =
        held.iter().filter(|record| held_here(record) && !reserved(record)).map(|record| record.id).collect();
    let rows = Memo::new(move |_| {
        work.draft.with(|draft| {
            let gone = |id: &RecordId| draft.sheet(*id).is_some_and(|sheet| sheet.removed);
            let recorded = recorded.iter().copied().filter(|id| !gone(id)).map(|id| (id, false));
            let is_ours = |sheet: &&Sheet| sheet.is_new && sheet.kind == kind && sheet.owner == Some(owner);
            let added = draft.rows.iter().filter(is_ours).map(|sheet| (sheet.record, true));
            recorded.chain(added).collect::<Vec<_>>()
        })
    });
    let gone = Memo::new(move |_| {
        work.draft.with(|draft| {
            let ours = draft
                .rows
                .iter()
                .filter(|sheet| sheet.removed && sheet.kind == kind && sheet.owner == Some(owner));
            ours.map(|sheet| sheet.record).collect::<Vec<_>>()
        })
    });
    // What a rule proposes of somebody who has no such row yet.
    let told = match kind {
        Kind::NEED => Some(Field::NEED_CODE),
        Kind::DOCUMENT => Some(Field::DOCUMENT_TYPE),
        _ => None,
    };
    let one = move || forms.kind_one(kind);
    let add = move |_| {
        if kind == Kind::CONSENT {
            let first = rows.with_untracked(Vec::is_empty);
            consent::add(work, owner, if first { consent::REGISTER } else { "" });
        } else {
            let record = RecordId::fresh(crate::when::now(), store::random());
            if kind == Kind::NEED {
                super::needs::no_longer_none(work, owner);
            }
            work.change(|draft, _| draft.add_row(record, kind, owner));
            begun(work, record, kind);
        }
        let last = rows.with_untracked(|rows| rows.last().map(|(record, _)| *record));
        let first = forms.with(|catalogue| catalogue.asked(kind, work.stage()).next().map(|spec| spec.field));
        if let (Some(record), Some(field)) = (last, first) {
            crate::components::parts::focus_later(Spot::new(record, field).id());
        }
    };
    view! {
        <div class="rowlist">
        <Show when=move || hidden != 0>
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, hidden)}</p>
        </Show>
        {told.map(|field| view! { <super::findings::Notes work at=Spot::new(owner, field) always=true/> })}
        <For each=move || rows.get() key=|row| *row let((record, added))>
            <Row work kind record added/>
        </For>
        <For each=move || gone.get() key=|record| *record let(record)>
            <p class="remark line" role="status">
                {move || words.with(Key::RowRemoved, &[("what", &one())])}
                <button class="btn btn--quiet" type="button"
                    on:click=move |_| work.change(|draft, _| draft.restore(record))>
                    {move || words.get(Key::Undo)}
                </button>
            </p>
        </For>
        <div>
            <button class="btn" type="button" on:click=add>
                <Draw icon=Icon::Plus/>
                {move || words.with(Key::AddNamed, &[("what", &one())])}
            </button>
        </div>
        </div>
    }
}

/// What a new row says from the start.
fn begun(work: Work, record: RecordId, kind: Kind) {
    let put = |field: Field, typed: Typed| {
        if let Some(spec) = work.forms.spec(field) {
            work.put(&spec, record, typed);
        }
    };
    match kind {
        Kind::NEED => put(Field::NEED_STATE, Typed::Text("pending".into())),
        Kind::SESSION => put(Field::SESSION_DATE, Typed::Text(crate::when::local_minute())),
        Kind::REFERRAL => put(Field::REFERRAL_STATUS, Typed::Text("draft".into())),
        _ => {}
    }
}

/// Begins a referral of somebody to a sector.
pub(super) fn refer(work: Work, owner: RecordId, sector: &str) {
    let owner =
        work.file.with_untracked(|file| file.person(owner).map_or(file.group.record, |person| person.record));
    let record = RecordId::fresh(crate::when::now(), store::random());
    work.change(|draft, _| draft.add_row(record, Kind::REFERRAL, owner));
    begun(work, record, Kind::REFERRAL);
    if let Some(spec) = work.forms.spec(Field::REFERRAL_SECTOR) {
        work.put(&spec, record, Typed::Text(sector.to_owned()));
    }
    work.look();
}

/// How a row is called in lists: its first code in words; what it is where that is not for whoever works here.
pub(super) fn title(work: Work, row: &Subject) -> String {
    let specs = work.forms.with(|catalogue| catalogue.of(row.kind).cloned().collect::<Vec<FieldSpec>>());
    let first = specs.iter().find(|spec| spec.mark(domain::Stage::Full).is_asked());
    let first = first.filter(|spec| work.sees(row.kind, row.record, spec.field));
    let value = first.and_then(|spec| Some((spec.field, row.value(spec.field)?)));
    let shown = value.map(|(field, value)| work.forms.value(field, value, &|_| None));
    shown.unwrap_or_else(|| work.forms.kind_one(row.kind))
}

#[component]
fn Row(work: Work, kind: Kind, record: RecordId, added: bool) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let one = move || forms.kind_one(kind);
    let event = EVENTS.contains(&kind) && !added;
    // Of a referral that was sent each side says its own, on its page.
    let locked = !added && work.held_record(record, |held| held.is_some_and(is_locked));
    let remove = move |_| {
        work.change(|draft, held| draft.remove(record, held.iter().find(|held| held.id == record)));
    };
    let amend = move |_| {
        let fresh = RecordId::fresh(crate::when::now(), store::random());
        let owner = work.held_record(record, |held| held.map(Subject::of).and_then(|it| it.owner));
        let Some(owner) = owner else { return };
        work.change(|draft, held| {
            draft.add_row(fresh, kind, owner);
            draft.put(Spot::new(fresh, Field::AMENDS), Typed::Ref(Some(record)), None);
            let Some(original) = held.iter().find(|held| held.id == record) else { return };
            let specs = forms.with(|catalogue| catalogue.of(kind).cloned().collect::<Vec<_>>());
            // What the author of the amendment may not see it does not state: that stays with the original.
            let stated =
                |spec: &FieldSpec| spec.field != Field::AMENDS && work.sees(kind, record, spec.field);
            for spec in specs.into_iter().filter(stated) {
                let typed = Typed::of(original.shown(spec.field), spec.form, crate::when::today());
                if !typed.is_empty() {
                    draft.put(Spot::new(fresh, spec.field), typed, None);
                }
            }
        });
    };
    view! {
        <article class="rowcard" id=format!("row-{}", ref_code(record)) aria-label=one>
            <Show when=move || kind == Kind::CONSENT>
                <ToRead work record/>
            </Show>
            {if event || locked {
                view! { <Facts work record kind/> }.into_any()
            } else {
                view! { <Questions work kind record/> }.into_any()
            }}
            {locked.then(|| view! {
                <super::findings::Notes work at=Spot::new(record, Field::REFERRAL_STATUS)/>
            })}
            <div class="line line--end">
                {if locked {
                    view! {
                        <A href=format!("/referrals/{record}") attr:class="btn btn--quiet">
                            <Draw icon=Icon::Send/>{move || words.get(Key::ReferOneTitle)}
                        </A>
                    }.into_any()
                } else if event {
                    view! {
                        <button class="btn btn--quiet" type="button" on:click=amend>
                            <Draw icon=Icon::Edit/>{move || words.get(Key::Amend)}
                        </button>
                    }.into_any()
                } else {
                    view! {
                        <button class="btn btn--quiet" type="button" on:click=remove
                            aria-label=move || words.with(Key::RemoveNamed, &[("name", &one())])>
                            <Draw icon=Icon::Trash/>{move || words.get(Key::Remove)}
                        </button>
                    }.into_any()
                }}
            </div>
        </article>
    }
}

/// What is recorded of an event, as far as it is for whoever works here; of the rest, how much there is.
#[component]
fn Facts(work: Work, record: RecordId, kind: Kind) -> impl IntoView {
    let forms = work.forms;
    let words = use_words();
    let said = |spec: &FieldSpec| {
        work.held_record(record, |held| held.is_some_and(|held| held.shown(spec.field).is_some()))
    };
    let mut specs = forms.with(|catalogue| catalogue.of(kind).cloned().collect::<Vec<_>>());
    specs.retain(|spec| kind != Kind::REFERRAL || OF_REFERRAL.contains(&spec.field));
    let (specs, hidden): (Vec<FieldSpec>, Vec<FieldSpec>) =
        specs.into_iter().filter(said).partition(|spec| work.sees(kind, record, spec.field));
    let hidden = hidden.len() as u64;
    let facts = move || {
        let name = |id: RecordId| Some(work.name_of(id)).filter(|name| !name.is_empty());
        let rows = specs.iter().filter_map(|spec| {
            let value =
                work.held_record(record, |held| held.and_then(|held| held.shown(spec.field)).cloned())?;
            let owner = kind.owner_field() == Some(spec.field);
            (!owner).then(|| (forms.label(spec.field), forms.value(spec.field, &value, &name)))
        });
        let rows =
            rows.map(|(label, value)| view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> });
        rows.collect_view()
    };
    view! {
        <dl class="facts">{facts}</dl>
        {(hidden != 0).then(|| view! {
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, hidden)}</p>
        })}
    }
}

/// The questions about a row. What others recorded, and is not for whoever works here, is not asked.
#[component]
pub fn Questions(
    /// The work it belongs to.
    work: Work,
    /// Its kind.
    kind: Kind,
    /// The row.
    record: RecordId,
) -> impl IntoView {
    let specs = Memo::new(move |_| {
        let stage = work.stage();
        let specs = work.forms.with(|catalogue| catalogue.asked(kind, stage).cloned().collect::<Vec<_>>());
        specs.into_iter().filter(|spec| work.sees(kind, record, spec.field)).collect::<Vec<_>>()
    });
    view! {
        <div class="fields">
            <For each=move || specs.get() key=|spec| spec.field.0 let(spec)>
                <super::section::Maybe work spec record/>
            </For>
        </div>
    }
}
