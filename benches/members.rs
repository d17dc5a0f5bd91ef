//! Every file that leakgate scans of some containers, one path a line.
//!
//!     cargo run --release --example members -- FILE...
//!
//! For comparison with what the tool of each format lists. Skips go to standard error.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use leakgate::blob::{Blob, Content, Exclusion, Place, Skip, Visitor};
use leakgate::config::Limits;
use leakgate::unpack::Opening;

/// Prints the paths it is given.
struct Print;

impl Visitor for Print {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        if let Content::Stream(reader, _) = blob.content {
            let _ = io::copy(reader, &mut io::sink());
        }
        print(&blob.place.path);
        ControlFlow::Continue(())
    }

    fn opened(&mut self, place: &Place, _len: u64) {
        print(&place.path);
    }

    fn skip(&mut self, skip: Skip) {
        let what = String::from_utf8_lossy(&skip.what);
        let _ = writeln!(io::stderr(), "{what}: {}", skip.reason);
    }

    fn exclude(&mut self, _exclusion: Exclusion) {}
}

fn print(path: &[u8]) {
    let _ = io::stdout().write_all(&[path, b"\n"].concat());
}

fn main() -> ExitCode {
    let mut opening = Opening::new(Box::new(Print), Limits::default(), None);
    for path in std::env::args().skip(1) {
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes));
        if let Err(error) = read {
            let _ = writeln!(io::stderr(), "members: {path}: {error}");
            return ExitCode::from(2);
        }
        let place = Place {
            path: path.into_bytes(),
            containers: 0,
            holder: None,
        };
        let _ = opening.blob(Blob {
            content: Content::Whole(&bytes),
            place: &place,
            version: None,
            news: None,
        });
    }
    ExitCode::SUCCESS
}
