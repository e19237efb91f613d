//! Below the search: asking the server whether somebody is registered elsewhere, by organisations whose records do not
//! lie here.

use super::line::ask;
use super::one::One;
use crate::components::parts::focus_later;
use crate::components::{Busy, Draw, ErrorSummary, Icon, TextField};
use crate::device::{use_device, use_vault};
use crate::when;
use crate::words::{Key, use_words};
use domain::elsewhere::{Fault, Part, Wanted, year_of};
use domain::{Act, Kind, Role, may};
use leptos::prelude::*;
use seal::elsewhere::{Found, Lacking, Question, Told};

/// What came of the question.
#[derive(Clone)]
enum Outcome {
    Nothing,
    Asking,
    Found(Found),
    Trouble(Key),
}

/// Whether the browser believes that there is a line; reactive.
pub fn use_line() -> Signal<bool> {
    let on_line = RwSignal::new(window().navigator().on_line());
    let handles = [
        window_event_listener_untyped("online", move |_| on_line.set(true)),
        window_event_listener_untyped("offline", move |_| on_line.set(false)),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    on_line.into()
}

/// The way from the search to the question, and the question itself. Nothing for who may not ask it.
#[component]
pub fn Elsewhere(
    /// What was searched for here, as typed.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let words = use_words();
    let role = Role::from_code(use_vault().identity().role);
    if !role.is_some_and(|role| may(role, Act::Search, Kind::INDIVIDUAL)) {
        return ().into_any();
    }
    let open = RwSignal::new(false);
    let line = use_line();
    // Who searches for somebody else here does not ask for the one before elsewhere.
    Effect::new(move |_| {
        text.track();
        open.set(false);
    });
    let begin = move |_| {
        open.set(true);
        focus_later("elsewhere-names".to_owned());
    };
    view! {
        <section class=move || if open.get() { "" } else { "last" } aria-labelledby="elsewhere-title">
            <Show when=move || !open.get() fallback=move || view! { <Form text line/> }>
                <div>
                    <p>
                        <b id="elsewhere-title">{move || words.get(Key::ElsewhereTitle)}</b><br/>
                        <span class="note">
                            {move || words.get(if line.get() { Key::ElsewhereText } else { Key::ElsewhereNeedsLine })}
                        </span>
                    </p>
                </div>
                <button class="btn" type="button" disabled=move || !line.get() on:click=begin>
                    <Draw icon=Icon::Search/>
                    {move || words.get(Key::ElsewhereBegin)}
                </button>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Form(text: Signal<String>, line: Signal<bool>) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let (names, year, number) = text.with_untracked(|text| parts(text));
    let (names, year, number) = (RwSignal::new(names), RwSignal::new(year), RwSignal::new(number));
    let faults = RwSignal::new(Vec::<(Part, Fault)>::new());
    let checks = RwSignal::new(0);
    let outcome = RwSignal::new_local(Outcome::Nothing);
    let fault = move |part: Part| {
        Signal::derive(move || {
            let fault = faults.with(|faults| faults.iter().find(|it| it.0 == part).map(|it| it.1));
            fault.map(|fault| words.get(sentence(fault)))
        })
    };
    let summary = Signal::derive(move || {
        let link = |(part, fault): &(Part, Fault)| (id(*part).to_owned(), words.get(sentence(*fault)));
        faults.with(|faults| faults.iter().map(link).collect::<Vec<_>>())
    });
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if matches!(outcome.get_untracked(), Outcome::Asking) {
            return;
        }
        let this_year = u16::try_from(when::today().year()).unwrap_or_default();
        let born = year_of(&year.get_untracked(), this_year);
        let year = born.unwrap_or_default();
        let wanted = Wanted { names: names.get_untracked(), year, number: number.get_untracked() };
        let mut found = wanted.check(this_year).err().unwrap_or_default();
        if let Err(fault) = born {
            found.retain(|(part, _)| *part != Part::Born);
            found.push((Part::Born, fault));
        }
        faults.set(found.clone());
        checks.update(|checks| *checks += 1);
        outcome.set(Outcome::Nothing);
        if !found.is_empty() {
            return;
        }
        outcome.set(Outcome::Asking);
        leptos::task::spawn_local(async move {
            let told = ask(device, Question::Exists(wanted)).await;
            outcome.try_set(match told {
                Ok(Told::Found(found)) => Outcome::Found(found),
                Ok(Told::TooLittle(lacking)) => {
                    let lacking = lacking.into_iter().map(|Lacking { part, fault }| (part, fault));
                    faults.try_set(lacking.collect());
                    Outcome::Nothing
                }
                Ok(_) => Outcome::Trouble(Key::ElsewhereNoAnswer),
                Err(key) => Outcome::Trouble(key),
            });
        });
    };
    let shown = move || match outcome.get() {
        Outcome::Nothing => ().into_any(),
        Outcome::Asking => view! { <Busy label=Key::ElsewhereAsking/> }.into_any(),
        Outcome::Trouble(key) => {
            view! { <p class="field__error" role="alert">{move || words.get(key)}</p> }.into_any()
        }
        Outcome::Found(found) if found.people.is_empty() => {
            view! { <p role="status">{move || words.get(Key::ElsewhereNobody)}</p> }.into_any()
        }
        Outcome::Found(Found { people, more }) => {
            let rows = people.into_iter().map(|somebody| view! { <One somebody line/> }).collect_view();
            view! {
                <p role="status">{move || words.get(Key::ElsewhereSomebody)}</p>
                <ul class="rows card card--flush" aria-label=move || words.get(Key::ElsewhereFoundLabel)>{rows}</ul>
                {more.then(|| view! { <p class="note">{move || words.get(Key::ElsewhereMore)}</p> })}
            }
            .into_any()
        }
    };
    view! {
        <div class="card stack elsewhere">
            <h2 id="elsewhere-title">{move || words.get(Key::ElsewhereTitle)}</h2>
            <p>{move || words.get(Key::ElsewhereSent)}</p>
            <ErrorSummary faults=summary on_follow=|_: &str| {} checks/>
            <form class="stack" on:submit=send novalidate>
                <TextField id=id(Part::Names) label=Key::ElsewhereNames hint=Key::ElsewhereNamesHint value=names
                    on_type=move |text| names.set(text) fault=fault(Part::Names) capitals="words"/>
                <TextField id=id(Part::Born) label=Key::ElsewhereBorn hint=Key::ElsewhereBornHint value=year
                    on_type=move |text| year.set(text) fault=fault(Part::Born) mode="numeric"/>
                <TextField id=id(Part::Number) label=Key::ElsewhereNumber hint=Key::ElsewhereNumberHint value=number
                    on_type=move |text| number.set(text) fault=fault(Part::Number) capitals="characters"/>
                <div class="line">
                    <button class="btn btn--primary" type="submit" disabled=move || !line.get()>
                        <Draw icon=Icon::Search/>
                        {move || words.get(Key::ElsewhereSend)}
                    </button>
                    <Show when=move || !line.get()>
                        <span class="note">{move || words.get(Key::ElsewhereNeedsLine)}</span>
                    </Show>
                </div>
            </form>
            {shown}
        </div>
    }
}

fn id(part: Part) -> &'static str {
    match part {
        Part::Names => "elsewhere-names",
        Part::Born => "elsewhere-born",
        Part::Number => "elsewhere-number",
    }
}

