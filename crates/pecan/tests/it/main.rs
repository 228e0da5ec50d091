//! The executable, started as operators start it.

#![cfg(test)]

mod demo;
mod explain;
mod policy;
mod program;
mod start;
