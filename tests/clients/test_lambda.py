"""AWS Lambda, with boto3: functions in archives, and calling them."""

import base64
import json
import time

import pytest

from aws import ROLE, archive, client
from tidegate import PATIENCE_S

HANDLER = """\
import os


def handler(event, context):
    print("called with", event)
    if event.get("fail"):
        raise ValueError("no such tide")
    return {"event": event, "word": os.environ.get("WORD"), "function": context.function_name}
"""


@pytest.fixture(scope="module")
def functions(server):
    return client(server, "lambda")


def create(functions, name, code=HANDLER, **more):
    created = functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.handler",
        Code={"ZipFile": archive(handler=code)},
        **more,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return created


def called(functions, name, payload, **more):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload), **more)
    return answer, json.loads(answer["Payload"].read())


def test_a_function_is_called_by_any_of_its_names(functions):
    created = create(functions, "tide", Environment={"Variables": {"WORD": "ebb"}})
    assert created["State"] == "Active" and created["Version"] == "$LATEST"
    for name in ["tide", created["FunctionArn"], "000000000000:function:tide", "tide:$LATEST"]:
        answer, result = called(functions, name, {"a": 1})
        assert answer["StatusCode"] == 200 and "FunctionError" not in answer
        assert result == {"event": {"a": 1}, "word": "ebb", "function": "tide"}


def test_an_error_of_the_function_is_an_answer(functions):
    create(functions, "fails")
    answer, error = called(functions, "fails", {"fail": True}, LogType="Tail")
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "ValueError" and error["errorMessage"] == "no such tide"
    assert error["stackTrace"]
    assert "called with" in base64.b64decode(answer["LogResult"]).decode()


def test_a_call_may_be_tried_or_left_to_itself(functions):
    create(functions, "later")
    assert functions.invoke(FunctionName="later", InvocationType="DryRun")["StatusCode"] == 204
    assert functions.invoke(FunctionName="later", InvocationType="Event", Payload="{}")["StatusCode"] == 202


def test_code_and_settings_change_and_versions_do_not(functions):
    create(functions, "changes", "def handler(event, context):\n    return 1\n", Publish=True)
    functions.update_function_code(
        FunctionName="changes", ZipFile=archive(handler="def handler(event, context):\n    return 2\n")
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName="changes")
    assert called(functions, "changes", {})[1] == 2
    assert called(functions, "changes", {}, Qualifier="1")[1] == 1
    updated = functions.update_function_configuration(FunctionName="changes", Timeout=7)
    assert updated["Timeout"] == 7
    assert functions.publish_version(FunctionName="changes")["Version"] == "2"
    listed = functions.list_versions_by_function(FunctionName="changes")["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST", "1", "2"]


def test_functions_are_listed_and_deleted(functions):
    create(functions, "short-lived", Tags={"a": "b"})
    assert functions.get_function(FunctionName="short-lived")["Tags"] == {"a": "b"}
    listed = functions.list_functions()["Functions"]
    assert "short-lived" in [function["FunctionName"] for function in listed]
    functions.delete_function(FunctionName="short-lived")
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as error:
        functions.invoke(FunctionName="short-lived")
    assert "Function not found: arn:aws:lambda:" in str(error.value)


def test_what_cannot_run_is_refused(functions):
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.create_function(FunctionName="image", Role=ROLE, Code={"ImageUri": "any"}, PackageType="Image")
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.create_function(
            FunctionName="broken", Runtime="python3.12", Handler="a.b", Role=ROLE, Code={"ZipFile": b"no archive"}
        )
    create(functions, "twice")
    with pytest.raises(functions.exceptions.ResourceConflictException):
        create(functions, "twice")


def test_permissions_are_kept(functions):
    create(functions, "shared")
    functions.add_permission(
        FunctionName="shared", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    policy = json.loads(functions.get_policy(FunctionName="shared")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"Service": "events.amazonaws.com"}
    functions.remove_permission(FunctionName="shared", StatementId="s")


def test_a_state_machine_calls_a_function(server, functions):
    arn = create(functions, "step")["FunctionArn"]
    states = client(server, "stepfunctions")
    definition = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True}}}
    machine = states.create_state_machine(name="calls", definition=json.dumps(definition), roleArn=ROLE)
    started = states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"a":1}')
    for _ in range(PATIENCE_S * 50):
        answer = states.describe_execution(executionArn=started["executionArn"])
        if answer["status"] != "RUNNING":
            break
        time.sleep(0.02)
    assert json.loads(answer["output"])["event"] == {"a": 1}
