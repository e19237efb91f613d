//! The slip a family takes along: its reference in large letters and as a code, what was done, and what comes next, in
//! Spanish and in a language they read. No name stands on it unless somebody asks for that, and none is in the code.

use super::group::NotHere;
use crate::components::sheet::{
    LanguageChoice, Paper, PaperChoice, PrintButton, said, second_language, words_of,
};
use crate::components::{Back, Icon, Mark, Notice, Qr};
use crate::device::use_vault;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::registration_group::GroupView;
use domain::{Field, GroupRef, Individual, RecordId, Value};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use seal::Why;
use store::{StoreError, Vault};
use time::Date;

/// What is printed.
#[derive(Clone, Debug, PartialEq)]
struct Slip {
    group: RecordId,
    /// `None` where the group has none, or one that was misread.
    reference: Option<GroupRef>,
    site: Option<String>,
    organisation: Option<String>,
    registered: Option<Date>,
    people: u64,
    names: Vec<String>,
    /// Code of the focal point's main language.
    language: Option<String>,
}

/// The page.
#[component]
pub fn SlipPage() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::SlipTitle);
    let id =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let reading = Reading::of_page(Why::Slip);
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            match id {
                Some(id) => {
                    let slip = read(&vault, id).await.map_err(|error| explain(&error))?;
                    if slip.is_some() {
                        reading.opened(&vault, id);
                    }
                    Ok(slip)
                }
                None => Ok(None),
            }
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Some(slip)) => view! { <Shown slip/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn read(vault: &Vault, id: RecordId) -> Result<Option<Slip>, StoreError> {
    let Some(record) = vault.record(id).await? else { return Ok(None) };
    let mut members = vault.members(id).await?;
    // The paper goes into the hands of whoever speaks for the group: who is sealed is neither named nor counted on it.
    members.retain(|member| !domain::sealed_member::is_sealed(member));
    let group = GroupView::from_record(&record);
    let focal = members.iter().find(|member| Some(member.id) == group.focal_point).or(members.first());
    let text = |field| record.shown(field).and_then(Value::as_text).map(str::to_owned);
    // At the emergency stage a group is counted before its members are registered.
    let counted = match record.shown(Field::SIZE) {
        Some(Value::Int(size)) => u64::try_from(*size).unwrap_or(0),
        _ => 0,
    };
    Ok(Some(Slip {
        group: id,
        reference: group.group_ref.as_deref().and_then(|text| GroupRef::parse(text).ok()),
        organisation: text(Field::OWNER_ORG),
        registered: group.registration_date.and_then(|date| date.day_known()),
        people: counted.max(members.len() as u64),
        names: members.iter().map(|member| Individual::from_record(member).display_name()).collect(),
        language: focal
            .and_then(|focal| focal.shown(Field::LANG_MAIN))
            .and_then(Value::as_text)
            .map(str::to_owned),
        site: group.site,
    }))
}

#[component]
fn Shown(slip: Slip) -> impl IntoView {
    let words = use_words();
    let paper = RwSignal::new(Paper::Letter);
    let named = RwSignal::new(false);
    let second = RwSignal::new(second_language(slip.language.as_deref(), words.language()));
    let spoken = Memo::new_with_compare(move |_| words_of(second.get()), |_, _| true);
    let ready = Signal::derive(move || spoken.with(|spoken| spoken.iter().all(|words| words.ready())));
    let back = format!("/groups/{}", slip.group);
    let Some(reference) = slip.reference else {
        return view! {
            <main class="page" id="main" tabindex="-1">
                <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                <Notice class="notice--attention" icon=Icon::Alert>
                    {move || words.get(Key::SlipNoReference)}
                </Notice>
            </main>
        }
        .into_any();
    };
    let slip = StoredValue::new(slip);
    let names = move || {
        (named.get() && !slip.with_value(|slip| slip.names.is_empty())).then(|| {
            let names = slip.with_value(|slip| slip.names.clone());
            let names: Vec<_> = names.into_iter().map(|name| view! { <li><bdi>{name}</bdi></li> }).collect();
            view! {
                <section class="slip__names">
                    <h2>{spoken.with(|spoken| said(spoken, Key::SlipNames))}</h2>
                    <ul>{names}</ul>
                </section>
            }
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                    <h1 tabindex="-1">{move || words.get(Key::SlipTitle)}</h1>
                </div>
                <PrintButton ready/>
            </div>
            <section class="card">
                <div class="fields">
                    <PaperChoice paper papers=&[Paper::Letter, Paper::A4, Paper::Roll]/>
                    <LanguageChoice second/>
                    <div class="field">
                        <label class="check">
                            <input
                                type="checkbox"
                                prop:checked=named
                                on:change=move |event| named.set(event_target_checked(&event))
                                aria-describedby="with-names-hint"
                            />
                            <span>{move || words.get(Key::SlipWithNames)}</span>
                        </label>
                        <p class="field__hint" id="with-names-hint">{move || words.get(Key::SlipWithNamesHint)}</p>
                    </div>
                </div>
                <p role="status" class="soft">
                    {move || (!ready.get()).then(|| words.get(Key::SlipWordsMissing))}
                </p>
            </section>
            <article class=move || format!("{} slip", paper.get().class())>
                <header class="slip__head">
                    <p class="slip__mark"><Mark/><span>"Amparo"</span></p>
                    <p class="slip__ref">{reference.to_string()}</p>
                    <Qr text=reference.to_string() label=Signal::derive(move || words.get(Key::SlipQr))/>
                </header>
                <div class="slip__languages">
                    {move || {
                        let spoken = spoken.get();
                        // Not before its sentences have come: headings without words say nothing to anybody.
                        let ready = spoken.into_iter().filter(|words| words.ready());
                        ready.map(|words| view! { <Part slip words/> }).collect_view()
                    }}
                </div>
                {names}
            </article>
        </main>
    }
    .into_any()
}

/// The slip in one language.
#[component]
fn Part(slip: StoredValue<Slip>, words: Words) -> impl IntoView {
    let tables = use_tables();
    let language = words.language();
    let label = |table: Table, code: Option<String>| {
        let items = tables.all(table);
        code.map(|code| {
            let found = items.iter().find(|item| item.code == code);
            found.map_or(code.clone(), |item| item.label(language).to_owned())
        })
    };
    let (site, organisation, registered, people) = slip.with_value(|slip| {
        (
            label(Table::Sites, slip.site.clone()),
            label(Table::Institutions, slip.organisation.clone()),
            slip.registered,
            slip.people,
        )
    });
    let rows = move || {
        let date = |date: Option<Date>| date.map(|date| when::day(words, date));
        let rows = [
            (Key::Site, site.clone()),
            (Key::SlipOffice, organisation.clone()),
            (Key::SlipRegisteredOn, date(registered)),
            (Key::SlipPeople, (people > 0).then(|| words.number(people))),
            (Key::SlipValidUntil, date(registered.map(a_year_after))),
        ];
        let known = rows.into_iter().filter_map(|(key, value)| Some((key, value?)));
        known
            .map(|(key, value)| view! { <div><dt>{words.get(key)}</dt><dd><bdi>{value}</bdi></dd></div> })
            .collect_view()
    };
    let next = [Key::SlipNextKeep, Key::SlipNextChange, Key::SlipNextLost, Key::SlipNextFree];
    view! {
        <section lang=language.code() dir=language.direction()>
            <h2>{move || words.get(Key::SlipTitle)}</h2>
            <dl>{rows}</dl>
            <p class="slip__not">
                <strong>{move || words.get(Key::SlipNotIdentity)}</strong>" "{move || words.get(Key::SlipNoStatus)}
            </p>
            <h3>{move || words.get(Key::SlipNext)}</h3>
            <ul class="slip__next">
                {next.into_iter().map(|key| view! { <li>{move || words.get(key)}</li> }).collect_view()}
            </ul>
            <p class="slip__note">{move || words.get(Key::SlipQrNote)}</p>
        </section>
    }
}

/// The day until which a slip is good: twelve months after registration (`DOMAIN.md`, section 9).
fn a_year_after(day: Date) -> Date {
    let year = day.year() + 1;
    // 29 February has no such day a year later; the one before it has.
    day.replace_year(year).or_else(|_| Date::from_calendar_date(year, day.month(), 28)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_good_for_twelve_months() {
        for (day, until) in [
            ((2026, 11, 22), (2027, 11, 22)),
            ((2028, 2, 29), (2029, 2, 28)),
            ((2027, 2, 28), (2028, 2, 28)),
            ((2026, 12, 31), (2027, 12, 31)),
        ] {
            let date = |(year, month, day): (i32, u8, u8)| {
                Date::from_calendar_date(year, time::Month::try_from(month).unwrap(), day).unwrap()
            };
            assert_eq!(a_year_after(date(day)), date(until));
        }
    }
}
