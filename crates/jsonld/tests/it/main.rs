//! What only shows when the parts work together, and the published suites.
