//! One pre-registration: what the family said, who works on it, whom it may double, and what can be done next.

use super::doubles::Doubles;
use super::draft::{is_readable, say_registered};
use super::history::Course;
use super::marks::Marks;
use super::said::Said;
use super::steps::Steps;
use super::{called, label, takes_in};
use crate::components::{Back, Draw, Icon, Notice, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::group::NotHere;
use crate::pages::search::grouped;
use crate::pages::trouble::{NotRead, explain};
use crate::pages::work::moment_words;
use crate::reads::Reading;
use crate::words::{Key, Words, use_words};
use domain::application::{Application, State, Summary, part_id};
use domain::{Field, Record, RecordId, Role, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use store::{StoreError, Vault};

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
struct One {
    record: Record,
    line: Summary,
    /// The group that it became, where that lies on this device.
    family: Option<RecordId>,
    unsent: bool,
}

async fn read(vault: &Vault, id: RecordId) -> Result<Option<One>, StoreError> {
    let Some(record) = vault.application(id).await? else { return Ok(None) };
    let Some(line) = Summary::of(&record) else { return Ok(None) };
    let group = line.group.unwrap_or_else(|| part_id(id, 0));
    let family = Some(group).filter(|group| vault.holds(*group));
    let unsent = vault.unsent_records().await?.contains(&id);
    Ok(Some(One { record, line, family, unsent }))
}

/// The group that began with it, where it lies here and the pre-registration does not say so. For whoever may say it.
fn registered_unsaid(line: &Summary, family: Option<RecordId>, role: Option<Role>) -> Option<RecordId> {
    let group = part_id(line.record, 0);
    (line.state.is_open() && family == Some(group) && takes_in(role)).then_some(group)
}

/// The page.
#[component]
pub fn ApplicationPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::ApplicationsOneTitle);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Application);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id else { return Ok(None) };
            let mut one = read(&vault, id).await.map_err(|error| explain(&error))?;
            let role = Role::from_code(vault.identity().role);
            let unsaid = |one: &One| registered_unsaid(&one.line, one.family, role);
            if let Some(group) = one.as_ref().and_then(unsaid) {
                // The family was saved here and this was not: the tablet was closed in between.
                say_registered(&vault, group).await.map_err(|error| explain(&error))?;
                device.courier().saved(device);
                one = read(&vault, id).await.map_err(|error| explain(&error))?;
            }
            if one.is_some() {
                reading.opened(&vault, id);
            }
            Ok(one)
        }
    });
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some(one)) => view! { <Shown one/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

#[component]
fn Shown(one: One) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let One { record, line, family, unsent } = one;
    let title = called(words, &line);
    let said = Application::of(&record);
    // Stated, and not readable: a later version of the app made it.
    let newer = !is_readable(&record);
    let private = line.marks().any(|mark| mark == "private_talk");
    let (state, people) = (line.state, u64::from(line.people));
    let closed =
        record.shown(Field::APPLICATION_CLOSED).and_then(Value::as_text).unwrap_or_default().to_owned();
    let tone = match state {
        State::Registered => Tone::Sent,
        State::Closed => Tone::Offline,
        _ => Tone::Here,
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/applications" label=Signal::derive(move || words.get(Key::ApplicationsTitle))/>
                    <h1 tabindex="-1"><bdi>{title}</bdi></h1>
                    <p class="line">
                        <span class="code ltr">{grouped(&line.reference)}</span>
                        <span class="soft">{move || words.count(Key::People, people)}</span>
                        <Status tone>{move || label(forms, "application_state", state.code())}</Status>
                        {unsent.then(|| view! { <Status tone=Tone::Unsent>{move || words.get(Key::Unsent)}</Status> })}
                    </p>
                    <p class="line"><Marks marks=line.marks().collect()/></p>
                </div>
            </div>
            {(!closed.is_empty() && state == State::Closed).then(|| view! {
                <Notice icon=Icon::Info>
                    {move || words.with(Key::ApplicationsClosedWhy, &[("why", &label(forms, "application_close", &closed))])}
                </Notice>
            })}
            {private.then(|| view! {
                <Notice class="notice--attention" icon=Icon::Lock>{move || words.get(Key::ApplicationsPrivateTalk)}</Notice>
            })}
            <Steps one=line.clone() record=record.clone() family readable=!newer/>
            <div class="columns columns--side">
                <div class="column">
                    {newer.then(|| view! {
                        <Notice class="notice--attention" icon=Icon::Refresh>{move || words.get(Key::ApplicationsNewer)}</Notice>
                    })}
                    {match said.clone() {
                        Some(said) => view! { <Said said/> }.into_any(),
                        None if newer => ().into_any(),
                        None => view! { <p class="card soft">{move || words.get(Key::ApplicationsSaidNone)}</p> }.into_any(),
                    }}
                </div>
                <div class="column">
                    <Facts line=line.clone() record=record.clone()/>
                    {said.filter(|_| state.is_open()).map(|said| view! { <Doubles one=line said/> })}
                    <Course record/>
                </div>
            </div>
        </main>
    }
}

