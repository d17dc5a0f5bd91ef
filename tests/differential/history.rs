//! Random histories: files of many forms, edited, copied, renamed, merged, lost and found again.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;

use crate::files::{Form, fragment, plant};
use crate::pieces::{self, Piece, replace};

/// Texts do not grow beyond this.
const TEXT_BYTES_MAX: usize = 200_000;

/// The bytes of a file at some time.
pub(crate) struct Blob {
    pub(crate) bytes: Vec<u8>,
    /// What it was made from, and how.
    pub(crate) base: Option<(usize, Vec<Piece>)>,
}

/// What stood where at some time.
#[derive(Clone, Default)]
pub(crate) struct Commit {
    /// Numbers of blobs by path.
    pub(crate) files: BTreeMap<String, usize>,
    /// Numbers of commits before it.
    pub(crate) parents: Vec<usize>,
}

/// A file that is being worked on.
#[derive(Clone)]
struct Text {
    form: Form,
    /// Before it is brought into its form.
    text: Vec<u8>,
    blob: usize,
}

/// A history.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) commits: Vec<Commit>,
    known: HashMap<Vec<u8>, usize>,
    /// All texts there ever were, to go back to.
    texts: Vec<Text>,
    /// Values that were put in.
    values: Vec<Vec<u8>>,
}

impl History {
    /// Makes a history with at least so many versions.
    pub(crate) fn make(seed: u64, versions: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut history = Self::default();
        let mut files: BTreeMap<String, Text> = BTreeMap::new();
        while history.blobs.len() < versions {
            for _ in 0..random.usize(1..=3) {
                history.change(&mut files, &mut random);
            }
            history.commit(&files, &mut random);
        }
        history
    }

    /// Makes a history of one file with so many versions, each made from the one before.
    pub(crate) fn chain(seed: u64, versions: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut history = Self::default();
        let mut file = history.add(Form::Plain, b"begin\n".to_vec(), None);
        while history.blobs.len() < versions {
            let mut pieces = history.edit(&file.text, &mut random);
            let mut text = pieces::bytes(&file.text, &pieces);
            // It stays short, but not by being emptied.
            let len = file.text.len();
            if text.len() < len / 2 || text.len() > len + 3_000 {
                continue;
            }
            if text.len() > 6_000 {
                pieces = vec![Piece::Copy(random.usize(..len / 2)..len)];
                text = pieces::bytes(&file.text, &pieces);
            }
            let n = history.blobs.len();
            let made = history.add(Form::Plain, text, Some((file.blob, pieces)));
            if history.blobs.len() > n {
                file = made;
            }
        }
        let files = BTreeMap::from([("file".to_owned(), file)]);
        history.commit(&files, &mut random);
        history
    }

    /// Commits what there is: as a rule on the last commit, now and then aside or as a merge.
    fn commit(&mut self, files: &BTreeMap<String, Text>, random: &mut Rng) {
        let n = self.commits.len();
        let parents = match (n, random.u8(..10)) {
            (0, _) => Vec::new(),
            (3.., 0) => vec![n - 1, n - 3],
            (2.., 1) => vec![n - 2],
            _ => vec![n - 1],
        };
        let files = files.iter();
        self.commits.push(Commit {
            files: files
                .map(|(path, file)| (path.clone(), file.blob))
                .collect(),
            parents,
        });
    }

    fn change(&mut self, files: &mut BTreeMap<String, Text>, random: &mut Rng) {
        let paths: Vec<String> = files.keys().cloned().collect();
        let name = |random: &mut Rng, form: Form| {
            let folder = ["", "src/", "deploy/prod/"][random.usize(..3)];
            format!("{folder}f{}.{}", random.u16(..), form.end())
        };
        let path = match paths.len() {
            n if n > 0 && (n > 6 || random.u8(..8) != 0) => paths[random.usize(..n)].clone(),
            _ => {
                let form = Form::any(random);
                let text = self.begin(form, random);
                files.insert(name(random, form), text);
                return;
            }
        };
        let file = files[&path].clone();
        match random.u8(..20) {
            0 => {
                files.remove(&path);
                files.insert(name(random, file.form), file);
            }
            1 => drop(files.insert(name(random, file.form), file)),
            2 => drop(files.remove(&path)),
            3 => {
                let old = self.texts[random.usize(..self.texts.len())].clone();
                files.insert(path, old);
            }
            4 => {
                let text = self.add(file.form, Vec::new(), None);
                files.insert(path, text);
            }
            _ => {
                let pieces = self.edit(&file.text, random);
                let text = pieces::bytes(&file.text, &pieces);
                let made = Some((file.blob, pieces));
                let text = self.add(file.form, text, made);
                files.insert(path, text);
            }
        }
    }

    /// Begins a file.
    fn begin(&mut self, form: Form, random: &mut Rng) -> Text {
        let len = match random.u8(..12) {
            0 => 70_000 + random.usize(..60_000),
            1..=4 => random.usize(..20_000),
            _ => random.usize(..3_000),
        };
        let mut text = Vec::new();
        while text.len() < len {
            self.values.extend(fragment(random, &mut text));
            if len > 30_000 {
                text.extend(b"nothing of interest is in here, only words, ".repeat(20));
            }
        }
        self.add(form, text, None)
    }

