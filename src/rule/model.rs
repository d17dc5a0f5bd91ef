//! What a rule is once it is loaded and checked.
//!
//! Everything here is plain data: no regular expression is compiled, so that a thousand rules cost
//! little at start. Patterns were parsed once, to prove what the matcher relies on.

use regex_syntax::hir::Hir;

use crate::level::{Confidence, Kind, Severity};
use crate::plausible::Wanted;
use crate::rule::byteset::ByteSet;
use crate::validate::Validator;

/// How far from an anchor a line rule looks unless it says otherwise, in bytes either side.
pub const LINE_REACH: u32 = 512;
/// How far from its word a rule looks that reads assignments, in bytes either side.
pub const ASSIGNED_REACH: u32 = 1_024;
/// How far a rule may look at most, in bytes either side.
pub const REACH_MAX: u32 = 65_536;
/// How far before a value its enclosing keys are looked for, in bytes.
pub const BLOCK_BYTES: u32 = 1_024;
/// The longest run of one class that is an anchor, in bytes.
pub const RUN_MAX: usize = 512;
/// How far apart companions may stand at most, in bytes.
pub const JOIN_MAX: u32 = 4_096;

/// All rules of a run.
#[derive(Debug)]
pub struct Ruleset {
    /// The rules, in the order of their indexes.
    pub rules: Vec<Rule>,
    /// The named shapes that rules share.
    pub shapes: Vec<Shape>,
    /// 12 hex digits that change with any rule.
    pub digest: String,
}

/// A named shape that rules without a prefix share.
#[derive(Debug)]
pub struct Shape {
    /// The name that rules use.
    pub name: String,
    /// The parsed pattern; group 1 is the value, else the whole match.
    pub hir: Hir,
    /// The least randomness of a value.
    pub floors: Floors,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// `issuer-thing[-kind]`, never reused or renamed.
    pub id: String,
    /// What leaked, in a few words.
    pub title: String,
    /// The family it belongs to.
    pub category: String,
    /// What kind of leak.
    pub kind: Kind,
    /// How bad.
    pub severity: Severity,
    /// How sure when no validator proves it.
    pub confidence: Confidence,
    /// What the holder of the value can do.
    pub impact: Option<String>,
    /// What to do now.
    pub advice: Option<String>,
    /// Where the format is documented.
    pub source: Option<String>,
    /// When what it finds is reported.
    pub report: Report,
    /// What it looks for.
    pub detect: Detect,
    /// Texts in which it must find its value, see [`crate::rule`] for what stands in braces.
    pub positives: Vec<String>,
    /// Texts in which it must find nothing.
    pub negatives: Vec<String>,
    /// Where it was written down.
    pub origin: Origin,
}

/// The file and line of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file as it was named.
    pub file: String,
    /// The line of its table, from 1.
    pub line: usize,
}

/// When what a rule finds is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// Whenever it is found.
    #[default]
    Always,
    /// Only where it was not joined into a finding with its companion.
    Alone,
    /// Never by itself.
    Never,
}

/// What a rule looks for.
#[derive(Debug)]
pub enum Detect {
    /// A value in text.
    Text(Box<Text>),
    /// Two values of other rules that stand near each other.
    Join(Join),
    /// A file by its name, and perhaps by its lines.
    File(FileTest),
}

/// A value in text.
#[derive(Debug)]
pub struct Text {
    /// What makes a candidate.
    pub anchors: Vec<Anchor>,
    /// How far from the anchor the rule looks.
    pub reach: Reach,
    /// What is assigned to a name that holds an anchor, for rules that read assignments.
    pub assigned: Option<Wanted>,
    /// Describes the value and what must stand around it. `None`: the validator measures it.
    pub pattern: Option<Pattern>,
    /// Judges the value.
    pub validator: Option<&'static Validator>,
    /// The least randomness of a value.
    pub floors: Floors,
    /// Words that must stand near the value.
    pub context: Option<Context>,
    /// Values that are never reported: published dummies.
    pub ignored: Vec<String>,
    /// Patterns of values that are never reported.
    pub allowed: Vec<String>,
    /// The named shape it was made from.
    pub shape: Option<String>,
    /// How much of a value may be shown.
    pub mask: MaskAs,
}

/// How much of a value may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskAs {
    /// Its issuer's prefix and its end, where enough stays hidden.
    #[default]
    Token,
    /// Nothing: it may be short or guessable.
    Password,
    /// Nothing: it is a private key.
    Key,
}

/// What makes a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// An occurrence of these bytes.
    Literal {
        /// The bytes, in lower case where `fold` is set.
        bytes: Vec<u8>,
        /// Any ASCII case.
        fold: bool,
    },
    /// A maximal run of one byte class on one line.
    Run {
        /// The class.
        class: ByteSet,
        /// Least length in bytes, from 8 to [`RUN_MAX`].
        min: usize,
    },
}

