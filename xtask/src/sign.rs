//! The release key: it signs the list of a version's files, and devices take over no version whose list it did not sign.
//!
//! ECDSA over P-256, because every browser's WebCrypto checks it, with the deterministic nonce of RFC 6979, so that the
//! same list gets the same signature. The secret half is made and kept offline (`cargo xtask release-key new`). Whoever
//! builds without one signs with a development key of their own, which lies below `target/` and vouches for nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64ct::{Base64UrlUnpadded, Encoding};
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};

use crate::tools;

/// The release key on the command line.
#[derive(clap::Subcommand)]
pub enum Deed {
    /// Make a key. To be done on a machine without a network; keep the file and one copy apart from each other.
    New {
        /// Where its secret half goes (PKCS#8, PEM). A file that is there already is left alone.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print the public half, as devices pin it.
    Show {
        /// The file with the secret half.
        file: PathBuf,
    },
}

/// How to sign, from the command line.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
#[group(id = "signing")]
pub struct Args {
    /// The release key's file [default: a development key below target/].
    #[arg(long, value_name = "FILE")]
    release_key: Option<PathBuf>,
    /// The public half of the key that signs from the next version on, when the key is to be changed.
    #[arg(long, value_name = "KEY")]
    next_key: Option<String>,
    /// The version's number; devices take none lower than what they have [default: the time of the last commit].
    #[arg(long, value_name = "N")]
    release_number: Option<u64>,
}

/// Who signs, and as what.
pub struct Signer256 {
    key: SigningKey,
    /// The public half.
    pub public: String,
    /// The public half of the key that may sign the next version too.
    pub next: Option<String>,
    /// The version's number.
    pub number: u64,
}

/// Makes or shows a key.
pub fn run(deed: &Deed) -> Result<()> {
    let key = match deed {
        Deed::New { out } => make(out)?,
        Deed::Show { file } => read(file)?,
    };
    println!("{}", public(&key));
    Ok(())
}

/// Makes ready to sign. `optimised`: what people download gets a number that grows; all others are equally new.
pub fn signer(args: &Args, optimised: bool) -> Result<Signer256> {
    let key = match &args.release_key {
        Some(file) => read(file)?,
        None => development_key()?,
    };
    let number = match args.release_number {
        Some(number) => number,
        None if optimised => last_commit().unwrap_or(1),
        None => 1,
    };
    if let Some(next) = &args.next_key {
        let bytes = Base64UrlUnpadded::decode_vec(next).ok();
        if bytes.and_then(|bytes| p256::PublicKey::from_sec1_bytes(&bytes).ok()).is_none() {
            bail!("--next-key is no key that `cargo xtask release-key show` printed");
        }
    }
    Ok(Signer256 { public: public(&key), key: key.into(), next: args.next_key.clone(), number })
}

impl Signer256 {
    /// Signs: both numbers of the signature, 64 bytes, as WebCrypto wants them; base64url.
    pub fn sign(&self, text: &str) -> String {
        let signature: Signature = self.key.sign(text.as_bytes());
        Base64UrlUnpadded::encode_string(&signature.to_bytes())
    }
}

/// Where the development key lies.
pub fn development_file() -> PathBuf {
    tools::target().join("development-release-key.pem")
}

fn development_key() -> Result<SecretKey> {
    let file = development_file();
    if !file.is_file() {
        fs::create_dir_all(tools::target())?;
        make(&file)?;
    }
    read(&file)
}

fn make(file: &Path) -> Result<SecretKey> {
    if file.exists() {
        bail!("{} is there already", file.display());
    }
    // All but one in 2^32 of all numbers of 32 bytes are keys.
    let key = loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            break key;
        }
    };
    let pem = key.to_pkcs8_pem(LineEnding::LF).context("the key cannot be written")?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file).with_context(|| format!("{} cannot be made", file.display()))?;
    std::io::Write::write_all(&mut out, pem.as_bytes())?;
    Ok(key)
}

fn read(file: &Path) -> Result<SecretKey> {
    let pem = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    SecretKey::from_pkcs8_pem(&pem).with_context(|| format!("{} holds no P-256 key", file.display()))
}

/// The point uncompressed, 65 bytes, base64url: what WebCrypto takes as `raw`.
fn public(key: &SecretKey) -> String {
    Base64UrlUnpadded::encode_string(&key.public_key().to_sec1_bytes())
}

/// Seconds since 1970 of the last commit: the same for whoever builds the same sources. `SOURCE_DATE_EPOCH` says it where
/// there is no repository.
fn last_commit() -> Option<u64> {
    if let Ok(said) = std::env::var("SOURCE_DATE_EPOCH") {
        return said.parse().ok();
    }
    let mut git = std::process::Command::new("git");
    let output = git.args(["log", "-1", "--format=%ct"]).current_dir(tools::root()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    /// The key of RFC 6979, A.2.5, with its signature over "sample".
    const KEY: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    const SAMPLE: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                          f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn the_same_list_gets_the_same_signature_which_is_the_standards() {
        let key = SecretKey::from_slice(&bytes(KEY)).unwrap();
        let signer = Signer256 { public: public(&key), key: key.into(), next: None, number: 1 };
        assert_eq!(Base64UrlUnpadded::decode_vec(&signer.sign("sample")).unwrap(), bytes(SAMPLE));
        let pinned =
            VerifyingKey::from_sec1_bytes(&Base64UrlUnpadded::decode_vec(&signer.public).unwrap()).unwrap();
        let signature = Signature::from_slice(&bytes(SAMPLE)).unwrap();
        assert!(
            pinned.verify(b"sample", &signature).is_ok() && pinned.verify(b"simple", &signature).is_err()
        );
    }

    #[test]
    fn a_key_is_made_once_and_read_back_and_nothing_else_counts_as_one() {
        let folder = std::env::temp_dir().join(format!("amparo-release-key-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("release.pem");
        let made = make(&file).unwrap();
        assert_eq!(public(&read(&file).unwrap()), public(&made));
        assert!(make(&file).is_err(), "a key is never written over");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
        }
        let args =
            Args { release_key: Some(file.clone()), next_key: Some("AAAA".to_owned()), ..Args::default() };
        assert!(signer(&args, false).is_err());
        let args = Args { next_key: Some(public(&made)), release_number: Some(7), ..args };
        assert_eq!(signer(&args, true).unwrap().number, 7);
        fs::write(&file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(read(&file).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
