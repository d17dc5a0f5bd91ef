//! The rules that come with leakgate.

use crate::error::Result;
use crate::rule::at::RuleText;
use crate::rule::load::load;
use crate::rule::model::Ruleset;

/// Every file in `rules/`: shapes first, because the others use them, then by name.
pub static FILES: &[RuleText<'static>] = &[
    file("rules/shapes.toml", include_str!("../../rules/shapes.toml")),
    file("rules/ai.toml", include_str!("../../rules/ai.toml")),
    file("rules/azure.toml", include_str!("../../rules/azure.toml")),
    file("rules/chat.toml", include_str!("../../rules/chat.toml")),
    file("rules/ci.toml", include_str!("../../rules/ci.toml")),
    file("rules/cloud.toml", include_str!("../../rules/cloud.toml")),
    file("rules/data.toml", include_str!("../../rules/data.toml")),
    file(
        "rules/database.toml",
        include_str!("../../rules/database.toml"),
    ),
    file("rules/file.toml", include_str!("../../rules/file.toml")),
    file(
        "rules/generic.toml",
        include_str!("../../rules/generic.toml"),
    ),
    file(
        "rules/hosting.toml",
        include_str!("../../rules/hosting.toml"),
    ),
    file(
        "rules/identity.toml",
        include_str!("../../rules/identity.toml"),
    ),
    file("rules/infra.toml", include_str!("../../rules/infra.toml")),
    file("rules/key.toml", include_str!("../../rules/key.toml")),
    file("rules/mail.toml", include_str!("../../rules/mail.toml")),
    file(
        "rules/observability.toml",
        include_str!("../../rules/observability.toml"),
    ),
    file(
        "rules/payment.toml",
        include_str!("../../rules/payment.toml"),
    ),
    file(
        "rules/registry.toml",
        include_str!("../../rules/registry.toml"),
    ),
    file("rules/saas.toml", include_str!("../../rules/saas.toml")),
    file("rules/token.toml", include_str!("../../rules/token.toml")),
    file("rules/url.toml", include_str!("../../rules/url.toml")),
    file("rules/vcs.toml", include_str!("../../rules/vcs.toml")),
    file("rules/wallet.toml", include_str!("../../rules/wallet.toml")),
];

const fn file(name: &'static str, text: &'static str) -> RuleText<'static> {
    RuleText { name, text }
}

/// Loads the rules that come with leakgate, and then the given files.
///
/// # Errors
///
/// Whatever is wrong with the given files.
pub fn builtin(more: &[RuleText<'_>]) -> Result<Ruleset> {
    let files: Vec<_> = FILES.iter().chain(more).copied().collect();
    load(&files)
}
