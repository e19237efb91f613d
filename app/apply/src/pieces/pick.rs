//! One answer out of many, such as a country: the phone's own list, which everybody knows.

use super::field::{Explained, described_by, field_class, invalid};
use super::{Fault, dynamic};
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// One answer out of many.
#[component]
pub fn Pick(
    /// Names the list, so that [`super::Errors`] can link to it.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// Code and label of each answer; see [`crate::choices::Choices::options`].
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The code that was chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the code that is chosen.
    #[prop(into)]
    on_choose: Callback<String>,
    /// A word of help.
    #[prop(into, default = Signal::from(String::new()))]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let class = field_class(fault);
    let described = described_by(&id);
    let list = dynamic(move || {
        let options = options.get().into_iter().map(|(code, text)| {
            let is = code.clone();
            let selected = Signal::derive(move || value.with(|value| *value == is));
            view! { <option value=code selected=selected>{text}</option> }.into_any()
        });
        options.collect::<Vec<AnyView>>().into_any()
    });
    view! {
        <div class=class>
            <label class="door__label" for=id.clone()>{label}</label>
            <Explained id=id.clone() hint fault/>
            <select
                class="door__input"
                id=id
                on:change=move |event| on_choose.run(event_target_value(&event))
                aria-describedby=described
                aria-invalid=invalid(fault)
            >
                <option value="" selected=Signal::derive(move || value.with(String::is_empty))>{words.text(Key::PickNone)}</option>
                {list}
            </select>
        </div>
    }
}
