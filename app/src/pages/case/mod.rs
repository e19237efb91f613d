//! The workspace: a group and its people on the left, the questions about one of them on the right. One page for new
//! families, for raising a registration to a fuller stage, and for corrections.

mod ask;
pub mod consent;
pub mod date;
mod findings;
mod finish;
mod needs;
mod newborn;
mod people;
mod rows;
mod section;
mod work;

pub use ask::Ask;
pub use work::Work;

use super::group::NotHere;
use super::keeper::{Draft, Keeper, Said};
use crate::components::{Back, Draw, Icon};
use crate::device::{Device, use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::applications::{Later, Opened, Source, say_registered};
use crate::pages::elsewhere::{OnlyLent, is_lent};
use crate::pages::left::{Left, LeftDraft};
use crate::pages::referrals::{Tells, with_referrals};
use crate::pages::trouble::{NotRead, explain};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::case::{CaseDraft, CaseIds, Typed};
use domain::catalogue::Stage;
use domain::finding::Spot;
use domain::reference::GroupRef;
use domain::{DraftId, EntryId, Field, Kind, Record, RecordId, Role, Subject, UserId};
use finish::Finish;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use people::{People, PersonCard};
use section::{Closed, Section};
use store::{DraftNote, Note};

/// The preference that remembers which stage this device works at.
const STAGE: &str = "stage";

/// Begins a registration and goes on to its own address, so that a reload comes back to it.
#[component]
pub fn Begin() -> impl IntoView {
    let navigate = use_navigate();
    let id = DraftId::fresh(when::now(), store::random());
    Effect::new(move |_| {
        navigate(&format!("/register/{id}"), NavigateOptions { replace: true, ..Default::default() });
    });
}

/// A new registration, or one that was begun.
#[component]
pub fn Register() -> impl IntoView {
    crate::desk::title(use_words(), Key::RegisterFamily);
    // The way back may lead from one draft to another, which changes the address alone.
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("draft").and_then(|id| DraftId::parse(&id))));
    move || view! { <Begun id=id.get()/> }
}

/// The draft of this id, which may lie nowhere yet.
#[component]
fn Begun(id: Option<DraftId>) -> impl IntoView {
    let vault = use_vault();
    let device = use_device();
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            let id = id.ok_or(Key::MissingTitle)?;
            // Only a draft that is not there may be begun anew: one that cannot be read now must not be written over.
            let kept = vault.draft(id).await.map_err(|error| explain(&error))?;
            let kept = kept.map(|(bytes, _)| CaseDraft::from_bytes(&bytes).map_err(|_| Key::DraftUnreadable));
            let stage = device.store().reference().preference(STAGE).await.ok().flatten();
            let stage = stage.and_then(|stage| Stage::from_key(&stage)).unwrap_or(Stage::E2);
            let kept = kept.transpose()?;
            let source = match &kept {
                Some(draft) => {
                    Source::of(&vault, draft.group.record).await.map_err(|error| explain(&error))?
                }
                None => None,
            };
            Ok::<_, Key>((kept, stage, source))
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok((Some(draft), _, source)) => {
                view! { <Workspace draft held=Vec::new() fresh=false source/> }.into_any()
            }
            Ok((None, stage, _)) => {
                view! { <Workspace draft=begin(device, id?, stage) held=Vec::new() fresh=true/> }.into_any()
            }
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// What lies here of the group that somebody wants to work on.
#[derive(Clone)]
enum Found {
    /// The group, and what was typed of it.
    Work(Vec<Record>, DraftId, Option<CaseDraft>),
    /// What was typed of it alone, as the list of drafts calls it; and whether the group is open for reading.
    Left(DraftId, String, CaseDraft, bool),
    /// The group, open for reading.
    Lent(RecordId),
    Nothing,
}

/// Work on a group that is recorded: raising it, completing it, correcting it. `?stage=` and `?person=` say where to
/// begin.
#[component]
pub fn Edit() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::Correct);
    let group =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let (stage, person) = use_query_map().with_untracked(|query| {
        let person = query.get("person").and_then(|id| RecordId::parse(&id));
        (query.get("stage").and_then(|stage| Stage::from_key(&stage)), person)
    });
    let reading = crate::reads::Reading::of_page(seal::Why::Workspace);
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            let Some(group) = group else { return Ok(Found::Nothing) };
            let held = vault.case(group).await.map_err(|error| explain(&error))?;
            let lent = is_lent(&vault, group);
            let id = CaseDraft::id_over(group, vault.identity().enrolment);
            let kept = vault.draft(id).await.map_err(|error| explain(&error))?;
            let title = kept.as_ref().map(|(_, note)| note.title.clone()).unwrap_or_default();
            let kept = kept.map(|(bytes, _)| CaseDraft::from_bytes(&bytes).map_err(|_| Key::DraftUnreadable));
            Ok(match (held, kept.transpose()?) {
                (Some(held), kept) if !lent => {
                    reading.opened(&vault, group);
                    Found::Work(held, id, kept)
                }
                (held, Some(draft)) => Found::Left(id, title, draft, held.is_some()),
                (Some(_), None) => Found::Lent(group),
                (None, None) => Found::Nothing,
            })
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Found::Work(held, id, kept)) => {
                let reached = held
                    .first()
                    .map(Subject::of)
                    .and_then(|group| Stage::of_level(group.text(Field::DATA_LEVEL)));
                // Saved before it was finished, it reached no stage of this form: all of its people are shown.
                let reached = reached.filter(|reached| *reached > Stage::SelfFilled);
                let asked = stage;
                let stage = stage.or(reached).unwrap_or(Stage::E2).max(Stage::E1);
                let fresh = kept.is_none();
                let begun = |stage: Stage| {
                    let entry = EntryId::fresh(when::now(), store::random());
                    held.first().map(|group| CaseDraft::over(id, entry, group, stage, when::now()))
                };
                // What was typed stays; the stage is the one that was asked for. One person is not asked in an emergency.
                let kept = kept.map(|mut draft| {
                    let asked = asked.unwrap_or(draft.stage());
                    draft.aim_at(if person.is_some() { asked.max(Stage::E2) } else { asked });
                    draft
                });
                let stage = if person.is_some() { stage.max(Stage::E2) } else { stage };
                let begun = || begun(stage);
                match kept.or_else(begun) {
                    Some(draft) => view! { <Workspace draft held person=person fresh/> }.into_any(),
                    None => view! { <NotHere/> }.into_any(),
                }
            }
            Ok(Found::Left(id, name, draft, lent)) => {
                view! { <Left id name draft=LeftDraft::Case(draft) lent/> }.into_any()
            }
            Ok(Found::Lent(group)) => view! { <OnlyLent group/> }.into_any(),
            Ok(Found::Nothing) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// A family of which nothing is typed yet, but for the name carried over from the search.
