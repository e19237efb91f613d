//! The kind of help: what was given last within one tap, all others by their sector.

use super::helps;
use crate::components::Select;
use crate::components::fields::Choices;
use crate::forms::use_forms;
use crate::tables::{Item, use_tables};
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// Kinds offered where somebody has given nothing yet: what is given most.
const USUAL: [&str; 4] = ["food_kit", "hygiene_kit", "cash_mpc", "transport"];
/// Kinds within one tap.
const NEAR: usize = 6;

/// Chooses the kind of help.
#[component]
pub fn KindOfHelp(
    /// The kind chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Takes it.
    on_choose: impl Fn(String) + Copy + Send + Sync + 'static,
    /// What was given last, the last first.
    recent: Vec<String>,
    /// What is wrong with it.
    #[prop(into)]
    fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let all = helps(tables);
    let known = |code: &str| all.iter().any(|help| help.code == code);
    let mut near: Vec<String> = Vec::new();
    for code in recent.into_iter().chain(USUAL.map(str::to_owned)) {
        if known(&code) && !near.contains(&code) && near.len() < NEAR {
            near.push(code);
        }
    }
    let item = |code: &str| Item::new(code, &forms.code_label("assistance_types", code));
    let items: Vec<Item> = near.iter().map(|code| item(code)).collect();
    let others = Signal::derive(move || {
        let items = helps(tables).into_iter().map(|help| {
            let sector = forms.code_label("referral_sectors", &help.sector);
            let label = forms.code_label("assistance_types", &help.code);
            Item::new(&help.code, &format!("{sector} · {label}"))
        });
        let mut items: Vec<Item> = items.collect();
        let language = words.language();
        items.sort_by_cached_key(|item| domain::search_key::key(item.label(language)));
        items
    });
    let is_near = StoredValue::new(near);
    let other = Signal::derive(move || {
        let chosen = value.get();
        if is_near.with_value(|near| near.contains(&chosen)) { String::new() } else { chosen }
    });
    view! {
        <fieldset class="field wide">
            <legend>{move || words.get(Key::GiveWhat)}</legend>
            <Choices id="give-type" value on_choose items fault/>
        </fieldset>
        <Select id="give-other" label=Key::GiveOtherType value=other items=others
            fault=crate::components::fields::Fault::stored(None) maybe=true
            on_choose=move |code: String| if !code.is_empty() { on_choose(code) }/>
    }
}
