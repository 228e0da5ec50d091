//! The functions that policies call.

use serde_json::{Value, json};

use crate::{compile, refusal};

/// The value of an expression, as byte code and interpreted.
fn value(expression: &str) -> Value {
    let text = format!(
        "package a\nallow := true\nvalue := {expression}\ninterpreted := result if result := {expression} with input as {{}}\n"
    );
    let set = compile(&[("a.rego", &text)]);
    let bytes =
        compile(&[("a.rego", &format!("package a\nallow := true\nvalue := {expression}\n"))]);
    assert!(bytes.notes().is_empty(), "{expression}: {:?}", bytes.notes());
    let query = |set: &pecan_rego::PolicySet| {
        set.query("a/value", &json!({})).unwrap().unwrap_or(json!("undefined"))
    };
    assert_eq!(query(&bytes), query(&set), "{expression}");
    query(&bytes)
}

#[test]
fn the_functions_of_policies_in_the_field_are_there() {
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.AQI";
    let cases = [
        (format!("io.jwt.decode(\"{jwt}\")"), json!([{"alg": "ES256"}, {"sub": "a"}, "0102"])),
        ("io.jwt.decode(\"x.y\")".to_owned(), json!("undefined")),
        ("[p | [_, p, _] := io.jwt.decode(\"e30.e30.\")]".to_owned(), json!([{}])),
        (
            "crypto.sha256(\"abc\")".to_owned(),
            json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ),
        ("crypto.sha1(\"abc\")".to_owned(), json!("a9993e364706816aba3e25717850c26c9cd0d89d")),
        (
            "crypto.hmac.sha256(\"what do ya want for nothing?\", \"Jefe\")".to_owned(),
            json!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ),
        ("crypto.hmac.equal(\"ab\", \"ab\")".to_owned(), json!(true)),
        (
            "regex.find_all_string_submatch_n(`a(x*)b`, \"-axxb-ab-\", -1)".to_owned(),
            json!([["axxb", "xx"], ["ab", ""]]),
        ),
        ("regex.match(`^\\d{9}$`, \"123456782\")".to_owned(), json!(true)),
        ("regex.replace(\"a1b2\", `\\d`, \"#\")".to_owned(), json!("a#b#")),
        ("net.cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\")".to_owned(), json!(true)),
        ("net.cidr_intersects(\"10.0.0.0/8\", \"10.1.0.0/16\")".to_owned(), json!(true)),
        ("base64.decode(\"YQ==\")".to_owned(), json!("a")),
        ("base64url.decode(\"YQ\")".to_owned(), json!("a")),
        ("json.unmarshal(\"{\\\"a\\\": [1]}\")".to_owned(), json!({"a": [1]})),
        ("json.marshal({\"a\": {1}})".to_owned(), json!("{\"a\":[1]}")),
        (
            "json.filter({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])".to_owned(),
            json!({"a": {"b": 1}}),
        ),
        (
            "json.patch({\"a\": 1}, [{\"op\": \"add\", \"path\": \"/b\", \"value\": 2}])"
                .to_owned(),
            json!({"a": 1, "b": 2}),
        ),
        ("object.get({\"a\": {\"b\": 1}}, [\"a\", \"b\"], 0)".to_owned(), json!(1)),
        ("object.union({\"a\": 1}, {\"b\": 2})".to_owned(), json!({"a": 1, "b": 2})),
        ("object.subset({\"a\": 1, \"b\": 2}, {\"a\": 1})".to_owned(), json!(true)),
        ("sprintf(\"%s-%d-%v\", [\"a\", 7, {\"x\": 1}])".to_owned(), json!("a-7-{\"x\": 1}")),
        ("time.parse_rfc3339_ns(\"1970-01-01T00:00:01Z\")".to_owned(), json!(1_000_000_000)),
        ("time.add_date(0, 0, 1, 0)".to_owned(), json!(2_678_400_000_000_000_i64)),
        ("time.now_ns() > 1500000000000000000".to_owned(), json!(true)),
        (
            "urlquery.decode_object(\"a=1&a=2&b=%20\")".to_owned(),
            json!({"a": ["1", "2"], "b": [" "]}),
        ),
        ("urlquery.encode(\"a b/c\")".to_owned(), json!("a+b%2Fc")),
        ("graph.reachable({\"a\": [\"b\"], \"b\": []}, {\"a\"})".to_owned(), json!(["a", "b"])),
        ("uuid.parse(\"00000000-0000-4000-8000-000000000000\").version".to_owned(), json!(4)),
        ("glob.match(\"a/*\", [\"/\"], \"a/b\")".to_owned(), json!(true)),
        ("semver.compare(\"1.2.0\", \"1.10.0\")".to_owned(), json!(-1)),
        ("strings.any_prefix_match([\"abc\"], [\"ab\"])".to_owned(), json!(true)),
        ("{x | some x in [3, 1, 2, 1]}".to_owned(), json!([1, 2, 3])),
        ("[x | some x in [1, 2]; every y in [0] { x > y }]".to_owned(), json!([1, 2])),
        ("hex.encode(\"ab\")".to_owned(), json!("6162")),
        ("units.parse_bytes(\"1KB\")".to_owned(), json!(1000)),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(&expression), expected, "{expression}");
    }
}

