//! The command as its users meet it: what it answers, prints and never prints.
//!
//! Every test runs the real binary, in a folder of its own and without the caller's environment.

mod chunks;
mod config;
mod config_found;
#[cfg(unix)]
mod config_hostile;
mod config_refused;
mod exact;
mod hostile;
mod marks;
mod readme;
mod run;
mod status;
mod streams;
#[cfg(unix)]
mod unix;
mod usage;
