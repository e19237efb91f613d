//! Registering a family: the focal point first, then the others. Saved at each pause, and said so.

use super::keeper::{Draft, Keeper, Kept, Said};
use super::member_form::{Edit, Member, MemberForm, fault_words};
use super::place_form::PlaceForm;
use crate::components::{Back, Draw, ErrorSummary, Face, Icon};
use crate::device::{Device, use_device, use_vault};
use crate::pages::trouble::{NotRead, explain};
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::problem::Problems;
use domain::reference::GroupRef;
use domain::registration_group::{FamilyDraft, FamilyIds};
use domain::{DraftId, EntryId, RecordId};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use store::{DraftNote, Note};

/// What of the family is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Place,
    Member(usize),
}

/// Begins a family and goes on to its own address, so that a reload comes back to it.
#[component]
pub fn Begin() -> impl IntoView {
    let navigate = use_navigate();
    let id = DraftId::fresh(when::now(), store::random());
    Effect::new(move |_| {
        navigate(&format!("/register/{id}"), NavigateOptions { replace: true, ..Default::default() });
    });
}

/// The form, once its draft is read.
#[component]
pub fn RegisterFamily() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let device = use_device();
    crate::desk::title(words, Key::RegisterFamily);
    let id = use_params_map().with_untracked(|params| params.get("draft").and_then(|id| DraftId::parse(&id)));
    let draft = LocalResource::new(move || {
        let vault = vault.clone();
        // Only a draft that is not there may be begun anew: one that cannot be read now must not be written over.
        async move {
            let id = id.ok_or(Key::MissingTitle)?;
            let kept = vault.draft(id).await.map_err(|error| explain(&error))?;
            kept.map(|(bytes, _)| FamilyDraft::from_bytes(&bytes).map_err(|_| Key::DraftUnreadable))
                .transpose()
        }
    });
    move || {
        Some(match draft.get()? {
            Ok(Some(family)) => view! { <Form family fresh=false/> }.into_any(),
            Ok(None) => view! { <Form family=begin(device, id?) fresh=true/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// A family of which nothing is typed yet, but for the name carried over from the search.
fn begin(device: Device, draft: DraftId) -> FamilyDraft {
    let now = when::now();
    let ids = FamilyIds {
        draft,
        entry: EntryId::fresh(now, store::random()),
        group: RecordId::fresh(now, store::random()),
        first_member: RecordId::fresh(now, store::random()),
    };
    let site = device.vault().map(|vault| vault.identity().site.clone()).unwrap_or_default();
    let mut family = FamilyDraft::begin(ids, GroupRef::fresh(store::random()), site, now);
    let carried = device.carried_name.try_update(std::mem::take).unwrap_or_default();
    // A name goes over to the form; a number or a reference does not.
    if !carried.chars().any(char::is_numeric)
        && let Some(first) = family.members.first_mut()
    {
        [first.given_names, first.surname1, first.surname2] = split_name(&carried);
    }
    family
}

/// A guess at which words are given names and which surnames, for the caseworker to put right: of three words
/// and more the last two are surnames, as Spanish speakers say them.
fn split_name(text: &str) -> [String; 3] {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (given, surnames) = words.split_at(match words.len() {
        0 | 1 => words.len(),
        2 => 1,
        many => many - 2,
    });
    let surname = |at: usize| surnames.get(at).copied().unwrap_or_default().to_owned();
    [given.join(" "), surname(0), surname(1)]
}

#[component]
fn Form(family: FamilyDraft, fresh: bool) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let draft = RwSignal::new(family);
    let part = RwSignal::new(Part::Member(draft.with_untracked(|it| it.focal)));
    let problems = RwSignal::new(Problems::default());
    let checks = RwSignal::new(0_usize);
    // What is carried over from the search was typed too, and lies nowhere yet.
    let on_device = (!fresh).then(|| draft.get_untracked());
    let kept = Keeper::new(draft, on_device, vault.clone(), device);
    let saved_at = kept.said;
    let finishing = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    let navigate = use_navigate();

    let finish = {
        let kept = kept.clone();
        let vault = vault.clone();
        move || {
            if finishing.get_untracked() {
                return;
            }
            let checked = draft.with_untracked(|it| it.check(device.today()));
            checks.update(|checks| *checks += 1);
            let details = match checked {
                Ok(details) => details,
                Err(found) => {
                    problems.set(found);
                    return;
                }
            };
            problems.set(details.warnings.clone());
            finishing.set(true);
            trouble.set(None);
            let (vault, kept, navigate) = (vault.clone(), kept.clone(), navigate.clone());
            let (title, id) = draft.with_untracked(|it| (it.title(), it.draft));
            leptos::task::spawn_local(async move {
                kept.stop().await;
                let group = details.group;
                let me = vault.identity();
                let people = details.members.len();
                let entry = details.into_entry(me.user, me.enrolment, when::now());
                let note = Note { person: title, act: format!("registered/{people}"), record: group };
                match vault.save(&entry, note, Some(id)).await {
                    Ok(_) => {
                        kept.finished();
                        device.searched.set(String::new());
                        device.courier().saved(device);
                        let replace = NavigateOptions { replace: true, ..Default::default() };
                        navigate(&format!("/saved/{group}"), replace);
                    }
                    Err(error) => {
                        trouble.set(Some(explain(&error)));
                        finishing.set(false);
                        kept.go_on().await;
                    }
                }
            });
        }
    };
    let on_submit = {
        let finish = finish.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            finish();
        }
    };
    let faults = Signal::derive(move || {
        draft.with(|draft| {
            problems.with(|problems| {
                let errors = problems.errors().map(|problem| {
                    let sentence = fault_words(words, problem.fault);
                    let who = problem.at.member.map(|place| name_of(words, draft, place));
                    let sentence = who.map_or(sentence.clone(), |who| format!("{who}: {sentence}"));
                    (problem.at.id(), sentence)
                });
                errors.collect::<Vec<_>>()
            })
        })
    });
    let follow = move |id: &str| {
        let place = id.split('-').find_map(|part| part.strip_prefix('m')?.parse().ok());
        part.set(place.map_or(Part::Place, Part::Member));
    };
    let add = move |_| {
        let record = RecordId::fresh(when::now(), store::random());
        let Some(place) = draft.try_update(|draft| draft.add_member(record)) else { return };
        part.set(Part::Member(place));
        crate::components::parts::focus_later(format!("given_names-m{place}"));
    };
    let size = move || draft.with(|it| it.members.len());
    let members = move || (0..size()).collect::<Vec<_>>();
    // Remembered, so that typing changes nothing here: a form that is drawn anew loses the focus.
    let shown_member = Memo::new(move |_| match part.get() {
        Part::Member(place) if place < size() => Some(place),
        _ => None,
    });
    let shows_place = move || match part.get() {
        Part::Place => true,
        // A group of one takes no further taps: what belongs to the group stands below.
        Part::Member(_) => size() == 1,
    };
    let later = use_navigate();
    let pause = {
        let kept = kept.clone();
        move |_| {
            let (kept, later) = (kept.clone(), later.clone());
            leptos::task::spawn_local(async move {
                if kept.keep().await {
                    later("/", Default::default());
                }
            });
        }
    };
    let (discarded, from) = (StoredValue::new_local(kept), StoredValue::new_local(vault));
    let home = StoredValue::new_local(use_navigate());
    let discard = move |_| {
        let (kept, vault, navigate) = (discarded.get_value(), from.get_value(), home.get_value());
        let id = draft.with_untracked(|it| it.draft);
        leptos::task::spawn_local(async move {
            kept.stop().await;
            match vault.discard_draft(id).await {
                Ok(()) => {
                    kept.finished();
                    device.refresh();
                    navigate("/", Default::default());
                }
                Err(error) => {
                    trouble.set(Some(explain(&error)));
                    kept.go_on().await;
                }
            }
        });
    };
    let discard_asked = RwSignal::new(false);
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/search" label=Signal::derive(move || words.get(Key::NavSearch))/>
                    <h1 tabindex="-1">{move || words.get(Key::RegisterFamily)}</h1>
                </div>
            </div>
            <ErrorSummary faults on_follow=follow checks
                kept=Signal::derive(move || matches!(saved_at.get(), Kept::At(_)))/>
            <div class="columns columns--list">
                <div class="column members">
                    <nav class="card card--flush" aria-label=move || words.get(Key::FamilyPeople)>
                        <div class="card__head">
                            <h2 class="card__title">{move || words.get(Key::Family)}</h2>
                            <span class="note push">{move || words.count(Key::People, size() as u64)}</span>
                        </div>
                        <ul class="rows">
                            <PlaceRow draft part/>
                            <For each=members key=|place| *place let:place>
                                <MemberRow place draft part problems/>
                            </For>
                        </ul>
                        <div class="card__foot">
                            <button class="btn btn--quiet btn--wide" type="button" on:click=add>
                                <Draw icon=Icon::Plus/>
                                {move || words.get(Key::MemberAdd)}
                            </button>
                        </div>
                    </nav>
                </div>
                <form class="column" id="family" novalidate on:submit=on_submit>
                    {move || shown_member.get().map(|place| view! { <MemberCard place draft part problems/> })}
                    <Show when=shows_place>
                        <section class="card card--flush" aria-labelledby="place">
                            <div class="card__head">
                                <h2 class="card__title" id="place">{move || words.get(Key::PlaceTitle)}</h2>
                                <span class="note">{move || words.get(Key::PlaceNote)}</span>
                            </div>
                            <PlaceForm draft problems/>
                        </section>
                    </Show>
                    <div class="line">
                        <button class="btn btn--quiet" type="button" hidden=move || discard_asked.get()
                            on:click=move |_| discard_asked.set(true)>
                            <Draw icon=Icon::Trash/>
                            {move || words.get(Key::DraftDiscard)}
                        </button>
                        <Show when=move || discard_asked.get()>
                            <p class="note" role="status">{move || words.get(Key::DraftDiscardAsk)}</p>
                            <button class="btn btn--danger" type="button" on:click=discard>
                                {move || words.get(Key::DraftDiscardYes)}
                            </button>
                            <button class="btn" type="button" on:click=move |_| discard_asked.set(false)>
                                {move || words.get(Key::DraftKeep)}
                            </button>
                        </Show>
                    </div>
                </form>
            </div>
            <div class="actions">
                <p class="actions__said" role="status"><Said trouble kept=saved_at at_first=Key::SavesItself/></p>
                <button class="btn btn--quiet" type="button" on:click=pause>{move || words.get(Key::GoOnLater)}</button>
                <button class="btn btn--primary" type="submit" form="family" aria-busy=move || finishing.get().to_string()>
                    <Draw icon=Icon::Check/>
                    {move || words.get(Key::FamilySave)}
                </button>
            </div>
        </main>
    }
}

/// A member's name as typed, or which person of the family it is.
fn name_of(words: crate::words::Words, draft: &FamilyDraft, place: usize) -> String {
    let name = draft.members.get(place).map(|member| member.display_name()).unwrap_or_default();
    if name.is_empty() { words.count(Key::PersonNumber, place as u64 + 1) } else { name }
}

#[component]
fn PlaceRow(draft: RwSignal<FamilyDraft>, part: RwSignal<Part>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let current = move || (part.get() == Part::Place).then_some("true");
    let site = move || tables.label(Table::Sites, &draft.with(|it| it.site.clone()));
    view! {
        <li>
            <a class="row" href="#place" aria-current=current on:click=move |event| {
                event.prevent_default();
                part.set(Part::Place);
            }>
                <span class="face face--new" aria-hidden="true"><Draw icon=Icon::MapPin/></span>
                <span class="row__main">
                    <span class="row__title">{move || words.get(Key::PlaceTitle)}</span>
                    <span class="row__meta"><span>{site}</span></span>
                </span>
            </a>
        </li>
    }
}

#[component]
fn MemberRow(
    place: usize,
    draft: RwSignal<FamilyDraft>,
    part: RwSignal<Part>,
    problems: RwSignal<Problems>,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let current = move || (part.get() == Part::Member(place)).then_some("true");
    let focal = move || draft.with(|it| it.focal == place);
    let raw = move || draft.with(|it| it.members.get(place).map(|it| it.display_name()).unwrap_or_default());
    let name = move || draft.with(|it| name_of(words, it, place));
    let relation = move || {
        let code =
            draft.with(|it| it.members.get(place).map(|it| it.relationship.clone()).unwrap_or_default());
        (!code.is_empty() && !focal()).then(|| tables.list_label("relationship", &code))
    };
    let missing = move || {
        problems.with(|problems| {
            problems.errors().filter(|problem| problem.at.member == Some(place)).count() as u64
        })
    };
    view! {
        <li>
            <a class="row" href=format!("#member-{place}") aria-current=current on:click=move |event| {
                event.prevent_default();
                part.set(Part::Member(place));
            }>
                {move || view! { <Face name=raw() lead=focal()/> }}
                <span class="row__main">
                    <span class="row__title">{name}</span>
                    " "
                    <span class="row__meta">
                        <Show when=focal>
                            <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span>
                        </Show>
                        <span>{relation}</span>
                        <Show when=move || missing() != 0>
                            <span class="chip chip--attention">{move || words.count(Key::Missing, missing())}</span>
                        </Show>
                    </span>
                </span>
            </a>
        </li>
    }
}

#[component]
fn MemberCard(
    place: usize,
    draft: RwSignal<FamilyDraft>,
    part: RwSignal<Part>,
    problems: RwSignal<Problems>,
) -> impl IntoView {
    let words = use_words();
    let read = Signal::derive(move || {
        draft
            .with(|it| it.members.get(place).cloned())
            .unwrap_or_else(|| domain::individual::IndividualDraft::new(RecordId([0; 16])))
    });
    let write = Callback::new(move |change: Edit| {
        draft.update(|it| {
            if let Some(member) = it.members.get_mut(place) {
                change(member);
            }
        });
    });
    let focal = Signal::derive(move || draft.with(|it| it.focal == place));
    let member = Member { place, read, write, problems: problems.into(), focal };
    let remove = move |_| {
        draft.update(|it| it.remove_member(place));
        problems.set(Problems::default());
        part.set(Part::Member(draft.with_untracked(|it| it.focal)));
    };
    let many = move || draft.with(|it| it.members.len() > 1);
    view! {
        <section class="card card--flush" aria-labelledby="who" id=format!("member-{place}")>
            <div class="card__head">
                <h2 class="card__title" id="who">{move || draft.with(|it| name_of(words, it, place))}</h2>
                <Show when=move || focal.get()>
                    <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span>
                </Show>
                <span class="push line">
                    <Show when=move || !focal.get()>
                        <button class="btn btn--quiet" type="button" on:click=move |_| draft.update(|it| it.make_focal(place))>
                            <Draw icon=Icon::Star/>
                            {move || words.get(Key::FocalPointMake)}
                        </button>
                    </Show>
                    <Show when=many>
                        <button class="btn btn--quiet" type="button" on:click=remove>
                            <Draw icon=Icon::Trash/>
                            {move || words.get(Key::Remove)}
                        </button>
                    </Show>
                </span>
            </div>
            <MemberForm member/>
        </section>
    }
}

impl Draft for FamilyDraft {
    fn id(&self) -> DraftId {
        self.draft
    }

    fn entry(&self) -> EntryId {
        self.entry
    }

    fn bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn note(&self) -> DraftNote {
        DraftNote {
            title: self.title(),
            form: "family".into(),
            step: u32::try_from(self.members.len()).unwrap_or_default(),
        }
    }

    fn is_empty(&self) -> bool {
        FamilyDraft::is_empty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::split_name;

    #[test]
    fn a_name_from_the_search_is_split_as_it_is_mostly_said() {
        for (text, parts) in [
            ("", ["", "", ""]),
            (" Rahmatullah ", ["Rahmatullah", "", ""]),
            ("Jean Baptiste", ["Jean", "Baptiste", ""]),
            ("Yesenia del Carmen Márquez Rondón", ["Yesenia del Carmen", "Márquez", "Rondón"]),
        ] {
            assert_eq!(split_name(text), parts);
        }
    }
}
