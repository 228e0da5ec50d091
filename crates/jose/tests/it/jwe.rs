//! Encryption and its refusals.

use pecan_jose::base64url;
use pecan_jose::jwe::{
    self, COMPACT_BYTES_MAX, DecryptError, EncryptError, EncryptionInputs, Jwe, KeyManagement,
    PLAINTEXT_BYTES_MAX, ParseError,
};
use pecan_jose::jwk::PrivateKey;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::keys::{self, key};

/// A recipient and an ephemeral key for it, where one is needed.
fn pairs() -> Vec<(PrivateKey, Option<PrivateKey>)> {
    let x25519 = json!({"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08","d":"XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os"});
    vec![
        (key(keys::P256), Some(key(keys::P256_OTHER))),
        (key(keys::P384), Some(key(keys::P384))),
        (key(keys::P521), Some(key(keys::P521))),
        (key(keys::X25519), Some(PrivateKey::from_jwk(&x25519).unwrap())),
        (key(keys::RSA), None),
    ]
}

fn inputs(ephemeral: Option<&PrivateKey>) -> EncryptionInputs<'_> {
    EncryptionInputs { content_key: Zeroizing::new([7; 32]), iv: [9; 12], ephemeral }
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn encrypted(header: &Value) -> (String, PrivateKey) {
    let (recipient, ephemeral) = pairs().remove(0);
    let ephemeral = ephemeral.as_ref();
    let text = jwe::encrypt(recipient.public_key(), &members(header), b"text", &inputs(ephemeral))
        .unwrap();
    (text, recipient)
}

