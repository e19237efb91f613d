//! The code that hands an application over with no line: sealed to an office, as large as the screen allows.

use crate::pieces::lean::memo;
use crate::words::{Key, use_words};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use seal::frames::{self, Sequence};
use speech::qr;

/// Pixels of the screen that a module has at least: what a cheap camera needs.
const LEAST: usize = 4;
/// Milliseconds for which a code of a sequence stands: less, and slow cameras see two in one.
const STANDS: u32 = 350;
/// Pixels of the page beside the code, both sides together.
const BESIDE: f64 = 16.0;
/// Largest side on the page, for tablets.
const LARGEST: f64 = 560.0;

/// How a slip is shown.
#[derive(Clone)]
enum Shown {
    /// One picture that stands still.
    Still(String),
    /// One after the other, without end.
    Moving(StoredValue<Sequence>),
}

/// Side of a code in modules with its quiet zone, and its path.
type Drawn = (usize, String);

/// The code of one picture, when the slip is small enough for one at all.
fn picture(slip: &[u8]) -> Option<Drawn> {
    qr::drawn(&frames::still(slip)?)
}

/// What pictures and paper show: the whole slip where one code holds it, the reference else.
#[must_use]
pub fn still(slip: &[u8], reference: &str) -> Option<Drawn> {
    picture(slip).or_else(|| qr::drawn(reference))
}

/// How many modules a side may have on a screen of so many pixels.
fn fits(modules: usize, pixels: f64) -> bool {
    (modules * LEAST) as f64 <= pixels
}

/// The side on the page at which every module is a whole number of pixels: anything else blurs its edges.
fn side(modules: usize, room: f64, ratio: f64) -> f64 {
    let modules = modules.max(1) as f64;
    let pixels = (room * ratio / modules).floor().max(1.0);
    modules * pixels / ratio
}

/// A number as text, by the browser: the library's own way of writing fractions weighs 11 KB.
fn text_of(number: f64) -> String {
    js_sys::Number::from(number).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// Room for a code on this screen, in pixels of the page, and how many of the screen make one.
fn screen() -> (f64, f64) {
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        value.ok().and_then(|it| it.as_f64()).unwrap_or(320.0)
    };
    let window = window();
    let wide = size(window.inner_width()) - BESIDE;
    (wide.min(size(window.inner_height())).clamp(200.0, LARGEST), window.device_pixel_ratio().max(1.0))
}

fn shown(slip: &[u8], pixels: f64) -> Option<Shown> {
    let still =
        frames::still(slip).filter(|text| qr::drawn(text).is_some_and(|(side, _)| fits(side, pixels)));
    match still {
        Some(text) => Some(Shown::Still(text)),
        None => Sequence::new(slip).map(|sequence| Shown::Moving(StoredValue::new(sequence))),
    }
}

