//! The slip as a picture, a print or a file, for whoever has no line, no battery or no phone of their own tomorrow. It holds
//! reference and code and no name: whoever finds it learns nothing.

use super::code;
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::{document, window};
use speech::files;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, Path2d};

/// Side of the picture: what phones show whole, and A4 prints sharp.
const WIDE: f64 = 1080.0;
const EDGE: f64 = 60.0;
/// Largest side of the code in it.
const CODE: f64 = 900.0;
const PNG: &str = "image/png";
const FONT: &str = "system-ui, sans-serif";

/// What a slip says beside its code.
pub struct Said {
    /// `KX7M-42P2`.
    pub reference: String,
    /// What this is.
    pub title: String,
    /// What to know of it, a paragraph each.
    pub lines: Vec<String>,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
}

/// The slip as a PNG. A family too large for one code has its reference in the code instead.
pub async fn drawn(said: &Said, slip: &[u8]) -> Option<Vec<u8>> {
    let (modules, path) = code::still(slip, &said.reference)?;
    let module = (CODE / modules as f64).floor().max(1.0);
    let side = module * modules as f64;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(WIDE as u32);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    // Once to see how long it is, once on a canvas of that length: to change it wipes the canvas.
    let long = write(&pen, said, side, None)?;
    canvas.set_height(long as u32);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, WIDE, long);
    write(&pen, said, side, Some((&Path2d::new_with_path_string(&path).ok()?, module)))?;
    bytes(&canvas).await
}

/// Writes it; how long it became.
fn write(
    pen: &CanvasRenderingContext2d,
    said: &Said,
    side: f64,
    code: Option<(&Path2d, f64)>,
) -> Option<f64> {
    pen.set_fill_style_str("#000");
    pen.set_text_align("center");
    let _ = Reflect::set(pen, &"direction".into(), &said.direction.into());
    let mut y = EDGE;
    let mut text = |text: &str, font: &str, size: f64| -> Option<()> {
        pen.set_font(&[font, FONT].concat());
        for line in wrapped(pen, text)? {
            y += size * 1.35;
            pen.fill_text(&line, WIDE / 2.0, y).ok()?;
        }
        y += size * 0.4;
        Some(())
    };
    text(&said.title, "600 44px ", 44.0)?;
    text(&said.reference, "700 120px ", 120.0)?;
    let top = {
        let at = y;
        y += side;
        at
    };
    if let Some((path, module)) = code {
        pen.save();
        pen.translate(((WIDE - side) / 2.0).floor(), top.floor()).ok()?;
        pen.scale(module, module).ok()?;
        pen.fill_with_path_2d(path);
        pen.restore();
    }
    let mut text = |text: &str| -> Option<()> {
        pen.set_font(&["400 38px ", FONT].concat());
        for line in wrapped(pen, text)? {
            y += 52.0;
            pen.fill_text(&line, WIDE / 2.0, y).ok()?;
        }
        y += 16.0;
        Some(())
    };
    for line in &said.lines {
        text(line)?;
    }
    Some(y + EDGE)
}

/// A paragraph in lines that fit.
fn wrapped(pen: &CanvasRenderingContext2d, text: &str) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = [line, " ", word].concat();
            if pen.measure_text(&longer).ok()?.width() <= WIDE - 2.0 * EDGE {
                *line = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    Some(lines)
}

async fn bytes(canvas: &HtmlCanvasElement) -> Option<Vec<u8>> {
    let mut asked = Ok(());
    let given = Promise::new(&mut |give: Function, _| {
        let give = Closure::once_into_js(move |blob: JsValue| {
            let _ = give.call1(&JsValue::NULL, &blob);
        });
        asked = canvas.to_blob_with_type(give.unchecked_ref(), PNG);
    });
    asked.ok()?;
    let blob: Blob = JsFuture::from(given).await.ok()?.dyn_into().ok()?;
    let buffer: ArrayBuffer = JsFuture::from(blob.array_buffer()).await.ok()?.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Hands the picture to the browser to be saved.
pub fn save(said: &Said, png: &[u8]) -> Option<()> {
    files::save(&name(said, "png"), PNG, png)
}

/// Hands the slip itself to the browser to be saved: a tablet opens the file as it reads the code.
pub fn save_file(said: &Said, slip: &[u8]) -> Option<()> {
    files::save(&name(said, "amparo"), "application/octet-stream", slip)
}

fn name(said: &Said, ending: &str) -> String {
    ["amparo-", &said.reference, ".", ending].concat()
}

/// Whether this phone can share a picture with its other programs.
#[must_use]
pub fn can_share() -> bool {
    let probe = shareable("amparo.png", &[0]);
    probe.is_some_and(|probe| ask("canShare", &probe).is_some_and(|answer| answer.is_truthy()))
}

/// Opens the phone's own way of sharing. What becomes of it is between the phone and who holds it.
pub fn share(said: &Said, png: &[u8]) -> Option<()> {
    let shared = shareable(&name(said, "png"), png)?;
    // A promise that fails when nothing was chosen: that is no fault.
    let promise: Promise = ask("share", &shared)?.dyn_into().ok()?;
    leptos::task::spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
    Some(())
}

fn shareable(name: &str, png: &[u8]) -> Option<Object> {
    let maker: Function = Reflect::get(&window(), &"File".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &PNG.into()).ok()?;
    let parts = Array::of1(&Uint8Array::from(png));
    let file = Reflect::construct(&maker, &Array::of3(&parts, &name.into(), &options)).ok()?;
    let shared = Object::new();
    Reflect::set(&shared, &"files".into(), &Array::of1(&file)).ok()?;
    Some(shared)
}

fn ask(name: &str, shared: &Object) -> Option<JsValue> {
    let navigator = window().navigator();
    let deed: Function = Reflect::get(&navigator, &name.into()).ok()?.dyn_into().ok()?;
    deed.call1(&navigator, shared).ok()
}
