//! Tells other pages, and the page itself, that something in the store changed. Says what, never about whom.

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Records or drafts: something was saved, and with it an envelope queued.
    Records,
    /// Envelopes: something was delivered, refused, or is to be tried again.
    Outbox,
    /// Pages lie ready to be folded in.
    Inbox,
    /// A vault came, went, or was locked everywhere on this device.
    Vaults,
    /// Tables of the office's.
    Tables,
}

impl Change {
    const ALL: [(Change, &'static str); 5] = [
        (Change::Records, "records"),
        (Change::Outbox, "outbox"),
        (Change::Inbox, "inbox"),
        (Change::Vaults, "vaults"),
        (Change::Tables, "tables"),
    ];

    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(change, _)| *change == self).map_or("", |(_, word)| word)
    }

    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == word).map(|(change, _)| *change)
    }
}

#[cfg(target_arch = "wasm32")]
mod channel {
    use super::Change;
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::spawn_local;
    use web_sys::{BroadcastChannel, MessageEvent};

    /// Pages that practise and the others have nothing to tell each other.
    fn name() -> &'static str {
        if crate::practice::is_on() { "amparo-practice" } else { "amparo" }
    }

    thread_local! {
        static CHANNEL: Option<BroadcastChannel> = BroadcastChannel::new(name()).ok();
        static PENDING: RefCell<BTreeSet<Change>> = const { RefCell::new(BTreeSet::new()) };
    }

    /// Tells every page of this device, this one too. A little later: who saves does not wait for it, and many
    /// changes at once are told once.
    pub fn announce(change: Change) {
        let is_first = PENDING.with_borrow_mut(|pending| {
            let is_first = pending.is_empty();
            pending.insert(change);
            is_first
        });
        if is_first {
            spawn_local(async {
                crate::clock::sleep(0).await;
                tell();
            });
        }
    }

    /// Tells at once what is still to be told: a worker may be stopped as soon as it has nothing to do.
    pub fn tell() {
        for change in PENDING.take() {
            CHANNEL.with(|channel| {
                if let Some(channel) = channel {
                    // Nobody may be listening; that is no fault.
                    let _ = channel.post_message(&JsValue::from_str(change.word()));
                }
            });
        }
    }

    /// Listens until it is dropped.
    #[must_use]
    pub struct Listening {
        channel: BroadcastChannel,
        _heard: Closure<dyn FnMut(MessageEvent)>,
    }

    impl Drop for Listening {
        fn drop(&mut self) {
            self.channel.close();
        }
    }

    /// Calls back for every change, whichever page or worker made it. `None` where browsers lack the means.
    pub fn listen(mut heard: impl FnMut(Change) + 'static) -> Option<Listening> {
        let channel = BroadcastChannel::new(name()).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(change) = event.data().as_string().as_deref().and_then(Change::from_word) {
                heard(change);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Listening { channel, _heard: heard })
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod channel {
    use super::Change;

    /// On the host nobody listens.
    pub fn announce(_: Change) {}

    /// On the host nothing is ever still to be told.
    pub fn tell() {}

    /// Listens until it is dropped.
    #[must_use]
    pub struct Listening;

    /// On the host there is nothing to hear.
    pub fn listen(_: impl FnMut(Change) + 'static) -> Option<Listening> {
        None
    }
}

pub use channel::{Listening, announce, listen, tell};
