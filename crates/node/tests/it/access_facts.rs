//! Access facts: laid down, found for decisions, withdrawn; and made of Consents.

use pecan_node::FailureKind;
use pecan_node::access_facts::{
    AccessFacts, ConsentOptions, Draft, ExpectedVersion, FACTS_FOUND_MAX, Fact, FactError, Filter,
    FindError, PAGE_MAX, Peer,
};
use serde_json::{Map, Value, json};
use time::Duration;

use crate::party::Party;

const CLIENT: &str = "https://gp.example.nl/oauth2/gp";

/// A subject of a party, and its facts.
struct Holder {
    party: Party,
    facts: AccessFacts,
    subject: String,
}

impl Holder {
    async fn on(party: Party) -> Self {
        let facts = AccessFacts::new(party.env.clone(), party.subjects.clone());
        let subject = party.name();
        party.create(&subject).await;
        Self { party, facts, subject }
    }

    async fn new() -> Self {
        Self::on(Party::new().await).await
    }

    async fn on_each_database() -> Vec<Self> {
        let mut holders = Vec::new();
        for party in Party::on_each_database().await {
            holders.push(Self::on(party).await);
        }
        holders
    }

    async fn create(&self, draft: Draft) -> Fact {
        self.facts.create(&self.subject, draft).await.unwrap()
    }

    /// The resources of the facts that are found, and whether each is a denial.
    async fn found(&self, peer: (&str, &str), resources: &[&str]) -> Vec<String> {
        let peer = Peer { client_id: Some(peer.0.to_owned()), ura: Some(peer.1.to_owned()) };
        let resources: Vec<String> = resources.iter().map(|&text| text.to_owned()).collect();
        let found = self.facts.find(&self.subject, &peer, &resources).await.unwrap();
        let mut found: Vec<String> = found
            .iter()
            .map(|fact| {
                let denies = if fact["effect"] == "deny" { "!" } else { "" };
                format!("{denies}{}", fact["resource"].as_str().unwrap())
            })
            .collect();
        found.sort();
        found
    }

    async fn refused(&self, draft: Draft) -> String {
        let error = self.facts.create(&self.subject, draft).await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Invalid);
        error.to_string()
    }
}

fn draft(resource: &str) -> Draft {
    Draft {
        scope: "eOverdracht-sender".to_owned(),
        peer: Peer { client_id: None, ura: Some("12345678".to_owned()) },
        resource: resource.to_owned(),
        operations: vec!["read".to_owned()],
        ..Draft::default()
    }
}

fn conditions(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn a_fact_is_laid_down_read_changed_and_withdrawn() {
    for holder in Holder::on_each_database().await {
        let wanted = Draft {
            peer: Peer { client_id: Some(CLIENT.to_owned()), ura: Some("12345678".to_owned()) },
            conditions: conditions(
                &json!({"user": true, "task_status": ["requested"], "own": {"a": [1]}}),
            ),
            expires_at: Some("2027-06-01T02:00:00.9+02:00".to_owned()),
            task: Some("Task/1".to_owned()),
            ..draft("Composition/7")
        };
        let created = holder.create(wanted).await;
        let expected = json!({
            "id": created.id,
            "scope": "eOverdracht-sender",
            "subject": holder.subject,
            "peer": {"client_id": CLIENT, "ura": "12345678"},
            "resource": "Composition/7",
            "operations": ["read"],
            "conditions": {"user": true, "task_status": ["requested"], "own": {"a": [1]}},
            "effect": "permit",
            "expires_at": "2027-06-01T00:00:00Z",
            "task": "Task/1",
        });
        let read = holder.facts.read(&holder.subject, &created.id).await.unwrap();
        assert_eq!((read.to_input(), read.version), (expected, 1));

        let change = |version| {
            let version = Some(ExpectedVersion::Exactly(version));
            holder.facts.update(&holder.subject, &created.id, version, draft("Task/1"))
        };
        let error = change(2).await.unwrap_err();
        assert!(matches!(error, FactError::OtherVersion { found: 1 }), "{error}");
        assert_eq!(error.kind(), FailureKind::Precondition);
        let changed = change(1).await.unwrap();
        assert_eq!((changed.version, changed.content.expires_at), (2, None));
        assert_eq!(changed.to_input()["resource"], "Task/1");
        assert!(matches!(change(1).await.unwrap_err(), FactError::OtherVersion { found: 2 }));
        let without =
            holder.facts.update(&holder.subject, &created.id, None, draft("Task/1")).await;
        assert!(matches!(without.unwrap_err(), FactError::VersionMissing));

        let delete = |version| holder.facts.delete(&holder.subject, &created.id, version);
        let error = delete(ExpectedVersion::Exactly(1)).await.unwrap_err();
        assert!(matches!(error, FactError::OtherVersion { found: 2 }));
        delete(ExpectedVersion::Any).await.unwrap();
        let error = delete(ExpectedVersion::Any).await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::NotFound);
        assert!(matches!(change(2).await.unwrap_err(), FactError::NotFound));
    }
}

