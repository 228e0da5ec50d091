//! Writes JSON in its canonical form.
//!
//! [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785).

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use crate::DEPTH_MAX;
use crate::error::Error;

/// The canonical form of a value.
pub(crate) fn print(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write_value(&mut text, value, DEPTH_MAX)?;
    Ok(text)
}

fn write_value(text: &mut String, value: &Value, depth_left: usize) -> Result<(), Error> {
    let depth_left = depth_left.checked_sub(1).ok_or(Error::TooDeep)?;
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => write_number(text, number),
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, item, depth_left)?;
            }
            text.push(']');
        }
        Value::Object(members) => write_object(text, members, depth_left)?,
    }
    Ok(())
}

/// Members are sorted by the UTF-16 code units of their names, [RFC 8785 §3.2.3].
///
/// [RFC 8785 §3.2.3]: https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3
fn write_object(
    text: &mut String,
    members: &Map<String, Value>,
    depth_left: usize,
) -> Result<(), Error> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    text.push('{');
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_string(text, name);
        text.push(':');
        write_value(text, value, depth_left)?;
    }
    text.push('}');
    Ok(())
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            // Writing to a string does not fail.
            '\0'..='\u{1f}' => drop(write!(text, "\\u{:04x}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// A number as ECMAScript writes it, [RFC 8785 §3.2.2.3](https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2.3).
fn write_number(text: &mut String, number: &Number) {
    // JSON that was read from text has no other numbers than 64-bit ones.
    let value = number.as_f64().unwrap_or_default();
    if value == 0.0 {
        text.push('0');
        return;
    }
    if value < 0.0 {
        text.push('-');
    }
    let (digits, exponent) = shortest_digits(value.abs());
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // ECMAScript Number::toString: where the decimal point stands among the digits.
    let point = exponent + 1;
    match point {
        _ if length <= point && point <= 21 => {
            text.push_str(&digits);
            (length..point).for_each(|_| text.push('0'));
        }
        1..=21 => {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
            text.push_str(whole);
            text.push('.');
            text.push_str(fraction);
        }
        -5..=0 => {
            text.push_str("0.");
            (point..0).for_each(|_| text.push('0'));
            text.push_str(&digits);
        }
        _ => {
            let (first, others) = digits.split_at(digits.len().min(1));
            text.push_str(first);
            if !others.is_empty() {
                text.push('.');
                text.push_str(others);
            }
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(text, "e{sign}{}", exponent.abs());
        }
    }
}

/// The fewest digits that read back as the same number, without zeros around them, and the exponent of the first one.
///
/// Of two that are equally near the even one is taken, as ECMAScript does and `format!` does not.
fn shortest_digits(value: f64) -> (String, i32) {
    let printed = Number::from_f64(value).map(|number| number.to_string()).unwrap_or_default();
    let (mantissa, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let zeros = all.len() - significant.len();
    let place = i32::try_from(whole.len()).unwrap_or_default()
        - i32::try_from(zeros).unwrap_or_default()
        - 1;
    (significant.trim_end_matches('0').to_owned(), exponent + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(print(&value).unwrap(), expected, "{json}");
    }

    #[test]
    fn numbers_are_written_as_in_rfc_8785_appendix_b() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            let number = Number::from_f64(f64::from_bits(bits)).unwrap();
            let mut text = String::new();
            write_number(&mut text, &number);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16() {
        check(
            r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}",
        );
    }

    #[test]
    fn strings_are_escaped_no_more_than_needed() {
        check(r#"["\u0008\u000f\"\\\/\u2028\n"]"#, "[\"\\b\\u000f\\\"\\\\/\u{2028}\\n\"]");
        check(" [ true , false , null , { } ] ", "[true,false,null,{}]");
    }

    #[test]
    fn deep_values_are_refused() {
        let mut value = Value::Null;
        for _ in 0..=DEPTH_MAX {
            value = Value::Array(vec![value]);
        }
        assert_eq!(print(&value), Err(Error::TooDeep));
    }
}
