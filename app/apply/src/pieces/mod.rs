//! Pieces that pages are made of. Their looks stand in `public/styles/apply.css`. Every target is at least 48 px high.

pub mod cards;
pub mod date;
pub mod errors;
pub mod field;
pub mod icon;
pub mod lean;
pub mod notice;
pub mod pick;
pub mod speaker;

pub use cards::{Cards, ManyCards};
pub use date::DateBoxes;
pub use errors::Errors;
pub use field::{Explained, Field};
pub use icon::{Draw, Icon};
pub use lean::{When, dynamic, each_of, effect, memo};
pub use notice::{Notice, Tone};
pub use pick::Pick;

use leptos::prelude::*;

/// What is wrong with an answer, in words; `None` while nothing is.
pub type Fault = Signal<Option<String>>;

/// Moves the focus to an element once what was just changed has been drawn.
pub(crate) fn focus_later(id: String) {
    request_animation_frame(move || {
        use wasm_bindgen::JsCast;
        let found = document().get_element_by_id(&id);
        // Of a question with several answers the first one.
        let inside =
            |it: &web_sys::Element| it.query_selector("input, select, textarea, button").ok().flatten();
        let target = found.map(|it| {
            if it.matches("input, select, textarea, button").unwrap_or(false) {
                it
            } else {
                inside(&it).unwrap_or(it)
            }
        });
        if let Some(target) = target.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = target.focus();
        }
    });
}
