//! What is preset or seldom said of a session: who else came, how long, where, in which language, what comes next.

use super::form::Draft;
use super::pieces::{Several, toggle};
use crate::components::fields::Fault;
use crate::components::{DateField, Select, TextField};
use crate::forms::use_forms;
use crate::tables::{Item, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::rules::days::{day_of_text, days_after, months_after};
use domain::{DateText, Field, PartialDate, RecordId};
use leptos::prelude::*;

/// Minutes that sessions often take.
const OFTEN: [&str; 5] = ["15", "30", "45", "60", "90"];

/// When somebody is to be seen again, from the day of the session.
#[derive(Clone, Copy)]
enum After {
    Week,
    TwoWeeks,
    Month,
}

#[component]
pub fn More(
    draft: Draft,
    /// Others of their group.
    family: Vec<(RecordId, String)>,
    minutes_fault: Fault,
    date_fault: Fault,
    next_fault: Fault,
    follow_up_fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let text =
        move |of: fn(&Logged) -> &String| Signal::derive(move || draft.with(|it| of(&it.draft).clone()));
    let none = Signal::from(None::<String>);
    let people: Vec<Item> = family.iter().map(|(id, name)| Item::new(&id.to_string(), name)).collect();
    let attended = Signal::derive(move || {
        draft.with(|it| it.draft.people.iter().map(RecordId::to_string).collect::<Vec<_>>())
    });
    let on_family = move |code: String, is: bool| {
        draft.update(|it| {
            let mut codes = it.draft.people.iter().map(RecordId::to_string).collect();
            toggle(&mut codes, code, is);
            it.draft.people = codes.iter().filter_map(|code| RecordId::parse(code)).collect();
        });
    };
    let minutes = text(|it| &it.minutes);
    let presets = OFTEN.map(|number| {
        let count = number.parse().unwrap_or(0);
        view! {
            <button class="btn" type="button" aria-pressed=move || minutes.with(|typed| typed == number).to_string()
                on:click=move |_| draft.update(|it| it.draft.minutes = number.to_owned())>
                {move || words.count(Key::SessionMinutesChip, count)}
            </button>
        }
    });
    let day_after = move |after: After| {
        let day = draft.with(|it| day_of_text(&it.draft.date)).unwrap_or_else(when::today);
        match after {
            After::Week => days_after(day, 7),
            After::TwoWeeks => days_after(day, 14),
            After::Month => months_after(day, 1),
        }
    };
    let follow_up = Signal::derive(move || draft.with(|it| it.draft.follow_up.clone()));
    let soon = [
        (After::Week, Key::SessionInAWeek),
        (After::TwoWeeks, Key::SessionInTwoWeeks),
        (After::Month, Key::SessionInAMonth),
    ];
    let chips = soon.map(|(after, label)| {
        let typed = move || {
            day_after(after).map(|day| DateText::of(&PartialDate::exact(day), when::today())).unwrap_or_default()
        };
        let put = move |_| {
            let typed = untrack(typed);
            // A second tap takes it back.
            draft.update(|it| {
                it.draft.follow_up = if it.draft.follow_up == typed { DateText::default() } else { typed };
            });
        };
        view! {
            <button class="btn" type="button" aria-pressed=move || (follow_up.get() == typed()).to_string() on:click=put>
                {move || words.get(label)}
            </button>
        }
    });
    let boxes =
        Signal::derive(move || follow_up.with(|it| [it.day.clone(), it.month.clone(), it.year.clone()]));
    let on_date = move |at: usize, typed: String| {
        draft.update(|it| {
            let date = &mut it.draft.follow_up;
            match at {
                0 => date.day = typed,
                1 => date.month = typed,
                _ => date.year = typed,
            }
        });
    };
    let label = move |field| Signal::derive(move || forms.label(field));
    let languages = Signal::derive(move || tables.offered("languages", ""));
    let sites = Signal::derive(move || tables.offered("sites", ""));
    view! {
        {(!people.is_empty()).then(|| view! {
            <Several id="session-family" legend=Key::SessionFamily items=people chosen=attended on_toggle=on_family fault=none/>
        })}
        <div class="stack">
            <TextField id="session-minutes" label=label(Field::SESSION_MINUTES) value=minutes mode="numeric" fault=minutes_fault
                on_type=move |typed| draft.update(|it| it.draft.minutes = typed)/>
            <div class="line" role="group" aria-label=move || words.get(Key::SessionMinutesOften)>{presets.into_iter().collect_view()}</div>
        </div>
        <div class="fields">
            <TextField id="session-date" label=label(Field::SESSION_DATE) value=text(|it| &it.date) kind="datetime-local" fault=date_fault
                on_type=move |typed| draft.update(|it| it.draft.date = typed)/>
            <Select id="session-site" label=label(Field::SESSION_SITE) value=text(|it| &it.site) items=sites fault=none
                on_choose=move |code| draft.update(|it| it.draft.site = code)/>
            <Select id="session-language" label=label(Field::SESSION_LANGUAGE) value=text(|it| &it.language) items=languages fault=none
                on_choose=move |code| draft.update(|it| it.draft.language = code)/>
        </div>
        <label class="check">
                <input type="checkbox" prop:checked=move || draft.with(|it| it.draft.interpreter)
                    on:change=move |event| draft.update(|it| it.draft.interpreter = event_target_checked(&event))/>
                <span>{label(Field::SESSION_INTERPRETER)}</span>
            </label>
        <TextField id="session-next" label=label(Field::SESSION_NEXT_STEP) hint=Key::SessionNextHint value=text(|it| &it.next_step)
            fault=next_fault wide=true on_type=move |typed| draft.update(|it| it.draft.next_step = typed)/>
        <div class="stack">
            <DateField id="session-follow-up" label=label(Field::SESSION_FOLLOW_UP_ON) value=boxes on_type=on_date fault=follow_up_fault/>
            <div class="line" role="group" aria-label=move || words.get(Key::SessionFollowUpSoon)>{chips.into_iter().collect_view()}</div>
        </div>
    }
}

type Logged = domain::service::session::SessionDraft;
