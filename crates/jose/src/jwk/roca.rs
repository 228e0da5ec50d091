//! Tells RSA keys of a broken generator: [CVE-2017-15361](https://www.cve.org/CVERecord?id=CVE-2017-15361).
//!
//! Smart cards of many makers produced primes that are a power of 65537 modulo a product of small primes. Such a key can
//! be factored, and shows: its modulus is a power of 65537 modulo each of these primes.

/// The generator.
const GENERATOR: u32 = 65537;

/// Primes modulo which the powers of the generator are few; those that rule out most keys come first.
const PRIMES: [u32; 17] =
    [97, 37, 79, 11, 61, 73, 127, 151, 13, 17, 19, 53, 71, 103, 107, 109, 157];

/// Whether a modulus has the mark of the generator. A sound one has it with a chance far below 2⁻²⁰.
pub(super) fn is_marked(modulus: &[u8]) -> bool {
    PRIMES.into_iter().all(|prime| is_power(remainder(modulus, prime), prime))
}

fn remainder(integer: &[u8], prime: u32) -> u32 {
    integer.iter().fold(0, |remainder, octet| ((remainder << 8) | u32::from(*octet)) % prime)
}

fn is_power(value: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == value {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many residues of a prime are powers of the generator.
    fn order(prime: u32) -> usize {
        (0..prime).filter(|value| is_power(*value, prime)).count()
    }

    #[test]
    fn the_mark_is_rare() {
        let chance: f64 = PRIMES
            .into_iter()
            .map(|prime| f64::from(u32::try_from(order(prime)).unwrap()) / f64::from(prime - 1))
            .product();
        assert!(chance < 2_f64.powi(-20), "{chance:e}");
    }

    #[test]
    fn a_power_of_the_generator_is_marked() {
        assert!(is_marked(&[1]));
        assert!(is_marked(&GENERATOR.to_be_bytes()));
        assert!(!is_marked(&[2]));
        assert!(!is_marked(&[]));
    }
}