/// What is known of it beside what was said.
fn facts(words: Words, forms: Forms, line: &Summary, record: &Record) -> Vec<(Field, String)> {
    let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let at = |minutes: i64| if minutes > 0 { moment_words(words, minutes) } else { String::new() };
    let coded = |field, list: &str| (field, label(forms, list, &text(field)));
    let mut facts = vec![
        (Field::APPLICATION_SITE, forms.code_label("sites", &line.site)),
        (Field::APPLICATION_RECEIVED, at(line.received)),
        coded(Field::APPLICATION_BY, "application_by"),
        (Field::APPLICATION_LANGUAGE, language(forms, &line.language)),
        (Field::APPLICATION_AT, at(line.at)),
        coded(Field::APPLICATION_SLOT_STATE, "application_slot_state"),
        (Field::APPLICATION_CAME, at(line.came)),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// A language in words: the app's codes are shorter than those of the table.
fn language(forms: Forms, code: &str) -> String {
    match code {
        "" => String::new(),
        code if code.len() == 2 => forms.code_label("languages", &forms.long_language(code)),
        code => forms.code_label("languages", code),
    }
}

#[component]
fn Facts(line: Summary, record: Record) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let open = line.state.is_open();
    let rows = move || {
        let rows = facts(words, forms, &line, &record).into_iter().map(|(field, value)| {
            view! { <div><dt>{forms.label(field)}</dt><dd><bdi>{value}</bdi></dd></div> }
        });
        rows.collect_view()
    };
    view! {
        <section class="card" aria-labelledby="application-facts">
            <div class="card__head">
                <h2 class="card__title" id="application-facts">{move || words.get(Key::ApplicationsFacts)}</h2>
            </div>
            <dl class="facts">{rows}</dl>
            {open.then(|| view! {
                <A href="/appointments" attr:class="btn"><Draw icon=Icon::Calendar/>{move || words.get(Key::AppointmentsTitle)}</A>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_that_was_saved_before_its_pre_registration_said_so_is_found_out() {
        let record = RecordId([7; 16]);
        let group = part_id(record, 0);
        let line = |state| Summary { record, state, ..Summary::default() };
        let unsaid = |state, family, role| registered_unsaid(&line(state), family, role);
        let worker = Some(Role::Caseworker);
        for state in [State::Received, State::Seen, State::Taken] {
            assert_eq!(unsaid(state, Some(group), worker), Some(group));
            assert_eq!(unsaid(state, None, worker), None, "nobody was registered here");
            assert_eq!(unsaid(state, Some(record), worker), None, "another family");
            assert_eq!(unsaid(state, Some(group), Some(Role::Auditor)), None);
        }
        assert_eq!(unsaid(State::Registered, Some(group), worker), None);
        assert_eq!(unsaid(State::Closed, Some(group), worker), None);
    }
}
