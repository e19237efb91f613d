//! Makes any picture a person hands over small enough to keep and to carry, on the device: turned upright, shrunk and
//! written anew as a JPEG. Nothing of the old file is copied, so neither place nor camera nor comment stays with it.
//!
//! Whose picture it is and where it is kept is not known here.

mod head;

use gloo_timers::future::TimeoutFuture;
use head::Head;
pub use head::shown_as;
use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::document;
use wasm_bindgen::{Clamped, JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageBitmap, ImageData};

/// Largest file that is looked at.
pub const FILE_LIMIT: f64 = 30.0 * 1024.0 * 1024.0;
/// Most pixels that are decoded, at four bytes each. Telephones make up to 50 million.
const PIXEL_LIMIT: u64 = 64_000_000;
/// How long the browser may take to decode a picture.
const PATIENCE_MS: u32 = 20_000;
/// How good a JPEG is, from good to just good enough; then a smaller picture is tried, from the third on.
const QUALITIES: [f64; 5] = [0.84, 0.74, 0.64, 0.54, 0.44];
/// Sides of the pictures tried, as parts of the wanted one.
const SCALES: [f64; 7] = [1.0, 0.85, 0.7, 0.55, 0.42, 0.32, 0.22];

/// What a picture is for, and so how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person: at most 640 pixels and 60 KB.
    Person,
    /// A page of a document: at most 1600 pixels and 200 KB.
    Page,
    /// A page of a document from somebody's own phone, over whatever line there is: at most 1200 pixels and 60 KB.
    Phone,
}

impl Purpose {
    /// Most bytes of the finished picture.
    #[must_use]
    pub fn byte_limit(self) -> usize {
        match self {
            Purpose::Person | Purpose::Phone => 60_000,
            Purpose::Page => 200_000,
        }
    }

    /// Most pixels of its longer side.
    #[must_use]
    pub fn longest_side(self) -> u32 {
        match self {
            Purpose::Person => 640,
            Purpose::Page => 1600,
            Purpose::Phone => 1200,
        }
    }
}

/// Why there is no picture. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFault {
    /// The file is something else, or a kind of picture that says nothing readable about itself.
    NotAnImage,
    /// More than 30 MB, or more pixels than a tablet has room for.
    TooLarge,
    /// A picture, but this browser cannot decode it: damaged, or a format it does not know.
    NotReadable,
    /// The browser would not draw or write it (too little memory).
    NotWritten,
}

/// A finished picture: small, upright, and with nothing in it but what is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the file is: `image/jpeg`.
    pub media_type: &'static str,
}

/// What every finished picture is.
pub const JPEG: &str = "image/jpeg";

/// Makes a picture from a file.
///
/// # Errors
/// Says why it cannot, within about 20 seconds whatever the file is.
pub async fn from_file(file: &Blob, purpose: Purpose, grey: bool) -> Result<Picture, PictureFault> {
    if file.size() > FILE_LIMIT {
        return Err(PictureFault::TooLarge);
    }
    let beginning = file.slice_with_f64_and_f64(0.0, f64::from(head::ENOUGH));
    let beginning = bytes_of(&beginning.map_err(|_| PictureFault::NotAnImage)?).await;
    let head = beginning.as_deref().and_then(head::read).ok_or(PictureFault::NotAnImage)?;
    if let Some((width, height)) = head.size {
        if width == 0 || height == 0 {
            return Err(PictureFault::NotReadable);
        }
        if u64::from(width) * u64::from(height) > PIXEL_LIMIT {
            return Err(PictureFault::TooLarge);
        }
    }
    let bitmap = decode(file, decoded_width(head, purpose)).await?;
    let whole = Part { x: 0.0, y: 0.0, width: bitmap.width(), height: bitmap.height() };
    let made = write(&bitmap, whole, purpose, grey).await;
    bitmap.close();
    made
}

/// Makes a picture of what the camera sees now. Of a person only the middle is taken, upright 3 : 4, as the preview
/// shows it.
///
/// # Errors
/// When the camera shows nothing yet, or the browser would not draw it.
pub async fn from_camera(
    video: &HtmlVideoElement,
    purpose: Purpose,
    grey: bool,
) -> Result<Picture, PictureFault> {
    if video.video_width() == 0 {
        return Err(PictureFault::NotReadable);
    }
    let bitmap = decode(video, None).await?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let part = match purpose {
        Purpose::Person => upright_middle(width, height),
        Purpose::Page | Purpose::Phone => Part { x: 0.0, y: 0.0, width, height },
    };
    let made = write(&bitmap, part, purpose, grey).await;
    bitmap.close();
    made
}

