//! An appointment: wished for with or without a line, taken, moved, taken back. Coming without one is worth as much.

use super::carry::use_carrier;
use super::heard::Hears;
use super::send::{Posting, Progress, on};
use super::status::Stands;
use super::{Page, told};
use crate::frame::{Frame, use_door};
use crate::keep::use_kept;
use crate::pieces::lean::Show;
use crate::pieces::lean::dynamic;
use crate::pieces::lean::memo;
use crate::pieces::{Cards, Draw, Notice, Pick, Tone, icon};
use crate::words::{Key, use_words};
use domain::application::{Act, OfficeNotice};
use domain::appointment::{DayPart, Wish};
use leptos::prelude::*;
use speech::when;

/// Code of «any day» in the lists of days.
const ANY: &str = "any";

/// Days of an office that are still to come, as far as is known.
fn days_to_come(office: &OfficeNotice, today: &str) -> Vec<String> {
    let mut days: Vec<String> = Vec::new();
    for day in office.days.iter().map(|it| &it.day).filter(|day| day.as_str() >= today) {
        // Not sorted at the end: the library's sorting weighs 5 KB for each type that is sorted.
        if let Err(place) = days.binary_search(day) {
            days.insert(place, day.clone());
        }
    }
    days
}

/// A wish of what was chosen; days the other way round are turned.
fn wish_of(site: &str, from: &str, until: &str, part: &str) -> Wish {
    let day = |chosen: &str| if chosen == ANY { String::new() } else { chosen.to_owned() };
    let (mut from, mut until) = (day(from), day(until));
    if !from.is_empty() && !until.is_empty() && from > until {
        std::mem::swap(&mut from, &mut until);
    }
    let part = match part {
        "morning" => DayPart::Morning,
        "afternoon" => DayPart::Afternoon,
        _ => DayPart::Any,
    };
    Wish { site: site.to_owned(), from, until, part }
}

/// Office, days and part of the day.
#[component]
pub(super) fn WishForm(
    /// The office of the application.
    site: String,
    /// Takes the wish.
    on_wish: Callback<Wish>,
) -> impl IntoView {
    let (door, words, carrier) = (use_door(), use_words(), use_carrier());
    let site = RwSignal::new(site);
    let any = || RwSignal::new(ANY.to_owned());
    let (from, until, part) = (any(), any(), any());
    let office = move |code: &str| door.choices().label("sites", code);
    let offices = Signal::derive(move || {
        let list = carrier.trust().and_then(|trust| trust.door).map(|door| door.offices).unwrap_or_default();
        list.into_iter().map(|it| (it.site.clone(), office(&it.site))).collect::<Vec<_>>()
    });
    let days = memo(move || {
        let today = when::local_minute();
        let today = today.split('T').next().unwrap_or_default();
        let trust = carrier.trust();
        trust
            .as_ref()
            .and_then(|trust| trust.office(&site.get(), ""))
            .map(|it| days_to_come(it, today))
            .unwrap_or_default()
    });
    let day_options = Signal::derive(move || {
        let any = (ANY.to_owned(), words.get(Key::BookAnyDay));
        let days = days.get().into_iter().map(|day| (day.clone(), told::day(words, &day)));
        std::iter::once(any).chain(days).collect::<Vec<_>>()
    });
    let parts = Signal::derive(move || {
        [(ANY, Key::BookAnyTime), ("morning", Key::BookMorning), ("afternoon", Key::BookAfternoon)]
            .map(|(code, key)| (code.to_owned(), words.get(key)))
            .to_vec()
    });
    let change_site = move |code: String| {
        site.set(code);
        from.set(ANY.to_owned());
        until.set(ANY.to_owned());
    };
    let pick = move |id: &'static str, label: Key, value: RwSignal<String>| {
        view! {
            <Pick
                id
                label=Signal::derive(move || words.get(label))
                options=day_options
                value
                on_choose=Callback::new(move |day: String| value.set(if day.is_empty() { ANY.to_owned() } else { day }))
            />
        }
    };
    let send = move |_| {
        let wish = untrack(|| wish_of(&site.get(), &from.get(), &until.get(), &part.get()));
        on_wish.run(wish);
    };
    view! {
        <Show when=move || offices.with(|it| it.len() > 1)>
            <Pick
                id="book-office"
                label=words.text(Key::StatusOffice)
                options=offices
                value=site
                on_choose=Callback::new(change_site)
            />
        </Show>
        <Show
            when=move || !days.with(Vec::is_empty)
            fallback=move || view! { <p class="door__hint">{words.text(Key::BookNoDays)}</p> }
        >
            {pick("book-from", Key::BookFrom, from)}
            {pick("book-until", Key::BookUntil, until)}
        </Show>
        <Cards
            id="book-part"
            label=words.text(Key::BookPart)
            options=parts
            value=part
            on_choose=Callback::new(move |code| part.set(code))
        />
        <button type="button" class="door__go" on:click=send>{words.text(Key::BookAsk)}</button>
    }
}

