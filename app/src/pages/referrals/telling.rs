//! Exactly what will be sent, to be shown to the person: large, and in a language that they read.

use super::begin::Source;
use super::form::Work;
use super::shown::SharedList;
use crate::components::sheet::spoken_here;
use crate::forms::Forms;
use crate::tables::Table;
use crate::words::{Key, Language, Words, use_words};
use domain::{Field, Record, Value};
use leptos::context::Provider;
use leptos::prelude::*;

/// The language of the person, where this app speaks it.
fn language_of(work: Work) -> Option<Language> {
    let main = |record: &Record| {
        let code = record.shown(Field::LANG_MAIN).and_then(Value::as_text);
        code.map(str::to_owned)
    };
    let code = work.source.with_value(|source| match source {
        Source::Records(records) => main(&records.person),
        Source::Typed => work.draft.with_untracked(|it| Some(it.draft.told.language.clone())),
        Source::Parent(parent) => {
            let shared = domain::service::Referral::of(parent).and_then(|it| it.shared());
            shared.map(|shared| shared.text(0, Field::LANG_MAIN).to_owned())
        }
    });
    code.as_deref().and_then(spoken_here)
}

/// The card.
#[component]
pub fn Telling(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let screen = words.language();
    let theirs = RwSignal::new(language_of(work).filter(|language| *language != screen));
    let others: Vec<_> = Language::ALL
        .into_iter()
        .map(|language| {
            let is = move || theirs.get().unwrap_or_else(|| words.language()) == language;
            view! {
                <label class="choice">
                    <input type="radio" name="refer-language-shown" prop:checked=is
                        on:change=move |_| theirs.set(Some(language))/>
                    <span lang=language.code() dir=language.direction()>{language.name()}</span>
                </label>
            }
        })
        .collect();
    let shown = move || {
        let spoken = theirs.get().map(Words::of);
        // Not before its sentences have come.
        let spoken = move || spoken.filter(|spoken| spoken.ready()).unwrap_or(words);
        move || {
            let spoken = spoken();
            let language = spoken.language();
            view! {
                <div class="refer__told" lang=language.code() dir=language.direction()>
                    <Provider value=spoken>
                        <Sentences work words=spoken forms=work.forms/>
                    </Provider>
                </div>
            }
        }
    };
    view! {
        <section class="card" aria-labelledby="refer-told">
            <div class="card__head">
                <h2 class="card__title" id="refer-told">{move || words.get(Key::ReferTold)}</h2>
            </div>
            <div class="stack">
                <fieldset class="field field--wide">
                    <legend class="unseen">{move || words.get(Key::Language)}</legend>
                    <div class="choices">{others}</div>
                </fieldset>
                {shown}
            </div>
        </section>
    }
}

/// To whom, for what, why, and everything that is shared.
#[component]
fn Sentences(work: Work, words: Words, forms: Forms) -> impl IntoView {
    let (to, desk, sector, reason) = work.draft.with_untracked(|it| {
        let it = &it.draft;
        (it.to.clone(), it.desk.clone(), it.sector.clone(), it.reason.trim().to_owned())
    });
    let institution = work.tables.label(Table::Institutions, &to);
    let desk = if desk.is_empty() { String::new() } else { work.tables.label(Table::Desks, &desk) };
    let shared = work.shared.get_untracked().unwrap_or_default();
    let mut plain = vec![
        (words.get(Key::ReferToldTo), institution),
        (words.get(Key::ReferDesk), desk),
        (words.get(Key::ReferSector), forms.code_label("referral_sectors", &sector)),
        (words.get(Key::ReferToldWhy), reason),
    ];
    plain.retain(|(_, value)| !value.is_empty());
    let plain = plain.into_iter().map(|(label, value)| {
        view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> }
    });
    view! {
        <dl class="facts">{plain.collect_view()}</dl>
        <h3>{words.get(Key::ReferToldWhat)}</h3>
        <SharedList shared words forms/>
        <p class="note">{words.get(Key::ReferToldNothingElse)}</p>
    }
}
