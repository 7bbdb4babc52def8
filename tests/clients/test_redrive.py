"""Redriving executions and looking into map runs, with boto3 as its users have it."""

import json
from threading import Thread

import pytest

from aws import client
from test_step_functions import ended, machine, refused


@pytest.fixture(scope="module")
def states(server):
    return client(server, "stepfunctions")


class Worker:
    """Takes the tasks of an activity, and fails those whose input is broken."""

    def __init__(self, states, name):
        self.states = states
        self.arn = states.create_activity(name=name)["activityArn"]
        self.broken = []
        self.seen = []

    def work(self, count):
        """Carries out so many tasks, beside the caller."""
        thread = Thread(target=lambda: [self.carry_out() for _ in range(count)], daemon=True)
        thread.start()
        return thread

    def carry_out(self):
        task = self.states.get_activity_task(activityArn=self.arn)
        value = json.loads(task["input"])
        self.seen.append(value)
        if value in self.broken:
            self.states.send_task_failure(taskToken=task["taskToken"], error="Broken", cause=f"{value}")
        else:
            self.states.send_task_success(taskToken=task["taskToken"], output=json.dumps({"done": value}))


def events(states, execution, **options):
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution, **options)
    return [event for page in pages for event in page["events"]]


def test_an_execution_goes_on_where_it_failed(states):
    worker = Worker(states, "redriven")
    task = {"Type": "Task", "Resource": worker.arn, "ResultPath": None}
    definition = {
        "StartAt": "First",
        "States": {
            "First": {**task, "Parameters": 1, "Next": "Second"},
            "Second": {**task, "Parameters": 2, "ResultPath": "$.second", "End": True},
        },
    }
    arn = machine(states, "redriven", json.dumps(definition))
    worker.broken = [2]
    execution = states.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')["executionArn"]
    worker.work(2)
    failed = ended(states, execution)
    assert (failed["status"], failed["error"], failed["redriveStatus"]) == ("FAILED", "Broken", "REDRIVABLE")
    before = events(states, execution)
    assert before[-1]["type"] == "ExecutionFailed"

    worker.broken = []
    redriven = states.redrive_execution(executionArn=execution, clientToken="once")
    # The same request again is the same redrive.
    again = states.redrive_execution(executionArn=execution, clientToken="once")
    assert again["redriveDate"] == redriven["redriveDate"]
    worker.work(1)
    done = ended(states, execution)
    assert (done["status"], done["redriveCount"], done["redriveDate"]) == ("SUCCEEDED", 1, redriven["redriveDate"])
    assert json.loads(done["output"]) == {"a": 1, "second": {"done": 2}}
    assert (done["input"], done["startDate"]) == ('{"a":1}', failed["startDate"])
    assert worker.seen == [1, 2, 2]

    history = events(states, execution)
    assert history[: len(before)] == before
    assert [event["type"] for event in history[len(before) :]] == [
        "ExecutionRedriven",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert history[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert events(states, execution, maxResults=3) == history
    assert events(states, execution, maxResults=3, reverseOrder=True) == history[::-1]

    listed = states.list_executions(stateMachineArn=arn)["executions"]
    assert [(found["executionArn"], found["status"], found["redriveCount"]) for found in listed] == [
        (execution, "SUCCEEDED", 1)
    ]
    assert not states.list_executions(stateMachineArn=arn, redriveFilter="NOT_REDRIVEN")["executions"]
    message = refused(states.redrive_execution, "ExecutionNotRedrivable", executionArn=execution)
    assert message == f"Execution is SUCCEEDED and cannot be redriven: '{execution}'"


def test_only_what_failed_of_a_map_run_is_done_again(states):
    worker = Worker(states, "items")
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "MaxConcurrency": 1,
                "Label": "Each",
                "ToleratedFailurePercentage": 50,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Item",
                    "States": {"Item": {"Type": "Task", "Resource": worker.arn, "End": True}},
                },
                "End": True,
            }
        },
    }
    arn = machine(states, "mapped", json.dumps(definition))
    worker.broken = [1, 2, 3]
    start = {"stateMachineArn": arn, "name": "one", "input": json.dumps({"items": [1, 2, 3, 4]})}
    execution = states.start_execution(**start)["executionArn"]
    (map_run,) = [run["mapRunArn"] for run in states.list_map_runs(executionArn=execution)["mapRuns"]]
    told = states.describe_map_run(mapRunArn=map_run)
    assert (told["maxConcurrency"], told["toleratedFailurePercentage"]) == (1, 50.0)
    assert (told["status"], told["itemCounts"]["pending"], told["itemCounts"]["running"]) == ("RUNNING", 3, 1)

    # With room for three, and one that may fail, the second failure is one too many.
    states.update_map_run(mapRunArn=map_run, maxConcurrency=3, toleratedFailurePercentage=25)
    told = states.describe_map_run(mapRunArn=map_run)
    assert (told["maxConcurrency"], told["toleratedFailurePercentage"]) == (3, 25.0)
    assert (told["itemCounts"]["pending"], told["itemCounts"]["running"]) == (1, 3)
    worker.work(2)
    failed = ended(states, execution)
    assert failed["error"] == "States.ExceedToleratedFailureThreshold"
    told = states.describe_map_run(mapRunArn=map_run)
    assert (told["status"], told["itemCounts"]["failed"]) == ("FAILED", 2)
    refused(states.update_map_run, "ValidationException", mapRunArn=map_run, maxConcurrency=2)

    children = states.list_executions(mapRunArn=map_run)["executions"]
    assert [child["status"] for child in children][:2] == ["FAILED", "FAILED"]
    child = states.describe_execution(executionArn=children[0]["executionArn"])
    assert (child["status"], child["input"], child["error"]) == ("FAILED", "1", "Broken")
    assert child["mapRunArn"] == map_run and child["stateMachineArn"].endswith(":stateMachine:mapped/Each")
    history = [event["type"] for event in events(states, children[0]["executionArn"])]
    assert history == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivityFailed",
        "ExecutionFailed",
    ]
    refused(states.redrive_execution, "ExecutionNotRedrivable", executionArn=children[0]["executionArn"])

    worker.broken = []
    states.redrive_execution(executionArn=execution)
    worker.work(4)
    done = ended(states, execution)
    assert json.loads(done["output"]) == [{"done": item} for item in (1, 2, 3, 4)]
    told = states.describe_map_run(mapRunArn=map_run)
    assert (told["status"], told["redriveCount"], told["itemCounts"]["succeeded"]) == ("SUCCEEDED", 1, 4)
    assert len(states.list_map_runs(executionArn=execution)["mapRuns"]) == 1
    child = states.describe_execution(executionArn=children[0]["executionArn"])
    assert (child["status"], json.loads(child["output"]), child["redriveCount"]) == ("SUCCEEDED", {"done": 1}, 1)


