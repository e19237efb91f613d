//! Public keys in COSE's form (RFC 9052, § 7; RFC 9053), as authenticators give them.

use ed25519_dalek::{Signature as EdSignature, VerifyingKey as EdKey};
use minicbor::Decoder;
use minicbor::data::Type;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

/// Number of ECDSA with P-256 and SHA-256 in COSE.
pub const ES256: i64 = -7;
/// Number of EdDSA in COSE; with Ed25519 alone here.
pub const EDDSA: i64 = -8;

/// A key of one of the two kinds that are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// ECDSA with P-256 and SHA-256.
    Es256(VerifyingKey),
    /// EdDSA with Ed25519.
    EdDsa(EdKey),
}

/// What a key is made of before it is known to be one.
#[derive(Default)]
struct Parts<'a> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    x: Option<&'a [u8]>,
    y: Option<&'a [u8]>,
}

impl PublicKey {
    /// Reads a key and says how many bytes it took. `None` for another kind, a point beside the curve, a part said twice.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut d = Decoder::new(bytes);
        let mut parts = Parts::default();
        for _ in 0..d.map().ok()?? {
            let label = d.i64().ok()?;
            let whole = match label {
                1 => Some(&mut parts.kind),
                3 => Some(&mut parts.algorithm),
                -1 => Some(&mut parts.curve),
                _ => None,
            };
            let text = match label {
                -2 => Some(&mut parts.x),
                -3 => Some(&mut parts.y),
                _ => None,
            };
            match (whole, text) {
                (Some(part), _) => is_new(part.replace(d.i64().ok()?))?,
                (_, Some(part)) if d.datatype().ok()? == Type::Bytes => {
                    is_new(part.replace(d.bytes().ok()?))?;
                }
                _ => d.skip().ok()?,
            }
        }
        let key = match (parts.kind?, parts.algorithm?, parts.curve?) {
            // Two coordinates, P-256.
            (2, ES256, 1) => {
                let (x, y) = (<[u8; 32]>::try_from(parts.x?).ok()?, <[u8; 32]>::try_from(parts.y?).ok()?);
                let point = [&[4][..], &x, &y].concat();
                Self::Es256(VerifyingKey::from_sec1_bytes(&point).ok()?)
            }
            // One coordinate, Ed25519.
            (1, EDDSA, 6) => {
                let key = EdKey::from_bytes(&<[u8; 32]>::try_from(parts.x?).ok()?).ok()?;
                if key.is_weak() {
                    return None;
                }
                Self::EdDsa(key)
            }
            _ => return None,
        };
        Some((key, d.position()))
    }

    /// Whether a signature over a message is this key's.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(key) => {
                Signature::from_der(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Self::EdDsa(key) => EdSignature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

fn is_new<T>(before: Option<T>) -> Option<()> {
    before.is_none().then_some(())
}