/// How far from an anchor a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The anchor's line, at most this many bytes either side.
    Line(u32),
    /// Across lines.
    Across {
        /// Bytes before the anchor.
        before: u32,
        /// Bytes after it.
        after: u32,
    },
}

/// A pattern that was parsed and proved.
#[derive(Debug)]
pub struct Pattern {
    /// The regular expression as written; group 1 is the value, else the whole match.
    pub regex: String,
    /// Its parsed form.
    pub hir: Hir,
    /// How many bytes before every anchor matches begin, where that is known.
    pub offset: Option<usize>,
    /// They may also begin up to as many bytes nearer to the anchor.
    pub slack: usize,
    /// What every match looks like.
    pub form: Form,
}

/// A necessary condition on the bytes of a match, tested before any regular expression runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// What the byte before the match must be.
    pub before: Before,
    /// What the match looks like from its beginning, as far as it is certain.
    pub steps: Vec<Step>,
}

/// One step of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes of a class.
    Fixed {
        /// The class.
        class: ByteSet,
        /// How many.
        n: usize,
    },
    /// All bytes of a class from here on.
    Run {
        /// The class.
        class: ByteSet,
        /// How many there are at least.
        min: usize,
        /// How many there are at most.
        max: usize,
    },
    /// A byte of a class, or the end of the text; the last step.
    Next {
        /// The class.
        class: ByteSet,
    },
}

/// What the byte before a match must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    /// Anything.
    #[default]
    Any,
    /// No word character, or the start of the text.
    NotWord,
    /// A word character.
    Word,
    /// A line feed, or the start of the text.
    LineStart,
}

/// The least randomness of a value. 0 asks for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Floors {
    /// Shannon entropy in bits a byte, 0 to 8.
    pub entropy: f64,
    /// [`crate::randomness::score`] in bits a character, 0 to 6. 1.0 is usual: of names and words
    /// fewer than one in a hundred reach it, of random values of 20 characters nearly all.
    pub randomness: f64,
    /// Digits.
    pub digits: usize,
    /// Lower-case letters.
    pub lower: usize,
    /// Upper-case letters.
    pub upper: usize,
}

/// Words that must stand near a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The words, in lower case; one of them suffices.
    pub words: Vec<String>,
    /// Where they may stand.
    pub within: Within,
    /// How many bytes may lie between word and value on the value's line.
    pub distance: u32,
}

/// Where context words may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// On the value's line, within the rule's window.
    #[default]
    Line,
    /// There, or in an enclosing key or section in the 1,024 bytes before.
    Block,
    /// In the file's name; a fact of place.
    FileName,
}

/// Two values of other rules that stand near each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Index of the rule that finds the public part.
    pub id: usize,
    /// Index of the rule that finds the secret part.
    pub secret: usize,
    /// Names of the two parts, as the rule's samples use them.
    pub names: [String; 2],
    /// How many bytes may lie between them, at most [`JOIN_MAX`].
    pub distance: u32,
    /// Only the nearest secret of each id.
    pub nearest: bool,
}

/// A file by its name, and perhaps by its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTest {
    /// Globs of base names that are candidates.
    pub names: Vec<String>,
    /// Globs of base names that are not.
    pub except: Vec<String>,
    /// A regular expression for lines, and how many lines must match.
    pub lines: Option<(String, u64)>,
}

impl Rule {
    /// Whether it never reports anything by itself.
    pub fn silent(&self) -> bool {
        self.report == Report::Never
    }

    /// Whether a word is the rule's id, category or kind.
    pub fn is(&self, word: &str) -> bool {
        self.id == word || self.category == word || self.kind.name() == word
    }

    /// The text detection of this rule, if it has one.
    pub fn text(&self) -> Option<&Text> {
        match &self.detect {
            Detect::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Text {
    /// Whether a verdict of this rule can depend on other lines than the anchor's.
    pub fn crosses_lines(&self) -> bool {
        let block = self
            .context
            .as_ref()
            .is_some_and(|c| c.within == Within::Block);
        block || matches!(self.reach, Reach::Across { .. })
    }

    /// Bytes before the window on which a verdict can depend.
    pub fn block_bytes(&self) -> usize {
        match &self.context {
            Some(context) if context.within == Within::Block => BLOCK_BYTES as usize,
            _ => 0,
        }
    }
}

impl Ruleset {
    /// The position of the rule with this id.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.id == id)
    }

    /// Whether a word names a rule, a category or a kind of some rule.
    pub fn selects(&self, word: &str) -> bool {
        self.rules.iter().any(|rule| rule.is(word))
    }

    /// Keeps quiet every rule that none of the words names; no words name all.
    pub fn only(&mut self, words: &[String]) {
        for rule in &mut self.rules {
            if !words.is_empty() && !words.iter().any(|word| rule.is(word)) {
                rule.report = Report::Never;
            }
        }
    }
}
