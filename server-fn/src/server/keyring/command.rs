//! Keys that do not lie in a file: read from text, or from what a command says.

use base64ct::{Base64Unpadded, Encoding};
use seal::locker::FIRST_KEY;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// A key service that takes longer is not there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);
/// What a command may say at most.
const SAYS: u64 = 16 * 1024;

/// Keys by their numbers.
pub type Numbered = BTreeMap<u16, Zeroizing<[u8; 32]>>;

/// Reads keys from text: one, or several each with its number (`1:…` and `2:…`, apart by spaces, commas or lines).
/// A key is 32 bytes in hexadecimal or base64. An error says what is wrong and nothing of the text.
pub fn read_keys(text: &str) -> Result<Numbered, String> {
    let mut keys = Numbered::new();
    for item in text.split([' ', ',', ';', '\n', '\r', '\t']).filter(|item| !item.is_empty()) {
        let (number, key) = match item.split_once(':') {
            Some((number, key)) => {
                (number.parse().map_err(|_| "before the \":\" stands a key's number".to_owned())?, key)
            }
            None => (FIRST_KEY, item),
        };
        let key = read_key(key).ok_or("a key is 32 bytes in hexadecimal or base64")?;
        if number == 0 || keys.insert(number, key).is_some() {
            return Err("each key has a number of its own, from 1 on".to_owned());
        }
    }
    if keys.is_empty() { Err("there is no key".to_owned()) } else { Ok(keys) }
}

fn read_key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if let Some(key) = domain::id::from_hex(text) {
        return Some(Zeroizing::new(key));
    }
    // Both alphabets, with and without what fills up the end.
    let text = Zeroizing::new(text.trim_end_matches('=').replace('-', "+").replace('_', "/"));
    let bytes = Zeroizing::new(Base64Unpadded::decode_vec(&text).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

/// Runs a command of the system's shell and reads keys from what it says: text, or one key's 32 bytes as they are.
/// An error says how the command ended and nothing of what it said.
pub fn ask(command: &str) -> Result<Numbered, String> {
    let cannot = |why: &dyn core::fmt::Display| format!("the command for the storage key {why}");
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot(&format!("cannot be run: {error}")))?;
    let pipe = child.stdout.take();
    let (told, answer) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut said = Zeroizing::new(Vec::with_capacity(1024));
        let read = pipe.map(|pipe| pipe.take(SAYS).read_to_end(&mut said));
        let _ = told.send(read.and_then(Result::ok).map(|_| said));
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < ANSWERS_WITHIN => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(cannot(&"gave no answer within a minute"));
            }
            Err(error) => return Err(cannot(&error)),
        }
    };
    if !status.success() {
        return Err(cannot(&format!("failed ({status})")));
    }
    let said = answer.recv_timeout(Duration::from_secs(5)).ok().flatten();
    let said = said.ok_or_else(|| cannot(&"said nothing that could be read"))?;
    if let Ok(key) = <[u8; 32]>::try_from(said.as_slice()) {
        return Ok(Numbered::from([(FIRST_KEY, Zeroizing::new(key))]));
    }
    let text = core::str::from_utf8(&said).map_err(|_| cannot(&"said something that is no key"))?;
    read_keys(text).map_err(|error| cannot(&format!("said something that is no key: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_hexadecimal_and_base64_alone_or_with_numbers() {
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
        let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";
        let base64url = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8";
        for text in [hex, base64, base64url, &format!(" {hex}\n"), &format!("1:{base64}")] {
            let keys = read_keys(text).unwrap();
            assert_eq!(keys.len(), 1);
            assert_eq!((keys[&1][0], keys[&1][31]), (0, 255), "{text}");
        }
        let url_only = "-_-_AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8";
        assert_eq!(read_keys(url_only).unwrap()[&1][0], 0xfb);
        let both = read_keys(&format!("2:{base64}\n1:{}", "ab".repeat(32))).unwrap();
        assert_eq!((both[&1][0], both[&2][31]), (0xab, 255));
    }

    #[test]
    fn what_is_no_key_is_said_in_words_that_hold_nothing_of_it() {
        let twice = format!("{0} {0}", "ab".repeat(32));
        let numbered_zero = format!("0:{}", "ab".repeat(32));
        for wrong in ["", " \n", "abcd", &"zz".repeat(32), &"ab".repeat(33), "x:ab", &twice, &numbered_zero] {
            let error = read_keys(wrong).unwrap_err();
            assert!(!error.contains("ab") && !error.contains("zz"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_gives_keys_or_its_failure_is_said_in_words() {
        assert_eq!(*ask("printf '%064d' 0").unwrap()[&1], [0; 32]);
        assert_eq!(*ask("head -c 32 /dev/zero").unwrap()[&1], [0; 32]);
        assert!(ask("exit 3").unwrap_err().contains("failed"));
        assert!(ask("true").unwrap_err().contains("no key"));
        assert!(ask("echo secret").unwrap_err().contains("no key"));
        assert!(!ask("echo secret").unwrap_err().contains("secret"));
    }
}
