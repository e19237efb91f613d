//! On the host there is no browser to ask the server through: no answer ever comes. The app's tests build with it.

use crate::{Line, Trouble};

/// The line that is always cut.
pub struct ApiLine;

impl ApiLine {
    /// For an open page.
    pub const PAGE: ApiLine = ApiLine;
}

impl Line for ApiLine {
    async fn deliver(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }

    async fn collect(&self, _: &[u8], _: u32) -> Result<api::Collected, Trouble> {
        Err(Trouble::NoAnswer)
    }
}
