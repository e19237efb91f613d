//! individual
