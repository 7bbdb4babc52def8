//! Data of any size.

use std::path::PathBuf;

use tidegate_json::Value;
use tidegate_model::event::Form;
use tidegate_model::{Address, Data, Digest, Event, RunId};
use tidegate_node::{OpenError, SubmitError};

use crate::world::{World, json};

async fn waiting() -> (World, RunId) {
    let world = World::new();
    world.apply("payloads.yaml").await;
    let run = world.start("payloads", "{}").await;
    (world, run)
}

fn document(length: usize) -> Value {
    Value::object([("title", Value::from("long")), ("text", Value::from("é".repeat(length)))])
}

#[tokio::test(flavor = "multi_thread")]
async fn large_data_of_an_event_is_stored_once_and_read_where_it_is_needed() {
    let (mut world, run) = waiting().await;
    let limits = world.handle().limits();
    assert_eq!(limits.inline_max_bytes, 32 << 10);
    let data = document(100_000);
    let event = Event::new("1", "/test", "document").with_data(&data);
    let accepted = world.publish(event).await;
    assert_eq!(world.result(run).await, json(r#"{"length": 100000, "title": "long"}"#));

    let again = world.start("payloads", "{}").await;
    world.publish(Event::new("2", "/test", "document").with_data(&data)).await;
    assert_eq!(world.result(again).await, json(r#"{"length": 100000, "title": "long"}"#));
    assert_eq!(stored_bytes(&world), data.to_text().len() as u64, "event and result, twice: one content");

    world.recover().await;
    let view = world.handle().event(accepted.offset).await.expect("it is kept");
    let reference = view.event.get("dataref").and_then(Value::as_str).expect("a reference");
    assert!(reference.starts_with("ni:///sha-256;"), "{reference}");
    let text = data.to_text();
    let (digest, size_bytes) = (Digest::of(text.as_bytes()), text.len() as u64);
    let content = world.handle().payload(&Data::Stored { digest, size_bytes, form: Form::Json }).await;
    assert_eq!(content.expect("it is stored"), text.as_bytes());
}

/// What is decided without a payload would be decided otherwise with it, so nothing is decided.
#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_cannot_be_read_keeps_a_replay_from_going_on_without_it() {
    let mut world =
        World::with(|settings| settings.checkpoint_interval = std::time::Duration::from_secs(3600));
    world.apply("payloads.yaml").await;
    let run = world.start("payloads", "{}").await;
    world.publish(Event::new("1", "/test", "document").with_data(&document(100_000))).await;
    let expected = json(r#"{"length": 100000, "title": "long"}"#);
    assert_eq!(world.result(run).await, expected);

    world.stop();
    let stored = stored_files(&world);
    let [file] = stored.as_slice() else { panic!("one payload is stored: {stored:?}") };
    let content = std::fs::read(file).expect("it can be read");
    let mut damaged = content.clone();
    damaged[0] ^= 1;
    std::fs::write(file, damaged).expect("it can be written");
    let Err(error) = world.open_another() else { panic!("the payload is damaged") };
    assert!(matches!(error, OpenError::Payloads(_)), "{error:?}");
    assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");

    std::fs::write(file, content).expect("it can be written");
    world.crash();
    assert_eq!(world.result(run).await, expected);
}

/// Bytes of all files that are larger than what travels inline, beside the journal and the checkpoint.
fn stored_bytes(world: &World) -> u64 {
    let size = |path: &PathBuf| path.metadata().expect("it has a size").len();
    stored_files(world).iter().map(size).sum()
}

fn stored_files(world: &World) -> Vec<PathBuf> {
    let mut folders = vec![world.dir().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).expect("it can be listed") {
            let path = file.expect("it can be listed").path();
            let is_other = ["journal", "state"].iter().any(|name| path == world.dir().join(name));
            if path.is_dir() && !is_other {
                folders.push(path);
            } else if path.is_file() {
                let size = path.metadata().expect("it has a size").len();
                files.extend((size > 32 << 10).then_some(path));
            }
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn large_results_of_tasks_and_maps_are_read_by_expressions() {
    let (mut world, run) = waiting().await;
    world.emit("grow", "null").await;
    let lengths = world.result(run).await.to_text();
    assert!(["[100000,[100000,100000]]", "[[100000,100000],100000]"].contains(&&*lengths), "{lengths}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_input_of_a_run_survives_a_crash() {
    let mut world = World::new();
    world.apply("payloads.yaml").await;
    let run = world.start_with("payloads", document(50_000), &[], None).await.expect("it starts");
    assert_eq!(world.result(run).await, json("50000"));
    world.recover().await;
    assert_eq!(world.view(run).await.input, document(50_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_detail_of_a_failure_reaches_the_trigger() {
    let (mut world, run) = waiting().await;
    world.emit("break", "null").await;
    assert_eq!(world.result(run).await, json("100000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_refused_and_the_node_goes_on() {
    let (world, run) = waiting().await;
    let before = world.totals().await;
    let large = Event::new("huge", "/test", "document").with_data(&Value::from("z".repeat(100 << 20)));
    let small =
        Event::new("small", "/test", "document").with_data(&json(r#"{"title": "short", "text": ""}"#));
    let refused = world.handle().publish(vec![small.clone(), large], Address::World).await;
    match refused {
        Err(SubmitError::TooLarge { size_bytes, limit_bytes }) => {
            assert_eq!((size_bytes, limit_bytes), ((100 << 20) + 2, 64 << 20));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.totals().await, before, "none of them was taken");
    world.publish(small).await;
    assert_eq!(world.result(run).await, json(r#"{"length": 0, "title": "short"}"#));
}
