//! Random texts of values, of what looks like them, and of what stands between them.

use fastrand::Rng;

use crate::rules::Spec;

/// Writes a template: `{a12}` stands for 12 lower-case letters and digits, `{d1-3}` for one to three
/// digits; `h` is hex, `l` letters, `U` upper case, `t` text of many lines.
fn expand(spec: &Spec, template: &str, random: &mut Rng, out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        out.extend_from_slice(text.as_bytes());
        let (hole, after) = after.split_once('}').expect("templates are well formed");
        if hole == "!" {
            made(spec, random, out);
            rest = after;
            continue;
        }
        let (class, len) = hole.split_at(1);
        let (min, max) = len.split_once('-').unwrap_or((len, len));
        let number = |text: &str| text.parse::<usize>().expect("lengths are numbers");
        let class: &[u8] = match class {
            "a" => b"abcdefghijklmnopqrstuvwxyz0123456789",
            "d" => b"0123456789",
            "h" => b"0123456789abcdef",
            "l" => b"abcdefghijklmnopqrstuvwxyz",
            "U" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            _ => b"abcdefghijklmnop \n",
        };
        for _ in 0..random.usize(number(min)..=number(max)) {
            out.push(class[random.usize(..class.len())]);
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Adds a value that passes the rule's validator.
fn made(spec: &Spec, random: &mut Rng, out: &mut Vec<u8>) {
    let validator = spec.validator.and_then(leakgate::validate::find);
    let complete = validator.and_then(|validator| validator.complete);
    let complete = complete.expect("the validator makes values");
    let mut value: Vec<u8> = (0..16).map(|_| random.u8(b'0'..=b'9')).collect();
    value[..2].copy_from_slice(b"99");
    complete(&mut value);
    out.append(&mut value);
}

const FILLERS: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\n\n",
    "\n  ",
    "\n    ",
    "\n\t",
    "zqdog",
    "zq_cat: ",
    "zqwide",
    "key",
    "= ",
    "[x]\n",
    "\n[section]\n",
    "{l1-9} ",
    "{a1-30}",
    "{h20-45}",
    "{h505-520} ",
    "{d5-20}",
    "\u{e9}\u{4e2d}",
    "-",
    ".",
    "<",
    ">",
    "_",
    "\"",
    "zq",
    "{l100-400}",
    "{a480-530} ",
    "{t200-900}",
    "# leakgate:allow\n",
    " leakgate:allow zq-fixed: why",
    "\n# pragma: allowlist nextline secret\n",
];

/// A piece of text: a value, or something like one, or what stands between them.
pub(crate) fn fragment(specs: &[Spec], random: &mut Rng, out: &mut Vec<u8>) {
    let spec = &specs[random.usize(..specs.len())];
    if spec.samples.is_empty() || random.u8(..10) < 6 {
        return expand(spec, FILLERS[random.usize(..FILLERS.len())], random, out);
    }
    let from = out.len();
    let template = spec.samples[random.usize(..spec.samples.len())];
    expand(spec, template, random, out);
    if random.u8(..5) == 0 && out.len() > from {
        let at = random.usize(from..out.len());
        match random.u8(..4) {
            0 => drop(out.remove(at)),
            1 => out.insert(at, b'\n'),
            2 => out.truncate(at),
            _ => out[at] = out[at].to_ascii_uppercase(),
        }
    }
}

/// A text of about `bytes` bytes: many short lines, or a few very long ones, or one without end.
pub(crate) fn text(specs: &[Spec], bytes: usize, random: &mut Rng) -> Vec<u8> {
    let mut out = Vec::new();
    let long = random.u8(..4) == 0;
    while out.len() < bytes {
        let from = out.len();
        fragment(specs, random, &mut out);
        if long && random.u8(..40) != 0 {
            let line_ends = out[from..].iter_mut().filter(|byte| **byte == b'\n');
            line_ends.for_each(|byte| *byte = b' ');
        } else if !long && random.u8(..3) == 0 {
            out.push(b'\n');
        }
    }
    match random.u8(..8) {
        0 => out.push(b'\n'),
        1 => out.clear(),
        2 => out.truncate(random.usize(..=out.len())),
        _ => {}
    }
    out
}
