//! Maps from the codes of a font to Unicode, as documents bring them along.
//!
//! Source: ISO 32000-1, 9.10.3 "ToUnicode CMaps"; Adobe Technical Note 5411.

use crate::unpack::pdf::token::{Token, Tokens};

/// Most maps of a document.
const MAPS_MAX: usize = 64;
/// Most codes of one map, and of all maps.
const MAP_CODES_MAX: usize = 1 << 16;
const CODES_MAX: usize = 1 << 19;
/// Most entries that are read, whether they are kept or not: a short range may stand for many.
const ENTRIES_MAX: usize = 1 << 23;
/// Most bytes of text of more than one character that one map may hold, and all maps.
const MAP_TEXT_MAX: usize = 1 << 20;
const TEXT_MAX: usize = 4 << 20;
/// Most ranges of codes of one length.
const SPACES_MAX: usize = 256;
/// Set in a target that is the number of a text, not a character.
const TEXT: u32 = 1 << 31;

/// The maps of a document, each once.
#[derive(Default)]
pub(super) struct Maps {
    pub(super) maps: Vec<Map>,
    n_entries: usize,
    n_codes: usize,
    n_text: usize,
    /// Whether there were more than are kept.
    pub(super) over: bool,
}

/// A map from codes to text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Map {
    spaces: Vec<Space>,
    /// Codes in order, each with a character or the number of a text.
    targets: Vec<(u32, u32)>,
    texts: Vec<Box<str>>,
    n_text: usize,
    /// Entries that may still be read.
    n_left: usize,
    over: bool,
}

/// Codes of one length: each byte is between those of the two.
#[derive(Debug, PartialEq)]
struct Space {
    low: Vec<u8>,
    high: Vec<u8>,
}

impl Maps {
    /// Takes the map that a stream holds, if it does.
    pub(super) fn add(&mut self, content: &[u8]) {
        if memchr::memmem::find(content, b"begincmap").is_none() {
            return;
        }
        let mut map = Map::read(content, ENTRIES_MAX - self.n_entries);
        self.n_entries = ENTRIES_MAX - std::mem::take(&mut map.n_left);
        self.over |= map.over;
        if map.targets.is_empty() || self.maps.contains(&map) {
            return;
        }
        let n_codes = self.n_codes + map.targets.len();
        let n_text = self.n_text + map.n_text;
        if self.maps.len() == MAPS_MAX || n_codes > CODES_MAX || n_text > TEXT_MAX {
            self.over = true;
            return;
        }
        (self.n_codes, self.n_text) = (n_codes, n_text);
        self.maps.push(map);
    }
}

/// Which entries are being read.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Other,
    Spaces,
    Chars,
    Ranges,
}

impl Map {
    /// Reads a map, and no more than so many entries.
    fn read(content: &[u8], n_left: usize) -> Self {
        let mut map = Self {
            n_left,
            ..Self::default()
        };
        let mut part = Part::Other;
        let mut strings: Vec<Vec<u8>> = Vec::new();
        // The code that the next string of an array is for.
        let mut next = None;
        for token in Tokens::new(content) {
            let text = match token {
                Token::Text(text, _) => text,
                // Names of glyphs say no text here, but take a place.
                Token::Name(_) => Vec::new(),
                Token::Open if part == Part::Ranges && strings.len() == 2 => {
                    next = Some(code(&strings[0]));
                    continue;
                }
                Token::Close => {
                    next = None;
                    strings.clear();
                    continue;
                }
                Token::Word(word) => {
                    part = match word {
                        b"begincodespacerange" => Part::Spaces,
                        b"beginbfchar" => Part::Chars,
                        b"beginbfrange" => Part::Ranges,
                        _ => Part::Other,
                    };
                    next = None;
                    strings.clear();
                    continue;
                }
                _ => continue,
            };
            if let (Some(at), [_, high]) = (next, &strings[..]) {
                if at <= code(high) {
                    map.add(at, &text, 0);
                }
                next = Some(at.saturating_add(1));
                continue;
            }
            strings.push(text);
            match (part, &strings[..]) {
                (Part::Other, _) => {}
                (Part::Spaces, [low, high]) => map.space(low, high),
                (Part::Chars, [at, target]) => map.add(code(at), target, 0),
                (Part::Ranges, [low, high, target]) => map.range(low, high, target),
                _ => continue,
            }
            strings.clear();
        }
        map.finish()
    }

    fn space(&mut self, low: &[u8], high: &[u8]) {
        if low.is_empty() || low.len() > 4 || low.len() != high.len() {
            return;
        }
        if self.spaces.len() == SPACES_MAX {
            self.over = true;
            return;
        }
        self.spaces.push(Space {
            low: low.to_vec(),
            high: high.to_vec(),
        });
    }

    fn range(&mut self, low: &[u8], high: &[u8], target: &[u8]) {
        let first = code(low);
        for at in first..=code(high) {
            if self.over {
                return;
            }
            self.add(at, target, at - first);
        }
    }

