//! Keys in all the forms they come in.

use std::fs;
use std::path::Path;

use pecan_jose::algorithm::Algorithm;
use pecan_jose::base64url;
use pecan_jose::jwk::{Curve, Error, KeyKind, PrivateKey, PublicKey, VerifyError};
use pecan_jose::signer::{SignError, Signer};
use pecan_vectors::Suite;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::keys::{self, der, key};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name);
    fs::read_to_string(path).unwrap()
}

/// A public JWK of the P-256 key, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut jwk = Value::Object(key(keys::P256).public_key().to_jwk());
    change(&mut jwk);
    jwk
}

#[test]
fn every_form_of_a_key_is_the_same_key() {
    for pem in keys::ALL {
        let private = key(pem);
        let public = private.public_key();
        let from_jwk = PublicKey::from_jwk(&Value::Object(public.to_jwk())).unwrap();
        assert_eq!(&from_jwk, public);
        let again = PrivateKey::from_jwk(&Value::Object(private.to_jwk())).unwrap();
        assert_eq!(again.public_key(), public);
        assert_eq!(again.to_jwk(), private.to_jwk());
        let again = PrivateKey::from_pkcs8(&private.to_pkcs8()).unwrap();
        assert_eq!(again.to_jwk(), private.to_jwk());
    }
    let spki = ["p256", "p384", "p521", "ed25519", "x25519", "rsa2048"];
    for (name, pem) in spki.into_iter().zip(keys::ALL) {
        let public = PublicKey::from_spki(&der(&file(&format!("{name}.pub.pem")))).unwrap();
        assert_eq!(&public, key(pem).public_key());
    }
    for (name, pem) in
        [("p256.sec1", keys::P256), ("p521.sec1", keys::P521), ("rsa2048.pkcs1", keys::RSA)]
    {
        assert_eq!(key(&file(&format!("{name}.pem"))).to_jwk(), key(pem).to_jwk(), "{name}");
    }
}

#[test]
fn a_private_key_without_its_public_part_is_completed() {
    let private = key(&file("p256.no-public.pem"));
    assert_eq!(private.to_jwk(), key(keys::P256).to_jwk());
}

#[test]
fn a_point_under_which_everything_verifies_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::ed25519(&identity), Err(Error::SmallOrder));
    // The same `y` with the other sign of `x`.
    identity[31] = 0x80;
    assert_eq!(PublicKey::ed25519(&identity), Err(Error::SmallOrder));
    let mut prime_minus_one = [0xff; 32];
    prime_minus_one[0] = 0xec;
    assert_eq!(PublicKey::ed25519(&prime_minus_one), Err(Error::SmallOrder));
}

#[test]
fn a_compressed_point_is_the_same_key() {
    for (pem, curve) in
        [(keys::P256, Curve::P256), (keys::P384, Curve::P384), (keys::P521, Curve::P521)]
    {
        let public = key(pem).public_key().clone();
        let jwk = public.to_jwk();
        let [x, y] = ["x", "y"].map(|name| base64url::decode(jwk[name].as_str().unwrap()).unwrap());
        let sign = 2 + (y.last().unwrap() & 1);
        let compressed = [&[sign], x.as_slice()].concat();
        assert_eq!(PublicKey::ec(curve, &compressed), Ok(public.clone()));
        let negated = PublicKey::ec(curve, &[&[sign ^ 1], x.as_slice()].concat()).unwrap();
        assert_ne!(negated, public);
        // SEC 1's other spellings are refused: hybrid, infinity, cut off, with a tail.
        let hybrid = [&[4 + sign], x.as_slice(), y.as_slice()].concat();
        assert_eq!(PublicKey::ec(curve, &hybrid), Err(Error::UnsupportedEncoding));
        assert_eq!(PublicKey::ec(curve, &[0]), Err(Error::UnsupportedEncoding));
        assert_eq!(PublicKey::ec(curve, &[]), Err(Error::UnsupportedEncoding));
        for length in 1..compressed.len() {
            let cut = &compressed[..length];
            assert_eq!(PublicKey::ec(curve, cut), Err(Error::WrongLength { name: "x" }));
        }
    }
    // No point of P-256 has this x.
    let mut x = [0xff; 33];
    x[0] = 2;
    assert_eq!(PublicKey::ec(Curve::P256, &x), Err(Error::PointNotOnCurve));
}

