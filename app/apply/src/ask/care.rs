//! A talk in private, health as yes or no, and how to reach them safely. Nobody is asked why.

use super::answers;
use super::asked::{Asked, Question, flag, id, yes_no, yes_no_code};
use super::flow::FIRST;
use super::{day, icons};
use crate::pieces::lean::Show;
use crate::pieces::lean::{each_of, memo};
use crate::pieces::{Cards, Field as Line, Notice, Tone};
use crate::words::Key;
use domain::{Field, Phone};
use leptos::prelude::*;

/// Whether somebody wants to talk in private. A plain yes or no.
pub(super) fn private(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let value = Signal::derive(move || yes_no_code(asked.read(answers::private_talk)));
    let choose = Callback::new(move |code: String| {
        asked.say(|application, typed| answers::say_private_talk(application, typed, Some(code == "yes")));
    });
    let title = words.text(Key::AskPrivateTitle);
    view! {
        <Question asked title icon=icons::TALK>
            <p>{words.text(Key::AskPrivatePromise)}</p>
            <Cards
                id=id((0, Field::APPLICATION_MARKS))
                label=title
                hidden_label=true
                options=yes_no(words)
                value
                on_choose=choose
            />
        </Question>
    }
}

/// Pregnancy of those who may be, and serious illness of anybody.
pub(super) fn health(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let women = move || {
        asked.read(|application, _| {
            answers::may_be_pregnant(application, day::today()).map(|part| part.nth).collect::<Vec<_>>()
        })
    };
    let woman = move |nth: u8| {
        let spot = (nth, Field::PREGNANT);
        let (value, choose) = flag(asked, spot);
        let label = asked.title(nth, Key::AskPregnantYou, Key::AskPregnant);
        view! { <Cards id=id(spot) label options=yes_no(words) value on_choose=choose/> }
    };
    let ill = Signal::derive(move || yes_no_code(asked.read(answers::serious_illness)));
    let choose_ill = Callback::new(move |code: String| {
        asked.say(|application, typed| answers::say_serious_illness(application, typed, Some(code == "yes")));
    });
    view! {
        <Question asked title=words.text(Key::AskHealthTitle) icon=icons::HEALTH>
            <p>{words.text(Key::AskHealthHint)}</p>
            <Cards
                id=id((0, Field::NEEDS_NONE))
                label=words.text(Key::AskIllness)
                options=yes_no(words)
                value=ill
                on_choose=choose_ill
            />
            {each_of(women, move |nth| woman(nth).into_any())}
        </Question>
    }
}

/// Ways of contact that are offered; there is no place to write an e-mail address down.
const WAYS: [&str; 5] = ["whatsapp", "phone", "sms", "through_person", "none"];

/// How to reach them without putting them at risk.
pub(super) fn contact(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let at = |field| (FIRST, field);
    let (way, phone, shared) = (at(Field::CONTACT_CHANNEL), at(Field::PHONE), at(Field::PHONE_SHARED));
    let (hour, trusted) = (at(Field::SAFE_TIME), at(Field::EMERGENCY_CONTACT));
    let value = asked.code(way);
    let ways = memo(move || {
        let choices = asked.door.choices();
        WAYS.map(|code| (code.to_owned(), choices.label("contact_channel", code))).to_vec()
    });
    let by_phone = memo(move || answers::is_by_phone(&value.get()));
    let by_person = memo(move || value.get() == "through_person");
    let odd = move || by_phone.get() && asked.text(phone).with(|text| Phone::keep(text).1.is_some());
    let whose = Signal::derive(move || {
        vec![
            ("yes".to_owned(), words.get(Key::AskPhoneShared)),
            ("no".to_owned(), words.get(Key::AskPhoneMine)),
        ]
    });
    let (shared_value, choose_shared) = flag(asked, shared);
    let label = move |key: Key| Signal::derive(move || words.get(key));
    let choose = Callback::new(move |code: String| {
        asked.say(|application, typed| answers::say_way(application, typed, &code));
    });
    view! {
        <Question asked title=label(Key::AskContactTitle) icon=icons::PHONE>
            <p>{words.text(Key::AskContactHint)}</p>
            <Cards id=id(way) label=label(Key::AskContactHow) options=ways value on_choose=choose/>
            <Show when=move || by_phone.get()>
                <Line
                    id=id(phone)
                    label=label(Key::AskPhone)
                    value=asked.text(phone)
                    on_type=asked.on_type(phone)
                    hint=label(Key::AskPhoneHint)
                    keys="tel"
                    most=60
                />
                <Show when=odd><p class="door__hint" role="status">{words.text(Key::AskPhoneOdd)}</p></Show>
                <Cards id=id(shared) label=label(Key::AskPhoneWhose) options=whose value=shared_value on_choose=choose_shared/>
            </Show>
            <Show when=move || by_person.get()>
                <Line
                    id=id(trusted)
                    label=label(Key::AskTrusted)
                    value=asked.text(trusted)
                    on_type=asked.on_type(trusted)
                    hint=label(Key::AskTrustedHint)
                    most=200
                />
            </Show>
            <Show when=move || by_phone.get() || by_person.get()>
                <Line
                    id=id(hour)
                    label=label(Key::AskSafeTime)
                    value=asked.text(hour)
                    on_type=asked.on_type(hour)
                    hint=label(Key::AskSafeTimeHint)
                    most=200
                />
            </Show>
            <Show when=move || value.with(|value| value == "none")>
                <Notice tone=Tone::Plain><p>{words.text(Key::AskNoContact)}</p></Notice>
            </Show>
        </Question>
    }
}
