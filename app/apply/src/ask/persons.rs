//! Who comes along, and who each of them is.

use super::among::Among;
use super::answers::{self, NATIONALITIES, TypedMap};
use super::asked::{Asked, Question, id};
use super::flow::FIRST;
use super::{day, icons, say};
use crate::pieces::lean::Show;
use crate::pieces::lean::{dynamic, each_of, memo};
use crate::pieces::{Cards, DateBoxes, Draw, Field as Line, Notice, Pick, Tone, icon};
use crate::words::{Key, Language};
use domain::application::{Application, MOST_PARTS};
use domain::{Field, RecordId, Value};
use leptos::prelude::*;

/// Parts that stay free for papers and consents when no more people are added.
const KEPT_FREE: usize = 40;

/// Who comes along: everybody by a tap, names later.
pub(super) fn people(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let taken = RwSignal::new(None::<(String, Application, TypedMap)>);
    let add = move |child| {
        move |_| {
            taken.set(None);
            asked.say(|application, typed| {
                answers::add_person(application, typed, child);
            });
        }
    };
    let remove = move |nth: u8| {
        let name = untrack(|| asked.name(nth));
        let before = untrack(|| asked.read(|application, typed| Some((application.clone(), typed.clone()))));
        asked.say(|application, typed| answers::remove(application, typed, nth));
        taken.set(before.map(|(application, typed)| (name, application, typed)));
    };
    let undo = move |_| {
        if let Some((_, application, typed)) = taken.get_untracked() {
            asked.say(|now, typed_now| (*now, *typed_now) = (application, typed));
            taken.set(None);
        }
    };
    let list =
        move || asked.read(|application, _| application.people().map(|part| part.nth).collect::<Vec<_>>());
    let row = move |nth: u8| {
        let name = move || asked.name(nth);
        let kind = move || {
            let child = asked.read(|application, typed| {
                application.part(nth).is_some_and(|part| answers::is_child(typed, part, day::today()))
            });
            words.get(if child { Key::AskChild } else { Key::AskAdult })
        };
        let hears = move || words.with(Key::AskPeopleRemoveWho, &[("name", &asked.name(nth))]);
        view! {
            <li class="ask__row">
                <Draw icon=icon::PERSON/>
                <span class="ask__grow"><strong>{Signal::derive(name)}</strong><span class="door__hint">{Signal::derive(kind)}</span></span>
                {(nth != FIRST).then(|| view! {
                    <button type="button" class="door__skip" aria-label=Signal::derive(hears) on:click=move |_| remove(nth)>
                        {words.text(Key::AskPeopleRemove)}
                    </button>
                })}
            </li>
        }
    };
    let count = move || words.count(Key::AskPeopleCount, list().len() as u64);
    let full = move || asked.read(|application, _| application.parts.len() + KEPT_FREE > MOST_PARTS);
    let button = move |child: bool, key: Key| {
        view! {
            <button type="button" class="door__tongue" disabled=Signal::derive(full) on:click=add(child)>
                <Draw icon=icon::PLUS/>
                {Signal::derive(move || words.get(key))}
            </button>
        }
    };
    let undone = move || {
        taken.with(|taken| taken.as_ref().map(|(name, ..)| name.clone())).map(|name| {
            view! {
                <Notice tone=Tone::Plain>
                    <p role="status">{Signal::derive(move || words.with(Key::AskPeopleRemoved, &[("name", &name)]))}</p>
                    <button type="button" class="door__back" on:click=undo>{words.text(Key::AskUndo)}</button>
                </Notice>
            }
        })
    };
    view! {
        <Question asked title=words.text(Key::AskPeopleTitle) icon=icon::PEOPLE>
            <p>{words.text(Key::AskPeopleHint)}</p>
            <ul class="door__list" role="list">
                {each_of(list, move |nth| row(nth).into_any())}
            </ul>
            {dynamic(move || undone().into_any())}
            {button(false, Key::AskPeopleAddAdult)}
            {button(true, Key::AskPeopleAddChild)}
            <Show when=full>
                <Notice tone=Tone::Attention><p>{words.text(Key::AskPeopleFull)}</p></Notice>
            </Show>
            <p aria-live="polite"><strong>{Signal::derive(count)}</strong>" "{words.text(Key::AskPeopleAlone)}</p>
        </Question>
    }
}