/// An appointment for that of this phone.
pub(super) fn book() -> impl IntoView {
    let (words, kept, carrier) = (use_words(), use_kept(), use_carrier());
    let posting = Posting::new();
    let standing = memo(move || {
        let told = kept.with(|draft| draft.standing.clone().map(|it| (it, draft.standing_at))).flatten();
        told.filter(|(it, _)| it.appointment.is_some())
    });
    let open = memo(move || kept.with(|draft| told::open(draft.standing.as_ref())).unwrap_or_default());
    let act = move |act: Act| {
        posting.go(carrier.ask(act), || ());
    };
    let button = move |key: Key, icon, make: fn() -> Act| {
        view! {
            <button type="button" class="door__back" on:click=move |_| act(make())>
                <Draw icon/>
                {Signal::derive(move || words.get(key))}
            </button>
        }
    };
    let site = untrack(|| kept.with(|draft| draft.application.site.clone())).unwrap_or_default();
    view! {
        <Frame title=words.text(Key::BookTitle) icon=icon::CALENDAR>
            <Notice tone=Tone::Plain><p>{words.text(Key::BookWalkIn)}</p></Notice>
            <Stands told=standing/>
            <Hears/>
            <Progress posting/>
            <div class="slip__ways">
                {dynamic(move || open.get().accept.then(|| button(Key::BookAccept, icon::CHECK, || Act::Accept)).into_any())}
                {dynamic(move || open.get().cancel.then(|| button(Key::BookCancel, icon::X, || Act::Cancel)).into_any())}
            </div>
            <Show
                when=move || open.get().wish
                fallback=move || view! { <p>{words.text(Key::BookClosed)}</p> }
            >
                <h2>{Signal::derive(move || words.get(if standing.with(Option::is_some) { Key::BookOther } else { Key::BookWish }))}</h2>
                <p>{words.text(Key::BookHow)}</p>
                <WishForm site=site.clone() on_wish=Callback::new(move |wish| act(Act::Wish(wish)))/>
            </Show>
        </Frame>
    }
}

/// Taking all of it back.
pub(super) fn withdraw() -> impl IntoView {
    let (door, words, carrier) = (use_door(), use_words(), use_carrier());
    let posting = Posting::new();
    let press = move |()| {
        posting.go(carrier.ask(Act::Withdraw), move || on(door, Page::Withdraw, Page::Mine));
    };
    view! {
        <Frame
            title=words.text(Key::SlipToWithdraw)
            icon=icon::X
            next=words.text(Key::BookWithdraw)
            on_next=Callback::new(press)
        >
            <p>{words.text(Key::BookWithdrawWhat)}</p>
            <p>{words.text(Key::BookWithdrawPhone)}</p>
            <Progress posting/>
        </Frame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::application::OpenDay;

    #[test]
    fn a_wish_says_what_was_chosen_and_nothing_more() {
        let any = Wish { site: "meteti".to_owned(), ..Wish::default() };
        assert_eq!(wish_of("meteti", ANY, ANY, ANY), any);
        let wish = wish_of("david", "2026-12-04", "2026-12-01", "morning");
        assert_eq!((wish.from.as_str(), wish.until.as_str()), ("2026-12-01", "2026-12-04"), "turned round");
        assert_eq!(wish.part, DayPart::Morning);
        assert_eq!(wish_of("david", "2026-12-04", ANY, "afternoon").part, DayPart::Afternoon);
    }

    #[test]
    fn days_that_are_over_are_not_offered() {
        let day = |day: &str| OpenDay { day: day.to_owned(), ..OpenDay::default() };
        let days = vec![day("2026-12-02"), day("2026-11-21"), day("2026-11-22"), day("2026-12-02")];
        let office = OfficeNotice { days, ..OfficeNotice::default() };
        assert_eq!(days_to_come(&office, "2026-11-22"), ["2026-11-22", "2026-12-02"]);
    }
}
