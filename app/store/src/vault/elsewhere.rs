//! Questions about people registered elsewhere, sealed to the server alone.

use super::Vault;
use crate::{StoreError, clock};
use seal::elsewhere::Question;
use seal::question;
use zeroize::Zeroizing;

impl Vault {
    /// Seals a question to the server's key, as this enrolment's. The answer is read by [`Vault::read_answer`].
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when more was typed than a question holds; [`StoreError::Locked`].
    pub async fn seal_question(&self, asked: &Question) -> Result<Vec<u8>, StoreError> {
        // A key that the server gave up meanwhile still opens; a newer one is better.
        self.hear_of_keys().await?;
        let (session, enrolment) = (self.session()?, self.identity().enrolment);
        let plain = minicbor::to_vec(asked).map_err(|_| StoreError::TooLarge)?;
        question::seal(&mut clock::rng(), &session.server.sealing, enrolment, &Zeroizing::new(plain))
            .map_err(|_| StoreError::TooLarge)
    }
}
