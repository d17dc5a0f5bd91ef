//! Makes every object of a repository and looks at none.
//!
//!     cargo run --release --example decode -- REPOSITORY
//!
//! What the walk itself costs, for comparison with what scanning costs on top. Prints how many files
//! were handed over, how many bytes they hold and how many came as changes of others.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use leakgate::blob::{Blob, BuildVisitor, Content, Exclusion, Part, Skip, Source, Visitor};
use leakgate::source::Git;

/// What was handed over, on all threads.
#[derive(Default)]
struct Totals {
    files: AtomicU64,
    bytes: AtomicU64,
    changes: AtomicU64,
}

/// Counts what it is given.
struct Count<'a>(&'a Totals);

impl BuildVisitor for Totals {
    fn build(&self) -> Box<dyn Visitor + '_> {
        Box::new(Count(self))
    }
}

impl Visitor for Count<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let part = blob.place.holder.map(|holder| holder.part);
        let Content::Whole(bytes) = blob.content else {
            return ControlFlow::Continue(());
        };
        if part == Some(Part::Content) {
            let is_change = blob.version.is_some_and(|version| version.delta.is_some());
            self.0.files.fetch_add(1, Ordering::Relaxed);
            let len = bytes.len() as u64;
            self.0.bytes.fetch_add(len, Ordering::Relaxed);
            self.0
                .changes
                .fetch_add(u64::from(is_change), Ordering::Relaxed);
        }
        ControlFlow::Continue(())
    }

    fn skip(&mut self, _: Skip) {}

    fn exclude(&mut self, _: Exclusion) {}
}

fn main() -> ExitCode {
    let Some(repository) = std::env::args_os().nth(1) else {
        let _ = writeln!(io::stderr(), "usage: decode REPOSITORY");
        return ExitCode::from(2);
    };
    let git = Git {
        repository: repository.into(),
        ..Git::default()
    };
    let totals = Totals::default();
    if let Err(error) = git.open().and_then(|opened| opened.walk(&totals)) {
        let _ = writeln!(io::stderr(), "decode: {error}");
        return ExitCode::from(2);
    }
    let [files, bytes, changes] =
        [&totals.files, &totals.bytes, &totals.changes].map(|n| n.load(Ordering::Relaxed));
    let _ = writeln!(
        io::stdout(),
        "{files} files, {bytes} bytes, {changes} changes"
    );
    ExitCode::SUCCESS
}
