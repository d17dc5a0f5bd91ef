//! Lines of files in which values stand, from `corpus/lines.toml`.

use std::collections::BTreeMap;
use std::ops::Range;

use data_encoding::{BASE64, HEXLOWER};
use fastrand::Rng;
use serde::Deserialize;

use crate::format::{Format, Stands, Wants, read};
use crate::make::{Value, capital, random_bytes, uuid};

/// One line or snippet, without its value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) path: String,
    text: String,
    #[serde(rename = "in")]
    enclosed: String,
    #[serde(default)]
    case: Vec<Case>,
    wants: Option<Wants>,
    joint: Option<String>,
    /// The formats that alone stand there; without `{id}` in the text, they stand nowhere else.
    #[serde(default)]
    of: Vec<String>,
}

/// How a name is spelled.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Case {
    Snake,
    Upper,
    Camel,
    Pascal,
    Kebab,
    Dots,
    Flat,
    Header,
    Spaces,
    Title,
}

/// All lines, and what stands in them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lines {
    line: Vec<Line>,
    /// Characters that a value cannot hold, by how it is enclosed.
    bars: BTreeMap<String, String>,
    names: Names,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    token: Vec<String>,
    password: Vec<String>,
}

/// A line with a value in it.
pub(crate) struct Sample {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Where the value proper stands.
    pub(crate) secret: Range<usize>,
    /// The text with `{secret}` for the value, which may be shown.
    pub(crate) template: String,
    /// Nothing on the value's own line says what it is.
    pub(crate) apart: bool,
}

/// What says on a line that a value is secret, besides `{name}`.
const TELLING: &[&str] = &["{name", "pass", "pwd", "secret}:", "token", "key", "auth"];

impl Line {
    fn is_apart(&self) -> bool {
        let own = self.text.split('\n').find(|line| line.contains("{secret}"));
        let own = own.unwrap_or_default().to_lowercase();
        !TELLING.iter().any(|word| own.contains(word))
    }
}

impl Lines {
    pub(crate) fn read() -> Self {
        read("lines.toml")
    }

    /// Puts a value, and the public part beside it where it has one, in one of the lines that it can
    /// stand in.
    pub(crate) fn place(
        &self,
        format: &Format,
        stands: Stands,
        (value, id): (&Value, Option<&Value>),
        (words, random): (&[String], &mut Rng),
    ) -> Sample {
        let suits = |line: &&Line| self.suits(line, format, stands, value);
        let suited: Vec<_> = self.line.iter().filter(suits).collect();
        let line = random.choice(&suited);
        let line = line.unwrap_or_else(|| panic!("a value of {} fits no line", format.id));
        let mut template = line.text.clone();
        if let Some(case) = random.choice(&line.case) {
            let name = self.name(format, (stands, line.wants), value, random);
            template = template.replace("{name}", &case.spell(&name));
            template = template.replace("{name-kebab}", &Case::Kebab.spell(&name));
            template = template.replace("{NAME}", &Case::Upper.spell(&name));
        }
        template = template.replace("{id}", id.map_or("", |id| &id.text));
        template = distracted(template, words, random);
        let (before, after) = template.split_once("{secret}").expect("every line has one");
        let joint = line.joint.as_deref().unwrap_or("\n");
        let joined = |text: &str| text.replace('\n', joint);
        let start = before.len() + joined(&value.text[..value.secret.start]).len();
        let end = start + joined(&value.text[value.secret.clone()]).len();
        Sample {
            path: line.path.clone(),
            text: [before, &joined(&value.text), after].concat(),
            secret: start..end,
            template,
            apart: line.is_apart(),
        }
    }

    fn suits(&self, line: &Line, format: &Format, stands: Stands, value: &Value) -> bool {
        let Some(barred) = self.bars.get(&line.enclosed) else {
            panic!("{}: no bars for {:?}", line.path, line.enclosed);
        };
        let paired = line.text.contains("{id}");
        let named = paired || line.text.contains("{name}");
        let own = |line: &Line| line.of.contains(&format.id);
        let bound = |line: &Line| own(line) && !line.text.contains("{id}");
        if self.line.iter().any(bound) {
            return own(line);
        }
        let tells = match stands {
            // A text that holds a value is not a token or a password itself.
            Stands::Anywhere => line.wants.is_none() || value.is_all_secret(),
            Stands::UnderItsName => named && line.wants.is_none_or(|wants| wants == format.wants()),
            Stands::Under(wants) => line.wants.map_or(named, |line_wants| line_wants == wants),
        };
        tells
            && paired == format.pair.is_some()
            && (line.of.is_empty() || own(line))
            && line.joint.is_some() == value.text.contains('\n')
            && !value.text.contains(|letter| barred.contains(letter))
    }

    /// What a value is called.
    fn name(
        &self,
        format: &Format,
        (stands, line_wants): (Stands, Option<Wants>),
        value: &Value,
        random: &mut Rng,
    ) -> String {
        let wants = match stands {
            Stands::Under(wants) => wants,
            _ => line_wants.unwrap_or(Wants::Token),
        };
        let any = match wants {
            Wants::Token => &self.names.token,
            Wants::Password => &self.names.password,
        };
        let own = &format.names;
        let by_any = match stands {
            Stands::Anywhere => own.is_empty() || value.is_all_secret() && random.bool(),
            Stands::UnderItsName => false,
            Stands::Under(_) => own.is_empty(),
        };
        let name = random.choice(if by_any { any } else { own });
        name.expect("there are names").clone()
    }
}

impl Case {
    /// Spells words as one name.
    fn spell(self, name: &str) -> String {
        let words: Vec<_> = name.split(' ').collect();
        let capitals = || words.iter().map(|word| capital(word));
        match self {
            Self::Snake => words.join("_"),
            Self::Upper => words.join("_").to_uppercase(),
            Self::Camel => [words[0].to_owned(), capitals().skip(1).collect()].concat(),
            Self::Pascal => capitals().collect(),
            Self::Kebab => words.join("-"),
            Self::Dots => words.join("."),
            Self::Flat => words.concat(),
            Self::Header => capitals().collect::<Vec<_>>().join("-"),
            Self::Spaces => name.to_owned(),
            Self::Title => capitals().collect::<Vec<_>>().join(" "),
        }
    }
}

/// A text with random things that are no secrets in the places for them.
fn distracted(mut text: String, words: &[String], random: &mut Rng) -> String {
    let mut put = |place: &str, make: &mut dyn FnMut(&mut Rng) -> String| {
        while text.contains(place) {
            text = text.replacen(place, &make(random), 1);
        }
    };
    put("{uuid}", &mut uuid);
    for (place, n_bytes) in [("{hex32}", 16), ("{hex40}", 20), ("{hex64}", 32)] {
        put(place, &mut |random| {
            HEXLOWER.encode(&random_bytes(n_bytes, random))
        });
    }
    put("{base64}", &mut |random| {
        BASE64.encode(&random_bytes(32, random))
    });
    put("{word}", &mut |random| {
        words[random.usize(..words.len())].clone()
    });
    text
}
