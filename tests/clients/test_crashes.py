"""A server that is killed in the middle of a Map state, and what AWS's client sees of it."""

import json
import os
import select
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
