//! Every question there is, its chapter, what it asks for, and its address.

use domain::Field;

/// One question, on a page of its own. Numbers name parts of the application and stay as they are when others go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Who comes along.
    People,
    /// Names of a person.
    Name(u8),
    /// What a person is to the one who speaks for the family.
    Relation(u8),
    /// When a person was born.
    Birth(u8),
    /// Sex of a person.
    Sex(u8),
    /// Nationalities of a person.
    Nationality(u8),
    /// Who answers for a child.
    Carer(u8),
    /// What they speak, and in which language to be interviewed.
    Languages,
    /// When and where they came in.
    Arrival,
    /// Where they are now.
    Place,
    /// Which office is to have it.
    Office,
    /// Their papers.
    Papers,
    /// One paper.
    Paper(u8),
    /// Whether somebody wants to talk in private.
    Private,
    /// Pregnancy and serious illness, yes or no.
    Health,
    /// How to reach them safely.
    Contact,
    /// Consent to be pre-registered.
    Register,
    /// They said no to that: how to go on in person.
    Stop,
    /// Consent to be contacted.
    MayContact,
    /// Consent to a photograph at the office.
    MayPhoto,
    /// All answers together.
    Check,
}

/// Chapters that people are told of: «paso 3 de 9». Questions of one chapter count as one, so that a family of eight
/// does not read «paso 7 de 60».
pub const CHAPTERS: u32 = 9;

impl Step {
    /// Its chapter, from 1.
    #[must_use]
    pub fn chapter(self) -> u32 {
        match self {
            Step::People => 1,
            Step::Name(_)
            | Step::Relation(_)
            | Step::Birth(_)
            | Step::Sex(_)
            | Step::Nationality(_)
            | Step::Carer(_) => 2,
            Step::Languages => 3,
            Step::Arrival => 4,
            Step::Place | Step::Office => 5,
            Step::Papers | Step::Paper(_) => 6,
            Step::Private | Step::Health => 7,
            Step::Contact => 8,
            Step::Register | Step::Stop | Step::MayContact | Step::MayPhoto | Step::Check => CHAPTERS,
        }
    }

    /// Whom of the family it is about.
    #[must_use]
    pub fn person(self) -> Option<u8> {
        match self {
            Step::Name(nth)
            | Step::Relation(nth)
            | Step::Birth(nth)
            | Step::Sex(nth)
            | Step::Nationality(nth)
            | Step::Carer(nth) => Some(nth),
            _ => None,
        }
    }

    /// Whether «Saltar por ahora» is offered: nothing of it is needed to send.
    #[must_use]
    pub fn may_be_skipped(self) -> bool {
        matches!(
            self,
            Step::Papers | Step::Private | Step::Health | Step::Contact | Step::MayContact | Step::MayPhoto
        )
    }

    /// The fields that it asks for.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Step::People => &[Field::SIZE],
            Step::Name(_) => {
                &[Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2, Field::ONE_NAME, Field::COMMON_NAME]
            }
            Step::Relation(_) => &[Field::RELATIONSHIP],
            Step::Birth(_) => &[Field::DATE_OF_BIRTH],
            Step::Sex(_) => &[Field::SEX],
            Step::Nationality(_) => &[Field::NATIONALITY],
            Step::Carer(_) => &[Field::RESPONSIBLE_ADULT],
            Step::Languages => &[Field::LANG_MAIN, Field::LANG_INTERVIEW],
            Step::Arrival => &[Field::ARRIVAL_DATE, Field::ENTRY_POINT],
            Step::Place => &[Field::PROVINCE, Field::DISTRICT, Field::ADDRESS],
            Step::Papers | Step::Paper(_) => {
                &[Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER, Field::DOCUMENT_IMAGE]
            }
            Step::Health => &[Field::PREGNANT],
            Step::Contact => &[
                Field::PHONE,
                Field::PHONE_SHARED,
                Field::CONTACT_CHANNEL,
                Field::SAFE_TIME,
                Field::EMERGENCY_CONTACT,
            ],
            Step::Register | Step::MayContact | Step::MayPhoto => {
                &[Field::CONSENT_PURPOSE, Field::CONSENT_DECISION, Field::CONSENT_AT]
            }
            Step::Office | Step::Private | Step::Stop | Step::Check => &[],
        }
    }

    /// The end of its address.
    #[must_use]
    pub fn path(self) -> String {
        let (name, nth) = self.name();
        nth.map_or_else(|| format!("step/{name}"), |nth| format!("step/{name}-{nth}"))
    }

    fn name(self) -> (&'static str, Option<u8>) {
        match self {
            Step::People => ("people", None),
            Step::Name(nth) => ("name", Some(nth)),
            Step::Relation(nth) => ("relation", Some(nth)),
            Step::Birth(nth) => ("birth", Some(nth)),
            Step::Sex(nth) => ("sex", Some(nth)),
            Step::Nationality(nth) => ("nationality", Some(nth)),
            Step::Carer(nth) => ("carer", Some(nth)),
            Step::Languages => ("languages", None),
            Step::Arrival => ("arrival", None),
            Step::Place => ("place", None),
            Step::Office => ("office", None),
            Step::Papers => ("papers", None),
            Step::Paper(nth) => ("paper", Some(nth)),
            Step::Private => ("private", None),
            Step::Health => ("health", None),
            Step::Contact => ("contact", None),
            Step::Register => ("register", None),
            Step::Stop => ("in-person", None),
            Step::MayContact => ("may-contact", None),
            Step::MayPhoto => ("may-photo", None),
            Step::Check => ("check", None),
        }
    }

    /// The step with that end of an address.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Step> {
        let rest = path.strip_prefix("step/")?;
        let number = rest.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
        let all = Step::representatives(number.unwrap_or(1));
        // As it is written, and in no other way: an address leads to one page alone.
        all.into_iter().find(|step| step.path() == path)
    }

    /// Every kind of step, for the person or paper of a number.
    #[must_use]
    pub fn representatives(nth: u8) -> Vec<Step> {
        vec![
            Step::People,
            Step::Name(nth),
            Step::Relation(nth),
            Step::Birth(nth),
            Step::Sex(nth),
            Step::Nationality(nth),
            Step::Carer(nth),
            Step::Languages,
            Step::Arrival,
            Step::Place,
            Step::Office,
            Step::Papers,
            Step::Paper(nth),
            Step::Private,
            Step::Health,
            Step::Contact,
            Step::Register,
            Step::Stop,
            Step::MayContact,
            Step::MayPhoto,
            Step::Check,
        ]
    }
}