fn begin(device: Device, draft: DraftId, stage: Stage) -> CaseDraft {
    let now = when::now();
    let ids = CaseIds {
        draft,
        entry: EntryId::fresh(now, store::random()),
        group: RecordId::fresh(now, store::random()),
        person: RecordId::fresh(now, store::random()),
    };
    let site = device.vault().map(|vault| vault.identity().site.clone()).unwrap_or_default();
    let mut family = CaseDraft::begin(ids, GroupRef::fresh(store::random()), &site, stage, now);
    let carried = device.carried_name.try_update(std::mem::take).unwrap_or_default();
    // A name goes over to the form; a number or a reference does not.
    if !carried.chars().any(char::is_numeric) {
        // A guess, for the caseworker to put right.
        let guess = domain::name::guess_parts(&carried);
        for (field, part) in [
            (Field::GIVEN_NAMES, guess.given_names),
            (Field::SURNAME1, guess.surname1),
            (Field::SURNAME2, guess.surname2),
            (Field::COMMON_NAME, guess.common_name),
        ] {
            if !part.is_empty() {
                family.put(Spot::new(ids.person, field), Typed::Text(part), None);
            }
        }
    }
    family
}

/// Whether somebody of this role may see a row's content: by the class of its code; its author always.
#[must_use]
pub fn may_see_row(forms: Forms, role: Role, me: UserId, record: &Record) -> bool {
    forms.sight(role, me, |sight| sight.record(record))
}

