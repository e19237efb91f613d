//! What they agree to, a purpose a page, in the very text that offices read out.

use super::answers::{self, CONTACT, PHOTO, REGISTER, Read};
use super::asked::{Asked, Question, id, yes_no_code};
use super::flow::{FIRST, Step};
use super::stay::spoken_code;
use crate::frame::Frame;
use crate::page::Page;
use crate::pieces::{Cards, Icon, Notice, Tone, icon};
use crate::words::Key;
use domain::Field;
use leptos::prelude::*;
use speech::when;

pub(super) fn register(asked: Asked) -> impl IntoView {
    purpose(asked, REGISTER, Key::AskRegisterTitle, icon::SHIELD)
}

pub(super) fn may_contact(asked: Asked) -> impl IntoView {
    purpose(asked, CONTACT, Key::AskMayContactTitle, super::icons::PHONE)
}

pub(super) fn may_photo(asked: Asked) -> impl IntoView {
    purpose(asked, PHOTO, Key::AskMayPhotoTitle, icon::CAMERA)
}

/// One purpose: its text, «entendí y sí», «no».
fn purpose(asked: Asked, purpose: &'static str, title: Key, icon: Icon) -> impl IntoView {
    let words = asked.words;
    let spot = (FIRST, Field::CONSENT_DECISION);
    let sentences = move || {
        // The texts are one line each: a sentence a paragraph reads easier on a small screen.
        let choices = asked.door.choices();
        let text = choices.row("consent", purpose).map_or_else(String::new, |row| row.label.to_owned());
        let sentences = text.split_inclusive(['.', '؟', '?']).map(|sentence| sentence.trim().to_owned());
        sentences
            .filter(|sentence| !sentence.is_empty())
            .map(|sentence| view! { <p>{sentence}</p> })
            .map(IntoAny::into_any)
            .collect::<Vec<AnyView>>()
    };
    let options = Signal::derive(move || {
        vec![("yes".to_owned(), words.get(Key::AskConsentYes)), ("no".to_owned(), words.get(Key::AskNo))]
    });
    let value = Signal::derive(move || {
        yes_no_code(asked.read(|application, _| answers::consent(application, purpose)))
    });
    let choose = Callback::new(move |code: String| {
        let version =
            untrack(|| asked.door.choices().row("consent", purpose).map(|row| row.parent.to_owned()));
        let (version, at) = (version.unwrap_or_default(), when::local_minute());
        let read = Read { version: &version, language: untrack(|| spoken_code(words)), at: &at };
        asked.say(|application, _| answers::say_consent(application, purpose, code == "yes", read));
    });
    let title = Signal::derive(move || words.get(title));
    view! {
        <Question asked title icon>
            <div class="ask__text">{sentences}</div>
            <Cards id=id(spot) label=title hidden_label=true options value on_choose=choose fault=asked.fault(spot)/>
        </Question>
    }
}

/// They said no: nothing is sent, and there is another way.
pub(super) fn stop(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let change = move |_| asked.door.go(Page::Ask(Step::Register));
    view! {
        <Frame title=words.text(Key::AskStopTitle) icon=icon::HOME>
            <Notice tone=Tone::Plain>
                <p>{words.text(Key::AskStopPerson)}</p>
                <p>{words.text(Key::AskStopNobody)}</p>
            </Notice>
            <p><a href="/offices" rel="external">{words.text(Key::WelcomeOffices)}</a></p>
            <button type="button" class="door__tongue" on:click=change>{words.text(Key::AskStopChange)}</button>
        </Frame>
    }
}
