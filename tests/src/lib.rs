//! End to end tests; see `it`.
