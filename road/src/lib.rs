//! What is decided on the road of a change, on the device and on the server: which envelope goes next, what an answer
//! changes, what a restored server is sent again, what is told to whom.
//!
//! Pure: state and event in, decisions out. No clock, randomness, storage, network or sealing. Whoever stores and sends
//! carries the decisions out; the simulation carries out the same decisions over a world that fails.

pub mod device;
pub mod marks;
pub mod server;