/// A part of a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    x: f64,
    y: f64,
    width: u32,
    height: u32,
}

/// The largest part of shape 3 : 4 in the middle.
fn upright_middle(width: u32, height: u32) -> Part {
    let narrow = (u64::from(height) * 3 / 4).min(u64::from(width));
    let low = (u64::from(width) * 4 / 3).min(u64::from(height));
    let (part_width, part_height) =
        (u32::try_from(narrow).unwrap_or(width).max(1), u32::try_from(low).unwrap_or(height).max(1));
    Part {
        x: f64::from(width.saturating_sub(part_width)) / 2.0,
        y: f64::from(height.saturating_sub(part_height)) / 2.0,
        width: part_width,
        height: part_height,
    }
}

/// One try: how large, and how good.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Attempt {
    width: u32,
    height: u32,
    quality: f64,
}

/// What is tried for a picture of this size, the best first.
fn attempts(width: u32, height: u32, longest: u32) -> impl Iterator<Item = Attempt> {
    let fit = (f64::from(longest) / f64::from(width.max(height).max(1))).min(1.0);
    SCALES.into_iter().enumerate().flat_map(move |(at, scale)| {
        let side = move |side: u32| ((f64::from(side) * fit * scale).round() as u32).max(1);
        let qualities = QUALITIES.into_iter().skip(if at == 0 { 0 } else { 2 });
        qualities.map(move |quality| Attempt { width: side(width), height: side(height), quality })
    })
}

/// The width to decode at: twice what is wanted, so that shrinking once more makes it smooth, and so that it is
/// enough even where the browser counts the width before it turns the picture upright.
fn decoded_width(head: Head, purpose: Purpose) -> Option<u32> {
    let (width, height) = head.size?;
    let longest = width.max(height);
    let wanted = purpose.longest_side() * 2;
    (longest > wanted).then(|| {
        let scaled = u64::from(width) * u64::from(wanted) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(wanted).max(1)
    })
}

/// Has the browser decode a file or take what a video shows, upright.
async fn decode(source: &JsValue, width: Option<u32>) -> Result<ImageBitmap, PictureFault> {
    let options = js_sys::Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value);
    let _ = set("imageOrientation", "from-image".into());
    if let Some(width) = width {
        let _ = set("resizeWidth", width.into());
        let _ = set("resizeQuality", "medium".into());
    }
    let global = js_sys::global();
    let decoding = Reflect::get(&global, &"createImageBitmap".into())
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|create| create.call2(&global, source, &options))
        .and_then(JsCast::dyn_into::<Promise>)
        .map_err(|_| PictureFault::NotReadable)?;
    let patience = future_to_promise(async {
        TimeoutFuture::new(PATIENCE_MS).await;
        Err(JsValue::NULL)
    });
    let first = Promise::race(&Array::of2(&decoding, &patience));
    JsFuture::from(first).await.and_then(JsCast::dyn_into).map_err(|_| PictureFault::NotReadable)
}

/// Draws a part of a picture, and writes it ever smaller until it fits.
async fn write(
    bitmap: &ImageBitmap,
    part: Part,
    purpose: Purpose,
    grey: bool,
) -> Result<Picture, PictureFault> {
    let canvas = document()
        .create_element("canvas")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlCanvasElement>().ok())
        .ok_or(PictureFault::NotWritten)?;
    let mut drawn = None;
    let mut made = Err(PictureFault::NotWritten);
    for attempt in attempts(part.width, part.height, purpose.longest_side()) {
        if drawn != Some((attempt.width, attempt.height)) {
            draw(&canvas, bitmap, part, attempt, grey).map_err(|_| PictureFault::NotWritten)?;
            drawn = Some((attempt.width, attempt.height));
        }
        let Some(bytes) = encode(&canvas, attempt.quality).await else { break };
        if bytes.len() <= purpose.byte_limit() {
            made = Ok(Picture { bytes, media_type: JPEG });
            break;
        }
    }
    // Safari gives the memory of a canvas back only when it is small.
    canvas.set_width(0);
    canvas.set_height(0);
    made
}

