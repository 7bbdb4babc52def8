//! `tidegate dev`.

use crate::place::{Place, client};

const SOUND: &str = "workflow: sound\ntriggers:\n  begin: {on: start, do: {complete: 1}}\n";

#[test]
fn a_server_says_that_it_is_ready_and_ends_well() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert!(server.url.starts_with("http://127.0.0.1:") && !server.url.ends_with(":0"), "{}", server.url);
    let ended = server.stop();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "stderr:\n{}", ended.stderr);
}

#[test]
fn state_survives_a_restart() {
    let place = Place::new();
    place.file("sound.yaml", SOUND);
    let server = place.serve(&["sound.yaml"]);
    assert_eq!(client(&place, &server, &["start", "sound", "--wait"]).stdout(), "1");
    server.stop().stdout();
    let server = place.serve(&[]);
    assert_eq!(client(&place, &server, &["workflows", "-o", "name"]).stdout(), "sound");
    assert_eq!(client(&place, &server, &["runs", "-o", "name"]).stdout(), "r1");
    assert_eq!(client(&place, &server, &["start", "sound"]).stdout(), "r2");
}

#[test]
fn an_ephemeral_server_forgets() {
    let place = Place::new();
    place.file("sound.yaml", SOUND);
    let server = place.serve(&["--ephemeral", "sound.yaml"]);
    assert_eq!(client(&place, &server, &["workflows", "-o", "name"]).stdout(), "sound");
    server.stop().stdout();
    assert!(!place.path(".tidegate").exists());
    let server = place.serve(&["--ephemeral"]);
    assert_eq!(client(&place, &server, &["workflows", "-o", "name"]).stdout(), "");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = place.tidegate(&["dev", "--ephemeral", "--listen", &address]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains(&format!("error: cannot listen on {address}")), "{}", ended.stderr);
    assert!(ended.stderr.contains("--listen 127.0.0.1:0"), "{}", ended.stderr);
}

#[test]
fn a_workflow_with_mistakes_stops_the_start() {
    let place = Place::new();
    place.file("broken.yaml", "workflow: broken\ntriggers: 7\n");
    let ended = place.tidegate(&["dev", "broken.yaml", "--listen", "127.0.0.1:0"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(!place.path(".tidegate").exists());
}

#[test]
fn logs_are_json_where_asked_for() {
    let place = Place::new();
    place.file("sound.yaml", SOUND);
    let log = place.serve(&["--log", "json", "sound.yaml"]).stop().stderr;
    assert!(log.lines().count() > 0);
    for line in log.lines() {
        assert!(tidegate_json::Value::parse(line).is_ok(), "{line}");
    }
}
