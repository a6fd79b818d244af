//! The library that a program embeds.
