//! Reads every file of a repository one by one, with libgit2.
//!
//!     cargo run --release --example read_git2 -- REPOSITORY
//!
//! For comparison with what leakgate needs to read and scan them. Prints how many files there are and
//! how many bytes they hold.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use git2::{Error, ObjectType, Oid, Repository};

/// Number of files, and their bytes.
fn read(repository: &OsString) -> Result<(u64, u64), Error> {
    let repository = Repository::open(repository)?;
    let store = repository.odb()?;
    let mut ids: Vec<Oid> = Vec::new();
    store.foreach(|&id| {
        ids.push(id);
        true
    })?;
    let (mut files, mut bytes) = (0, 0);
    for id in ids {
        let object = store.read(id)?;
        if object.kind() == ObjectType::Blob {
            files += 1;
            bytes += object.data().len() as u64;
        }
    }
    Ok((files, bytes))
}

fn main() -> ExitCode {
    let Some(repository) = std::env::args_os().nth(1) else {
        let _ = writeln!(io::stderr(), "usage: read_git2 REPOSITORY");
        return ExitCode::from(2);
    };
    match read(&repository) {
        Ok((files, bytes)) => {
            let _ = writeln!(io::stdout(), "{files} files, {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "read_git2: {error}");
            ExitCode::from(2)
        }
    }
}
