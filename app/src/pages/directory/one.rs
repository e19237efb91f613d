//! One desk of the directory.

use super::language;
use crate::components::{Draw, Icon};
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::service::Desk;
use leptos::prelude::*;

/// What it takes, where it is, when it is open and how it is reached.
#[component]
pub fn OneDesk(
    desk: Desk,
    /// Who is to be referred, where somebody comes from a person.
    person: Option<RecordId>,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let today = when::today();
    let name = tables.label(Table::Desks, &desk.code);
    let site = if desk.site.is_empty() {
        words.get(Key::DeskEverywhere)
    } else {
        tables.label(Table::Sites, &desk.site)
    };
    let accepts = words.list(desk.sectors.iter().map(|code| tables.label_in_file("referral_sectors", code)));
    let speaks = desk.languages.iter().map(|code| {
        language(tables, code).map_or_else(|| code.clone(), |item| item.label(words.language()).to_owned())
    });
    let speaks = words.list(speaks);
    let answers = if desk.has_accounts { Key::DeskAccount } else { Key::DeskSlip };
    let open = desk.is_valid(today);
    let validity = match (desk.retired, desk.valid_from, desk.valid_to) {
        (true, ..) => Some(words.get(Key::DeskClosed)),
        (_, _, Some(to)) if to < today => Some(words.get(Key::DeskClosed)),
        (_, Some(from), _) if today < from => {
            Some(words.with(Key::DeskOpens, &[("when", &when::day(words, from))]))
        }
        (_, _, Some(to)) => Some(words.with(Key::DeskCloses, &[("when", &when::day(words, to))])),
        _ => None,
    };
    let validity = validity.map(|text| {
        let class = if open { "chip" } else { "chip chip--attention" };
        view! { <span class=class>{text}</span> }
    });
    // What the office has not filled in takes no room for each.
    let noted = |key: Key, text: &str| {
        let fact = |text: &str| {
            view! { <div><dt>{words.get(key)}</dt><dd dir="auto">{text.to_owned()}</dd></div> }
        };
        (!text.is_empty()).then(|| fact(text))
    };
    let (dialled, shown) = (desk.dialled(), desk.phone.clone());
    let call = (!dialled.is_empty()).then(|| {
        let named = name.clone();
        view! {
            <a class="btn" href=format!("tel:{dialled}")>
                <Draw icon=Icon::Phone/>
                <span class="ltr">{shown.clone()}</span>
                <span class="unseen">" "{named}</span>
            </a>
        }
    });
    let told = if call.is_some() { None } else { noted(Key::DeskPhone, &shown) };
    let unknown =
        [(Key::DeskHours, &desk.hours), (Key::DeskAddress, &desk.address), (Key::DeskPhone, &shown)];
    let unknown: Vec<String> =
        unknown.into_iter().filter(|(_, text)| text.is_empty()).map(|(key, _)| words.get(key)).collect();
    let unknown = (!unknown.is_empty()).then(|| {
        view! { <p class="note">{words.with(Key::DeskUnknown, &[("what", &words.list(unknown))])}</p> }
    });
    let refer = person.filter(|_| open).map(|person| {
        let named = name.clone();
        let href = format!("/people/{person}/refer?desk={}", desk.code);
        view! {
            <a class="btn" href=href>
                <Draw icon=Icon::Send/>
                {words.get(Key::DeskRefer)}
                <span class="unseen">" "{named}</span>
            </a>
        }
    });
    view! {
        <li class="desks__one">
            <div class="desks__head">
                <h3 class="row__title"><bdi>{name}</bdi></h3>
                <span class="line">
                    <span class="chip">{site}</span>
                    <span class=if desk.has_accounts { "chip chip--sent" } else { "chip" }>{words.get(answers)}</span>
                    {validity}
                </span>
            </div>
            <dl class="facts">
                <div><dt>{words.get(Key::DeskAccepts)}</dt><dd>{accepts}</dd></div>
                <div><dt>{words.get(Key::DeskLanguages)}</dt><dd>{speaks}</dd></div>
                {noted(Key::DeskHours, &desk.hours)}
                {noted(Key::DeskAddress, &desk.address)}
                {told}
            </dl>
            {unknown}
            <div class="line">{call}{refer}</div>
        </li>
    }
}