fn draw(
    canvas: &HtmlCanvasElement,
    bitmap: &ImageBitmap,
    part: Part,
    attempt: Attempt,
    grey: bool,
) -> Result<(), JsValue> {
    canvas.set_width(attempt.width);
    canvas.set_height(attempt.height);
    // Where the pixels are read back the browser keeps them where that is quick.
    let options = js_sys::Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &grey.into())?;
    let context: CanvasRenderingContext2d = canvas
        .get_context_with_context_options("2d", &options)?
        .ok_or(JsValue::NULL)?
        .dyn_into()
        .map_err(JsValue::from)?;
    let (width, height) = (f64::from(attempt.width), f64::from(attempt.height));
    // A JPEG has no transparency: what shines through is white, as paper is.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, width, height);
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into())?;
    context.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        bitmap,
        part.x,
        part.y,
        part.width.into(),
        part.height.into(),
        0.0,
        0.0,
        width,
        height,
    )?;
    if grey {
        let mut pixels = context.get_image_data(0.0, 0.0, width, height)?.data();
        make_grey(&mut pixels);
        let shown =
            ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), attempt.width, attempt.height)?;
        context.put_image_data(&shown, 0.0, 0.0)?;
    }
    Ok(())
}

/// Brightness alone (ITU-R BT.709), four bytes a pixel.
fn make_grey(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(4) {
        if let [red, green, blue, _] = pixel {
            let sum = u32::from(*red) * 54 + u32::from(*green) * 183 + u32::from(*blue) * 19;
            let grey = u8::try_from(sum >> 8).unwrap_or(u8::MAX);
            (*red, *green, *blue) = (grey, grey, grey);
        }
    }
}

async fn encode(canvas: &HtmlCanvasElement, quality: f64) -> Option<Vec<u8>> {
    let writing = Promise::new(&mut |done, failed| {
        let give = Closure::once_into_js(move |blob: JsValue| {
            let _ = done.call1(&JsValue::NULL, &blob);
        });
        let asked = canvas.to_blob_with_type_and_encoder_options(give.unchecked_ref(), JPEG, &quality.into());
        if asked.is_err() {
            let _ = failed.call0(&JsValue::NULL);
        }
    });
    let blob: Blob = JsFuture::from(writing).await.ok()?.dyn_into().ok()?;
    // A browser that cannot write what was asked for writes PNG.
    if blob.type_() == JPEG { bytes_of(&blob).await } else { None }
}

async fn bytes_of(blob: &Blob) -> Option<Vec<u8>> {
    let buffer: ArrayBuffer = JsFuture::from(blob.array_buffer()).await.ok()?.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
pub use crate::files::ObjectUrl;

#[cfg(test)]
mod tests {
    use super::*;
    use head::Format;

    #[test]
    fn tries_begin_with_the_best_and_never_enlarge() {
        let all: Vec<_> = attempts(4032, 3024, 640).collect();
        assert_eq!(all.first(), Some(&Attempt { width: 640, height: 480, quality: 0.84 }));
        assert_eq!(all.last(), Some(&Attempt { width: 141, height: 106, quality: 0.44 }));
        assert!(all.windows(2).all(|two| two[1].width <= two[0].width));
        assert!(all.len() < 25, "each takes time: {}", all.len());
        let small = attempts(200, 300, 640).next().unwrap();
        assert_eq!((small.width, small.height), (200, 300));
        assert!(attempts(30_000, 1, 640).all(|one| one.width <= 640 && one.height == 1));
    }

    #[test]
    fn decoding_is_asked_for_no_more_than_is_needed() {
        let width = |size, purpose| decoded_width(Head { format: Format::Jpeg, size }, purpose);
        assert_eq!(width(Some((4000, 3000)), Purpose::Person), Some(1280));
        assert_eq!(width(Some((3000, 4000)), Purpose::Person), Some(960));
        assert_eq!(width(Some((1280, 960)), Purpose::Person), None);
        assert_eq!(width(Some((4000, 3000)), Purpose::Page), Some(3200));
        assert_eq!(width(Some((1, 64_000_000)), Purpose::Person), Some(1));
        assert_eq!(width(None, Purpose::Person), None);
    }

    #[test]
    fn a_person_is_the_upright_middle_of_what_the_camera_sees() {
        let part = |width, height| {
            let part = upright_middle(width, height);
            (part.x, part.y, part.width, part.height)
        };
        assert_eq!(part(640, 480), (140.0, 0.0, 360, 480));
        assert_eq!(part(720, 1280), (0.0, 160.0, 720, 960));
        assert_eq!(part(300, 400), (0.0, 0.0, 300, 400));
        assert_eq!(part(1, 1), (0.0, 0.0, 1, 1));
    }

    #[test]
    fn grey_keeps_brightness_and_transparency() {
        let mut pixels = [255, 255, 255, 255, 0, 0, 0, 7, 255, 0, 0, 255];
        make_grey(&mut pixels);
        assert_eq!(pixels, [255, 255, 255, 255, 0, 0, 0, 7, 53, 53, 53, 255]);
    }
}