#[tokio::test]
async fn two_changes_of_one_version_are_one() {
    for holder in Holder::on_each_database().await {
        let created = holder.create(draft("Task/1")).await;
        let change = || {
            let version = Some(ExpectedVersion::Exactly(1));
            holder.facts.update(&holder.subject, &created.id, version, draft("Task/2"))
        };
        let (first, second) = tokio::join!(change(), change());
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
    }
}

#[tokio::test]
async fn facts_are_found_by_peer_and_by_every_form_that_covers_a_resource() {
    for holder in Holder::on_each_database().await {
        for resource in ["Task/1", "Task", "Task/2", "*", "/a/b", "/a/*", "/*"] {
            holder.create(draft(resource)).await;
        }
        let denial = Draft {
            effect: Some("deny".to_owned()),
            operations: vec!["*".to_owned()],
            peer: Peer { client_id: Some(CLIENT.to_owned()), ura: None },
            ..draft("Task/1")
        };
        holder.create(denial).await;
        let both = Peer { client_id: Some(CLIENT.to_owned()), ura: Some("12345678".to_owned()) };
        holder.create(Draft { peer: both, ..draft("Patient/4") }).await;
        let ura = "12345678";
        for (peer, resources, expected) in [
            (("", ura), vec!["Task/1", "Task"], vec!["*", "Task", "Task/1"]),
            ((CLIENT, ura), vec!["Task/1", "Task"], vec!["!Task/1", "*", "Task", "Task/1"]),
            ((CLIENT, ""), vec!["Task/1", "Task"], vec!["!Task/1"]),
            ((CLIENT, "87654321"), vec!["Patient/4"], vec![]),
            (("", ura), vec!["Patient/4"], vec!["*"]),
            ((CLIENT, ura), vec!["Patient/4"], vec!["*", "Patient/4"]),
            (("", ura), vec!["/a/b"], vec!["*", "/*", "/a/*", "/a/b"]),
            (("", ura), vec!["/a/b/c"], vec!["*", "/*", "/a/*"]),
            (("", ura), vec!["/ab"], vec!["*", "/*"]),
            (("", ura), vec![], vec!["*"]),
            (("", ""), vec!["Task/1"], vec![]),
        ] {
            assert_eq!(holder.found(peer, &resources).await, expected, "{peer:?} {resources:?}");
        }
        let peer = Peer { client_id: Some(CLIENT.to_owned()), ura: Some(ura.to_owned()) };
        let found =
            holder.facts.find(&holder.subject, &peer, &["Task/1".to_owned()]).await.unwrap();
        assert_eq!(found[0]["effect"], "deny", "denials come first");
        let other = holder.facts.find("another", &peer, &["Task/1".to_owned()]).await.unwrap();
        assert_eq!(other, [Value::Null; 0]);
    }
}

