//! Rules made up for these tests: every kind that the scanner treats in its own way, each with what
//! the loader has to find out about it, written down by hand.

use leakgate::rule::model::{REACH_MAX, Reach, Within};

use crate::rules::{Anchors, Case, Floors, Near, Pair, Spec};

const LOW: Floors = Floors {
    entropy: 0.0,
    randomness: 0.0,
    digits: 0,
    lower: 0,
    upper: 0,
};

const PLAIN: Spec = Spec {
    id: "",
    pattern: "",
    anchors: Anchors::Derived(&[], Case::Exact),
    offset: None,
    slack: 0,
    reach: Reach::Line(512),
    context: None,
    floors: LOW,
    ignored: &[],
    allowed: &[],
    validator: None,
    report: "always",
    join: None,
    samples: &[],
};

/// Rules whose verdicts rest on one line.
pub(crate) const LINES: &[Spec] = &[
    Spec {
        id: "zq-fixed",
        pattern: r"\b(zqf_[0-9a-z]{12})\b",
        anchors: Anchors::Derived(&["zqf_"], Case::Exact),
        offset: Some(0),
        ignored: &["zqf_000000000000"],
        allowed: &["^zqf_x", "y{3}"],
        samples: &[
            "zqf_{a12}",
            "zqf_000000000000",
            "zqf_x{a11}",
            "zqf_{a4}yyy{a5}",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-folded",
        pattern: r"(?i)zqfold[-_]?key[^0-9a-z\n]{1,6}([0-9a-f]{16})",
        anchors: Anchors::Derived(&["zqfold-key", "zqfold_key", "zqfoldkey"], Case::Folded),
        offset: Some(0),
        samples: &[
            "zqFold_Key: '{h16}'",
            "ZQFOLDKEY={h16}",
            "zqfold-key = {h15}",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-variable",
        pattern: r"\b([a-z]{1,20}-zqtok-[0-9]{6,8})\b",
        anchors: Anchors::Derived(&["-zqtok-"], Case::Exact),
        samples: &["{l1-22}-zqtok-{d5-9}", "ab-zqtok-{d6}-zqtok-{d6}"],
        ..PLAIN
    },
    Spec {
        id: "zq-chance",
        pattern: r"zqchance=([0-9a-z_]{16,40})\b",
        anchors: Anchors::Derived(&["zqchance="], Case::Exact),
        offset: Some(0),
        floors: Floors {
            randomness: 1.0,
            ..LOW
        },
        samples: &[
            "zqchance={a16-40}",
            "zqchance={l6}_{h10}",
            "zqchance=connection_string_{l2-12}",
        ],
        ..PLAIN
    },
    // One match may hold many anchors, and matches that overlap hide one another.
    Spec {
        id: "zq-greedy",
        pattern: r"[a-z.]{0,30}\.zqg\.([a-z.]{4,60})",
        anchors: Anchors::Given(&[".zqg."], Case::Exact),
        samples: &[
            "ab.zqg.{l6}",
            ".zqg.zqg.zqg.zqg.",
            "{l30}.zqg.{l20}.zqg.{l31}.zqg.{l40}",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-edge-start",
        pattern: r"^zqe=([0-9A-Z]{10})$",
        anchors: Anchors::Derived(&["zqe="], Case::Exact),
        offset: Some(0),
        samples: &["\nzqe={U10}\n", "zqe={U10}", "\nzqe={U10}\r\n"],
        ..PLAIN
    },
    Spec {
        id: "zq-edge-end",
        pattern: r"^[ \t]{0,8}zqv: ([a-z]{6,12}\b.?)\r?$",
        anchors: Anchors::Derived(&["zqv: "], Case::Exact),
        offset: Some(8),
        slack: 8,
        samples: &["\n    zqv: {l8}\n", "zqv: {l6}!\r\n", "\nzqv: {l12}"],
        ..PLAIN
    },
    // Literals that overlap themselves, each other and the ends of a window.
    Spec {
        id: "zq-several",
        pattern: r"(?:zqaza|zqazaq)([0-9]{4})?zqa",
        anchors: Anchors::Given(&["zqaza", "zqa"], Case::Exact),
        offset: Some(0),
        samples: &[
            "zqaza{d4}zqa",
            "zqazaqzqa",
            "zqazazqazazqa",
            "zqazaqzqazaqzqa",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-line-context",
        pattern: r"\b([0-9a-f]{32})\b",
        anchors: Anchors::Run("hex", 32),
        offset: Some(0),
        context: Some(Near {
            words: &["zqdog", "zq_cat"],
            within: Within::Line,
            distance: 40,
        }),
        floors: Floors {
            entropy: 2.5,
            randomness: 0.0,
            digits: 4,
            lower: 2,
            upper: 0,
        },
        ignored: &["0123456789abcdef0123456789abcdef"],
        samples: &[
            "ZQDOG: {h32}",
            "{h32} zq_cat",
            "zqdog = 0123456789abcdef0123456789abcdef",
            "zqdog zqdog {h31}",
            "zq_cat=00000000000000000000000000000000",
        ],
        ..PLAIN
    },
    // A run anchor in a pattern that begins somewhere before it.
    Spec {
        id: "zq-run-search",
        pattern: r#"zqr[ =:"']{1,6}([0-9A-Za-z]{24,40})\b"#,
        anchors: Anchors::Run("alnum", 20),
        context: Some(Near {
            words: &["zqr"],
            within: Within::FileName,
            distance: 80,
        }),
        samples: &["zqr = \"{a24-40}\"", "zqr:{a20-26}", "zqr {a41} zqr {a24}"],
        ..PLAIN
    },
    // A run with which matches begin, and one with which they only may.
    Spec {
        id: "zq-run-leads",
        pattern: r"\b([0-9]{10,12}-[0-9]{4,14})\b",
        anchors: Anchors::Run("digit", 10),
        offset: Some(0),
        context: Some(Near {
            words: &["zqr"],
            within: Within::FileName,
            distance: 80,
        }),
        samples: &["{d10-12}-{d4-14}", "{d12}-{d13}-{d4}", "{d8-10}-{d12}-{d4}"],
        ..PLAIN
    },
    Spec {
        id: "zq-run-follows",
        pattern: r"([0-9]{10}-[0-9]{9,14})\b",
        anchors: Anchors::Run("digit", 10),
        context: Some(Near {
            words: &["zqr"],
            within: Within::FileName,
            distance: 80,
        }),
        samples: &["{d10-12}-{d9-14}", "{d12}-{d13}-{d14}"],
        ..PLAIN
    },
    Spec {
        id: "zq-checked",
        pattern: r"\b(99[0-9]{14})\b",
        anchors: Anchors::Run("digit", 16),
        offset: Some(0),
        validator: Some("luhn"),
        samples: &["99{d14}", "99{d14} 99{d14} 99{d14} 99{d14}", "{!}"],
        ..PLAIN
    },
    Spec {
        id: "zq-measured",
        anchors: Anchors::Given(&["eyJ"], Case::Exact),
        validator: Some("jwt"),
        samples: &["{!}", "x{!} ", "eyJ{a10-40}", "{a400-700} {!}"],
        ..PLAIN
    },
    // Forms whose parts end where their class ends, which may lie outside the window.
    Spec {
        id: "zq-form-url",
        pattern: r"zqm://[^\s:@]{1,64}:([^\s@]{3,30})@",
        anchors: Anchors::Derived(&["zqm://"], Case::Exact),
        offset: Some(0),
        samples: &[
            "zqm://{l1-66}:{a2-32}@",
            "zqm://zqm://{l8}:{a8}:{a8}@",
            "zqm://{l5}:",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-form-open",
        pattern: r"zqo-([0-9a-z-]{4,40})(?:[^0-9a-z-]|$)",
        anchors: Anchors::Derived(&["zqo-"], Case::Exact),
        offset: Some(0),
        samples: &[
            "zqo-{a4-42}",
            "zqo-zqo-zqo-zqo-zqo-zqo-{l20}\n",
            "zqo-{a5}\r\n",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-form-quoted",
        pattern: r#"zqj"([^"]{5,60})""#,
        anchors: Anchors::Derived(&["zqj\""], Case::Exact),
        offset: Some(0),
        samples: &["zqj\"{t4-62}\"", "zqj\"{l20}\n{l30}\"", "zqj\"zqj\"{l6}\""],
        ..PLAIN
    },
    Spec {
        id: "zq-long",
        pattern: r"zqlong<([^<>\n]{20,3000})>",
        anchors: Anchors::Derived(&["zqlong<"], Case::Exact),
        offset: Some(0),
        reach: Reach::Line(8192),
        floors: Floors {
            entropy: 3.0,
            randomness: 0.0,
            digits: 0,
            lower: 0,
            upper: 1,
        },
        samples: &["zqlong<{a20-60}A>", "zqlong<{a600-3000}>", "zqlong<A{l800}"],
        ..PLAIN
    },
    Spec {
        id: "zq-long-search",
        pattern: r"<([^<>\n]{10,900})zqstop",
        anchors: Anchors::Derived(&["zqstop"], Case::Exact),
        reach: Reach::Line(8192),
        context: Some(Near {
            words: &["zqdog", "zqwide"],
            within: Within::Line,
            distance: 512,
        }),
        samples: &[
            "zqwide <{a10-40}zqstop",
            "zqdog<{a700-900}zqstop",
            "<{a10}zqstop{a300-540}zqwide",
        ],
        ..PLAIN
    },
];

/// Rules whose verdicts rest on more than one line.
pub(crate) const ACROSS: &[Spec] = &[
    Spec {
        id: "zq-block-context",
        pattern: r"\b([0-9a-f]{40})\b",
        anchors: Anchors::Run("lower-hex", 40),
        offset: Some(0),
        context: Some(Near {
            words: &["zqdog", "zq_cat"],
            within: Within::Block,
            distance: 20,
        }),
        samples: &[
            "\nzqdog:\n  prod:\n    key: {h40}\n",
            "\n[zqdog]\nkey = {h40}\n",
            "zq_cat {h40}",
            "\n  zq_cat:\n    - {h40}\n    - {h40}\n",
            "\nzqdog:\n  key: |\n    {h40}\n",
            "\n{l1-40}zqdog{l1-30}:\n  text: {l930-990}\n  key: {h40}\n",
            "\n[other]\n[zqdog]\n[more]\nkey = {h40}",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-block-search",
        pattern: r"key[_a-z]{0,10}[=:] ?([0-9a-z]{12})\b",
        anchors: Anchors::Given(&["key"], Case::Exact),
        offset: Some(0),
        context: Some(Near {
            words: &["zqdog"],
            within: Within::Block,
            distance: 80,
        }),
        samples: &[
            "\nzqdog:\n  key_a: {a12}\n",
            "[zqdog]\nkey={a12}\n",
            "key: {a12} zqdog",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-after",
        pattern: r"zqmulti:\s{0,10}([a-z\n ]{5,200});",
        anchors: Anchors::Derived(&["zqmulti:"], Case::Exact),
        offset: Some(0),
        reach: Reach::Across {
            before: 0,
            after: 300,
        },
        samples: &[
            "zqmulti: {l5}\n{l9};",
            "zqmulti:\n{l60}\n{l60}\n{l70};",
            "zqmulti:",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-before",
        pattern: r"(?:^|,|\b)([0-9\n]{4,40})-zqback\b",
        anchors: Anchors::Derived(&["-zqback"], Case::Exact),
        // Less than the pattern may begin before its anchor: matches begin at the window's edge.
        reach: Reach::Across {
            before: 30,
            after: 100,
        },
        samples: &[
            "\n{d4}\n{d20}-zqback",
            ",{d30}-zqback ",
            "{d4}-zqback,{d4}-zqback",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-armour",
        anchors: Anchors::Given(&["-----BEGIN "], Case::Exact),
        reach: Reach::Across {
            before: 0,
            after: 4_000,
        },
        validator: Some("pem-private"),
        samples: &["{!}", "\n{!}\n", "-----BEGIN "],
        ..PLAIN
    },
    // The same on one line, where what follows may not be seen.
    Spec {
        id: "zq-armour-line",
        anchors: Anchors::Given(&["-----BEGIN "], Case::Exact),
        reach: Reach::Line(900),
        validator: Some("pem-private"),
        samples: &["{!}", "\n{!}\n", "-----BEGIN {U5} -----{a300}\n", "{!}{!}"],
        ..PLAIN
    },
    Spec {
        id: "zq-form-across",
        pattern: r#"zqk"([^"]{5,200})"(?:[^"]|$)"#,
        anchors: Anchors::Derived(&["zqk\""], Case::Exact),
        offset: Some(0),
        reach: Reach::Across {
            before: 0,
            after: 210,
        },
        samples: &[
            "zqk\"{t4-210}\"",
            "zqk\"{l20}\n{l30}\"\"",
            "zqk\"zqk\"{t190-202}\" ",
        ],
        ..PLAIN
    },
    Spec {
        id: "zq-lines",
        pattern: r"zqone\n(?:[a-z]{1,40}\n){1,4}zqend$",
        anchors: Anchors::Derived(&["zqone"], Case::Exact),
        offset: Some(0),
        reach: Reach::Across {
            before: 0,
            after: 200,
        },
        samples: &["zqone\n{l10}\n{l20}\nzqend\n", "\nzqone\n{l40}\nzqend"],
        ..PLAIN
    },
];

/// A rule whose values end far from where they begin.
pub(crate) const FAR: &[Spec] = &[Spec {
    id: "zq-far",
    pattern: r"zqbegin>([^<>]{100,60000})<zqfin",
    anchors: Anchors::Derived(&["zqbegin>"], Case::Exact),
    offset: Some(0),
    reach: Reach::Across {
        before: 0,
        after: REACH_MAX,
    },
    samples: &[
        "zqbegin>{t3000-60000}<zqfin",
        "zqbegin>{t100}<zqfin",
        "zqbegin>",
    ],
    ..PLAIN
}];

/// Rules that are joined.
pub(crate) const JOINED: &[Spec] = &[
    Spec {
        id: "zq-id",
        pattern: r"\b(ZQID[0-9A-Z]{8})\b",
        anchors: Anchors::Derived(&["ZQID"], Case::Exact),
        offset: Some(0),
        report: "alone",
        samples: &["ZQID{U8}"],
        ..PLAIN
    },
    Spec {
        id: "zq-part",
        pattern: r"\b(zqs[a-z0-9]{20})",
        anchors: Anchors::Derived(&["zqs"], Case::Exact),
        offset: Some(0),
        report: "never",
        samples: &["zqs{a20}"],
        ..PLAIN
    },
    Spec {
        id: "zq-other-part",
        pattern: r"zqp/([a-z0-9/]{8,40})",
        anchors: Anchors::Derived(&["zqp/"], Case::Exact),
        offset: Some(0),
        report: "always",
        samples: &["zqp/{a8-40}", "zqp/zqp/{a8}"],
        ..PLAIN
    },
    Spec {
        id: "zq-pair",
        join: Some(Pair {
            id: "zq-id",
            secret: "zq-part",
            distance: 200,
            nearest: true,
        }),
        ..PLAIN
    },
    Spec {
        id: "zq-other-pair",
        join: Some(Pair {
            id: "zq-id",
            secret: "zq-other-part",
            distance: 60,
            nearest: false,
        }),
        ..PLAIN
    },
];

/// Every rule but the far one, which is slow to check.
pub(crate) fn near() -> Vec<Spec> {
    [LINES, ACROSS, JOINED].concat()
}
