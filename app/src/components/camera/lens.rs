//! The camera itself, on for as long as its handle lives.

use crate::components::picture::Purpose;
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use leptos::web_sys::{
    DomException, HtmlVideoElement, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// Why there is no camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LensFault {
    /// The person or the browser's settings said no.
    Refused,
    /// There is none, or this page may not know of it.
    Missing,
    /// It is there, and something else holds it.
    InUse,
}

/// A camera that is on. Dropping it switches it off.
pub struct Lens {
    stream: MediaStream,
    /// All cameras, by the browser's ids.
    devices: Vec<String>,
    ended: Option<Closure<dyn FnMut()>>,
}

impl Lens {
    /// Switches a camera on: the one after `after` in the browser's order, else the one that looks away from the user.
    ///
    /// # Errors
    /// Says why there is none.
    pub async fn open(purpose: Purpose, after: Option<String>) -> Result<Lens, LensFault> {
        // Where the page is not secure there is no such thing as `mediaDevices`, and the getter's `Ok` is undefined.
        let cameras = window().navigator().media_devices().map_err(|_| LensFault::Missing)?;
        if cameras.is_undefined() {
            return Err(LensFault::Missing);
        }
        let next = match &after {
            Some(after) => next_of(&ids(&cameras).await, after),
            None => None,
        };
        let (width, height) = match purpose {
            Purpose::Person => (1280, 960),
            Purpose::Page | Purpose::Phone => (2560, 1920),
        };
        let wishes = Object::new();
        let set = |target: &Object, name: &str, value: &JsValue| {
            let _ = Reflect::set(target, &name.into(), value);
        };
        let ideal = |value: JsValue| {
            let wish = Object::new();
            set(&wish, "ideal", &value);
            wish
        };
        set(&wishes, "width", &ideal(width.into()));
        set(&wishes, "height", &ideal(height.into()));
        match next {
            Some(device) => {
                let exactly = Object::new();
                set(&exactly, "exact", &device.into());
                set(&wishes, "deviceId", &exactly);
            }
            None => set(&wishes, "facingMode", &ideal("environment".into())),
        }
        let constraints = MediaStreamConstraints::new();
        constraints.set_video(&wishes);
        constraints.set_audio(&JsValue::FALSE);
        let asked = cameras.get_user_media_with_constraints(&constraints).map_err(|error| fault(&error))?;
        let stream = JsFuture::from(asked).await.map_err(|error| fault(&error))?;
        let stream: MediaStream = stream.dyn_into().map_err(|_| LensFault::Missing)?;
        // From here on it is on, and dropping it switches it off.
        let mut lens = Lens { stream, devices: Vec::new(), ended: None };
        // Only a page that was allowed a camera is told of all of them.
        lens.devices = ids(&cameras).await;
        Ok(lens)
    }

    /// How many cameras there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.devices.len()
    }

    /// Which one it is.
    #[must_use]
    pub fn device(&self) -> Option<String> {
        self.setting("deviceId")
    }

    /// Whether it looks at whoever holds the device: people expect a mirror then.
    #[must_use]
    pub fn faces_user(&self) -> bool {
        self.setting("facingMode").as_deref() == Some("user")
    }

    /// Shows what it sees.
    pub fn show_in(&self, video: &HtmlVideoElement) {
        // The attribute `muted` counts only where the parser made the element.
        video.set_muted(true);
        video.set_src_object(Some(&self.stream));
        if let Ok(playing) = video.play() {
            leptos::task::spawn_local(async move {
                // Taken away again before it played.
                let _ = JsFuture::from(playing).await;
            });
        }
    }

    /// Whether it has a light of its own that can be switched on.
    #[must_use]
    pub fn has_light(&self) -> bool {
        let can = |track: &MediaStreamTrack| {
            let ask: Function = Reflect::get(track, &"getCapabilities".into()).ok()?.dyn_into().ok()?;
            Reflect::get(&ask.call0(track).ok()?, &"torch".into()).ok()?.as_bool()
        };
        self.tracks().first().and_then(can) == Some(true)
    }

    /// Switches its light on or off; gives whether it did. It goes off with the camera.
    pub async fn light(&self, on: bool) -> bool {
        let ask = || {
            let (wish, wishes) = (Object::new(), Object::new());
            Reflect::set(&wish, &"torch".into(), &on.into()).ok()?;
            Reflect::set(&wishes, &"advanced".into(), &Array::of1(&wish)).ok()?;
            let track = self.tracks().into_iter().next()?;
            let apply: Function = Reflect::get(&track, &"applyConstraints".into()).ok()?.dyn_into().ok()?;
            apply.call1(&track, &wishes).ok()?.dyn_into::<Promise>().ok()
        };
        let Some(asked) = ask() else { return false };
        JsFuture::from(asked).await.is_ok()
    }

    /// Calls when it went by itself: unplugged, or taken away by the system.
    pub fn on_ended(&mut self, call: impl FnMut() + 'static) {
        let call = Closure::<dyn FnMut()>::new(call);
        for track in self.tracks() {
            track.set_onended(Some(call.as_ref().unchecked_ref()));
        }
        self.ended = Some(call);
    }

    fn tracks(&self) -> Vec<MediaStreamTrack> {
        self.stream.get_tracks().iter().filter_map(|track| track.dyn_into().ok()).collect()
    }

    fn setting(&self, name: &str) -> Option<String> {
        let settings = self.tracks().first()?.get_settings();
        Reflect::get(&settings, &name.into()).ok()?.as_string()
    }
}

impl Drop for Lens {
    fn drop(&mut self) {
        for track in self.tracks() {
            track.set_onended(None);
            track.stop();
        }
    }
}

/// Ids of all cameras; empty where the browser does not say.
async fn ids(cameras: &MediaDevices) -> Vec<String> {
    let Ok(asked) = cameras.enumerate_devices() else { return Vec::new() };
    let Ok(devices) = JsFuture::from(asked).await else { return Vec::new() };
    let text = |device: &JsValue, name: &str| Reflect::get(device, &name.into()).ok()?.as_string();
    let devices = Array::from(&devices);
    let cameras = devices.iter().filter(|device| text(device, "kind").as_deref() == Some("videoinput"));
    cameras.filter_map(|device| text(&device, "deviceId").filter(|id| !id.is_empty())).collect()
}

/// The camera after this one, round and round; the first where this one is not among them.
fn next_of(ids: &[String], this: &str) -> Option<String> {
    let place = ids.iter().position(|id| id == this).map_or(0, |place| place + 1);
    ids.get(place).or(ids.first()).cloned()
}

fn fault(error: &JsValue) -> LensFault {
    match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("NotAllowedError" | "SecurityError") => LensFault::Refused,
        Some("NotReadableError" | "AbortError") => LensFault::InUse,
        _ => LensFault::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn cameras_follow_each_other_in_a_ring() {
        let ids = ["a", "b", "c"].map(str::to_owned);
        for (this, next) in [("a", "b"), ("b", "c"), ("c", "a"), ("gone", "a")] {
            assert_eq!(next_of(&ids, this).as_deref(), Some(next));
        }
        assert_eq!(next_of(&[], "a"), None);
    }
}
