//! Tasks of this repository: `cargo xtask check`, `cargo xtask bench`.

fn main() {}
