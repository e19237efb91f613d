//! What changes on a page, behind one type each: Leptos makes its own copy of everything that shows, compares or runs a
//! closure for each closure there is, and this door has no room for hundreds of them.

use leptos::prelude::*;
use std::sync::Arc;

/// A part of a page that changes.
pub fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(view);
    view.into_any()
}

/// A part of a page that is there at times.
#[component]
pub fn When(
    /// Whether it is there now. Changed to the same, nothing is drawn anew.
    #[prop(into)]
    is: Signal<bool>,
    /// What is there then.
    children: ChildrenFn,
) -> impl IntoView {
    let is = memo(move || is.get());
    dynamic(move || if is.get() { children() } else { ().into_any() })
}

/// A row for each number of a list, in its order. What is in a row stays as it is while its number is in the list.
pub fn each_of(
    list: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    row: impl Fn(u8) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    type Row = Arc<dyn Fn(u8) -> AnyView + Send + Sync>;
    fn boxed(list: Signal<Vec<u8>>, row: Row) -> AnyView {
        view! { <For each=move || list.get() key=|nth| *nth children=move |nth| row(nth)/> }.into_any()
    }
    boxed(Signal::derive(list), Arc::new(row))
}

/// A value that is made from others; who reads it hears only of what is not the same as before.
pub fn memo<T: PartialEq + Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    // A closure is of the function it stands in: in one that knows only the box there is one.
    fn boxed<T: PartialEq + Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| value())
    }
    boxed(Box::new(value))
}

/// What is done whenever something that it reads changes.
pub fn effect(run: impl Fn() + 'static) {
    fn boxed(run: Box<dyn Fn()>) {
        Effect::new(move |_| run());
    }
    boxed(Box::new(run));
}

/// As Leptos's own, which is copied for every condition and every content.
#[component]
pub fn Show(
    /// Whether the children are there.
    when: impl Fn() -> bool + Send + Sync + 'static,
    /// What is there otherwise.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is there then.
    children: ChildrenFn,
) -> impl IntoView {
    shown(Signal::derive(when), fallback, children)
}

fn shown(when: Signal<bool>, fallback: ViewFn, children: ChildrenFn) -> AnyView {
    let is = memo(move || when.get());
    dynamic(move || if is.get() { children() } else { fallback.run() })
}
