//! Papers, as far as they have any: what kind, which number, and a photograph that is made small on the phone.

use super::answers;
use super::asked::{Asked, Question, id};
use super::flow::{self, FIRST, Step};
use super::{icons, say};
use crate::frame::Saved;
use crate::keep::{Kept, use_kept};
use crate::page::Page;
use crate::pieces::lean::Show;
use crate::pieces::lean::{dynamic, each_of, memo};
use crate::pieces::{Cards, Draw, Field as Line, Notice, Pick, Tone, icon};
use crate::words::Key;
use domain::{Field, Kind, Value};
use leptos::prelude::*;
use seal::attachment::{Attachment, Media, SealedAttachment};
use speech::files::ObjectUrl;
use speech::picture::{self, JPEG, Purpose};
use std::cell::Cell;
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;

/// Kinds of paper that families hold; the office issues or asks for the others.
const KINDS: [&str; 12] = [
    "PASSPORT",
    "NATIONAL_ID",
    "BIRTH_CERT",
    "CONSULAR_ID",
    "ONPAR_CERT",
    "UNHCR_CERT",
    "UNHCR_CARD",
    "SNM_ADMITTED",
    "SNM_REFUGEE",
    "PTP",
    "MARRIAGE_CERT",
    "GUARDIANSHIP",
];

/// All papers, and another one.
pub(super) fn papers(asked: Asked) -> impl IntoView {
    let words = asked.words;
    // A page that was opened and left empty is no paper.
    let blank = |application: &domain::application::Application| {
        let blank = flow::papers(application).filter(|part| part.facts.is_empty()).map(|part| part.nth);
        blank.collect::<Vec<_>>()
    };
    if untrack(|| asked.read(|application, _| !blank(application).is_empty())) {
        asked.say(|application, typed| {
            blank(application).into_iter().for_each(|nth| answers::remove(application, typed, nth));
        });
    }
    let open = move |nth| asked.door.go(Page::Ask(Step::Paper(nth)));
    let add = move |_| {
        let mut added = None;
        asked.say(|application, _| added = application.add(Kind::DOCUMENT, FIRST));
        if let Some(nth) = added {
            open(nth);
        }
    };
    let list = move || {
        asked.read(|application, _| flow::papers(application).map(|part| part.nth).collect::<Vec<_>>())
    };
    let row = move |nth: u8| {
        let kind = move || {
            let choices = asked.door.choices();
            let kind = asked.part(nth, |part| say::code(&choices, "documents", part, Field::DOCUMENT_TYPE));
            if kind.is_empty() { words.get(Key::AskPaperTitle) } else { kind }
        };
        let whose = move || asked.name(asked.part(nth, |part| part.owner).unwrap_or(FIRST));
        view! {
            <li class="ask__row">
                <Draw icon=icons::PAPER/>
                <span class="ask__grow"><strong>{Signal::derive(kind)}</strong><span class="door__hint">{Signal::derive(whose)}</span></span>
                <button type="button" class="door__skip" on:click=move |_| open(nth)>
                    {words.text(Key::AskChange)}
                </button>
            </li>
        }
    };
    view! {
        <Question asked title=words.text(Key::AskPapersTitle) icon=icons::PAPER>
            <p>{words.text(Key::AskPapersHint)}</p>
            <ul class="door__list" role="list">
                {each_of(list, move |nth| row(nth).into_any())}
            </ul>
            <button type="button" class="door__tongue" on:click=add>
                <Draw icon=icon::PLUS/>
                {words.text(Key::AskPapersAdd)}
            </button>
        </Question>
    }
}

