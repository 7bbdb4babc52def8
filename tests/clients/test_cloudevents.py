"""Events in, by the CloudEvents SDK and by hand: each of the three content modes of the HTTP binding."""

import base64
import json

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


def event(number, **attributes):
    base = {"id": f"e{number}", "source": "/clients", "type": "com.example.note", "subject": "n"}
    return CloudEvent({**base, **attributes}, {"number": number, "text": "Grüße"})


def post(server, message):
    return server.request("POST", "/v1/events", headers=message.headers, data=message.body)


def accepted(answer):
    """The receipt: the ledger id of each event, and the places of those that had arrived before."""
    assert answer.status_code == 202, answer.text
    return answer.json()


def post_batch(server, events):
    batch = [json.loads(JSONFormat().write(event)) for event in events]
    headers = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}
    return server.request("POST", "/v1/events", headers=headers, data=json.dumps(batch).encode())


def stored(server, ledger_id):
    return server.get(f"/v1/events/{ledger_id}")


@pytest.mark.parametrize("encode", [to_binary_event, to_structured_event])
def test_an_event_of_the_sdk_is_kept_as_it_was_sent(server, encode):
    sent = event(encode.__name__, subject="häfen/7", tenant="blue")
    answer = post(server, encode(sent))
    (ledger_id,) = accepted(answer)["ids"]
    assert answer.headers["Location"] == f"/v1/events/{ledger_id}"
    kept = stored(server, ledger_id)["event"]
    assert kept["id"] == sent.get_id()
    assert kept["source"] == sent.get_source()
    assert kept["type"] == sent.get_type()
    assert kept["subject"] == "häfen/7"
    assert kept["tenant"] == "blue"
    assert kept["data"] == sent.get_data()


def test_a_batch_is_taken_whole(server):
    receipt = accepted(post_batch(server, [event(f"batch-{number}") for number in range(100)]))
    assert len(set(receipt["ids"])) == 100
    assert receipt["duplicates"] == []
    for number in (0, 57, 99):
        assert stored(server, receipt["ids"][number])["event"]["id"] == f"ebatch-{number}"


def test_one_bad_event_of_a_batch_is_named_and_none_is_taken(server):
    good, bad = (json.loads(JSONFormat().write(event(f"half-{number}"))) for number in range(2))
    del bad["type"]
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    answer = server.request("POST", "/v1/events", headers=headers, data=json.dumps([good, bad]))
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["event"] == 1
    assert answer.json()["pointer"].startswith("/1")
    receipt = accepted(post(server, to_structured_event(event("half-0"))))
    assert receipt["duplicates"] == [], "its first arrival was not taken"


def test_a_second_arrival_is_answered_as_a_duplicate(server):
    message = to_binary_event(event("twice"))
    first = accepted(post(server, message))
    second = accepted(post(server, message))
    assert first["duplicates"] == []
    assert second == {"ids": first["ids"], "duplicates": [0]}


def test_duplicates_in_a_batch_are_named_by_their_places(server):
    (known,) = accepted(post(server, to_structured_event(event("known"))))["ids"]
    receipt = accepted(post_batch(server, [event("fresh"), event("known"), event("fresh"), event("other")]))
    fresh, second_known, second_fresh, other = receipt["ids"]
    assert receipt["duplicates"] == [1, 2]
    assert (second_known, second_fresh) == (known, fresh)
    assert len({known, fresh, other}) == 3


def test_binary_data_survives(server):
    content = bytes(range(256))
    sent = CloudEvent(
        {"id": "b", "source": "/clients", "type": "com.example.bytes", "datacontenttype": "image/png"}, content
    )
    (ledger_id,) = accepted(post(server, to_binary_event(sent)))["ids"]
    kept = stored(server, ledger_id)["event"]
    assert base64.b64decode(kept["data_base64"]) == content
    assert kept["datacontenttype"] == "image/png"


@pytest.mark.parametrize(
    "change",
    [
        {"ce-specversion": "0.1"},
        {"ce-id": ""},
        {"ce-time": "yesterday"},
        {"Content-Type": "application/json", "body": "{"},
    ],
)
def test_what_is_no_event_gets_a_problem_that_says_why(server, change):
    message = to_binary_event(event("bad"))
    body = change.pop("body", message.body)
    answer = server.request("POST", "/v1/events", headers={**message.headers, **change}, data=body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == 400
    assert problem["type"] and problem["title"] and problem["detail"]
