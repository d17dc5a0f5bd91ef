//! Progress on a terminal, for anything that takes longer than a second.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::cli::args::OutputArgs;
use crate::scan::Progress;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two looks.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` and shows how far it is.
pub(super) fn watch<T>(progress: &Progress, args: &OutputArgs, work: impl FnOnce() -> T) -> T {
    if args.no_progress || args.quiet || !stderr().is_terminal() {
        return work();
    }
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let shown = thread::Builder::new().spawn_scoped(scope, move || show(progress, &waiting));
        let result = work();
        drop(done);
        // Without the thread there is no progress to see, and nothing else is lost.
        if let Ok(thread) = shown {
            let _ = thread.join();
        }
        result
    })
}

fn show(progress: &Progress, waiting: &mpsc::Receiver<()>) {
    if waiting.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::new_spinner().with_elapsed(PATIENCE);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
        bar.set_style(style);
    }
    while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let bytes = HumanBytes(progress.bytes());
        let scanned = match progress.objects() {
            0 => format!("{} files", HumanCount(progress.files())),
            objects => format!("{} git objects", HumanCount(objects)),
        };
        bar.set_message(format!("scanned {scanned}, {bytes}"));
        bar.tick();
    }
    bar.finish_and_clear();
}
