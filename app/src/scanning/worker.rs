//! Asks the worker `scan` what a frame says: the page stays alive meanwhile, and does not carry what reads it.

use crate::files;
use js_sys::{Array, Object, Promise, Reflect, Uint8ClampedArray};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ImageData, MessageEvent, WorkerOptions, WorkerType};

/// The worker fell over, or could not start: the app's files are not whole, or the memory is not there.
#[derive(Clone, Copy, Debug)]
pub struct Gone;

/// A worker that reads codes. Dropping it ends it.
pub struct Worker(web_sys::Worker);

impl Worker {
    /// Starts one.
    pub fn start() -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        web_sys::Worker::new_with_options(&files::address("scan")?, &options).ok().map(Self)
    }

    /// What the code in a frame says, if one is read. `turn` counts the frames of a camera; a picture of which there is
    /// no other has none.
    ///
    /// # Errors
    /// [`Gone`]: no more answers come.
    pub async fn read(&self, frame: &ImageData, turn: Option<u32>) -> Result<Option<String>, Gone> {
        let answer = self.ask(frame, turn).map_err(|_| Gone)?;
        let answer: MessageEvent =
            JsFuture::from(answer).await.map_err(|_| Gone)?.dyn_into().map_err(|_| Gone)?;
        Ok(answer.data().as_string())
    }

    fn ask(&self, frame: &ImageData, turn: Option<u32>) -> Result<Promise, JsValue> {
        let pixels: Uint8ClampedArray = Reflect::get(frame, &"data".into())?.dyn_into()?;
        let question = Object::new();
        for (name, value) in [
            ("turn", turn.map_or(JsValue::NULL, JsValue::from)),
            ("width", frame.width().into()),
            ("height", frame.height().into()),
            ("pixels", pixels.clone().into()),
        ] {
            Reflect::set(&question, &name.into(), &value)?;
        }
        let mut asked = Ok(());
        let answer = Promise::new(&mut |resolve, reject| {
            // One question at a time: the first message is its answer.
            self.0.set_onmessage(Some(&resolve));
            self.0.set_onerror(Some(&reject));
            // Moved, not copied: the page is done with it.
            asked = self.0.post_message_with_transfer(&question, &Array::of1(&pixels.buffer()));
        });
        asked.map(|()| answer)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.terminate();
    }
}
