//! An authenticator with one passkey, and the browser before it; a device with a screen would have both.
#![allow(dead_code)]

use api::server::client::Device;
use api::server::random;
use api::{PasskeyMade, PasskeyShown};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::Signer as _;
use minicbor::Encoder;
use p256::ecdsa::{Signature, SigningKey};
use serde_bytes::ByteBuf;

pub const ORIGIN: &str = "https://amparo.example";
pub const DOMAIN: &str = "amparo.example";

pub const PRESENT: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;
pub const COPYABLE: u8 = 0x08;
pub const COPIED: u8 = 0x10;
pub const ATTESTED: u8 = 0x40;
pub const EXTENDED: u8 = 0x80;

pub enum Secret {
    P256(SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

/// An authenticator with one passkey, and the browser before it; each field is what an honest pair would say.
pub struct Authenticator {
    pub secret: Secret,
    pub credential: Vec<u8>,
    pub counter: u32,
    pub flags: u8,
    pub origin: String,
    pub domain: String,
    pub more: &'static str,
}

impl Authenticator {
    pub fn new() -> Self {
        let secret = Secret::P256(SigningKey::from_slice(&random::<32>()).unwrap());
        let credential = random::<20>().to_vec();
        let flags = PRESENT | VERIFIED;
        let (origin, domain) = (ORIGIN.to_owned(), DOMAIN.to_owned());
        Self { secret, credential, counter: 1, flags, origin, domain, more: "" }
    }

    pub fn with_ed25519() -> Self {
        let secret = Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(&random()));
        Self { secret, counter: 0, ..Self::new() }
    }

    pub fn client_data(&self, ceremony: &str, challenge: &[u8]) -> Vec<u8> {
        let challenge = Base64UrlUnpadded::encode_string(challenge);
        let (origin, more) = (&self.origin, self.more);
        format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}"{more}}}"#).into_bytes()
    }

    pub fn data(&self, flags: u8) -> Vec<u8> {
        let domain = seal::digest(self.domain.as_bytes());
        [&domain[..], &[self.flags | flags], &self.counter.to_be_bytes()].concat()
    }

    pub fn public(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        match &self.secret {
            Secret::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                e.map(5).unwrap().i8(1).unwrap().i8(2).unwrap().i8(3).unwrap().i8(-7).unwrap();
                e.i8(-1).unwrap().i8(1).unwrap();
                e.i8(-2).unwrap().bytes(point.x().unwrap()).unwrap();
                e.i8(-3).unwrap().bytes(point.y().unwrap()).unwrap();
            }
            Secret::Ed25519(key) => {
                e.map(4).unwrap().i8(1).unwrap().i8(1).unwrap().i8(3).unwrap().i8(-8).unwrap();
                e.i8(-1).unwrap().i8(6).unwrap().i8(-2).unwrap();
                e.bytes(&key.verifying_key().to_bytes()).unwrap();
            }
        }
        bytes
    }

    pub fn attestation(&self) -> Vec<u8> {
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let mut data = [self.data(ATTESTED), vec![0; 16], length.to_vec(), self.credential.clone()].concat();
        data.extend(self.public());
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        e.map(3).unwrap().str("fmt").unwrap().str("none").unwrap();
        e.str("attStmt").unwrap().map(0).unwrap().str("authData").unwrap().bytes(&data).unwrap();
        bytes
    }

    pub fn make(&self, device: &Device, challenge: &[u8]) -> PasskeyMade {
        let client_data = self.client_data("webauthn.create", challenge);
        let attestation = self.attestation();
        let message = [&client_data[..], &attestation[..]].concat();
        let signature = device.keys.sign(seal::signed::PASSKEY, &message);
        PasskeyMade {
            client_data: ByteBuf::from(client_data),
            attestation: ByteBuf::from(attestation),
            signature: ByteBuf::from(signature),
        }
    }

    pub fn show(&mut self, challenge: &[u8]) -> PasskeyShown {
        if self.counter > 0 {
            self.counter += 1;
        }
        self.sign(self.client_data("webauthn.get", challenge), self.data(0))
    }

    pub fn sign(&self, client_data: Vec<u8>, authenticator_data: Vec<u8>) -> PasskeyShown {
        let message = [&authenticator_data[..], &seal::digest(&client_data)].concat();
        let signature = match &self.secret {
            Secret::P256(key) => {
                let signature: Signature = key.sign(&message);
                signature.to_der().as_bytes().to_vec()
            }
            Secret::Ed25519(key) => key.sign(&message).to_bytes().to_vec(),
        };
        PasskeyShown {
            credential: ByteBuf::from(self.credential.clone()),
            client_data: ByteBuf::from(client_data),
            authenticator_data: ByteBuf::from(authenticator_data),
            signature: ByteBuf::from(signature),
        }
    }
}
