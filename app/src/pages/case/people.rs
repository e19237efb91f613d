//! The people of a registration: the list on the left, and the questions about one of them.

use super::newborn::{Newborn, Proposed};
use super::section::{Closed, Section};
use super::work::Work;
use crate::components::{Draw, Face, Icon};
use crate::words::{Key, use_words};
use domain::case::Typed;
use domain::finding::Spot;
use domain::problem::Strength;
use domain::{Field, Kind, RecordId, Stage};
use leptos::prelude::*;

/// The group and its people, to choose from.
#[component]
pub fn People(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let group = work.group();
    let people =
        Memo::new(move |_| work.file.with(|file| file.people.iter().map(|it| it.record).collect::<Vec<_>>()));
    let told = Memo::new(move |_| work.file.with(|file| file.group.int(Field::SIZE)));
    // People who were counted in an emergency and are not written down yet.
    let counted = move || {
        let told = told.get().and_then(|told| u64::try_from(told).ok()).unwrap_or_default();
        told.saturating_sub(people.with(Vec::len) as u64)
    };
    view! {
        <div class="column members">
            <nav class="card card--flush" aria-label=move || words.get(Key::FamilyPeople)>
                <div class="card__head">
                    <h2 class="card__title">{move || words.get(Key::Family)}</h2>
                    <span class="note push">{move || words.count(Key::People, people.with(Vec::len) as u64)}</span>
                </div>
                <ul class="rows">
                    <li>
                        <a class="row" href="#group-title" aria-current=move || (work.shown.get() == group).then_some("true")
                            on:click=move |event| {
                                event.prevent_default();
                                work.shown.set(group);
                            }>
                            <span class="face face--new" aria-hidden="true"><Draw icon=Icon::MapPin/></span>
                            <span class="row__main">
                                <span class="row__title">{move || words.get(Key::PlaceTitle)}</span>
                                <span class="row__meta"><Missing work record=group/></span>
                            </span>
                        </a>
                    </li>
                    <For each=move || people.get() key=|id| *id let(person)>
                        <PersonRow work person/>
                    </For>
                </ul>
                <div class="card__foot stack">
                    {move || work.before.get().map(|(_, what)| view! {
                        <p class="remark line" role="status">
                            {words.get(what)}
                            <button class="btn btn--quiet" type="button" on:click=move |_| work.go_back()>
                                {words.get(Key::Undo)}
                            </button>
                        </p>
                    })}
                    <Show when=move || counted() != 0>
                        <p class="note">{move || words.count(Key::PeopleCounted, counted())}</p>
                    </Show>
                    <button class="btn btn--quiet btn--wide" type="button" on:click=move |_| add(work)>
                        <Draw icon=Icon::Plus/>
                        {move || words.get(Key::MemberAdd)}
                    </button>
                    <Newborn work/>
                </div>
            </nav>
        </div>
    }
}

/// Adds a person and shows them.
pub(super) fn add(work: Work) {
    let record = RecordId::fresh(crate::when::now(), store::random());
    work.change(|draft, _| draft.add_person(record));
    work.shown.set(record);
    crate::components::parts::focus_later(Spot::new(record, Field::GIVEN_NAMES).id());
}

/// How many answers are missing or wrong.
#[component]
fn Missing(work: Work, record: RecordId) -> impl IntoView {
    let words = use_words();
    let missing = Memo::new(move |_| {
        let rows = work.file.with(|file| {
            let rows =
                file.rows.iter().filter(|row| row.owner == Some(record) && record != file.group.record);
            rows.map(|row| row.record).collect::<Vec<_>>()
        });
        work.findings.with(|findings| {
            let ours = |at: Spot| at.record == record || rows.contains(&at.record);
            findings.errors().filter(|finding| ours(finding.at)).count() as u64
        })
    });
    view! {
        <Show when=move || missing.get() != 0>
            <span class="chip" class:chip--attention=move || work.tried.get()>
                {move || words.count(Key::Missing, missing.get())}
            </span>
        </Show>
    }
}

