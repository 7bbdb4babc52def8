"""AWS Step Functions, with boto3 and awscli as their users have them."""

import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from aws import REGION, ROLE, awscli, client
from tidegate import PATIENCE_S, Tidegate

PASS = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}})
OTHER = json.dumps({"StartAt": "T", "States": {"T": {"Type": "Pass", "Result": 2, "End": True}}})
WAIT = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}})


@pytest.fixture(scope="module")
def states(server):
    return client(server, "stepfunctions")


def machine(states, name, definition=PASS, **more):
    return states.create_state_machine(name=name, definition=definition, roleArn=ROLE, **more)["stateMachineArn"]


def ended(states, execution):
    """The execution at its end."""
    for _ in range(PATIENCE_S * 50):
        answer = states.describe_execution(executionArn=execution)
        if answer["status"] != "RUNNING":
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{execution} did not end")


def refused(call, code, **members):
    """The message of a refusal with that code."""
    with pytest.raises(ClientError) as error:
        call(**members)
    assert error.value.response["Error"]["Code"] == code, error.value
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Message"]


def test_a_state_machine_is_created_once(states):
    arn = machine(states, "once")
    assert arn == f"arn:aws:states:{REGION}:000000000000:stateMachine:once"
    assert machine(states, "once") == arn
    message = refused(
        states.create_state_machine, "StateMachineAlreadyExists", name="once", definition=OTHER, roleArn=ROLE
    )
    assert message == f"State Machine Already Exists: '{arn}'"
    described = states.describe_state_machine(stateMachineArn=arn)
    assert described["definition"] == PASS and described["status"] == "ACTIVE"
    assert described["type"] == "STANDARD" and described["roleArn"] == ROLE
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def test_what_is_wrong_is_told_as_aws_tells_it(states):
    arn = f"arn:aws:states:{REGION}:000000000000:stateMachine:nowhere"
    message = refused(states.describe_state_machine, "StateMachineDoesNotExist", stateMachineArn=arn)
    assert message == f"State Machine Does Not Exist: '{arn}'"
    refused(states.start_execution, "StateMachineDoesNotExist", stateMachineArn=arn)
    assert "Invalid ARN prefix" in refused(states.describe_state_machine, "InvalidArn", stateMachineArn="nothing")
    refused(states.create_state_machine, "InvalidDefinition", name="bad", definition="{}", roleArn=ROLE)
    refused(states.create_state_machine, "InvalidName", name="b a d", definition=PASS, roleArn=ROLE)
    refused(states.list_state_machines, "InvalidToken", nextToken="nothing")
    refused(states.send_task_success, "InvalidToken", taskToken="nothing", output="{}")
    message = refused(states.list_state_machines, "ValidationException", maxResults=1001)
    assert "Member must have value less than or equal to 1000" in message
    good = machine(states, "wrong-input")
    refused(states.start_execution, "InvalidExecutionInput", stateMachineArn=good, input="not json")


def test_an_execution_runs_and_has_a_history(states):
    arn = machine(states, "runs")
    execution = states.start_execution(stateMachineArn=arn, name="first", input='{"a": 1}')["executionArn"]
    assert execution == f"arn:aws:states:{REGION}:000000000000:execution:runs:first"
    described = ended(states, execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"a": 1} and json.loads(described["input"]) == {"a": 1}
    assert described["stopDate"] >= described["startDate"]
    events = states.get_execution_history(executionArn=execution)["events"]
    types = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert [event["type"] for event in events] == types
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3]
    assert json.loads(events[0]["executionStartedEventDetails"]["input"]) == {"a": 1}
    assert events[2]["stateExitedEventDetails"]["name"] == "S"
    bare = states.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
    assert "input" not in bare[0]["executionStartedEventDetails"]
    of = states.describe_state_machine_for_execution(executionArn=execution)
    assert of["definition"] == PASS


