//! Export: what was done in a period, as a file, by right and for a reason that stays in the log.

mod making;

use crate::components::{Choices, Draw, ErrorSummary, Icon, Notice};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::tables::{Item, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::permission::office_reach;
use domain::rules::days::day_of_text;
use domain::service::export::{Choice, KINDS};
use domain::{Act, Kind, OfficeAct, Role};
use leptos::prelude::*;
use making::{Asked, Format, Outcome, Pieces, kind_word, make};
use std::collections::BTreeSet;
use time::Date;

/// Characters of each reason. Both together are a reason as `seal::exported::REASON` has it.
const REASON: core::ops::RangeInclusive<usize> = 10..=200;

/// What was typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    kinds: BTreeSet<Kind>,
    from: String,
    to: String,
    format: Format,
    named: bool,
    reason: String,
    names_reason: String,
}

impl Typed {
    /// What is wrong with it: inputs and sentences.
    fn faults(&self) -> Vec<(&'static str, Key)> {
        let mut faults = Vec::new();
        if self.kinds.is_empty() {
            faults.push(("export-what", Key::ExportFaultWhat));
        }
        let (from, to) = (day_of_text(&self.from), day_of_text(&self.to));
        for (id, day) in [("export-from", from), ("export-to", to)] {
            if day.is_none() {
                faults.push((id, Key::ExportFaultDay));
            }
        }
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            faults.push(("export-to", Key::AdminFaultEndsBefore));
        }
        if self.named && !is_reason(&self.names_reason) {
            faults.push(("export-names-why", Key::ExportFaultWhy));
        }
        if !is_reason(&self.reason) {
            faults.push(("export-why", Key::ExportFaultWhy));
        }
        faults
    }

    /// What is asked for; `None` while something is wrong with it.
    fn asked(&self) -> Option<Asked> {
        let days = |day: Date| i64::from(day.to_julian_day()) - 2_440_588;
        let (from, to) = (day_of_text(&self.from).map(days)?, day_of_text(&self.to).map(days)?);
        let choice = Choice { kinds: self.kinds.clone(), from, to, named: self.named };
        let names = self.named.then(|| format!(" · {}", self.names_reason.trim()));
        let reason = format!("{}{}", self.reason.trim(), names.unwrap_or_default());
        self.faults().is_empty().then_some(Asked { choice, format: self.format, reason })
    }
}

fn is_reason(text: &str) -> bool {
    REASON.contains(&text.trim().chars().count())
}

/// Whether somebody of a role takes records out: those who hold some and answer for what leaves.
fn exports(role: Option<Role>) -> bool {
    role.is_some_and(|role| office_reach(role, OfficeAct::Export).is_some() && holds_records(role))
}

fn holds_records(role: Role) -> bool {
    domain::permission::may(role, Act::Read, Kind::SESSION)
}

/// The page.
#[component]
pub fn ExportPage() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::ExportTitle);
    let role = Role::from_code(use_vault().identity().role);
    let refused = match role {
        _ if exports(role) => None,
        Some(role) if office_reach(role, OfficeAct::Export).is_some() => Some(Key::ExportNoRecords),
        _ => Some(Key::ExportNotYours),
    };
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <h1 tabindex="-1">{move || words.get(Key::ExportTitle)}</h1>
                    <p class="soft">{move || words.get(Key::ExportAbout)}</p>
                </div>
            </div>
            {match refused {
                Some(key) => view! { <Notice icon=Icon::Info>{move || words.get(key)}</Notice> }.into_any(),
                None => view! { <Form/> }.into_any(),
            }}
        </main>
    }
}

