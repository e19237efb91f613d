//! Something worth knowing, set apart from the question.

use super::icon::{self, Draw};
use leptos::prelude::*;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Plain,
    /// It went well: only what the server holds.
    Sent,
    /// Something to do.
    Attention,
    /// Something went wrong.
    Error,
}

/// A notice.
#[component]
pub fn Notice(
    /// How much it matters.
    tone: Tone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let (class, icon) = match tone {
        Tone::Plain => ("door__notice", icon::INFO),
        Tone::Sent => ("door__notice door__notice--sent", icon::CHECK),
        Tone::Attention => ("door__notice door__notice--attention", icon::ALERT),
        Tone::Error => ("door__notice door__notice--error", icon::ALERT),
    };
    view! {
        <div class=class>
            <Draw icon/>
            <div>{children()}</div>
        </div>
    }
}