#[tokio::test]
async fn too_much_to_find_is_an_error_and_no_half_truth() {
    let holder = Holder::new().await;
    let peer = Peer { client_id: None, ura: Some("12345678".to_owned()) };
    let find = |resources: Vec<String>| {
        let (facts, subject, peer) = (&holder.facts, &holder.subject, &peer);
        async move { facts.find(subject, peer, &resources).await }
    };
    for _ in 0..FACTS_FOUND_MAX {
        holder.create(draft("Task/1")).await;
    }
    let task = || vec!["Task/1".to_owned()];
    assert_eq!(find(task()).await.unwrap().len(), FACTS_FOUND_MAX);
    holder.create(draft("Task")).await;
    assert!(matches!(
        find(vec!["Task/1".into(), "Task".into()]).await,
        Err(FindError::TooManyFacts)
    ));
    let many = (0..16).map(|number| format!("Task/{number}")).collect();
    assert!(matches!(find(many).await, Err(FindError::TooManyResources)));
}

#[tokio::test]
async fn an_expired_fact_is_gone_at_once_and_swept_later() {
    for holder in Holder::on_each_database().await {
        let end = holder.party.env.clock.now() + Duration::minutes(1);
        let end = end.format(&time::format_description::well_known::Rfc3339).unwrap();
        let short = holder.create(Draft { expires_at: Some(end), ..draft("Task/1") }).await;
        holder.create(draft("Task/1")).await;
        let count = async || holder.found(("", "12345678"), &["Task/1"]).await.len();
        assert_eq!(count().await, 2);
        holder.party.clock.advance(Duration::minutes(1));
        assert_eq!(count().await, 1);
        let read = holder.facts.read(&holder.subject, &short.id).await;
        assert!(matches!(read.unwrap_err(), FactError::NotFound));
        let version = Some(ExpectedVersion::Any);
        let update = holder.facts.update(&holder.subject, &short.id, version, draft("Task/1"));
        assert!(matches!(update.await.unwrap_err(), FactError::NotFound));
        let list = holder.facts.list(&holder.subject, &Filter::default()).await.unwrap();
        assert_eq!(list.facts.len(), 1);
        assert!(holder.facts.sweep().await.unwrap() >= 1);
        assert_eq!((holder.facts.sweep().await.unwrap(), count().await), (0, 1));
    }
}

#[tokio::test]
async fn withdrawing_by_task_takes_its_permissions_and_leaves_denials() {
    for holder in Holder::on_each_database().await {
        let bound =
            |resource: &str, task: &str| Draft { task: Some(task.to_owned()), ..draft(resource) };
        holder.create(bound("Composition/7", "Task/1")).await;
        holder.create(bound("Patient/4", "Task/1")).await;
        holder.create(bound("Patient/4", "Task/2")).await;
        let denial = Draft { effect: Some("deny".to_owned()), ..bound("Patient/4", "Task/1") };
        holder.create(denial).await;
        assert_eq!(holder.facts.delete_by_task(&holder.subject, "Task/1").await.unwrap(), 2);
        assert_eq!(holder.facts.delete_by_task(&holder.subject, "Task/1").await.unwrap(), 0);
        let left = holder.found(("", "12345678"), &["Patient/4", "Composition/7"]).await;
        assert_eq!(left, ["!Patient/4", "Patient/4"]);
        let error = holder.facts.delete_by_task(&holder.subject, "").await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Invalid);
    }
}

