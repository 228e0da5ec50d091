//! Wallets: what goes in, what can be presented, and what presentations look like (contract/credentials.md 6.5, 6.6).

use std::sync::Arc;

use pecan_credentials::contexts::{CREDENTIALS_V1, JWS_2020, NUTS_V1};
use pecan_credentials::credential::{Credential, self_attested};
use pecan_credentials::did::Did;
use pecan_credentials::format::PresentationFormat;
use pecan_credentials::presentation::Presentation;
use pecan_jose::jwt::Claims;
use pecan_node::FailureKind;
use pecan_node::wallet::{
    CREDENTIALS_MAX, CreateError, LoadError, PresentationOrder, PresentationRequest, Wallet,
    WalletError,
};
use serde_json::{Value, json};
use time::Duration;

use crate::outsider::{Encounter, entry, tampered, with_status};

/// A wallet of this node's subject `clinic`, and the issuer whom it got its credentials from.
struct Home {
    encounter: Encounter,
    wallet: Wallet,
    did: Did,
}

impl Home {
    async fn new() -> Self {
        let encounter = Encounter::new().await;
        let wallet = wallet(&encounter);
        let did = encounter.node.create("clinic").await;
        Self { encounter, wallet, did }
    }

    fn issue(
        &self,
        number: usize,
        format: &str,
        change: impl FnOnce(&mut pecan_credentials::credential::Draft),
    ) -> Credential {
        let Encounter { issuer, processor, .. } = &self.encounter;
        let mut draft = issuer.draft(&self.did, self.encounter.now());
        draft.id = format!("{}#{number}", issuer.did);
        change(&mut draft);
        issuer.sign(draft, format, processor)
    }

    async fn load(&self, credential: &Credential) -> Result<(), LoadError> {
        self.wallet.load("clinic", credential).await
    }

    async fn presentable(&self) -> Vec<String> {
        ids(&self.wallet.presentable(&self.did, self.encounter.now()).await.unwrap())
    }

    async fn request(
        &self,
        credentials: Vec<Credential>,
        format: PresentationFormat,
    ) -> PresentationRequest {
        let now = self.encounter.now();
        PresentationRequest {
            key: self.encounter.node.subjects.signing_key(&self.did).await.unwrap(),
            credentials,
            audience: "https://verifier.example.nl/oauth2/hospital".to_owned(),
            nonce: "nonce".to_owned(),
            format,
            created_at: now,
            expires_at: now + Duration::seconds(5),
        }
    }
}

fn wallet(encounter: &Encounter) -> Wallet {
    let node = &encounter.node;
    Wallet::new(
        node.env.clone(),
        node.subjects.clone(),
        node.keys.clone(),
        encounter.verifier.clone(),
        Arc::clone(&encounter.processor),
    )
}

fn ids(credentials: &[Credential]) -> Vec<String> {
    let fragment = |it: &Credential| it.id().unwrap().rsplit_once('#').unwrap().1.to_owned();
    credentials.iter().map(fragment).collect()
}

#[tokio::test]
async fn credentials_stay_in_the_order_in_which_they_were_loaded() {
    let home = Home::new().await;
    for number in [3, 1, 2] {
        home.load(&home.issue(number, "jwt_vc", |_| ())).await.unwrap();
    }
    assert_eq!(home.presentable().await, ["3", "1", "2"]);
    home.wallet.remove("clinic", "did:web:issuer.example.nl#1").await.unwrap();
    home.load(&home.issue(1, "ldp_vc", |_| ())).await.unwrap();
    assert_eq!(home.presentable().await, ["3", "2", "1"]);
}

#[tokio::test]
async fn the_same_credential_is_loaded_once_and_another_one_of_its_id_never() {
    let home = Home::new().await;
    let credential = home.issue(1, "ldp_vc", |_| ());
    home.load(&credential).await.unwrap();
    home.load(&credential).await.unwrap();
    let pretty = serde_json::to_string_pretty(credential.raw_value()).unwrap();
    home.load(&Credential::parse(&pretty).unwrap()).await.unwrap();
    let stored = &home.wallet.all(&home.did).await.unwrap()[0];
    assert_eq!(stored.raw(), credential.raw(), "what was received first stays");
    let differs = home.load(&home.issue(1, "jwt_vc", |_| ())).await.unwrap_err();
    assert_eq!(differs.kind(), FailureKind::Conflict);
    assert_eq!(
        differs.to_string(),
        "credential with this ID already exists with different contents: did:web:issuer.example.nl#1"
    );
    assert_eq!(home.presentable().await, ["1"]);
}

