//! Whom this phone believes: the server's keys, vouched for by the root, and the notice of this door, signed by the server.
//! Both are kept, and everything works with the kept ones for as long as there is no line.

use domain::application::{Door, OfficeNotice};
use domain::id::from_hex;
use minicbor::{Decode, Encode};
use seal::ServerKeys;

/// What is believed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The root's fingerprint.
    pub root: [u8; 32],
    /// The server's keys.
    pub keys: ServerKeys,
    /// The notice; `None` while none ever came.
    pub door: Option<Door>,
    kept: Kept,
}

/// As it lies on the phone, unsealed: it is public. Notice and keys belong together, because a notice is signed with the
/// keys of its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// The pinned root, 32 bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    root: Vec<u8>,
    /// `seal::ServerKeys`.
    #[cbor(n(1), with = "minicbor::bytes")]
    keys: Vec<u8>,
    /// `seal::door`; empty for none.
    #[cbor(n(2), with = "minicbor::bytes")]
    notice: Vec<u8>,
    /// When the server was heard last, milliseconds since 1970 by the phone's clock.
    #[n(3)]
    heard: u64,
}

/// What the build says of the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Nothing: the first one met is pinned.
    Nothing,
    /// This one, and no other.
    Root([u8; 32]),
    /// Something that is no fingerprint: nobody is believed.
    Broken,
}

impl BuiltIn {
    /// As the page carries it: 64 hexadecimal figures, or nothing.
    #[must_use]
    pub fn read(text: &str) -> BuiltIn {
        match (text.is_empty(), from_hex(text)) {
            (true, _) => BuiltIn::Nothing,
            (false, Some(root)) => BuiltIn::Root(root),
            (false, None) => BuiltIn::Broken,
        }
    }
}

impl Trust {
    /// Believes the keys that a server says it has: only if the root vouches for them that is built in, or was pinned; where
    /// there is neither, theirs is pinned. `None` when they are not to be believed, or older than those believed before.
    #[must_use]
    pub fn of(bytes: &[u8], built_in: BuiltIn, before: Option<&Trust>, now: u64) -> Option<Trust> {
        let root = match (built_in, before) {
            (BuiltIn::Broken, _) => return None,
            (BuiltIn::Root(root), _) => root,
            (BuiltIn::Nothing, Some(before)) => before.root,
            (BuiltIn::Nothing, None) => ServerKeys::claimed_root(bytes).ok()?,
        };
        let keys = ServerKeys::from_bytes(bytes, &root).ok()?;
        let before = before.filter(|before| before.root == root);
        if before.is_some_and(|before| keys.from < before.keys.from) {
            return None;
        }
        let (door, notice) =
            before.map_or((None, Vec::new()), |it| (it.door.clone(), it.kept.notice.clone()));
        let kept = Kept { root: root.to_vec(), keys: bytes.to_vec(), notice, heard: now };
        Some(Trust { root, keys, door, kept })
    }

    /// Takes a notice that came; `false` when another made it, or when it is older than the one that is here.
    pub fn take_notice(&mut self, bytes: &[u8], now: u64) -> bool {
        let Ok(door) = seal::door::read(bytes, &self.keys.signing) else { return false };
        if self.door.as_ref().is_some_and(|before| door.made_at < before.made_at) {
            return false;
        }
        self.door = Some(door);
        self.kept.notice = bytes.to_vec();
        self.kept.heard = now;
        true
    }

    /// What the server is told of the notice that is here, so that it need not be sent again: its digest, or nothing where it
    /// was signed with keys that are gone.
    #[must_use]
    pub fn known_notice(&self) -> Vec<u8> {
        match seal::door::read(&self.kept.notice, &self.keys.signing) {
            Ok(_) => seal::short_digest(&self.kept.notice).to_vec(),
            Err(_) => Vec::new(),
        }
    }

    /// When the server was heard last.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.kept.heard
    }

    /// The bytes that are kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(&self.kept).unwrap_or_default()
    }

    /// Reads what was kept. Nothing is believed for lying here: the root must vouch for it again.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], built_in: BuiltIn) -> Option<Trust> {
        let kept: Kept = minicbor::decode(bytes).ok()?;
        let pinned: [u8; 32] = kept.root.as_slice().try_into().ok()?;
        let root = match built_in {
            BuiltIn::Nothing => pinned,
            BuiltIn::Root(root) => root,
            BuiltIn::Broken => return None,
        };
        let keys = ServerKeys::from_bytes(&kept.keys, &root).ok()?;
        let door = seal::door::read(&kept.notice, &keys.signing).ok();
        let notice = if door.is_some() { kept.notice } else { Vec::new() };
        Some(Trust { root, keys, door, kept: Kept { notice, ..kept } })
    }

    /// The office of an organisation at a site; another one there, or else any, where that one takes no applications.
    #[must_use]
    pub fn office(&self, site: &str, organisation: &str) -> Option<&OfficeNotice> {
        let offices = &self.door.as_ref()?.offices;
        let there = || offices.iter().filter(|it| it.site == site);
        there().find(|it| it.organisation == organisation).or_else(|| there().next()).or(offices.first())
    }

    /// Bits of work that a letter needs, as far as is known.
    #[must_use]
    pub fn work_bits(&self) -> u8 {
        self.door.as_ref().map_or(USUAL_WORK, |door| door.work_bits).min(seal::letter::MOST_WORK)
    }
}

