//! The consents that were given, each to be taken back.

use super::{Copy, text};
use crate::pages::referrals::WithdrawConsent;
use crate::tables::{Table, Tables};
use crate::words::{Key, Words};
use domain::{Field, Record};
use leptos::prelude::*;

/// Every consent that was given and may be taken back here; not printed. Who is told then is said before.
pub fn given(words: Words, tables: Tables, copy: &Copy) -> Option<AnyView> {
    let given = |row: &&Record| text(row, Field::CONSENT_DECISION).as_deref() == Some("yes");
    let rows: Vec<_> = copy
        .owners
        .iter()
        .flat_map(|(name, consents)| {
            consents.iter().filter(given).map(move |consent| (name.clone(), consent))
        })
        .map(|(name, consent)| {
            let (purpose, with) = (
                text(consent, Field::CONSENT_PURPOSE).unwrap_or_default(),
                text(consent, Field::CONSENT_ORGANISATION),
            );
            let called = Signal::derive(move || {
                let purpose = tables.list_label("consent_purpose", &purpose);
                let with = with.as_ref().map(|code| tables.label(Table::Institutions, code));
                with.map_or(purpose.clone(), |with| format!("{purpose}: {with}"))
            });
            let whom = name.clone().unwrap_or_default();
            let whose = move || name.clone().unwrap_or_else(|| words.get(Key::Family));
            view! {
                <li class="section">
                    <p><b>{called}</b>" · "<bdi>{whose}</bdi></p>
                    <WithdrawConsent consent=consent.clone() called whom/>
                </li>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="card card--flush" aria-labelledby="consents-withdraw">
                <div class="card__head">
                    <h2 class="card__title" id="consents-withdraw">{move || words.get(Key::ReferConsentsGiven)}</h2>
                </div>
                <ul class="rows">{rows}</ul>
            </section>
        }
        .into_any()
    })
}
