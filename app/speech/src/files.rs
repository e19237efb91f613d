//! The app's own files by their plain names. Their addresses carry a hash of their contents; the start
//! script says which (`AMPARO_FILES`).

use gloo_timers::callback::Timeout;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// The address of a file, such as `locales/es`; `None` when this build has none of that name.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    let files = Reflect::get(&js_sys::global(), &JsValue::from_str("AMPARO_FILES")).ok()?;
    Reflect::get(&files, &JsValue::from_str(name)).ok()?.as_string()
}

/// What the build put into the page's start script under a global name, such as `AMPARO_ROOT`; `None` for nothing.
#[must_use]
pub fn built_in(name: &str) -> Option<String> {
    let said = Reflect::get(&js_sys::global(), &JsValue::from_str(name)).ok()?.as_string()?;
    (!said.is_empty()).then_some(said)
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

/// Milliseconds for which a browser may read what it was told to save.
const READ_WITHIN: u32 = 60_000;

/// Hands bytes to the browser to be saved as a file, as if somebody had followed a link to it. Whether and where it is
/// kept is between the browser and who sits before it. The name is read by everybody who sees the folder: nothing of a
/// person stands in it. `None` where the browser refuses.
pub fn save(name: &str, media_type: &str, bytes: &[u8]) -> Option<()> {
    let url = ObjectUrl::new(bytes, media_type)?;
    let link = web_sys::window()?.document()?.create_element("a").ok()?;
    link.set_attribute("href", url.as_str()).ok()?;
    link.set_attribute("download", name).ok()?;
    link.dyn_into::<web_sys::HtmlElement>().ok()?.click();
    // Browsers read it after the click: without its address there would be nothing to read.
    Timeout::new(READ_WITHIN, move || drop(url)).forget();
    Some(())
}

/// An address at which the page shows bytes it holds. Dropped, it leads nowhere and the browser lets the bytes go.
#[derive(Debug)]
pub struct ObjectUrl(String);

impl ObjectUrl {
    /// An address for a picture. `None` when the browser gives none.
    #[must_use]
    pub fn new(bytes: &[u8], media_type: &str) -> Option<ObjectUrl> {
        let options = web_sys::BlobPropertyBag::new();
        options.set_type(media_type);
        let parts = Array::of1(&Uint8Array::from(bytes));
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        web_sys::Url::create_object_url_with_blob(&blob).ok().map(ObjectUrl)
    }

    /// For `src`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        let _ = web_sys::Url::revoke_object_url(&self.0);
    }
}
