//! The door of the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    quipu::cli::run()
}
