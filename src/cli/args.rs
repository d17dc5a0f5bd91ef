//! What can be typed: one struct for each concern, turned into what it means elsewhere.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::config::Gate;
use crate::level::{Confidence, Severity};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "leakgate",
    version,
    about = "The gate that stops leaks before they are published",
    long_about = "The gate that stops leaks before they are published.\n\n\
        leakgate finds secrets (API keys, tokens, private keys, passwords) and sensitive files in what \
        you are about to commit, publish or mirror. Values are masked in every output. No network is \
        used.",
    after_help = EXAMPLES,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  leakgate scan .                              scan this folder
  leakgate scan src deploy.yml --fail-on high  only what is high or critical fails
  git show HEAD:conf.py | leakgate scan - --stdin-path conf.py
  leakgate scan . --format json --output report.json --format human
  leakgate git                                 everything that this repository holds
  leakgate hook install                        no commit with a leak in it
  leakgate explain conf.py --line 12           why it fired there, or why it did not

Exit status:
  0  everything was scanned, nothing was found
  1  leaks were found
  2  wrong use, configuration or rules; no such target; a report could not be written
  3  nothing was found, but something could not be scanned";

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan files and folders
    Scan(ScanArgs),
    /// Scan every object of a git repository, reachable or not
    Git(GitArgs),
    /// Scan what the next commit would add
    Staged(StagedArgs),
    /// Install, remove and run git hooks
    Hook(HookArgs),
    /// List, show, check and test rules
    Rules(RulesArgs),
    /// Say why something fired, or why a text did not
    Explain(ExplainArgs),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  leakgate completions bash > ~/.local/share/bash-completion/completions/leakgate
  leakgate completions fish > ~/.config/fish/completions/leakgate.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "\
Example:
  leakgate man | man -l -")]
    Man,
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Files named by .gitignore and .leakgateignore are left out and counted; see --no-ignore.
A comment `leakgate:allow RULE: reason` on a finding's line, or alone on the line above, silences it.
What else may pass stands in leakgate.toml, see --config.

Examples:
  leakgate scan .
  leakgate scan src deploy.yml --exclude '*.min.js' --exclude testdata/
  leakgate scan . --min-confidence high --fail-on high
  git diff --cached | leakgate scan -
  leakgate scan . --format human --format json --output report.json")]