/// Bits of work while no notice ever came: what a quiet server wants.
const USUAL_WORK: u8 = 18;

#[cfg(test)]
mod tests {
    use super::*;
    use seal::{RootKey, ServerSecrets};

    struct Server {
        root: RootKey,
        secrets: ServerSecrets,
    }

    fn server() -> Server {
        let mut rng = store::clock::rng();
        Server { root: RootKey::generate(&mut rng), secrets: ServerSecrets::generate(&mut rng) }
    }

    impl Server {
        fn keys(&self, from: u64) -> Vec<u8> {
            self.root.vouch(&self.secrets, from, from + 100).to_bytes()
        }

        fn notice(&self, made_at: u64, work_bits: u8) -> Vec<u8> {
            let office = OfficeNotice { site: "meteti".to_owned(), ..OfficeNotice::default() };
            let offices = vec![office, OfficeNotice { site: "david".to_owned(), ..OfficeNotice::default() }];
            seal::door::sign(&Door { made_at, work_bits, offices }, &self.secrets.signing).unwrap()
        }
    }

    #[test]
    fn the_first_root_met_is_pinned_and_no_other_is_believed_afterwards() {
        let (ours, other) = (server(), server());
        let trust = Trust::of(&ours.keys(10), BuiltIn::Nothing, None, 5).unwrap();
        assert_eq!(trust.root, ours.root.fingerprint());
        assert_eq!(Trust::of(&other.keys(20), BuiltIn::Nothing, Some(&trust), 6), None);
        assert_eq!(Trust::of(&ours.keys(9), BuiltIn::Nothing, Some(&trust), 6), None, "never back");
        assert!(Trust::of(&ours.keys(11), BuiltIn::Nothing, Some(&trust), 6).is_some());
    }

    #[test]
    fn a_root_that_is_built_in_is_the_only_one() {
        let (ours, other) = (server(), server());
        let built_in = BuiltIn::read(&domain::id::hex(&ours.root.fingerprint()));
        assert!(Trust::of(&ours.keys(1), built_in, None, 0).is_some());
        assert_eq!(Trust::of(&other.keys(1), built_in, None, 0), None);
        assert_eq!(BuiltIn::read(""), BuiltIn::Nothing);
        assert_eq!(BuiltIn::read("nonsense"), BuiltIn::Broken);
        assert_eq!(Trust::of(&ours.keys(1), BuiltIn::Broken, None, 0), None);
        // What lies here from a time when another was pinned is believed no more.
        let pinned = Trust::of(&other.keys(1), BuiltIn::Nothing, None, 0).unwrap();
        assert_eq!(Trust::from_bytes(&pinned.to_bytes(), built_in), None);
    }

    #[test]
    fn a_notice_is_believed_from_the_server_only_and_never_goes_back() {
        let (ours, other) = (server(), server());
        let mut trust = Trust::of(&ours.keys(10), BuiltIn::Nothing, None, 5).unwrap();
        assert_eq!((trust.work_bits(), trust.office("david", "")), (18, None));
        assert!(!trust.take_notice(&other.notice(1, 18), 6));
        assert!(trust.take_notice(&ours.notice(20, 20), 7));
        assert!(!trust.take_notice(&ours.notice(19, 3), 8) && trust.work_bits() == 20 && trust.heard() == 7);
        assert_eq!(trust.office("david", "").map(|it| it.site.as_str()), Some("david"));
        assert_eq!(
            trust.office("gone", "").map(|it| it.site.as_str()),
            Some("meteti"),
            "any office is better than none"
        );
        assert!(trust.take_notice(&ours.notice(30, 99), 9));
        assert_eq!(trust.work_bits(), seal::letter::MOST_WORK, "nobody makes a phone work for a day");
        let back = Trust::from_bytes(&trust.to_bytes(), BuiltIn::Nothing).unwrap();
        assert_eq!(back, trust);
        assert_eq!(back.known_notice(), seal::short_digest(&ours.notice(30, 99)));
    }

    #[test]
    fn a_notice_of_keys_that_are_gone_is_asked_for_anew_and_used_meanwhile() {
        let ours = server();
        let mut trust = Trust::of(&ours.keys(10), BuiltIn::Nothing, None, 5).unwrap();
        trust.take_notice(&ours.notice(20, 18), 7);
        let renewed = Server { root: ours.root, secrets: server().secrets };
        let trust = Trust::of(&renewed.keys(30), BuiltIn::Nothing, Some(&trust), 8).unwrap();
        assert!(trust.door.is_some() && trust.known_notice().is_empty());
    }

    /// As first released. Never edit: phones hold it.
    #[test]
    fn the_kept_form_stays_readable() {
        let kept = Kept { root: vec![1, 2], keys: vec![3], notice: vec![], heard: 4 };
        let bytes = minicbor::to_vec(&kept).unwrap();
        assert_eq!(domain::id::hex(&bytes), "a400420102014103024003 04".replace(' ', ""));
        assert_eq!(minicbor::decode::<Kept>(&bytes).unwrap(), kept);
    }
}
