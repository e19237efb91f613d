//! The browser's own files of this origin. Pages and the service worker read and remove; writing is for a worker
//! (`public/journal.js`), because only there a browser says that bytes are on the disk.

use super::MediumError;
use crate::clock;
use crate::journal::frames::Tail;
use crate::journal::keep::ASIDE;
use js_sys::{AsyncIterator, Function, IteratorNext, Object, Promise, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, MessageEvent,
    StorageManager, Worker,
};

/// The folder that the files lie in.
const FOLDER: &str = "journal";
/// How long the worker may take for one deed, in milliseconds.
const PATIENCE: u32 = 20_000;
/// How often something that another page holds for a moment is tried again, and how long in between.
const TRIES: u32 = 20;
const PAUSE: u32 = 25;

/// The files. Clones share one worker.
#[derive(Clone)]
pub struct Medium {
    script: Option<String>,
    writer: Rc<RefCell<Option<Writer>>>,
}

/// What waits for the worker's answers, by the number of the question.
type Waiting = Rc<RefCell<BTreeMap<u32, Function>>>;

struct Writer {
    worker: Worker,
    waiting: Waiting,
    asked: Cell<u32>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut()>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Medium {
    /// The files of this origin, to be written by a worker with this script. `None` where browsers hand out none.
    ///
    /// # Errors
    /// When the browser hands out files and does not answer now: something may lie there.
    pub async fn open(script: Option<String>) -> Result<Option<Self>, MediumError> {
        Ok(folder(true).await?.map(|_| Self { script, writer: Rc::default() }))
    }

    /// The names of all files that begin so.
    pub async fn names(&self, beginning: &str) -> Result<Vec<String>, MediumError> {
        let folder = folder(true).await?.ok_or(MediumError::Unavailable)?;
        let mut names = names(&folder).await.ok_or(MediumError::Unavailable)?;
        names.retain(|name| name.starts_with(beginning));
        Ok(names)
    }

    /// A file; `None` where it is not there any more.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, MediumError> {
        let folder = folder(true).await?.ok_or(MediumError::Unavailable)?;
        for _ in 0..TRIES {
            match try_read(&folder, name).await {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(fault) if is(&fault, "NotFoundError") => return Ok(None),
                // Another page is writing it.
                Err(_) => clock::sleep(PAUSE).await,
            }
        }
        Err(MediumError::Unavailable)
    }

    /// Writes behind the end of a file, if it ends as it is said to. When this returns it is on the disk.
    pub async fn append(&self, name: &str, after: Tail, bytes: &[u8]) -> Result<(), MediumError> {
        let question = question("append", name, bytes);
        set(&question, "size", &JsValue::from_f64(after.size as f64));
        set(&question, "link", &Uint8Array::from(&after.link[..]));
        self.ask(question).await
    }

    /// Makes a file, and then removes others. When this returns it is on the disk.
    pub async fn replace(&self, name: &str, bytes: &[u8], former: &[String]) -> Result<(), MediumError> {
        let question = question("replace", name, bytes);
        let former: js_sys::Array = former.iter().map(|name| JsValue::from_str(name)).collect();
        set(&question, "former", &former);
        self.ask(question).await
    }

    async fn ask(&self, question: Object) -> Result<(), MediumError> {
        let answer = self.send(&question).ok_or(MediumError::Unavailable)?;
        let (mut answer, mut timer) = (pin!(JsFuture::from(answer)), pin!(clock::sleep(PATIENCE)));
        let outcome = std::future::poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(outcome.ok().and_then(|said| said.as_string())),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
        });
        match outcome.await.as_deref() {
            Some("done") => Ok(()),
            Some("moved") => Err(MediumError::Moved),
            Some("full") => Err(MediumError::Full),
            Some(_) => Err(MediumError::Unavailable),
            None => {
                // It hangs or could not start: the next deed begins another one.
                *self.writer.borrow_mut() = None;
                Err(MediumError::Unavailable)
            }
        }
    }

    fn send(&self, question: &Object) -> Option<Promise> {
        let mut writer = self.writer.borrow_mut();
        if writer.is_none() {
            *writer = Some(Writer::start(self.script.as_deref()?)?);
        }
        let writer = writer.as_ref()?;
        let number = writer.asked.get().wrapping_add(1);
        writer.asked.set(number);
        set(question, "number", &JsValue::from_f64(f64::from(number)));
        let waiting = writer.waiting.clone();
        let answer = Promise::new(&mut move |resolve, _| drop(waiting.borrow_mut().insert(number, resolve)));
        writer.worker.post_message(question).ok()?;
        Some(answer)
    }
}

