//! Orders of the office to one device: revoke it, wipe it, or nothing of the kind.
//!
//! Signed by the server's signing key, for which the pinned root vouches. So no captive portal or proxy can make one:
//! an order names the enrolment that it is for, and its serial only grows, so that one that was taken back and is
//! played again changes nothing. What a hostile line can do is keep an order from arriving, as it can keep all else.

use crate::keys::verify;
use crate::server_keys::SigningSecret;
use crate::{SealError, exact};
use domain::EnrolmentId;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

const VERSION: u8 = 1;
const LABEL: &str = "amparo/order/1";

/// What a device is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Deed {
    /// Go on: nothing was ordered, or what was ordered is taken back.
    #[n(0)]
    Nothing,
    /// Lock this enrolment's vault for good: destroy its key, and go on handing in what waits.
    #[n(1)]
    Revoke,
    /// As [`Deed::Revoke`], and take everything of this enrolment's off the device once it was handed in.
    #[n(2)]
    Wipe,
}

impl Deed {
    /// Its number in rows and answers; as on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Deed::Nothing => 0,
            Deed::Revoke => 1,
            Deed::Wipe => 2,
        }
    }

    /// From its number; `None` for one of a later version.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Deed> {
        [Deed::Nothing, Deed::Revoke, Deed::Wipe].into_iter().find(|deed| deed.code() == code)
    }
}

/// An order as it stands for one enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Order {
    /// Whom it is for.
    #[n(0)]
    pub enrolment: EnrolmentId,
    /// What is to be done.
    #[n(1)]
    pub deed: Deed,
    /// When it was given, milliseconds since 1970; 0 where nothing was ever ordered.
    #[n(2)]
    pub at: u64,
    /// The server's epoch when it answered. For telling apart a restored server, never for deciding.
    #[n(3)]
    pub epoch: ByteArray<16>,
    /// Grows with each order for this enrolment, by the clock, so that it also grows over a restored backup; 0 where
    /// nothing was ever ordered.
    #[n(4)]
    pub serial: u64,
}

impl Order {
    /// The bytes handed out: version, signature, body.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] when it cannot be written.
    pub fn sign(&self, signing: &SigningSecret) -> Result<Vec<u8>, SealError> {
        let body = minicbor::to_vec(self).map_err(|_| SealError::NotSealed)?;
        let signature = signing.sign(LABEL, &body);
        Ok([&[VERSION][..], &signature, &body].concat())
    }

    /// Reads an order and checks that this server gave it to this enrolment.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when another signed it or it is for another; [`SealError::UnknownVersion`];
    /// [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8], server: &[u8; 32], enrolment: EnrolmentId) -> Result<Self, SealError> {
        let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
        if *version != VERSION {
            return Err(SealError::UnknownVersion);
        }
        let (signature, body) = rest.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(server, LABEL, body, &exact(signature)?)?;
        let order: Order = minicbor::decode(body).map_err(|_| SealError::Malformed)?;
        if order.enrolment == enrolment { Ok(order) } else { Err(SealError::WrongSignature) }
    }

    /// Whether a device that followed an order of serial `last` (0 for none) is to follow this one: only ever
    /// forward, so that neither a revocation nor its taking back can be played again later.
    #[must_use]
    pub fn is_news_after(&self, last: u64) -> bool {
        self.serial > last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use domain::id::hex;

    const ME: EnrolmentId = EnrolmentId([7; 16]);

    fn order(deed: Deed, serial: u64) -> Order {
        Order { enrolment: ME, deed, at: 1_700_000_000_000, epoch: [9; 16].into(), serial }
    }

    fn server() -> SigningSecret {
        SigningSecret::generate(&mut Counting(1))
    }

    #[test]
    fn an_order_is_believed_from_the_server_and_by_the_enrolment_that_it_names_only() {
        let (server, other) = (server(), SigningSecret::generate(&mut Counting(2)));
        for deed in [Deed::Nothing, Deed::Revoke, Deed::Wipe] {
            let bytes = order(deed, 5).sign(&server).unwrap();
            assert_eq!(Order::from_bytes(&bytes, &server.public(), ME), Ok(order(deed, 5)));
            assert_eq!(Order::from_bytes(&bytes, &other.public(), ME), Err(SealError::WrongSignature));
            let stranger = EnrolmentId([8; 16]);
            assert_eq!(Order::from_bytes(&bytes, &server.public(), stranger), Err(SealError::WrongSignature));
            for end in 0..bytes.len() {
                assert!(Order::from_bytes(&bytes[..end], &server.public(), ME).is_err());
            }
            for at in 0..bytes.len() {
                let mut forged = bytes.clone();
                forged[at] ^= 1;
                assert!(Order::from_bytes(&forged, &server.public(), ME).is_err(), "{at}");
            }
        }
        assert!(Order::from_bytes(b"<html>Welcome to the hotel</html>", &server.public(), ME).is_err());
    }

    /// The same bytes signed by the same key for another purpose are no order.
    #[test]
    fn what_the_server_signed_for_another_purpose_is_no_order() {
        let server = server();
        let body = minicbor::to_vec(order(Deed::Wipe, 5)).unwrap();
        for label in ["amparo/tables/1", "amparo/page/1", "amparo/order/2"] {
            let bytes = [&[VERSION][..], &server.sign(label, &body), &body].concat();
            assert_eq!(Order::from_bytes(&bytes, &server.public(), ME), Err(SealError::WrongSignature));
        }
    }

    #[test]
    fn an_order_that_was_taken_back_is_not_followed_when_it_is_played_again() {
        let (revoked, taken_back) = (order(Deed::Revoke, 5), order(Deed::Nothing, 6));
        assert!(revoked.is_news_after(0) && taken_back.is_news_after(5));
        assert!(!revoked.is_news_after(6) && !revoked.is_news_after(5));
        let never = Order { at: 0, ..order(Deed::Nothing, 0) };
        assert!(!never.is_news_after(0) && !never.is_news_after(6));
    }

    #[test]
    fn deeds_have_fixed_numbers() {
        for (deed, code) in [(Deed::Nothing, 0), (Deed::Revoke, 1), (Deed::Wipe, 2)] {
            assert_eq!((deed.code(), Deed::from_code(code)), (code, Some(deed)));
            assert_eq!(minicbor::to_vec(deed).unwrap(), [code]);
        }
        assert_eq!(Deed::from_code(3), None);
    }

    /// Never edited: servers and devices of different versions say this to each other.
    #[test]
    fn the_kept_sample_is_read_for_ever() {
        assert_eq!(hex(&order(Deed::Revoke, 5).sign(&server()).unwrap()), SAMPLE);
    }

    const SAMPLE: &str = "0160be5f0dd00c1f84888c46d80f7802c69c179b569a55ba96cbc14050b771945d051dd1b3dd7505270b81246a46655629e3f97c2ca339\
        9725a82b742673bbf40aa50050070707070707070707070707070707070101021b0000018bcfe568000350090909090909090909090909090909090405";
}