fn sentence(fault: Fault) -> Key {
    match fault {
        Fault::Nothing => Key::ElsewhereFaultNothing,
        Fault::OneName => Key::ElsewhereFaultOneName,
        Fault::NoYear => Key::ElsewhereFaultNoYear,
        Fault::NoSuchYear => Key::ElsewhereFaultYear,
        Fault::NumberTooShort => Key::ElsewhereFaultNumber,
        Fault::Pattern => Key::ElsewhereFaultPattern,
        Fault::TooLong => Key::ElsewhereTooLong,
    }
}

/// What was searched for here, taken apart: names, a year of birth, and what else has figures in it.
fn parts(text: &str) -> (String, String, String) {
    let (mut names, mut year, mut number) = (Vec::new(), String::new(), Vec::new());
    for word in text.split_whitespace() {
        let is_year = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_year && year.is_empty() && (word.starts_with("19") || word.starts_with("20")) {
            year = word.to_owned();
        } else if word.chars().any(char::is_numeric) {
            number.push(word);
        } else {
            names.push(word);
        }
    }
    (names.join(" "), year, number.join(" "))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn what_was_searched_for_is_carried_over_part_by_part() {
        for (typed, names, year, number) in [
            ("Ana Pérez", "Ana Pérez", "", ""),
            ("Ana Pérez 1991", "Ana Pérez", "1991", ""),
            ("V-18.442.001 Ana", "Ana", "", "V-18.442.001"),
            ("1991 2000", "", "1991", "2000"),
            ("", "", "", ""),
        ] {
            assert_eq!(parts(typed), (names.to_owned(), year.to_owned(), number.to_owned()), "{typed}");
        }
    }
}
