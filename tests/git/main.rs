//! `leakgate git` and `staged` on repositories that git itself made: where values hide in one, what is
//! said of each, what is never said, and which commits count.

#![cfg(unix)]

mod formats;
mod places;
mod plant;
mod range;
mod several;
mod world;
