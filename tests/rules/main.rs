//! The rules that come with leakgate, and what the loader refuses.

mod builtin;
mod refused;
mod selftest;

use leakgate::rule::RuleText;

/// How much to test; more with `LEAKGATE_ROUNDS`.
fn rounds() -> u32 {
    let given = std::env::var("LEAKGATE_ROUNDS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(8)
}

/// A rule file of a test.
fn file(text: &str) -> RuleText<'_> {
    RuleText {
        name: "x.toml",
        text,
    }
}
