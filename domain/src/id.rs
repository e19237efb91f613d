//! Names of things: 16 bytes, made on the device, never reused.
//!
//! All are UUIDs. Those made at a known time are version 7 (RFC 9562, section 5.7), so that sorting them
//! sorts roughly by time; nothing is ever *decided* by that order.

use core::fmt;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Lays out a version 7 UUID from milliseconds since 1970 (48 bits are kept) and ten random bytes.
#[must_use]
pub fn uuid_v7(unix_ms: u64, random: [u8; 10]) -> [u8; 16] {
    let [_, _, t0, t1, t2, t3, t4, t5] = unix_ms.to_be_bytes();
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
    [t0, t1, t2, t3, t4, t5, 0x70 | (r0 & 0x0f), r1, 0x80 | (r2 & 0x3f), r3, r4, r5, r6, r7, r8, r9]
}

/// Writes bytes as lower-case hexadecimal, two characters a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads hexadecimal text of exactly `N` bytes; anything else is `None`.
#[must_use]
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// A fresh id from the time (milliseconds since 1970) and ten random bytes.
            #[must_use]
            pub fn fresh(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid_v7(unix_ms, random))
            }

            /// Reads 32 hexadecimal characters, the form that addresses in the app use.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                from_hex(text).map(Self)
            }

            /// The 16 bytes from a slice; `None` when it has another length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                Self::from_slice(d.bytes()?).ok_or_else(|| decode::Error::message("an id is 16 bytes long"))
            }
        }
    )+};
}

ids! {
    /// A record: a group, an individual, a document…
    RecordId,
    /// What one person did at once, signed once.
    EntryId,
    /// A sealed parcel of one entry, or of one state of a draft.
    EnvelopeId,
    /// Text typed and not yet finished.
    DraftId,
    /// One user on one device.
    EnrolmentId,
    /// A member of staff, whatever device they use.
    UserId,
    /// The sealed store of one enrolment on a shared device.
    VaultId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_7_id_is_laid_out_as_rfc_9562_shows() {
        // RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, 0x017F22E279B0.
        let id = uuid_v7(0x017F_22E2_79B0, [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
        assert_eq!(hex(&id), "017f22e279b07cc398c4dc0c0c07398f");
    }

    #[test]
    fn ids_read_back_as_they_were_written() {
        let id = RecordId::fresh(1_700_000_000_000, [7; 10]);
        assert_eq!(RecordId::parse(&id.to_string()), Some(id));
        for wrong in ["", "01", "zz7f22e279b07cc398c4dc0c0c07398f", "ñ17f22e279b07cc398c4dc0c0c07398"] {
            assert_eq!(RecordId::parse(wrong), None);
        }
    }
}
