//! What they agree to, a purpose a page, in the very text that offices read out.

use super::answers::{self, CONTACT, PHOTO, REGISTER, Read};
use super::asked::{Asked, Question, id, yes_no_code};
use super::day;
use super::flow::{FIRST, Step};
use super::stay::spoken_code;
use crate::frame::Frame;
use crate::keep::use_kept;
use crate::page::Page;
use crate::pieces::lean::{Show, dynamic, memo};
use crate::pieces::{Cards, Icon, Notice, Tone, icon};
use crate::sent;
use crate::words::Key;
use domain::Field;
use domain::application::Phase;
use leptos::prelude::*;
use store::applicant::Draft;

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
        let (version, at) = (version.unwrap_or_default(), day::minute());
        let read = Read { version: &version, language: untrack(|| spoken_code(words)), at: &at };
        asked.say(|application, _| answers::say_consent(application, purpose, code == "yes", read));
    });
    let title = Signal::derive(move || words.get(title));
    view! {
        <Question asked title icon>
            <div class="ask__text">{dynamic(move || sentences().into_any())}</div>
            <Cards id=id(spot) label=title hidden_label=true options value on_choose=choose fault=asked.fault(spot)/>
        </Question>
    }
}

/// What of a family lies elsewhere than on its phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    /// Nothing was ever sealed into a letter.
    Nothing,
    /// What was sent, or waits to be.
    There,
    /// It was closed, or has become a registration: there is nothing to take back here.
    Over,
}

fn out(draft: &Draft) -> Out {
    match draft.standing.as_ref().map(|standing| standing.phase) {
        Some(Phase::Closed | Phase::Registered) => Out::Over,
        _ if draft.posted > 0 => Out::There,
        _ => Out::Nothing,
    }
}

/// They said no: nothing is sent, and there is another way.
pub(super) fn stop(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let change = move |_| asked.door.go(Page::Ask(Step::Register));
    let kept = use_kept();
    let out = memo(move || kept.with(out).unwrap_or(Out::Nothing));
    let told = move || match out.get() {
        Out::Nothing => Some(words.text(Key::AskStopNobody)),
        Out::There => Some(words.text(Key::AskStopSent)),
        Out::Over => None,
    };
    let withdraw = move |_| asked.door.go(Page::Sent(sent::Page::Withdraw));
    view! {
        <Frame title=words.text(Key::AskStopTitle) icon=icon::HOME>
            <Notice tone=Tone::Plain>
                <p>{words.text(Key::AskStopPerson)}</p>
                {dynamic(move || told().map(|text| view! { <p>{text}</p> }).into_any())}
            </Notice>
            <Show when=move || out.get() == Out::There>
                <button type="button" class="door__go" on:click=withdraw>{words.text(Key::SlipToWithdraw)}</button>
            </Show>
            <p><a href="/offices" rel="external">{words.text(Key::WelcomeOffices)}</a></p>
            <button type="button" class="door__tongue" on:click=change>{words.text(Key::AskStopChange)}</button>
        </Frame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::application::{Application, StatusTold};
    use domain::{RecordId, application};

    #[test]
    fn nobody_has_received_it_is_said_only_where_nothing_went_out() {
        let application = Application::begin(RecordId([7; 16]), 1, "es");
        let mut draft = Draft::begin(application, [1; 16], Default::default());
        assert_eq!(out(&draft), Out::Nothing);
        draft.posted = 1;
        assert_eq!(out(&draft), Out::There);
        for (phase, wanted) in [
            (application::Phase::Received, Out::There),
            (application::Phase::Seen, Out::There),
            (application::Phase::Closed, Out::Over),
            (application::Phase::Registered, Out::Over),
        ] {
            draft.standing = Some(StatusTold {
                phase,
                revision: 1,
                received_at: 1,
                site: String::new(),
                appointment: None,
                until: String::new(),
            });
            assert_eq!(out(&draft), wanted, "{phase:?}");
        }
    }
}