#[component]
fn Form() -> impl IntoView {
    let words = use_words();
    let pieces = Pieces { words, tables: use_tables(), forms: use_forms() };
    let owner = StoredValue::new(Owner::current().unwrap_or_default());
    let (device, vault) = (use_device(), use_vault_handle());
    let today = when::today();
    let iso = |day: Date| format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day());
    let first = today.replace_day(1).unwrap_or(today);
    let typed = RwSignal::new(Typed { from: iso(first), to: iso(today), ..Typed::default() });
    let (checks, busy) = (RwSignal::new(0_usize), RwSignal::new(false));
    let outcome = RwSignal::new(None::<Outcome>);
    let faults = Memo::new(move |_| if checks.get() == 0 { Vec::new() } else { typed.with(Typed::faults) });
    let fault = move |id: &'static str| {
        let found = faults.with(|faults| faults.iter().find(|(of, _)| *of == id).map(|(_, key)| *key));
        found.map(|key| words.get(key))
    };
    let summary = Signal::derive(move || {
        let said = |(id, key): (&str, Key)| (id.to_owned(), words.get(key));
        faults.get().into_iter().map(said).collect::<Vec<_>>()
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        outcome.set(None);
        let Some(asked) = typed.with_untracked(Typed::asked) else { return };
        busy.set(true);
        let (vault, owner) = (vault.get_value(), owner.get_value());
        leptos::task::spawn_local(async move {
            let done = make(&vault, &asked, pieces, &owner).await;
            busy.try_set(false);
            outcome.try_set(Some(done));
            // The line for the log goes out as soon as there is somebody to take it.
            device.courier().go(device);
        });
    };
    let kinds = KINDS.into_iter().enumerate().map(|(at, kind)| {
        let id = if at == 0 { "export-what".to_owned() } else { format!("export-what-{at}") };
        let key = kind.key().unwrap_or_default();
        let chosen = move || typed.with(|typed| typed.kinds.contains(&kind));
        let choose = move |event| {
            let on = event_target_checked(&event);
            typed.update(|typed| {
                if on {
                    typed.kinds.insert(kind)
                } else {
                    typed.kinds.remove(&kind)
                };
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" id=id prop:checked=chosen on:change=choose/>
                <span>{move || kind_word(words, key)}</span>
            </label>
        }
    });
    let formats = [(Format::Csv, Key::ExportCsv), (Format::Xlsx, Key::ExportXlsx)];
    let formats = formats.map(|(format, key)| Item::new(format.ending(), &words.get(key))).to_vec();
    let named = move || typed.with(|typed| typed.named);
    view! {
        <form class="card stack" novalidate on:submit=on_submit>
            <ErrorSummary faults=summary on_follow=|_| {} checks/>
            <AsOf/>
            <fieldset class="field">
                <legend class="field__label">{move || words.get(Key::ExportWhat)}</legend>
                <p class="field__error" id="export-what-fault">{move || fault("export-what")}</p>
                <div class="choices">{kinds.collect_view()}</div>
            </fieldset>
            <div class="fields">
                <Day id="export-from" label=Key::ExportFrom
                    value=Signal::derive(move || typed.with(|typed| typed.from.clone()))
                    on_choose=move |day| typed.update(|typed| typed.from = day)
                    fault=Signal::derive(move || fault("export-from"))/>
                <Day id="export-to" label=Key::ExportTo
                    value=Signal::derive(move || typed.with(|typed| typed.to.clone()))
                    on_choose=move |day| typed.update(|typed| typed.to = day)
                    fault=Signal::derive(move || fault("export-to"))/>
            </div>
            <fieldset class="field">
                <legend class="field__label">{move || words.get(Key::ExportForm)}</legend>
                <Choices id="export-format" items=formats fault=Signal::stored(None::<String>)
                    value=Signal::derive(move || typed.with(|typed| typed.format.ending().to_owned()))
                    on_choose=move |word| typed.update(|typed| typed.format = Format::of(&word))/>
            </fieldset>
            <label class="check">
                <input type="checkbox" id="export-names" aria-describedby="export-names-note" prop:checked=named
                    on:change=move |event| typed.update(|typed| typed.named = event_target_checked(&event))/>
                <span>{move || words.get(Key::ExportNames)}</span>
            </label>
            <p class="note" id="export-names-note">{move || words.get(Key::ExportNamesNote)}</p>
            <Show when=named>
                <Reason id="export-names-why" label=Key::ExportNamesWhy
                    value=Signal::derive(move || typed.with(|typed| typed.names_reason.clone()))
                    on_type=move |text| typed.update(|typed| typed.names_reason = text)
                    fault=Signal::derive(move || fault("export-names-why"))/>
            </Show>
            <Reason id="export-why" label=Key::ExportWhy
                value=Signal::derive(move || typed.with(|typed| typed.reason.clone()))
                on_type=move |text| typed.update(|typed| typed.reason = text)
                fault=Signal::derive(move || fault("export-why"))/>
            <Notice icon=Icon::Unlock>{move || words.get(Key::ExportUnsealed)}</Notice>
            <div role="status">{move || outcome.get().map(|outcome| view! { <Told outcome/> })}</div>
            <div class="line">
                <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                    <Draw icon=Icon::Download/>
                    {move || words.get(Key::ExportTitle)}
                </button>
            </div>
        </form>
    }
}

/// How it went, in words.
#[component]
fn Told(outcome: Outcome) -> impl IntoView {
    let words = use_words();
    let reserved = |words: Words, number: u32| {
        (number > 0).then(|| format!(" {}", words.count(Key::ExportReserved, u64::from(number))))
    };
    match outcome {
        Outcome::Done(rows, kept) => view! {
            <Notice class="notice--ok" icon=Icon::Check>
                {words.count(Key::ExportDone, u64::from(rows))}{reserved(words, kept)}
            </Notice>
        }
        .into_any(),
        Outcome::Nothing(kept) => view! {
            <Notice icon=Icon::Info>{words.get(Key::ExportNothing)}{reserved(words, kept)}</Notice>
        }
        .into_any(),
        Outcome::NotNoted | Outcome::NotMade => {
            let key =
                if outcome == Outcome::NotMade { Key::ExportFaultNotMade } else { Key::ExportFaultNotNoted };
            view! { <Notice class="notice--error" icon=Icon::Alert>{words.get(key)}</Notice> }.into_any()
        }
    }
}

/// Until when this device has heard of what others did.
#[component]
fn AsOf() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let heard = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.get_value();
        async move { vault.collected_at().await.ok().flatten() }
    });
    let said = move || {
        heard.get().map(|heard| match heard {
            Some(at) => words.with(Key::ExportAsOf, &[("when", &when::moment(words, at))]),
            None => words.get(Key::ExportNever),
        })
    };
    view! { <p class="note">{said}</p> }
}

/// A whole day.
#[component]
fn Day(
    id: &'static str,
    label: Key,
    value: Signal<String>,
    on_choose: impl Fn(String) + 'static,
    fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    view! {
        <div class=class>
            <label class="field__label" for=id>{move || words.get(label)}</label>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <input class="input" id=id type="date" prop:value=value
                aria-describedby=format!("{id}-fault") aria-invalid=move || fault.get().is_some().to_string()
                on:change=move |event| on_choose(event_target_value(&event))/>
        </div>
    }
}

/// Why, in a few lines.
#[component]
fn Reason(
    id: &'static str,
    label: Key,
    value: Signal<String>,
    on_type: impl Fn(String) + 'static,
    fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    view! {
        <div class=class>
            <label class="field__label" for=id>{move || words.get(label)}</label>
            <p class="field__hint" id=format!("{id}-hint")>{move || words.get(Key::ExportWhyHint)}</p>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <textarea class="input" id=id rows="2" dir="auto" autocomplete="off" prop:value=value
                aria-describedby=format!("{id}-hint {id}-fault")
                aria-invalid=move || fault.get().is_some().to_string()
                on:input=move |event| on_type(event_target_value(&event))></textarea>
        </div>
    }
}