#[component]
fn Workspace(
    /// What is typed.
    draft: CaseDraft,
    /// What is recorded.
    held: Vec<Record>,
    /// Nothing of it lies on the device as a draft yet.
    fresh: bool,
    /// Whom to show first.
    #[prop(optional_no_strip)]
    person: Option<RecordId>,
    /// What the family said before, where it pre-registered.
    #[prop(optional_no_strip)]
    source: Option<Source>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    // Read by every input.
    if let Some(source) = source.clone() {
        provide_context(source);
    }
    // A group of a programme has that programme's questions.
    let recorded = held.first().map(Subject::of);
    let programme = recorded.map(|group| group.text(Field::PROGRAMME).to_owned()).unwrap_or_default();
    let forms = match programme.as_str() {
        "" => use_forms(),
        programme => Forms::of(use_tables().for_programme(programme)),
    };
    let is_new = draft.group.is_new;
    // What is carried over from the search was typed too, and lies nowhere yet; what is recorded does.
    let on_device = (!fresh || !is_new).then(|| draft.clone());
    let work = Work::new(draft, held, vault.clone(), device, forms);
    if let Some(person) = person {
        work.shown.set(person);
    }
    let keeper = Keeper::new(work.draft, on_device, vault.clone(), device);
    let saved_at = keeper.said;
    let later_said = source.as_ref().map(|source| Later::of(source, work, &vault, device));
    let finishing = RwSignal::new(false);
    let saving = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    let navigate = use_navigate();
    // States what is typed: finished for its stage, or as far as it has come.
    let save = {
        let (keeper, vault) = (keeper.clone(), vault.clone());
        move |as_is: bool| {
            if saving.get_untracked() {
                return;
            }
            work.tried.set(true);
            let draft = work.draft.get_untracked();
            let held = work.held();
            let checked = work.judged(&draft, |draft, look| {
                if as_is { draft.save_as_is(&held, look) } else { draft.finish(&held, look) }
            });
            let details = match checked {
                Ok(details) => details,
                Err(_) => {
                    work.look();
                    finishing.set(true);
                    return;
                }
            };
            let group = details.group;
            let open = details.findings.questions().next().is_some() && !as_is;
            let lacks = later_said.is_some_and(Later::lacks);
            if (open || lacks) && !finishing.get_untracked() {
                // What is only asked is shown once; then it no longer stands in the way.
                work.look();
                finishing.set(true);
                return;
            }
            saving.set(true);
            trouble.set(None);
            let me = vault.identity();
            let title = details.file.focal_person().map(Subject::display_name).unwrap_or_default();
            let act = if is_new {
                format!("registered/{}", details.people())
            } else {
                "group_corrected".to_owned()
            };
            let entry = details.into_entry(me.user, me.enrolment, when::now());
            let (vault, keeper, navigate) = (vault.clone(), keeper.clone(), navigate.clone());
            leptos::task::spawn_local(async move {
                keeper.stop().await;
                let saved = match entry {
                    Some(entry) => {
                        let note = Note { person: title, act, record: group };
                        // Receivers of what rests on a consent that is taken back are told in the same entry.
                        match with_referrals(&vault, entry).await {
                            Ok(entry) => vault.save(&entry, note, Some(draft.draft)).await.map(|_| ()),
                            Err(error) => Err(error),
                        }
                    }
                    None => vault.discard_draft(draft.draft).await,
                };
                match saved {
                    Ok(()) => {
                        keeper.finished();
                        if is_new {
                            // The family is saved whatever becomes of this; it is said again on the page of the
                            // pre-registration.
                            let _: Result<(), _> = say_registered(&vault, group).await;
                        }
                        device.searched.set(String::new());
                        device.courier().saved(device);
                        let replace = NavigateOptions { replace: true, ..Default::default() };
                        let page =
                            if is_new { format!("/saved/{group}") } else { format!("/groups/{group}") };
                        navigate(&page, replace);
                    }
                    Err(error) => {
                        trouble.set(Some(explain(&error)));
                        saving.set(false);
                        keeper.go_on().await;
                    }
                }
            });
        }
    };
    let save = StoredValue::new_local(save);
    let submit = move |as_is: bool| save.with_value(|save| save(as_is));
    let later = use_navigate();
    let pause = {
        let keeper = keeper.clone();
        move |_| {
            let (keeper, later) = (keeper.clone(), later.clone());
            leptos::task::spawn_local(async move {
                if keeper.keep().await {
                    later("/", Default::default());
                }
            });
        }
    };
    let home = use_navigate();
    let discarded = StoredValue::new_local((keeper, vault));
    let leave_for = StoredValue::new_local(home);
    let discard = move |_| {
        let (keeper, vault) = discarded.get_value();
        let navigate = leave_for.get_value();
        let (id, group) = work.draft.with_untracked(|draft| (draft.draft, draft.group.record));
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            match vault.discard_draft(id).await {
                Ok(()) => {
                    keeper.finished();
                    device.refresh();
                    let page = if is_new { "/".to_owned() } else { format!("/groups/{group}") };
                    navigate(&page, Default::default());
                }
                Err(error) => {
                    trouble.set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
        });
    };
    let taken_back = Memo::new(move |_| work.draft.with(taken_back));
    let asked = RwSignal::new(false);
    let back = if is_new { "/search".to_owned() } else { format!("/groups/{}", work.group()) };
    let back_label = Signal::derive(move || words.get(if is_new { Key::NavSearch } else { Key::Family }));
    let emergency = Memo::new(move |_| work.stage() == Stage::E1);
    let heading = move || words.get(if is_new { Key::RegisterFamily } else { Key::CompleteFamily });
    let shown = Memo::new(move |_| work.shown.get());
    let at_first = if fresh || is_new { Key::SavesItself } else { Key::CorrectionWaiting };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=back_label/>
                    <h1 tabindex="-1">{heading}</h1>
                </div>
                <Stages work/>
            </div>
            {source.zip(later_said).map(|(source, later)| view! { <Opened source later work finishing/> })}
            <Show when=move || finishing.get()>
                <Finish work on_close=Callback::new(move |()| finishing.set(false))
                    on_save=Callback::new(submit)/>
            </Show>
            <div class="columns columns--list" class:columns--one=move || emergency.get()>
                <Show when=move || !emergency.get()>
                    <People work/>
                </Show>
                <form class="column" id="family" novalidate on:keydown=enter_goes_on
                    on:submit=move |event: leptos::ev::SubmitEvent| {
                        event.prevent_default();
                        submit(false);
                    }>
                    {move || if emergency.get() {
                        view! { <Emergency work/> }.into_any()
                    } else if shown.get() == work.group() {
                        view! { <GroupCard work/> }.into_any()
                    } else {
                        view! { <PersonCard work person=shown.get()/> }.into_any()
                    }}
                    <div class="line">
                        <button class="btn btn--quiet" type="button" hidden=move || asked.get()
                            on:click=move |_| asked.set(true)>
                            <Draw icon=Icon::Trash/>
                            {move || words.get(if is_new { Key::DraftDiscard } else { Key::ChangesDiscard })}
                        </button>
                        <Show when=move || asked.get()>
                            <p class="note" role="status">{move || words.get(Key::DraftDiscardAsk)}</p>
                            <button class="btn btn--danger" type="button" on:click=discard>
                                {move || words.get(Key::DraftDiscardYes)}
                            </button>
                            <button class="btn" type="button" on:click=move |_| asked.set(false)>
                                {move || words.get(Key::DraftKeep)}
                            </button>
                        </Show>
                    </div>
                </form>
            </div>
            <Tells consents=taken_back/>
            <div class="actions">
                <p class="actions__said" role="status"><Said trouble kept=saved_at at_first/></p>
                <button class="btn btn--quiet" type="button" on:click=pause>{move || words.get(Key::GoOnLater)}</button>
                <button class="btn btn--primary" id="finish" type="submit" form="family"
                    aria-busy=move || saving.get().to_string()>
                    <Draw icon=Icon::Check/>
                    {move || words.get(Key::FamilySave)}
                </button>
            </div>
        </main>
    }
}

