//! A workflow file with mistakes, given to everything that takes one.

use crate::http;
use crate::place::{Place, client};
use crate::refusal::refusal;

const MISTAKEN: &str = "\
workflow: mistaken
triggers:
  begin:
    on: start
    do: {complet: 1}
";

#[test]
fn mistakes_are_placed_and_nothing_is_applied() {
    let place = Place::new();
    place.file("mistaken.yaml", MISTAKEN);
    place.file("sound.yaml", "workflow: sound\ntriggers:\n  begin: {on: start, do: {complete: 1}}\n");
    let server = place.serve(&["--data", "served"]);
    let commands = [
        refusal(&place, &["run", "mistaken.yaml"]),
        refusal(&place, &["dev", "mistaken.yaml", "--listen", "127.0.0.1:0"]),
        place.tidegate(&["lint", "mistaken.yaml"]),
        client(&place, &server, &["apply", "mistaken.yaml"]),
        client(&place, &server, &["apply", "sound.yaml", "mistaken.yaml"]),
    ];
    for ended in commands {
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(2), "{told}");
        assert!(told.contains("mistaken.yaml:5:10"), "{told}");
        assert!(told.contains("there is no action `complet`"), "{told}");
        assert!(told.contains("help: did you mean `complete`?"), "{told}");
    }
    assert!(!place.path(".tidegate").exists(), "nothing was begun");
    // The client has checked it before it was sent; a server does not rely on that.
    let answer = http::request(&server, "PUT", "/v1/workflows/mistaken", "application/yaml", MISTAKEN);
    let place_of = |key: &str| answer.document().get(key).and_then(tidegate_json::Value::as_u64);
    assert_eq!(
        (answer.status, place_of("line"), place_of("column")),
        (422, Some(5), Some(10)),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("did you mean `complete`?"), "{}", answer.body);
    assert_eq!(client(&place, &server, &["workflows", "ls", "-o", "name"]).stdout(), "");

    // A server that knows a workflow keeps the version that it has.
    place.file("mistaken.yaml", &MISTAKEN.replace("complet:", "complete:"));
    client(&place, &server, &["apply", "mistaken.yaml"]).stdout();
    let version = client(&place, &server, &["workflows", "get", "mistaken"]).stdout().to_owned();
    place.file("mistaken.yaml", MISTAKEN);
    assert_eq!(client(&place, &server, &["apply", "mistaken.yaml"]).code, Some(2));
    assert_eq!(client(&place, &server, &["workflows", "get", "mistaken"]).stdout(), version);
}