pub(super) struct ScanArgs {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to call standard input in the report, so that rules on file names apply
    #[arg(long, value_name = "NAME")]
    pub stdin_path: Option<String>,
    /// Leave out what matches GLOB, relative to PATH or by base name; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// PATH belongs to somebody else: no configuration, ignore file or comment in it counts
    #[arg(long)]
    pub untrusted: bool,
    /// Use what the configuration says for a gate, too: commit, publish or mirror
    #[arg(long, value_name = "GATE", value_parser = gate)]
    pub gate: Option<Gate>,
    /// Scan what .gitignore and .leakgateignore name, too
    #[arg(long)]
    pub no_ignore: bool,
    /// How it is done and what counts.
    #[command(flatten)]
    pub run: RunArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `git`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --range, --ref, --since and --reachable every object is scanned: those that a rebase or a
removed branch left behind, too. Files, messages of commits and tags, notes, names of authors, files
and references, targets of symbolic links. Nothing of the repository is run.

Examples:
  leakgate git
  leakgate git --range origin/main..HEAD
  leakgate git ../other --since '2 weeks'
  leakgate git mirror.git --untrusted --format json --output report.json")]
pub(super) struct GitArgs {
    /// A repository, bare or not; by default the one of the working directory
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Only what the commits of B added that A has not; repeatable
    #[arg(long, value_name = "A..B")]
    pub range: Vec<String>,
    /// Only what this branch, tag or commit holds; repeatable
    #[arg(long = "ref", value_name = "REF")]
    pub reference: Vec<String>,
    /// Only commits since then: 2026-01-31, 2026-01-31T12:00:00Z, or as long ago as '2 weeks'
    #[arg(long, value_name = "DATE", value_parser = crate::cli::since::parse)]
    pub since: Option<i64>,
    /// Only what a reference, a reflog or an index holds
    #[arg(long, conflicts_with_all = ["range", "reference", "since"])]
    pub reachable: bool,
    /// Scan each version in full, not only where it differs from another; the findings are the same
    #[arg(long)]
    pub full: bool,
    /// Follow alternates and links of the repository below FOLDER only; by default below the folder
    /// that it lies in
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// Do not count what is found at paths that match GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// REPO belongs to somebody else: no configuration or comment in it counts
    #[arg(long)]
    pub untrusted: bool,
    /// Ignore files leave nothing out here; taken for the sake of scripts
    #[arg(long, hide = true)]
    pub no_ignore: bool,
    /// How it is done and what counts.
    #[command(flatten)]
    pub run: RunArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `staged`.
#[derive(Debug, Args)]
#[command(after_help = "\
What was staged counts, not what lies in the folder; so does the staged leakgate.toml, with what it
says for the gate `commit`.

Examples:
  leakgate staged
  leakgate staged --fail-on high --timeout 10s")]
pub(super) struct StagedArgs {
    /// A work tree or a folder in it; by default the working directory
    #[arg(value_name = "REPO")]
    pub repository: Option<PathBuf>,
    /// Do not count what is found at paths that match GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Ignore files leave nothing out here; taken for the sake of scripts
    #[arg(long, hide = true)]
    pub no_ignore: bool,
    /// How it is done and what counts.
    #[command(flatten)]
    pub run: RunArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `hook`.
#[derive(Debug, Args)]
#[command(after_help = "\
A hook that is there already is kept and run after leakgate, and `uninstall` brings it back.

Examples:
  leakgate hook install
  leakgate hook install --stage pre-commit --stage pre-push
  leakgate hook install --stage pre-receive /srv/git/project.git
  leakgate hook install --global
  leakgate hook status")]
pub(super) struct HookArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What to do with hooks.
#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Install hooks; by default the one for commits
    Install {
        /// Which, and where.
        #[command(flatten)]
        place: HookPlace,
        /// With --global: take the place of another core.hooksPath
        #[arg(long, requires = "global")]
        force: bool,
        /// With pre-receive: configuration and comments in what is pushed count
        #[arg(long)]
        trust_target: bool,
    },
    /// Take hooks away again; by default all of leakgate
    Uninstall {
        /// Which, and where.
        #[command(flatten)]
        place: HookPlace,
    },
    /// Say which hooks are installed, and where
    Status {
        /// Which, and where.
        #[command(flatten)]
        place: HookPlace,
    },
    /// Do what a hook does; git calls this
    Run(HookRunArgs),
}

/// Which hooks, and where.
#[derive(Debug, Args)]
pub(super) struct HookPlace {
    /// When it is called; repeatable
    #[arg(long, value_name = "STAGE")]
    pub stage: Vec<Stage>,
    /// For all repositories of this user, by core.hooksPath in the user's configuration of git
    #[arg(long)]
    pub global: bool,
    /// A repository; by default the one of the working directory
    #[arg(value_name = "REPO", conflicts_with = "global")]
    pub repository: Option<PathBuf>,
}

/// Arguments of `hook run`.
#[derive(Debug, Args)]
pub(super) struct HookRunArgs {
    /// When it is called
    #[arg(long, value_name = "STAGE")]
    pub stage: Stage,
    /// With pre-receive: configuration and comments in what is pushed count
    #[arg(long)]
    pub trust_target: bool,
    /// How it is done and what counts.
    #[command(flatten)]
    pub run: RunArgs,
    /// What git gives to the hook
    #[arg(value_name = "ARGUMENT", last = true)]
    pub arguments: Vec<OsString>,
}

/// When git calls a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Stage {
    /// Before a commit is made: what is staged
    #[value(name = "pre-commit")]
    Commit,
    /// Before commits are pushed: what the other side does not have
    #[value(name = "pre-push")]
    Push,
    /// Before pushed commits are taken in, on a server: what is new there
    #[value(name = "pre-receive")]
    Receive,
}

/// How a scan is done and what counts.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Threads to use; by default as many as there are cores
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub jobs: usize,
    /// Stop after this long, such as 30s or 5m; what is left counts as not scanned
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub timeout: Option<Duration>,
    /// Which rules run.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// What counts.
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// Which rules run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArgs {
    /// Add the rules of a TOML file, or of all in a folder; repeatable
    #[arg(long = "rules", value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// Run only the rules of this id, category or kind; repeatable
    #[arg(long, value_name = "ID|CATEGORY|KIND")]
    pub only: Vec<String>,
    /// Use this configuration; by default LEAKGATE_CONFIG, else leakgate.toml in PATH or above
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What counts as a leak.
#[derive(Debug, Args)]
#[command(next_help_heading = "What counts")]
pub(super) struct JudgeArgs {
    /// Least severity that counts: info, low (by default), medium, high or critical
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// Least confidence that counts: low, medium (by default) or high
    #[arg(long, value_name = "CONFIDENCE")]
    pub min_confidence: Option<Confidence>,
}

fn gate(word: &str) -> Result<Gate, String> {
    let known = Gate::ALL.into_iter().find(|gate| gate.name() == word);
    known.ok_or_else(|| format!("known: {}", Gate::ALL.map(Gate::name).join(", ")))
}

/// What is printed, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Format of the report: human, json or jsonl; repeatable, each with the --output after it
    #[arg(long, value_name = "NAME")]
    pub format: Vec<String>,
    /// Write the report to FILE instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Show values in the clear; whoever reads the report can use them
    #[arg(long)]
    pub show_secrets: bool,
    /// Print time and hits by rule to standard error
    #[arg(long)]
    pub stats: bool,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Print findings and what was not scanned, nothing else
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print also what does not count: suppressed and less sure findings, and lists in full
    #[arg(short, long, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leakgate rules list --only secret
  leakgate rules show github-pat-classic
  leakgate rules check my-rules.toml leakgate.toml")]
pub(super) struct RulesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List all rules
    List {
        /// Which rules.
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Show everything about one rule
    Show {
        /// Its id
        id: String,
        /// Which rules.
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Check rule files and configurations: do they load, and can every rule work
    Check {
        /// TOML files, or folders of rule files
        #[arg(required = true, value_name = "PATH")]
        files: Vec<PathBuf>,
    },
    /// Run the samples of all rules: positives, negatives, generated values, broken checksums
    Test {
        /// Which rules.
        #[command(flatten)]
        rules: RuleArgs,
        /// Generated values for each positive
        #[arg(long, default_value_t = 8)]
        rounds: u32,
        /// Seed of the generator
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
The text is never shown, only where in it rules looked and what they concluded.

Examples:
  leakgate explain conf.py --line 12
  leakgate explain conf.py --rule github-pat-classic
  pbpaste | leakgate explain -")]
pub(super) struct ExplainArgs {
    /// A file; `-` is standard input
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Tell only of anchors on this line
    #[arg(long, value_name = "N")]
    pub line: Option<u64>,
    /// Tell only of this rule
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// Which rules run.
    #[command(flatten)]
    pub rules: RuleArgs,
}
