//! Status lists of others: when they are fetched, whom they bind, and what happens when they are not to be had.

use std::io::Write as _;

use futures_util::future::join_all;
use pecan_credentials::status::bitstring_status_list;
use pecan_node::verifier::status::Settings;
use pecan_node::verifier::{CredentialError, StatusError};
use serde_json::{Value, json};
use time::Duration;

use crate::outsider::{Encounter, Outsider, entry, tampered, with_status};

const REVOKED: &str = "credential is revoked";
const UNKNOWN: &str = "status of credential cannot be determined";
const STRICT: Settings = Settings { accept_unknown: false, accept_unknown_types: false };

#[tokio::test]
async fn a_list_is_fetched_once_and_tells_about_all_its_credentials() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[0, 131_071]);
    for (index, expected) in [(0, REVOKED), (1, ""), (131_070, ""), (131_071, REVOKED)] {
        for format in ["jwt_vc", "ldp_vc"] {
            let credential = encounter.issue(format, with_status(entry(&url, index)));
            assert_eq!(encounter.refusal(&credential).await, expected, "{index}");
        }
    }
    assert_eq!(encounter.requests(&url), 1);
    let sent = encounter.node.network.sent.lock().unwrap();
    let request = sent.iter().find(|request| request.url.as_str() == url).unwrap();
    assert_eq!((request.purpose, request.use_cache), ("status-list", false));
}

#[tokio::test]
async fn a_list_that_many_wait_for_is_fetched_once() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[3]);
    let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    let all = join_all((0..50).map(|_| encounter.refusal(&credential))).await;
    assert!(all.iter().all(|refusal| refusal == REVOKED));
    assert_eq!(encounter.requests(&url), 1);
}

#[tokio::test]
async fn a_revocation_is_seen_after_fifteen_minutes_and_not_before() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[]);
    let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    assert_eq!(encounter.refusal(&credential).await, "");
    encounter.publish("1", &[3]);
    encounter.node.clock.advance(Duration::minutes(15) - Duration::SECOND);
    assert_eq!(encounter.refusal(&credential).await, "");
    encounter.node.clock.advance(Duration::SECOND);
    assert_eq!(encounter.refusal(&credential).await, REVOKED);
    assert_eq!(encounter.requests(&url), 2);
}

#[tokio::test]
async fn an_old_list_counts_on_when_it_cannot_be_replaced_and_its_host_is_left_in_peace() {
    let encounter = Encounter::with(STRICT).await;
    let url = encounter.publish("1", &[3]);
    let now = encounter.now();
    let long = |draft: &mut pecan_credentials::credential::Draft| {
        draft.expires_at = Some(now + Duration::days(100));
    };
    let issue = |index| {
        encounter.issue("jwt_vc", |draft| {
            with_status(entry(&url, index))(draft);
            long(draft);
        })
    };
    let (revoked, good) = (issue(3), issue(4));
    assert_eq!(encounter.refusal(&revoked).await, REVOKED);
    encounter.node.network.answer(&url, 503, "", "");
    // Also past the end of the list itself, which is a day.
    encounter.node.clock.advance(Duration::days(40));
    for _ in 0..5 {
        assert_eq!(encounter.refusal(&revoked).await, REVOKED);
        assert_eq!(encounter.refusal(&good).await, "");
    }
    assert_eq!(encounter.requests(&url), 2);
    encounter.node.clock.advance(Duration::seconds(15));
    assert_eq!(encounter.refusal(&revoked).await, REVOKED);
    assert_eq!(encounter.requests(&url), 3);
}

#[tokio::test]
async fn a_copy_survives_a_restart() {
    let encounter = Encounter::with(STRICT).await;
    let url = encounter.publish("1", &[3]);
    let revoked = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    let good = encounter.issue("jwt_vc", with_status(entry(&url, 4)));
    assert_eq!(encounter.refusal(&good).await, "");
    encounter.node.network.answer(&url, 503, "", "");
    let restarted = encounter.restarted(STRICT);
    assert!(matches!(restarted.check(&revoked).await, Err(CredentialError::Revoked)));
    assert_eq!(encounter.requests(&url), 1, "the copy is not old yet");
    encounter.node.clock.advance(Duration::hours(1));
    let restarted = encounter.restarted(STRICT);
    assert!(restarted.check(&good).await.is_ok());
    assert_eq!(encounter.requests(&url), 2, "now it is, and nothing better is to be had");
}