#[tokio::test]
async fn every_change_counts_for_the_next_decision_at_once() {
    for holder in Holder::on_each_database().await {
        let (facts, subject) = (&holder.facts, &holder.subject);
        let found = async || holder.found(("", "12345678"), &["Task/1", "Composition/7"]).await;
        assert!(found().await.is_empty());
        let fact = holder.create(draft("Task/1")).await;
        assert_eq!(found().await, ["Task/1"]);
        let any = ExpectedVersion::Any;
        facts.update(subject, &fact.id, Some(any), draft("Composition/7")).await.unwrap();
        assert_eq!(found().await, ["Composition/7"]);
        facts.delete(subject, &fact.id, any).await.unwrap();
        assert!(found().await.is_empty());
        let options =
            ConsentOptions { scope: Some("s".to_owned()), task: Some("Task/1".to_owned()) };
        facts.import(subject, &stu3(), &options).await.unwrap();
        assert_eq!(found().await, ["Composition/7"]);
        facts.delete_by_task(subject, "Task/1").await.unwrap();
        assert!(found().await.is_empty());

        // What ends while it is remembered is not told any more.
        let end = holder.party.env.clock.now() + Duration::seconds(1);
        let end = end.format(&time::format_description::well_known::Rfc3339).unwrap();
        holder.create(Draft { expires_at: Some(end), ..draft("Task/1") }).await;
        assert_eq!(found().await, ["Task/1"]);
        holder.party.clock.advance(Duration::seconds(1));
        assert!(found().await.is_empty());
    }
}

#[tokio::test]
async fn lists_come_in_pages_whose_cursor_ends() {
    for holder in Holder::on_each_database().await {
        for number in 0..7 {
            let scope = if number % 2 == 0 { "a" } else { "b" };
            let task = Some(format!("Task/{}", number % 3));
            holder.create(Draft { scope: scope.to_owned(), task, ..draft("Patient/4") }).await;
        }
        for (filter, expected) in [
            (Filter::default(), 7),
            (Filter { scope: Some("a".to_owned()), ..Filter::default() }, 4),
            (Filter { task: Some("Task/0".to_owned()), ..Filter::default() }, 3),
            (Filter { resource: Some("Patient/4".to_owned()), ..Filter::default() }, 7),
            (Filter { resource: Some("Patient/5".to_owned()), ..Filter::default() }, 0),
            (Filter { ura: Some("12345678".to_owned()), ..Filter::default() }, 7),
            (Filter { client_id: Some(CLIENT.to_owned()), ..Filter::default() }, 0),
        ] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            for _ in 0..5 {
                let filter = Filter { limit: Some(2), cursor: cursor.take(), ..filter.clone() };
                let page = holder.facts.list(&holder.subject, &filter).await.unwrap();
                seen.extend(page.facts.into_iter().map(|fact| fact.id));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(cursor, None, "{filter:?}");
            seen.dedup();
            assert_eq!(seen.len(), expected, "{filter:?}");
        }
        for limit in [0, PAGE_MAX + 1] {
            let filter = Filter { limit: Some(limit), ..Filter::default() };
            assert!(holder.facts.list(&holder.subject, &filter).await.is_err());
        }
    }
}

#[tokio::test]
async fn what_is_no_fact_is_refused_by_member() {
    let holder = Holder::new().await;
    let deny = || Some("deny".to_owned());
    for (draft, member) in [
        (Draft { scope: String::new(), ..draft("Task/1") }, "scope"),
        (Draft { scope: "a b".to_owned(), ..draft("Task/1") }, "scope"),
        (draft("Task/1/_history/2"), "resource"),
        (draft("https://elsewhere.example.nl/Task/1"), "resource"),
        (Draft { peer: Peer::default(), ..draft("Task/1") }, "peer"),
        (
            Draft { peer: Peer { client_id: None, ura: Some(String::new()) }, ..draft("Task/1") },
            "peer.ura",
        ),
        (
            Draft {
                peer: Peer { client_id: Some("a\0".to_owned()), ura: None },
                ..draft("Task/1")
            },
            "peer.client_id",
        ),
        (Draft { operations: vec![], ..draft("Task/1") }, "operations"),
        (Draft { operations: vec!["*".to_owned()], ..draft("Task/1") }, "operations"),
        (Draft { effect: Some("maybe".to_owned()), ..draft("Task/1") }, "effect"),
        (
            Draft {
                effect: deny(),
                conditions: conditions(&json!({"user": true})),
                ..draft("Task/1")
            },
            "conditions",
        ),
        (
            Draft { conditions: conditions(&json!({"user": "yes"})), ..draft("Task/1") },
            "conditions.user",
        ),
        (
            Draft { conditions: conditions(&json!({"task_status": ["x"]})), ..draft("Task/1") },
            "conditions.task_status",
        ),
        (
            Draft { conditions: conditions(&json!({"x": "y".repeat(9000)})), ..draft("Task/1") },
            "conditions",
        ),
        (
            Draft { expires_at: Some("2026-11-25T08:59:59Z".to_owned()), ..draft("Task/1") },
            "expires_at",
        ),
        (Draft { expires_at: Some("tomorrow".to_owned()), ..draft("Task/1") }, "expires_at"),
        (Draft { task: Some("Patient/1".to_owned()), ..draft("Task/1") }, "task"),
    ] {
        let error = holder.refused(draft).await;
        assert!(error.starts_with(&format!("`{member}` ")), "{error}");
    }
    let unknown = holder.facts.create("nobody", draft("Task/1")).await.unwrap_err();
    assert_eq!(
        (unknown.kind(), unknown.to_string()),
        (FailureKind::NotFound, "subject not found".into())
    );
}

