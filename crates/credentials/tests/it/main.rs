//! What only shows when the parts work together, and the published suites.

#[cfg(test)]
mod did;
#[cfg(test)]
mod did_x509;
#[cfg(test)]
mod exchange_choices;
#[cfg(test)]
mod exchange_definitions;
#[cfg(test)]
mod exchange_properties;
#[cfg(test)]
mod exchange_submissions;
#[cfg(test)]
mod golden_vectors;
#[cfg(test)]
mod jws_2020;
#[cfg(test)]
mod parsers;
#[cfg(test)]
mod presentations;
#[cfg(test)]
mod presentations_bound;
#[cfg(test)]
mod presentations_envelope;
#[cfg(test)]
mod presentations_older;
#[cfg(test)]
mod presentations_submitted;
#[cfg(test)]
mod presentations_swapped;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod rewritten;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod status;
#[cfg(test)]
mod vc_1_1;
#[cfg(test)]
mod views;
#[cfg(test)]
mod worked_examples;
#[cfg(test)]
mod world;
#[cfg(test)]
mod x509_credential;
