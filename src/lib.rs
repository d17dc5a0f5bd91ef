//! leakgate: the gate that stops leaks before they are published.
//!
//! A library that finds secrets and sensitive files in bytes, and a thin command around it.
//!
//! # Data flow
//!
//! ```text
//! source ──Blob──▶ unpack ──Blob──▶ scan::worker ──bytes──▶ scanner ──Locals──▶ describe ──Finding──▶ place ──▶ report
//! files, stdin     members of       one per thread          anchors →           marks, lines,         policy     human,
//!                  containers                               confirm             companions, overlap              json, jsonl
//! ```
//!
//! 1. A [`source`] walks its target on its own threads and hands each [`blob::Blob`] to that thread's
//!    visitor. What it could not read is a skip, what was left out on purpose an exclusion; both are
//!    counted and neither is silent.
//! 2. [`unpack`] is a visitor around another: it opens containers within limits and passes their
//!    members on, as blobs of their own. What it could not read is a skip.
//! 3. The [`scan::Scanner`] makes *locals*: what bytes alone say under a ruleset. The [`matcher`]
//!    finds anchors and confirms them in a window around each. Locals are what a version of a file
//!    inherits from its base ([`scan::Scanner::rescan`]) and what chunks of a large file join.
//! 4. [`describe`] makes findings of locals while the bytes are at hand; [`inspect`] judges whole
//!    files by name and lines; [`place`] applies what needs a path or a policy.
//!    What lies in git objects waits until the source has said where these stand in history.
//! 5. [`scan::run`] merges findings (one secret, many places), and a [`report`] writes them down.
//!
//! What counts comes from flags and from a configuration. The [`cli`] finds its file and decides who is
//! believed, [`settings`] reads the text, [`config`] holds what came of it as plain data, and [`place`]
//! applies it.
//!
//! Same input, rules, configuration and flags give the same bytes out, whatever the number of threads
//! or the size of chunks.
//!
//! # What "exactly" rests on
//!
//! - An *anchor* is an occurrence of a literal (every one, overlapping too, ASCII case folded bytewise
//!   where the rule says so), or a maximal run of one byte class of at most 512 bytes on one line.
//! - The *window* of an anchor reaches 512 bytes either side within its line; a rule may widen it or
//!   cross lines. The pattern sees one byte either side of the window; a match counts only if it
//!   contains the anchor.
//! - So a local is a function of its *examined* range and of whether that touches the blob's ends, and
//!   holds wherever that range was copied whole.
//!
//! # Who may import whom
//!
//! A module imports lower layers only; `tests/tidy.rs` reads the `crate::` paths and fails otherwise.
//!
//! | layer | modules | outside world |
//! |---|---|---|
//! | 0 | [`error`], [`git`], [`level`], [`randomness`] | no |
//! | 1 | [`blob`], [`plausible`], [`secret`], [`validate`] | no |
//! | 2 | [`config`], [`decode`], [`rule`] | no |
//! | 3 | [`coverage`], [`finding`], [`settings`] | no |
//! | 4 | [`matcher`], [`describe`], [`inspect`], [`place`] | no |
//! | 4 | [`source`], [`unpack`], [`report`] | files; the clock; a writer |
//! | 5 | [`scan`] | through layer 4, and the clock |
//! | 6 | [`selftest`] | no |
//! | 7 | [`cli`] | terminal, environment, configurations, files named in flags |
//!
//! # Where to add
//!
//! | to add | do |
//! |---|---|
//! | a rule | one `[[rule]]` table in `rules/`, see [`rule`] |
//! | a rule family | a file in `rules/` and its line in [`rule::FILES`] |
//! | a validator | a function and its line in [`validate::VALIDATORS`] |
//! | a report format | a file and its line in [`report::FORMATS`] |
//! | a source | a file, see [`source`] |
//! | a kind of container | a file and its line in [`unpack::KINDS`] |
//! | a command | a file, see [`cli`] |
//! | a key of the configuration | a field and its line in the reader, see [`settings`] |

pub mod blob;
pub mod cli;
pub mod config;
pub mod coverage;
pub mod decode;
pub mod describe;
pub mod error;
pub mod finding;
pub mod git;
pub mod inspect;
pub mod level;
pub mod matcher;
pub mod place;
pub mod plausible;
pub mod randomness;
pub mod report;
pub mod rule;
pub mod scan;
pub mod secret;
pub mod selftest;
pub mod settings;
pub mod source;
pub mod unpack;
pub mod validate;
