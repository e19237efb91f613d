//! The camera as a reader of slips of paper: what their code says is looked for as if it had been typed.

use crate::components::scanner::{Scanned, Scanner};
use crate::words::Key;
use leptos::prelude::*;

/// A button that opens the camera until a code was read.
#[component]
pub fn Scan(
    /// Takes what the code says.
    on_read: impl Fn(String) + Copy + 'static,
) -> impl IntoView {
    let read = move |read: Scanned| match read {
        Scanned::Text(text) => {
            on_read(text);
            Ok(())
        }
        Scanned::Slip(_) => Err(Key::ScannerElsewhere),
    };
    view! { <Scanner on_read=read label=Key::FinderScan files=false/> }
}
