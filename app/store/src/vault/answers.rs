//! The server's answers to questions that were asked from this vault.

use super::Vault;
use crate::round::Line;
use crate::{Mailbox, StoreError};
use minicbor::Decode;
use seal::SealError;
use seal::answer::{self, Nonce};

impl Vault {
    /// Opens the server's answer to the question of a nonce. Where it is signed with a key that this device has not
    /// heard of, the server is asked for its keys, once: the root says whether it is the server's. A former key is not
    /// believed, as an answer is never older than its question.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] when it is none of the server's to this very question; [`StoreError::Locked`].
    pub async fn read_answer<T: for<'b> Decode<'b, ()>>(
        &self,
        sealed: &[u8],
        nonce: &Nonce,
        line: &impl Line,
    ) -> Result<T, StoreError> {
        // A round may have heard of newer keys than this session.
        self.hear_of_keys().await?;
        let mut read = self.open_answer(sealed, nonce)?;
        if matches!(read, Err(SealError::WrongSignature))
            && let Ok(keys) = line.server_keys().await
            && Mailbox::over(self.database.clone()).take_keys(&keys).await?
        {
            self.hear_of_keys().await?;
            read = self.open_answer(sealed, nonce)?;
        }
        read.map_err(|_| StoreError::Untrusted)
    }

    fn open_answer<T: for<'b> Decode<'b, ()>>(
        &self,
        sealed: &[u8],
        nonce: &Nonce,
    ) -> Result<Result<T, SealError>, StoreError> {
        let (session, enrolment) = (self.session()?, self.identity().enrolment);
        Ok(answer::open(sealed, &session.keys, enrolment, &session.server.signing, nonce))
    }
}
