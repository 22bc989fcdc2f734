//! The command line, on the same core as the page.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    twoviews::platform::cli::main()
}

/// The browser's build has no command line; it is a library.
#[cfg(target_arch = "wasm32")]
fn main() {}
