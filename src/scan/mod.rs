//! The pipeline: from blobs to a report's findings.

mod chunks;
mod contradict;
mod held;
mod inherit;
mod locate;
mod merge;
mod news;
mod run;
pub mod scanner;
mod shared;
mod spread;
mod versions;
mod worker;

pub use crate::matcher::program::Timing;
pub use run::{Outcome, Status, run};
pub use scanner::{Scanner, Scratch};
pub use shared::Progress;
