//! Opens many rows at once. Unlocking reads megabytes of search lines; the browser's own AES is many times faster
//! than ours and works while this thread unfolds what came before.

use crate::cipher::Cipher;
use crate::tables::{Key, Table};
use crate::transaction::Rows;
use seal::SealError;
use std::collections::VecDeque;
use std::rc::Rc;

/// Rows on their way to being opened, in their order.
pub struct Opening {
    table: Table,
    cipher: Rc<Cipher>,
    rows: VecDeque<(Key, Asked)>,
}

enum Asked {
    /// Few bytes, or a browser without the means: opened here.
    Here(Vec<u8>),
    #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
    Browser(js_sys::Promise),
    #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
    Failed(SealError),
}

/// Below this the way to the browser and back costs more than it gains.
#[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
const WORTH_IT: usize = 64 * 1024;

impl Opening {
    /// Begins to open rows of a table.
    pub fn begin(cipher: &Rc<Cipher>, table: Table, rows: Rows) -> Self {
        #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
        {
            let bytes: usize = rows.iter().map(|(_, row)| row.len()).sum();
            if bytes > WORTH_IT
                && let Some(subtle) = browser::subtle()
            {
                let rows = rows.into_iter().map(|(key, row)| {
                    let asked = match cipher.take_apart(table, &key, &row) {
                        Ok(parts) => {
                            browser::ask(&subtle, &parts).map_or_else(|| Asked::Here(row), Asked::Browser)
                        }
                        Err(error) => Asked::Failed(error),
                    };
                    (key, asked)
                });
                return Self { table, cipher: cipher.clone(), rows: rows.collect() };
            }
        }
        let rows = rows.into_iter().map(|(key, row)| (key, Asked::Here(row))).collect();
        Self { table, cipher: cipher.clone(), rows }
    }

    /// The next row, opened.
    pub async fn next(&mut self) -> Option<(Key, Result<Vec<u8>, SealError>)> {
        let (key, asked) = self.rows.pop_front()?;
        let opened = match asked {
            Asked::Here(row) => self.cipher.open(self.table, &key, &row).map(|(_, plain)| plain),
            #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
            Asked::Browser(promise) => browser::answer(promise).await.ok_or(SealError::Damaged),
            #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
            Asked::Failed(error) => Err(error),
        };
        Some((key, opened))
    }
}

#[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
mod browser {
    use js_sys::{Array, ArrayBuffer, Promise, Reflect, Uint8Array};
    use seal::locker::Parts;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::{JsFuture, future_to_promise};
    use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

    /// Missing in insecure contexts.
    pub fn subtle() -> Option<SubtleCrypto> {
        let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
        let subtle = Reflect::get(&crypto, &"subtle".into()).ok()?;
        (!subtle.is_undefined()).then(|| subtle.unchecked_into())
    }

    /// Has the browser open a row.
    pub fn ask(subtle: &SubtleCrypto, parts: &Parts<'_>) -> Option<Promise> {
        // In a buffer from the start: what is short lies among JavaScript's own things otherwise, and may be copied out.
        let key = Uint8Array::new(&ArrayBuffer::new(32));
        key.copy_from(&parts.key[..]);
        let usages = Array::of1(&"decrypt".into());
        let imported = subtle.import_key_with_str("raw", &key, "AES-GCM", false, &usages);
        // Copied by now.
        key.fill(0, 0, key.length());
        let imported = imported.ok()?;
        let algorithm = AesGcmParams::new("AES-GCM", &Uint8Array::from(&parts.nonce[..]));
        algorithm.set_additional_data(&Uint8Array::from(&parts.aad[..]));
        let sealed = Uint8Array::from(parts.sealed);
        let subtle = subtle.clone();
        Some(future_to_promise(async move {
            let key: CryptoKey = JsFuture::from(imported).await?.unchecked_into();
            JsFuture::from(subtle.decrypt_with_object_and_buffer_source(&algorithm, &key, &sealed)?).await
        }))
    }

    /// What it opened; `None` where it did not open.
    pub async fn answer(promise: Promise) -> Option<Vec<u8>> {
        let buffer = Uint8Array::new(&JsFuture::from(promise).await.ok()?);
        let plain = buffer.to_vec();
        buffer.fill(0, 0, buffer.length());
        Some(plain)
    }
}
