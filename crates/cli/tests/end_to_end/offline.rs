//! Commands that need neither an engine nor a server.

use expect_test::expect;

use crate::place::Place;

const SOUND: &str = "workflow: sound\ntriggers:\n  begin: {on: start, do: {complete: 1}}\n";
const BROKEN: &str = "workflow: broken\ntriggers:\n  begin: {on: start, do: {compleat: 1}}\n";

#[test]
fn lint_shows_mistakes_and_counts_them() {
    let place = Place::new();
    place.file("sound.yaml", SOUND).file("broken.yaml", BROKEN);
    place.tidegate(&["lint", "sound.yaml"]).check(expect![[r#"
        exit 0
        stdout: sound.yaml: ok
    "#]]);
    place.tidegate(&["lint", "sound.yaml", "broken.yaml"]).check(expect![[r#"
        exit 2
        stdout: sound.yaml: ok
        stdout: error[triggers::unknown_action]: there is no action `compleat`
        stdout:  --> broken.yaml:3:27
        stdout:   |
        stdout: 3 |   begin: {on: start, do: {compleat: 1}}
        stdout:   |                           ^^^^^^^^
        stdout:   |
        stdout:   = help: did you mean `complete`?
        stdout:
        stdout: broken.yaml: 1 error
    "#]]);
    place.tidegate(&["lint", "-o", "json", "sound.yaml", "broken.yaml"]).check(expect![[r#"
        exit 2
        stdout: [{"severity":"error","code":"triggers::unknown_action","message":"there is no action `compleat`","file":"broken.yaml","help":"did you mean `complete`?","line":3,"column":27,"offset":53,"length":8,"pointer":"/triggers/begin/do/compleat"}]
    "#]]);
}

#[test]
fn env_prints_what_a_shell_evaluates() {
    let place = Place::new();
    place.tidegate(&["env"]).check(expect![[r#"
        exit 0
        stdout: export TIDEGATE_SERVER=http://127.0.0.1:8433
        stdout: export AWS_ENDPOINT_URL_SFN=http://127.0.0.1:8433
        stdout: export AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:8433
        stdout: export AWS_ENDPOINT_URL_STS=http://127.0.0.1:8433
        stdout: export AWS_ENDPOINT_URL_IAM=http://127.0.0.1:8433
        stdout: export AWS_DISABLE_HOST_PREFIX_INJECTION=true
        stdout: export AWS_ACCESS_KEY_ID=tidegate
        stdout: export AWS_SECRET_ACCESS_KEY=tidegate
        stdout: export AWS_DEFAULT_REGION=us-east-1
    "#]]);
    place.tidegate(&["env", "--server", "http://[::1]:9000"]).check(expect![[r#"
        exit 0
        stdout: export TIDEGATE_SERVER='http://[::1]:9000'
        stdout: export AWS_ENDPOINT_URL_SFN='http://[::1]:9000'
        stdout: export AWS_ENDPOINT_URL_LAMBDA='http://[::1]:9000'
        stdout: export AWS_ENDPOINT_URL_STS='http://[::1]:9000'
        stdout: export AWS_ENDPOINT_URL_IAM='http://[::1]:9000'
        stdout: export AWS_DISABLE_HOST_PREFIX_INJECTION=true
        stdout: export AWS_ACCESS_KEY_ID=tidegate
        stdout: export AWS_SECRET_ACCESS_KEY=tidegate
        stdout: export AWS_DEFAULT_REGION=us-east-1
    "#]]);
}

#[test]
fn without_a_server_the_client_says_how_to_start_one() {
    let place = Place::new();
    // Port 9 is for discarding, and nobody does.
    place.tidegate(&["runs", "--server", "http://127.0.0.1:9"]).check(expect![[r#"
        exit 1
        stderr: error: no server at http://127.0.0.1:9
        stderr: help: start one with `tidegate dev`, or name another with --server or TIDEGATE_SERVER
    "#]]);
    place.tidegate(&["runs", "--server", "https://example.org"]).check(expect![[r#"
        exit 2
        stderr: error: `https://example.org`: this client speaks no TLS
        stderr: help: reach it through a tunnel or a proxy on this machine, and give that one's http:// address
    "#]]);
    place.tidegate(&["runs", "--server", "localhost"]).check(expect![[r#"
        exit 2
        stderr: error: `localhost` is not the address of a server
        stderr: help: give it as --server http://127.0.0.1:8433, or in TIDEGATE_SERVER
    "#]]);
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    let place = Place::new();
    assert_eq!(place.tidegate(&["rum"]).code, Some(2));
    assert_eq!(place.tidegate(&["run"]).code, Some(2));
    assert_eq!(place.tidegate(&["run", "--help"]).code, Some(0));
    assert_eq!(place.tidegate(&["--version"]).stdout(), concat!("tidegate ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_gets_its_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(place.tidegate(&["completions", shell]).stdout().contains("ephemeral"), "{shell}");
    }
}

#[test]
fn doctor_looks_at_the_machine() {
    let place = Place::new();
    let found = place.tidegate(&["doctor", "--listen", "127.0.0.1:0", "-o", "json"]);
    let found = tidegate_json::Value::parse(found.stdout()).unwrap();
    let checks: Vec<&str> =
        found.as_array().unwrap().iter().filter_map(|finding| finding.get("check")?.as_str()).collect();
    assert_eq!(
        checks,
        ["tidegate", "processor", "data", "space", "sync", "kept", "python", "node", "port", "clock"]
    );
    let kept = |arguments: &[&str]| {
        let found = place.tidegate(&[&["doctor", "--listen", "127.0.0.1:0"], arguments].concat());
        found.stdout().lines().find(|line| line.contains("  kept  ")).unwrap_or_default().to_owned()
    };
    assert!(kept(&[]).contains("kept for 30d, the journal up to 4 GiB"), "{}", kept(&[]));
    let policy = ["--retain-runs", "forever", "--retain-journal", "64MiB"];
    assert!(kept(&policy).contains("kept for ever, the journal up to 64 MiB"), "{}", kept(&policy));
    assert_eq!(std::fs::read_dir(place.path(".")).unwrap().count(), 0, "it leaves nothing");
    place.file("plain", "");
    let refused = place.tidegate(&["doctor", "--listen", "127.0.0.1:0", "--data", "plain/data"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "\"$0\" completions bash | :", env!("CARGO_BIN_EXE_tidegate")]);
    let ended = shell.output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(0), ""));
}
