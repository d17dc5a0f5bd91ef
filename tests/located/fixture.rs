//! A repository made up in memory: what its walk hands over, and what it says of places.

use std::thread;

use leakgate::blob::{
    Blob, BuildVisitor, Commit, Content, Copied, Delta, Holder, Located, Part, Place, Site, Skip,
    SkipReason, Source, Version, Visitor, Wanted,
};
use leakgate::config::{Limits, ScanConfig};
use leakgate::error::Result;
use leakgate::git::{Format, Kind};
use leakgate::report::{Detail, Report, Show, find};
use leakgate::rule::{RuleText, load};
use leakgate::scan::{Outcome, Progress, Scanner, Timing, run};
use serde_json::Value;

const RULES: &str = r#"
[[rule]]
id = "demo-token"
title = "Demo token"
category = "demo"
severity = "high"
pattern = '\b(demo_[a-z]{28})\b'
positives = ["{secret}", "x {secret}"]
negatives = ["demo_", "demo"]

[[rule]]
id = "demo-password"
title = "Demo password"
category = "demo"
severity = "high"
confidence = "medium"
assigned = { words = ["password"], value = "password" }
positives = ["password = '{secret}'", "db_password: '{secret}'"]
negatives = ["password", "pass"]

[[rule]]
id = "demo-file"
title = "Demo file"
kind = "sensitive-file"
category = "demo"
severity = "high"
file = { names = [".demo"] }
content = { lines = '''^[A-Z]+=\S''', min = 2 }
positives = [".demo\nA=1\nB=2", ".demo\nC=1\nD=2\n"]
negatives = [".demo\nA=1", "demo\nA=1\nB=2"]
"#;

/// A value of the first rule, made of a letter.
pub(crate) fn token(letter: char) -> String {
    let rest: String = "qwzkvjxbpf".chars().cycle().take(27).collect();
    format!("demo_{letter}{rest}")
}

/// One thing that is handed over.
pub(crate) struct Item {
    holder: Holder,
    bytes: Vec<u8>,
    /// Depth and what was copied from the base; none for what is no version.
    version: Option<(usize, u64, Vec<Copied>)>,
    pub(crate) claimed: bool,
    pub(crate) streamed: bool,
    path: Vec<u8>,
}

/// A repository.
#[derive(Default)]
pub(crate) struct Repository {
    /// Each on one thread, in order.
    pub(crate) chains: Vec<Vec<Item>>,
    pub(crate) sites: Vec<Site>,
    pub(crate) commits: Vec<Commit>,
    pub(crate) skips: Vec<Skip>,
    pub(crate) unreadable: bool,
    pub(crate) threads: usize,
}

pub(crate) fn holder(part: Part, bytes: &[u8]) -> Holder {
    Holder {
        repository: 0,
        id: Format::Sha1.id_of(Kind::Blob, bytes),
        part,
    }
}

impl Repository {
    /// Adds a commit; its number is its place in history.
    pub(crate) fn commit(&mut self, subject: &str) -> u32 {
        let order = self.commits.len() as u32;
        self.commits.push(Commit {
            id: Format::Sha1.id_of(Kind::Commit, subject.as_bytes()),
            author: b"Ann <ann@example.org>".to_vec(),
            seconds: 1_774_965_909 + i64::from(order) * 86_400,
            zone: 120,
            subject: subject.as_bytes().to_vec(),
            order,
        });
        order
    }

    /// Adds a part of an object that is no version.
    pub(crate) fn part(&mut self, part: Part, bytes: &str) -> Holder {
        let holder = holder(part, bytes.as_bytes());
        let path = match part {
            Part::RefName => bytes.as_bytes().to_vec(),
            _ => Vec::new(),
        };
        self.chains.push(vec![Item {
            holder,
            bytes: bytes.as_bytes().to_vec(),
            version: None,
            claimed: false,
            streamed: false,
            path,
        }]);
        holder
    }

    /// Adds a blob as a version that stands alone.
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> Holder {
        self.chains.push(Vec::new());
        self.version(bytes)
    }

    /// Adds a blob as a version of the one before.
    pub(crate) fn version(&mut self, bytes: &[u8]) -> Holder {
        let holder = holder(Part::Content, bytes);
        let chain = self.chains.last_mut().expect("a blob came before");
        let version = chain.last().map_or((0, 0, Vec::new()), |base| {
            let depth = chain.len();
            let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
            let n = base.bytes.iter().zip(bytes).take_while(same).count();
            let whole = Copied {
                from: 0,
                to: 0,
                len: n as u64,
            };
            let copied = (n > 0).then_some(whole).into_iter().collect();
            (depth, base.bytes.len() as u64, copied)
        });
        chain.push(Item {
            holder,
            bytes: bytes.to_vec(),
            version: Some(version),
            claimed: false,
            streamed: false,
            path: Vec::new(),
        });
        holder
    }

