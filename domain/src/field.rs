//! Numbers of record kinds and fields, fixed for ever: they lie in stored rows and on the wire.
//!
//! A number is never given a second meaning. An office adds fields of its own from 10,000 on, as rows of the table of
//! fields; those have no constant here. Numbers that this version does not know are kept as they
//! came, so that an older tablet never loses what a newer one wrote.

use minicbor::{Decode, Encode};

impl Field {
    /// Whether it names a picture: its value holds the picture's key, and is forgotten once it is replaced.
    #[must_use]
    pub fn is_picture(self) -> bool {
        matches!(self, Field::PHOTO | Field::DOCUMENT_IMAGE)
    }

    /// Whether its value is forgotten once it is replaced: pictures, and what a sealed note was sealed with before a
    /// reader was taken off.
    #[must_use]
    pub fn is_forgotten(self) -> bool {
        self.is_picture() || matches!(self, Field::NOTE_SEALED | Field::NOTE_WRAPS)
    }
}

/// What a record is about. See the constants for the kinds this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Kind(#[n(0)] pub u16);

impl Kind {
    /// People registered together, with one focal point.
    pub const GROUP: Kind = Kind(1);
    /// One person.
    pub const INDIVIDUAL: Kind = Kind(2);
    /// One paper of one person.
    pub const DOCUMENT: Kind = Kind(3);
    /// One specific need of one person or of a group.
    pub const NEED: Kind = Kind(4);
    /// One decision on one purpose, for one organisation.
    pub const CONSENT: Kind = Kind(5);
    /// A refugee status determination procedure.
    pub const RSD: Kind = Kind(6);
    /// One help given.
    pub const ASSISTANCE: Kind = Kind(7);
    /// One counselling session.
    pub const SESSION: Kind = Kind(8);
    /// One referral or counter-referral.
    pub const REFERRAL: Kind = Kind(9);
    /// One step of a resettlement.
    pub const RESETTLEMENT: Kind = Kind(10);
    /// A relative who is elsewhere or missing.
    pub const RELATIVE: Kind = Kind(11);
    /// A note that is sealed to its readers, see `seal::note`.
    pub const NOTE: Kind = Kind(12);
    /// Help that is given to many from a list.
    pub const DISTRIBUTION: Kind = Kind(13);
    /// What a family filled in on its own phone before anybody registered it, see [`crate::application`].
    pub const APPLICATION: Kind = Kind(14);
    /// One day of appointments at one office, see [`crate::appointment`].
    pub const AGENDA: Kind = Kind(15);

    /// Every kind this version knows.
    pub const ALL: &'static [Kind] = &[
        Kind::GROUP,
        Kind::INDIVIDUAL,
        Kind::DOCUMENT,
        Kind::NEED,
        Kind::CONSENT,
        Kind::RSD,
        Kind::ASSISTANCE,
        Kind::SESSION,
        Kind::REFERRAL,
        Kind::RESETTLEMENT,
        Kind::RELATIVE,
        Kind::NOTE,
        Kind::DISTRIBUTION,
        Kind::APPLICATION,
        Kind::AGENDA,
    ];

    /// Names it in tables. `None` for a kind of a later version.
    #[must_use]
    pub fn key(self) -> Option<&'static str> {
        Some(match self {
            Kind::GROUP => "group",
            Kind::INDIVIDUAL => "individual",
            Kind::DOCUMENT => "document",
            Kind::NEED => "need",
            Kind::CONSENT => "consent",
            Kind::RSD => "rsd",
            Kind::ASSISTANCE => "assistance",
            Kind::SESSION => "session",
            Kind::REFERRAL => "referral",
            Kind::RESETTLEMENT => "resettlement",
            Kind::RELATIVE => "relative",
            Kind::NOTE => "note",
            Kind::DISTRIBUTION => "distribution",
            Kind::APPLICATION => "application",
            Kind::AGENDA => "agenda",
            _ => return None,
        })
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.key() == Some(key))
    }

    /// The field that says what records of this kind hang on: a person on their group, a paper on its holder, and
    /// all others on a person or a group. From the lowest to the highest these are three steps, so nothing hangs
    /// on itself by any way round. A distribution, an application and an agenda hang on nothing; sessions of many and referrals by somebody who
    /// holds no record of the person may hang on nothing, too.
    #[must_use]
    pub fn owner_field(self) -> Option<Field> {
        match self {
            Kind::GROUP | Kind::DISTRIBUTION | Kind::APPLICATION | Kind::AGENDA => None,
            Kind::INDIVIDUAL => Some(Field::GROUP),
            Kind::DOCUMENT => Some(Field::HOLDER),
            _ => self.key().map(|_| Field::OWNER),
        }
    }

    /// Whether records of this kind may hang on records of another.
    #[must_use]
    pub fn may_hang_on(self, owner: Kind) -> bool {
        match self {
            Kind::GROUP | Kind::DISTRIBUTION | Kind::APPLICATION | Kind::AGENDA => false,
            Kind::INDIVIDUAL => owner == Kind::GROUP,
            Kind::DOCUMENT => owner == Kind::INDIVIDUAL,
            _ => self.key().is_some() && matches!(owner, Kind::GROUP | Kind::INDIVIDUAL),
        }
    }
}

