//! Counts for which the store had no room: a full device is unlocked with the right passphrase all the same. They lie in
//! local storage then, which has room of its own and outlives the page.

use domain::VaultId;

/// How many wrong tries, and when the last began, as text.
fn to_text(count: u32, last: u64) -> String {
    format!("{count} {last}")
}

fn from_text(text: &str) -> Option<(u32, u64)> {
    let (count, last) = text.split_once(' ')?;
    Some((count.parse().ok()?, last.parse().ok()?))
}

/// What lies there of a vault.
pub fn read(vault: VaultId) -> Option<(u32, u64)> {
    place::get(&name_of(vault)).as_deref().and_then(from_text)
}

/// Writes a count in place of the one that lies there.
pub fn write(vault: VaultId, count: u32, last: u64) {
    place::set(&name_of(vault), &to_text(count, last));
}

/// Takes a count out.
pub fn forget(vault: VaultId) {
    place::remove(&name_of(vault));
}

fn name_of(vault: VaultId) -> String {
    format!("amparo-tries-{}", domain::id::hex(&vault.0))
}

#[cfg(target_arch = "wasm32")]
mod place {
    fn storage() -> Option<web_sys::Storage> {
        web_sys::window()?.local_storage().ok()?
    }

    pub fn get(name: &str) -> Option<String> {
        storage()?.get_item(name).ok()?
    }

    /// Without local storage the store's own count stands.
    pub fn set(name: &str, text: &str) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(name, text);
        }
    }

    pub fn remove(name: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(name);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod place {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        /// On the host, in the place of local storage.
        static LIES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub fn get(name: &str) -> Option<String> {
        LIES.with_borrow(|lies| lies.get(name).cloned())
    }

    pub fn set(name: &str, text: &str) {
        LIES.with_borrow_mut(|lies| lies.insert(name.to_owned(), text.to_owned()));
    }

    pub fn remove(name: &str) {
        LIES.with_borrow_mut(|lies| lies.remove(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_lies_apart_for_each_vault_until_it_is_taken_out_and_garbage_is_none() {
        let (one, other) = (VaultId([1; 16]), VaultId([2; 16]));
        write(one, 3, 1_800_000_000_000);
        assert_eq!((read(one), read(other)), (Some((3, 1_800_000_000_000)), None));
        forget(one);
        assert_eq!(read(one), None);
        assert_eq!([from_text(""), from_text("3"), from_text("-1 5"), from_text("a b")], [None; 4]);
    }
}
