//! What is asked about people registered elsewhere, and what is answered: inside a [`crate::question`] and a
//! [`crate::answer`], so that nobody in between reads a word of it.

use crate::page::Author;
use domain::elsewhere::{Fault, Part, Sure, Wanted};
use domain::{RecordId, UserId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

/// The question under which answers are sealed.
pub const QUESTION: &str = "elsewhere";
/// Fewest characters of a reason for an emergency.
pub const SHORTEST_REASON: usize = 20;
/// Most characters of a reason.
pub const LONGEST_REASON: usize = 1_000;
/// Most days that something may be opened for.
pub const MOST_DAYS: u8 = 30;

/// What somebody asks, or wants done.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Question {
    /// Is somebody like this registered anywhere?
    #[n(0)]
    Exists(#[n(0)] Wanted),
    /// May I open them? To whoever registered them.
    #[n(1)]
    AskToOpen {
        /// Who was found.
        #[n(0)]
        handle: ByteVec,
        /// What for.
        #[n(1)]
        reason: String,
    },
    /// Open them now, without asking.
    #[n(2)]
    BreakGlass {
        /// Who was found.
        #[n(0)]
        handle: ByteVec,
        /// On what ground.
        #[n(1)]
        ground: Ground,
        /// In one's own words.
        #[n(2)]
        reason: String,
    },
    /// The answer to somebody's request.
    #[n(3)]
    Answer {
        /// Which.
        #[n(0)]
        request: ByteArray<16>,
        /// For how many days it is opened; 0 for not at all.
        #[n(1)]
        days: u8,
        /// Why; needed for a refusal.
        #[n(2)]
        reason: String,
    },
    /// I know that this was opened in an emergency.
    #[n(4)]
    Seen {
        /// Which.
        #[n(0)]
        request: ByteArray<16>,
    },
    /// End at once what was opened.
    #[n(5)]
    End {
        /// Which.
        #[n(0)]
        request: ByteArray<16>,
    },
}

/// Grounds of an emergency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Ground {
    /// Somebody's life or health.
    #[n(1)]
    Life,
    /// A child without anybody.
    #[n(2)]
    ChildAlone,
    /// Deportation or detention.
    #[n(3)]
    Deportation,
    /// Another, told in words.
    #[n(9)]
    Other,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Ground; 4] = [Ground::Life, Ground::ChildAlone, Ground::Deportation, Ground::Other];

    /// Names words, and stands in the log of deeds.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Ground::Life => "life",
            Ground::ChildAlone => "child_alone",
            Ground::Deportation => "deportation",
            Ground::Other => "other",
        }
    }
}

/// What is answered to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Told {
    /// Who may be meant, the surest first.
    #[n(0)]
    Found(#[n(0)] Found),
    /// Too little was told, or something that cannot be looked for.
    #[n(1)]
    TooLittle(#[n(0)] Vec<Lacking>),
    /// Done; or it was done before.
    #[n(2)]
    Done,
    /// Not without a reason of so many characters at least, and not with more than [`LONGEST_REASON`].
    #[n(3)]
    ReasonTooShort,
    /// Opened as often in an emergency as one person may in a day: a supervisor has to.
    #[n(4)]
    EnoughForToday,
}

/// A part of a question that lacks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Lacking {
    /// Which part.
    #[n(0)]
    pub part: Part,
    /// What.
    #[n(1)]
    pub fault: Fault,
}

/// Who may be meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Found {
    /// One for each group.
    #[n(0)]
    pub people: Vec<Somebody>,
    /// There are others: more must be told to tell them apart.
    #[n(1)]
    pub more: bool,
}

/// Somebody like this is registered there. No name, no id, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Somebody {
    /// Code of the site; empty where none is recorded.
    #[n(0)]
    pub site: String,
    /// Code of the organisation; empty where an office names none.
    #[n(1)]
    pub organisation: String,
    /// How sure it is.
    #[n(2)]
    pub sure: Sure,
    /// Stands for them, for whoever asked and for a day.
    #[n(3)]
    pub handle: ByteVec,
}

/// Requests of whoever asks, and those that they decide on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Book {
    /// Their own, the newest first.
    #[n(0)]
    pub mine: Vec<Asked>,
    /// Others', to be decided on or taken note of, the newest first.
    #[n(1)]
    pub others: Vec<Asked>,
    /// Names of the staff in them.
    #[n(2)]
    pub people: Vec<Author>,
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// Nobody has answered.
    #[n(0)]
    Open,
    /// It is open for reading.
    #[n(1)]
    Granted,
    /// It was refused.
    #[n(2)]
    Refused,
    /// It was open, and is no longer.
    #[n(3)]
    Ended,
}

