//! What administration sees, asked of the server when a page is opened and held in memory until the device locks.

use super::trouble_words;
use crate::device::{VaultHandle, use_device, use_vault_handle};
use crate::passkey::{StepUp, use_step_up};
use crate::words::Key;
use api::ApiError;
use domain::UserId;
use leptos::prelude::*;
use minicbor::Decode;
use seal::answer::Nonce;
use seal::staff::{Device, Member, StaffRoom};
use serde_bytes::ByteBuf;
use std::future::Future;
use std::rc::Rc;

/// Handle to what is seen. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Room {
    held: RwSignal<Option<Rc<StaffRoom>>, LocalStorage>,
    /// The server is being asked.
    pub busy: RwSignal<bool>,
    /// Why it was not seen anew.
    pub trouble: RwSignal<Option<Key>>,
    step_up: StepUp,
    vault: VaultHandle,
}

/// The handle of the page that stands around.
#[must_use]
pub fn use_room() -> Room {
    expect_context()
}

/// Makes a page's handle, and asks the server. Always anew: what an owner provided before it was cleaned up, as by
/// locking, is still found there afterwards, and is no good any more.
pub fn open_room() -> Room {
    let room = Room {
        held: use_device().staff_room,
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
        step_up: use_step_up(),
        vault: use_vault_handle(),
    };
    provide_context(room);
    room.look();
    room
}

impl Room {
    /// Looks at what is held; `None` before anything was seen. Reactive.
    pub fn with<T>(self, look: impl FnOnce(&StaffRoom) -> T) -> Option<T> {
        self.held.with(|held| held.as_deref().map(look))
    }

    /// A member of staff.
    #[must_use]
    pub fn member(self, user: UserId) -> Option<Member> {
        self.with(|room| room.people.iter().find(|member| member.user == user).cloned()).flatten()
    }

    /// Devices that a filter lets through.
    #[must_use]
    pub fn devices(self, wanted: impl Fn(&Device) -> bool) -> Vec<Device> {
        self.with(|room| room.devices.iter().filter(|device| wanted(device)).cloned().collect())
            .unwrap_or_default()
    }

    /// Asks the server anew.
    pub fn look(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let seen = self.ask(api::staff_room).await;
            // The page may have been left meanwhile.
            self.busy.try_set(false);
            match seen {
                Ok(seen) => {
                    self.held.try_set(Some(Rc::new(seen)));
                    self.trouble.try_set(None);
                }
                Err(error) => {
                    self.trouble.try_set(Some(trouble_words(&error)));
                }
            }
        });
    }

    /// Asks something whose answer is sealed to this vault.
    ///
    /// # Errors
    /// As the function; [`ApiError::NoAnswer`] for an answer that is not the server's.
    pub async fn ask<T, F>(self, question: impl Fn(ByteBuf) -> F) -> Result<T, ApiError>
    where
        T: for<'b> Decode<'b, ()>,
        F: Future<Output = Result<ByteBuf, ApiError>>,
    {
        let nonce: Nonce = store::random();
        let sealed = self.step_up.call(|| question(ByteBuf::from(nonce))).await?;
        let vault = self.vault.try_get_value().ok_or(ApiError::NotSignedIn)?;
        vault.read_answer(&sealed, &nonce, &store::ApiLine::PAGE).await.map_err(|_| ApiError::NoAnswer)
    }

    /// Does something, asking for a passkey where the server wants one, and looks anew.
    ///
    /// # Errors
    /// As the function.
    pub async fn change<T, F>(self, deed: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let done = self.step_up.call(deed).await;
        self.look();
        done
    }
}
