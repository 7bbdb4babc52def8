//! CloudEvents as bytes: examples of what is read and refused, and properties of all.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_model::cloudevents::{BATCH_EVENTS_MAX, EventError, parse, parse_batch, parse_binary, print};
use tidegate_model::{Data, Digest, Event, Text};

fn event(more: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t"{more}}}"#)
}

#[expect(clippy::needless_pass_by_value, reason = "`expect!` is written where it is passed")]
fn check(more: &str, expected: Expect) {
    expected.assert_eq(&shown(parse(event(more).as_bytes()).map(|event| print(&event))));
}

fn shown(outcome: Result<String, EventError>) -> String {
    match outcome {
        Ok(text) => text,
        Err(error @ EventError::Syntax(_)) => {
            format!(
                "error: {error}: {}",
                std::error::Error::source(&error).expect("a mistake in JSON has a cause")
            )
        }
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_attribute_is_kept() {
    check(
        r#","subject":"é","time":"2026-01-31T12:00:00+02:00","dataschema":"/x","labels":"b, a","n":-3,"ok":true,"data":{ "a": 1.50 }"#,
        expect![[
            r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","subject":"é","time":"2026-01-31T12:00:00+02:00","dataschema":"/x","labels":"a,b","n":-3,"ok":true,"data":{ "a": 1.50 }}"#
        ]],
    );
    check(
        r#","datacontenttype":"text/plain","data":"x\ny""#,
        expect![[
            r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/plain","data":"x\ny"}"#
        ]],
    );
    check(
        r#","data_base64":"AAEC","subject":null,"other":null"#,
        expect![[r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"AAEC"}"#]],
    );
}

#[test]
fn data_null_is_data_and_no_data_is_none() {
    assert_eq!(parse(event(r#","data":null"#).as_bytes()).unwrap().data, Data::json(&Value::Null));
    assert_eq!(parse(event("").as_bytes()).unwrap().data, Data::None);
    assert_eq!(parse(event(r#","data_base64":null"#).as_bytes()).unwrap().data, Data::None);
}

#[test]
fn a_mistake_names_the_attribute_and_the_way_out() {
    check(
        r#","time":"yesterday""#,
        expect![[
            r#"error: `/time`: expected a time of RFC 3339 such as "2026-01-31T12:00:00Z", found "yesterday""#
        ]],
    );
    check(r#","subject":"""#, expect![[r#"error: `/subject`: expected text that is not empty, found """#]]);
    check(r#","subject":7"#, expect!["error: `/subject`: expected a string, found 7"]);
    check(
        r#","Foo_bar":"x""#,
        expect![[r#"error: `/Foo_bar`: expected a name of lower-case letters and digits, found "Foo_bar""#]],
    );
    check(
        r#","a":[1,{}]"#,
        expect![
            "error: `/a`: expected a string, a boolean or an integer from -2147483648 to 2147483647, found a list"
        ],
    );
    check(
        r#","a":2147483648"#,
        expect![
            "error: `/a`: expected a string, a boolean or an integer from -2147483648 to 2147483647, found 2147483648"
        ],
    );
    check(
        r#","data":1,"data_base64":"AA==""#,
        expect![
            "error: `/data_base64`: expected the data once, as `data` or as `data_base64`, found a second one"
        ],
    );
    check(
        r#","data_base64":"A""#,
        expect![[
            r#"error: `/data_base64`: expected bytes as a base64 string (RFC 4648, section 4), found "\"A\"""#
        ]],
    );
    check(
        r#","data":1e999"#,
        expect!["error: `/data`: expected JSON that can be kept, found number out of range"],
    );
    check(r#","id":"2""#, expect!["error: `/id`: expected each attribute once, found a second one"]);
    check(
        r#","subject":"a\u0007""#,
        expect![[r#"error: `/subject`: expected text without control characters, found "a\u{7}""#]],
    );
    check(r#","data":tru"#, expect!["error: the text is not JSON: expected ident at line 1 column 66"]);
}

#[test]
fn what_is_no_event_says_so() {
    let check = |text: &[u8], expected: Expect| {
        expected.assert_eq(&shown(parse(text).map(|event| print(&event))));
    };
    check(b"{}", expect!["error: the event: expected the required attribute `specversion`, found none"]);
    check(
        br#"{"specversion":"0.3"}"#,
        expect![[
            r#"error: `/specversion`: expected "1.0", the version of CloudEvents read here, found "0.3""#
        ]],
    );
    check(b"[]", expect!["error: the event: expected an event, a JSON object, found sequence"]);
    check(b"7", expect!["error: the event: expected an event, a JSON object, found integer `7`"]);
    check(b"", expect!["error: the text is not JSON: EOF while parsing a value at line 1 column 0"]);
    check(b"{\"id\":\"\xff\"}", expect!["error: the text is not UTF-8 from byte 7 on"]);
}

#[test]
fn a_batch_names_the_event_that_spoils_it() {
    let check = |text: &str, expected: Expect| {
        let outcome = parse_batch(text.as_bytes());
        expected.assert_eq(&shown(outcome.map(|events| format!("{} events", events.len()))));
    };
    let good = event("");
    check("[]", expect!["0 events"]);
    check(&format!("[{good},\n{good}]"), expect!["2 events"]);
    check(
        &format!(r#"[{good},{{"specversion":"1.0","id":"1","source":""}}]"#),
        expect![[
            r#"error: event 1 of the batch, at `/1/source`: expected text that is not empty, found """#
        ]],
    );
    check(
        &format!("[{good},{{}}]"),
        expect![
            "error: event 1 of the batch, at `/1`: expected the required attribute `specversion`, found none"
        ],
    );
    check(
        &format!("[{good},[]]"),
        expect!["error: event 1 of the batch, at `/1`: expected an event, a JSON object, found sequence"],
    );
    check(&good, expect!["error: the event: expected a list of events, a JSON array, found map"]);
    let many = vec![good; BATCH_EVENTS_MAX + 1].join(",");
    check(&format!("[{many}]"), expect!["error: a batch has at most 10000 events"]);
}

fn binary(headers: &[(&str, &str)], content_type: Option<&str>, body: &[u8]) -> String {
    let required = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("host", "here")];
    let all = required.iter().chain(headers).copied();
    shown(parse_binary(all, content_type, body).map(|event| print(&event)))
}

#[test]
fn headers_and_body_make_an_event() {
    expect![[
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"Euro € \"x\"","datacontenttype":"application/json","tenant":"a\"b","data":{"n":1}}"#
    ]]
    .assert_eq(&binary(
        &[("ce-type", "Euro%20%E2%82%AC%20%22x%22"), ("ce-tenant", "\"a\\\"b\"")],
        Some("application/json"),
        b" {\"n\":1}\n",
    ));
    let of_type = |content_type, body: &[u8]| binary(&[("ce-type", "t")], content_type, body);
    expect![[r#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#]].assert_eq(&of_type(None, b""));
    expect![[
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/plain","data":"100%"}"#
    ]]
    .assert_eq(&of_type(Some("text/plain"), b"100%"));
    expect![[
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"image/png","data_base64":"/wA="}"#
    ]]
    .assert_eq(&of_type(Some("image/png"), &[255, 0]));
}

#[test]
fn a_header_that_is_wrong_is_named() {
    expect!["error: header `ce-*`: expected the required attribute `type`, found none"].assert_eq(&binary(
        &[],
        None,
        b"",
    ));
    expect![[r#"error: header `ce-type`: expected percent-encoded UTF-8, found "%ff""#]].assert_eq(&binary(
        &[("ce-type", "%ff")],
        None,
        b"",
    ));
    expect![[
        r#"error: header `ce-datacontenttype`: expected the media type of the data in `content-type`, found "a/b""#
    ]]
    .assert_eq(&binary(&[("ce-datacontenttype", "a/b")], None, b""));
    expect!["error: the text is not JSON: EOF while parsing an object at line 1 column 1"]
        .assert_eq(&binary(&[("ce-type", "t")], Some("application/json"), b"{"));
}

#[test]
fn stored_data_is_named_by_its_digest() {
    let mut event = Event::new("1", "/s", "t");
    event.data = Data::Stored {
        digest: Digest::of(b"tide"),
        size_bytes: 4,
        form: tidegate_model::event::Form::Binary,
    };
    expect![[
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","dataref":"ni:///sha-256;iiiSmsf5oX6XpCGsLNY6xzVo6-h7wM7mQaGT2Rx2FXc"}"#
    ]]
    .assert_eq(&print(&event));
}

fn any_text() -> impl Strategy<Value = Text> {
    "[^\\p{Cc}]{1,30}".prop_map(Text::from)
}

fn any_data() -> impl Strategy<Value = Data> {
    let json = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<bool>(), 0..3).prop_map(Value::array),
        Just(Value::Null),
    ];
    prop_oneof![
        Just(Data::None),
        json.prop_map(|value| Data::json(&value)),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Data::Binary(bytes.into())),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any_text().prop_map(|text| Value::from(text.as_str())),
    ];
    let extensions = prop::collection::btree_map("x[a-z0-9]{0,8}", scalar, 0..4);
    let names =
        (any_text(), any_text(), any_text(), prop::option::of(any_text()), prop::option::of(any_text()));
    let time = prop::option::of(Just(Text::const_new("2026-01-31T12:00:00.5-08:00")));
    let media_type =
        prop::option::of(prop_oneof![Just("text/plain"), Just("a/b+json; x=1")].prop_map(Text::new));
    let labels = prop::collection::vec("[a-z/]{1,6}", 0..3);
    (names, time, media_type, extensions, labels, any_data()).prop_map(
        |((id, source, kind, subject, schema), time, content_type, extensions, labels, data)| Event {
            id,
            source,
            kind,
            subject,
            time,
            content_type,
            schema,
            extensions: extensions.into_iter().map(|(name, value)| (Text::from(name), value)).collect(),
            labels: labels.into_iter().map(Text::from).collect(),
            data,
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same_event(event in any_event()) {
        prop_assert_eq!(&parse(print(&event).as_bytes()).unwrap(), &event);
        let batch = format!("[{0}, {0}]", print(&event));
        prop_assert_eq!(parse_batch(batch.as_bytes()).unwrap(), vec![event.clone(), event]);
    }

    #[test]
    fn whatever_bytes_come_they_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes).is_err());
        let _ = parse_batch(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = parse_binary([("ce-type", &*text), (&text, &text)], Some(&text), &bytes);
    }

    #[test]
    fn a_damaged_event_is_read_or_refused(event in any_event(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = print(&event).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = parse(&bytes) {
            prop_assert_eq!(parse(print(&read).as_bytes()).unwrap(), read);
        }
    }
}
