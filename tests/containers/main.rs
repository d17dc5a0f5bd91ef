//! Containers of every kind, opened by a visitor that only notes what it is given.

mod ar;
mod asar;
mod corrupt;
mod cpio;
mod fixtures;
mod found;
mod gzip;
mod limits;
mod mail;
mod make_zip;
mod mutated;
mod office;
mod opened;
mod pack;
mod pdf;
mod polyglots;
mod readme;
mod rpm;
mod sqlite;
mod streams;
mod tar;
mod zip;
