//! Findings in git objects through the pipeline: a made-up repository says where its objects stand, and
//! every value is reported where it came first, with all its places.

mod containers;
mod fixture;
mod names;
mod placed;
mod shown;