def test_an_aborted_execution_goes_on(states):
    worker = Worker(states, "aborted")
    definition = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": worker.arn, "End": True}}}
    arn = machine(states, "aborted", json.dumps(definition))
    execution = states.start_execution(stateMachineArn=arn, input="7")["executionArn"]
    running = refused(states.redrive_execution, "ExecutionNotRedrivable", executionArn=execution)
    assert running == f"Execution is RUNNING and cannot be redriven: '{execution}'"
    states.stop_execution(executionArn=execution, error="Enough", cause="for today")
    assert ended(states, execution)["status"] == "ABORTED"
    states.redrive_execution(executionArn=execution)
    worker.work(1)
    done = ended(states, execution)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"done": 7})
    kinds = [event["type"] for event in events(states, execution)]
    assert kinds[-7:-5] == ["ExecutionAborted", "ExecutionRedriven"]
    ids = [event["id"] for event in events(states, execution)]
    assert ids == list(range(1, len(ids) + 1))


def test_a_redriven_execution_survives_a_kill(own_server):
    server = own_server
    states = client(server, "stepfunctions")
    worker = Worker(states, "killed")
    definition = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": worker.arn, "End": True}}}
    arn = machine(states, "killed", json.dumps(definition))
    execution = states.start_execution(stateMachineArn=arn, input="7")["executionArn"]
    worker.broken = [7]
    worker.work(1)
    ended(states, execution)
    states.redrive_execution(executionArn=execution)
    server.kill()
    server.start()
    worker.broken = []
    worker.states = client(server, "stepfunctions")
    worker.work(1)
    done = ended(worker.states, execution)
    assert (done["status"], done["redriveCount"]) == ("SUCCEEDED", 1)