#[tokio::test]
async fn what_is_refused_is_told_in_the_order_of_the_checks() {
    let home = Home::new().await;
    let url = home.encounter.publish("1", &[3]);
    let good = home.issue(1, "jwt_vc", |_| ());
    let nobody = home.wallet.load("nobody", &good).await.unwrap_err();
    let now = home.encounter.now();
    for (error, kind, text) in [
        (nobody, FailureKind::NotFound, "subject not found"),
        (
            home.load(&Credential::parse("{}").unwrap()).await.unwrap_err(),
            FailureKind::Invalid,
            "invalid credentialSubject.ID: unable to get subject DID from VC: there must be at least 1 credentialSubject",
        ),
        (
            // Neither its signature nor its end is looked at.
            home.load(&tampered(&home.encounter.issue("jwt_vc", |_| ()))).await.unwrap_err(),
            FailureKind::Invalid,
            "subject does not own DID specified by credentialSubject.ID",
        ),
        (
            home.load(&home.issue(2, "jwt_vc", with_status(entry(&url, 3)))).await.unwrap_err(),
            FailureKind::Conflict,
            "credential is revoked",
        ),
        (
            home.load(&home.issue(3, "ldp_vc", |it| it.expires_at = Some(now - Duration::HOUR)))
                .await
                .unwrap_err(),
            FailureKind::Invalid,
            "credential not valid at given time",
        ),
        (
            home.load(&tampered(&home.issue(4, "ldp_vc", |_| ()))).await.unwrap_err(),
            FailureKind::Invalid,
            "presentation(s) or credential(s) verification failed: invalid signature: invalid proof signature: invalid ECDSA signature",
        ),
    ] {
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
    }
    assert!(home.wallet.all(&home.did).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_has_ended_or_was_revoked_is_kept_and_not_presented() {
    let home = Home::new().await;
    let url = home.encounter.publish("1", &[]);
    let now = home.encounter.now();
    home.load(&home.issue(1, "jwt_vc", |it| it.expires_at = Some(now + Duration::HOUR)))
        .await
        .unwrap();
    home.load(&home.issue(2, "jwt_vc", with_status(entry(&url, 3)))).await.unwrap();
    home.load(&home.issue(3, "jwt_vc", |_| ())).await.unwrap();
    assert_eq!(home.presentable().await, ["1", "2", "3"]);
    home.encounter.publish("1", &[3]);
    home.encounter.node.clock.advance(Duration::hours(2));
    let downloaded_at = home.encounter.now();
    assert_eq!(home.presentable().await, ["3"]);
    assert_eq!(ids(&home.wallet.list("clinic").await.unwrap()), ["3"]);
    let all = home.wallet.search("clinic").await.unwrap();
    let revoked: Vec<_> = all.iter().map(|it| it.revocation.map(|it| it.date)).collect();
    assert_eq!(revoked, [None, Some(downloaded_at), None]);
    assert_eq!(ids(&home.wallet.all(&home.did).await.unwrap()), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_status_that_cannot_be_told_hides_nothing_from_the_owner() {
    let home = Home::new().await;
    let url = home.encounter.list_url("gone");
    home.load(&home.issue(1, "jwt_vc", with_status(entry(&url, 3)))).await.unwrap();
    let all = home.wallet.search("clinic").await.unwrap();
    assert_eq!((all.len(), all[0].revocation), (1, None));
}

#[tokio::test]
async fn what_is_removed_is_gone_and_what_is_not_there_is_not_found() {
    let home = Home::new().await;
    home.load(&home.issue(1, "jwt_vc", |_| ())).await.unwrap();
    assert_eq!(home.presentable().await, ["1"]);
    let id = "did:web:issuer.example.nl#1";
    home.wallet.remove("clinic", id).await.unwrap();
    assert!(home.presentable().await.is_empty());
    for (subject, id, text) in [
        ("clinic", id, "credential not found"),
        ("clinic", "foo", "credential not found"),
        ("nobody", id, "subject not found"),
    ] {
        let error = home.wallet.remove(subject, id).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (FailureKind::NotFound, text));
    }
    assert!(matches!(home.wallet.list("nobody").await, Err(WalletError::SubjectNotFound)));
    assert!(matches!(home.wallet.search("nobody").await, Err(WalletError::SubjectNotFound)));
}

#[tokio::test]
async fn another_node_on_the_database_sees_a_change_within_two_seconds() {
    let home = Home::new().await;
    let other = wallet(&home.encounter);
    home.load(&home.issue(1, "jwt_vc", |_| ())).await.unwrap();
    let seen = async || ids(&other.presentable(&home.did, home.encounter.now()).await.unwrap());
    assert_eq!(seen().await, ["1"]);
    home.load(&home.issue(2, "jwt_vc", |_| ())).await.unwrap();
    home.encounter.node.clock.advance(Duration::seconds(2));
    assert_eq!(seen().await, ["1", "2"]);
    home.wallet.remove("clinic", "did:web:issuer.example.nl#1").await.unwrap();
    home.encounter.node.clock.advance(Duration::seconds(2));
    assert_eq!(seen().await, ["2"]);
}

#[tokio::test]
async fn parallel_loads_of_one_credential_store_it_once() {
    let home = Home::new().await;
    let credential = home.issue(1, "jwt_vc", |_| ());
    let loads = (0..20).map(|_| home.load(&credential));
    for load in futures_util::future::join_all(loads).await {
        load.unwrap();
    }
    assert_eq!(home.presentable().await, ["1"]);
}

#[tokio::test]
async fn a_wallet_has_an_end() {
    let home = Home::new().await;
    let template = home.issue(0, "jwt_vc", |_| ());
    fill(&home, &template, usize::try_from(CREDENTIALS_MAX).unwrap()).await;
    let full = home.load(&home.issue(10_001, "jwt_vc", |_| ())).await.unwrap_err();
    assert_eq!(full.kind(), FailureKind::Conflict);
    assert_eq!(full.to_string(), "wallet is full: it holds 10000 credentials");
    assert_eq!(home.presentable().await.len(), 10_000);
}

/// Puts many rows into the wallet, without the checks of a load.
async fn fill(home: &Home, template: &Credential, count: usize) {
    let holder = home.did.as_str();
    let raw = template.raw();
    let filled = home.encounter.node.env.db.write("test.fill", async |tx| {
        for number in 1..=count {
            let (id, position) = (format!("{number}"), i64::try_from(number).unwrap_or(0));
            tx.execute(
                "INSERT INTO wallet_credential (holder, credential_id, position, raw) VALUES (?, ?, ?, ?)",
                &[holder.into(), id.as_str().into(), position.into(), raw.into()],
            )
            .await?;
        }
        let count = i64::try_from(count).unwrap_or(0);
        tx.execute("INSERT INTO wallet (holder, version) VALUES (?, ?)", &[holder.into(), count.into()])
            .await
    });
    let filled: Result<u64, pecan_platform::sql::SqlError> = filled.await;
    filled.unwrap();
}

#[tokio::test]
async fn a_jwt_presentation_names_holder_audience_and_nonce() {
    let home = Home::new().await;
    let credentials = vec![home.issue(1, "jwt_vc", |_| ()), home.issue(2, "ldp_vc", |_| ())];
    let request = home.request(credentials, PresentationFormat::JwtVp).await;
    let key_id = request.key.id.to_string();
    let token = home.wallet.present(request).await.unwrap();
    let presentation = Presentation::parse(&token).unwrap();
    let jws = presentation.jws().unwrap();
    assert_eq!((jws.header().typ(), jws.header().key_id()), (Some("JWT"), Some(key_id.as_str())));
    let claims = Claims::parse(jws.payload()).unwrap().into_members();
    let now = home.encounter.now().unix_timestamp();
    let did = home.did.as_str();
    for (claim, expected) in [
        ("iss", json!(did)),
        ("sub", json!(did)),
        ("aud", json!("https://verifier.example.nl/oauth2/hospital")),
        ("nonce", json!("nonce")),
        ("iat", json!(now)),
        ("nbf", json!(now)),
        ("exp", json!(now + 5)),
    ] {
        assert_eq!(claims[claim], expected, "{claim}");
    }
    assert!(claims["jti"].as_str().unwrap().starts_with(&format!("{did}#")));
    let vp = &claims["vp"];
    assert_eq!(vp["@context"], json!([CREDENTIALS_V1]));
    assert_eq!(vp["type"], json!(["VerifiablePresentation"]));
    assert!(vp["verifiableCredential"][0].is_string() && vp["verifiableCredential"][1].is_object());
    assert_eq!(home.encounter.presentation_refusal(&presentation).await, "");
}

#[tokio::test]
async fn a_json_ld_presentation_has_the_recorded_form() {
    let home = Home::new().await;
    let one = home.issue(1, "ldp_vc", |_| ());
    let two = home.issue(2, "ldp_vc", |_| ());
    for credentials in [vec![one.clone()], vec![one, two]] {
        let count = credentials.len();
        let request = home.request(credentials, PresentationFormat::LdpVp).await;
        let key_id = request.key.id.to_string();
        let text = home.wallet.present(request).await.unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["@context"], json!([CREDENTIALS_V1, JWS_2020]));
        assert_eq!(document["type"], "VerifiablePresentation");
        assert_eq!(document["holder"], home.did.as_str());
        let held = &document["verifiableCredential"];
        assert_eq!(held.is_array(), count > 1, "one credential stands alone");
        let proof = &document["proof"];
        for (member, expected) in [
            ("type", "JsonWebSignature2020"),
            ("domain", "https://verifier.example.nl/oauth2/hospital"),
            ("challenge", "nonce"),
            ("nonce", "nonce"),
            ("proofPurpose", "assertionMethod"),
            ("created", "2026-11-25T09:00:00Z"),
            ("expires", "2026-11-25T09:00:05Z"),
            ("verificationMethod", key_id.as_str()),
        ] {
            assert_eq!(proof[member], expected, "{member}");
        }
        let presentation = Presentation::parse(&text).unwrap();
        assert_eq!(home.encounter.presentation_refusal(&presentation).await, "");
    }
}

#[tokio::test]
async fn a_self_attested_credential_is_covered_by_the_signature_of_either_form() {
    let home = Home::new().await;
    let uuid = "7f9f2f0e-2b9d-4f4e-9f0b-0c8f4f1e6a77";
    let document = json!({
        "@context": [CREDENTIALS_V1, NUTS_V1],
        "type": ["VerifiableCredential", "NutsEmployeeCredential"],
        "credentialSubject": {"identifier": "1", "name": "J. Doe", "roleName": "nurse"},
    });
    let mut members = document.as_object().unwrap().clone();
    self_attested::fill(&mut members, uuid, &home.did, home.encounter.now());
    let credential = Credential::from_value(Value::Object(members)).unwrap();
    for (format, id) in [
        (PresentationFormat::JwtVp, uuid.to_owned()),
        (PresentationFormat::LdpVp, format!("urn:uuid:{uuid}")),
    ] {
        let request = home.request(vec![credential.clone()], format).await;
        let text = home.wallet.present(request).await.unwrap();
        let presentation = Presentation::parse(&text).unwrap();
        assert_eq!(presentation.credentials()[0].id(), Some(id.as_str()));
        assert_eq!(home.encounter.presentation_refusal(&presentation).await, "");
        if format == PresentationFormat::LdpVp {
            let changed = Presentation::parse(&text.replace("nurse", "doctor")).unwrap();
            let refusal = home.encounter.presentation_refusal(&changed).await;
            assert!(refusal.ends_with("invalid ECDSA signature"), "{refusal}");
        }
    }
}

#[tokio::test]
async fn an_owner_gets_the_presentation_that_was_ordered() {
    let home = Home::new().await;
    let credential = home.issue(1, "jwt_vc", |_| ());
    let order = PresentationOrder {
        credentials: vec![credential],
        challenge: Some("challenge".to_owned()),
        domain: Some("https://verifier.example.nl".to_owned()),
        format: Some("jwt_vp".to_owned()),
        ..PresentationOrder::default()
    };
    let token = home.wallet.create(order.clone()).await.unwrap();
    let token = Presentation::from_value(token).unwrap();
    assert_eq!(token.nonce(), Some("challenge"));
    assert_eq!(token.audience(), ["https://verifier.example.nl"]);
    assert_eq!(token.holder(), None);
    assert_eq!(token.expires_at(), Some(home.encounter.now() + Duration::minutes(15)));
    assert_eq!(home.encounter.presentation_refusal(&token).await, "");

    let order = PresentationOrder {
        credentials: vec![home.issue(2, "ldp_vc", |_| ())],
        contexts: vec![NUTS_V1.to_owned()],
        types: vec!["NutsSelfSignedPresentation".to_owned()],
        purpose: Some("authentication".to_owned()),
        expires: Some("2026-11-25T10:00:00Z".to_owned()),
        format: None,
        ..order
    };
    let document = home.wallet.create(order).await.unwrap();
    assert_eq!(document["@context"], json!([CREDENTIALS_V1, NUTS_V1, JWS_2020]));
    assert_eq!(document["type"], json!(["VerifiablePresentation", "NutsSelfSignedPresentation"]));
    assert_eq!(document["proof"]["proofPurpose"], "authentication");
    assert_eq!(document["proof"]["challenge"], "challenge");
    assert_eq!(document["proof"]["expires"], "2026-11-25T10:00:00Z");
    assert!(document.get("holder").is_none());
    let document = Presentation::from_value(document).unwrap();
    assert_eq!(home.encounter.presentation_refusal(&document).await, "");
}

#[tokio::test]
async fn each_mistake_in_an_order_has_its_text() {
    let home = Home::new().await;
    let good = home.issue(1, "ldp_vc", |_| ());
    let other = home.encounter.issue("ldp_vc", |_| ());
    let order =
        || PresentationOrder { credentials: vec![good.clone()], ..PresentationOrder::default() };
    let text = |text: &str| Some(text.to_owned());
    let failed = "presentation(s) or credential(s) verification failed";
    for (order, expected) in [
        (PresentationOrder::default(), "verifiableCredentials needs at least 1 item".to_owned()),
        (
            PresentationOrder { credentials: vec![good.clone(); 101], ..order() },
            "verifiableCredentials has more than 100 items".to_owned(),
        ),
        (PresentationOrder { signer: text("foo"), ..order() }, "invalid signer DID: invalid DID".to_owned()),
        (
            PresentationOrder { expires: text("soon"), ..order() },
            "invalid value for expires: not a time as in RFC 3339".to_owned(),
        ),
        (
            PresentationOrder { expires: text("2020-01-01T00:00:00Z"), ..order() },
            "expires can not lay in the past".to_owned(),
        ),
        (PresentationOrder { purpose: text("foo"), ..order() }, "unsupported proofPurpose: foo".to_owned()),
        (
            PresentationOrder { format: text("foo"), ..order() },
            "unsupported presentation proof format: foo".to_owned(),
        ),
        (
            PresentationOrder { credentials: vec![tampered(&good)], ..order() },
            format!(
                "invalid credential (id=did:web:issuer.example.nl#1): {failed}: invalid signature: invalid proof signature: invalid ECDSA signature"
            ),
        ),
        (
            PresentationOrder { credentials: vec![good.clone(), other], ..order() },
            "unable to resolve signer DID from VCs for creating VP: not all VCs have the same credentialSubject.id"
                .to_owned(),
        ),
        (
            PresentationOrder { signer: text("did:web:holder.example.nl"), ..order() },
            "unable to resolve assertion key for signing VP (did=did:web:holder.example.nl): DID is not managed by this node"
                .to_owned(),
        ),
        (
            PresentationOrder { contexts: vec!["https://evil.example/".to_owned()], ..order() },
            "document cannot be canonicalized".to_owned(),
        ),
    ] {
        let error: CreateError = home.wallet.create(order).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (FailureKind::Invalid, expected));
    }
}
