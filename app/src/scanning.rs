//! Reads codes out of what a camera sees or out of a picture: with the browser's own reader where it has one that knows
//! QR codes, and beside it with one of ours in a worker, which is fetched when it is first needed.

mod native;
pub mod reader;
mod worker;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::document;
use native::Native;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageBitmap, ImageData};
use worker::Worker;

/// Looks that the browser's own reader is given alone. After these the worker looks too: it reads what is small, and
/// what lies behind a reflection.
const ALONE: u32 = 6;
/// How often the worker is started anew after it fell over.
const STARTS: u32 = 3;
/// Longest side of a camera's frame as it is looked at, in pixels: a slow tablet looks at one of 1024 × 768 within 150 ms.
const FRAME: u32 = 1024;
/// The same of a picture of which there is no other.
const PICTURE: u32 = 2400;
/// Pixels of a file's picture beyond which it is not decoded: four bytes each.
const MOST: f64 = 64_000_000.0;

/// What one look came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What the code says.
    Text(String),
    /// No code that can be read now.
    Nothing,
    /// Nothing here reads codes: neither the browser nor the worker.
    Blind,
}

/// Both readers. Dropping it ends the worker.
pub struct Eyes {
    native: Option<Native>,
    worker: RefCell<Option<Worker>>,
    starts: Cell<u32>,
    looks: Cell<u32>,
    canvas: Option<Canvas>,
}

impl Eyes {
    /// Looks which readers there are.
    pub async fn open() -> Self {
        Self {
            native: Native::find().await,
            worker: RefCell::new(None),
            starts: Cell::new(0),
            looks: Cell::new(0),
            canvas: Canvas::new(),
        }
    }

    /// Looks at what the camera shows now.
    pub async fn glance(&self, video: &HtmlVideoElement) -> Seen {
        let (width, height) = (video.video_width(), video.video_height());
        // 2: there is a frame.
        if video.ready_state() < 2 || width == 0 || height == 0 {
            return Seen::Nothing;
        }
        let look = self.looks.replace(self.looks.get().wrapping_add(1));
        if let Some(native) = &self.native {
            if let Some(text) = native.read(video).await {
                return Seen::Text(text);
            }
            if look < ALONE {
                return Seen::Nothing;
            }
        }
        let frame = self.canvas.as_ref().and_then(|canvas| canvas.draw(video, (width, height), FRAME));
        self.ask(frame, Some(look)).await
    }

    /// Looks at a picture in every way there is; `None` when the file is none.
    pub async fn study(&self, file: &Blob) -> Option<Seen> {
        let picture = decoded(file).await?;
        if let Some(native) = &self.native
            && let Some(text) = native.read(&picture).await
        {
            picture.close();
            return Some(Seen::Text(text));
        }
        let size = (picture.width(), picture.height());
        let frame = self.canvas.as_ref().and_then(|canvas| canvas.draw(&picture, size, PICTURE));
        picture.close();
        Some(self.ask(frame, None).await)
    }

    async fn ask(&self, frame: Option<ImageData>, turn: Option<u32>) -> Seen {
        let Some(frame) = frame else { return Seen::Nothing };
        // Taken out while it looks: whoever asks meanwhile would get the other's answer.
        let worker = self.worker.take().or_else(|| {
            let starts = self.starts.replace(self.starts.get().saturating_add(1));
            if starts < STARTS { Worker::start() } else { None }
        });
        let Some(worker) = worker else {
            return if self.native.is_some() { Seen::Nothing } else { Seen::Blind };
        };
        match worker.read(&frame, turn).await {
            Ok(read) => {
                self.worker.replace(Some(worker));
                read.map_or(Seen::Nothing, Seen::Text)
            }
            // It fell over: the next look has a new one.
            Err(_) => Seen::Nothing,
        }
    }
}

/// Where frames are drawn to be read as bytes.
struct Canvas {
    element: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Canvas {
    fn new() -> Option<Self> {
        let element: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let options = Object::new();
        // Where the pixels are read back the browser keeps them where that is quick.
        Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
        let context = element.get_context_with_context_options("2d", &options).ok()??;
        Some(Self { element, context: context.dyn_into().ok()? })
    }

    /// The pixels of a picture or of a video's frame, made smaller where a side is longer than `longest`.
    fn draw(&self, source: &JsValue, (width, height): (u32, u32), longest: u32) -> Option<ImageData> {
        let scale = (f64::from(longest) / f64::from(width.max(height))).min(1.0);
        let side = |side: u32| (f64::from(side) * scale).round().max(1.0);
        let (wide, high) = (side(width), side(height));
        if f64::from(self.element.width()) != wide || f64::from(self.element.height()) != high {
            self.element.set_width(wide as u32);
            self.element.set_height(high as u32);
        }
        // `drawImage` takes all of them; the bindings have a function for each.
        let draw = Reflect::get(&self.context, &"drawImage".into()).ok()?.dyn_into::<Function>().ok()?;
        let arguments = Array::of5(source, &0.into(), &0.into(), &wide.into(), &high.into());
        draw.apply(&self.context, &arguments).ok()?;
        self.context.get_image_data(0.0, 0.0, wide, high).ok()
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        // Safari gives the memory of a canvas back only when it is small.
        self.element.set_width(0);
        self.element.set_height(0);
    }
}

/// A file as a picture, upright; `None` when the browser sees none in it.
async fn decoded(file: &Blob) -> Option<ImageBitmap> {
    let options = Object::new();
    Reflect::set(&options, &"imageOrientation".into(), &"from-image".into()).ok()?;
    let global = js_sys::global();
    let create: Function = Reflect::get(&global, &"createImageBitmap".into()).ok()?.dyn_into().ok()?;
    let decoding: Promise = create.call2(&global, file, &options).ok()?.dyn_into().ok()?;
    let picture: ImageBitmap = JsFuture::from(decoding).await.ok()?.dyn_into().ok()?;
    if f64::from(picture.width()) * f64::from(picture.height()) > MOST {
        picture.close();
        return None;
    }
    Some(picture)
}
