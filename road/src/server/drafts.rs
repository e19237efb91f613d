//! Which of two states of a draft is the later one.

use domain::{EnrolmentId, UserId};

/// A state of a draft, as far as it decides which is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftState {
    /// Whose draft it is.
    pub user: UserId,
    /// From which device.
    pub enrolment: EnrolmentId,
    /// Its envelope's place in the device's counting.
    pub counter: u64,
    /// When it came, by the server's clock, milliseconds since 1970.
    pub received_at: u64,
}

impl DraftState {
    /// Whether this state takes the place of one that is held. One device counts its envelopes; between two
    /// devices nothing but the order of arrival tells, for their clocks may be set to anything.
    #[must_use]
    pub fn is_newer_than(&self, held: &DraftState) -> bool {
        if self.enrolment == held.enrolment {
            self.counter > held.counter
        } else {
            self.received_at >= held.received_at
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_counts_and_two_devices_go_by_arrival() {
        let state = |enrolment: u8, counter, received_at| DraftState {
            user: UserId([1; 16]),
            enrolment: EnrolmentId([enrolment; 16]),
            counter,
            received_at,
        };
        let held = state(1, 5, 100);
        // The fourth state of a device that comes after its fifth: it was on a slower road.
        assert!(!state(1, 4, 200).is_newer_than(&held));
        assert!(!state(1, 5, 200).is_newer_than(&held));
        assert!(state(1, 6, 50).is_newer_than(&held));
        assert!(state(2, 1, 100).is_newer_than(&held));
        assert!(!state(2, 9, 99).is_newer_than(&held));
    }
}
