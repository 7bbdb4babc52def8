"""Workflows and runs over REST, by the command line client and by curl."""

import json
import subprocess

import pytest

from tidegate import PATIENCE_S, ROOT

ECHO = """\
workflow: echo
functions: {echo: {builtin: echo}}
triggers:
  begin: {on: start, do: [{invoke: {function: echo, input: "{% input %}"}}]}
  end: {on: {succeeded: echo}, do: [{complete: "{% event.data %}"}]}
"""


@pytest.fixture(scope="module", autouse=True)
def applied(server):
    answer = server.request("PUT", "/v1/workflows/echo", data=ECHO, headers={"Content-Type": "application/yaml"})
    assert answer.status_code in (200, 201), answer.text
    server.apply("examples/survey/workflow.yaml", "examples/survey/on-push.yaml", "examples/hello-join/workflow.yaml")


def start(server, name, body=None, **headers):
    """Starts a run with `body` as its input, and returns the answer."""
    answer = server.request("POST", f"/v1/workflows/{name}/runs", json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    assert answer.headers["Location"] == f"/v1/runs/{answer.json()['id']}"
    return answer


def ended(server, is_wanted):
    """The run that ends and `is_wanted`, looked at as soon as the stream tells of an end."""
    with server.stream() as stream:
        found = [run for run in server.get("/v1/runs")["items"] if is_wanted(run)]
        if not found:
            stream.wait_for(lambda _: any(is_wanted(run) for run in server.get("/v1/runs")["items"]))
            found = [run for run in server.get("/v1/runs")["items"] if is_wanted(run)]
    return server.get(f"/v1/runs/{found[0]['id']}")


def is_done(workflow):
    return lambda run: run["workflow"] == workflow and run["status"] == "succeeded"


def test_a_run_gives_what_its_workflow_completes_with(server):
    value = {"n": 12345678901234567, "text": "Grüße \U0001f30a", "list": [1.5, None, True]}
    run = start(server, "echo", value).json()["id"]
    done = server.finished(run)
    assert done["status"] == "succeeded"
    assert done["input"] == value
    assert done["output"] == value


def test_a_key_starts_one_run(server):
    first = start(server, "echo", 1, **{"Idempotency-Key": "once"})
    second = start(server, "echo", 1, **{"Idempotency-Key": "once"})
    other = start(server, "echo", 1, **{"Idempotency-Key": "twice"})
    assert [answer.status_code for answer in (first, second, other)] == [201, 200, 201]
    assert second.json()["id"] == first.json()["id"]
    assert other.json()["id"] != first.json()["id"]


def test_the_client_starts_a_run_and_waits_for_it(server):
    output = server.cli("start", "echo", "--input", '{"a": [1]}', "--wait", "-o", "json")
    assert json.loads(output) == {"a": [1]}


def test_emit_wakes_the_standing_workflow(server):
    server.cli("emit", "--type", "com.example.push", "--subject", "main", "--data", '{"commit": "4f2a91c"}')
    done = ended(server, is_done("survey"))
    assert done["input"] == {"pushed": "main"}
    places = [row["place"] for row in done["output"]["ranking"]]
    assert places == list(range(1, len(places) + 1))
    assert "crates/engine" in done["output"]["table"]


def test_curl_wakes_the_standing_workflow(server):
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", str(PATIENCE_S)]
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "push-by-curl",
        "ce-source": "/curl",
        "ce-type": "com.example.push",
        "ce-subject": "by-curl",
    }
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--data", "{}", server.url + "/v1/events"]
    first, second = (
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(2)
    )
    assert first["duplicates"] == []
    assert second == {"ids": first["ids"], "duplicates": [0]}
    pushed = {"pushed": "by-curl"}
    done = ended(
        server, lambda run: is_done("survey")(run) and server.get(f"/v1/runs/{run['id']}")["input"] == pushed
    )
    assert done["output"]["ranking"]


def test_ten_events_greet(server):
    run = start(server, "hello-join").json()["id"]
    for _ in range(9):
        server.cli("emit", "--type", "test.event.type", "--subject", "Test")
    assert server.get(f"/v1/runs/{run}")["status"] == "running"
    assert "waits for 1 more of 10 events" in server.cli("why", run)
    server.cli("emit", "--type", "test.event.type", "--subject", "Test")
    assert server.finished(run)["output"] == "Hello World!"


def test_a_bad_workflow_is_refused_with_the_place(server):
    bad = ECHO.replace("{succeeded: echo}", "{succeeded: ecoh}")
    answer = server.request("PUT", "/v1/workflows/bad", data=bad, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["line"] == bad[: bad.index("ecoh")].count("\n") + 1
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "echo" in json.dumps(problem), "the problem guesses what was meant"
    assert server.request("GET", "/v1/workflows/bad").status_code == 404


def test_what_is_not_there_is_a_problem_too(server):
    for path in ["/v1/runs/r999999", "/v1/workflows/nobody", "/v1/events/nothing", "/v1/why/r999999", "/v1/nothing"]:
        answer = server.request("GET", path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"].startswith("application/problem+json"), path
    server.cli("why", "r999999", code=5)


def test_the_examples_have_no_faults(server):
    files = sorted(str(path) for path in (ROOT / "examples").glob("*/*.yaml"))
    assert len(files) >= 5
    server.cli("lint", *files)