#[component]
fn PersonRow(work: Work, person: RecordId) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let name = Memo::new(move |_| work.name_of(person));
    let place = Memo::new(move |_| {
        work.file
            .with(|file| file.people.iter().position(|it| it.record == person).unwrap_or_default() as u64)
    });
    let focal = Memo::new(move |_| work.file.with(|file| file.focal() == Some(person)));
    let about = move || {
        work.file.with(|file| {
            let subject = file.person(person)?;
            let age = subject.age(crate::when::today()).map(|age| words.count(Key::YearsOld, u64::from(age)));
            let relation =
                Some(subject.text(Field::RELATIONSHIP)).filter(|code| !code.is_empty() && !focal.get());
            let relation = relation.map(|code| forms.code_label("lists:relationship", code));
            Some(relation.into_iter().chain(age).collect::<Vec<_>>().join(" · "))
        })
    };
    let doubts = Memo::new(move |_| {
        work.findings.with(|findings| {
            let mut ours = findings.questions().filter(|finding| finding.at.record == person);
            ours.any(|finding| finding.strength == Strength::Warning)
        })
    });
    view! {
        <li>
            <a class="row" href=format!("#person-{person}") aria-current=move || (work.shown.get() == person).then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    work.shown.set(person);
                }>
                {move || view! { <Face name=name.get() lead=focal.get()/> }}
                <span class="row__main">
                    <span class="row__title">
                        <bdi>{move || Some(name.get()).filter(|name| !name.is_empty())
                            .unwrap_or_else(|| words.count(Key::PersonNumber, place.get() + 1))}</bdi>
                    </span>
                    " "
                    <span class="row__meta">
                        <Show when=move || focal.get()>
                            <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span>
                        </Show>
                        <span>{about}</span>
                        <Missing work record=person/>
                        <Show when=move || doubts.get()>
                            <span class="chip chip--attention">{move || words.get(Key::Doubtful)}</span>
                        </Show>
                    </span>
                </span>
            </a>
        </li>
    }
}

/// Makes somebody the focal point. Relationships told to the former one no longer hold and are asked again.
fn make_focal(work: Work, person: RecordId) {
    let (Some(focal), Some(relationship)) =
        (work.forms.spec(Field::FOCAL_POINT), work.forms.spec(Field::RELATIONSHIP))
    else {
        return;
    };
    work.remember(Key::FocalPointChanged);
    work.put(&focal, work.group(), Typed::Ref(Some(person)));
    let people = work.file.with_untracked(|file| file.people.iter().map(|it| it.record).collect::<Vec<_>>());
    for other in people {
        work.put(&relationship, other, Typed::Text(String::new()));
    }
    work.look();
}

