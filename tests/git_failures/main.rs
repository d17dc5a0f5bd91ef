//! Repositories that are damaged, incomplete or hostile: what cannot be scanned is named, and nothing
//! of them is run or followed.
#![cfg(unix)]

mod corrupt;
mod cut;
mod hostile;
mod packs;
mod states;
mod world;
