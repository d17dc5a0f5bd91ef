//! What no format may say: raw text of a target, and values.

use leakgate::blob::{Part, SkipReason};
use leakgate::finding::{Excerpt, Suppression};
use leakgate::report::escape::{hidden, terminal};
use leakgate::report::{Detail, FORMATS};
use serde_json::{Value, json};

use crate::run::{Run, further, placed, skip, token};

/// A run with `text` wherever text of a target can stand.
fn everywhere(text: &[u8], value: &[u8]) -> Run {
    let lossy = String::from_utf8_lossy(text).into_owned();
    let mut first = placed("", value, 1);
    first.path = text.to_vec();
    first.finding.excerpt = Some(Excerpt {
        before: text.to_vec(),
        after: text.to_vec(),
    });
    first.finding.note = Some(lossy.clone());
    first.places = vec![further(text, 1)];
    let mut second = first.clone();
    second.active = false;
    second.finding.part = Part::FileName;
    second.finding.spot = None;
    second.finding.suppressed = Some(Suppression {
        by: "mark",
        reason: Some(lossy.clone()),
    });
    let mut run = Run::new(vec![first, second]);
    run.target = text.to_vec();
    let error = lossy.clone();
    let failed = SkipReason::ReadFailed { at: 1, error };
    let unreadable = SkipReason::Unreadable(lossy);
    run.coverage.skipped = vec![skip(text, unreadable), skip(text, failed)];
    run.show.detail = Detail::Verbose;
    run
}

#[test]
fn nothing_from_the_target_reaches_an_output_raw() {
    let hostile = b"a\x1b[31m\nb\0\x7f\r\xffc\xc2\x85\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xe2\x80\xa8\
        \xef\xbb\xbf\xe2\x81\xa6\xf3\xa0\x81\x81\xe2\x80 \"\\";
    let valid = String::from_utf8_lossy(hostile).into_owned();
    for text in [&hostile[..], valid.as_bytes()] {
        let run = everywhere(text, token().as_bytes());
        for format in FORMATS {
            let out = run.render(format.name);
            let raw = |c: char| c != '\n' && hidden(c);
            assert!(!out.contains(raw), "{}: {out:?}", format.name);
            assert!(!out.contains("[31m\n"), "{}: {out:?}", format.name);
        }
    }
    let human = everywhere(hostile, token().as_bytes()).render("human");
    let path = "a\\x1b[31m\\x0ab\\x00\\x7f\\x0d\\xffc\\u{85}\\u{9b}\\u{202e}\\u{200b}\\u{2028}";
    assert!(human.starts_with(path), "{human}");
    let json = everywhere(valid.as_bytes(), token().as_bytes()).json();
    assert_eq!(
        json["findings"][0]["path"],
        json!(valid),
        "JSON gives the exact text"
    );
}

/// A random value of 12 to 80 bytes, too long to stand in a report by chance.
fn random_value(rng: &mut fastrand::Rng) -> Vec<u8> {
    let class = rng.u8(0..4);
    let n_bytes = rng.usize(12..=80);
    let byte = |_| match class {
        0 => rng.alphanumeric() as u8,
        1 => rng.u8(b'!'..=b'~'),
        2 => b"ab\n\t:@/ "[rng.usize(0..8)],
        _ => rng.u8(..),
    };
    (0..n_bytes).map(byte).collect()
}

#[test]
fn masked_value_never_reaches_an_output() {
    let rounds = std::env::var("LEAKGATE_ROUNDS").ok();
    let rounds = rounds.and_then(|n| n.parse().ok()).unwrap_or(64);
    for seed in 0..rounds {
        let mut rng = fastrand::Rng::with_seed(seed);
        let value = random_value(&mut rng);
        let mut text: Vec<u8> = (0..rng.usize(0..40)).map(|_| rng.u8(..)).collect();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(0..=text.len());
            text.splice(at..at, value.iter().copied());
        }
        let run = everywhere(&text, &value);
        let json = json!(String::from_utf8_lossy(&value)).to_string();
        let forms = [
            &value[..],
            terminal(&value).as_bytes(),
            json.trim_matches('"').as_bytes(),
        ]
        .map(<[u8]>::to_vec);
        let mut outs: Vec<_> = FORMATS
            .iter()
            .map(|f| run.render(f.name).into_bytes())
            .collect();
        outs.extend(base64(&run.json()));
        for (out, form) in outs
            .iter()
            .flat_map(|out| forms.iter().map(move |form| (out, form)))
        {
            let shown = out.windows(form.len()).any(|window| window == form);
            assert!(!shown, "seed {seed}: {}", terminal(out));
        }
    }
}

/// Every `…_bytes` of a report, decoded.
fn base64(json: &Value) -> Vec<Vec<u8>> {
    let decode = |text: &str| {
        data_encoding::BASE64
            .decode(text.as_bytes())
            .expect("it is base64")
    };
    match json {
        Value::Array(items) => items.iter().flat_map(base64).collect(),
        Value::Object(fields) => {
            let here = fields.iter().filter(|(name, _)| name.ends_with("_bytes"));
            let here = here.filter_map(|(_, text)| text.as_str()).map(decode);
            here.chain(fields.values().flat_map(base64)).collect()
        }
        _ => Vec::new(),
    }
}
