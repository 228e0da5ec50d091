//! How wide matching reads a definition.

/// Which rules count.
///
/// A choice is made by the rules that all peers share, if these give one: a verifier comes to the same. What only this node reads is tried
/// where they fulfil no definition as a whole, and not for single descriptors, which could change a choice that peers would make.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What every peer reads.
    Shared,
    /// Also: the array of one subject is that subject, and a number without a fraction is an `integer`.
    Wider,
}

impl Reading {
    /// In the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Shared, Self::Wider];
}
