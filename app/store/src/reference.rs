//! What anyone may read and the server can send again: lists, words, preferences. Nothing sealed lies here.

use crate::StoreError;
use std::collections::BTreeMap;

/// The database `reference`.
#[derive(Clone)]
pub struct Reference {
    #[cfg(target_arch = "wasm32")]
    base: std::rc::Rc<rexie::Rexie>,
    #[cfg(not(target_arch = "wasm32"))]
    base: std::rc::Rc<std::cell::RefCell<BTreeMap<(bool, String), String>>>,
}

const TEXTS: &str = "texts";
const PREFERENCES: &str = "preferences";

impl Reference {
    /// A text kept under a name: a list, the words of a language.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn get_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.get(TEXTS, name).await
    }

    /// Keeps a text under a name.
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn put_text(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.put(TEXTS, name, text).await
    }

    /// Every text whose name begins so, by the rest of its name.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn texts(&self, beginning: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let found = self.beginning_with(beginning).await?;
        let named = found
            .into_iter()
            .filter_map(|(name, text)| Some((name.strip_prefix(beginning)?.to_owned(), text)));
        Ok(named.collect())
    }

    /// Keeps several texts under their names, all or none.
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn put_texts(&self, texts: &[(String, String)]) -> Result<(), StoreError> {
        self.put_all(texts).await
    }

    /// A preference of this device, such as its language.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn preference(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.get(PREFERENCES, name).await
    }

    /// Sets a preference of this device. Never anything about a person.
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn set_preference(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.put(PREFERENCES, name, value).await
    }
}

#[cfg(target_arch = "wasm32")]
mod base {
    use super::{PREFERENCES, Reference, TEXTS};
    use crate::StoreError;
    use rexie::{Error, KeyRange, ObjectStore, Rexie, TransactionMode};
    use wasm_bindgen::JsValue;

    impl Reference {
        pub(crate) async fn open() -> Result<Self, StoreError> {
            let base = Rexie::builder("reference")
                .version(1)
                .add_object_store(ObjectStore::new(TEXTS))
                .add_object_store(ObjectStore::new(PREFERENCES))
                .build()
                .await
                .map_err(unavailable)?;
            Ok(Self { base: std::rc::Rc::new(base) })
        }

        pub(super) async fn get(&self, store: &str, name: &str) -> Result<Option<String>, StoreError> {
            let transaction =
                self.base.transaction(&[store], TransactionMode::ReadOnly).map_err(unavailable)?;
            let texts = transaction.store(store).map_err(unavailable)?;
            let value = texts.get(JsValue::from_str(name)).await.map_err(unavailable)?;
            Ok(value.and_then(|value| value.as_string()))
        }

        pub(super) async fn put(&self, store: &str, name: &str, text: &str) -> Result<(), StoreError> {
            let transaction =
                self.base.transaction(&[store], TransactionMode::ReadWrite).map_err(unavailable)?;
            let texts = transaction.store(store).map_err(unavailable)?;
            texts.put(&JsValue::from_str(text), Some(&JsValue::from_str(name))).await.map_err(unavailable)?;
            transaction.done().await.map(|_| ()).map_err(unavailable)
        }

        pub(super) async fn beginning_with(
            &self,
            beginning: &str,
        ) -> Result<Vec<(String, String)>, StoreError> {
            let transaction =
                self.base.transaction(&[TEXTS], TransactionMode::ReadOnly).map_err(unavailable)?;
            let texts = transaction.store(TEXTS).map_err(unavailable)?;
            let (from, to) =
                (JsValue::from_str(beginning), JsValue::from_str(&format!("{beginning}\u{ffff}")));
            let range = || KeyRange::bound(&from, &to, None, None).map_err(|error| unavailable(error.into()));
            let names = texts.get_all_keys(Some(range()?), None).await.map_err(unavailable)?;
            let values = texts.get_all(Some(range()?), None).await.map_err(unavailable)?;
            let found = names.iter().zip(&values);
            Ok(found.filter_map(|(name, text)| Some((name.as_string()?, text.as_string()?))).collect())
        }

        pub(super) async fn put_all(&self, put: &[(String, String)]) -> Result<(), StoreError> {
            let transaction =
                self.base.transaction(&[TEXTS], TransactionMode::ReadWrite).map_err(unavailable)?;
            let texts = transaction.store(TEXTS).map_err(unavailable)?;
            let rows =
                put.iter().map(|(name, text)| (JsValue::from_str(text), Some(JsValue::from_str(name))));
            texts.put_all(rows).await.map_err(unavailable)?;
            transaction.done().await.map(|_| ()).map_err(unavailable)
        }
    }

    fn unavailable(error: Error) -> StoreError {
        let text = format!("{error:?}");
        if text.contains("QuotaExceeded") { StoreError::Full } else { StoreError::Unavailable(text) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod base {
    use super::{Reference, TEXTS};
    use crate::StoreError;

    impl Reference {
        pub(crate) async fn open() -> Result<Self, StoreError> {
            Ok(Self { base: Default::default() })
        }

        pub(super) async fn get(&self, store: &str, name: &str) -> Result<Option<String>, StoreError> {
            Ok(self.base.borrow().get(&(store == TEXTS, name.to_owned())).cloned())
        }

        pub(super) async fn put(&self, store: &str, name: &str, text: &str) -> Result<(), StoreError> {
            self.base.borrow_mut().insert((store == TEXTS, name.to_owned()), text.to_owned());
            Ok(())
        }

        pub(super) async fn beginning_with(
            &self,
            beginning: &str,
        ) -> Result<Vec<(String, String)>, StoreError> {
            let base = self.base.borrow();
            let texts = base.iter().filter(|((texts, name), _)| *texts && name.starts_with(beginning));
            Ok(texts.map(|((_, name), text)| (name.clone(), text.clone())).collect())
        }

        pub(super) async fn put_all(&self, put: &[(String, String)]) -> Result<(), StoreError> {
            let texts = put.iter().map(|(name, text)| ((true, name.clone()), text.clone()));
            self.base.borrow_mut().extend(texts);
            Ok(())
        }
    }
}
