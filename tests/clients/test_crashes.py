"""A server that is killed in the middle of its work, and what its clients see of it."""

import json
import os
import random
import select
import threading
from collections import Counter

from aws import ROLE, archive, client
from test_step_functions import ended, machine
from tidegate import PATIENCE_S

ITEMS = 1000
KILLED_AFTER_CALLS = (150, 400)

# Tells of each call, and fails the first call for every tenth item, in this process or another.
HANDLER = """
import os

def handler(event, context):
    told = os.open(event["told"], os.O_RDWR)
    os.write(told, b".")
    os.close(told)
    if event["item"] % 10 == 0:
        try:
            os.close(os.open(f'{event["seen"]}/{event["item"]}', os.O_CREAT | os.O_EXCL))
            raise RuntimeError("not at the first time")
        except FileExistsError:
            pass
    return event["item"] * 2
"""


def test_a_map_of_a_thousand_survives_kills_with_every_result_once_and_in_order(own_server, tmp_path):
    functions = client(own_server, "lambda")
    functions.create_function(
        FunctionName="double", Runtime="python3.12", Role=ROLE, Handler="handler.handler",
        Code={"ZipFile": archive(handler=HANDLER)},
    )
    definition = {
        "StartAt": "Each",
        "States": {"Each": {
            "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 50,
            "ItemSelector": {"item.$": "$$.Map.Item.Value", "told.$": "$.told", "seen.$": "$.seen"},
            "ItemProcessor": {"StartAt": "Double", "States": {"Double": {
                "Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:double",
                "Retry": [{"ErrorEquals": ["RuntimeError"], "IntervalSeconds": 1, "MaxAttempts": 3}],
                "End": True,
            }}},
            "End": True,
        }},
    }
    (tmp_path / "seen").mkdir()
    os.mkfifo(tmp_path / "told")
    # For both directions, so that no side waits for the other to open it.
    told = os.open(tmp_path / "told", os.O_RDWR)
    states = client(own_server, "stepfunctions")
    arn = machine(states, "each", json.dumps(definition))
    execution = states.start_execution(
        stateMachineArn=arn,
        input=json.dumps({"items": list(range(ITEMS)), "told": f"{tmp_path}/told", "seen": f"{tmp_path}/seen"}),
    )["executionArn"]
    for calls in KILLED_AFTER_CALLS:
        wait_for_calls(told, calls)
        own_server.kill()
        own_server.start()
    states = client(own_server, "stepfunctions")
    done = ended(states, execution)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"]) == [item * 2 for item in range(ITEMS)]

    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    kinds = Counter(event["type"] for event in events)
    assert kinds["MapIterationSucceeded"] == ITEMS
    assert kinds["LambdaFunctionSucceeded"] == ITEMS, "each end counts once"
    assert kinds["LambdaFunctionFailed"] <= ITEMS // 10
    os.close(told)


def wait_for_calls(told, calls):
    """Reads until the function has told of so many calls."""
    while calls > 0:
        readable, _, _ = select.select([told], [], [], PATIENCE_S)
        assert readable, "nobody called"
        calls -= len(os.read(told, calls))


FAULTS = """
dag: faults
functions: {wait: {builtin: sleep}}
tasks:
  first: {function: wait, input: {ms: 50, echo: begun}}
  echoes: {function: wait, after: first, map: "{% [0..9] %}", input: {ms: 100, echo: "{% item %}"}}
  sleeps: {function: wait, after: first, map: [10, 20, 40, 80, 160], input: {ms: "{% item %}", echo: "{% item %}"}}
"""
MOMENTS = 20


def test_a_dag_survives_a_kill_at_any_moment_with_every_end_counted_once(own_server, tmp_path):
    """A6 of the published benchmarks, its times scaled, killed at another moment each time."""
    (tmp_path / "faults.yaml").write_text(FAULTS)
    own_server.apply(tmp_path / "faults.yaml")
    moments = random.Random(6)
    for _ in range(MOMENTS):
        run = own_server.request("POST", "/v1/workflows/faults/runs", json={}).json()["id"]
        # Any moment of the run, which takes a good fifth of a second: the kill is to come where nobody expects it.
        threading.Event().wait(moments.uniform(0, 0.25))
        own_server.kill()
        own_server.start()
        done = own_server.finished(run)
        assert done["status"] == "succeeded", done
        assert done["output"] == {
            "first": "begun",
            "echoes": list(range(10)),
            "sleeps": [10, 20, 40, 80, 160],
        }
        steps = own_server.get(f"/v1/runs/{run}/history", params={"limit": 1000})["items"]
        facts = Counter(fact["fact"] for step in steps for fact in step["facts"])
        assert facts["task_ended"] == 16, "each end counts once"
        ends = [f for step in steps for f in step["facts"] if f["fact"] == "raised" and f["kind"] == "dag.task.ended"]
        assert sorted(end["subject"] for end in ends) == ["echoes", "first", "sleeps"]