/// The stage aimed at. Changing it loses nothing: more or fewer questions are asked.
#[component]
fn Stages(work: Work) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let choose = move |stage: Stage| {
        work.change(|draft, _| draft.aim_at(stage));
        // The group has no page of its own in an emergency, and an emergency no page of one person.
        leptos::task::spawn_local(async move {
            // A preference that is not kept costs a tap.
            let _ = device.store().reference().set_preference(STAGE, stage.key()).await;
        });
    };
    let one = move |stage: Stage, key: Key| {
        view! {
            <label class="choice">
                <input type="radio" name="stage" id=format!("stage-{}", stage.key())
                    prop:checked=move || work.stage() == stage on:change=move |_| choose(stage)/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="stages">
            <legend class="unseen">{move || words.get(Key::Stage)}</legend>
            <div class="choices">
                {one(Stage::E1, Key::StageE1)}
                {one(Stage::E2, Key::StageE2)}
                {one(Stage::Full, Key::StageFull)}
            </div>
        </fieldset>
    }
}

/// Everything that is asked in an emergency, on one page: counts first, then who speaks for the group.
#[component]
fn Emergency(work: Work) -> impl IntoView {
    let words = use_words();
    let group = work.group();
    let focal =
        Memo::new(move |_| work.file.with(|file| file.focal().or(file.people.first().map(|it| it.record))));
    let sections = work.forms.with(|catalogue| {
        catalogue.sections(Kind::INDIVIDUAL).into_iter().map(str::to_owned).collect::<Vec<_>>()
    });
    view! {
        <section class="card card--flush" aria-labelledby="group-title">
            <div class="card__head"><h2 class="card__title" id="group-title">{move || words.get(Key::EmergencyTitle)}</h2></div>
            <Section work record=group kind=Kind::GROUP section="count".to_owned()/>
        </section>
        {move || focal.get().map(|focal| {
            let (sections, closed) = (sections.clone(), sections.clone());
            view! {
                <section class="card card--flush" aria-labelledby="focal-title">
                    <div class="card__head"><h2 class="card__title" id="focal-title">{move || words.get(Key::FocalPoint)}</h2></div>
                    {sections.into_iter().map(|section| view! {
                        <Section work record=focal kind=Kind::INDIVIDUAL section/>
                    }).collect_view()}
                    <Section work record=focal kind=Kind::INDIVIDUAL section="consent".to_owned()/>
                    <Closed work record=focal kind=Kind::INDIVIDUAL sections=closed/>
                </section>
            }
        })}
        <section class="card card--flush" aria-labelledby="place-title">
            <div class="card__head"><h2 class="card__title" id="place-title">{move || words.get(Key::PlaceTitle)}</h2></div>
            <Section work record=group kind=Kind::GROUP section="place".to_owned()/>
            <Closed work record=group kind=Kind::GROUP sections=vec!["office".to_owned()]/>
            <Section work record=group kind=Kind::GROUP section="office".to_owned()/>
        </section>
    }
}

