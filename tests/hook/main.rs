//! Hooks as git calls them: installed, chained, taken away, and what they hold back.
//!
//! Every test runs the real binary and the system's git, in a folder and with a user of its own.
#![cfg(unix)]

mod commit;
mod elsewhere;
mod global;
mod install;
mod push;
mod server;
mod ways;
mod world;