    /// Takes a code and its text, whose last character is so many later.
    fn add(&mut self, code: u32, target: &[u8], later: u32) {
        if self.targets.len() == 2 * MAP_CODES_MAX {
            self.tidy();
            self.over |= self.targets.len() > MAP_CODES_MAX;
        }
        self.over |= self.n_left == 0 || self.n_text > MAP_TEXT_MAX;
        if self.over {
            return;
        }
        self.n_left -= 1;
        let units = target
            .chunks(2)
            .map(|unit| unit.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte)));
        let mut text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        let last = text.pop().and_then(|c| {
            let moved = u32::from(c).checked_add(later)?;
            char::from_u32(moved)
        });
        // These say that the text is not known.
        let Some(last) = last.filter(|c| !matches!(*c, '\0' | char::REPLACEMENT_CHARACTER)) else {
            return;
        };
        if text.is_empty() {
            self.targets.push((code, u32::from(last)));
            return;
        }
        text.push(last);
        self.n_text += text.len() + size_of::<Box<str>>();
        self.targets.push((code, TEXT | self.texts.len() as u32));
        self.texts.push(text.into_boxed_str());
    }

    /// Sorts the codes; of several entries for one the last holds.
    fn tidy(&mut self) {
        self.targets.reverse();
        self.targets.sort_by_key(|target| target.0);
        self.targets.dedup_by_key(|target| target.0);
    }

    fn finish(mut self) -> Self {
        self.tidy();
        if self.targets.len() > MAP_CODES_MAX {
            self.targets.truncate(MAP_CODES_MAX);
            self.over = true;
        }
        // Codes that are longer than any code may be are those of a map that is careless about it.
        let longest = self.spaces.iter().map(|space| space.low.len()).max();
        let highest = self.targets.last().map_or(0, |target| target.0);
        if longest.is_none() || longest == Some(1) && highest > 0xff {
            let n = if highest > 0xff { 2 } else { 1 };
            self.spaces = vec![Space {
                low: vec![0; n],
                high: vec![0xff; n],
            }];
        }
        self
    }

    /// Length of the first code of a string, and its text where it has one.
    fn first(&self, string: &[u8]) -> (usize, Option<u32>) {
        let found = self.spaces.iter().find(|space| space.holds(string));
        let Some(space) = found else {
            let shortest = self.spaces.iter().map(|space| space.low.len()).min();
            return (shortest.unwrap_or(1).min(string.len()), None);
        };
        let n = space.low.len();
        let code = code(&string[..n]);
        let at = self.targets.binary_search_by_key(&code, |target| target.0);
        (n, at.ok().map(|at| self.targets[at].1))
    }

    /// Numbers of codes in a string that have a text, and that have none.
    pub(super) fn count(&self, mut string: &[u8]) -> (usize, usize) {
        let (mut n_known, mut n_unknown) = (0, 0);
        while !string.is_empty() {
            let (n, target) = self.first(string);
            match target {
                Some(_) => n_known += 1,
                None => n_unknown += 1,
            }
            string = &string[n..];
        }
        (n_known, n_unknown)
    }

    /// Adds the text of a string.
    pub(super) fn decode(&self, mut string: &[u8], out: &mut Vec<u8>) {
        while !string.is_empty() {
            let (n, target) = self.first(string);
            let text = target.and_then(|target| self.texts.get((target ^ TEXT) as usize));
            match text {
                Some(text) => out.extend_from_slice(text.as_bytes()),
                None => {
                    let c = target.and_then(char::from_u32);
                    let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            string = &string[n..];
        }
    }
}

impl Space {
    fn holds(&self, string: &[u8]) -> bool {
        string.len() >= self.low.len()
            && std::iter::zip(&self.low, &self.high)
                .zip(string)
                .all(|((low, high), byte)| (low..=high).contains(&byte))
    }
}

/// The number that the bytes of a code make.
fn code(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::{Map, Maps};

    #[track_caller]
    fn check(map: &str, string: &[u8], expected: &str) {
        let mut text = Vec::new();
        Map::read(map.as_bytes(), 1 << 10).decode(string, &mut text);
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }

    const WIDE: &str = "1 begincodespacerange <0000> <FFFF> endcodespacerange ";

    #[test]
    fn codes_become_text() {
        let map = format!("{WIDE} 2 beginbfchar <0003> <0020> <0004><00660069> endbfchar");
        check(&map, b"\0\x03\0\x04\0\x05\0", " fi\u{fffd}\u{fffd}");
        let map = format!(
            "{WIDE} 3 beginbfrange <0001> <0003> <0061> <0010> <0012> [<0078> /y <D83DDE00>]
            <0020> <0021> <00660061> endbfrange"
        );
        check(
            &map,
            b"\0\x01\0\x03\0\x10\0\x11\0\x12",
            "acx\u{fffd}\u{1f600}",
        );
        check(&map, b"\0\x20\0\x21", "fafb");
    }

    #[test]
    fn the_length_of_codes_is_that_of_their_space() {
        let map = "begincodespacerange <00> <7f> <8000> <ffff> endcodespacerange
            beginbfchar <41> <0062> <8001> <0063> endbfchar";
        check(map, b"A\x80\x01A", "bcb");
        check("beginbfchar <01> <61> endbfchar", b"\x01\x01", "aa");
        check("beginbfchar <0101> <61> endbfchar", b"\x01\x01", "a");
    }

    #[test]
    fn the_last_entry_of_a_code_holds() {
        let map = "beginbfrange <00> <ff> <0000> endbfrange beginbfchar <41> <0062> endbfchar";
        check(map, b"AB", "bB");
    }

    #[test]
    fn maps_are_bounded_and_kept_once() {
        let mut maps = Maps::default();
        maps.add(b"begincmap beginbfchar <01> <61> endbfchar");
        maps.add(b"begincmap  beginbfchar <01> <61> endbfchar");
        maps.add(b"begincmap");
        assert_eq!((maps.maps.len(), maps.over), (1, false));
        maps.add(b"begincmap beginbfrange <00000000> <ffffffff> <0061> endbfrange");
        assert!(maps.over);
        let mut maps = Maps::default();
        for n in 0..70 {
            maps.add(format!("begincmap beginbfchar <{n:02x}> <61> endbfchar").as_bytes());
        }
        assert_eq!((maps.maps.len(), maps.over), (64, true));
    }
}