/// The questions about the group.
#[component]
fn GroupCard(work: Work) -> impl IntoView {
    let words = use_words();
    let group = work.group();
    let sections = work
        .forms
        .with(|catalogue| catalogue.sections(Kind::GROUP).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let closed = sections.clone();
    view! {
        <section class="card card--flush" aria-labelledby="group-title">
            <div class="card__head">
                <h2 class="card__title" id="group-title" tabindex="-1">{move || words.get(Key::PlaceTitle)}</h2>
                <span class="note">{move || words.get(Key::PlaceNote)}</span>
            </div>
            {sections.into_iter().map(|section| view! {
                <Section work record=group kind=Kind::GROUP section/>
            }).collect_view()}
            <Closed work record=group kind=Kind::GROUP sections=closed/>
        </section>
    }
}

/// Goes to a section that is about to be shown, and to its first input.
pub(super) fn focus_section(section: &str) {
    use wasm_bindgen::JsCast;
    let id = format!("section-{section}");
    leptos::task::spawn_local(async move {
        gloo_timers::future::TimeoutFuture::new(30).await;
        let Some(section) = document().get_element_by_id(&id) else { return };
        // Somebody went to a closer place meanwhile.
        if document().active_element().is_some_and(|active| section.contains(Some(&active))) {
            return;
        }
        section.scroll_into_view();
        if let Ok(Some(first)) = section.query_selector("input, select, textarea, button")
            && let Ok(first) = first.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = first.focus();
        }
    });
}

/// Enter goes on to the next question instead of sending the form. At the last one it goes to the button behind it.
fn enter_goes_on(event: leptos::ev::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    if event.key() != "Enter" || event.is_composing() {
        return;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok())
    else {
        return;
    };
    if !matches!(target.tag_name().as_str(), "INPUT" | "SELECT") {
        return;
    }
    event.prevent_default();
    let Ok(Some(form)) = target.closest("form") else { return };
    let Ok(all) = form.query_selector_all("input, select, textarea, button[data-next]") else { return };
    let mut met = false;
    let name = target.get_attribute("name").unwrap_or_default();
    for at in 0..all.length() {
        let Some(other) = all.item(at).and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) else {
            continue;
        };
        if met {
            // The buttons of one question are one stop.
            let same = !name.is_empty() && other.get_attribute("name").as_deref() == Some(&name);
            if !same && other.offset_parent().is_some() {
                let _ = other.focus();
                return;
            }
        }
        met |= other.is_same_node(Some(&target));
    }
    if let Some(button) =
        document().get_element_by_id("finish").and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = button.focus();
    }
}

/// The consents that a draft takes back.
fn taken_back(draft: &CaseDraft) -> Vec<RecordId> {
    let withdrawn = |sheet: &&domain::Sheet| {
        let decision = sheet.typed(Field::CONSENT_DECISION).map(Typed::as_text);
        sheet.kind == Kind::CONSENT && decision == Some("withdrawn")
    };
    draft.sheets().filter(withdrawn).map(|sheet| sheet.record).collect()
}

impl Draft for CaseDraft {
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
        let form =
            if self.group.is_new { "family".to_owned() } else { format!("case/{}", self.group.record) };
        DraftNote { title: self.title(), form, step: u32::try_from(self.people.len()).unwrap_or_default() }
    }

    fn is_empty(&self) -> bool {
        self.is_blank()
    }
}
