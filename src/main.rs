//! The `leakgate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    leakgate::cli::main()
}
