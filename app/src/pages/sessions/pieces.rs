//! Pieces of the form: several codes at once, all in sight; a number with steps.

use crate::components::fields::Fault;
use crate::components::{Draw, Icon};
use crate::tables::Item;
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// Several of a few codes, all in sight.
#[component]
pub fn Several(
    /// Names the question; the first answer takes it as its id.
    id: &'static str,
    /// What is asked.
    legend: Key,
    /// What can be chosen.
    items: Vec<Item>,
    /// What is chosen, in the order in which it was.
    #[prop(into)]
    chosen: Signal<Vec<String>>,
    /// Takes what is chosen or not chosen any more.
    on_toggle: impl Fn(String, bool) + Clone + Send + Sync + 'static,
    /// What is wrong with it.
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let boxes: Vec<_> = items
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            let (code, on_toggle) = (item.code.clone(), on_toggle.clone());
            let input = if at == 0 { id.to_owned() } else { format!("{id}-{code}") };
            let toggled = code.clone();
            view! {
                <label class="choice">
                    <input type="checkbox" id=input value=code.clone()
                        prop:checked=move || chosen.with(|chosen| chosen.contains(&code))
                        on:change=move |event| on_toggle(toggled.clone(), event_target_checked(&event))/>
                    <span>{move || item.label(words.language()).to_owned()}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class=move || if fault.get().is_some() { "field field--error wide" } else { "field wide" }
            aria-describedby=format!("{id}-fault")>
            <legend class="field__label">{move || words.get(legend)}</legend>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <div class="choices">{boxes}</div>
        </fieldset>
    }
}

/// Puts some codes before all others, in the order given.
pub fn first(mut items: Vec<Item>, codes: &[String]) -> Vec<Item> {
    // Stable: all others stay as their table has them.
    items.sort_by_key(|item| codes.iter().position(|code| *code == item.code).unwrap_or(usize::MAX));
    items
}

/// Adds a code to those chosen, or takes it out.
pub fn toggle(chosen: &mut Vec<String>, code: String, is: bool) {
    chosen.retain(|other| *other != code);
    if is {
        chosen.push(code);
    }
}

/// A number that is typed, or stepped with two big buttons.
#[component]
pub fn Stepper(
    /// Names the input.
    id: &'static str,
    /// What is asked.
    label: Key,
    /// A word of help.
    hint: Key,
    /// As typed.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what is typed.
    on_type: impl Fn(String) + Clone + 'static,
    /// What is wrong with it.
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let step = {
        let on_type = on_type.clone();
        move |by: i64| {
            let number = value.with_untracked(|text| text.trim().parse::<i64>().unwrap_or(0));
            on_type(number.saturating_add(by).max(0).to_string());
        }
    };
    let less = step.clone();
    view! {
        <div class=move || if fault.get().is_some() { "field field--error" } else { "field" }>
            <label class="field__label" for=id>{move || words.get(label)}</label>
            <p class="field__hint" id=format!("{id}-hint")>{move || words.get(hint)}</p>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <div class="stepper">
                <button class="btn btn--icon btn--big" type="button" aria-label=move || words.get(Key::SessionHeadsLess)
                    on:click=move |_| less(-1)>"−"</button>
                <input class="input input--big" id=id inputmode="numeric" autocomplete="off" prop:value=value
                    on:input=move |event| on_type(event_target_value(&event))
                    aria-describedby=format!("{id}-hint {id}-fault")
                    aria-invalid=move || fault.get().is_some().to_string()/>
                <button class="btn btn--icon btn--big" type="button" aria-label=move || words.get(Key::SessionHeadsMore)
                    on:click=move |_| step(1)><Draw icon=Icon::Plus/></button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{first, toggle};
    use crate::tables::Item;

    #[test]
    fn some_codes_come_first_and_all_others_keep_their_order() {
        let items = ["a", "b", "c", "d"].map(|code| Item::new(code, code)).to_vec();
        let codes = ["c", "x", "b"].map(str::to_owned);
        let sorted: Vec<String> = first(items, &codes).into_iter().map(|item| item.code).collect();
        assert_eq!(sorted, ["c", "b", "a", "d"]);
    }

    #[test]
    fn codes_stand_in_the_order_in_which_they_were_chosen() {
        let mut chosen = Vec::new();
        for (code, is) in [("a", true), ("b", true), ("a", false), ("c", true), ("c", true), ("x", false)] {
            toggle(&mut chosen, code.to_owned(), is);
        }
        assert_eq!(chosen, ["b", "c"]);
    }
}