#[test]
fn jwks_that_are_no_keys_are_refused() {
    let wrong_length = |name| Error::WrongLength { name };
    let cases: [(Value, Error); 14] = [
        (json!("x"), Error::NotAnObject),
        (json!({}), Error::MissingMember { name: "kty" }),
        (json!({"kty":1}), Error::WrongType { name: "kty" }),
        (json!({"kty":"oct","k":"AA"}), Error::PrivateMember { name: "k" }),
        (json!({"kty":"oct"}), Error::UnsupportedKeyType { name: "oct".to_owned() }),
        (json!({"kty":"ec"}), Error::UnsupportedKeyType { name: "ec".to_owned() }),
        (
            json!({"kty":"EC","crv":"secp256k1"}),
            Error::UnsupportedCurve { name: "secp256k1".to_owned() },
        ),
        (json!({"kty":"OKP","crv":"Ed448"}), Error::UnsupportedCurve { name: "Ed448".to_owned() }),
        (changed(|jwk| jwk["x"] = json!("AA")), wrong_length("x")),
        (changed(|jwk| jwk["x"] = json!("A".repeat(100_000))), wrong_length("x")),
        (changed(|jwk| jwk["x"] = json!("!!")), Error::NotBase64Url { name: "x" }),
        (changed(|jwk| jwk["y"] = json!(null)), Error::WrongType { name: "y" }),
        (changed(|jwk| jwk["y"] = jwk["x"].clone()), Error::PointNotOnCurve),
        (changed(|jwk| jwk["d"] = json!("AA")), Error::PrivateMember { name: "d" }),
    ];
    for (jwk, expected) in cases {
        assert_eq!(PublicKey::from_jwk(&jwk), Err(expected), "{jwk}");
    }
}

#[test]
fn rsa_keys_are_neither_small_nor_huge_nor_odd_ones_out() {
    let rsa = |bytes: usize, last: u8, e: &[u8]| {
        let mut n = vec![0xff; bytes];
        n[bytes - 1] = last;
        PublicKey::from_jwk(
            &json!({"kty":"RSA","n":base64url::encode(&n),"e":base64url::encode(e)}),
        )
    };
    let e = [1, 0, 1];
    assert_eq!(rsa(255, 1, &e), Err(Error::ModulusSize { bits: 2040 }));
    assert_eq!(rsa(1025, 1, &e), Err(Error::ModulusSize { bits: 8200 }));
    assert_eq!(rsa(256, 0, &e), Err(Error::UnusableRsa));
    assert_eq!(rsa(256, 1, &[1]), Err(Error::UnusableRsa));
    assert_eq!(rsa(256, 1, &[2]), Err(Error::UnusableRsa));
    assert_eq!(rsa(256, 1, &[1, 0, 0, 0, 0, 0, 1]), Err(Error::UnusableRsa));
    assert_eq!(rsa(256, 1, &[0, 3]), Err(Error::WrongLength { name: "e" }));
    assert!(rsa(256, 1, &e).is_ok() && rsa(1024, 1, &e).is_ok());
    let small = PrivateKey::from_pem(&file("rsa1024.pem")).err();
    assert!(matches!(small, Some(Error::ModulusSize { .. } | Error::Inconsistent)), "{small:?}");
}

#[test]
fn a_private_part_of_another_key_is_refused() {
    let other = key(keys::P256_OTHER).to_jwk();
    let mut jwk = Value::Object(key(keys::P256).to_jwk());
    jwk["d"] = other["d"].clone();
    assert_eq!(PrivateKey::from_jwk(&jwk).err(), Some(Error::Inconsistent));
    for pem in [keys::ED25519, keys::X25519] {
        let mut jwk = Value::Object(key(pem).to_jwk());
        jwk["d"] = other["d"].clone();
        assert_eq!(PrivateKey::from_jwk(&jwk).err(), Some(Error::Inconsistent));
    }
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut jwk = Value::Object(key(keys::RSA).to_jwk());
        jwk[member] = json!("Aw");
        assert_eq!(PrivateKey::from_jwk(&jwk).err(), Some(Error::Inconsistent), "{member}");
    }
    let mut jwk = Value::Object(key(keys::RSA).to_jwk());
    jwk["p"] = json!("_".repeat(400));
    assert_eq!(PrivateKey::from_jwk(&jwk).err(), Some(Error::WrongLength { name: "p" }));
    for d in ["AA", "", "A"] {
        let mut jwk = Value::Object(key(keys::P256).to_jwk());
        jwk["d"] = json!(d);
        assert!(PrivateKey::from_jwk(&jwk).is_err());
    }
    for d in [[0; 32], [0xff; 32]] {
        let mut jwk = Value::Object(key(keys::P256).to_jwk());
        jwk["d"] = json!(base64url::encode(&d));
        assert_eq!(PrivateKey::from_jwk(&jwk).err(), Some(Error::Inconsistent));
    }
}

#[test]
fn a_public_key_is_no_private_key() {
    for pem in keys::ALL {
        let jwk = Value::Object(key(pem).public_key().to_jwk());
        let missing = PrivateKey::from_jwk(&jwk).err();
        assert_eq!(missing, Some(Error::MissingMember { name: "d" }));
    }
}