/// Names, exactly as typed.
pub(super) fn name(asked: Asked, nth: u8) -> impl IntoView {
    let words = asked.words;
    let one = memo(move || asked.part(nth, answers::has_one_name));
    let line = move |field: Field, label: Key, hint: Option<Key>| {
        let spot = (nth, field);
        let hint = Signal::derive(move || hint.map(|hint| words.get(hint)).unwrap_or_default());
        let label = Signal::derive(move || words.get(label));
        view! { <Line id=id(spot) label value=asked.text(spot) on_type=asked.on_type(spot) hint fault=asked.fault(spot)/> }
    };
    let toggle = move |event| {
        let is = event_target_checked(&event);
        asked.say(|application, typed| answers::say_one_name(application, typed, nth, is));
    };
    let title = Signal::derive(move || {
        // Not with the name in it: it would change with every letter.
        let place =
            asked.read(|application, _| application.people().position(|part| part.nth == nth)).unwrap_or(0)
                + 1;
        if nth == FIRST {
            words.get(Key::AskNameTitleYou)
        } else {
            words.with(Key::AskNameTitle, &[("n", &place.to_string())])
        }
    });
    view! {
        <Question asked title icon=icon::PERSON>
            <p class="door__hint">{words.text(Key::AskNameHint)}</p>
            <label class="door__card">
                <input type="checkbox" prop:checked=move || one.get() on:change=toggle/>
                <span>{Signal::derive(move || words.get(if nth == FIRST { Key::AskOneNameYou } else { Key::AskOneName }))}</span>
            </label>
            <Show when=move || !one.get()>{line(Field::GIVEN_NAMES, Key::AskGiven, None)}</Show>
            {move || line(Field::SURNAME1, if one.get() { Key::AskOnlyName } else { Key::AskSurname1 }, None)}
            <Show when=move || !one.get()>{line(Field::SURNAME2, Key::AskSurname2, None)}</Show>
            {line(Field::COMMON_NAME, Key::AskCommon, Some(Key::AskCommonHint))}
        </Question>
    }
}

/// Relations that are offered as cards, for adults and for children; all others stand in a list below.
const OF_ADULTS: [&str; 9] = ["WIF", "HUS", "CLW", "CLH", "MOT", "FAT", "SIS", "BRO", "NRL"];
const OF_CHILDREN: [&str; 9] = ["DAU", "SON", "SCF", "SCM", "SIS", "BRO", "NIE", "NEP", "NRL"];
/// Codes that nobody says of themselves.
const OF_STAFF: [&str; 2] = ["FP", "UNK"];

/// What somebody is to the one who fills it in.
pub(super) fn relation(asked: Asked, nth: u8) -> impl IntoView {
    let words = asked.words;
    let spot = (nth, Field::RELATIONSHIP);
    let child = memo(move || {
        asked.read(|application, typed| {
            application.part(nth).is_some_and(|part| answers::is_child(typed, part, day::today()))
        })
    });
    let likely = move || if child.get() { OF_CHILDREN } else { OF_ADULTS };
    let cards = memo(move || {
        let choices = asked.door.choices();
        likely().map(|code| (code.to_owned(), choices.label("relationship", code))).to_vec()
    });
    let others = memo(move || {
        let mut others = asked.door.choices().options("relationship", "");
        others.retain(|(code, _)| !likely().contains(&code.as_str()) && !OF_STAFF.contains(&code.as_str()));
        others
    });
    let value = asked.code(spot);
    let choose = Callback::new(move |code: String| {
        asked.say(|application, _| answers::say_relation(application, nth, &code));
    });
    let title = asked.title(nth, Key::AskRelationTitle, Key::AskRelationTitle);
    let other = words.text(Key::AskRelationOther);
    view! {
        <Question asked title icon=icons::RELATION>
            <Cards id=id(spot) label=title hidden_label=true options=cards value on_choose=choose fault=asked.fault(spot)/>
            <Pick id=format!("{}-other", id(spot)) label=other options=others value on_choose=choose/>
        </Question>
    }
}

/// When somebody was born, as far as it is known.
pub(super) fn birth(asked: Asked, nth: u8) -> impl IntoView {
    let words = asked.words;
    let spot = (nth, Field::DATE_OF_BIRTH);
    let title = asked.title(nth, Key::AskBirthTitleYou, Key::AskBirthTitle);
    let hint = words.text(Key::AskBirthHint);
    view! {
        <Question asked title icon=icons::BIRTH>
            <DateBoxes
                id=id(spot)
                label=title
                hidden_label=true
                value=asked.date(spot)
                on_type=asked.on_date(spot)
                age=true
                hint
                fault=asked.fault(spot)
            />
        </Question>
    }
}