/// The questions about one person.
#[component]
pub fn PersonCard(
    /// The work.
    work: Work,
    /// The person.
    person: RecordId,
) -> impl IntoView {
    let words = use_words();
    let focal = Memo::new(move |_| work.file.with(|file| file.focal() == Some(person)));
    let name = Memo::new(move |_| work.name_of(person));
    let is_new = work.draft.with_untracked(|draft| draft.sheet(person).is_some_and(|sheet| sheet.is_new));
    let removable =
        move || is_new && work.draft.with(|draft| draft.people.iter().filter(|it| it.is_new).count() > 1);
    let remove = move |_| {
        let next = work.file.with_untracked(|file| {
            file.people.iter().map(|it| it.record).find(|other| *other != person).unwrap_or(file.group.record)
        });
        let before = work.draft.get_untracked();
        if focal.get_untracked() {
            make_focal(work, next);
        }
        work.before.set(Some((before, Key::PersonRemoved)));
        work.shown.set(next);
        work.change(|draft, _| draft.remove(person, None));
    };
    let mut sections: Vec<String> = work
        .forms
        .with(|catalogue| catalogue.sections(Kind::INDIVIDUAL).into_iter().map(str::to_owned).collect());
    // What hangs on a person has sections of its own, behind those of the person.
    let rows = [
        Kind::DOCUMENT,
        Kind::CONSENT,
        Kind::RELATIVE,
        Kind::RSD,
        Kind::RESETTLEMENT,
        Kind::ASSISTANCE,
        Kind::SESSION,
        Kind::REFERRAL,
    ];
    sections.extend(rows.into_iter().filter_map(Kind::key).map(str::to_owned));
    let (jumps, closed) = (sections.clone(), sections.clone());
    let rest = sections.split_off(1.min(sections.len()));
    let draw = move |sections: Vec<String>| {
        let sections = sections.into_iter().map(|section| {
            view! {
                <Section work record=person kind=Kind::INDIVIDUAL section/>
            }
        });
        sections.collect_view()
    };
    let (first, rest) = (draw(sections), draw(rest));
    let next = move || {
        work.file.with(|file| {
            let place = file.people.iter().position(|it| it.record == person)?;
            file.people.get(place + 1).map(|it| it.record)
        })
    };
    let go_on = move |_| match next() {
        Some(next) => {
            work.shown.set(next);
            crate::components::parts::focus_later(Spot::new(next, Field::GIVEN_NAMES).id());
        }
        None => add(work),
    };
    let forms = work.forms;
    view! {
        <section class="card card--flush" aria-labelledby="who" id=format!("person-{person}")>
            <div class="card__head">
                <h2 class="card__title" id="who" tabindex="-1">
                    <bdi>{move || Some(name.get()).filter(|name| !name.is_empty()).unwrap_or_else(|| words.get(Key::NoNameYet))}</bdi>
                </h2>
                <Show when=move || focal.get()>
                    <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span>
                </Show>
                <span class="push line">
                    <Show when=move || !focal.get()>
                        <button class="btn btn--quiet" type="button" on:click=move |_| make_focal(work, person)>
                            <Draw icon=Icon::Star/>
                            {move || words.get(Key::FocalPointMake)}
                        </button>
                    </Show>
                    <Show when=removable>
                        <button class="btn btn--quiet" type="button" on:click=remove>
                            <Draw icon=Icon::Trash/>
                            {move || words.get(Key::Remove)}
                        </button>
                    </Show>
                </span>
            </div>
            <Show when=move || work.stage() == Stage::Full>
                <nav class="jumps line" aria-label=move || words.get(Key::Sections)>
                    {jumps.iter().map(|section| {
                        let (target, title) = (format!("#section-{section}"), section.clone());
                        view! { <a class="chip" href=target on:click=jump>{move || forms.section(&title)}</a> }
                    }).collect_view()}
                </nav>
            </Show>
            {first}
            <SameAsFocal work person/>
            {rest}
            <Proposed work person/>
            <Closed work record=person kind=Kind::INDIVIDUAL sections=closed/>
            <div class="card__foot">
                <button class="btn" type="button" data-next="" on:click=go_on>
                    {move || words.get(if next().is_some() { Key::MemberNext } else { Key::MemberAdd })}
                </button>
            </div>
        </section>
    }
}

/// Goes to a section without leaving the address of the page.
fn jump(event: leptos::ev::MouseEvent) {
    use wasm_bindgen::JsCast;
    event.prevent_default();
    let link = event.current_target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let target = link.and_then(|link| link.get_attribute("href")).unwrap_or_default();
    super::focus_section(target.trim_start_matches("#section-"));
}

/// What a family mostly shares.
const SHARED: [Field; 6] = [
    Field::NATIONALITY,
    Field::ORIGIN_COUNTRY,
    Field::LANG_MAIN,
    Field::LANG_INTERVIEW,
    Field::PROTECTION_STATUS,
    Field::LEGAL_STAY,
];

/// One tap instead of asking again what the focal point answered for all: only what is empty is filled in.
#[component]
fn SameAsFocal(work: Work, person: RecordId) -> impl IntoView {
    let words = use_words();
    let to_copy = Memo::new(move |_| {
        work.file.with(|file| {
            let (Some(focal), Some(one)) = (file.focal_person(), file.person(person)) else {
                return Vec::new();
            };
            let empty = |field: &Field| focal.value(*field).is_some() && one.value(*field).is_none();
            if focal.record == person {
                Vec::new()
            } else {
                SHARED.into_iter().filter(empty).collect::<Vec<_>>()
            }
        })
    });
    let copy = move |_| {
        let Some(focal) = work.file.with_untracked(|file| file.focal()) else { return };
        for field in to_copy.get_untracked() {
            if let Some(spec) = work.forms.spec(field) {
                let typed = work.typed(&spec, focal);
                work.put(&spec, person, typed);
            }
        }
        work.look();
    };
    let forms = work.forms;
    view! {
        <Show when=move || !to_copy.with(Vec::is_empty)>
            <div class="section">
                <div class="line">
                    <button class="btn" type="button" on:click=copy>
                        <Draw icon=Icon::People/>
                        {move || words.get(Key::SameAsFocal)}
                    </button>
                    <span class="note">
                        {move || words.list(to_copy.get().into_iter().map(|field| forms.label(field)).collect::<Vec<_>>())}
                    </span>
                </div>
            </div>
        </Show>
    }
}