#[test]
fn a_policy_that_calls_the_world_is_refused_and_told_what_to_do() {
    let text = refusal(&[(
        "a.rego",
        "package a\nallow if {\n\thttp.send({\"url\": \"x\", \"method\": \"get\"}).status_code == 200\n}\n",
    )]);
    assert!(text.starts_with("a.rego:3: `http.send` is refused"), "{text}");
    assert!(text.contains("`needs`"), "{text}");
    let text =
        refusal(&[("a.rego", "package a\nallow := true\nhelper := net.lookup_ip_addr(\"x\")\n")]);
    assert!(text.contains("`net.lookup_ip_addr` is refused"), "{text}");
}

#[test]
fn a_missing_function_is_named_with_its_place() {
    let text =
        refusal(&[("a.rego", "package a\nallow if io.jwt.verify_rs256(input.t, input.k)\n")]);
    assert_eq!(
        text,
        "a.rego:2: there is no function `io.jwt.verify_rs256`: this built-in of OPA is not available"
    );
    let text = refusal(&[("a.rego", "package a\nallow if is_opne(input.x)\n")]);
    assert_eq!(text, "a.rego:2: there is no function `is_opne`");
}

#[test]
fn added_functions_work_in_functions_loops_and_negations() {
    let text = "package a\n\
        allow if { some t in input.tokens; subject(t) == \"a\"; not is_other(t) }\n\
        subject(t) := payload.sub if { [_, payload, _] := io.jwt.decode(t) }\n\
        is_other(t) if { some d in {crypto.sha256(x) | some x in [\"b\", \"c\"]}; d == crypto.sha256(subject(t)) }\n";
    let set = compile(&[("a.rego", text)]);
    assert!(set.notes().is_empty());
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.AQI";
    assert!(set.evaluate("a", &json!({"tokens": ["x", token]})).unwrap().is_allowed);
    assert!(!set.evaluate("a", &json!({"tokens": ["x", "e30.e30."]})).unwrap().is_allowed);
}

#[test]
fn the_engines_own_functions_are_no_way_around() {
    let text = refusal(&[(
        "a.rego",
        "package a\nallow if __builtin_host_await(input, \"io.jwt.decode\")\n",
    )]);
    assert_eq!(text, "a.rego:2: there is no function `__builtin_host_await`");
    let text = refusal(&[("a.rego", "package a\nallow if count(input.x, 1, 2) > 0\n")]);
    assert_eq!(text, "a.rego:2: `count` takes 1 arguments, not 3");
}

#[test]
fn what_the_byte_code_lacks_is_interpreted() {
    let set = compile(&[(
        "a.rego",
        "package a\nallow if f(input) == 7\ndefault f(_) := 7\nf(x) := 1 if x.y\n",
    )]);
    assert!(set.evaluate("a", &json!({})).unwrap().is_allowed && set.notes().len() == 1);
    let set = compile(&[(
        "a.rego",
        "package a\nallow if { walk(input, [p, x]); p == [\"a\", \"b\"]; x == 1 }\n",
    )]);
    assert!(
        set.evaluate("a", &json!({"a": {"b": 1}})).unwrap().is_allowed && set.notes().len() == 1,
        "{:?}",
        set.notes()
    );
}
