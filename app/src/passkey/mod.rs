//! Passkeys: asked for on administration's pages, and as a second way of unlocking.

mod browser;
mod own;
mod prf;
mod step_up;

pub use browser::{NotShown, is_possible};
pub use own::OwnPasskeys;
pub use prf::{UnlockButton, UnlockSetting};
pub use step_up::{StepUp, StepUpDialog, provide_step_up, use_step_up};
