//! What local storage remembers: that somebody joined on this device, and how far its database had come. A figure and a
//! random number; about nobody.

use road::marks::{Mark, Note};

/// A mark as it lies there.
pub fn to_text(mark: Mark) -> String {
    format!("{:016x} {}", mark.made, mark.reached)
}

/// What lies there, read.
pub fn from_text(text: Option<&str>) -> Note {
    let Some(text) = text else { return Note::Absent };
    let mark = text.split_once(' ').and_then(|(made, reached)| {
        Some(Mark { made: u64::from_str_radix(made, 16).ok()?, reached: reached.parse().ok()? })
    });
    // Versions before marks wrote "1"; whatever else stands there was not written for nothing.
    mark.map_or(Note::Joined, Note::Held)
}

#[cfg(target_arch = "wasm32")]
mod local {
    use super::*;

    /// As versions before marks named it.
    const NAME: &str = "amparo-vault";

    fn storage() -> Option<web_sys::Storage> {
        web_sys::window()?.local_storage().ok()?
    }

    /// Reads it. Where there is no local storage, nothing lies there.
    pub fn read() -> Note {
        let held = storage().and_then(|storage| storage.get_item(NAME).ok()).flatten();
        from_text(held.as_deref())
    }

    /// Writes it. Without it the store still works.
    pub fn write(mark: Mark) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(NAME, &to_text(mark));
        }
    }

    /// Takes it out.
    pub fn clear() {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(NAME);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod local {
    use super::*;

    /// On the host nothing is remembered.
    pub fn read() -> Note {
        Note::Absent
    }

    /// On the host nothing is remembered.
    pub fn write(_: Mark) {}

    /// On the host nothing is remembered.
    pub fn clear() {}
}

pub use local::{clear, read, write};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_as_it_was_written_and_that_of_earlier_versions_as_one_who_joined() {
        let mark = Mark { made: 0xfedc_ba98_7654_3210, reached: 41 };
        assert_eq!(to_text(mark), "fedcba9876543210 41");
        assert_eq!(from_text(Some(&to_text(mark))), Note::Held(mark));
        assert_eq!(from_text(Some("1")), Note::Joined);
        assert_eq!(from_text(Some("")), Note::Joined);
        assert_eq!(from_text(None), Note::Absent);
    }
}