def test_a_name_starts_one_execution(states):
    arn = machine(states, "named", WAIT)
    first = states.start_execution(stateMachineArn=arn, name="one", input='{"a":1}')
    again = states.start_execution(stateMachineArn=arn, name="one", input='{ "a": 1 }')
    assert again["executionArn"] == first["executionArn"] and again["startDate"] == first["startDate"]
    refused(states.start_execution, "ExecutionAlreadyExists", stateMachineArn=arn, name="one", input="{}")
    states.stop_execution(executionArn=first["executionArn"], error="Enough", cause="It was.")
    stopped = states.describe_execution(executionArn=first["executionArn"])
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Enough", "It was.")
    refused(states.start_execution, "ExecutionAlreadyExists", stateMachineArn=arn, name="one", input='{"a":1}')
    last = states.get_execution_history(executionArn=first["executionArn"], reverseOrder=True)["events"][0]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Enough", "cause": "It was."}


def test_histories_are_paged_in_both_directions(states):
    items = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": json.loads(PASS), "End": True}
    arn = machine(states, "long", json.dumps({"StartAt": "M", "States": {"M": items}}))
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(list(range(60))))["executionArn"]
    assert ended(states, execution)["status"] == "SUCCEEDED"

    def ids(**how):
        pages = states.get_paginator("get_execution_history").paginate(executionArn=execution, **how)
        return [event["id"] for page in pages for event in page["events"]]

    everything = list(range(1, 1 + 3 + 4 * 60 + 3))
    assert ids() == everything
    assert ids(PaginationConfig={"PageSize": 7}) == everything
    assert ids(PaginationConfig={"PageSize": 7}, reverseOrder=True) == everything[::-1]


def test_executions_are_listed_by_status_and_page(states):
    arn = machine(states, "listed", WAIT)
    names = [f"n{number}" for number in range(5)]
    started = [states.start_execution(stateMachineArn=arn, name=name)["executionArn"] for name in names]
    states.stop_execution(executionArn=started[0])

    def listed(**how):
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn, **how)
        return [execution["name"] for page in pages for execution in page["executions"]]

    assert listed() == names[::-1]
    assert listed(PaginationConfig={"PageSize": 2}) == names[::-1]
    assert listed(statusFilter="ABORTED") == ["n0"]
    assert listed(statusFilter="RUNNING") == names[:0:-1]
    for execution in started:
        states.stop_execution(executionArn=execution)


def test_versions_and_aliases_lead_to_revisions(states):
    created = states.create_state_machine(name="versioned", definition=PASS, roleArn=ROLE, publish=True)
    arn, first = created["stateMachineArn"], created["stateMachineVersionArn"]
    assert first == f"{arn}:1"
    assert states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == first
    updated = states.update_state_machine(stateMachineArn=arn, definition=OTHER, publish=True)
    second = updated["stateMachineVersionArn"]
    assert second == f"{arn}:2" and updated["revisionId"]
    listed = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in listed] == [second, first]
    assert states.describe_state_machine(stateMachineArn=first)["definition"] == PASS
    refused(
        states.create_state_machine_alias,
        "ValidationException",
        name="live",
        routingConfiguration=[{"stateMachineVersionArn": first, "weight": 50}],
    )
    routes = [{"stateMachineVersionArn": first, "weight": 100}, {"stateMachineVersionArn": second, "weight": 0}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    assert states.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"] == routes
    execution = states.start_execution(stateMachineArn=alias, input="1")["executionArn"]
    described = ended(states, execution)
    assert described["output"] == "1" and described["stateMachineVersionArn"] == first
    assert described["stateMachineAliasArn"] == alias
    states.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{"stateMachineVersionArn": second, "weight": 100}]
    )
    execution = states.start_execution(stateMachineArn=alias, input="1")["executionArn"]
    assert ended(states, execution)["output"] == "2"
    refused(states.delete_state_machine_version, "ConflictException", stateMachineVersionArn=second)
    assert len(states.list_executions(stateMachineArn=alias)["executions"]) == 2
    states.delete_state_machine_alias(stateMachineAliasArn=alias)
    states.delete_state_machine_version(stateMachineVersionArn=second)
    assert states.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"] == []


