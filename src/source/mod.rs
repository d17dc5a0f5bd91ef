//! Where blobs come from: each source turns one kind of target into blobs.
//!
//! To add a source, write one file here with a type that implements [`crate::blob::Source`] and
//! name it below. A source
//!
//! - builds one visitor on each of its threads and drops it on that thread when the walk ends;
//! - hands over bytes as [`crate::blob::Content`], in whichever form keeps its memory bounded;
//! - reports whatever it could not read as a skip and whatever it was told to leave out as an
//!   exclusion, each once, so that nothing is left out in silence;
//! - stops soon after a visitor answers `Break`;
//! - returns an error only for what the user named and what makes the whole walk meaningless.
//!
//! A visitor never meets an input error: where reading a large file or a stream fails, the bytes
//! end early and the source reports the skip itself after the visitor has returned.
//!
//! Sources know nothing of rules or containers: opening an archive is the business of
//! [`crate::unpack`].

pub mod files;
pub mod git;
pub mod stdin;

pub use files::{Excludes, Files, IgnoreFiles};
pub use git::{Git, NextCommit, Repositories, Staged};
pub use stdin::Stream;
