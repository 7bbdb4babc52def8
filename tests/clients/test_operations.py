"""What whoever runs Tidegate relies on: metrics, health, its description, limits, ends and restarts."""

import http.client
import json
import os
import select
import subprocess
from urllib.parse import urlsplit

import pytest
from cloudevents.core.bindings.http import to_binary_event
from cloudevents.core.v1.event import CloudEvent
from openapi_spec_validator import validate

from tidegate import PATIENCE_S

MIB = 1 << 20

JOIN = """\
workflow: pair
triggers:
  both: {on: {type: half}, when: {join: 2}, do: [{complete: done}]}
"""

# Its function says with which key it was called, and ends once somebody opens the gate.
SLOW = r"""
workflow: slow
functions:
  wait: {command: [sh, -c, 'echo "$TIDEGATE_IDEMPOTENCY_KEY" >begun; : <gate; echo "\"$TIDEGATE_IDEMPOTENCY_KEY\""']}
triggers:
  begin: {on: start, do: [{invoke: {function: wait}}]}
  end: {on: {succeeded: wait}, do: [{complete: "{% event.data %}"}]}
"""


def emit(server, number):
    """Sends a `half`, and returns the receipt."""
    event = CloudEvent({"id": str(number), "source": "/operations", "type": "half"}, {"number": number})
    message = to_binary_event(event)
    answer = server.request("POST", "/v1/events", headers=message.headers, data=message.body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def start_pair(server):
    answer = server.request("PUT", "/v1/workflows/pair", data=JOIN, headers={"Content-Type": "application/yaml"})
    assert answer.ok, answer.text
    answer = server.request("POST", "/v1/workflows/pair/runs", json={})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_the_description_is_valid_and_names_the_doors(server):
    description = server.get("/openapi.json")
    validate(description)
    for path in ["/v1/events", "/v1/workflows/{name}", "/v1/runs/{id}", "/v1/why/{id}", "/v1/stream"]:
        assert path in description["paths"]


def test_metrics_count_what_was_done(server):
    def sample(name):
        (line,) = (line for line in server.request("GET", "/metrics").text.splitlines() if line.startswith(name + " "))
        return float(line.split()[-1])

    published, duplicates = "tidegate_events_total", 'tidegate_events_settled_total{outcome="duplicate"}'
    before = sample(published), sample(duplicates)
    emit(server, "metrics")
    assert (sample(published), sample(duplicates)) == (before[0] + 1, before[1])
    emit(server, "metrics")
    assert (sample(published), sample(duplicates)) == (before[0] + 2, before[1] + 1)


def test_health_is_told(server):
    assert server.request("GET", "/healthz").status_code == 200
    assert server.request("GET", "/readyz").status_code == 200


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_event_of_100_mib_is_refused_and_nothing_is_lost(own_server, framing):
    run = start_pair(own_server)
    emit(own_server, "before")
    status, problem = huge_event_answer(own_server, 100 * MIB, framing)
    assert status == 413
    assert problem["limit_bytes"] == 64 * MIB
    assert own_server.get(f"/v1/runs/{run}")["status"] == "running", "the refused event was not half of it"
    emit(own_server, "after")
    assert own_server.finished(run)["output"] == "done"


def huge_event_answer(server, size_bytes, framing):
    """Status and problem for an event with that much data, sent as far as the server listens."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.putrequest("POST", "/v1/events")
    headers = {"specversion": "1.0", "id": "huge", "source": "/operations", "type": "half"}
    for name, value in headers.items():
        connection.putheader(f"ce-{name}", value)
    connection.putheader("Content-Type", "application/octet-stream")
    if framing == "length":
        connection.putheader("Content-Length", str(size_bytes))
        piece, last = bytes(MIB), b""
    else:
        connection.putheader("Transfer-Encoding", "chunked")
        piece, last = b"%x\r\n%b\r\n" % (MIB, bytes(MIB)), b"0\r\n\r\n"
    connection.endheaders()
    try:
        for _ in range(size_bytes // MIB):
            connection.send(piece)
        connection.send(last)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it answered before it had read all, as it may
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_curl_with_an_event_of_100_mib_is_told_that_it_is_too_large(server, tmp_path):
    data = tmp_path / "data"
    with open(data, "wb") as file:
        file.truncate(100 * MIB)
    command = ["curl", "--silent", "--show-error", "--max-time", str(PATIENCE_S), "--write-out", "%{http_code}"]
    for header in ["ce-specversion: 1.0", "ce-id: huge", "ce-source: /curl", "ce-type: half", "content-type: a/b"]:
        command += ["--header", header]
    command += ["--output", str(tmp_path / "answer"), "--data-binary", f"@{data}", server.url + "/v1/events"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "413"
    assert json.loads((tmp_path / "answer").read_text())["type"] == "/problems/too-large"


def test_it_ends_when_asked_and_remembers(own_server):
    run = start_pair(own_server)
    first = emit(own_server, 1)
    assert own_server.stop() == 0
    own_server.start()
    assert own_server.get(f"/v1/runs/{run}")["status"] == "running"
    again = emit(own_server, 1)
    assert again == {"ids": first["ids"], "duplicates": [0]}, "what was acknowledged is known after a restart"
    assert own_server.get(f"/v1/events/{first['ids'][0]}")["event"]["data"] == {"number": 1}
    assert own_server.get(f"/v1/runs/{run}")["status"] == "running"
    emit(own_server, 2)
    assert own_server.finished(run)["output"] == "done"


def test_a_kill_loses_nothing_that_was_acknowledged(own_server):
    run = start_pair(own_server)
    first = emit(own_server, 1)
    own_server.kill()
    own_server.start()
    assert emit(own_server, 1) == {"ids": first["ids"], "duplicates": [0]}
    assert own_server.get(f"/v1/runs/{run}")["status"] == "running"
    emit(own_server, 2)
    assert own_server.finished(run)["output"] == "done"


def test_a_task_that_a_kill_cut_off_runs_once_more_with_the_same_key(own_server, tmp_path):
    workflow = tmp_path / "slow.yaml"
    workflow.write_text(SLOW)
    own_server.cli("apply", str(workflow))
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "gate")
    with Pipe(tmp_path / "begun") as begun:
        run = own_server.request("POST", "/v1/workflows/slow/runs").json()["id"]
        key = begun.line()
        own_server.kill()
        own_server.start()
        assert begun.line() == key, "the second call has the key of the first"
        with Pipe(tmp_path / "gate"):
            assert own_server.finished(run)["output"] == key


class Pipe:
    """A named pipe whose other side never waits for this one."""

    def __init__(self, path):
        # For both directions, so that neither opening it nor an end of the other side blocks or ends anything.
        self.descriptor = os.open(path, os.O_RDWR)

    def line(self):
        """The next line that is written to it."""
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self.descriptor], [], [], PATIENCE_S)
            assert readable, "nobody wrote to it"
            line += os.read(self.descriptor, 1)
        return line.decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)


def test_ephemeral_forgets(own_server):
    assert own_server.stop() == 0
    own_server.start("--ephemeral")
    run = start_pair(own_server)
    assert own_server.get(f"/v1/runs/{run}")["status"] == "running"
    assert own_server.stop() == 0
    own_server.start()
    assert own_server.request("GET", f"/v1/runs/{run}").status_code == 404
