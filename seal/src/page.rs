//! Pages: what a device collects, sealed by the server to one enrolment's inbox key and signed by the server.

use crate::directory::Directory;
use crate::keys::{EnrolmentKeys, verify};
use crate::server_keys::SigningSecret;
use crate::{CryptoRng, SealError, exact, pack, unpack};
use domain::{EnrolmentId, Record, RecordId, UserId};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use minicbor::{Decode, Encode};

const INFO: &[u8] = b"amparo/page/1";
const LABEL: &str = "amparo/page/1";
/// Largest page after unfolding.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// What a page tells: records as they stand on the server, and the names of those who made them so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Page {
    /// Records; each is joined with what the device holds.
    #[n(0)]
    pub records: Vec<Record>,
    /// Display names of authors, for "who".
    #[n(1)]
    pub authors: Vec<Author>,
    /// Records in reach in all, for the progress of a first collect.
    #[n(2)]
    pub total: u64,
    /// What the device may no longer hold, to be dropped before this page's records are taken in.
    #[n(3)]
    pub evicted: Option<Vec<RecordId>>,
    /// All that was granted to this user and has not ended, when that changed: the whole list.
    #[n(4)]
    pub grants: Option<Vec<Grant>>,
    /// Who works within reach, when that changed: the whole list.
    #[n(5)]
    pub directory: Option<Directory>,
}

/// Somebody else's group, opened to this user for a time, for reading only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// The group.
    #[n(0)]
    pub group: RecordId,
    /// Until when, milliseconds since 1970. The device drops it then by itself.
    #[n(1)]
    pub until: u64,
    /// Whether nobody was asked before: break-glass.
    #[n(2)]
    pub emergency: bool,
}

/// A member of staff as shown beside what they stated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Author {
    /// Who.
    #[n(0)]
    pub user: UserId,
    /// How they are shown.
    #[n(1)]
    pub name: String,
    /// Code of their site.
    #[n(2)]
    pub site: String,
}

impl Page {
    /// Seals the page for one enrolment.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when its inbox key is none.
    pub fn seal(
        &self,
        rng: &mut impl CryptoRng,
        signing: &SigningSecret,
        enrolment: EnrolmentId,
        inbox: &[u8; 32],
    ) -> Result<Vec<u8>, SealError> {
        let content = pack(&minicbor::to_vec(self).map_err(|_| SealError::NotSealed)?);
        let signature = signing.sign(LABEL, &[&enrolment.0[..], &content].concat());
        let key =
            <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(inbox).map_err(|_| SealError::Malformed)?;
        let plain = [&signature[..], &content].concat();
        let (encapped, sealed) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &key,
            INFO,
            &plain,
            &enrolment.0,
            rng,
        )
        .map_err(|_| SealError::NotSealed)?;
        Ok([&[1][..], &encapped.to_bytes(), &sealed].concat())
    }

    /// Opens a page that was sealed for this enrolment and checks that the server made it.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it does not open, [`SealError::WrongSignature`] when another made it.
    pub fn open(
        bytes: &[u8],
        keys: &EnrolmentKeys,
        enrolment: EnrolmentId,
        server: &[u8; 32],
    ) -> Result<Page, SealError> {
        minicbor::decode(&Self::unseal(bytes, keys, enrolment, server)?).map_err(|_| SealError::Malformed)
    }

    /// As [`Self::open`], but gives the page's bytes as they were written: who only stores its records need not
    /// decode and encode each.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn unseal(
        bytes: &[u8],
        keys: &EnrolmentKeys,
        enrolment: EnrolmentId,
        server: &[u8; 32],
    ) -> Result<Vec<u8>, SealError> {
        let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
        if *version != 1 {
            return Err(SealError::UnknownVersion);
        }
        let (encapped, sealed) = rest.split_at_checked(32).ok_or(SealError::Malformed)?;
        let encapped =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::Malformed)?;
        let plain = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &keys.inbox_secret()?,
            &encapped,
            INFO,
            sealed,
            &enrolment.0,
        )
        .map_err(|_| SealError::Damaged)?;
        let (signature, content) = plain.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(server, LABEL, &[&enrolment.0[..], content].concat(), &exact(signature)?)?;
        unpack(content, LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use domain::Kind;

    #[test]
    fn a_page_opens_for_its_enrolment_only_and_from_the_server_only() {
        let (mine, theirs) =
            (EnrolmentKeys::generate(&mut Counting(1)), EnrolmentKeys::generate(&mut Counting(2)));
        let (server, other) =
            (SigningSecret::generate(&mut Counting(3)), SigningSecret::generate(&mut Counting(4)));
        let me = EnrolmentId([1; 16]);
        let author = Author { user: UserId([9; 16]), name: "Rosa M.".into(), site: "meteti".into() };
        let page = Page {
            records: vec![Record::new(RecordId([5; 16]), Kind::GROUP)],
            authors: vec![author],
            total: 1,
            ..Page::default()
        };
        let inbox = mine.public().unwrap().inbox;
        let bytes = page.seal(&mut Counting(5), &server, me, &inbox).unwrap();
        assert_eq!(Page::open(&bytes, &mine, me, &server.public()), Ok(page));
        assert_eq!(Page::open(&bytes, &theirs, me, &server.public()), Err(SealError::Damaged));
        assert_eq!(
            Page::open(&bytes, &mine, EnrolmentId([2; 16]), &server.public()),
            Err(SealError::Damaged)
        );
        assert_eq!(Page::open(&bytes, &mine, me, &other.public()), Err(SealError::WrongSignature));
        for end in 0..bytes.len() {
            assert!(Page::open(&bytes[..end], &mine, me, &server.public()).is_err());
        }
    }
}
