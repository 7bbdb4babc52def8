"""Drives one case through the AWS door, with boto3, and gives the row that tells what came of it."""

import datetime
import json
import re
import threading
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

import functions

ROLE = "arn:aws:iam::111111111111:role/conformance"
# The account and the region of the ARNs in recorded definitions. A key of twelve digits names the account.
ACCOUNT = "111111111111"
REGION = "us-east-1"
FINAL = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
# What a state machine does that a recorded execution starts, where nothing is said about it.
TARGET = {"StartAt": "State_1", "States": {"State_1": {"Type": "Pass", "Result": {"Arg1": "argument1"}, "End": True}}}
# Behaviours of functions that may be called once more than their case says.
WARMED = {"identity", "const", "const_repeat", "python_repr_prefix"}
# Retries with backoff and functions that sleep need up to about 70 s.
PATIENCE_S = 85


class OutOfPatience(Exception):
    """An execution that has not ended in the time it was given."""


class Door:
    """The clients of one server; boto3's clients may be shared between threads."""

    def __init__(self, server, jobs=8, emulator=None):
        self.emulator = emulator
        config = Config(
            # The door has one host for all.
            inject_host_prefix=False,
            retries={"max_attempts": 0},
            connect_timeout=10,
            read_timeout=130,
            max_pool_connections=4 * jobs,
        )
        session = boto3.Session(
            aws_access_key_id=ACCOUNT, aws_secret_access_key="any", region_name=REGION
        )
        self.states = session.client("stepfunctions", endpoint_url=server, config=config)
        self.functions = session.client("lambda", endpoint_url=server, config=config)

    def drive(self, case):
        """The row of `case`; what goes wrong in driving it is a `harness_error`."""
        kinds = {
            "execution": self.execution,
            "create_rejected": self.creation,
            "test_state": self.test_state,
            "validate": self.validation,
        }
        try:
            how = kinds.get(case["kind"])
            if how is None:
                raise NotImplementedError(f"cases of kind `{case['kind']}` are not driven")
            return {"id": case["id"], **how(case)}
        except Exception as error:
            return {"id": case["id"], "harness_error": f"{type(error).__name__}: {error}"}

    def validation(self, case):
        answer = self.states.validate_state_machine_definition(
            definition=definition_text(case), **(case.get("request") or {})
        )
        return {"result": answer["result"], "diagnostics": answer["diagnostics"]}

    def creation(self, case):
        try:
            machine = self.create(case)
        except (ClientError, ParamValidationError) as error:
            return refusal(error)
        self.states.delete_state_machine(stateMachineArn=machine)
        return {"rejected": False}

    def create(self, case):
        optional = {"loggingConfiguration": case["logging"]} if case.get("logging") else {}
        answer = self.states.create_state_machine(
            name=case.get("machine_name") or f"case-{uuid.uuid4()}",
            definition=definition_text(case),
            roleArn=ROLE,
            type=case.get("sm_type") or "STANDARD",
            **optional,
        )
        return answer["stateMachineArn"]

    def test_state(self, case):
        request = dict(case.get("request") or {})
        text = input_text(case)
        if text is not None:
            request["input"] = text
        try:
            answer = self.states.test_state(definition=definition_text(case), **request)
        except (ClientError, ParamValidationError) as error:
            return refusal(error)
        row = {key: answer[key] for key in ("status", "error", "cause", "nextState") if key in answer}
        if "output" in answer:
            row["output"] = decoded(answer["output"])
        if "inspectionData" in answer:
            row["inspectionData"] = answer["inspectionData"]
        return row

    def execution(self, case):
        if self.emulator:
            self.emulator.set_up(case)
        self.register_functions(case)
        self.register_activities(case)
        self.create_targets(case)
        try:
            machine = self.create(case)
        except (ClientError, ParamValidationError) as error:
            return refusal(error)
        if case.get("test_case"):
            machine += "#" + case["test_case"]
        text = input_text(case)
        given = {} if text is None else {"input": text}
        name = case.get("execution_name")
        if name:
            given["name"] = name
        # An express execution leaves no history behind, so its answer is waited for in either mode.
        if case.get("sm_type") == "EXPRESS":
            return ended(self.states.start_sync_execution(stateMachineArn=machine, **given))
        execution = self.states.start_execution(stateMachineArn=machine, **given)["executionArn"]
        stop = threading.Event()
        helpers = self.helpers(case, execution, stop)
        try:
            answer = self.wait(execution, PATIENCE_S + case["flags"].get("min_wait_s", 0))
        finally:
            stop.set()
            for helper in helpers:
                helper.join()
        return ended(answer) | {"events": self.events(execution)}

    def wait(self, execution, patience_s):
        """The execution at its end; it is stopped where it does not come to one."""
        end, pause = time.monotonic() + patience_s, 0.01
        while True:
            answer = self.states.describe_execution(executionArn=execution)
            if answer["status"] in FINAL:
                return answer
            if time.monotonic() > end:
                self.states.stop_execution(executionArn=execution)
                raise OutOfPatience(f"{answer['status']} after {patience_s} s")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def events(self, execution):
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [flat(event) for page in pages for event in page["events"]]

    def register_functions(self, case):
        for function in case.get("lambdas") or []:
            code = functions.archive(function["semantics"])
            try:
                self.functions.create_function(
                    FunctionName=function["name"],
                    Runtime=function.get("runtime") or "python3.12",
                    Role=ROLE,
                    Handler="handler.handler",
                    Code={"ZipFile": code},
                    Timeout=60,
                )
            except self.functions.exceptions.ResourceConflictException:
                self.functions.update_function_code(FunctionName=function["name"], ZipFile=code)
        for function in case.get("lambdas") or []:
            name = function["name"]
            self.functions.get_waiter("function_active_v2").wait(FunctionName=name)
            if function["semantics"]["class"] in WARMED:
                # The first call starts an interpreter, which may take longer than a case allows its task.
                self.functions.invoke(FunctionName=name, Payload=b"{}")

    def register_activities(self, case):
        for activity in activities(case):
            self.states.create_activity(name=activity.rpartition(":")[2])

    def create_targets(self, case):
        """State machines that the execution starts, if it was recorded that they were there."""
        text = definition_text(case) + (input_text(case) or "")
        targets = set(re.findall(r"arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:([\w.-]+)", text))
        if case["expected"].get("status") == "SUCCEEDED":
            for name in sorted(targets):
                self.states.create_state_machine(name=name, definition=json.dumps(TARGET), roleArn=ROLE)

    def helpers(self, case, execution, stop):
        """Threads that do what the recorded test did beside its execution."""
        helpers = [
            threading.Thread(target=self.work, args=(case, activity, stop)) for activity in activities(case)
        ]
        if self.emulator:
            helpers.append(threading.Thread(target=self.emulator.answer, args=(case, self.states, stop)))
        actions = case["flags"].get("external_actions") or []
        if actions:
            helpers.append(threading.Thread(target=self.act, args=(actions, execution, stop)))
        for helper in helpers:
            helper.start()
        return helpers

    def work(self, case, activity, stop):
        """A worker of an activity: does what the recorded events say that theirs did."""
        started = recorded(case, "ActivityStarted")
        name = {"workerName": started["workerName"]} if "workerName" in started else {}
        task = self.states.get_activity_task(activityArn=activity, **name)
        if not task.get("taskToken") or recorded(case, "ActivityTimedOut"):
            return
        token = {"taskToken": task["taskToken"]}
        failed = recorded(case, "ActivityFailed")
        scheduled = recorded(case, "ActivityScheduled")
        if "heartbeatInSeconds" in scheduled:
            self.states.send_task_heartbeat(**token)
        if failed:
            parts = {key: failed[key] for key in ("error", "cause") if key in failed}
            self.states.send_task_failure(**token, **parts)
        elif not stop.is_set():
            self.states.send_task_success(**token, output=task["input"])

    def act(self, actions, execution, stop):
        for action in actions:
            if action["op"] == "stop_execution" and not stop.wait(0.5):
                extra = {key: action["params"][key] for key in ("error", "cause") if key in action["params"]}
                self.states.stop_execution(executionArn=execution, **extra)


