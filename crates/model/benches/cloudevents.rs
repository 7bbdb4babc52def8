//! Reading and printing CloudEvents of 290 bytes: alone, and a thousand in a batch.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tidegate_model::cloudevents;

fn main() {
    divan::main();
}

const EVENT: &str = r#"{"specversion":"1.0","id":"6b1f1a2c-33b5-4bd0-a8c5-0e5a5d1e7f10","source":"/orders/eu","type":"order.created","subject":"order-1234","time":"2024-05-01T12:00:00Z","data":{"customer":"c-777","total":129.95,"items":[{"sku":"A-1","n":2},{"sku":"B-9","n":1}],"express":true,"note":null,"v":12}}"#;

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    assert_eq!(EVENT.len(), 290);
    bencher.counter(ItemsCount::new(1_u32)).bench(|| cloudevents::parse(black_box(EVENT.as_bytes())));
}

#[divan::bench]
fn parse_batch(bencher: Bencher<'_, '_>) {
    let batch = format!("[{}]", vec![EVENT; 1000].join(","));
    bencher
        .counter(ItemsCount::new(1000_u32))
        .bench(|| cloudevents::parse_batch(black_box(batch.as_bytes())));
}

#[divan::bench]
fn print(bencher: Bencher<'_, '_>) {
    let event = cloudevents::parse(EVENT.as_bytes()).expect("the sample is an event");
    bencher.counter(ItemsCount::new(1_u32)).bench(|| cloudevents::print(black_box(&event)));
}
