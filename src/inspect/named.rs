//! Files that are candidates by their name, and what their lines say.
//!
//! A name alone is a guess: `.env` may be a template. So a rule may also say what lines it wants to
//! see, and how many. Works on a stream: of a line longer than 4,096 bytes only the beginning
//! is looked at.

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::bytes::{Regex, RegexBuilder};

use crate::blob::Part;
use crate::finding::{Finding, RuleIndex};
use crate::rule::{Detect, Report, Ruleset};
use crate::secret::{Mask, Secret, mask};
use crate::validate::Validity;

/// Of longer lines only the beginning is looked at, in bytes.
const LINE_BYTES_MAX: usize = 4_096;

/// All rules on file names of a ruleset.
#[derive(Debug)]
pub struct NamedFiles {
    names: GlobSet,
    except: GlobSet,
    /// For each glob of `names`, its rule in `rules`.
    name_rules: Vec<usize>,
    /// For each glob of `except`, its rule in `rules`.
    except_rules: Vec<usize>,
    rules: Vec<NamedRule>,
}

#[derive(Debug)]
struct NamedRule {
    rule: RuleIndex,
    lines: Option<(Regex, u64)>,
}

/// The inspection of one file.
#[derive(Debug)]
pub struct Lines<'a> {
    open: Vec<(&'a NamedRule, u64)>,
    /// The beginning of a line whose end is yet to come.
    line: Vec<u8>,
}

impl NamedFiles {
    /// Prepares the rules on file names.
    pub fn new(ruleset: &Ruleset) -> Self {
        let mut names = GlobSetBuilder::new();
        let mut except = GlobSetBuilder::new();
        let (mut name_rules, mut except_rules) = (Vec::new(), Vec::new());
        let mut rules = Vec::new();
        for (rule, index) in ruleset.rules.iter().zip(0u32..) {
            let Detect::File(test) = &rule.detect else {
                continue;
            };
            if rule.report == Report::Never {
                continue;
            }
            let globs = |globs: &[String], set: &mut GlobSetBuilder, of: &mut Vec<usize>| {
                for glob in globs {
                    set.add(Glob::new(glob).expect("globs were parsed at load"));
                    of.push(rules.len());
                }
            };
            globs(&test.names, &mut names, &mut name_rules);
            globs(&test.except, &mut except, &mut except_rules);
            let lines = test.lines.as_ref().map(|(pattern, min)| {
                let built = RegexBuilder::new(pattern)
                    .unicode(false)
                    .multi_line(true)
                    .build();
                (built.expect("line patterns were parsed at load"), *min)
            });
            rules.push(NamedRule {
                rule: RuleIndex(index),
                lines,
            });
        }
        Self {
            names: names.build().expect("globs were parsed at load"),
            except: except.build().expect("globs were parsed at load"),
            name_rules,
            except_rules,
            rules,
        }
    }

    /// Begins the inspection of a file, if its name makes it a candidate of any rule.
    pub fn begin(&self, path: &[u8]) -> Option<Lines<'_>> {
        if self.rules.is_empty() {
            return None;
        }
        let name = path.rsplit(|&byte| byte == b'/' || byte == b'!').next()?;
        let name = String::from_utf8_lossy(name);
        let mut rules: Vec<usize> = self
            .names
            .matches(&*name)
            .into_iter()
            .map(|glob| self.name_rules[glob])
            .collect();
        if rules.is_empty() {
            return None;
        }
        for glob in self.except.matches(&*name) {
            rules.retain(|&rule| rule != self.except_rules[glob]);
        }
        rules.sort_unstable();
        rules.dedup();
        let open: Vec<_> = rules
            .into_iter()
            .map(|rule| (&self.rules[rule], 0))
            .collect();
        (!open.is_empty()).then_some(Lines {
            open,
            line: Vec::new(),
        })
    }
}

impl Lines<'_> {
    /// The rules that look at the file.
    pub fn rules(&self) -> impl Iterator<Item = RuleIndex> {
        self.open.iter().map(|(rule, _)| rule.rule)
    }

    /// Takes the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            self.keep(line);
            self.end_line();
            rest = &after[1..];
        }
        self.keep(rest);
    }

    /// Adds to the line that is open.
    fn keep(&mut self, part: &[u8]) {
        let room = LINE_BYTES_MAX - self.line.len();
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self) {
        for (rule, n) in &mut self.open {
            if let Some((pattern, _)) = &rule.lines {
                *n += u64::from(pattern.is_match(&self.line));
            }
        }
        self.line.clear();
    }

    /// Ends the file and adds a finding for each rule that it satisfies.
    pub fn finish(mut self, ruleset: &Ruleset, out: &mut Vec<Finding>) {
        self.end_line();
        for (named, n) in &self.open {
            let min = named.lines.as_ref().map_or(0, |(_, min)| *min);
            if *n < min {
                continue;
            }
            let rule = &ruleset.rules[named.rule.0 as usize];
            out.push(Finding {
                rule: named.rule,
                severity: rule.severity,
                confidence: rule.confidence,
                validity: Validity::Unknown,
                secret: Secret::new(b""),
                masked: mask(b"", Mask::Opaque("file")),
                spot: None,
                excerpt: None,
                decoded: Vec::new(),
                note: (min > 0).then(|| format!("{n} lines of it hold a value")),
                part: Part::Content,
                suppressed: None,
            });
        }
    }
}