/// One paper.
pub(super) fn paper(asked: Asked, nth: u8) -> impl IntoView {
    let (words, kept) = (asked.words, use_kept());
    let (kind, number) = ((nth, Field::DOCUMENT_TYPE), (nth, Field::DOCUMENT_NUMBER));
    let people = memo(move || {
        asked.read(|application, _| {
            let people = application.people().map(|part| part.nth);
            people.map(|nth| (nth.to_string(), say::name(words, application, nth))).collect::<Vec<_>>()
        })
    });
    let owner = Signal::derive(move || asked.part(nth, |part| part.owner).unwrap_or(FIRST).to_string());
    let give = Callback::new(move |code: String| {
        let Ok(owner) = code.parse() else { return };
        asked.say(|application, _| {
            if let Some(part) = application.parts.iter_mut().find(|part| part.nth == nth) {
                part.owner = Some(owner);
            }
        });
    });
    let kinds = memo(move || {
        let choices = asked.door.choices();
        KINDS.map(|code| (code.to_owned(), choices.label("documents", code))).to_vec()
    });
    let remove = move |_| {
        asked.say(|application, typed| answers::remove(application, typed, nth));
        tidy(kept);
        asked.door.go(Page::Ask(Step::Papers));
    };
    let label = move |key: Key| Signal::derive(move || words.get(key));
    view! {
        <Question asked title=label(Key::AskPaperTitle) icon=icons::PAPER>
            <Show when=move || people.with(|people| people.len() > 1)>
                <Cards id=format!("{}-of", id(kind)) label=label(Key::AskPaperWhose) options=people value=owner on_choose=give/>
            </Show>
            <Pick
                id=id(kind)
                label=label(Key::AskPaperType)
                options=kinds
                value=asked.code(kind)
                on_choose=asked.on_code(kind)
            />
            <Line
                id=id(number)
                label=label(Key::AskPaperNumber)
                value=asked.text(number)
                on_type=asked.on_type(number)
                hint=label(Key::AskPaperNumberHint)
                most=60
            />
            {photo(asked, nth)}
            <button type="button" class="door__skip" on:click=remove>
                <Draw icon=icon::TRASH/>
                {words.text(Key::AskPaperRemove)}
            </button>
        </Question>
    }
}

thread_local! {
    static MAKING: Cell<usize> = const { Cell::new(0) };
}

/// A picture whose pieces lie here before any answer names them.
struct InTheMaking;

impl InTheMaking {
    fn new() -> InTheMaking {
        MAKING.set(MAKING.get() + 1);
        InTheMaking
    }
}

impl Drop for InTheMaking {
    fn drop(&mut self) {
        MAKING.set(MAKING.get().saturating_sub(1));
    }
}

/// Lets go of pictures that no answer names any more, once that is on the disk.
pub(super) fn tidy(kept: Kept) {
    leptos::task::spawn_local(async move {
        if !kept.flush().await || MAKING.get() > 0 {
            return;
        }
        let named = untrack(|| {
            kept.with(|draft| {
                let facts = draft.application.parts.iter().flat_map(|part| &part.facts);
                let pictures =
                    facts.filter(|(field, _)| field.is_picture()).filter_map(|(_, value)| value.as_text());
                let pictures = pictures.filter_map(Attachment::parse);
                let mut named = BTreeSet::new();
                named.extend(
                    pictures.flat_map(|picture| picture.addresses().to_vec()).map(|address| address.0),
                );
                named
            })
        });
        if let (Some(named), Some(family)) = (named, untrack(|| kept.family())) {
            // What stays for now goes the next time.
            let _ = family.drop_pieces_but(&named).await;
        }
    });
}

/// How far the photograph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    Still,
    Busy,
    Failed,
}

