//! The executable, started as operators start it.

#![cfg(test)]

mod explain;
mod program;
mod start;