    fn add(&mut self, form: Form, text: Vec<u8>, made: Option<(usize, Vec<Piece>)>) -> Text {
        let bytes = form.write(&text);
        let next = self.blobs.len();
        let blob = *self.known.entry(bytes.clone()).or_insert(next);
        if blob == next {
            let base = made.map(|(base, pieces)| {
                let old = &self.blobs[base].bytes;
                let fits = form == Form::Plain && bytes == text;
                let pieces = if fits { pieces } else { between(old, &bytes) };
                (base, pieces)
            });
            self.blobs.push(Blob { bytes, base });
        }
        let text = Text { form, text, blob };
        self.texts.push(text.clone());
        text
    }

    /// Edits a text.
    fn edit(&mut self, text: &[u8], random: &mut Rng) -> Vec<Piece> {
        let len = text.len();
        let at = self.position(text, random);
        let near = (at + random.usize(..=30)).min(len);
        let far = self.position(text, random);
        let range = at.min(far)..at.max(far);
        let mut new = Vec::new();
        match random.u8(..18) {
            0..=2 => {
                self.values.extend(fragment(random, &mut new));
                replace(text, at..at, new)
            }
            3 => replace(text, at..near, new),
            4 => replace(text, range, new),
            5 | 6 => replace(
                text,
                at..(at + 1).min(len),
                vec![random.alphanumeric() as u8],
            ),
            7 => replace(text, at..at, vec![b"\n \ra\"\xff"[random.usize(..6)]]),
            8 => {
                let to = random.usize(..=range.start);
                let block = Piece::Copy(range.clone());
                let rest = [Piece::Copy(to..range.start), Piece::Copy(range.end..len)];
                [&[Piece::Copy(0..to), block][..], &rest].concat()
            }
            9 if len < TEXT_BYTES_MAX / 2 => {
                vec![Piece::Copy(0..at), Piece::Copy(range), Piece::Copy(at..len)]
            }
            10 => vec![Piece::Copy(0..at)],
            11 => vec![Piece::Copy(at..len)],
            12 => key_end(text, random),
            13 => mark(text, at),
            14 => {
                for _ in 0..random.usize(..12) {
                    self.values.extend(fragment(random, &mut new));
                }
                let at = [0, len, at][random.usize(..3)];
                replace(text, at..at, new)
            }
            15 if len < TEXT_BYTES_MAX => {
                let n = [900, 4_000, 66_000][random.usize(..3)];
                replace(text, at..at, b"words ".repeat(random.usize(..n) / 6))
            }
            _ => {
                let plant = plant(random);
                self.values.push(plant.text[plant.value.clone()].to_vec());
                replace(text, at..at, [b"\n", &plant.text[..], b"\n"].concat())
            }
        }
    }

    /// A position worth editing at: in or near a value, at the end of a line, or anywhere.
    fn position(&self, text: &[u8], random: &mut Rng) -> usize {
        let len = text.len();
        let from = random.usize(..=len);
        if random.u8(..4) == 0 {
            return from;
        }
        if random.u8(..4) == 0 {
            let end = memchr::memchr(b'\n', &text[from..]);
            return (from + end.unwrap_or(0)).min(len);
        }
        for _ in 0..20.min(self.values.len()) {
            let value = &self.values[random.usize(..self.values.len())];
            if let Some(start) = memchr::memmem::find(text, value) {
                let at = start + random.usize(..value.len() + 3);
                return at.saturating_sub(1).min(len);
            }
        }
        from
    }
}

/// Changes a byte of a line that ends a key, or the key before it.
fn key_end(text: &[u8], random: &mut Rng) -> Vec<Piece> {
    let Some(at) = memchr::memmem::rfind(text, b"-----END ") else {
        return replace(text, 0..0, b"-----END PRIVATE KEY-----\n".to_vec());
    };
    let at = match random.u8(..3) {
        0 => at + random.usize(..9),
        1 => at.saturating_sub(random.usize(..90)),
        _ => return replace(text, at..(at + 30).min(text.len()), Vec::new()),
    };
    replace(text, at..at + 1, vec![b'x'])
}

/// Puts a mark on the line above, or takes away the first one behind.
fn mark(text: &[u8], at: usize) -> Vec<Piece> {
    const MARK: &[u8] = b"# leakgate:allow\n";
    if let Some(start) = memchr::memmem::find(&text[at..], MARK) {
        return replace(text, at + start..at + start + MARK.len(), Vec::new());
    }
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    replace(text, start..start, MARK.to_vec())
}

/// One version from another by what they begin and end with.
pub(crate) fn between(old: &[u8], new: &[u8]) -> Vec<Piece> {
    let most = old.len().min(new.len());
    let first = (0..most).take_while(|&i| old[i] == new[i]).count();
    let alike = |i: &usize| old[old.len() - 1 - i] == new[new.len() - 1 - i];
    let last = (0..most - first).take_while(alike).count();
    let text = new[first..new.len() - last].to_vec();
    replace(old, first..old.len() - last, text)
}
