//! One after the other: what is written of a family in this tab never overlaps.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Whose turn it is.
#[derive(Default)]
pub struct Turn {
    taken: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// A turn, until it is dropped.
pub struct Held<'a>(&'a Turn);

impl Turn {
    /// Waits until nobody else has it.
    pub async fn take(&self) -> Held<'_> {
        poll_fn(|cx| {
            if self.taken.replace(true) {
                self.waiting.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        Held(self)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        self.0.waiting.borrow_mut().drain(..).for_each(Waker::wake);
    }
}
