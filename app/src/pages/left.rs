//! A draft whose record is not here any more, or not to be changed any more: what was typed, to copy or to discard.
//! Nothing else says it, least of all the text of a sealed note, which the server cannot read either.

use crate::components::{Back, Draw, Icon, Notice};
use crate::device::{use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::note::NoteDraft;
use domain::service::session::SessionDraft;
use domain::{CaseDraft, DraftId, Field, Kind, RecordId, Sheet, Typed};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen_futures::JsFuture;

/// What was typed.
#[derive(Clone, Debug, PartialEq)]
pub enum LeftDraft {
    /// Of a group and its people.
    Case(CaseDraft),
    /// A sealed note.
    Note(NoteDraft),
    /// A counselling session.
    Session(Box<SessionDraft>),
}

/// A record of the draft, as read.
#[derive(Clone, PartialEq)]
struct Part {
    heading: String,
    /// What was asked, and what was put in.
    typed: Vec<(String, String)>,
}

/// The page.
#[component]
pub fn Left(
    /// Of the draft.
    id: DraftId,
    /// How the list of drafts calls it.
    name: String,
    /// What was typed.
    draft: LeftDraft,
    /// Whether the record lies here, open for reading only.
    lent: bool,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::LeftTitle);
    let parts = Memo::new(move |_| match &draft {
        LeftDraft::Case(draft) => of_case(words, forms, draft),
        LeftDraft::Note(draft) => vec![of_note(words, forms, draft)],
        LeftDraft::Session(draft) => vec![of_session(words, forms, draft)],
    });
    // Whether it was copied, once somebody tried.
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = parts.with_untracked(|parts| as_text(parts));
        let writing = window().navigator().clipboard().write_text(&text);
        leptos::task::spawn_local(async move {
            copied.try_set(Some(JsFuture::from(writing).await.is_ok()));
        });
    };
    let (asked, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let navigate = use_navigate();
    let discard = move |_| {
        let (vault, navigate) = (vault.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            match vault.discard_draft(id).await {
                Ok(()) => {
                    device.refresh();
                    navigate("/", Default::default());
                }
                Err(error) => {
                    trouble.try_set(Some(explain(&error)));
                }
            }
        });
    };
    let discard = StoredValue::new_local(discard);
    let shown = move || {
        let part = |Part { heading, typed }: Part| {
            let facts = typed.into_iter().map(|(label, value)| {
                view! { <div><dt>{label}</dt><dd class="notetext" dir="auto">{value}</dd></div> }
            });
            view! {
                <section class="section stack">
                    <h3><bdi>{heading}</bdi></h3>
                    <dl class="facts">{facts.collect_view()}</dl>
                </section>
            }
        };
        parts.get().into_iter().map(part).collect_view()
    };
    let told =
        move || copied.get().map(|is| words.get(if is { Key::AdminCopied } else { Key::LeftNotCopied }));
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/" label=Signal::derive(move || words.get(Key::NavHome))/>
                    <h1 tabindex="-1">{move || words.get(Key::LeftTitle)}</h1>
                    <p class="line"><bdi>{name}</bdi></p>
                </div>
            </div>
            <Notice class="notice--attention" icon=Icon::Alert>
                {move || words.get(if lent { Key::LeftLent } else { Key::LeftGone })}
            </Notice>
            <section class="card card--flush" aria-labelledby="left-typed">
                <div class="card__head">
                    <h2 class="card__title" id="left-typed">{move || words.get(Key::LeftTyped)}</h2>
                </div>
                {shown}
            </section>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            <div class="line">
                <button class="btn btn--primary" type="button" on:click=copy>{move || words.get(Key::AdminCopy)}</button>
                <button class="btn" type="button" hidden=move || asked.get() on:click=move |_| asked.set(true)>
                    <Draw icon=Icon::Trash/>
                    {move || words.get(Key::LeftDiscard)}
                </button>
                <span role="status">{told}</span>
            </div>
            <Show when=move || asked.get()>
                <div class="line">
                    <p class="note" role="status">{move || words.get(Key::DraftDiscardAsk)}</p>
                    <button class="btn btn--danger" type="button"
                        on:click=move |event| discard.with_value(|discard| discard(event))>
                        {move || words.get(Key::DraftDiscardYes)}
                    </button>
                    <button class="btn" type="button" on:click=move |_| asked.set(false)>
                        {move || words.get(Key::DraftKeep)}
                    </button>
                </div>
            </Show>
        </main>
    }
}

