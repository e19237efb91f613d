//! A signature drawn with finger, pen or mouse, and drawn again. It is kept as strokes, see [`domain::strokes`]; the
//! text of its field is all there is, so undoing needs no memory of its own.

use super::fields::Label;
use super::icon::{Draw, Icon};
use crate::words::{Key, use_words};
use domain::Strokes;
use domain::strokes::{HEIGHT, WIDTH};
use js_sys::{Array, Function, Reflect};
use leptos::ev::PointerEvent;
use leptos::prelude::*;
use leptos::svg;
use wasm_bindgen::JsCast;

/// The stroke being drawn.
struct Drawing {
    pointer: i32,
    points: Vec<(f32, f32)>,
}

/// A box to sign in. Whoever cannot draw, or uses the keyboard alone, gives their word before a witness: that field
/// stands beside this one, and the hint says so.
#[component]
pub fn Signature(
    /// Names the parts.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into, default = Key::Signature.into())]
    label: Label,
    /// The text form; empty where nobody signed yet.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the new text form after each stroke; empty when the last one was taken back.
    on_draw: Callback<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let surface = NodeRef::<svg::Svg>::new();
    let drawing = StoredValue::new_local(None::<Drawing>);
    let live = RwSignal::new(String::new());
    let full = RwSignal::new(false);
    let strokes = Memo::new(move |_| value.with(|text| Strokes::parse(text)).unwrap_or_default());
    let unreadable = move || value.with(|text| !text.is_empty() && Strokes::parse(text).is_none());

    let extend = move |event: &PointerEvent| {
        let Some(surface) = surface.get_untracked() else { return };
        let area = surface.get_bounding_client_rect();
        if area.width() <= 0.0 || area.height() <= 0.0 {
            return;
        }
        drawing.update_value(|drawing| {
            let Some(drawing) = drawing else { return };
            for event in coalesced(event) {
                let x = (f64::from(event.client_x()) - area.left()) / area.width() * f64::from(WIDTH);
                let y = (f64::from(event.client_y()) - area.top()) / area.height() * f64::from(HEIGHT);
                let start = drawing.points.is_empty();
                drawing.points.push((x as f32, y as f32));
                live.update(|path| {
                    path.push_str(&format!("{}{x:.0} {y:.0}", if start { 'M' } else { 'L' }));
                    if start {
                        // Seen at once, even if it stays a dot.
                        path.push_str("h0");
                    }
                });
            }
        });
    };
    let begin = move |event: PointerEvent| {
        // One pen at a time, and of a mouse its main button.
        if event.button() != 0 || drawing.with_value(Option::is_some) {
            return;
        }
        event.prevent_default();
        if let Some(surface) = surface.get_untracked() {
            let _ = surface.set_pointer_capture(event.pointer_id());
        }
        drawing.set_value(Some(Drawing { pointer: event.pointer_id(), points: Vec::new() }));
        extend(&event);
    };
    let mine = move |event: &PointerEvent| {
        drawing.with_value(|drawing| drawing.as_ref().is_some_and(|it| it.pointer == event.pointer_id()))
    };
    let follow = move |event: PointerEvent| {
        if mine(&event) {
            event.prevent_default();
            extend(&event);
        }
    };
    let end = move |event: PointerEvent| {
        if !mine(&event) {
            return;
        }
        let drawn = drawing.try_update_value(Option::take).flatten();
        live.set(String::new());
        if let Some(drawn) = drawn {
            match strokes.get_untracked().with_stroke(&drawn.points) {
                Some(strokes) => {
                    full.set(false);
                    on_draw.run(strokes.to_string());
                }
                None => full.set(true),
            }
        }
    };
    let undo = move |_| {
        full.set(false);
        on_draw.run(strokes.get_untracked().without_last().to_string());
    };
    let clear = move |_| {
        full.set(false);
        on_draw.run(String::new());
    };
    let empty = move || strokes.with(Strokes::is_empty) && !unreadable();
    let drawn = move || {
        strokes.with(|strokes| match strokes.len() {
            0 => words.get(Key::SignatureNone),
            count => words.count(Key::SignatureDrawn, count as u64),
        })
    };
    let wrong = move || match (full.get(), unreadable()) {
        (true, _) => Some(words.get(Key::SignatureFull)),
        (_, true) => Some(words.get(Key::ConsentsSignatureUnreadable)),
        _ => fault.get(),
    };
    let (hint, title) = (format!("{id}-hint"), format!("{id}-title"));
    view! {
        <div class="field wide" role="group" aria-labelledby=title.clone() aria-describedby=hint.clone()>
            <p class="field__label" id=title.clone()>{move || label.get()}</p>
            <p class="field__hint" id=hint.clone()>{move || words.get(Key::SignatureHint)}</p>
            <p class="field__error" id=format!("{id}-fault")>{wrong}</p>
            <div class="signature signature--open">
                <svg
                    id=id
                    viewBox=view_box()
                    role="img"
                    aria-label=drawn
                    node_ref=surface
                    on:pointerdown=begin
                    on:pointermove=follow
                    on:pointerup=end
                    on:pointercancel=end
                >
                    <path class="signature__line" d="M60 320H940"></path>
                    <path d=move || strokes.with(Strokes::svg_path)></path>
                    <path d=live></path>
                </svg>
            </div>
            <div class="line">
                <button class="btn" type="button" on:click=undo aria-disabled=move || empty().to_string()>
                    <Draw icon=Icon::Undo/>
                    {move || words.get(Key::SignatureUndo)}
                </button>
                <button class="btn" type="button" on:click=clear aria-disabled=move || empty().to_string()>
                    <Draw icon=Icon::Eraser/>
                    {move || words.get(Key::SignatureClear)}
                </button>
            </div>
        </div>
    }
}

/// A signature, drawn again; words where this version cannot read it. Nothing where there is none.
#[component]
pub fn Signed(
    /// The text form.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let words = use_words();
    match Strokes::parse(&text) {
        _ if text.is_empty() => ().into_any(),
        Some(strokes) => view! {
            <span class="signature">
                <svg viewBox=view_box() role="img" aria-label=move || words.get(Key::Signature)>
                    <path d=strokes.svg_path()></path>
                </svg>
            </span>
        }
        .into_any(),
        None => view! { <span class="soft">{move || words.get(Key::ConsentsSignatureUnreadable)}</span> }
            .into_any(),
    }
}

fn view_box() -> String {
    format!("0 0 {WIDTH} {HEIGHT}")
}

/// All points since the last event, where the browser gives them: pens report more often than screens are drawn.
fn coalesced(event: &PointerEvent) -> Vec<PointerEvent> {
    let given = Reflect::get(event, &"getCoalescedEvents".into())
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|get| get.call0(event));
    let given = given.map(|events| Array::from(&events)).unwrap_or_default();
    let events: Vec<PointerEvent> = given.iter().filter_map(|event| event.dyn_into().ok()).collect();
    if events.is_empty() { vec![event.clone()] } else { events }
}