def recorded(case, kind):
    """The first recorded event of a kind, or nothing."""
    history = case["expected"].get("history") or []
    return next((event for event in history if event["type"] == kind), {})


def activities(case):
    """ARNs of the activities that a definition names."""
    return sorted(set(re.findall(r"arn:aws:states:[a-z0-9-]+:\d{12}:activity:[\w.-]+", definition_text(case))))


def definition_text(case):
    text = case.get("definition_text")
    return text if text is not None else json.dumps(case["definition"])


def input_text(case):
    text = case.get("input_text")
    relative = case["flags"].get("time_relative")
    if not relative:
        return text
    value = json.loads(text)
    *path, last = relative["pointer"].strip("/").split("/")
    place = value
    for key in path:
        place = place[key]
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=relative["offset_days"])
    place[last] = at.strftime(relative["format"])
    return json.dumps(value)


def refusal(error):
    if isinstance(error, ParamValidationError):
        return {"rejected": True, "api_error": "ParamValidationError", "api_message": str(error)}
    told = error.response["Error"]
    return {"rejected": True, "api_error": told["Code"], "api_message": told.get("Message", "")}


def ended(answer):
    row = {"status": answer["status"]}
    if "output" in answer:
        row["output"] = decoded(answer["output"])
    return row | {key: answer[key] for key in ("error", "cause") if key in answer}


def decoded(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def flat(event):
    """A history event as the corpus tells it: its details beside its type, JSON texts parsed."""
    row = {"type": event["type"], "id": event["id"], "prev": event.get("previousEventId", 0)}
    for key, details in event.items():
        if not key.endswith("EventDetails"):
            continue
        for name, value in details.items():
            if name in ("input", "output", "parameters"):
                value = decoded(value)
            elif name == "assignedVariables":
                value = {variable: decoded(text) for variable, text in value.items()}
            row[name] = value
    return row
