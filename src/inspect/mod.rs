//! Judges whole files as they stream past.

pub mod named;