#[test]
fn what_a_jwk_says_about_its_use_is_obeyed() {
    let allows = |members: Value| {
        let jwk = changed(|jwk| {
            for (name, value) in members.as_object().unwrap() {
                jwk[name] = value.clone();
            }
        });
        PublicKey::from_jwk(&jwk).map(|key| key.allows(Algorithm::Es256))
    };
    assert_eq!(allows(json!({"alg":"ES256","use":"sig","key_ops":["verify"]})), Ok(true));
    assert_eq!(allows(json!({"use":"enc"})), Ok(false));
    assert_eq!(allows(json!({"use":"other"})), Ok(false));
    assert_eq!(allows(json!({"key_ops":["deriveKey"]})), Ok(false));
    assert_eq!(allows(json!({"key_ops":[]})), Ok(false));
    assert_eq!(allows(json!({"alg":"ECDH-ES+A256KW"})), Ok(false));
    assert_eq!(allows(json!({"alg":"ECDH-ES"})), Ok(false));
    let wrong = |name: &str| Err(Error::WrongAlgorithm { name: name.to_owned() });
    assert_eq!(allows(json!({"alg":"ES384"})), wrong("ES384"));
    assert_eq!(allows(json!({"alg":"PS256"})), wrong("PS256"));
    assert_eq!(allows(json!({"alg":"RSA-OAEP-256"})), wrong("RSA-OAEP-256"));
    assert_eq!(allows(json!({"alg":1})), Err(Error::WrongType { name: "alg" }));
    assert_eq!(allows(json!({"use":1})), Err(Error::WrongType { name: "use" }));
    assert_eq!(allows(json!({"key_ops":"verify"})), Err(Error::WrongType { name: "key_ops" }));
}

#[test]
fn each_kind_of_key_has_its_algorithms() {
    let kinds = [
        (keys::P256, KeyKind::P256, Some(Algorithm::Es256), 1),
        (keys::P384, KeyKind::P384, Some(Algorithm::Es384), 1),
        (keys::P521, KeyKind::P521, Some(Algorithm::Es512), 1),
        (keys::ED25519, KeyKind::Ed25519, Some(Algorithm::EdDsa), 1),
        (keys::X25519, KeyKind::X25519, None, 0),
        (keys::RSA, KeyKind::Rsa, Some(Algorithm::Ps256), 4),
    ];
    for (pem, kind, algorithm, count) in kinds {
        let private = key(pem);
        let public = private.public_key();
        assert_eq!((public.kind(), public.algorithm()), (kind, algorithm));
        let allowed = Algorithm::ALL.into_iter().filter(|algorithm| public.allows(*algorithm));
        assert_eq!(allowed.count(), count, "{kind:?}");
    }
}

#[test]
fn a_key_bound_to_an_algorithm_keeps_to_it() {
    let private = key(keys::RSA).with_algorithm(Algorithm::Ps384).unwrap();
    assert_eq!(private.algorithm(), Algorithm::Ps384);
    let signature = private.sign(b"x").unwrap();
    let public = private.public_key();
    assert_eq!(public.verify(Algorithm::Ps384, b"x", &signature), Ok(()));
    let algorithm = Algorithm::Ps256;
    let refused = public.verify(algorithm, b"x", &signature);
    assert_eq!(refused, Err(VerifyError::AlgorithmNotAllowed { algorithm }));
    assert!(key(keys::P256).with_algorithm(Algorithm::Ps256).is_err());
    // RS256 is verified, never made.
    let old = key(keys::RSA).with_algorithm(Algorithm::Rs256).unwrap();
    let algorithm = Algorithm::Rs256;
    assert_eq!(old.sign(b"x"), Err(SignError::AlgorithmNotAllowed { algorithm }));
}

#[test]
fn other_encodings_are_refused() {
    let refused = |text: &str| PrivateKey::from_pem(text).err();
    for text in ["", "-----BEGIN PRIVATE KEY-----", &keys::P256.replace("PRIVATE", "PUBLIC")] {
        assert_eq!(refused(text), Some(Error::UnsupportedEncoding), "{text}");
    }
    assert_eq!(refused(&file("secp256k1.pem")), Some(Error::UnsupportedEncoding));
    assert_eq!(refused(&file("p256.pub.pem")), Some(Error::UnsupportedEncoding));
    assert_eq!(refused(&[keys::P256, keys::P256].concat()), Some(Error::UnsupportedEncoding));
    let mislabelled = keys::P256.replace("END PRIVATE", "END EC PRIVATE");
    assert_eq!(refused(&mislabelled), Some(Error::UnsupportedEncoding));
    let pkcs8 = key(keys::P256).to_pkcs8();
    for length in 0..pkcs8.len() {
        assert!(PrivateKey::from_pkcs8(&pkcs8[..length]).is_err());
    }
    assert!(PrivateKey::from_pkcs8(&[&pkcs8[..], &[0]].concat()).is_err());
    let spki = der(&file("p256.pub.pem"));
    for length in 0..spki.len() {
        assert!(PublicKey::from_spki(&spki[..length]).is_err());
    }
    // More inside the outer sequence than belongs there.
    let mut longer = spki;
    longer[1] += 2;
    longer.extend([5, 0]);
    assert_eq!(PublicKey::from_spki(&longer), Err(Error::UnsupportedEncoding));
}