/// A request as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Asked {
    /// Its id.
    #[n(0)]
    pub request: ByteArray<16>,
    /// Who asked.
    #[n(1)]
    pub user: UserId,
    /// Code of the organisation that the asker works for, or, of one's own request, that registered the group.
    #[n(2)]
    pub organisation: String,
    /// Code of the site of the same.
    #[n(3)]
    pub site: String,
    /// The group; `None` for an asker to whom it is not open.
    #[n(4)]
    pub group: Option<RecordId>,
    /// When, milliseconds since 1970.
    #[n(5)]
    pub at: u64,
    /// The ground of an emergency; `None` for a request that waited for its answer.
    #[n(6)]
    pub ground: Option<Ground>,
    /// Why, in the asker's words.
    #[n(7)]
    pub reason: String,
    /// How it stands.
    #[n(8)]
    pub standing: Standing,
    /// Until when it is or was open; 0 for never.
    #[n(9)]
    pub until: u64,
    /// What was answered, in words.
    #[n(10)]
    pub answer: String,
    /// Who answered, or took note of an emergency.
    #[n(11)]
    pub by: Option<UserId>,
    /// Whether somebody took note of an emergency.
    #[n(12)]
    pub seen: bool,
    /// What was opened, for who decides: which records of the group, and when.
    #[n(13)]
    pub opened: Vec<Opened>,
}

/// A record that was opened on an asker's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Opened {
    /// Which.
    #[n(0)]
    pub record: RecordId,
    /// When, by the clock of that device.
    #[n(1)]
    pub at: u64,
}

impl Book {
    /// How many wait for whoever reads it: open requests of others, and emergencies nobody took note of.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waits = |asked: &&Asked| match asked.ground {
            None => asked.standing == Standing::Open,
            Some(_) => !asked.seen,
        };
        self.others.iter().filter(waits).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::hex;

    fn forms() -> Vec<Vec<u8>> {
        let bytes = |question: &Question| minicbor::to_vec(question).unwrap();
        let (handle, request) = (ByteVec::from(vec![7; 3]), ByteArray::from([5; 16]));
        let wanted = Wanted { names: "Ana Pérez".into(), year: Some(1990), number: String::new() };
        let ground = Ground::ChildAlone;
        let told = |told: &Told| minicbor::to_vec(told).unwrap();
        let somebody = Somebody {
            site: "meteti".into(),
            organisation: "HIAS".into(),
            sure: Sure::NamesAndYear,
            handle: handle.clone(),
        };
        let lacking = Lacking { part: Part::Born, fault: Fault::NoYear };
        let asked = Asked {
            request,
            user: UserId([9; 16]),
            organisation: "NRC".into(),
            site: "panama".into(),
            group: Some(RecordId([4; 16])),
            at: 1,
            ground: Some(Ground::Other),
            reason: "why".into(),
            standing: Standing::Ended,
            until: 2,
            answer: "no".into(),
            by: None,
            seen: true,
            opened: vec![Opened { record: RecordId([4; 16]), at: 3 }],
        };
        let book = Book { mine: vec![], others: vec![asked], people: vec![] };
        vec![
            bytes(&Question::Exists(wanted)),
            bytes(&Question::AskToOpen { handle: handle.clone(), reason: "r".into() }),
            bytes(&Question::BreakGlass { handle, ground, reason: "r".into() }),
            bytes(&Question::Answer { request, days: 7, reason: "r".into() }),
            bytes(&Question::Seen { request }),
            bytes(&Question::End { request }),
            told(&Told::Found(Found { people: vec![somebody], more: true })),
            told(&Told::TooLittle(vec![lacking])),
            told(&Told::EnoughForToday),
            minicbor::to_vec(&book).unwrap(),
        ]
    }

    /// Questions and answers as first released. Never edit: tablets that were not updated speak so.
    #[test]
    fn the_first_released_forms_stay_as_they_are() {
        let written: Vec<String> = forms().iter().map(|bytes| hex(bytes)).collect();
        assert_eq!(written, KEPT);
    }

    const KEPT: [&str; 10] = [
        "820081a3006a416e612050c3a972657a011907c60260",
        "820182430707076172",
        "82028343070707026172",
        "8203835005050505050505050505050505050505076172",
        "8204815005050505050505050505050505050505",
        "8205815005050505050505050505050505050505",
        "820081a20081a400666d65746574690164484941530202034307070701f5",
        "82018181820102",
        "820480",
        "a300800181ad00500505050505050505050505050505050501500909090909090909090909090909090902634e5243036670616e616d61045004040404040404040404040404040404050106090763776879080309020a626e6f0cf50d81825004040404040404040404040404040404030280",
    ];

    #[test]
    fn what_waits_is_what_nobody_has_answered_or_seen() {
        let mut book: Book = minicbor::decode(&forms()[9]).unwrap();
        assert_eq!(book.waiting(), 0);
        book.others[0].seen = false;
        assert_eq!(book.waiting(), 1);
        book.others[0].ground = None;
        assert_eq!(book.waiting(), 0);
        book.others[0].standing = Standing::Open;
        assert_eq!(book.waiting(), 1);
    }
}
