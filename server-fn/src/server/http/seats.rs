//! How many connections one network may hold, so that idle ones of a few keep nobody else from being taken.

use crate::server::limits::Network;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections of one network at a time; one more is closed. Browsers open six at most. A trusted proxy speaks for everybody.
const CONNECTIONS_EACH: usize = 256;

/// How many connections there are of each network.
pub type Seats = Arc<Mutex<HashMap<Network, usize>>>;

/// A connection of a network, until dropped.
pub struct Seat(Option<(Seats, Network)>);

impl Seat {
    /// A connection more; `None` where that network has enough of them. Nobody counts a proxy's.
    pub fn of(seats: &Seats, network: Network, is_proxy: bool) -> Option<Self> {
        if is_proxy {
            return Some(Self(None));
        }
        let mut taken = seats.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network).or_default();
        (*count < CONNECTIONS_EACH).then(|| {
            *count += 1;
            Self(Some((Arc::clone(seats), network)))
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((seats, network)) = &self.0 else { return };
        let mut taken = seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn one_network_keeps_so_many_connections_and_no_more_and_a_proxy_as_many_as_there_are() {
        let (seats, here) = (Seats::default(), |last: u8| Network::of(Ipv4Addr::new(192, 0, 2, last).into()));
        let mut taken: Vec<Seat> = (0..2_048).map_while(|_| Seat::of(&seats, here(1), false)).collect();
        assert_eq!(taken.len(), CONNECTIONS_EACH);
        assert!(Seat::of(&seats, here(2), false).is_some(), "another one's");
        let proxied: Vec<Seat> = (0..2_048).map_while(|_| Seat::of(&seats, here(1), true)).collect();
        assert_eq!(proxied.len(), 2_048);
        taken.pop();
        taken.extend(Seat::of(&seats, here(1), false));
        assert_eq!(taken.len(), CONNECTIONS_EACH);
        drop((taken, proxied));
        assert!(seats.lock().unwrap().is_empty(), "nothing is kept of who is gone");
    }
}
