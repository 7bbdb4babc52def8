//! The stored forms as they were: what was written once must read back for ever.
//!
//! A change that makes one of these fail needs a new version byte, not a new expectation.

use expect_test::{Expect, expect};
use tidegate_json::Value;
use tidegate_model::entry::StartRun;
use tidegate_model::fact::{EventNumber, TriggerRef};
use tidegate_model::{
    Address, Data, Disposition, Entry, Event, Fact, Failure, FanOutId, Input, Labels, Name, Offset, Outcome,
    RunId, ScopeId, TaskId, Text, Timestamp,
};

fn check_entry(input: Input, written: &Expect) {
    let entry = Entry { at: Timestamp(1_790_000_000_123), input };
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    written.assert_eq(&hex(&bytes));
    assert_eq!(Entry::decode(&bytes).expect("it reads back"), entry);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn run() -> RunId {
    "r12".parse().expect("an id")
}

#[test]
fn entries_are_written_as_they_always_were() {
    let labels: Labels = [Text::new("eu")].into_iter().collect();
    let event = Event {
        subject: Some(Text::new("main")),
        extensions: vec![(Text::new("index"), Value::from(3))],
        labels: labels.clone(),
        data: Data::json(&Value::from("hello")),
        ..Event::new("1", "/s", "t")
    };
    check_entry(
        Input::Publish { event, to: Address::Run(run()) },
        &expect![
            "01f6b183c59868020131022f73017401046d61696e0000000105696e64657801330102657501072268656c6c6f22010c"
        ],
    );
    let start = StartRun {
        workflow: Name::new("survey").expect("a name"),
        program: None,
        input: Data::None,
        labels,
        key: Some(Text::new("k")),
    };
    check_entry(Input::StartRun(start), &expect!["01f6b183c59868070673757276657900000102657501016b"]);
    let outcome = Outcome::Failed(Failure::new("Broken", "it broke"));
    let task = TaskId { run: run(), number: 3 };
    check_entry(
        Input::TaskEnded { task, attempt: 2, outcome },
        &expect!["01f6b183c59868080c0302010642726f6b656e0869742062726f6b6500"],
    );
    check_entry(
        Input::BoundMap { run: run(), fan_out: FanOutId(2), concurrency: Some(40), failures_max: None },
        &expect!["01f6b183c59868140c02012800"],
    );
    let request = StartRun {
        workflow: Name::new("survey").expect("a name"),
        program: None,
        input: Data::None,
        labels: Labels::NONE,
        key: None,
    };
    check_entry(Input::Rerun { request, of: run() }, &expect!["01f6b183c598681606737572766579000000000c"]);
    check_entry(Input::Tick, &expect!["01f6b183c5986801"]);
}

#[test]
fn facts_are_written_as_they_always_were() {
    let trigger = TriggerRef { run: run(), scope: ScopeId(0), spec: 0, index: 4 };
    let facts = [
        Fact::Disposed {
            event: EventNumber(0),
            trigger,
            disposition: Disposition::Counted { have: 2, want: 3 },
        },
        Fact::Duplicate { first: Offset(7) },
        Fact::RunEnded { run: run(), outcome: Outcome::succeeded(Data::json(&Value::from(1))) },
    ];
    let bytes = postcard::to_stdvec(&facts).expect("facts have a binary form");
    expect!["00000c0000040102030107090c0001013100"].assert_eq(&hex(&bytes));
    let read: [Fact; 3] = postcard::from_bytes(&bytes).expect("they read back");
    assert_eq!(read, facts);
    let facts = [
        Fact::RerunStarted { run: run(), of: run(), start: Data::None },
        Fact::FanOutLeft {
            run: run(),
            fan_out: FanOutId(1),
            results: vec![(3, Data::json(&Value::from(1)))],
        },
    ];
    let bytes = postcard::to_stdvec(&facts).expect("facts have a binary form");
    expect!["1f0c0c00200c010103010131"].assert_eq(&hex(&bytes));
}

#[test]
fn facts_about_slots_are_written_as_they_always_were() {
    let facts = [
        Fact::TaskQueued {
            task: TaskId { run: run(), number: 5 },
            scope: ScopeId(0),
            attempt: 1,
            subject: "load".into(),
            function: "copy".parse().expect("a name"),
            index: None,
            pool: "db".into(),
            of_run: true,
            wants: 1,
            slots: 2,
            used: 2,
            queued: 3,
        },
        Fact::TaskGranted { task: TaskId { run: run(), number: 5 }, queued_at: Timestamp(7) },
    ];
    let bytes = postcard::to_stdvec(&facts).expect("facts have a binary form");
    expect!["1d0c050001046c6f616404636f70790002646201010202031e0c050e"].assert_eq(&hex(&bytes));
    let read: [Fact; 2] = postcard::from_bytes(&bytes).expect("they read back");
    assert_eq!(read, facts);
}