#[test]
fn published_thumbprints_come_out() {
    let Some(suite) = Suite::find("vectors/rfc") else { return };
    let mut tally = suite.tally();
    for case in suite.json("vectors.json")["thumbprint"].as_array().unwrap() {
        let thumbprint = PublicKey::from_jwk(&case["jwk"]).unwrap().thumbprint();
        assert_eq!(thumbprint, case["sha256"].as_str().unwrap());
        tally.case(case["source"].as_str().unwrap(), Ok(()));
    }
    tally.finish();
}

#[test]
fn the_thumbprint_ignores_members_that_are_not_the_key() {
    let jwk = json!({"crv":"P-256","kty":"EC","alg":"ES256","kid":"x","x":"0sQ7HzjqQHrtqiggnLKWPob6l1OG_EkzjlVb04ZpHFA","y":"xmQqfE3P5MqeRSwiwCUchnUdKWgXeplHnCyKG9gfy3Q"});
    let thumbprint = PublicKey::from_jwk(&jwk).unwrap().thumbprint();
    assert_eq!(thumbprint, "Z7tduuXhBuEV8Y8POpSv3imlRNvS3Fy9FPF-l8tl9cM");
}

#[test]
fn the_key_of_the_worked_example_is_read_from_pem_and_jwk() {
    let pem = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGEc0RIVeLlbwfMyv
v1/80uvii/E5bkBe1WpqF86ywD+hRANCAASt6gprVBFz6dR80oVdWpvaElyxK2TA
ANpkI0xmQv3v+PYHAlTCuJC/W22LkIKOCqevHlxSo07ZaM2dRMcanLGN
-----END PRIVATE KEY-----
";
    let jwk = json!({"crv":"P-256","d":"GEc0RIVeLlbwfMyvv1_80uvii_E5bkBe1WpqF86ywD8","kty":"EC","x":"reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g","y":"9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0"});
    assert_eq!(Value::Object(key(pem).to_jwk()), jwk);
    assert_eq!(Value::Object(PrivateKey::from_jwk(&jwk).unwrap().to_jwk()), jwk);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, text: String) {
        let _ = PublicKey::from_spki(&bytes);
        let _ = PublicKey::rsa_pkcs1(&bytes);
        let _ = PrivateKey::from_pkcs8(&bytes);
        let _ = PrivateKey::from_pem(&text);
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let _ = PublicKey::ec(curve, &bytes);
        }
    }

    #[test]
    fn a_changed_encoding_is_answered(position in 0..1216_usize, value: u8) {
        for pem in keys::ALL {
            let mut pkcs8 = key(pem).to_pkcs8().to_vec();
            let length = pkcs8.len();
            pkcs8[position % length] = value;
            let _ = PrivateKey::from_pkcs8(&pkcs8);
        }
    }

    #[test]
    fn any_members_are_answered(
        kty in "EC|OKP|RSA|oct", crv in "P-256|P-521|Ed25519|X25519", x in "[A-Za-z0-9_-]{0,50}",
        y in "[A-Za-z0-9_-]{0,50}", d in "[A-Za-z0-9_-]{0,50}"
    ) {
        let jwk = json!({"kty":kty,"crv":crv,"x":x,"y":y,"n":x,"e":y,"d":d});
        let _ = PublicKey::from_jwk(&jwk);
        let _ = PrivateKey::from_jwk(&jwk);
    }
}

#[test]
fn private_keys_are_written_as_pem_that_reads_the_same() {
    for pem in keys::ALL {
        let private = key(pem);
        let written = private.to_pem();
        assert_eq!(PrivateKey::from_pem(&written).unwrap().public_key(), private.public_key());
        assert!(written.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(written.ends_with("\n-----END PRIVATE KEY-----\n"));
        assert!(written.lines().all(|line| line.len() <= 64));
    }
    // What OpenSSL wrote comes out as it was.
    assert_eq!(*key(keys::RSA).to_pem(), keys::RSA);
    assert_eq!(*key(keys::P384).to_pem(), keys::P384);
}
