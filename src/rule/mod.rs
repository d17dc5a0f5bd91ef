//! Rules: how they are written, checked and loaded.
//!
//! To add a rule, write one `[[rule]]` table in the file of its family under `rules/`, with
//! positives and negatives; `leakgate rules test` runs them. To add a family, add a file and its
//! line in `embedded.rs`.
//!
//! # Keys of a rule
//!
//! | key | means |
//! |---|---|
//! | `id` | `issuer-thing[-kind]`: lower case, never reused or renamed |
//! | `title` | what leaked, in a few words |
//! | `category`, `kind`, `severity`, `confidence` | as in [`model::Rule`]; the `[family]` of the file may give them for all its rules, as it may `impact`, `advice` and `source` |
//! | `impact`, `advice`, `source` | what the holder can do; what to do now; where the format is documented |
//! | `pattern` | regular expression on bytes, ASCII classes, `^` and `$` at line ends, bounded; group 1 is the value |
//! | `shape` | a named shape of `rules/shapes.toml` instead of a pattern |
//! | `assigned` | `{ words, value }` instead of a pattern: what is assigned to a name that holds one of the words, and looks like a `"token"` or a `"password"`, see [`crate::plausible`] |
//! | `literals` | texts of 3 bytes or more of which every match holds one; derived from the pattern when left out |
//! | `run` | `{ class, min }` instead of literals: a maximal run of one class in [`byteset::CLASSES`], 8 to 512 bytes |
//! | `reach` | `{ line = n }`, by default 512, or `{ before = n, after = n }` across lines, at most 65,536 bytes |
//! | `validator` | a name in [`crate::validate::VALIDATORS`]; one that measures needs `literals` and no pattern |
//! | `floors` | `{ entropy, randomness, digits, lower, upper }`: the least a value has; entropy in bits a byte, randomness in bits a character as [`crate::randomness::score`] says, usually 1.0 |
//! | `context` | `{ words, within, distance }`: one of the words stands on the `"line"`, in the `"block"` or in the `"file-name"` |
//! | `ignored`, `allowed` | values, and patterns of values, that are never reported |
//! | `mask` | `"token"` by default; `"password"` and `"key"` show nothing of a value |
//! | `report` | `"always"` by default, `"alone"`: not where it was joined, `"never"` by itself |
//! | `parts`, `join` | `{ id, secret }` name two rules; `{ distance, span = "secret", nearest }` says how near |
//! | `file`, `content` | `{ names, except }`: globs of base names; `{ lines, min }`: a pattern of lines, and how many |
//! | `positives`, `negatives` | at least two samples each |
//!
//! # Samples
//!
//! Samples hold no credentials; these names in braces stand for generated values:
//!
//! - `{secret}`: a value that the rule's pattern and validator make, or, in a rule that joins parts,
//!   those of its secret part. Every positive holds it. In negatives it makes near misses, such as
//!   `x{secret}`.
//! - `{id}`: a value of the public part, in rules that join parts.
//! - `{hex32}` or the name of any other shape: a value of that shape.
//!
//! All other braces stay as they are. A sample of a rule on files is the file's name on the first
//! line, then its content.

mod at;
pub mod byteset;
mod check;
mod derive;
pub mod embedded;
mod form;
pub mod load;
pub mod model;
mod pattern;
mod raw;

pub use at::RuleText;
pub(crate) use at::line_of;
pub use embedded::{FILES, builtin};
pub use load::load;
pub use model::{Detect, Report, Rule, Ruleset};
pub(crate) use pattern::parse as parse_pattern;
