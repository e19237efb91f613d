//! What a family's phone writes to the server, before it is sealed, and how its PIN becomes the key of the status.

use domain::RecordId;
use domain::application::{Act, Application, Letter};
use domain::appointment::Wish;
use domain::reference::GroupRef;
use seal::{Attachment, Kdf};

/// What stretching costs where status is asked for: the same on every phone, also on a borrowed one, and so the least.
pub const STATUS_COST: Kdf = Kdf::FLOOR;
/// Days after which offices and their keys should be asked for again; what is sealed to them opens for a year.
const DOOR_IS_OLD: u64 = 60;

/// The salt with which a PIN becomes the key of the status. It follows from the reference, because a phone that never held
/// the application has nothing else.
#[must_use]
pub fn status_salt(reference: &GroupRef) -> [u8; 16] {
    seal::short_digest(&[b"amparo/status/1", reference.as_str().as_bytes()].concat())
}

/// The letter that carries an application, or a correction of it. `key` is what the PIN was stretched to with
/// [`status_salt`]: its digest alone travels.
#[must_use]
pub fn application(
    application: &Application,
    secret: [u8; 16],
    key: &[u8; 32],
    wish: Option<Wish>,
) -> Vec<u8> {
    let application = application.to_bytes();
    bytes(&Letter::Application { application, secret, status: seal::digest(key), wish })
}

/// The letter that carries one sealed piece of a picture.
#[must_use]
pub fn chunk(application: RecordId, chunk: &[u8]) -> Vec<u8> {
    bytes(&Letter::Chunk { application: application.0, chunk: chunk.to_vec() })
}

/// The letter of whoever knows reference and PIN.
#[must_use]
pub fn ask(reference: &GroupRef, key: &[u8; 32], act: Act) -> Vec<u8> {
    bytes(&Letter::Ask { reference: reference.as_str().to_owned(), key: *key, act })
}

/// Where the pieces of all pictures are found that an application names, in order, each once.
#[must_use]
pub fn addresses(application: &Application) -> Vec<[u8; 32]> {
    let facts = application.parts.iter().flat_map(|part| &part.facts);
    let pictures = facts.filter(|(field, _)| field.is_picture()).filter_map(|(_, value)| value.as_text());
    let mut found: Vec<[u8; 32]> = Vec::new();
    for address in pictures.filter_map(Attachment::parse).flat_map(|it| it.addresses().to_vec()) {
        if !found.contains(&address.0) {
            found.push(address.0);
        }
    }
    found
}

fn bytes(letter: &Letter) -> Vec<u8> {
    minicbor::to_vec(letter).unwrap_or_default()
}

/// Whether what is known of the offices is so old that it should be said.
#[must_use]
pub fn is_old(made_at: u64, now: u64) -> bool {
    now.saturating_sub(made_at) > DOOR_IS_OLD * 24 * 60 * 60_000
}

/// The reference as it is read aloud: its letters and figures one by one, in two groups.
#[must_use]
pub fn groups(reference: &GroupRef) -> [String; 2] {
    let text = reference.as_str();
    let (first, second) = text.split_at_checked(4).unwrap_or((text, ""));
    [first, second].map(str::to_owned)
}

/// As a voice reads it: letter by letter, with a pause between the groups.
#[must_use]
pub fn spelled(reference: &GroupRef) -> String {
    let group = |group: String| group.chars().map(String::from).collect::<Vec<_>>().join(", ");
    groups(reference).map(group).join(". ")
}

/// A PIN as it is stretched: six figures, whichever figures of the world they were typed in. `None` for anything else.
#[must_use]
pub fn pin(typed: &str) -> Option<String> {
    let figures = typed.chars().filter(|letter| !letter.is_whitespace()).map(figure);
    figures.collect::<Option<String>>().filter(|pin| pin.len() == 6)
}

