//! How git writes objects down: names, kinds, headers in packs, deltas, trees, commits and tags.
//!
//! Pure readers of bytes that may be hostile: nothing here allocates on the word of a length, and what
//! is wrong is a [`Malformed`]. Where the bytes come from is the business of others.

pub mod commit;
pub mod delta;
pub mod entry;
mod id;
pub mod tree;

pub use id::{Format, Hasher, Id, Kind};

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);