/// Sex, where the relation does not say it.
pub(super) fn sex(asked: Asked, nth: u8) -> impl IntoView {
    let spot = (nth, Field::SEX);
    let options = memo(move || {
        let mut options = asked.door.choices().options("sex", "");
        // «Desconocido» is for staff.
        options.retain(|(code, _)| code != "U");
        options
    });
    let title = asked.title(nth, Key::AskSexTitleYou, Key::AskSexTitle);
    let (value, choose) = (asked.code(spot), asked.on_code(spot));
    view! {
        <Question asked title icon=icon::PERSON>
            <Cards id=id(spot) label=title hidden_label=true options value on_choose=choose fault=asked.fault(spot)/>
        </Question>
    }
}

/// Countries that most people come from, then «none» and «not known».
const LIKELY: [&str; 9] = ["VEN", "HTI", "COL", "CUB", "ECU", "NIC", "CHN", "XXA", "XXX"];

/// Nationalities, up to three.
pub(super) fn nationality(asked: Asked, nth: u8) -> impl IntoView {
    let words = asked.words;
    let spot = (nth, Field::NATIONALITY);
    let chosen = Signal::derive(move || {
        asked
            .part(nth, |part| part.facts.get(&spot.1).and_then(Value::as_codes).map(<[String]>::to_vec))
            .unwrap_or_default()
    });
    let likely = memo(move || {
        // What others of the family are comes first.
        let mut likely = asked.read(|application, _| {
            let others = application.people().filter(|part| part.nth != nth);
            let codes = others.filter_map(|part| part.facts.get(&spot.1).and_then(Value::as_codes));
            codes.flatten().cloned().collect::<Vec<_>>()
        });
        if words.language() == Language::Haitian {
            likely.push("HTI".to_owned());
        }
        likely.extend(LIKELY.map(str::to_owned));
        let mut seen = Vec::new();
        likely.retain(|code| {
            let fresh = !seen.contains(code);
            seen.push(code.clone());
            fresh
        });
        likely
    });
    let choose = Callback::new(move |(code, is): (String, bool)| {
        asked.say(|application, _| answers::say_code_among(application, spot, &code, is, NATIONALITIES));
    });
    let title = asked.title(nth, Key::AskNationalityTitleYou, Key::AskNationalityTitle);
    view! {
        <Question asked title icon=icons::GLOBE>
            <Among
                spot
                label=title
                hidden_label=true
                search=words.text(Key::AskSearchCountry)
                table="countries"
                likely
                chosen
                on_choose=choose
                many=true
                hint=words.text(Key::AskNationalityHint)
                fault=asked.fault(spot)
            />
        </Question>
    }
}

/// The code of «none of these».
const NOBODY: &str = "-";

/// Who answers for a child.
pub(super) fn carer(asked: Asked, nth: u8) -> impl IntoView {
    let words = asked.words;
    let spot = (nth, Field::RESPONSIBLE_ADULT);
    let options = memo(move || {
        let mut options = asked.read(|application, typed| {
            let grown = answers::adults(application, typed, day::today()).filter(|part| part.nth != nth);
            grown
                .map(|part| (part.nth.to_string(), say::name(words, application, part.nth)))
                .collect::<Vec<_>>()
        });
        options.push((NOBODY.to_owned(), words.get(Key::AskCarerNone)));
        options
    });
    let value = Signal::derive(move || {
        asked.read(|application, typed| {
            let held = application.part(nth).and_then(|part| part.facts.get(&spot.1)).and_then(Value::as_ref);
            let who = |id: RecordId| application.people().find(|part| application.record_of(part.nth) == id);
            match held.and_then(who) {
                Some(part) => part.nth.to_string(),
                None if answers::nobody_of_these(typed, nth) => NOBODY.to_owned(),
                None => String::new(),
            }
        })
    });
    let choose = Callback::new(move |code: String| {
        asked.say(|application, typed| {
            let who = code.parse().ok().map(|nth| application.record_of(nth));
            answers::say_carer(application, typed, nth, who);
        });
    });
    let title = asked.title(nth, Key::AskCarerTitleYou, Key::AskCarerTitle);
    let hint = words.text(Key::AskCarerHint);
    view! {
        <Question asked title icon=icon::PEOPLE>
            <Cards id=id(spot) label=title hidden_label=true options value on_choose=choose hint fault=asked.fault(spot)/>
        </Question>
    }
}