#[test]
fn every_kind_of_key_receives_what_was_sent() {
    for (recipient, ephemeral) in pairs() {
        let header = members(&json!({"kid":"k","apu":"QWxpY2U","apv":"Qm9i","enc":"A256GCM"}));
        let text = jwe::encrypt(
            recipient.public_key(),
            &header,
            b"plain text",
            &inputs(ephemeral.as_ref()),
        )
        .unwrap();
        let parsed = Jwe::parse(&text).unwrap();
        assert_eq!(parsed.key_id(), Some("k"));
        assert_eq!(parsed.content_encryption().name(), "A256GCM");
        assert_eq!(Some(parsed.algorithm()), KeyManagement::of(recipient.public_key().kind()));
        let decrypted = jwe::decrypt(&text, &recipient).unwrap();
        assert_eq!(&decrypted.plaintext[..], b"plain text");
        assert_eq!(decrypted.header["kid"], json!("k"));
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused_with_one_error() {
    for (recipient, ephemeral) in pairs() {
        let text = jwe::encrypt(
            recipient.public_key(),
            &members(&json!({"kid":"k"})),
            b"plain text",
            &inputs(ephemeral.as_ref()),
        )
        .unwrap();
        let header_bytes = text.find('.').unwrap();
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            match jwe::decrypt(&String::from_utf8(bytes).unwrap(), &recipient) {
                Ok(_) => panic!("accepted at {position}"),
                Err(DecryptError::Failed | DecryptError::Parse(_)) => {}
                // A changed header may name the other algorithm.
                Err(DecryptError::AlgorithmNotAllowed { .. }) => assert!(position < header_bytes),
            }
        }
    }
}

#[test]
fn another_key_does_not_decrypt() {
    let (text, _) = encrypted(&json!({}));
    assert_eq!(jwe::decrypt(&text, &key(keys::P256_OTHER)).err(), Some(DecryptError::Failed));
    // The ephemeral point is on another curve.
    assert_eq!(jwe::decrypt(&text, &key(keys::P384)).err(), Some(DecryptError::Failed));
    assert_eq!(jwe::decrypt(&text, &key(keys::X25519)).err(), Some(DecryptError::Failed));
    let algorithm = KeyManagement::EcdhEsA256Kw;
    for pem in [keys::RSA, keys::ED25519] {
        let refused = jwe::decrypt(&text, &key(pem)).err();
        assert_eq!(refused, Some(DecryptError::AlgorithmNotAllowed { algorithm }));
    }
}

#[test]
fn a_key_for_signatures_does_not_decrypt() {
    let (text, recipient) = encrypted(&json!({}));
    for (name, value) in
        [("use", json!("sig")), ("alg", json!("ES256")), ("key_ops", json!(["sign"]))]
    {
        let mut jwk = recipient.to_jwk();
        jwk.insert(name.to_owned(), value);
        let key = PrivateKey::from_jwk(&Value::Object(jwk)).unwrap();
        let algorithm = KeyManagement::EcdhEsA256Kw;
        let refused = jwe::decrypt(&text, &key).err();
        assert_eq!(refused, Some(DecryptError::AlgorithmNotAllowed { algorithm }));
    }
}

#[test]
fn the_names_of_the_parties_are_part_of_the_key() {
    let (text, recipient) = encrypted(&json!({"apu":"QWxpY2U","apv":"Qm9i"}));
    let parts: Vec<&str> = text.split('.').collect();
    let header = String::from_utf8(base64url::decode(parts[0]).unwrap()).unwrap();
    let swapped =
        header.replace(r#""apu":"QWxpY2U","apv":"Qm9i""#, r#""apu":"Qm9i","apv":"QWxpY2U""#);
    assert_ne!(header, swapped);
    let text = text.replacen(parts[0], &base64url::encode(swapped.as_bytes()), 1);
    assert_eq!(jwe::decrypt(&text, &recipient).err(), Some(DecryptError::Failed));
}

#[test]
fn a_hostile_ephemeral_point_is_refused() {
    let recipient = key(keys::X25519);
    let zero = base64url::encode(&[0; 32]);
    let curve = json!({"kty":"EC","crv":"P-256","x":zero,"y":zero});
    for epk in [json!({"kty":"OKP","crv":"X25519","x":zero}), curve, json!("x"), json!({})] {
        let header = json!({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":epk}).to_string();
        let text = format!(
            "{}.{}.{}..{}",
            base64url::encode(header.as_bytes()),
            "A".repeat(54),
            "A".repeat(16),
            "A".repeat(22)
        );
        assert_eq!(jwe::decrypt(&text, &recipient).err(), Some(DecryptError::Failed), "{header}");
    }
}

#[test]
fn headers_that_are_not_supported_are_refused() {
    let alg = |name: &str| ParseError::UnsupportedAlgorithm { name: name.to_owned() };
    let cases = [
        (json!({}), ParseError::MissingMember { name: "alg" }),
        (json!({"alg":1}), ParseError::InvalidMember { name: "alg" }),
        (json!({"alg":"RSA1_5","enc":"A256GCM"}), alg("RSA1_5")),
        (json!({"alg":"dir","enc":"A256GCM"}), alg("dir")),
        (json!({"alg":"none","enc":"A256GCM"}), alg("none")),
        (
            json!({"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1_000_000_000}),
            alg("PBES2-HS256+A128KW"),
        ),
        (json!({"alg":"RSA-OAEP-256"}), ParseError::MissingMember { name: "enc" }),
        (json!({"alg":"RSA-OAEP-256","enc":"A512GCM"}), alg("A512GCM")),
        (
            json!({"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}),
            ParseError::UnsupportedMember { name: "zip" },
        ),
        (
            json!({"alg":"RSA-OAEP-256","enc":"A256GCM","crit":["exp"],"exp":1}),
            ParseError::UnsupportedMember { name: "crit" },
        ),
        (
            json!({"alg":"RSA-OAEP-256","enc":"A256GCM","kid":1}),
            ParseError::InvalidMember { name: "kid" },
        ),
        (
            json!({"alg":"ECDH-ES+A256KW","enc":"A256GCM","apu":1}),
            ParseError::InvalidMember { name: "apu" },
        ),
        (
            json!({"alg":"ECDH-ES+A256KW","enc":"A256GCM","apv":"?"}),
            ParseError::InvalidMember { name: "apv" },
        ),
        (
            json!({"alg":"ECDH-ES+A256KW","enc":"A256GCM","apv":"A".repeat(4000)}),
            ParseError::InvalidMember { name: "apv" },
        ),
    ];
    for (header, expected) in cases {
        let text = format!("{}....", base64url::encode(header.to_string().as_bytes()));
        assert_eq!(Jwe::parse(&text), Err(expected), "{header}");
    }
}

#[test]
fn other_shapes_are_refused() {
    let long = "A".repeat(COMPACT_BYTES_MAX + 1);
    let header = base64url::encode(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
    let cases = [
        (String::new(), ParseError::PartCount),
        (format!("{header}..."), ParseError::PartCount),
        (format!("{header}....."), ParseError::PartCount),
        (r#"{"protected":""}"#.to_owned(), ParseError::JsonSerialization),
        (format!("{header}.=..."), ParseError::NotBase64Url),
        (long, ParseError::TooLarge { limit: COMPACT_BYTES_MAX }),
    ];
    for (text, expected) in cases {
        assert_eq!(Jwe::parse(&text), Err(expected));
    }
    let huge = format!("{}....", "A".repeat(20_000));
    assert!(matches!(Jwe::parse(&huge), Err(ParseError::TooLarge { .. })));
    let twice = base64url::encode(br#"{"alg":"RSA-OAEP-256","alg":"RSA1_5","enc":"A256GCM"}"#);
    assert!(matches!(Jwe::parse(&format!("{twice}....")), Err(ParseError::InvalidHeader(_))));
}

#[test]
fn nothing_is_encrypted_that_could_not_be_read() {
    let (recipient, ephemeral) = pairs().remove(0);
    let ephemeral = ephemeral.unwrap();
    let encrypt = |header: Value, ephemeral| {
        jwe::encrypt(recipient.public_key(), &members(&header), b"x", &inputs(ephemeral)).err()
    };
    let unsupported = |name| Some(EncryptError::UnsupportedAlgorithm { name });
    let not_allowed = |name| Some(EncryptError::MemberNotAllowed { name });
    let good = Some(&ephemeral);
    assert_eq!(encrypt(json!({"alg":"RSA-OAEP-256"}), good), unsupported("alg"));
    assert_eq!(encrypt(json!({"enc":"A128GCM"}), good), unsupported("enc"));
    assert_eq!(encrypt(json!({"zip":"DEF"}), good), not_allowed("zip"));
    assert_eq!(encrypt(json!({"epk":{}}), good), not_allowed("epk"));
    assert_eq!(encrypt(json!({"crit":["x"],"x":1}), good), not_allowed("crit"));
    assert_eq!(encrypt(json!({"kid":1}), good), not_allowed("kid"));
    assert_eq!(encrypt(json!({"apu":1}), good), not_allowed("apu"));
    assert_eq!(encrypt(json!({}), None), Some(EncryptError::UnfitEphemeral));
    let other = key(keys::P384);
    assert_eq!(encrypt(json!({}), Some(&other)), Some(EncryptError::UnfitEphemeral));
    let signing_only = key(keys::ED25519);
    let refused = jwe::encrypt(signing_only.public_key(), &Map::new(), b"x", &inputs(None));
    assert_eq!(refused, Err(EncryptError::NotForEncryption));
    let huge = vec![0; PLAINTEXT_BYTES_MAX + 1];
    let refused = jwe::encrypt(recipient.public_key(), &Map::new(), &huge, &inputs(good));
    assert_eq!(refused, Err(EncryptError::TooLarge { limit: PLAINTEXT_BYTES_MAX }));
    let largest = vec![0; PLAINTEXT_BYTES_MAX];
    let text = jwe::encrypt(recipient.public_key(), &Map::new(), &largest, &inputs(good)).unwrap();
    assert_eq!(jwe::decrypt(&text, &recipient).unwrap().plaintext.len(), PLAINTEXT_BYTES_MAX);
}

/// RFC 7518 appendix C, with 128 bits there and 256 here: the agreement is checked by Wycheproof; this pins the text.
#[test]
fn the_same_inputs_give_the_same_text() {
    let (first, _) = encrypted(&json!({"kid":"k"}));
    let (second, _) = encrypted(&json!({"kid":"k"}));
    assert_eq!(first, second);
    assert_eq!(first.split('.').count(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_answered(text: String, header: String, key_part: Vec<u8>, iv: Vec<u8>) {
        let recipient = key(keys::P256);
        let _ = jwe::decrypt(&text, &recipient);
        let text = format!("{}.{}.{}..", base64url::encode(header.as_bytes()), base64url::encode(&key_part), base64url::encode(&iv));
        let _ = jwe::decrypt(&text, &recipient);
    }

    #[test]
    fn any_parts_behind_a_good_header_are_answered(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 4), enc in 0..6_usize
    ) {
        let (text, recipient) = encrypted(&json!({}));
        let header = base64url::decode(text.split('.').next().unwrap()).unwrap();
        let name = jwe::ContentEncryption::ALL[enc].name();
        let header = String::from_utf8(header).unwrap().replace("A256GCM", name);
        let mut text = base64url::encode(header.as_bytes());
        for part in &parts {
            text = text + "." + &base64url::encode(part);
        }
        prop_assert_eq!(jwe::decrypt(&text, &recipient).err(), Some(DecryptError::Failed));
    }

    #[test]
    fn what_was_encrypted_is_read_back(plaintext: Vec<u8>, kid: String) {
        let (recipient, ephemeral) = pairs().remove(0);
        let header = members(&json!({ "kid": kid }));
        let text = jwe::encrypt(recipient.public_key(), &header, &plaintext, &inputs(ephemeral.as_ref())).unwrap();
        let decrypted = jwe::decrypt(&text, &recipient).unwrap();
        prop_assert_eq!(&decrypted.plaintext[..], &plaintext[..]);
        prop_assert_eq!(decrypted.header["kid"].as_str(), Some(kid.as_str()));
    }
}
