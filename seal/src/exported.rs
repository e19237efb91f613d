//! An export: that somebody took rows out of the system on a device, how many, of what and why, signed by the
//! enrolment's key. It travels as readings do, as the second form of their body: whoever knows the first alone keeps it
//! until they know both.

use crate::keys::EnrolmentKeys;
use crate::reads::READS;
use crate::{SealError, Signed, exact};
use domain::EnrolmentId;
use minicbor::{Decoder, Encoder};

/// The second form of a body labelled [`READS`].
const VERSION: u64 = 2;
/// Fewest characters of a reason, and most.
pub const REASON: core::ops::RangeInclusive<usize> = 10..=500;
/// Most kinds that an export names.
const KINDS: u64 = 16;

/// One export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Names it: what comes twice is written once.
    pub id: [u8; 16],
    /// On which device.
    pub enrolment: EnrolmentId,
    /// When, milliseconds since 1970 by the device's clock.
    pub at: u64,
    /// Numbers of the kinds of records that were asked for.
    pub kinds: Vec<u16>,
    /// Rows in the file.
    pub rows: u32,
    /// Records that were counted and not listed, because they were not for who exported.
    pub reserved: u32,
    /// The names of people stand in it.
    pub named: bool,
    /// Why, in their own words: as many characters as [`REASON`] says.
    pub reason: String,
}

impl Exported {
    /// Signs it.
    #[must_use]
    pub fn sign(&self, keys: &EnrolmentKeys) -> Signed {
        let mut body = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(9)?.u64(VERSION)?.bytes(&self.id)?.bytes(&self.enrolment.0)?.u64(self.at)?;
            e.array(self.kinds.len() as u64)?;
            for kind in &self.kinds {
                e.u16(*kind)?;
            }
            e.u32(self.rows)?.u32(self.reserved)?.bool(self.named)?.str(&self.reason)?;
            Ok(())
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut body));
        Signed { signature: keys.sign(READS, &body), body }
    }

    /// Reads the body of a signed export.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`] for one of another form, else [`SealError::Malformed`]; also for a reason that is
    /// too short or too long.
    pub fn from_body(body: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(body);
        let mut read = || -> Result<Option<Exported>, minicbor::decode::Error> {
            let fixed = |bytes: &[u8]| exact(bytes).map_err(|_| minicbor::decode::Error::message("length"));
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            let (id, enrolment, at) = (fixed(d.bytes()?)?, EnrolmentId(fixed(d.bytes()?)?), d.u64()?);
            let length = d.array()?.filter(|length| *length <= KINDS);
            let length = length.ok_or_else(|| minicbor::decode::Error::message("too many"))?;
            let mut kinds = Vec::new();
            for _ in 0..length {
                kinds.push(d.u16()?);
            }
            let (rows, reserved, named, reason) = (d.u32()?, d.u32()?, d.bool()?, d.str()?.to_owned());
            Ok(Some(Exported { id, enrolment, at, kinds, rows, reserved, named, reason }))
        };
        let exported = read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
        let told = REASON.contains(&exported.reason.chars().count());
        if told && d.position() == body.len() { Ok(exported) } else { Err(SealError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reads;
    use crate::testing::Counting;
    use proptest::prelude::*;

    fn exported(reason: &str) -> Exported {
        Exported {
            id: [1; 16],
            enrolment: EnrolmentId([2; 16]),
            at: 1_700_000_000_000,
            kinds: vec![7, 8],
            rows: 120,
            reserved: 3,
            named: false,
            reason: reason.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn an_export_reads_back_whole_or_not_at_all(
            id: [u8; 16], at: u64, kinds in proptest::collection::vec(any::<u16>(), 0..16),
            rows: u32, reserved: u32, named: bool, reason in "\\PC{10,60}",
        ) {
            let keys = EnrolmentKeys::generate(&mut Counting(1));
            let exported = Exported { id, enrolment: EnrolmentId([4; 16]), at, kinds, rows, reserved, named, reason };
            let signed = exported.sign(&keys);
            let body = signed.verify(&keys.public().unwrap().verifying, READS).unwrap();
            prop_assert_eq!(Exported::from_body(body), Ok(exported));
            // Whoever knows readings alone keeps it for later.
            prop_assert_eq!(Reads::from_body(body), Err(SealError::UnknownVersion));
            for end in 0..body.len() {
                prop_assert!(Exported::from_body(&body[..end]).is_err());
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Exported::from_body(&bytes);
        }
    }

    #[test]
    fn an_export_without_a_reason_is_none() {
        let keys = EnrolmentKeys::generate(&mut Counting(1));
        for reason in ["", "informe", &"x".repeat(501)] {
            let body = exported(reason).sign(&keys).body;
            assert_eq!(Exported::from_body(&body), Err(SealError::Malformed), "{reason}");
        }
        let reads = Reads { batch: [1; 16], enrolment: EnrolmentId([2; 16]), items: Vec::new() };
        assert_eq!(Exported::from_body(&reads.sign(&keys).body), Err(SealError::UnknownVersion));
    }

    /// As first released; never edited.
    #[test]
    fn the_first_released_form_stays_readable() {
        let exported = exported("Informe mensual al Ministerio");
        let signed = exported.sign(&EnrolmentKeys::generate(&mut Counting(1)));
        assert_eq!(domain::id::hex(&signed.body), KEPT);
        assert_eq!(Exported::from_body(&signed.body), Ok(exported));
    }
    const KEPT: &str = "8902500101010101010101010101010101010150020202020202020202020202020202021b0000018bcfe56800820708187803f4781d\
        496e666f726d65206d656e7375616c20616c204d696e6973746572696f";
}
