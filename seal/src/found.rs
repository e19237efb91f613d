//! What staff are told about applications that came over the line: answers of the server, sealed as [`crate::answer`].

use domain::RecordId;
use minicbor::{Decode, Encode};

/// What there is of an application whose reference somebody typed: the answer to `api::find_application`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Found {
    /// Whoever asked may read it: the next collect brings it.
    #[n(0)]
    pub here: bool,
    /// Its record, where it is here.
    #[n(1)]
    pub record: Option<RecordId>,
    /// Office at which it lies, also where that is another organisation's; empty for none at all.
    #[n(2)]
    pub site: String,
    /// Organisation of that office.
    #[n(3)]
    pub organisation: String,
    /// It waited among many others and was let in for this question.
    #[n(4)]
    pub promoted: bool,
}

/// How many applications and letters there are: the answer to `api::intake_counts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IntakeCounts {
    /// Applications that came over the line.
    #[n(0)]
    pub taken: u64,
    /// Of these, neither registered nor closed.
    #[n(1)]
    pub open: u64,
    /// Letters that are judged at once.
    #[n(2)]
    pub waiting: u64,
    /// Letters of a flood that wait their turn.
    #[n(3)]
    pub quarantined: u64,
    /// Letters that somebody must look at: they say something else under an id that is taken.
    #[n(4)]
    pub apart: u64,
    /// Bits of work that a letter needs now.
    #[n(5)]
    pub work_bits: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::hex;

    /// Never edited: servers and devices of different versions say this to each other.
    #[test]
    fn the_kept_samples_are_read_for_ever() {
        let found = Found {
            here: true,
            record: Some(RecordId([7; 16])),
            site: "meteti".into(),
            organisation: "HIAS".into(),
            promoted: true,
        };
        let bytes = minicbor::to_vec(&found).unwrap();
        assert_eq!(hex(&bytes), FOUND);
        assert_eq!(minicbor::decode::<Found>(&bytes).ok(), Some(found));
        let counts =
            IntakeCounts { taken: 25, open: 24, waiting: 1, quarantined: 1000, apart: 2, work_bits: 18 };
        let bytes = minicbor::to_vec(&counts).unwrap();
        assert_eq!(hex(&bytes), COUNTS);
        assert_eq!(minicbor::decode::<IntakeCounts>(&bytes).ok(), Some(counts));
    }

    const FOUND: &str = "a500f501500707070707070707070707070707070702666d657465746903644849415304f5";
    const COUNTS: &str = "a60018190118180201031903e804020512";
}