#[tokio::test]
async fn a_copy_of_the_future_is_none() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[]);
    let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    assert_eq!(encounter.refusal(&credential).await, "");
    encounter.publish("1", &[3]);
    encounter.node.clock.advance(-Duration::hours(1));
    assert_eq!(encounter.refusal(&credential).await, REVOKED);
}

#[tokio::test]
async fn without_any_list_configuration_decides() {
    for (settings, expected) in [(Settings::default(), ""), (STRICT, UNKNOWN)] {
        let encounter = Encounter::with(settings).await;
        let url = encounter.list_url("gone");
        let credential = encounter.issue("ldp_vc", with_status(entry(&url, 3)));
        for _ in 0..3 {
            assert_eq!(encounter.refusal(&credential).await, expected);
        }
        assert_eq!(encounter.requests(&url), 1, "a failure is remembered for a moment");
        encounter.node.clock.advance(Duration::seconds(16));
        encounter.publish("gone", &[3]);
        assert_eq!(encounter.refusal(&credential).await, REVOKED);
    }
}

#[tokio::test]
async fn rubbish_is_no_list() {
    let encounter = Encounter::with(STRICT).await;
    let now = encounter.now();
    let url = encounter.list_url("1");
    let processor = &encounter.processor;
    let good = encounter.issuer.list(&url, &[3], now, processor);
    let elsewhere =
        encounter.issuer.list("https://issuer.example.nl/lists/2", &[3], now, processor);
    let mut unsigned: Value = serde_json::from_str(&good).unwrap();
    unsigned.as_object_mut().unwrap().remove("proof");
    let encoded = |list: String| {
        let subject = json!({"id": url, "type": "StatusList2021", "statusPurpose": "revocation", "encodedList": list});
        encounter.issuer.list_of(&subject, now, processor)
    };
    let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    for (name, body) in [
        ("empty", String::new()),
        ("text", "not found".to_owned()),
        ("array", "[]".to_owned()),
        ("null", "null".to_owned()),
        ("another credential", encounter.issue("ldp_vc", |_| ()).raw().to_owned()),
        ("another list", elsewhere),
        ("tampered", good.replace("encodedList\":\"H", "encodedList\":\"I")),
        ("unsigned", unsigned.to_string()),
        ("short", encoded(gzip(1024))),
        ("bomb", encoded(gzip(64 * 1024 * 1024))),
        ("no gzip", encoded("AAAA".to_owned())),
    ] {
        encounter.serve_list(&url, &body);
        assert_eq!(encounter.refusal(&credential).await, UNKNOWN, "{name}");
        encounter.node.clock.advance(Duration::seconds(15));
    }
    encounter.serve_list(&url, &format!(" {good}\n"));
    assert_eq!(encounter.refusal(&credential).await, REVOKED);
}

fn gzip(bytes: usize) -> String {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; bytes]).unwrap();
    pecan_jose::base64url::encode(&encoder.finish().unwrap())
}

#[tokio::test]
async fn a_token_is_a_list_also_within_quotes() {
    let encounter = Encounter::with(STRICT).await;
    let now = encounter.now();
    let quote = |token: String| format!("\"{token}\"");
    let bare = |token: String| token;
    for (name, form) in [("1", &quote as &dyn Fn(String) -> String), ("2", &bare)] {
        let url = encounter.list_url(name);
        let list: Value =
            serde_json::from_str(&encounter.issuer.list(&url, &[3], now, &encounter.processor))
                .unwrap();
        let draft = pecan_credentials::credential::Draft {
            contexts: serde_json::from_value(list["@context"].clone()).unwrap(),
            types: serde_json::from_value(list["type"].clone()).unwrap(),
            subjects: vec![list["credentialSubject"].as_object().unwrap().clone()],
            ..encounter.draft()
        };
        let token = encounter.issuer.sign(draft, "jwt_vc", &encounter.processor);
        encounter.serve_list(&url, &form(token.raw().to_owned()));
        let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
        assert_eq!(encounter.refusal(&credential).await, REVOKED);
    }
}

#[tokio::test]
async fn a_list_of_another_issuer_is_refused_whatever_it_says() {
    let encounter = Encounter::new().await;
    let stranger = Outsider::new(&encounter.node.network, "stranger.example.nl");
    let url = encounter.list_url("1");
    let list = stranger.list(&url, &[3], encounter.now(), &encounter.processor);
    encounter.serve_list(&url, &list);
    for index in [3, 4] {
        let credential = encounter.issue("jwt_vc", with_status(entry(&url, index)));
        let refused = encounter.verifier.check(&credential).await.unwrap_err();
        assert_eq!(refused.to_string(), "status list is not of the issuer of the credential");
        let CredentialError::Status(StatusError::Foreign { found }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(found, "did:web:stranger.example.nl");
    }
}

#[tokio::test]
async fn nobody_but_an_issuer_makes_us_fetch_a_list() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[3]);
    for format in ["jwt_vc", "ldp_vc"] {
        let forged = tampered(&encounter.issue(format, with_status(entry(&url, 3))));
        assert!(encounter.refusal(&forged).await.ends_with("invalid ECDSA signature"));
    }
    assert_eq!(encounter.requests(&url), 0);
}

