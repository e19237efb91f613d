//! The paper slip of a referral: to which desk, how soon, and the number and code by which that desk answers. The person
//! carries it, so it names nobody but by the letters of what they chose to share; the code is not in the picture.

use super::Me;
use crate::components::parts::initials;
use crate::components::sheet::{
    LanguageChoice, Paper, PaperChoice, PrintButton, in_each, labelled, said, second_language, words_of,
};
use crate::components::{Back, Mark, Qr};
use crate::device::use_vault;
use crate::forms::use_forms;
use crate::pages::group::NotHere;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::{Item, Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::service::Referral;
use domain::service::referral::Status;
use domain::{Class, Field, GroupRef, Kind, RecordId};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use seal::Why;
use store::{StoreError, Vault};

/// What is printed.
#[derive(Clone, Debug, PartialEq)]
struct Slip {
    referral: RecordId,
    number: GroupRef,
    code: GroupRef,
    to: String,
    desk: String,
    sector: String,
    urgency: String,
    from: String,
    due: String,
    initials: String,
    /// Code of the main language, where it is shared.
    language: String,
}

/// The page.
#[component]
pub fn ReferralSlip() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let tables = use_tables();
    crate::desk::title(words, Key::ReferSlipTitle);
    let id = use_params_map().with_untracked(|params| params.get("id").and_then(|id| RecordId::parse(&id)));
    let reading = Reading::of_page(Why::Slip);
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            let Some(id) = id else { return Ok(None) };
            let slip = read(&vault, id, tables).await.map_err(|error| explain(&error))?;
            if slip.is_some() {
                reading.opened(&vault, id);
            }
            Ok(slip)
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

/// The slip of a referral that was sent from here; `None` for any other, whose code nobody here knows.
async fn read(vault: &Vault, id: RecordId, tables: Tables) -> Result<Option<Slip>, StoreError> {
    let Some(record) = vault.record(id).await? else { return Ok(None) };
    let me = Me::read(vault).await?;
    let Some(referral) = Referral::of(&record) else { return Ok(None) };
    if !me.parties(referral, tables).sender || referral.status() == Status::Draft {
        return Ok(None);
    }
    let own = |field| referral.text(field).to_owned();
    let printed = |field| GroupRef::parse(referral.text(field)).ok();
    let (Some(number), Some(code)) = (printed(Field::REFERRAL_REF), printed(Field::REFERRAL_CODE)) else {
        return Ok(None);
    };
    let shared = referral.shared().unwrap_or_default();
    Ok(Some(Slip {
        referral: id,
        number,
        code,
        to: own(Field::REFERRAL_TO),
        desk: own(Field::REFERRAL_DESK),
        sector: own(Field::REFERRAL_SECTOR),
        urgency: own(Field::REFERRAL_URGENCY),
        from: own(Field::REFERRAL_FROM),
        due: own(Field::REFERRAL_DUE),
        initials: initials(&super::shared_name(&shared)),
        language: shared.text(0, Field::LANG_MAIN).to_owned(),
    }))
}

#[component]
fn Shown(slip: Slip) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let forms = use_forms();
    let paper = RwSignal::new(Paper::Letter);
    let main = Some(slip.language.as_str()).filter(|code| !code.is_empty());
    let second = RwSignal::new(second_language(main, words.language()));
    let spoken = Memo::new_with_compare(move |_| words_of(second.get()), |_, _| true);
    let ready = Signal::derive(move || spoken.with(|spoken| spoken.iter().all(|words| words.ready())));
    let back = format!("/referrals/{}", slip.referral);
    let origin = window().location().origin().unwrap_or_default();
    let address = format!("{origin}/answer");
    let link = format!("{address}?n={}", slip.number.as_str());
    let (number, code) = (slip.number.to_string(), slip.code.to_string());
    let slip = StoredValue::new(slip);
    let rows = move || {
        let spoken = spoken.get();
        let slip = slip.get_value();
        let item = |table: Table, code: &str| tables.item(table, code);
        let listed = |table: &str, code: &str| {
            let items: Vec<Item> = tables.offered(table, "");
            items.into_iter().find(|item| item.code == code)
        };
        // Whoever finds the paper reads nothing on it that only few need to know.
        let few =
            forms.judge(|_, _, lists| lists.code_class(Kind::REFERRAL, &slip.sector)) == Class::NeedToKnow;
        let due = slip.due.clone();
        let mut rows: Vec<(Key, AnyView)> = vec![
            (Key::ReferToldTo, labelled(&spoken, item(Table::Institutions, &slip.to), &slip.to)),
            (Key::ReferDesk, labelled(&spoken, item(Table::Desks, &slip.desk), &slip.desk)),
            (Key::ReferSector, labelled(&spoken, listed("referral_sectors", &slip.sector), &slip.sector)),
            (Key::ReferUrgency, labelled(&spoken, listed("referral_urgency", &slip.urgency), &slip.urgency)),
            (Key::ReferDueAt, in_each(&spoken, move |words: Words| when::day_and_time(words, &due))),
            (Key::ReferFrom, labelled(&spoken, item(Table::Institutions, &slip.from), &slip.from)),
        ];
        rows.retain(|(key, _)| !few || *key != Key::ReferSector);
        let initials = (!slip.initials.is_empty()).then(|| {
            let initials = slip.initials.clone();
            view! { <div><dt>{said(&spoken, Key::ReferSlipInitials)}</dt><dd><bdi>{initials}</bdi></dd></div> }
        });
        let rows = rows.into_iter().map(|(key, value)| {
            view! { <div><dt>{said(&spoken, key)}</dt><dd>{value}</dd></div> }
        });
        view! { <dl>{rows.collect_view()}{initials}</dl> }
    };
    let sentences = move || {
        let spoken = spoken.get();
        let ready = spoken.into_iter().filter(|words| words.ready());
        ready
            .map(|words| {
                let language = words.language();
                view! {
                    <section lang=language.code() dir=language.direction()>
                        <h2>{words.get(Key::ReferSlipTitle)}</h2>
                        <p class="slip__not"><strong>{words.get(Key::SlipNotIdentity)}</strong></p>
                        <ul class="slip__next">
                            <li>{words.get(Key::ReferSlipTake)}</li>
                            <li>{words.get(Key::ReferSlipDesk)}</li>
                            <li>{words.get(Key::ReferSlipWithdraw)}</li>
                        </ul>
                    </section>
                }
            })
            .collect_view()
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::ReferOneTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::ReferSlipTitle)}</h1>
                </div>
                <PrintButton ready/>
            </div>
            <section class="card">
                <div class="fields">
                    <PaperChoice paper papers=&[Paper::Letter, Paper::A4, Paper::Roll]/>
                    <LanguageChoice second/>
                </div>
                <p role="status" class="soft">{move || (!ready.get()).then(|| words.get(Key::SlipWordsMissing))}</p>
            </section>
            <article class=move || format!("{} slip referral", paper.get().class())>
                <header class="slip__head">
                    <p class="slip__mark"><Mark/><span>"Amparo"</span></p>
                    <p class="slip__ref"><span class="referral__what">{move || spoken.with(|it| said(it, Key::ReferSlipNumber))}</span>{number}</p>
                    <Qr text=link label=Signal::derive(move || words.get(Key::ReferSlipQr))/>
                </header>
                <p class="slip__ref referral__code">
                    <span class="referral__what">{move || spoken.with(|it| said(it, Key::ReferSlipCode))}</span>{code}
                </p>
                <p class="referral__address ltr">{address}</p>
                {rows}
                <div class="slip__languages">{sentences}</div>
            </article>
        </main>
    }
}
