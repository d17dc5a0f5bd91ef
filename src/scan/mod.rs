//! The pipeline: from blobs to a report's findings.

mod chunks;
mod contradict;
mod inherit;
mod merge;
mod run;
pub mod scanner;
mod shared;
mod worker;

pub use crate::matcher::program::Timing;
pub use run::{Outcome, Status, run};
pub use scanner::{Scanner, Scratch};
pub use shared::Progress;
