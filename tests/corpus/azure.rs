//! Keys of one cloud whose checksum is Marvin32 with a seed of the service.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL};

use crate::checksum::digits;
use crate::make::characters;

/// Seeds by the four letters that stand in a key, eight characters each.
const SEEDS: &[(&str, &[u8; 8])] = &[
    ("+ASt", b"Default0"),
    ("ACDb", b"MastRW00"),
    ("+ABa", b"AbAcct00"),
    ("+AMC", b"Classic0"),
    ("APIM", b"Tenant00"),
    ("+AEh", b"Send0000"),
    ("+ASb", b"Manage00"),
    ("+ARm", b"Listen00"),
    ("AIoT", b"IoTHub00"),
    ("AzCa", b"Access00"),
    ("AZEG", b"SendRecv"),
    ("+ACR", b"ACRDflt0"),
    ("AzSe", b"PAdmin00"),
    ("AzFu", b"Functi00"),
];

/// Sets the last four bytes of a key in base 64 to the checksum of those before them.
pub(crate) fn his(pieces: &mut [String]) {
    let known = |piece: &String| SEEDS.iter().position(|(mark, _)| mark == piece);
    let seed = SEEDS[pieces
        .iter()
        .find_map(known)
        .expect("the mark is one of the parts")]
    .1;
    let text = pieces.concat();
    let url = text.contains(['-', '_']) || pieces[1] == "AzFu";
    let encoding = match (url, text.ends_with('=')) {
        (true, _) => &BASE64URL,
        (false, true) => &BASE64,
        (false, false) => &BASE64_NOPAD,
    };
    let decoded = encoding.decode(lenient(&text).as_bytes());
    let mut bytes = decoded.expect("base 64 was made");
    let n_bytes = bytes.len();
    loop {
        let (data, held) = bytes.split_at_mut(n_bytes - 4);
        let checksum = marvin32(data, u64::from_be_bytes(*seed));
        held.copy_from_slice(&checksum.to_le_bytes());
        let text = encoding.encode(&bytes);
        // Search keys have no mark but letters and digits.
        if pieces[1] != "AzSe" || !text.contains(['+', '/']) {
            pieces.iter_mut().for_each(String::clear);
            pieces[0] = text;
            return;
        }
        bytes[0] = bytes[0].wrapping_add(4);
        let first = BASE64.encode(&bytes[..3]);
        if first.contains(['+', '/']) {
            bytes[0] = bytes[0].wrapping_add(36);
        }
    }
}

/// Base 64 whose last bits are zero, as strict decoders want it.
fn lenient(text: &str) -> String {
    let body = text.trim_end_matches('=');
    let spare = match body.len() % 4 {
        2 => 4,
        3 => 2,
        _ => return text.to_owned(),
    };
    let alphabet: Vec<char> = if text.contains(['-', '_']) {
        [
            characters("upper"),
            characters("lower"),
            characters("digit"),
            vec!['-', '_'],
        ]
        .concat()
    } else {
        [
            characters("upper"),
            characters("lower"),
            characters("digit"),
            vec!['+', '/'],
        ]
        .concat()
    };
    let last = body.chars().next_back().expect("keys are not empty");
    let at = alphabet.iter().position(|&letter| letter == last);
    let at = at.unwrap_or_default() >> spare << spare;
    let pad = &text[body.len()..];
    format!("{}{}{pad}", &body[..body.len() - 1], alphabet[at])
}

/// Sets the last four characters to the checksum of the 60 bytes before them.
pub(crate) fn cask(pieces: &mut [String]) {
    let text = pieces.concat();
    let bytes = BASE64.decode(&text.as_bytes()[..80]);
    let bytes = bytes.expect("base 62 is base 64 too");
    let checksum = marvin32(&bytes, u64::from_be_bytes(*b"Default0"));
    let mut alphabet = characters("digit");
    alphabet.extend(characters("upper"));
    alphabet.extend(characters("lower"));
    let number = u64::from(checksum.swap_bytes());
    let tail = digits(number, &alphabet, 6);
    // Leading zeros are not written; what is missing stands at the end.
    let tail = format!("{:0<6}", tail.trim_start_matches('0'));
    pieces.iter_mut().for_each(String::clear);
    pieces[0] = format!("{}{}", &text[..80], &tail[..4]);
}

/// Sets the last three characters of a client secret to the checksum of the 37 before them.
pub(crate) fn entra(pieces: &mut [String]) {
    let text = pieces[..3].concat();
    let checksum = marvin32(text.as_bytes(), 0x4161_6450_7764_3030);
    let mut alphabet = characters("lower");
    alphabet.extend(characters("upper"));
    alphabet.extend("1234567890.-_~".chars());
    pieces[3] = digits(u64::from(checksum), &alphabet, 6)[..3].to_owned();
}

/// Source: the published code of Marvin32, with a seed of 64 bits.
fn marvin32(data: &[u8], seed: u64) -> u32 {
    let mut state = (seed as u32, (seed >> 32) as u32);
    let mix = |(a, b): (u32, u32)| {
        let b = b ^ a;
        let a = a.rotate_left(20).wrapping_add(b);
        let b = b.rotate_left(9) ^ a;
        let a = a.rotate_left(27).wrapping_add(b);
        (a, b.rotate_left(19))
    };
    let mut add = |word: [u8; 4]| {
        let word = u32::from_le_bytes(word);
        state = mix((state.0.wrapping_add(word), state.1));
    };
    let (words, rest) = data.as_chunks::<4>();
    words.iter().for_each(|&word| add(word));
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    add(last);
    let state = mix(state);
    state.0 ^ state.1
}
