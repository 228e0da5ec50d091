//! Numbers as RDF literals.
//!
//! A JSON number is a 64-bit float here, as in JavaScript and in the reference: 2^53+1 loses its last digit.
//!
//! [JSON-LD 1.1 API §8.2.2](https://www.w3.org/TR/json-ld11-api/#object-to-rdf-conversion), steps 9 to 11.

use serde_json::Number;

/// -2^63 and 2^63: whole numbers from the one to below the other are integers.
const INTEGERS: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;

/// The lexical form of a number, and whether it is that of an `xsd:integer` rather than an `xsd:double`.
pub(crate) fn lexical(number: &Number, is_double: bool) -> (String, bool) {
    let value = number.as_f64().unwrap_or_default();
    if !is_double && value.fract() == 0.0 && INTEGERS.contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range and the fraction were checked"
        )]
        let integer = value as i64;
        return (integer.to_string(), true);
    }
    (canonical_double(value), false)
}

/// Whether a whole number is the same as a 64-bit float. Other numbers were read as one.
pub(crate) fn is_exact(number: &Number) -> bool {
    let magnitude = match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => integer.unsigned_abs(),
        (None, Some(integer)) => integer,
        (None, None) => return true,
    };
    // The bits from the first to the last that is set.
    let significant =
        u64::BITS.saturating_sub(magnitude.leading_zeros() + magnitude.trailing_zeros());
    significant <= f64::MANTISSA_DIGITS
}

/// `1.5E0`: sixteen significant digits, without trailing zeros but one.
fn canonical_double(value: f64) -> String {
    let text = format!("{value:.15E}");
    let Some((mantissa, exponent)) = text.split_once('E') else { return text };
    let mantissa = mantissa.trim_end_matches('0');
    let zero = if mantissa.ends_with('.') { "0" } else { "" };
    format!("{mantissa}{zero}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_past_53_bits_may_not_be_exact() {
        for (json, expected) in [
            ("0", true),
            ("9007199254740992", true),
            ("9007199254740993", false),
            ("-9007199254740993", false),
            ("9007199254740994", true),
            ("-9223372036854775808", true),
            ("9223372036854775807", false),
            ("18446744073709551615", false),
            ("0.1", true),
            ("1e300", true),
        ] {
            let number: Number = serde_json::from_str(json).unwrap();
            assert_eq!(is_exact(&number), expected, "{json}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_reference_writes_them() {
        for (json, is_double, expected) in [
            ("0", false, ("0", true)),
            ("-0.0", false, ("0", true)),
            ("1.0", false, ("1", true)),
            ("9007199254740993", false, ("9007199254740992", true)),
            ("-9223372036854775808", false, ("-9223372036854775808", true)),
            ("9223372036854775808", false, ("9.223372036854776E18", false)),
            ("1e20", false, ("1.0E20", false)),
            ("0.5", false, ("5.0E-1", false)),
            ("0.3333333333333333", false, ("3.333333333333333E-1", false)),
            ("1.7976931348623157e308", false, ("1.797693134862316E308", false)),
            ("5e-324", false, ("4.940656458412465E-324", false)),
            ("7", true, ("7.0E0", false)),
        ] {
            let number: Number = serde_json::from_str(json).unwrap();
            let (text, is_integer) = lexical(&number, is_double);
            assert_eq!((text.as_str(), is_integer), expected, "{json}");
        }
    }
}