    /// Puts an object at a path, in a commit.
    pub(crate) fn site(&mut self, holder: Holder, path: &str, commit: Option<u32>) {
        self.sites.push(Site {
            holder,
            asked: Some(holder.part),
            path: path.as_bytes().to_vec(),
            commit,
            reachable: true,
        });
    }

    pub(crate) fn run(&self) -> Outcome {
        self.run_with(&ScanConfig::default())
    }

    pub(crate) fn run_with(&self, config: &ScanConfig) -> Outcome {
        let rules = [RuleText {
            name: "demo.toml",
            text: RULES,
        }];
        let scanner = Scanner::new(load(&rules).expect("the rules load"), Limits::default());
        let watched = (&Progress::default(), Timing::Off);
        run(self, &scanner, config, watched).expect("the source walks")
    }

    /// The report of a run in a format.
    pub(crate) fn render(&self, format: &str) -> String {
        let rules = [RuleText {
            name: "demo.toml",
            text: RULES,
        }];
        let ruleset = load(&rules).expect("the rules load");
        let mut outcome = self.run();
        outcome.coverage.seconds = 0.0;
        let report = Report {
            ruleset: &ruleset,
            target: b".",
            configuration: None,
            findings: &outcome.findings,
            coverage: &outcome.coverage,
            redactor: &outcome.redactor,
            show: Show {
                detail: Detail::Verbose,
                ..Show::default()
            },
        };
        let mut out = Vec::new();
        let format = find(format).expect("the format exists");
        (format.render)(&report, &mut out).expect("a vector takes all bytes");
        String::from_utf8(out).expect("every format writes UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.render("json")).expect("the report is JSON")
    }
}

impl Source for Repository {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let threads = self.threads.max(1);
        thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    let mut visitor = visitors.build();
                    for chain in self.chains.iter().skip(thread).step_by(threads) {
                        for item in chain {
                            item.give(&mut *visitor);
                        }
                    }
                    if thread == 0 {
                        for skip in &self.skips {
                            visitor.skip(skip.clone());
                        }
                        self.commits.iter().for_each(|_| visitor.commit());
                    }
                });
            }
        });
        Ok(())
    }

    fn locate(&self, wanted: &Wanted<'_>) -> Result<Located> {
        assert!(wanted.holders.is_sorted_by(|a, b| a < b));
        let asked = |site: &Site| {
            let name = site.path.rsplit(|&byte| byte == b'/').next();
            let by_name = name.is_some_and(|name| (wanted.is_wanted)(name));
            match site.asked {
                None => by_name,
                Some(part) => {
                    let asked = Holder {
                        part,
                        ..site.holder
                    };
                    wanted.holders.contains(&asked)
                }
            }
        };
        Ok(Located {
            sites: self.sites.iter().filter(|s| asked(s)).cloned().collect(),
            commits: self.commits.clone(),
            skips: Vec::new(),
        })
    }

    fn read(&self, holder: &Holder) -> Option<Vec<u8>> {
        let mut items = self.chains.iter().flatten();
        let found = items.find(|item| item.holder.id == holder.id)?;
        (!self.unreadable).then(|| found.bytes.clone())
    }
}

impl Item {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn give(&self, visitor: &mut dyn Visitor) {
        let place = Place {
            path: self.path.clone(),
            containers: 0,
            holder: Some(self.holder),
        };
        let version = self.version.as_ref().map(|(depth, base_len, copied)| {
            let base_len = *base_len;
            Version {
                depth: *depth,
                delta: (*depth > 0).then_some(Delta { base_len, copied }),
                claimed: self.claimed,
            }
        });
        let mut bytes = &self.bytes[..];
        let content = match self.streamed {
            true => Content::Stream(&mut bytes, None),
            false => Content::Whole(&self.bytes),
        };
        let _ = visitor.blob(Blob {
            content,
            place: &place,
            version,
            news: None,
        });
    }
}

/// A skip of an object, or of something in one.
pub(crate) fn skip(holder: Holder, what: &str) -> Skip {
    Skip {
        what: what.as_bytes().to_vec(),
        holder: Some(holder),
        reason: SkipReason::Vanished,
    }
}

/// What is said of each finding: path, part, commit by number, blobs, and further paths.
pub(crate) fn told(repository: &Repository) -> Vec<String> {
    let outcome = repository.run();
    let text = |raw: &[u8]| String::from_utf8_lossy(&outcome.redactor.redact(raw)).into_owned();
    let told = outcome.findings.iter().map(|placed| {
        let origin = placed.git.as_ref().expect("it lies in a repository");
        let order = origin.commit.as_ref().map(|commit| commit.order);
        let order = order.map_or("-".to_owned(), |order| order.to_string());
        let further: Vec<_> = placed.places.iter().map(|p| text(&p.path)).collect();
        format!(
            "{} {} {order} x{}{}{} [{}]",
            text(&placed.path),
            placed.finding.part.name(),
            origin.n_objects,
            if origin.reachable { "" } else { " unreachable" },
            if placed.active { "" } else { " silent" },
            further.join(" ")
        )
    });
    told.collect()
}