/// A slip as a code. A moving one can be stopped; on paper it stands still.
#[component]
pub fn Code(
    /// The sealed bytes.
    slip: Vec<u8>,
    /// `KX7M-42P2`.
    reference: String,
) -> impl IntoView {
    let words = use_words();
    let (room, ratio) = screen();
    let size = RwSignal::new((room, ratio));
    // The phone was turned, or the window made smaller.
    let turned = window_event_listener(leptos::ev::resize, move |_| size.set(screen()));
    on_cleanup(move || turned.remove());
    let paper = still(&slip, &reference);
    let code = shown(&slip, room * ratio);
    let nth = RwSignal::new(0u32);
    let stopped = RwSignal::new(false);
    let moves = matches!(code, Some(Shown::Moving(_)));
    if moves {
        let interval = Interval::new(STANDS, move || {
            if stopped.try_get_untracked() == Some(false) {
                nth.try_update(|nth| *nth = nth.wrapping_add(1));
            }
        });
        let interval = StoredValue::new_local(Some(interval));
        on_cleanup(move || drop(interval.try_update_value(Option::take)));
    }
    let text = move || match &code {
        Some(Shown::Still(text)) => text.clone(),
        Some(Shown::Moving(sequence)) => sequence.with_value(|sequence| sequence.frame(nth.get())),
        None => String::new(),
    };
    // One drawing whose path changes: what is put in anew with every code flickers, and no camera can hold on to it.
    let drawn = memo(move || qr::drawn(&text()));
    let modules = move || drawn.with(|drawn| drawn.as_ref().map_or(1, |(modules, _)| *modules));
    let path = Signal::derive(move || {
        drawn.with(|drawn| drawn.as_ref().map_or_else(String::new, |it| it.1.clone()))
    });
    let view_box = Signal::derive(move || format!("0 0 {0} {0}", modules()));
    let long = Signal::derive(move || {
        let (room, ratio) = size.get();
        text_of(side(modules(), room, ratio))
    });
    let label = move || words.get(if stopped.get() { Key::SlipGoOn } else { Key::SlipStop });
    view! {
        <div class="slip__room slip__screen">
            <svg
                class="slip__code"
                viewBox=view_box
                width=long
                height=long
                role="img"
                aria-label=words.text(Key::SlipCode)
                data-nth=Signal::derive(move || nth.get().to_string())
            >
                <path d=path></path>
            </svg>
        </div>
        {paper.map(|(modules, path)| view! {
            <svg class="slip__paper" viewBox=format!("0 0 {modules} {modules}") aria-hidden="true"><path d=path></path></svg>
        })}
        {moves.then(|| view! {
            <p>{words.text(Key::SlipMoves)}</p>
            <button type="button" class="door__back" on:click=move |_| stopped.update(|it| *it = !*it)>{Signal::derive(label)}</button>
        })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_is_a_whole_number_of_pixels() {
        for (modules, room, ratio, wanted) in [
            (69, 344.0, 1.0, 276.0),
            (69, 344.0, 2.0, 310.5),
            (117, 344.0, 3.0, 312.0),
            (400, 344.0, 1.0, 400.0),
        ] {
            assert_eq!(side(modules, room, ratio), wanted, "{modules} {ratio}");
        }
    }

    /// A family as a phone makes it: one who speaks for it with phone and consents, the others with names, birth and sex.
    fn family(people: u8) -> domain::application::Application {
        use domain::{Field, Kind, RecordId, Value};
        let text = |text: &str| Value::text(text);
        let id = RecordId(*b"\x01\x93\x4f\x2a\x11\x02\x73\x84\xa5\x96\xc7\x18\xe9\x3a\x5b\x7c");
        let mut it = domain::application::Application::begin(id, 1_795_362_120_000, "es");
        (it.site, it.private_talk) = ("meteti".to_owned(), true);
        it.put(0, Field::SIZE, Value::Int(i64::from(people)));
        it.put(0, Field::PROVINCE, text("PA-5"));
        it.put(0, Field::ADDRESS, text("Junto a la escuela, casa azul"));
        it.put(0, Field::ARRIVAL_DATE, text("2026-03"));
        it.put(0, Field::ENTRY_POINT, text("tocumen"));
        let given = [
            "Yorleny del Carmen",
            "Wilmer",
            "Zoe",
            "Brayan",
            "Génesis",
            "Íngrid",
            "José",
            "Marc",
            "Kenia",
            "Ruth",
        ];
        for (at, given) in given.into_iter().take(usize::from(people)).enumerate() {
            let nth = if at == 0 { 1 } else { it.add(Kind::INDIVIDUAL, 0).unwrap() };
            it.put(nth, Field::GIVEN_NAMES, text(given));
            it.put(nth, Field::SURNAME1, text(["Ñáñez", "de la Hoz", "Uribe"][at % 3]));
            it.put(
                nth,
                Field::DATE_OF_BIRTH,
                text(&format!("{}-{:02}-{:02}", 1985 + 3 * at, 1 + at, 3 + 2 * at)),
            );
            it.put(nth, Field::SEX, text(["F", "M"][at % 2]));
            it.put(nth, Field::NATIONALITY, Value::Codes(vec!["VEN".to_owned()]));
            if at > 0 {
                it.put(nth, Field::RELATIONSHIP, text(["SON", "DAU"][at % 2]));
            }
        }
        it.put(1, Field::LANG_MAIN, text("spa"));
        it.put(1, Field::PHONE, text("+50761234567"));
        for purpose in ["register", "contact", "photo"] {
            let consent = it.add(Kind::CONSENT, 1).unwrap();
            it.put(consent, Field::CONSENT_PURPOSE, text(purpose));
            it.put(consent, Field::CONSENT_DECISION, text("yes"));
        }
        it
    }

    /// What a family weighs, told with `--nocapture`.
    #[test]
    fn four_people_are_one_code_that_stands_still() {
        let office = seal::intake::IntakeSecret::generate(&mut store::clock::rng());
        for people in [1, 4, 10] {
            let family = family(people);
            let slip =
                seal::intake::seal(&mut store::clock::rng(), &office.public().unwrap(), &family.to_bytes())
                    .unwrap();
            let whole = picture(&slip).map(|(modules, _)| (modules - 25) / 4);
            let frame = Sequence::new(&slip).unwrap();
            let (piece, _) = qr::drawn(&frame.frame(0)).unwrap();
            let letter = seal::letter::seal(
                &mut store::clock::rng(),
                &seal::ServerSecrets::generate(&mut store::clock::rng()).sealing_public,
                &super::super::post::application(&family, [7; 16], &[9; 32], None),
            );
            println!(
                "{people} people: slip {} bytes, still version {whole:?}, or {} codes of version {}; letter {} bytes",
                slip.len(),
                frame.pieces(),
                (piece - 25) / 4,
                letter.unwrap().0.len() + 8,
            );
            assert!(people > 4 || slip.len() <= frames::STILL);
        }
    }

    #[test]
    fn what_is_too_fine_for_the_screen_moves() {
        let slip = vec![7; 800];
        assert!(matches!(shown(&slip, 344.0 * 3.0), Some(Shown::Still(_))));
        let owner = Owner::new();
        owner.set();
        assert!(matches!(shown(&slip, 344.0), Some(Shown::Moving(_))));
        assert!(matches!(shown(&[7; 801], 4000.0), Some(Shown::Moving(_))));
        assert!(picture(&slip).is_some() && picture(&[7; 801]).is_none());
    }
}
