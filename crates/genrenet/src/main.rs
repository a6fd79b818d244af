//! The `genrenet` command.

fn main() {}