def test_an_express_execution_answers_with_its_end(states):
    arn = machine(states, "express", type="EXPRESS")
    answer = states.start_sync_execution(stateMachineArn=arn, name="x", input='{"a":1}')
    assert answer["status"] == "SUCCEEDED" and answer["output"] == '{"a":1}'
    assert ":express:express:x:" in answer["executionArn"]
    assert answer["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0
    standard = machine(states, "no-express")
    refused(states.start_sync_execution, "StateMachineTypeNotSupported", stateMachineArn=standard)


def test_a_worker_takes_and_ends_tasks_of_an_activity(states):
    activity = states.create_activity(name="approve")["activityArn"]
    assert states.create_activity(name="approve")["activityArn"] == activity
    task = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 20, "End": True}
    arn = machine(states, "asks", json.dumps({"StartAt": "T", "States": {"T": task}}))
    taken = []

    def take():
        taken.append(states.get_activity_task(activityArn=activity, workerName="w"))

    worker = threading.Thread(target=take)
    worker.start()
    execution = states.start_execution(stateMachineArn=arn, input='{"a":1}')["executionArn"]
    worker.join(PATIENCE_S)
    token = taken[0]["taskToken"]
    assert json.loads(taken[0]["input"]) == {"a": 1}
    states.send_task_heartbeat(taskToken=token)
    refused(states.send_task_success, "InvalidOutput", taskToken=token, output="no json")
    states.send_task_success(taskToken=token, output='"yes"')
    assert ended(states, execution)["output"] == '"yes"'
    refused(states.send_task_success, "TaskTimedOut", taskToken=token, output='"yes"')

    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    token = states.get_activity_task(activityArn=activity)["taskToken"]
    states.send_task_failure(taskToken=token, error="No", cause="Because.")
    failed = ended(states, execution)
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "No", "Because.")
    states.delete_activity(activityArn=activity)
    refused(states.describe_activity, "ActivityDoesNotExist", activityArn=activity)


def test_tags_are_attached_and_taken_off(states):
    arn = machine(states, "tagged", tags=[{"key": "a", "value": "1"}])
    states.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
    states.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "2"}]


def test_state_machines_belong_to_an_account_and_a_region(server, states):
    machine(states, "local")
    elsewhere = client(server, "stepfunctions", region="us-west-2", account="123456789012")
    arn = machine(elsewhere, "local", OTHER)
    assert arn == "arn:aws:states:us-west-2:123456789012:stateMachine:local"
    assert [known["name"] for known in elsewhere.list_state_machines()["stateMachines"]] == ["local"]
    execution = elsewhere.start_execution(stateMachineArn=arn)["executionArn"]
    assert ended(elsewhere, execution)["output"] == "2"


def test_a_deleted_state_machine_starts_nothing_and_its_executions_stay(states):
    arn = machine(states, "gone")
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    ended(states, execution)
    states.delete_state_machine(stateMachineArn=arn)
    states.delete_state_machine(stateMachineArn=arn)
    refused(states.start_execution, "StateMachineDoesNotExist", stateMachineArn=arn)
    assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    assert machine(states, "gone", OTHER) == arn


def test_everything_is_there_after_a_kill(own_server):
    states = client(own_server, "stepfunctions")
    arn = machine(states, "durable", WAIT)
    execution = states.start_execution(stateMachineArn=arn, name="e", input='{"a":1}')["executionArn"]
    own_server.kill()
    own_server.start()
    states = client(own_server, "stepfunctions")
    assert states.describe_state_machine(stateMachineArn=arn)["definition"] == WAIT
    described = states.describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING" and json.loads(described["input"]) == {"a": 1}
    types = [event["type"] for event in states.get_execution_history(executionArn=execution)["events"]]
    assert types == ["ExecutionStarted", "WaitStateEntered"]
    states.stop_execution(executionArn=execution)


