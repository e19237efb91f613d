//! The app's own files by their plain names. Their addresses carry a hash of their contents; the start
//! script says which (`AMPARO_FILES`).

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The address of a file, such as `locales/es`; `None` when this build has none of that name.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    let files = Reflect::get(&js_sys::global(), &JsValue::from_str("AMPARO_FILES")).ok()?;
    Reflect::get(&files, &JsValue::from_str(name)).ok()?.as_string()
}

/// The names of all files that begin so, such as `tables/`.
#[must_use]
pub fn beginning_with(beginning: &str) -> Vec<String> {
    let files = Reflect::get(&js_sys::global(), &JsValue::from_str("AMPARO_FILES")).ok();
    let files = files.and_then(|files| files.dyn_into::<js_sys::Object>().ok());
    let names = files.map(|files| js_sys::Object::keys(&files)).unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).filter(|name| name.starts_with(beginning)).collect()
}

/// A file's text; `None` when it cannot be had now (no line, and not kept by the worker yet).
pub async fn text(name: &str) -> Option<String> {
    let window = web_sys::window()?;
    let response = JsFuture::from(window.fetch_with_str(&address(name)?)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
