//! Answers that only the device reads that asked.

use super::ledger::Member;
use super::{Office, log, rng};
use crate::ApiError;
use minicbor::Encode;
use serde_bytes::ByteBuf;

impl Office {
    /// Seals an answer to the inbox key of the enrolment that asked: who has the cookie alone reads nothing.
    ///
    /// # Errors
    /// [`ApiError::Malformed`] for a nonce of another length, [`ApiError::Unavailable`].
    pub(super) fn sealed_answer<T: Encode<()>>(
        &self,
        member: &Member,
        content: &T,
        nonce: &[u8],
    ) -> Result<ByteBuf, ApiError> {
        let nonce = nonce.try_into().map_err(|_| ApiError::Malformed)?;
        let (signing, enrolment) = (&self.keyring.secrets.signing, &member.enrolment);
        let whom = (enrolment.id, &enrolment.inbox);
        let sealed = seal::answer::seal(content, &mut rng(), signing, whom, nonce);
        sealed.map(ByteBuf::from).map_err(|error| {
            log::trouble("answer_not_sealed", &error);
            ApiError::Unavailable
        })
    }
}
