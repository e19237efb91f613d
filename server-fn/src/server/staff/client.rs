//! What a device without a screen asks of administration, for tests.

use crate::ApiError;
use crate::api::staff::*;
use crate::server::client::{Client, Device};
use crate::server::random;
use domain::{EnrolmentId, UserId};
use minicbor::Decode;
use seal::answer::{self, Nonce};
use seal::staff::{Invited, StaffRoom};
use seal::{Deed, Order};
use serde_bytes::ByteBuf;

impl Client {
    /// Asks `api::standing`.
    ///
    /// # Errors
    /// As there.
    pub async fn standing(&self, token: &[u8], report: Report) -> Result<ByteBuf, ApiError> {
        self.call(StandingOf { token: ByteBuf::from(token), report }).await
    }

    /// Asks `api::staff_room`.
    ///
    /// # Errors
    /// As there.
    pub async fn staff_room(&self, nonce: &[u8]) -> Result<ByteBuf, ApiError> {
        self.call(StaffRoomOf { nonce: ByteBuf::from(nonce) }).await
    }

    /// Asks `api::change_person`.
    ///
    /// # Errors
    /// As there.
    pub async fn change_person(&self, user: UserId, details: StaffDetails) -> Result<Outcome, ApiError> {
        self.call(ChangePerson { user: ByteBuf::from(user.0), details }).await
    }

    /// Asks `api::disable_person`.
    ///
    /// # Errors
    /// As there.
    pub async fn disable_person(&self, user: UserId, disabled: bool) -> Result<Outcome, ApiError> {
        self.call(DisablePerson { user: ByteBuf::from(user.0), disabled }).await
    }

    /// Asks `api::withdraw_invitation`.
    ///
    /// # Errors
    /// As there.
    pub async fn withdraw_invitation(&self, id: &[u8]) -> Result<(), ApiError> {
        self.call(WithdrawInvitation { id: ByteBuf::from(id) }).await
    }

    /// Asks `api::order_device`.
    ///
    /// # Errors
    /// As there.
    pub async fn order_device(&self, enrolment: EnrolmentId, deed: Deed) -> Result<Outcome, ApiError> {
        self.call(OrderDevice { enrolment: ByteBuf::from(enrolment.0), deed: deed.code() }).await
    }

    /// Asks `api::device_kept`.
    ///
    /// # Errors
    /// As there.
    pub async fn device_kept(&self, enrolment: EnrolmentId, after: u64) -> Result<Vec<KeptItem>, ApiError> {
        self.call(DeviceKept { enrolment: ByteBuf::from(enrolment.0), after }).await
    }

    /// Asks `api::take_over`.
    ///
    /// # Errors
    /// As there.
    pub async fn take_over(&self, enrolment: EnrolmentId) -> Result<Outcome, ApiError> {
        self.call(TakeOver { enrolment: ByteBuf::from(enrolment.0) }).await
    }

    /// Asks `api::put_place`.
    ///
    /// # Errors
    /// As there.
    pub async fn put_place(&self, table: &str, cells: &[(&str, &str)]) -> Result<Outcome, ApiError> {
        let cells = cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect();
        self.call(PutPlace { table: table.to_owned(), cells }).await
    }
}

impl Device {
    /// Says how it stands and believes an order of its server's only.
    ///
    /// # Errors
    /// As `api::standing`.
    pub async fn standing(&self, report: Report) -> Result<Order, ApiError> {
        let answer = self.client.standing(&self.enrolled.deposit_token, report).await?;
        Order::from_bytes(&answer, &self.server.signing, self.enrolment).map_err(|_| ApiError::NoAnswer)
    }

    /// Staff, devices and invitations within reach.
    ///
    /// # Errors
    /// As `api::staff_room`.
    pub async fn staff_room(&self) -> Result<StaffRoom, ApiError> {
        let nonce: Nonce = random();
        self.opened(&self.client.staff_room(&nonce).await?, &nonce)
    }

    /// Invites somebody new.
    ///
    /// # Errors
    /// As `api::invite_person`.
    pub async fn invite_person(&self, details: StaffDetails) -> Result<Invited, ApiError> {
        let nonce: Nonce = random();
        let asked = InvitePerson { nonce: ByteBuf::from(nonce), details };
        self.opened(&self.client.call::<_, ByteBuf>(asked).await?, &nonce)
    }

    /// Invites another device of somebody.
    ///
    /// # Errors
    /// As `api::invite_device`.
    pub async fn invite_device(&self, user: UserId) -> Result<Invited, ApiError> {
        let nonce: Nonce = random();
        let asked = InviteDevice { nonce: ByteBuf::from(nonce), user: ByteBuf::from(user.0) };
        self.opened(&self.client.call::<_, ByteBuf>(asked).await?, &nonce)
    }

    /// Opens an answer that is sealed to this device.
    ///
    /// # Errors
    /// [`ApiError::NoAnswer`] when the server did not make it for this device and this question.
    pub fn opened<T: for<'b> Decode<'b, ()>>(&self, sealed: &[u8], nonce: &Nonce) -> Result<T, ApiError> {
        let opened = answer::open(sealed, &self.keys, self.enrolment, &self.server.signing, nonce);
        opened.map_err(|_| ApiError::NoAnswer)
    }
}
