//! A world for tests: a clock moved by hand, seeded randomness, an in-process network, complete nodes on it.
//!
//! Services are real, the world is fake: nodes run on SQLite in memory and reach each other without sockets, ports or waiting.

mod answer;
mod clock;
mod folder;
mod network;
mod random;
mod scenario;
mod vault;
mod world;

pub use answer::Answer;
pub use clock::ManualClock;
pub use folder::Folder;
pub use network::{InProcessNetwork, Sent};
pub use random::SeededRandom;
pub use scenario::{ORGANIZATION_POLICY, Scenario};
pub use vault::InMemoryVault;
pub use world::{NodeOptions, TestNode, World};