/// One field of a record. Numbers are shared by all kinds, so that a field says by itself what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Field(#[n(0)] pub u16);

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $key:literal;)+) => {
        impl Field {
            $($(#[$doc])* pub const $name: Field = Field($number);)+

            /// Every field this version knows.
            pub const ALL: &'static [Field] = &[$(Field::$name),+];

            /// The field of a key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Field> {
                Field::ALL.iter().copied().find(|field| field.key() == Some(key))
            }

            /// The field's key: names inputs, labels (`field_…`) and logs. `None` for an unknown number.
            #[must_use]
            pub fn key(self) -> Option<&'static str> {
                match self.0 { $($number => Some($key),)+ _ => None }
            }
        }
    };
}

fields! {
    /// Short reference of a group, printed and read aloud.
    GROUP_REF = 1, "group_ref";
    /// The member who speaks for the group (a reference to an individual).
    FOCAL_POINT = 2, "focal_point";
    /// Registration site: a code of `tables/sites.csv`.
    SITE = 3, "site";
    /// Province or comarca: a code of `tables/admin_pa.csv`.
    PROVINCE = 4, "province";
    /// District: a code of `tables/admin_pa.csv`.
    DISTRICT = 5, "district";
    /// Address or landmark, free text.
    ADDRESS = 6, "address_text";
    /// Arrival in the country of asylum; may be known in part.
    ARRIVAL_DATE = 7, "arrival_date";
    /// Where they came in: a code of `tables/entry_points.csv`.
    ENTRY_POINT = 8, "entry_point";
    /// Day of registration.
    REGISTRATION_DATE = 9, "registration_date";
    /// Lifecycle of a record: list `record_status`.
    RECORD_STATUS = 10, "record_status";
    /// proGres registration group number: text.
    PROGRES_GROUP_NO = 11, "progres_group_no";
    /// People in the group: int.
    SIZE = 12, "size";
    /// Women and girls: int.
    COUNT_F = 13, "count_f";
    /// Men and boys: int.
    COUNT_M = 14, "count_m";
    /// Under 18: int.
    COUNT_CHILDREN = 15, "count_children";
    /// How they came in: list `entry_mode`.
    ENTRY_MODE = 16, "entry_mode";
    /// Country of last residence: table `countries`.
    RESIDENCE_COUNTRY = 17, "residence_country";
    /// Data level: list `data_level`.
    DATA_LEVEL = 18, "data_level";
    /// Closing reason: list `close_reason`.
    CLOSE_REASON = 19, "close_reason";
    /// Organisation that holds the record: table `institutions`.
    OWNER_ORG = 20, "owner_org";
    /// Merged into: ref:group.
    MERGED_INTO = 30, "merged_into";
    /// Split from: ref:group.
    SPLIT_FROM = 31, "split_from";
    /// Programme: list `programme`.
    PROGRAMME = 32, "programme";
    /// Confirmed as right: codes.
    GROUP_CONFIRMED = 33, "group_confirmed";
    /// People who left this group, (refs:individual). Each entry states its own and replaces none.
    PEOPLE_LEFT = 34, "people_left";
    /// The group this person belongs to.
    GROUP = 40, "group";
    /// Relationship to the focal point: list `relationship`.
    RELATIONSHIP = 41, "relationship";
    /// Given names, as typed.
    GIVEN_NAMES = 42, "given_names";
    /// First surname, as typed.
    SURNAME1 = 43, "surname1";
    /// Second surname, as typed.
    SURNAME2 = 44, "surname2";
    /// Why there is no second surname: `none` or `unknown`. Different answers.
    SURNAME2_ABSENT = 45, "surname2_absent";
    /// The person has one name only; it stands in `SURNAME1`.
    ONE_NAME = 46, "one_name";
    /// Other names: married name, name commonly used, nickname.
    COMMON_NAME = 47, "common_name";
    /// Name in the person's own script.
    NAME_NATIVE = 48, "name_native";
    /// Sex: list `sex`.
    SEX = 49, "sex";
    /// Date of birth with its precision.
    DATE_OF_BIRTH = 50, "dob";
    /// Up to three nationalities: ISO 3166-1 alpha-3, `XXA` stateless, `XXX` unknown.
    NATIONALITY = 51, "nationality";
    /// Phone, E.164 where it could be read so, else as typed.
    PHONE = 52, "phone";
    /// Place of birth, free text.
    BIRTH_PLACE = 53, "birth_place";
    /// Mother's name.
    MOTHER_NAME = 54, "mother_name";
    /// Father's name.
    FATHER_NAME = 55, "father_name";
    /// Marital status: list `marital_status`.
    MARITAL_STATUS = 56, "marital_status";
    /// Protection status: list `protection_status`.
    PROTECTION_STATUS = 57, "protection_status";
    /// UNHCR individual number: text.
    PROGRES_ID = 58, "progres_id";
    /// Middle name: name.
    MIDDLE_NAME = 59, "middle_name";
    /// Stated age: int.
    AGE_STATED = 60, "age_stated";
    /// Country of birth: table `countries`.
    BIRTH_COUNTRY = 61, "birth_country";
    /// Country of origin: table `countries`.
    ORIGIN_COUNTRY = 62, "origin_country";
    /// Photograph: image.
    PHOTO = 63, "photo";
    /// Biometric reference (BIMS): text.
    BIOMETRIC_REF = 64, "biometric_ref";
    /// Shared phone: bool.
    PHONE_SHARED = 65, "phone_shared";
    /// How to contact: list `contact_channel`.
    CONTACT_CHANNEL = 66, "contact_channel";
    /// Safe time: text.
    SAFE_TIME = 67, "safe_time";
    /// Trusted contact: text.
    EMERGENCY_CONTACT = 68, "emergency_contact";
    /// Main language: table `languages`.
    LANG_MAIN = 69, "lang_main";
    /// Interview language: table `languages`.
    LANG_INTERVIEW = 70, "lang_interview";
    /// Other languages and level: table `languages`.
    LANG_OTHER = 71, "lang_other";
    /// Prefers to be interviewed by: list `interview_preference`.
    INTERVIEW_PREFERENCE = 72, "interview_preference";
    /// Needs help to read: bool.
    READ_HELP = 73, "read_help";
    /// Education: list `education`.
    EDUCATION = 74, "education";
    /// Goes to school now: bool.
    SCHOOL_NOW = 75, "school_now";
    /// Occupation: list `occupation`.
    OCCUPATION = 76, "occupation";
    /// Occupation in own words: text.
    OCCUPATION_TEXT = 77, "occupation_text";
    /// Skills: tags.
    SKILLS = 78, "skills";
    /// Works now: bool.
    WORKS_NOW = 79, "works_now";
    /// Ethnicity or people: text.
    ETHNICITY = 80, "ethnicity";
    /// Religion: text.
    RELIGION = 81, "religion";
    /// Diversity (LGBTIQ+), if the person wishes: table `needs:X-LG`.
    DIVERSITY = 82, "diversity";
    /// Reason for flight (category): list `flight_reason_convention`.
    FLIGHT_REASON = 83, "flight_reason";
    /// Date of leaving the country: partial_date.
    FLIGHT_DATE = 84, "flight_date";
    /// Fears return: bool.
    FEARS_RETURN = 85, "fears_return";
    /// Legal stay: list `legal_stay`.
    LEGAL_STAY = 86, "legal_stay";
    /// Pregnancy: bool.
    PREGNANT = 87, "pregnant";
    /// Birth registered: table `statelessness:birth`.
    BIRTH_REGISTERED = 88, "birth_registered";
    /// Statelessness flags: table `statelessness:flag`.
    STATELESS_FLAGS = 89, "stateless_flags";
    /// Responsible adult: ref:individual.
    RESPONSIBLE_ADULT = 90, "responsible_adult";
    /// Who the child lives with: list `relationship`.
    CARE_ARRANGEMENT = 91, "care_arrangement";
    /// Status: list `record_status`.
    INDIVIDUAL_STATUS = 92, "individual_status";
    /// No specific need was pointed out: an answer, different from not asked.
    NEEDS_NONE = 93, "needs_none";
    /// Why there is no photo: list `photo_skipped`.
    PHOTO_SKIPPED = 100, "photo_skipped";
    /// Mother (registered): ref:individual.
    BIRTH_MOTHER = 101, "birth_mother";
    /// Father (registered): ref:individual.
    BIRTH_FATHER = 102, "birth_father";
    /// Confirmed as right: codes.
    CONFIRMED = 103, "confirmed";
    /// Other phones: tags.
    OTHER_PHONES = 105, "other_phones";
    /// The person whose paper this is.
    HOLDER = 120, "holder";
    /// Type of paper: a code of `tables/document_types.csv`.
    DOCUMENT_TYPE = 121, "document_type";
    /// Number, as typed.
    DOCUMENT_NUMBER = 122, "document_number";
    /// Issuing country: table `countries`.
    DOCUMENT_COUNTRY = 123, "document_country";
    /// Issued on: partial_date.
    ISSUED_ON = 124, "issued_on";
    /// Expires on: partial_date.
    EXPIRES_ON = 125, "expires_on";
    /// Verification: list `id_verification`.
    VERIFICATION = 126, "verification";
    /// Image: image.
    DOCUMENT_IMAGE = 127, "document_image";
    /// Whose: ref.
    OWNER = 140, "owner";
    /// Need: table `needs`.
    NEED_CODE = 141, "need_code";
    /// State: list `need_state`.
    NEED_STATE = 142, "need_state";
    /// What is needed to respond: text.
    NEED_NOTE = 143, "need_note";
    /// Why closed: list `need_close_reason`.
    NEED_CLOSE_REASON = 144, "need_close_reason";
    /// Purpose: list `consent_purpose`.
    CONSENT_PURPOSE = 150, "consent_purpose";
    /// With whom: table `institutions`.
    CONSENT_ORGANISATION = 151, "consent_organisation";
    /// Decision: list `consent_decision`.
    CONSENT_DECISION = 152, "consent_decision";
    /// How given: list `consent_form`.
    CONSENT_FORM = 153, "consent_form";
    /// Version of the text: text.
    CONSENT_TEXT_VERSION = 154, "consent_text_version";
    /// Language: table `languages`.
    CONSENT_LANGUAGE = 155, "consent_language";
    /// Heard the audio: bool.
    CONSENT_HEARD = 156, "consent_heard";
    /// Who decides: ref:individual.
    CONSENT_GIVEN_BY = 157, "consent_given_by";
    /// Signature: strokes.
    CONSENT_SIGNATURE = 158, "consent_signature";
    /// When: datetime.
    CONSENT_AT = 159, "consent_at";
    /// Withdrawn on: datetime.
    CONSENT_WITHDRAWN_AT = 160, "consent_withdrawn_at";
    /// Witness: text.
    CONSENT_WITNESS = 161, "consent_witness";
    /// The child's own view: text.
    CONSENT_CHILD_VIEW = 162, "consent_child_view";
    /// State: table `rsd_states`.
    RSD_STATE = 170, "rsd_state";
    /// Filed on: date.
    RSD_FILED_ON = 171, "rsd_filed_on";
    /// ONPAR file number: text.
    RSD_ONPAR_NO = 172, "rsd_onpar_no";
    /// Office: text.
    RSD_OFFICE = 173, "rsd_office";
    /// Interview: datetime.
    RSD_INTERVIEW_ON = 174, "rsd_interview_on";
    /// Decision date: date.
    RSD_DECISION_ON = 175, "rsd_decision_on";
    /// Notified on: date.
    RSD_NOTIFIED_ON = 176, "rsd_notified_on";
    /// Deadline: date.
    RSD_DEADLINE = 177, "rsd_deadline";
    /// Legal representative: text.
    RSD_LAWYER = 178, "rsd_lawyer";
    /// Type: table `assistance_types`.
    ASSISTANCE_TYPE = 180, "assistance_type";
    /// Quantity: decimal.
    ASSISTANCE_QUANTITY = 181, "assistance_quantity";
    /// Amount: money.
    ASSISTANCE_AMOUNT = 182, "assistance_amount";
    /// Date: date.
    ASSISTANCE_DATE = 183, "assistance_date";
    /// Recipient: ref:individual.
    ASSISTANCE_RECIPIENT = 184, "assistance_recipient";
    /// People covered: refs:individual.
    ASSISTANCE_COVERS = 185, "assistance_covers";
    /// Provider: table `institutions`.
    ASSISTANCE_PROVIDER = 186, "assistance_provider";
    /// Status: table `assistance_status`.
    ASSISTANCE_STATUS = 187, "assistance_status";
    /// Receipt: strokes.
    ASSISTANCE_RECEIPT = 188, "assistance_receipt";
    /// Type: table `session_types`.
    SESSION_TYPE = 190, "session_type";
    /// Mode: table `session_modes`.
    SESSION_MODE = 191, "session_mode";
    /// Date: datetime.
    SESSION_DATE = 192, "session_date";
    /// Minutes: int.
    SESSION_MINUTES = 193, "session_minutes";
    /// People: refs:individual.
    SESSION_PEOPLE = 194, "session_people";
    /// Language: table `languages`.
    SESSION_LANGUAGE = 195, "session_language";
    /// With interpreter: bool.
    SESSION_INTERPRETER = 196, "session_interpreter";
    /// Outcomes: table `session_outcomes`.
    SESSION_OUTCOMES = 197, "session_outcomes";
    /// Note: text.
    SESSION_NOTE = 198, "session_note";
    /// Follow-up: date.
    SESSION_FOLLOW_UP_ON = 199, "session_follow_up_on";
    /// Sector: table `referral_sectors`.
    REFERRAL_SECTOR = 202, "referral_sector";
    /// Institution: table `institutions`.
    REFERRAL_TO = 203, "referral_to";
    /// Urgency: table `referral_urgency`.
    REFERRAL_URGENCY = 204, "referral_urgency";
    /// Reason (only what is needed): text.
    REFERRAL_REASON = 205, "referral_reason";
    /// Data shared: table `fields`.
    REFERRAL_FIELDS_SHARED = 206, "referral_fields_shared";
    /// Consent: ref:consent.
    REFERRAL_CONSENT = 207, "referral_consent";
    /// Status: table `referral_status`.
    REFERRAL_STATUS = 208, "referral_status";
    /// Answer due: datetime.
    REFERRAL_DUE = 209, "referral_due";
    /// Answer: text.
    REFERRAL_ANSWER = 210, "referral_answer";
    /// Reason of rejection: table `referral_reject_reasons`.
    REFERRAL_REJECT_REASON = 211, "referral_reject_reason";
    /// Counter-referral of: ref:referral.
    REFERRAL_PARENT = 212, "referral_parent";
    /// Step: table `resettlement_steps`.
    RESETTLEMENT_STEP = 220, "resettlement_step";
    /// Date: date.
    RESETTLEMENT_DATE = 221, "resettlement_date";
    /// Primary category: table `resettlement_categories`.
    RESETTLEMENT_CATEGORY1 = 222, "resettlement_category1";
    /// Secondary category: table `resettlement_categories`.
    RESETTLEMENT_CATEGORY2 = 223, "resettlement_category2";
    /// Priority: table `resettlement_priority`.
    RESETTLEMENT_PRIORITY = 224, "resettlement_priority";
    /// Country: table `countries`.
    RESETTLEMENT_COUNTRY = 225, "resettlement_country";
    /// Name: name.
    RELATIVE_NAME = 230, "relative_name";
    /// Relationship to this person: list `relationship`.
    RELATIVE_RELATION = 231, "relative_relation";
    /// Whereabouts: list `whereabouts`.
    RELATIVE_WHEREABOUTS = 232, "relative_whereabouts";
    /// Country: table `countries`.
    RELATIVE_COUNTRY = 233, "relative_country";
    /// Registered person: ref:individual.
    RELATIVE_RECORD = 234, "relative_record";
    /// Last contact: text.
    RELATIVE_CONTACT = 235, "relative_contact";
    /// Amends: ref.
    AMENDS = 240, "amends";
    /// Users who alone know of this person, as codes of ids in hex. Says nobody: not sealed.
    SEALED_FOR = 104, "sealed_for";
    /// What a sealed note is about: list `note_topics`.
    NOTE_TOPIC = 250, "note_topic";
    /// The note: base64url of `seal::note`.
    NOTE_SEALED = 251, "note_sealed";
    /// The note's key, wrapped for readers: base64url of `seal::note`. Statements add up.
    NOTE_WRAPS = 252, "note_wraps";
    /// Users who may read the note, as codes of ids in hex. Statements add up.
    NOTE_READERS = 253, "note_readers";
    /// Desk that receives it: table `desks`.
    REFERRAL_DESK = 260, "referral_desk";
    /// What is shared, as it was shown to the person: text form of `domain::referral::Shared`.
    REFERRAL_SHARED = 261, "referral_shared";
    /// Institution that sends: table `institutions`.
    REFERRAL_FROM = 262, "referral_from";
    /// Desk to which answers and counter-referrals go: table `desks`.
    REFERRAL_FROM_DESK = 263, "referral_from_desk";
    /// What came of it: list `referral_outcome`.
    REFERRAL_OUTCOME = 264, "referral_outcome";
    /// Why it is sent without consent: list `referral_override`.
    REFERRAL_OVERRIDE = 265, "referral_override";
    /// The reason for that, in words of one’s own.
    REFERRAL_OVERRIDE_NOTE = 266, "referral_override_note";
    /// Code printed on the paper slip, with which a receiver without an account answers.
    REFERRAL_CODE = 267, "referral_code";
    /// What the person decided, as far as the receiver is told: list `consent_decision`.
    REFERRAL_CONSENT_STATE = 268, "referral_consent_state";
    /// When the receiver acknowledged that it was withdrawn.
    REFERRAL_WITHDRAWN_SEEN = 269, "referral_withdrawn_seen";
    /// When its sender finished it: the deadline runs from then.
    REFERRAL_SENT_AT = 270, "referral_sent_at";
    /// Number of the slip, such as `KX7M-42P2`, without the hyphen.
    REFERRAL_REF = 271, "referral_ref";
    /// What happens next, by the receiver.
    REFERRAL_NEXT = 272, "referral_next";
    /// How the person agreed before somebody who holds no record of them: list `consent_form`.
    REFERRAL_CONSENT_FORM = 273, "referral_consent_form";
    /// Programme: list `programme`.
    ASSISTANCE_PROGRAMME = 280, "assistance_programme";
    /// How it is shown that it was given: list `assistance_proof`.
    ASSISTANCE_PROOF = 281, "assistance_proof";
    /// Witness of the delivery.
    ASSISTANCE_WITNESS = 282, "assistance_witness";
    /// The distribution in which it was given.
    ASSISTANCE_DISTRIBUTION = 283, "assistance_distribution";
    /// Why it was given although the like was given lately.
    ASSISTANCE_AGAIN = 284, "assistance_again";
    /// Where it was given: table `sites`.
    ASSISTANCE_SITE = 285, "assistance_site";
    /// Other topics beside its type: table `session_types`.
    SESSION_TOPICS = 290, "session_topics";
    /// Where it was held: table `sites`.
    SESSION_SITE = 291, "session_site";
    /// People who attended and are not registered, as a number.
    SESSION_HEADS = 292, "session_heads";
    /// Next step, without a story.
    SESSION_NEXT_STEP = 293, "session_next_step";
    /// With whom: list `session_form`.
    SESSION_FORM = 294, "session_form";
    /// The sealed note that holds the narrative.
    SESSION_NARRATIVE = 295, "session_narrative";
    /// The session that this one follows up.
    SESSION_FOLLOWS = 296, "session_follows";
    /// What the office calls it.
    DISTRIBUTION_NAME = 300, "distribution_name";
    /// What is given: table `assistance_types`.
    DISTRIBUTION_TYPE = 301, "distribution_type";
    /// How much each receives.
    DISTRIBUTION_QUANTITY = 302, "distribution_quantity";
    /// Value for each, US dollars.
    DISTRIBUTION_AMOUNT = 303, "distribution_amount";
    /// Programme: list `programme`.
    DISTRIBUTION_PROGRAMME = 304, "distribution_programme";
    /// Day.
    DISTRIBUTION_DATE = 305, "distribution_date";
    /// Where: table `sites`.
    DISTRIBUTION_SITE = 306, "distribution_site";
    /// Groups on the list. Statements add up.
    DISTRIBUTION_LIST = 307, "distribution_list";
    /// List `distribution_state`.
    DISTRIBUTION_STATE = 308, "distribution_state";
    /// Organisation that gives: table `institutions`.
    DISTRIBUTION_PROVIDER = 309, "distribution_provider";
    /// Reference of a pre-registration: of the group that it will become.
    APPLICATION_REF = 320, "application_ref";
    /// What the family said, see [`crate::application::Application::to_text`]: text.
    APPLICATION_SAID = 321, "application_said";
    /// Office that the family chose: table `sites`.
    APPLICATION_SITE = 322, "application_site";
    /// Why it is urgent: list `application_mark`.
    APPLICATION_MARKS = 323, "application_marks";
    /// How far it has come: list `application_state`.
    APPLICATION_STATE = 324, "application_state";
    /// Registration group that it became: ref:group.
    APPLICATION_GROUP = 325, "application_group";
    /// People in it: int.
    APPLICATION_PEOPLE = 326, "application_people";
    /// Language in which it was filled in: table `languages`.
    APPLICATION_LANGUAGE = 327, "application_language";
    /// Why it was closed without a registration: list `application_close`.
    APPLICATION_CLOSED = 328, "application_closed";
    /// Appointment: the agenda (32 hexadecimal characters), `:`, the number of the slot.
    APPLICATION_SLOT = 329, "application_slot";
    /// When the appointment is, by the clock of the office: datetime.
    APPLICATION_AT = 330, "application_at";
    /// What became of the appointment: list `application_slot_state`.
    APPLICATION_SLOT_STATE = 331, "application_slot_state";
    /// When the family came to the office: datetime.
    APPLICATION_CAME = 332, "application_came";
    /// Came without an appointment: bool.
    APPLICATION_WALK_IN = 333, "application_walk_in";
    /// When the server, or the tablet, took it in: datetime.
    APPLICATION_RECEIVED = 334, "application_received";
    /// How it came in: list `application_by`.
    APPLICATION_BY = 335, "application_by";
    /// Times that the family asked for, see [`crate::appointment::Wish`]: text.
    APPLICATION_WISH = 336, "application_wish";
    /// Office: table `sites`.
    AGENDA_SITE = 340, "agenda_site";
    /// Day: date.
    AGENDA_DAY = 341, "agenda_day";
    /// When the first slot begins: `08:00`.
    AGENDA_FROM = 342, "agenda_from";
    /// When the last slot has ended: `12:30`.
    AGENDA_UNTIL = 343, "agenda_until";
    /// Minutes of a slot: int.
    AGENDA_MINUTES = 344, "agenda_minutes";
    /// Families in a slot: int.
    AGENDA_PLACES = 345, "agenda_places";
    /// Of these places, those kept for families with urgent needs: int.
    AGENDA_PRIORITY = 346, "agenda_priority";
    /// Whether appointments are given: list `agenda_state`.
    AGENDA_STATE = 347, "agenda_state";
    /// Where in words: a room, a tent.
    AGENDA_PLACE = 348, "agenda_place";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_key_is_given_twice() {
        let mut numbers: Vec<_> = Field::ALL.iter().map(|field| field.0).collect();
        let mut keys: Vec<_> = Field::ALL.iter().filter_map(|field| field.key()).collect();
        numbers.sort_unstable();
        keys.sort_unstable();
        numbers.dedup();
        keys.dedup();
        assert_eq!(numbers.len(), Field::ALL.len());
        assert_eq!(keys.len(), Field::ALL.len());
    }
}
