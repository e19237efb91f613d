//! Invitations: one link or code that enrols one device, once.

use crate::SealError;
use base64ct::{Base64UrlUnpadded, Encoding};

/// What the link carries behind its `#`, which browsers never send to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// 128 random bits; the server keeps only their digest.
    pub code: [u8; 16],
    /// Fingerprint of the server's root key: learnt from the invitation, never from the line.
    pub root: [u8; 32],
}

impl Invitation {
    /// The text behind the `#`: 64 characters of base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        Base64UrlUnpadded::encode_string(&[&self.code[..], &self.root].concat())
    }

    /// Reads a code, or a whole link with one behind its `#`. Spaces and line breaks are forgiven.
    ///
    /// # Errors
    /// [`SealError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let code = text.rsplit('#').next().unwrap_or_default();
        let bytes = Base64UrlUnpadded::decode_vec(code).map_err(|_| SealError::Malformed)?;
        let (code, root) = bytes.split_at_checked(16).ok_or(SealError::Malformed)?;
        Ok(Self { code: crate::exact(code)?, root: crate::exact(root)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_reads_back_and_anything_else_does_not() {
        let invitation = Invitation { code: [0xfb; 16], root: [0xff; 32] };
        let text = invitation.to_text();
        assert_eq!(text.len(), 64);
        assert_eq!(Invitation::parse(&format!(" https://amparo.example/enrol#{text}\n")), Ok(invitation));
        for wrong in ["", "#", &text[1..], &format!("{text}A"), "https://amparo.example/enrol"] {
            assert_eq!(Invitation::parse(wrong), Err(SealError::Malformed));
        }
    }
}