/// A sealed note in words.
fn of_note(words: Words, forms: Forms, draft: &NoteDraft) -> Part {
    let topic = Some(forms.code_label("lists:note_topics", &draft.topic)).filter(|_| !draft.topic.is_empty());
    let topic = topic.map(|topic| (words.get(Key::NoteTopic), topic));
    let text = (words.get(Key::NoteText), draft.text.clone());
    Part { heading: words.get(Key::NotesTitle), typed: topic.into_iter().chain([text]).collect() }
}

/// A session in words.
fn of_session(words: Words, forms: Forms, draft: &SessionDraft) -> Part {
    let codes = |list: &str, codes: &[String]| {
        codes.iter().map(|code| forms.code_label(list, code)).collect::<Vec<_>>().join(" · ")
    };
    let typed = [
        (words.get(Key::SessionTopics), codes("session_types", &draft.topics)),
        (words.get(Key::SessionOutcomes), codes("session_outcomes", &draft.outcomes)),
        (forms.label(Field::SESSION_DATE), when::day_and_time(words, &draft.date)),
        (forms.label(Field::SESSION_MINUTES), draft.minutes.clone()),
        (forms.label(Field::SESSION_NEXT_STEP), draft.next_step.clone()),
        (
            words.get(Key::NoteText),
            draft.narrative.as_ref().map(|note| note.text.clone()).unwrap_or_default(),
        ),
    ];
    let typed = typed.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    Part { heading: words.get(Key::SessionTitle), typed }
}

/// What was touched of a group, its people and what hangs on them, in words.
fn of_case(words: Words, forms: Forms, draft: &CaseDraft) -> Vec<Part> {
    let name_of = |id: RecordId| draft.sheet(id).map(called).filter(|name| !name.is_empty());
    let touched = draft.sheets().filter(|sheet| !sheet.is_untouched());
    let part = |sheet: &Sheet| {
        let what = match sheet.kind {
            Kind::GROUP => words.get(Key::Family),
            Kind::INDIVIDUAL => name_of(sheet.record).unwrap_or_else(|| words.get(Key::PersonTitle)),
            kind => forms.kind_one(kind),
        };
        let whose = sheet.owner.filter(|_| sheet.kind != Kind::INDIVIDUAL).and_then(name_of);
        let gone = sheet.removed.then(|| words.get(Key::LeftTakenAway));
        let heading = [Some(what), whose, gone].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let typed = sheet
            .touched
            .iter()
            .map(|(field, touch)| (forms.label(*field), in_words(forms, *field, &touch.typed, &name_of)));
        Part { heading, typed: typed.collect() }
    };
    touched.map(part).collect()
}

/// Somebody's name as typed; empty where none was.
fn called(sheet: &Sheet) -> String {
    let part = |field| sheet.typed(field).map(Typed::as_text).unwrap_or_default();
    let [given, first, second] = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2].map(part);
    domain::name::display_name(given, first, second)
}

/// An input in words; letter by letter as typed where it cannot be read as what was asked.
fn in_words(
    forms: Forms,
    field: Field,
    typed: &Typed,
    name_of: &dyn Fn(RecordId) -> Option<String>,
) -> String {
    let read = forms.spec(field).and_then(|spec| typed.read(&spec, when::today()).ok());
    match (read, typed) {
        (Some(value), _) => crate::shown::value(forms, field, &value, name_of),
        (None, Typed::Date(date)) => {
            let boxes = [&date.day, &date.month, &date.year, &date.age].map(|it| it.trim().to_owned());
            boxes.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
        }
        (None, Typed::Codes(codes)) => codes.join(" "),
        (None, typed) => typed.as_text().to_owned(),
    }
}

/// All of it as one text, to put elsewhere.
fn as_text(parts: &[Part]) -> String {
    let part = |part: &Part| {
        let typed = part.typed.iter().map(|(label, value)| format!("{label}: {value}"));
        core::iter::once(part.heading.clone()).chain(typed).collect::<Vec<_>>().join("\n")
    };
    parts.iter().map(part).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_says_what_was_asked_and_every_letter_that_was_typed() {
        let typed = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let parts = [
            Part { heading: "Familia".into(), typed: vec![typed("Personas", "4")] },
            Part { heading: "Nota".into(), typed: vec![typed("Tema", "x"), typed("Texto", "uno\n dos ")] },
        ];
        assert_eq!(as_text(&parts), "Familia\nPersonas: 4\n\nNota\nTema: x\nTexto: uno\n dos ");
    }
}
