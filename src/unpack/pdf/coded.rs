//! Text in fonts whose codes are no characters.
//!
//! Which map a font has is not looked up, since that takes tables that may lie. Each run of strings in
//! one font is read with every map that knows its codes: the right one is among them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::unpack::pdf::cmap::{Map, Maps};
use crate::unpack::pdf::text::Shown;

/// Most streams that are read again.
const PAGES_MAX: usize = 1 << 20;

/// What the first pass over a document learns for the second.
#[derive(Default)]
pub(super) struct Coded {
    pub(super) maps: Maps,
    /// Whether a font of two bytes a code was named.
    pub(super) is_wide: bool,
    /// Where the bytes of streams that show text stand.
    pub(super) pages: Vec<Range<u64>>,
    /// Whether there were more.
    pub(super) over: bool,
}

/// The strings of a stream in one font.
#[derive(Default)]
struct Run {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A map that knows the codes of some fonts of a stream.
pub(super) struct Choice {
    /// Its number in the document, from 0 on.
    pub(super) map: usize,
    /// The maps of fonts, by their numbers in the stream: this one where it knows the codes, or else
    /// that which knows most of them, since one word may be shown in two fonts.
    fonts: BTreeMap<usize, usize>,
    n_known: usize,
}

impl Coded {
    /// Learns what a stream says of fonts.
    pub(super) fn learn(&mut self, content: &[u8]) {
        self.maps.add(content);
        self.is_wide |= memchr::memmem::find(content, b"/Identity-").is_some();
    }

    /// Keeps the place of a stream that shows text.
    pub(super) fn page(&mut self, range: Range<u64>) {
        if self.pages.len() < PAGES_MAX {
            self.pages.push(range);
        } else {
            self.over = true;
        }
    }

    /// The maps for a stream, those that know most of its codes first, and whether there is text that
    /// needs a map and has none.
    pub(super) fn choices(&self, content: &[u8]) -> (Vec<Choice>, bool) {
        let mut runs: Vec<Run> = Vec::new();
        Shown::read(content, &mut |font, string, _| {
            if runs.len() <= font {
                runs.resize_with(font + 1, Run::default);
            }
            runs[font].push(string);
        });
        let mut best: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        let mut choices = Vec::new();
        for (i, map) in self.maps.maps.iter().enumerate() {
            let mut choice = Choice {
                map: i,
                fonts: BTreeMap::new(),
                n_known: 0,
            };
            for (font, run) in runs.iter().enumerate() {
                if let Some(n) = run.known_to(map) {
                    choice.n_known += n;
                    choice.fonts.insert(font, i);
                    let most = best.entry(font).or_insert((n, i));
                    if most.0 < n {
                        *most = (n, i);
                    }
                }
            }
            if choice.n_known > 0 {
                choices.push(choice);
            }
        }
        for choice in &mut choices {
            for (&font, &(_, map)) in &best {
                choice.fonts.entry(font).or_insert(map);
            }
        }
        choices.sort_by_key(|choice| std::cmp::Reverse(choice.n_known));
        let mut unknown = runs.iter().enumerate();
        let is_unknown = unknown.any(|(font, run)| run.is_wide() && !best.contains_key(&font));
        (choices, is_unknown)
    }

    /// The text of a stream by a map, and whether it is longer than so many bytes and cut there.
    pub(super) fn text(&self, content: &[u8], choice: &Choice, most: usize) -> (Vec<u8>, bool) {
        let mut is_cut = false;
        let shown = Shown::read(content, &mut |font, string, out| {
            is_cut |= out.len() > most;
            if !is_cut && let Some(&map) = choice.fonts.get(&font) {
                self.maps.maps[map].decode(string, out);
            }
        });
        (shown.page_text(), is_cut)
    }
}

impl Run {
    fn push(&mut self, string: &[u8]) {
        if !string.is_empty() {
            self.bytes.extend_from_slice(string);
            self.ends.push(self.bytes.len());
        }
    }

    fn strings(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let string = &self.bytes[start..end];
            start = end;
            string
        })
    }

    /// Number of codes that a map knows, if those are nearly all.
    fn known_to(&self, map: &Map) -> Option<usize> {
        let (mut n_known, mut n_unknown) = (0, 0);
        for string in self.strings() {
            let (known, unknown) = map.count(string);
            n_known += known;
            n_unknown += unknown;
            // There are no more codes than bytes, so these are too many.
            if n_unknown * 10 > self.bytes.len() {
                return None;
            }
        }
        (n_known > 0 && n_unknown * 9 <= n_known).then_some(n_known)
    }

    /// Whether these are numbers of glyphs, two bytes each. Numbers below 8192 show by bytes that no
    /// character has, and of higher ones some do.
    fn is_wide(&self) -> bool {
        let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        self.bytes.iter().any(is_control)
            && self.strings().all(|string| string.len().is_multiple_of(2))
    }
}

/// Texts that were handed over for one stream.
pub(super) struct Given {
    state: RandomState,
    hashes: BTreeSet<u64>,
}

impl Given {
    /// Begins with the text that needs no map.
    pub(super) fn new(content: &[u8]) -> Self {
        let mut given = Self {
            state: RandomState::new(),
            hashes: BTreeSet::new(),
        };
        given.is_new(&Shown::plain(content).page_text());
        given
    }

    /// Whether a text was not there before.
    pub(super) fn is_new(&mut self, text: &[u8]) -> bool {
        self.hashes.insert(self.state.hash_one(text))
    }
}
