//! What only shows when the parts work together, and the published suites.

#[cfg(test)]
mod did;
#[cfg(test)]
mod status;