fn actor(ura: &str) -> Value {
    json!({
        "role": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]},
        "reference": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": ura}},
    })
}

fn instance(reference: &str) -> Value {
    json!({"meaning": "instance", "reference": {"reference": reference}})
}

fn access(system: &str) -> Value {
    json!([{"coding": [{"system": system, "code": "access"}]}])
}

fn r4() -> Value {
    json!({
        "resourceType": "Consent",
        "id": "1",
        "status": "active",
        "scope": {"coding": [{"system": "https://example.nl/scopes", "code": "eoverdracht"}]},
        "category": [{"coding": [{"code": "IDSCL"}]}],
        "patient": {"reference": "Patient/4"},
        "provision": {
            "type": "permit",
            "period": {"start": "2026-11-01", "end": "2026-12-01"},
            "actor": [actor("12345678"), actor("87654321")],
            "action": access("http://terminology.hl7.org/CodeSystem/consentaction"),
            "data": [instance("Composition/7"), instance("Patient/4")],
            "provision": [{
                "type": "deny",
                "actor": [actor("87654321")],
                "data": [instance("Patient/4")],
            }],
        },
    })
}

fn stu3() -> Value {
    json!({
        "resourceType": "Consent",
        "status": "active",
        "period": {"end": "2026-12-01T00:00:00Z"},
        "actor": [actor("12345678")],
        "action": access("http://hl7.org/fhir/consentaction"),
        "data": [instance("Composition/7")],
        "except": [{"type": "deny", "data": [instance("Patient/4")]}],
    })
}

