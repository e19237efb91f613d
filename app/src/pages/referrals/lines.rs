//! To whom a referral goes, how soon an answer is due, and why.

use super::form::{Work, is_own};
use crate::components::{Choices, Draw, Icon};
use crate::tables::{Item, Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::service::brief::{minutes_of, time_text};
use domain::service::desks_for;
use domain::service::referral::REASON_LIMIT;
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;

/// The desks of an institution.
pub struct Desks(Vec<String>);

impl Desks {
    /// Those that take people today.
    #[must_use]
    pub fn of(tables: Tables, institution: &str) -> Desks {
        let today = when::today();
        let desks = tables.desks().into_iter();
        let ours = desks.filter(|desk| desk.institution == institution && desk.is_valid(today));
        Desks(ours.map(|desk| desk.code).collect())
    }

    /// The first; empty where there is none.
    #[must_use]
    pub fn first(&self) -> String {
        self.0.first().cloned().unwrap_or_default()
    }
}

/// The card that asks to whom, how soon and why.
#[component]
pub fn To(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let back = work.back;
    view! {
        <section class="card" aria-labelledby="refer-to">
            <div class="card__head"><h2 class="card__title" id="refer-to">{move || words.get(Key::ReferTo)}</h2></div>
            <div class="stack">
                {if back {
                    view! { <Known work/> }.into_any()
                } else {
                    view! { <Asked work/> }.into_any()
                }}
                <Urgency work/>
                <Reason work/>
            </div>
        </section>
    }
}

/// The desk to which it goes back.
#[component]
fn Known(work: Work) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let desk = move || {
        let (desk, to) = work.of(|draft| (draft.desk.clone(), draft.to.clone()));
        if desk.is_empty() {
            tables.label(Table::Institutions, &to)
        } else {
            tables.label(Table::Desks, &desk)
        }
    };
    view! {
        <p class="line" id="refer-desk" tabindex="-1">
            <Draw icon=Icon::Undo/>
            <span>{move || words.get(Key::ReferBackTo)}" "<b>{desk}</b></span>
        </p>
    }
}

/// Sector, then the desks that take it.
#[component]
fn Asked(work: Work) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let today = when::today();
    let site = work.me.with_untracked(|me| me.site().to_owned());
    // Which desk is their own may be heard while this stands open.
    let desks = Memo::new(move |_| {
        let mut desks = tables.desks();
        work.me.with(|me| desks.retain(|desk| !is_own(me, tables, &desk.institution, &desk.code)));
        desks
    });
    let taken: BTreeSet<String> = desks.with_untracked(|desks| {
        let valid = desks.iter().filter(|desk| desk.is_valid(today));
        valid.flat_map(|desk| desk.sectors.iter().cloned()).collect()
    });
    let mut sectors = tables.offered("referral_sectors", "");
    sectors.retain(|sector| taken.contains(&sector.code));
    let sector = Memo::new(move |_| work.of(|draft| draft.sector.clone()));
    let choose_sector = move |code: String| {
        work.put(|draft| {
            let accepts = desks.with_untracked(|desks| {
                desks.iter().any(|desk| desk.code == draft.desk && desk.accepts(&code))
            });
            if !accepts {
                draft.send_to("", "");
            }
            draft.sector = code;
        });
    };
    let choose_desk = move |code: String| {
        let to = desks.with_untracked(|desks| {
            desks.iter().find(|desk| desk.code == code).map(|desk| desk.institution.clone())
        });
        work.put(|draft| draft.send_to(&to.unwrap_or_default(), &code));
    };
    let offered = move || {
        let sector = sector.get();
        if sector.is_empty() {
            return view! { <p class="note" id="refer-desk" tabindex="-1">{words.get(Key::ReferSectorFirst)}</p> }
                .into_any();
        }
        let items: Vec<Item> = desks.with(|desks| {
            let found = desks_for(desks, &sector, &site, today);
            found.into_iter().filter_map(|desk| tables.item(Table::Desks, &desk.code)).collect()
        });
        if items.is_empty() {
            return view! { <p class="note" id="refer-desk" tabindex="-1">{words.get(Key::ReferNoDesk)}</p> }
                .into_any();
        }
        let value = Signal::derive(move || work.of(|draft| draft.desk.clone()));
        let fault = work.fault_at(words, "refer-desk");
        view! { <Choices id="refer-desk" value on_choose=choose_desk items fault/> }.into_any()
    };
    // Hours, languages and telephones stand there; whoever chooses there comes back with the desk. One that was kept is
    // gone on with here.
    let directory = work.draft.with_untracked(|it| {
        let owner = it.draft.owner.filter(|_| !it.page.contains('?'));
        owner.map(|owner| format!("/directory?person={owner}"))
    });
    view! {
        {directory.map(|href| view! {
            <p class="line"><A href attr:class="btn btn--quiet"><Draw icon=Icon::Phone/>{move || words.get(Key::DeskTitle)}</A></p>
        })}
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferSector)}</legend>
            <Choices id="refer-sector" value=sector on_choose=choose_sector items=sectors
                fault=work.fault_at(words, "refer-sector")/>
        </fieldset>
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferDesk)}</legend>
            {offered}
        </fieldset>
    }
}

/// How soon an answer is due.
#[component]
fn Urgency(work: Work) -> impl IntoView {
    let words = use_words();
    let items = use_tables().offered("referral_urgency", "");
    let value = Signal::derive(move || work.of(|draft| draft.urgency.clone()));
    let due = move || {
        let hours = i64::try_from(work.hours()).unwrap_or(0);
        let at = minutes_of(&when::local_minute()).unwrap_or(0).saturating_add(hours.saturating_mul(60));
        words.with(Key::ReferAnswerBefore, &[("when", &when::day_and_time(words, &time_text(at)))])
    };
    view! {
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferUrgency)}</legend>
            <Choices id="refer-urgency" value on_choose=move |code| work.put(|draft| draft.urgency = code) items
                fault=work.fault_at(words, "refer-urgency")/>
            <p class="note line" role="status"><Draw icon=Icon::Clock/>{due}</p>
        </fieldset>
    }
}

/// Why, and no more than that.
#[component]
fn Reason(work: Work) -> impl IntoView {
    let words = use_words();
    let fault = work.fault_at(words, "refer-reason");
    let left = move || {
        let typed = work.of(|draft| draft.reason.trim().chars().count());
        words.count(Key::ReferReasonLeft, REASON_LIMIT.saturating_sub(typed) as u64)
    };
    let border = work.role() == domain::Role::BorderOfficer;
    view! {
        <div class=move || if fault.get().is_some() { "field field--error field--wide" } else { "field field--wide" }>
            <label class="field__label" for="refer-reason">
                {move || words.get(Key::ReferReason)}
                {border.then(|| view! { " " <span class="field__maybe">{move || words.get(Key::FieldMaybe)}</span> })}
            </label>
            <p class="field__hint" id="refer-reason-hint">{move || words.get(Key::ReferReasonHint)}</p>
            <p class="field__error" id="refer-reason-fault">{fault}</p>
            <textarea class="input" id="refer-reason" rows="3" dir="auto" spellcheck="false" autocomplete="off"
                prop:value=move || work.of(|draft| draft.reason.clone())
                aria-describedby="refer-reason-hint refer-reason-fault"
                aria-invalid=move || fault.get().is_some().to_string()
                on:input=move |event| work.put(|draft| draft.reason = event_target_value(&event))></textarea>
            <p class="note">{left}</p>
        </div>
    }
}
