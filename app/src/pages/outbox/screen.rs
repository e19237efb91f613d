//! Bytes as codes that change on the screen, for the camera of another device. What they carry is sealed or signed before
//! it comes here.

use crate::components::{Draw, Icon, Notice};
use crate::words::{Key, use_words};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use seal::frames::{self, Sequence};
use speech::qr;

/// Milliseconds for which a code stands: less, and slow cameras see two in one.
const STANDS: u32 = 350;
/// Of so many codes one is missed, about, in hundredths.
const MISSED: u32 = 130;

#[derive(Clone)]
enum Shown {
    Still(String),
    Moving(StoredValue<Sequence>),
}

/// Seconds before a camera that a sequence of so many codes takes, to the next five.
fn seconds(pieces: usize) -> u64 {
    let ms = u64::try_from(pieces).unwrap_or(u64::MAX).saturating_mul(u64::from(STANDS * MISSED / 100));
    ms.div_ceil(5_000) * 5
}

/// Up to 64 KiB as one code, or as several that follow each other without end until the other camera has them all.
#[component]
pub fn Moving(
    /// What is shown.
    bytes: Vec<u8>,
    /// What it is, for who cannot see it.
    label: Key,
) -> impl IntoView {
    let words = use_words();
    let still = frames::still(&bytes).filter(|text| qr::drawn(text).is_some());
    let shown = match still {
        Some(text) => Some(Shown::Still(text)),
        None => Sequence::new(&bytes).map(|sequence| Shown::Moving(StoredValue::new(sequence))),
    };
    let Some(shown) = shown else {
        return view! { <Notice icon=Icon::Info>{move || words.get(Key::CarryTooMuch)}</Notice> }.into_any();
    };
    let nth = RwSignal::new(0_u32);
    let stopped = RwSignal::new(false);
    let takes = match &shown {
        Shown::Still(_) => None,
        Shown::Moving(sequence) => Some(seconds(sequence.with_value(Sequence::pieces))),
    };
    if takes.is_some() {
        let interval = Interval::new(STANDS, move || {
            if stopped.try_get_untracked() == Some(false) {
                nth.try_update(|nth| *nth = nth.wrapping_add(1));
            }
        });
        let interval = StoredValue::new_local(Some(interval));
        on_cleanup(move || drop(interval.try_update_value(Option::take)));
    }
    let text = move || match &shown {
        Shown::Still(text) => text.clone(),
        Shown::Moving(sequence) => sequence.with_value(|sequence| sequence.frame(nth.get())),
    };
    // One drawing whose path changes: what is put in anew with every code flickers.
    let drawn = Memo::new(move |_| qr::drawn(&text()).unwrap_or_default());
    let toggle = move || words.get(if stopped.get() { Key::CarryGoOn } else { Key::CarryStop });
    view! {
        <div class="carry__screen">
            <svg class="carry__code" role="img" aria-label=move || words.get(label)
                viewBox=move || drawn.with(|(side, _)| format!("0 0 {side} {side}"))
                data-nth=move || nth.get().to_string()>
                <path d=move || drawn.with(|(_, path)| path.clone())></path>
            </svg>
        </div>
        {takes.map(|seconds| view! {
            <p>{move || words.count(Key::CarrySeconds, seconds)}</p>
            <button class="btn" type="button" on:click=move |_| stopped.update(|it| *it = !*it)>
                <Draw icon=Icon::Clock/>
                {toggle}
            </button>
        })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn the_time_before_a_camera_is_said_to_the_next_five_seconds() {
        for (pieces, said) in [(1, 5), (10, 5), (11, 10), (56, 30), (298, 140)] {
            assert_eq!(seconds(pieces), said, "{pieces}");
        }
    }
}