def test_the_command_line_of_aws_works(server):
    arn = awscli(
        server, "stepfunctions", "create-state-machine", "--name", "cli", "--definition", PASS, "--role-arn", ROLE
    )["stateMachineArn"]
    started = awscli(server, "stepfunctions", "start-execution", "--state-machine-arn", arn, "--input", "{}")
    history = awscli(server, "stepfunctions", "get-execution-history", "--execution-arn", started["executionArn"])
    assert history["events"][0]["type"] == "ExecutionStarted"
    assert awscli(server, "sts", "get-caller-identity")["Account"] == "000000000000"
    awscli(server, "stepfunctions", "describe-state-machine", "--state-machine-arn", f"{arn}-no", code=255)


def test_roles_are_kept_for_who_asks(server):
    iam = client(server, "iam")
    trust = {"Version": "2012-10-17", "Statement": []}
    created = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    assert created["Arn"] == "arn:aws:iam::000000000000:role/worker"
    assert created["AssumeRolePolicyDocument"] == trust
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument='{"a": "b c"}')
    assert iam.get_role_policy(RoleName="worker", PolicyName="own")["PolicyDocument"] == {"a": "b c"}
    iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/service-role/Any")
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert attached == [{"PolicyName": "Any", "PolicyArn": "arn:aws:iam::aws:policy/service-role/Any"}]
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    iam.delete_role(RoleName="worker")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="worker")


PAY = json.dumps(
    {
        "StartAt": "Pay",
        "States": {
            "Pay": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "nobody-pays", "Payload.$": "$"},
                "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}],
                "OutputPath": "$.Payload",
                "End": True,
            }
        },
    }
)
BUSY = {"Throw": {"Error": "Busy", "Cause": "try later"}}
MOCKS = {
    "StateMachines": {"pay": {"TestCases": {"third": {"Pay": "Third"}, "never": {"Pay": "Never"}}}},
    "MockedResponses": {
        "Third": {"0-1": BUSY, "2": {"Return": {"StatusCode": 200, "Payload": {"paid": True}}}},
        "Never": {"0-2": BUSY},
    },
}


def test_a_test_case_of_the_mock_configuration_is_run_by_its_name(tmp_path):
    config = tmp_path / "MockConfigFile.json"
    config.write_text(json.dumps(MOCKS))
    server = Tidegate(tmp_path / "data").start("--mock-config", str(config))
    states = client(server, "stepfunctions")
    arn = machine(states, "pay", PAY)

    def execution(case):
        return states.start_execution(stateMachineArn=arn + case)["executionArn"]

    third, never, real = execution("#third"), execution("#never"), execution("")
    assert json.loads(ended(states, third)["output"]) == {"paid": True}
    kinds = [event["type"] for event in states.get_execution_history(executionArn=third)["events"]]
    assert kinds.count("TaskFailed") == 2 and kinds.count("TaskSucceeded") == 1
    failed = ended(states, never)
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Busy", "try later")
    assert ended(states, real)["error"] == "Lambda.ResourceNotFoundException"
    refused(states.start_execution, "InvalidName", stateMachineArn=arn + "#thrid")
    listed = states.list_executions(stateMachineArn=arn)["executions"]
    assert {item["executionArn"] for item in listed} == {third, never, real}
    assert states.describe_state_machine_for_execution(executionArn=third)["definition"] == PAY

    # The express kind, and a server that has been away.
    express = machine(states, "pay-express", PAY, type="EXPRESS")
    refused(states.start_sync_execution, "InvalidName", stateMachineArn=express + "#third")
    waiting = execution("#third")
    server.kill()
    server.start("--mock-config", str(config))
    states = client(server, "stepfunctions")
    assert json.loads(ended(states, waiting)["output"]) == {"paid": True}
    assert server.stop() == 0


def test_a_task_is_tested_with_the_function_that_it_names(states, server):
    spec = {"runtime": "builtin", "builtin": "echo"}
    assert server.request("PUT", "/v1/functions/echo", json=spec).status_code in (200, 201)
    state = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:echo", "End": True}
    tested = states.test_state(definition=json.dumps(state), roleArn=ROLE, input='{"a": 1}')
    assert tested["status"] == "SUCCEEDED" and json.loads(tested["output"]) == {"a": 1}