impl Writer {
    fn start(script: &str) -> Option<Self> {
        let worker = Worker::new(script).ok()?;
        let waiting = Waiting::default();
        let answered = waiting.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            let part = |name: &str| Reflect::get(&event.data(), &name.into()).unwrap_or_default();
            let number = part("number").as_f64().unwrap_or_default() as u32;
            let resolve = answered.borrow_mut().remove(&number);
            if let Some(resolve) = resolve {
                let _ = resolve.call1(&JsValue::NULL, &part("outcome"));
            }
        });
        let failed = waiting.clone();
        let on_error = Closure::new(move || {
            for (_, resolve) in failed.take() {
                let _ = resolve.call0(&JsValue::NULL);
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, waiting, asked: Cell::new(0), _on_message: on_message, _on_error: on_error })
    }
}

/// Removes every file whose name begins so, as far as the browser lets go of them. For pages and for the service worker.
pub async fn forget(beginning: &str) {
    let Ok(Some(folder)) = folder(false).await else { return };
    for name in names(&folder).await.unwrap_or_default() {
        if name.starts_with(beginning) {
            remove(&folder, &name).await;
        }
    }
}

/// Gives every file whose name begins so another name, under which nobody reads it. Where browsers cannot, it is removed: it
/// would be taken for a loss at every start.
pub async fn set_aside(beginning: &str) {
    let Ok(Some(folder)) = folder(false).await else { return };
    for name in names(&folder).await.unwrap_or_default() {
        if name.starts_with(beginning)
            && rename(&folder, &name, &format!("{ASIDE}{name}-{}", clock::now_ms())).await.is_none()
        {
            remove(&folder, &name).await;
        }
    }
}

async fn rename(folder: &FileSystemDirectoryHandle, name: &str, to: &str) -> Option<()> {
    let handle = JsFuture::from(folder.get_file_handle(name)).await.ok()?;
    // `web-sys` does not know it.
    let rename: Function = Reflect::get(&handle, &"move".into()).ok()?.dyn_into().ok()?;
    let renamed: Promise = rename.call1(&handle, &to.into()).ok()?.dyn_into().ok()?;
    JsFuture::from(renamed).await.ok().map(|_| ())
}

async fn remove(folder: &FileSystemDirectoryHandle, name: &str) {
    for _ in 0..TRIES {
        match JsFuture::from(folder.remove_entry(name)).await {
            Err(fault) if is(&fault, "NoModificationAllowedError") => clock::sleep(PAUSE).await,
            _ => break,
        }
    }
}

async fn try_read(folder: &FileSystemDirectoryHandle, name: &str) -> Result<Vec<u8>, JsValue> {
    let handle: FileSystemFileHandle = JsFuture::from(folder.get_file_handle(name)).await?.unchecked_into();
    let file: Blob = JsFuture::from(handle.get_file()).await?.unchecked_into();
    let buffer = JsFuture::from(file.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn names(folder: &FileSystemDirectoryHandle) -> Option<Vec<String>> {
    let keys: AsyncIterator = folder.keys();
    let mut names = Vec::new();
    loop {
        let next: IteratorNext = JsFuture::from(keys.next().ok()?).await.ok()?.unchecked_into();
        if next.done() {
            return Some(names);
        }
        names.extend(next.value().as_string());
    }
}

/// The folder; `None` where the browser hands out no files, or where there is no folder and none is to be made.
async fn folder(create: bool) -> Result<Option<FileSystemDirectoryHandle>, MediumError> {
    let Some(manager) = manager() else { return Ok(None) };
    let root: FileSystemDirectoryHandle = match JsFuture::from(manager.get_directory()).await {
        Ok(root) => root.unchecked_into(),
        // Private windows, and sites that may keep nothing: they never hand out any.
        Err(fault) if is(&fault, "SecurityError") => return Ok(None),
        Err(_) => return Err(MediumError::Unavailable),
    };
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    match JsFuture::from(root.get_directory_handle_with_options(FOLDER, &options)).await {
        Ok(folder) => Ok(Some(folder.unchecked_into())),
        Err(fault) if !create && is(&fault, "NotFoundError") => Ok(None),
        Err(_) => Err(MediumError::Unavailable),
    }
}

/// What hands out files, where there is something.
fn manager() -> Option<StorageManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let manager = Reflect::get(&navigator, &"storage".into()).ok().filter(|it| !it.is_undefined())?;
    Reflect::get(&manager, &"getDirectory".into()).ok().filter(JsValue::is_function)?;
    Some(manager.unchecked_into())
}

fn question(deed: &str, name: &str, bytes: &[u8]) -> Object {
    let question = Object::new();
    set(&question, "deed", &deed.into());
    set(&question, "name", &name.into());
    set(&question, "bytes", &Uint8Array::from(bytes));
    question
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

fn is(fault: &JsValue, name: &str) -> bool {
    Reflect::get(fault, &"name".into()).ok().and_then(|name| name.as_string()).as_deref() == Some(name)
}
