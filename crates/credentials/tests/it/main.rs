//! What only shows when the parts work together, and the published suites.

#[cfg(test)]
mod did;
#[cfg(test)]
mod exchange_choices;
#[cfg(test)]
mod exchange_definitions;
#[cfg(test)]
mod exchange_properties;
#[cfg(test)]
mod exchange_submissions;
#[cfg(test)]
mod status;