/// The photograph of a paper: made small, stripped of all that cameras write into files, sealed, and kept in pieces
/// beside the answers.
fn photo(asked: Asked, nth: u8) -> impl IntoView {
    let (words, kept) = (asked.words, use_kept());
    let spot = (nth, Field::DOCUMENT_IMAGE);
    let making = RwSignal::new(Making::Still);
    let shown = RwSignal::new_local(None::<ObjectUrl>);
    let held = asked.code(spot);
    let input = NodeRef::<leptos::html::Input>::new();
    // What was kept before is opened and shown.
    let before = held.get_untracked();
    if let (Some(family), Some(reference)) = (kept.family(), Attachment::parse(&before)) {
        leptos::task::spawn_local(async move {
            let mut pieces = Vec::new();
            for address in reference.addresses() {
                let Ok(Some(piece)) = family.piece(&address.0).await else { return };
                pieces.push(piece);
            }
            if let Ok(bytes) = reference.open(&pieces) {
                shown.try_set(ObjectUrl::new(&bytes, JPEG));
            }
        });
    }
    let take = move |_| {
        let file = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        let (Some(file), Some(family)) = (file, kept.family()) else { return };
        making.set(Making::Busy);
        let in_the_making = InTheMaking::new();
        leptos::task::spawn_local(async move {
            let made = picture::from_file(&file, Purpose::Phone, false).await;
            let sealed = made.ok().and_then(|made| {
                let sealed = Attachment::seal(&mut store::clock::rng(), Media::JPEG, &made.bytes).ok()?;
                Some((made, sealed))
            });
            let Some((made, SealedAttachment { reference, chunks })) = sealed else {
                making.try_set(Making::Failed);
                return;
            };
            asked.door.saved.try_set(Saved::Writing);
            for (address, piece) in reference.addresses().iter().zip(&chunks) {
                if family.keep_piece(&address.0, piece).await.is_err() {
                    asked.door.saved.try_set(Saved::Failed);
                    making.try_set(Making::Failed);
                    return;
                }
            }
            // The page may be gone by now, and another family open.
            if untrack(|| kept.family()).is_none_or(|open| open.id() != family.id()) {
                return;
            }
            drop(in_the_making);
            asked.say(|application, _| application.put(nth, spot.1, Value::text(&reference.to_text())));
            shown.try_set(ObjectUrl::new(&made.bytes, JPEG));
            making.try_set(Making::Still);
            tidy(kept);
        });
    };
    let forget = move |_| {
        asked.say(|application, _| application.put(nth, spot.1, Value::Nothing));
        shown.set(None);
        tidy(kept);
    };
    let press = move |_| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
            input.unchecked_ref::<web_sys::HtmlElement>().click();
        }
    };
    let is_held = move || held.with(|held| !held.is_empty());
    let image = move || {
        shown.with(|shown| shown.as_ref().map(|url| url.as_str().to_owned())).filter(|_| is_held()).map(
            |address| {
                view! { <img class="ask__photo" src=address alt=words.text(Key::AskPaperPhotoAlt)/> }
            },
        )
    };
    view! {
        <div class="door__field">
            <h2 class="door__label">{words.text(Key::AskPaperPhoto)}</h2>
            <p class="door__hint">{words.text(Key::AskPaperPhotoHint)}</p>
            {dynamic(move || image().into_any())}
            <input
                type="file"
                accept="image/*"
                class="door__hears"
                tabindex="-1"
                aria-hidden="true"
                id=id(spot)
                node_ref=input
                on:change=take
            />
            <button type="button" class="door__tongue" disabled=move || making.get() == Making::Busy on:click=press>
                <Draw icon=icon::CAMERA/>
                {Signal::derive(move || words.get(if is_held() { Key::AskPaperPhotoAgain } else { Key::AskPaperPhotoTake }))}
            </button>
            <Show when=is_held>
                <button type="button" class="door__skip" on:click=forget>{words.text(Key::AskPaperPhotoRemove)}</button>
            </Show>
            <p class="door__hint" role="status">
                {move || match making.get() {
                    Making::Busy => words.get(Key::AskPaperPhotoBusy),
                    // Once the office has it, the phone lets go of its own copy.
                    Making::Still if is_held() && shown.with(Option::is_none) => words.get(Key::AskPaperPhotoThere),
                    _ => String::new(),
                }}
            </p>
            <Show when=move || making.get() == Making::Failed>
                <Notice tone=Tone::Error><p role="alert">{words.text(Key::AskPaperPhotoFailed)}</p></Notice>
            </Show>
        </div>
    }
}
