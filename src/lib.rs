//! leakgate: the gate that stops leaks before they are published.
//!
//! A library that finds secrets and sensitive files in bytes, and a thin command around it.

pub mod blob;
pub mod config;
pub mod coverage;
pub mod decode;
pub mod describe;
pub mod error;
pub mod finding;
pub mod inspect;
pub mod level;
pub mod matcher;
pub mod place;
pub mod randomness;
pub mod report;
pub mod rule;
pub mod scan;
pub mod secret;
pub mod selftest;
pub mod source;
pub mod unpack;
pub mod validate;