/// Keyboards in Arabic write figures of their own.
fn figure(letter: char) -> Option<char> {
    let value = match letter {
        '0'..='9' => return Some(letter),
        '٠'..='٩' => letter as u32 - '٠' as u32,
        '۰'..='۹' => letter as u32 - '۰' as u32,
        _ => return None,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family() -> Application {
        Application::begin(RecordId([7; 16]), 1_790_000_000_000, "es")
    }

    #[test]
    fn a_letter_carries_the_application_and_the_digest_of_the_key_never_the_key() {
        let (family, key) = (family(), [9; 32]);
        let wish = Wish { site: "meteti".to_owned(), ..Wish::default() };
        let plain = application(&family, [4; 16], &key, Some(wish.clone()));
        assert!(!plain.windows(32).any(|window| window == key));
        let Ok(Letter::Application { application, secret, status, wish: wished }) = minicbor::decode(&plain)
        else {
            panic!("no application");
        };
        assert_eq!(Application::from_bytes(&application), Ok(family));
        assert_eq!((secret, status, wished), ([4; 16], seal::digest(&key), Some(wish)));
    }

    #[test]
    fn a_question_carries_reference_and_key() {
        let reference = family().reference();
        let plain = ask(&reference, &[9; 32], Act::Status);
        let wanted = Letter::Ask { reference: reference.as_str().to_owned(), key: [9; 32], act: Act::Status };
        assert_eq!(minicbor::decode::<Letter>(&plain).unwrap(), wanted);
        let piece = chunk(RecordId([7; 16]), b"sealed");
        let wanted = Letter::Chunk { application: [7; 16], chunk: b"sealed".to_vec() };
        assert_eq!(minicbor::decode::<Letter>(&piece).unwrap(), wanted);
    }

    #[test]
    fn every_piece_of_a_picture_is_found_once() {
        let picture = Attachment::seal(&mut store::clock::rng(), seal::Media::JPEG, &[7; 40_000]).unwrap();
        let mut family = family();
        let paper = family.add(domain::Kind::DOCUMENT, 1).unwrap();
        let text = picture.reference.to_text();
        family.put(paper, domain::Field::DOCUMENT_IMAGE, domain::Value::text(&text));
        assert_eq!(
            addresses(&family),
            picture.reference.addresses().iter().map(|it| it.0).collect::<Vec<_>>()
        );
        assert_eq!(addresses(&family).len(), 2);
        family.put(1, domain::Field::PHOTO, domain::Value::text(&text));
        assert_eq!(addresses(&family).len(), 2);
    }

    /// As first released. Never edit: a status asked from any phone, of any version, depends on it.
    #[test]
    fn the_salt_of_a_status_is_kept() {
        let reference = GroupRef::parse("KX7M-42P2").unwrap_or_else(|_| GroupRef::fresh([0; 8]));
        assert_eq!(status_salt(&GroupRef::fresh([0; 8])), seal::short_digest(b"amparo/status/122222222"));
        assert_ne!(status_salt(&reference), status_salt(&GroupRef::fresh([1, 2, 3, 4, 5, 6, 7, 8])));
    }

    #[test]
    fn a_reference_is_read_letter_by_letter() {
        let reference = GroupRef::fresh([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(groups(&reference), ["9RY3".to_owned(), "4TU9".to_owned()]);
        assert_eq!(spelled(&reference), "9, R, Y, 3. 4, T, U, 9");
    }

    #[test]
    fn a_pin_is_six_figures_of_any_keyboard() {
        for typed in ["123456", " 123 456 ", "١٢٣٤٥٦", "۱۲۳۴۵۶"] {
            assert_eq!(pin(typed).as_deref(), Some("123456"), "{typed}");
        }
        for typed in ["12345", "1234567", "12345a", "", "１２３４５６"] {
            assert_eq!(pin(typed), None, "{typed}");
        }
    }

    #[test]
    fn sixty_days_are_still_new() {
        let day = 24 * 60 * 60_000;
        assert!(!is_old(1_000, 1_000 + 60 * day) && is_old(1_000, 1_001 + 60 * day) && !is_old(5_000, 1_000));
    }
}
