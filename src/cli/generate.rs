//! `completions` and `man`: both are made from the arguments themselves.

use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::print;
use crate::error::{Error, Result};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "leakgate", &mut script);
    print(&script, 0)
}

pub(super) fn man() -> Result<u8> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
    rendered.map_err(|source| Error::System {
        what: "the manual page",
        source,
    })?;
    for command in Cli::command().get_subcommands() {
        let man = clap_mangen::Man::new(command.clone());
        let rendered = man.render_synopsis_section(&mut page);
        let rendered = rendered.and_then(|()| man.render_options_section(&mut page));
        rendered.map_err(|source| Error::System {
            what: "the manual page",
            source,
        })?;
    }
    print(&page, 0)
}
