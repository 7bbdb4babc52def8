//! Parsing and printing an event of some 300 bytes and a document of some 100 KB, beside serde_json's own value.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use tidegate_json::{RawJson, Value};

fn main() {
    divan::main();
}

const EVENT: &str = r#"{"specversion":"1.0","id":"6b1f1a2c-33b5-4bd0-a8c5-0e5a5d1e7f10","source":"/orders/eu","type":"order.created","subject":"order-1234","time":"2024-05-01T12:00:00Z","data":{"customer":"c-77","total":129.95,"items":[{"sku":"A-1","n":2},{"sku":"B-9","n":1}],"express":true,"note":null}}"#;

fn texts() -> [(&'static str, String); 2] {
    let document = format!("[{}]", vec![EVENT; 340].join(","));
    [("event", EVENT.to_owned()), ("document", document)]
}

fn text(name: &str) -> String {
    texts().into_iter().find(|(known, _)| *known == name).map(|(_, text)| text).expect("one of the two")
}

#[divan::bench(args = ["event", "document"])]
fn parse_ours(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| Value::parse(black_box(&text)));
}

#[divan::bench(args = ["event", "document"])]
fn parse_serde_json(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| serde_json::from_str::<serde_json::Value>(black_box(&text)));
}

#[divan::bench(args = ["event", "document"])]
fn check_raw(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| RawJson::parse(black_box(&text)));
}

#[divan::bench(args = ["event", "document"])]
fn print_ours(bencher: Bencher<'_, '_>, name: &str) {
    let value = Value::parse(&text(name)).expect("the sample is JSON");
    bencher.counter(BytesCount::of_str(&text(name))).bench(|| black_box(&value).to_text());
}

#[divan::bench(args = ["event", "document"])]
fn print_serde_json(bencher: Bencher<'_, '_>, name: &str) {
    let value: serde_json::Value = serde_json::from_str(&text(name)).expect("the sample is JSON");
    bencher.counter(BytesCount::of_str(&text(name))).bench(|| serde_json::to_string(black_box(&value)));
}

#[divan::bench(args = ["event", "document"])]
fn clone_ours(bencher: Bencher<'_, '_>, name: &str) {
    let value = Value::parse(&text(name)).expect("the sample is JSON");
    bencher.bench(|| black_box(&value).clone());
}