#[tokio::test]
async fn a_consent_gives_what_it_says_and_its_denials_too() {
    let holder = Holder::new().await;
    let facts = &holder.facts;
    let imported = facts.import(&holder.subject, &r4(), &ConsentOptions::default()).await.unwrap();
    assert_eq!(imported.len(), 5);
    let first = imported[0].to_input();
    assert_eq!(
        (
            &first["scope"],
            &first["peer"],
            &first["resource"],
            &first["operations"],
            &first["expires_at"]
        ),
        (
            &json!("eoverdracht"),
            &json!({"ura": "12345678"}),
            &json!("Composition/7"),
            &json!(["read", "vread", "history", "document"]),
            &json!("2026-12-02T00:00:00Z"),
        )
    );
    assert_eq!(holder.found(("", "87654321"), &["Patient/4"]).await, ["!Patient/4", "Patient/4"]);
    assert_eq!(holder.found(("", "12345678"), &["Patient/4"]).await, ["Patient/4"]);
    let denial = imported[4].to_input();
    assert_eq!((&denial["effect"], &denial["operations"]), (&json!("deny"), &json!(["*"])));

    let options = ConsentOptions { scope: Some("s".to_owned()), task: Some("Task/1".to_owned()) };
    let bundle =
        json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": stu3()}]});
    let imported = facts.import(&holder.subject, &bundle, &options).await.unwrap();
    let told: Vec<_> = imported
        .iter()
        .map(|fact| {
            (
                fact.content.effect.name(),
                fact.content.resource.as_str(),
                fact.content.task.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("deny", "Patient/4", Some("Task/1")), ("permit", "Composition/7", Some("Task/1"))]
    );
}

#[tokio::test]
async fn what_a_consent_says_and_facts_cannot_is_named_and_nothing_is_laid_down() {
    let holder = Holder::new().await;
    let changed = |pointer: &str, value: Value| {
        let mut consent = r4();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        consent.pointer_mut(parent).unwrap()[member] = value;
        consent
    };
    let coding = |code: &str| json!([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": code}]}]);
    let mut without_scope = r4();
    without_scope.as_object_mut().unwrap().remove("scope");
    let mut without_actor = r4();
    without_actor["provision"].as_object_mut().unwrap().remove("actor");
    let mut without_type = r4();
    without_type["provision"].as_object_mut().unwrap().remove("type");
    without_type["provision"].as_object_mut().unwrap().remove("provision");
    for (consent, path) in [
        (json!({"resourceType": "Patient"}), "resourceType"),
        (json!([]), "resourceType"),
        (json!({"resourceType": "Bundle"}), "Bundle.entry"),
        (
            json!({"resourceType": "Bundle", "entry": [{"resource": r4()}, {"resource": {"resourceType": "Patient"}}]}),
            "Bundle.entry[1].resource",
        ),
        (
            json!({"resourceType": "Bundle", "entry": [{"resource": r4(), "request": {"method": "DELETE"}}]}),
            "Bundle.entry[0].request",
        ),
        (changed("/status", json!("inactive")), "Consent.status"),
        (changed("/modifierExtension", json!([{}])), "Consent.modifierExtension"),
        (changed("/except", json!([{}])), "Consent.except"),
        (changed("/provision/purpose", json!([{}])), "Consent.provision.purpose"),
        (changed("/provision/dataPeriod", json!({})), "Consent.provision.dataPeriod"),
        (changed("/provision/action", coding("disclose")), "Consent.provision.action[0].coding"),
        (changed("/provision/type", json!("maybe")), "Consent.provision.type"),
        (
            changed("/provision/period", json!({"end": "2026-11-24"})),
            "Consent.provision.period.end",
        ),
        (changed("/provision/period", json!({"end": "2027"})), "Consent.provision.period.end"),
        (
            changed("/provision/period", json!({"start": "2026-11-26"})),
            "Consent.provision.period.start",
        ),
        (
            changed(
                "/provision/data",
                json!([{"meaning": "related", "reference": {"reference": "Task/1"}}]),
            ),
            "Consent.provision.data[0].meaning",
        ),
        (
            changed("/provision/data", json!([instance("https://a.example.nl/Task/1")])),
            "Consent.provision.data[0].reference.reference",
        ),
        (changed("/provision/data", json!({})), "Consent.provision.data"),
        (
            changed("/provision/actor", json!([{"reference": {"reference": "Organization/1"}}])),
            "Consent.provision.actor[0].reference.identifier",
        ),
        (
            changed("/provision/provision", json!([{"type": "deny", "class": []}])),
            "Consent.provision.provision[0].class",
        ),
        (without_scope, "Consent.scope"),
        (without_actor, "Consent.provision.actor"),
        (without_type, "Consent.provision.type"),
    ] {
        let result =
            holder.facts.import(&holder.subject, &consent, &ConsentOptions::default()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Invalid);
        assert!(error.to_string().starts_with(&format!("`{path}` ")), "{path}: {error}");
    }
    let data: Vec<Value> = (0..101).map(|number| instance(&format!("Task/{number}"))).collect();
    let many = changed("/provision/data", json!(data));
    let many = holder.facts.import(&holder.subject, &many, &ConsentOptions::default()).await;
    assert_eq!(many.unwrap_err().to_string(), "more than 200 access facts");
    let list = holder.facts.list(&holder.subject, &Filter::default()).await.unwrap();
    assert_eq!(list.facts, []);
}