#[tokio::test]
async fn entries_of_other_types_and_purposes_follow_their_own_rules() {
    let unknown = json!({"id": "https://a.example/1#1", "type": "RevocationList2020Status"});
    let url = "https://issuer.example.nl/lists/1";
    let mut suspended = entry(url, 3);
    suspended["statusPurpose"] = json!("suspension");
    let lenient = Settings { accept_unknown_types: true, ..Settings::default() };
    for (settings, status, expected) in [
        (
            Settings::default(),
            &unknown,
            "credential has a status of unknown type `RevocationList2020Status`",
        ),
        (lenient, &unknown, ""),
        (Settings::default(), &suspended, ""),
    ] {
        let encounter = Encounter::with(settings).await;
        let credential = encounter.issue("jwt_vc", with_status(status.clone()));
        assert_eq!(encounter.refusal(&credential).await, expected);
        assert_eq!(encounter.requests(url), 0);
    }
}

#[tokio::test]
async fn a_bitstring_status_list_revokes_too() {
    let encounter = Encounter::with(STRICT).await;
    let url = encounter.list_url("b");
    let mut bits = pecan_credentials::status::Bitstring::new();
    bits.set(3, true).unwrap();
    let subject = json!({
        "id": format!("{url}#list"),
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": bitstring_status_list::encode(&bits),
    });
    let draft = pecan_credentials::credential::Draft {
        id: url.clone(),
        types: vec!["VerifiableCredential".into(), "BitstringStatusListCredential".into()],
        subjects: vec![subject.as_object().unwrap().clone()],
        ..encounter.draft()
    };
    let list = encounter.issuer.sign(draft, "jwt_vc", &encounter.processor);
    encounter.serve_list(&url, list.raw());
    for (index, expected) in [(3, REVOKED), (4, "")] {
        let status = json!({
            "id": format!("{url}#{index}"),
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index.to_string(),
            "statusListCredential": url,
        });
        let credential = encounter.issue("jwt_vc", with_status(status));
        assert_eq!(encounter.refusal(&credential).await, expected);
    }
    let other_kind = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    assert_eq!(encounter.refusal(&other_kind).await, UNKNOWN);
}

#[tokio::test]
async fn a_credential_cannot_send_us_to_many_places() {
    let encounter = Encounter::new().await;
    let many = (0..9).map(|number| entry(&encounter.list_url(&number.to_string()), 1)).collect();
    let credential = encounter.issue("jwt_vc", |draft| {
        with_status(json!(null))(draft);
        draft.statuses = many;
    });
    assert_eq!(encounter.refusal(&credential).await, "credential has more than 8 status entries");
}

#[tokio::test]
async fn lists_in_use_are_replaced_in_the_background() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[]);
    let credential = encounter.issue("jwt_vc", with_status(entry(&url, 3)));
    assert_eq!(encounter.refusal(&credential).await, "");
    encounter.publish("1", &[3]);
    encounter.node.clock.advance(Duration::minutes(9));
    encounter.verifier.refresh_status_lists().await.unwrap();
    assert_eq!((encounter.requests(&url), encounter.refusal(&credential).await.as_str()), (1, ""));
    encounter.node.clock.advance(Duration::minutes(1));
    encounter.verifier.refresh_status_lists().await.unwrap();
    assert_eq!(encounter.refusal(&credential).await, REVOKED);
    assert_eq!(encounter.requests(&url), 2);

    encounter.node.network.answer(&url, 503, "", "");
    encounter.node.clock.advance(Duration::minutes(10));
    let failed = encounter.verifier.refresh_status_lists().await.unwrap_err();
    assert_eq!(failed, "1 of 1 status lists could not be downloaded");
    assert_eq!(encounter.refusal(&credential).await, REVOKED);

    encounter.node.clock.advance(Duration::hours(2));
    encounter.verifier.refresh_status_lists().await.unwrap();
    assert_eq!(encounter.requests(&url), 3, "nobody has asked for it in a long time");
}
