//! The matcher against a plain Aho-Corasick automaton and a plain loop over runs.

use aho_corasick::AhoCorasick;
use leakgate::matcher::{Hit, Matcher};
use leakgate::rule::byteset::ByteSet;
use leakgate::rule::model::{Anchor, RUN_MAX};

fn rounds() -> u64 {
    let given = std::env::var("LEAKGATE_ROUNDS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(200)
}

/// All hits that start in the range, by the slow way.
fn slowly(anchors: &[Anchor], bytes: &[u8], starts: std::ops::Range<usize>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (anchor, index) in anchors.iter().zip(0..) {
        match anchor {
            Anchor::Literal {
                bytes: literal,
                fold,
            } => {
                let mut builder = AhoCorasick::builder();
                let one = builder.ascii_case_insensitive(*fold).build([literal]);
                let one = one.expect("one literal builds");
                for hit in one.find_overlapping_iter(bytes) {
                    hits.push(Hit {
                        start: hit.start(),
                        end: hit.end(),
                        anchor: index,
                    });
                }
            }
            Anchor::Run { class, min } => {
                let mut start = 0;
                for end in 0..=bytes.len() {
                    if bytes.get(end).is_some_and(|&byte| class.contains(byte)) {
                        continue;
                    }
                    if (*min..=RUN_MAX).contains(&(end - start)) {
                        hits.push(Hit {
                            start,
                            end,
                            anchor: index,
                        });
                    }
                    start = end + 1;
                }
            }
        }
    }
    hits.retain(|hit| starts.contains(&hit.start));
    hits.sort();
    hits
}

#[track_caller]
fn check(anchors: &[Anchor], bytes: &[u8], starts: std::ops::Range<usize>) {
    let mut hits = Vec::new();
    Matcher::new(anchors).find(bytes, starts.clone(), &mut |hit| hits.push(hit));
    hits.sort();
    assert_eq!(
        hits,
        slowly(anchors, bytes, starts),
        "{anchors:?} in {bytes:?}"
    );
}

fn literal(bytes: &[u8], fold: bool) -> Anchor {
    Anchor::Literal {
        bytes: bytes.to_vec(),
        fold,
    }
}

#[test]
fn literals_at_both_ends_and_overlapping() {
    let anchors = [
        literal(b"aba", false),
        literal(b"abab", false),
        literal(b"xyz", true),
    ];
    check(&anchors, b"ababababXYZ", 0..11);
    check(&anchors, b"aba", 0..3);
    check(&anchors, b"ab", 0..2);
    check(&anchors, b"", 0..0);
    check(&anchors, b"xababa", 2..3);
}

#[test]
fn runs_are_maximal_whatever_the_range() {
    let digits = Anchor::Run {
        class: ByteSet::of(b"0123456789"),
        min: 8,
    };
    check(std::slice::from_ref(&digits), b"12345678", 0..8);
    check(std::slice::from_ref(&digits), b"a1234567890b", 3..12);
    check(std::slice::from_ref(&digits), b"a1234567890b", 1..2);
    let long = [vec![b'1'; RUN_MAX + 1], b" ".to_vec(), vec![b'1'; RUN_MAX]].concat();
    check(std::slice::from_ref(&digits), &long, 0..long.len());
    check(std::slice::from_ref(&digits), &long, 0..1);
    check(&[digits], &long, 100..RUN_MAX + 3);
}

#[test]
fn random_anchors_in_random_text() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..rounds() {
        // Few letters, so that hits are common and overlap.
        let letters = &b"aAbB_0\xff-\0"[..random.usize(1..=9)];
        let mut text = |min: usize, max: usize| -> Vec<u8> {
            let len = random.usize(min..=max);
            (0..len)
                .map(|_| letters[random.usize(..letters.len())])
                .collect()
        };
        let mut anchors: Vec<_> = (0..6).map(|i| literal(&text(3, 7), i % 2 == 0)).collect();
        for anchor in &mut anchors {
            if let Anchor::Literal { bytes, fold: true } = anchor {
                bytes.make_ascii_lowercase();
            }
        }
        let bytes = text(0, 700);
        let class = ByteSet::of(&letters[..1.max(letters.len() / 2)]);
        anchors.push(Anchor::Run {
            class,
            min: random.usize(8..40),
        });
        anchors.push(Anchor::Run {
            class,
            min: random.usize(8..40),
        });
        let from = random.usize(0..=bytes.len());
        let to = random.usize(from..=bytes.len());
        check(&anchors, &bytes, from..to);
        check(&anchors, &bytes, 0..bytes.len());
    }
}

#[test]
fn random_runs_of_many_classes_in_long_text() {
    let mut random = fastrand::Rng::with_seed(2);
    let letters = b"abcdefg\0";
    for _ in 0..rounds() {
        // More classes than a group has, and breaks so rare that runs of any length come up.
        let anchors: Vec<_> = (0..12)
            .map(|_| Anchor::Run {
                class: ByteSet::of(&letters[random.usize(..6)..]),
                min: [8, 9, 10, 11, 14, 15, 18, 19, 31, 34, 35, 64, RUN_MAX][random.usize(..13)],
            })
            .collect();
        let often = random.u32(2..200);
        let byte = |random: &mut fastrand::Rng| match random.u32(..often) {
            0 => b'\n',
            1 => letters[random.usize(..6)],
            _ => letters[random.usize(6..8)],
        };
        let len = random.usize(0..4_000);
        let bytes: Vec<_> = (0..len).map(|_| byte(&mut random)).collect();
        let from = random.usize(0..=len);
        let to = random.usize(from..=len);
        check(&anchors, &bytes, from..to);
        check(&anchors, &bytes, 0..len);
    }
}

#[test]
fn literals_are_found_at_every_place_of_a_long_text() {
    let long: Vec<_> = (0..80).map(|i| b'!' + i).collect();
    let anchors = [
        literal(b"xyz", false),
        literal(b"token-", true),
        literal(&long, false),
    ];
    for len in (1_064..1_140).chain(2_040..2_060) {
        for part in [&b"xyz"[..], b"ToKeN-", &long] {
            for at in [0, 1, len / 2, 1_020 - part.len() / 2, len - part.len()] {
                let mut bytes = vec![b' '; len];
                bytes[at..at + part.len()].copy_from_slice(part);
                check(&anchors, &bytes, 0..len);
                check(&anchors, &bytes, at..at + 1);
            }
        }
    }
}
