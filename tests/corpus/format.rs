//! What the corpus is made of, as it is written down in `corpus/formats.toml` and `corpus/kinds.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A format of an issuer, or a kind of secret that has none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    pub(crate) id: String,
    /// Formats of issuers only; kinds have a family instead.
    group: Option<Group>,
    family: Option<String>,
    pub(crate) parts: Vec<Part>,
    pub(crate) checksum: Option<String>,
    /// What values of it are called, as words.
    #[serde(default)]
    pub(crate) names: Vec<String>,
    /// It tells nothing without its name.
    #[serde(default)]
    named: bool,
    /// The format of the public part beside it.
    pub(crate) pair: Option<String>,
    /// It is such a public part.
    #[serde(default)]
    public: bool,
    wants: Option<Wants>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Group {
    Issuer,
    Unknown,
}

/// What a name says of a value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wants {
    Token,
    Password,
}

/// A part of a value: exactly one of `literal`, `alphabet`, `one_of`, `any_of`, `composite`,
/// `bytes` and `words` is set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) literal: Option<String>,
    pub(crate) alphabet: Option<String>,
    pub(crate) chars: Option<String>,
    pub(crate) extra: Option<String>,
    pub(crate) length: Option<usize>,
    pub(crate) lengths: Option<Vec<usize>>,
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) one_of: Option<Vec<String>>,
    pub(crate) any_of: Option<Vec<Vec<Self>>>,
    pub(crate) composite: Option<String>,
    pub(crate) label: Option<String>,
    /// In texts that are longer than their value: this part belongs to it.
    #[serde(default)]
    pub(crate) secret: bool,
    pub(crate) bytes: Option<Vec<usize>>,
    pub(crate) encoding: Option<String>,
    pub(crate) words: Option<usize>,
    pub(crate) style: Option<String>,
    pub(crate) joint: Option<Vec<String>>,
}

/// Where values of a format can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// In any text: it tells by itself.
    Anywhere,
    /// Where it is called by one of its own names.
    UnderItsName,
    /// Where the name or the syntax says what it is.
    Under(Wants),
}

impl Format {
    pub(crate) fn stands(&self) -> Stands {
        match (self.wants, self.group) {
            (Some(wants), _) if self.names.is_empty() => Stands::Under(wants),
            (None, Some(Group::Issuer)) if !self.named => Stands::Anywhere,
            _ => Stands::UnderItsName,
        }
    }

    /// What a value of it is, where nothing else says so.
    pub(crate) fn wants(&self) -> Wants {
        self.wants.unwrap_or(Wants::Token)
    }

    /// Whether it is a format of an issuer whom a rule could know.
    pub(crate) fn is_known(&self) -> bool {
        self.group == Some(Group::Issuer)
    }

    /// Whether it is a kind of secret that has no issuer.
    pub(crate) fn is_kind(&self) -> bool {
        self.family.is_some()
    }

    /// Whether it stands beside a secret and is none itself.
    pub(crate) fn is_public_part(&self) -> bool {
        self.public
    }

    /// The family that it counts for, where it is not that of a rule.
    pub(crate) fn family(&self) -> &str {
        match (&self.family, self.group) {
            (Some(family), _) => family,
            (None, Some(Group::Unknown)) => "unknown-issuer",
            (None, _) => "issuer-without-rule",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    format: Vec<Format>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kinds {
    kind: Vec<Format>,
    words: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    list: String,
}

/// Which formats stand for which rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// Formats of a rule, where they are not simply the one of its name.
    pub(crate) formats: BTreeMap<String, Vec<String>>,
    /// Rules of which no value is made, and why.
    pub(crate) without: BTreeMap<String, String>,
}

/// All formats and kinds, and the words that people choose.
pub(crate) fn formats() -> (Vec<Format>, Vec<String>) {
    let mut formats = read::<Formats>("formats.toml").format;
    let kinds: Kinds = read("kinds.toml");
    formats.extend(kinds.kind);
    let words = kinds.words.list.split_whitespace().map(str::to_owned);
    (formats, words.collect())
}

/// Reads a file of the corpus.
pub(crate) fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = crate::folder().join(name);
    let text = std::fs::read_to_string(&path).expect("files of the corpus are readable");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
