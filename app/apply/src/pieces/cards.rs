//! Large answers to choose from: one, or several.

use super::field::{Explained, described_by, field_class};
use super::{Fault, dynamic};
use leptos::prelude::*;

/// One answer out of few. With many, take [`super::Pick`].
#[component]
pub fn Cards(
    /// Names the question, so that [`super::Errors`] can link to it.
    #[prop(into)]
    id: String,
    /// What is asked; where the page's title says it already, `hidden_label` keeps it for listeners alone.
    #[prop(into)]
    label: Signal<String>,
    /// The title of the page asks the same.
    #[prop(optional)]
    hidden_label: bool,
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
    let chosen = Signal::derive(move || vec![value.get()]);
    let choose = Callback::new(move |(code, _)| on_choose.run(code));
    view! { <Group id label hidden_label options chosen on_choose=choose hint fault one=true/> }
}

/// Several answers out of few.
#[component]
pub fn ManyCards(
    /// Names the question, so that [`super::Errors`] can link to it.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// The title of the page asks the same.
    #[prop(optional)]
    hidden_label: bool,
    /// Code and label of each answer.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The codes that were chosen.
    #[prop(into)]
    value: Signal<Vec<String>>,
    /// Takes a code, and whether it is chosen now.
    #[prop(into)]
    on_choose: Callback<(String, bool)>,
    /// A word of help.
    #[prop(into, default = Signal::from(String::new()))]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Fault,
) -> impl IntoView {
    view! { <Group id label hidden_label options chosen=value on_choose hint fault one=false/> }
}

#[component]
fn Group(
    id: String,
    label: Signal<String>,
    hidden_label: bool,
    options: Signal<Vec<(String, String)>>,
    chosen: Signal<Vec<String>>,
    on_choose: Callback<(String, bool)>,
    hint: Signal<String>,
    fault: Fault,
    one: bool,
) -> impl IntoView {
    let class = field_class(fault);
    let name = id.clone();
    let cards = dynamic(move || {
        let cards = options.get().into_iter().map(|(code, text)| {
            let (is, taken) = (code.clone(), code.clone());
            let checked = Signal::derive(move || chosen.with(|chosen| chosen.contains(&is)));
            let take = move |event| on_choose.run((taken.clone(), event_target_checked(&event)));
            view! {
                <label class="door__card">
                    <input
                        type=if one { "radio" } else { "checkbox" }
                        name=name.clone()
                        value=code
                        prop:checked=checked
                        on:change=take
                    />
                    <span>{text}</span>
                </label>
            }
            .into_any()
        });
        cards.collect::<Vec<AnyView>>().into_any()
    });
    view! {
        <fieldset class=class id=id.clone() aria-describedby=described_by(&id)>
            <legend class=if hidden_label { "door__hears" } else { "door__label" }>{label}</legend>
            <Explained id=id.clone() hint fault/>
            <div class="door__cards">{cards}</div>
        </fieldset>
    }
}
