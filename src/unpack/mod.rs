//! Opens containers: whatever holds other files in a form that hides their text.
//!
//! [`Opening`] is a visitor around another. It knows a container by its first or last bytes, never by
//! its name, and hands each member to the inner visitor as a blob of its own, at the path
//! `outer.tgz!inner.zip!a/b.txt`. Members that are containers are opened in turn. Nothing is written to
//! a disk and no name in a container is ever joined to a path of the file system.
//!
//! What a container holds besides its members (text before it, after it, and between them) is handed
//! over under a name in brackets, such as `a.zip!(bytes 12 to 90)`. What could not be read is a skip,
//! and so is every limit that was reached; the raw bytes of a container are scanned as they stand
//! where it could not be opened whole.
//!
//! To add a kind, write a function of the type of [`kinds::Open`] in a file here and name it in
//! [`KINDS`].

mod ar;
mod asar;
mod cpio;
mod inflate;
mod input;
mod kinds;
mod mail;
mod members;
mod meter;
mod office;
mod opening;
mod pack;
mod pdf;
mod rpm;
mod sqlite;
mod store;
mod streams;
mod tar;
mod trouble;
mod zip;

pub use kinds::{KINDS, Kind, Open, OpenStore, OpenStream};
pub use members::{Members, range_label};
pub use opening::Opening;
pub use store::{Section, Store};
pub use trouble::Trouble;
