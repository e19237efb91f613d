//! The browser's own reader of codes (Shape Detection API): Chromium has it on Android and macOS.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// As the API calls the kind of code.
const QR: &str = "qr_code";

/// A `BarcodeDetector`.
pub struct Native(JsValue);

impl Native {
    /// The browser's, if it has one and that one knows QR codes: some have the name and no service behind it.
    pub async fn find() -> Option<Self> {
        let class: Function =
            Reflect::get(&js_sys::global(), &"BarcodeDetector".into()).ok()?.dyn_into().ok()?;
        if let Ok(formats) = method(&class, "getSupportedFormats") {
            let known: Promise = formats.call0(&class).ok()?.dyn_into().ok()?;
            let known = Array::from(&JsFuture::from(known).await.ok()?);
            known.iter().find(|format| format.as_string().as_deref() == Some(QR))?;
        }
        let options = Object::new();
        Reflect::set(&options, &"formats".into(), &Array::of1(&QR.into())).ok()?;
        Reflect::construct(&class, &Array::of1(&options)).ok().map(Self)
    }

    /// The first code in sight.
    pub async fn read(&self, source: &JsValue) -> Option<String> {
        let seen: Promise = method(&self.0, "detect").ok()?.call1(&self.0, source).ok()?.dyn_into().ok()?;
        let seen = Array::from(&JsFuture::from(seen).await.ok()?);
        Reflect::get(&seen.get(0), &"rawValue".into()).ok()?.as_string()
    }
}

fn method(of: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(of, &name.into())?.dyn_into()
}
