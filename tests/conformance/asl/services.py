"""The services that cases call, on a server that emulates them, and what recorded tests did with these on the side."""

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "111111111111"
REGION = "us-east-1"
# What servers are asked for only to make something of somebody else's; the door has no use for it.
UNASKED = {"iam", "sts", "logs", "stepfunctions", "lambda"}
# The services that the emulator answers for; messages to others are events of the server under test.
SERVICES = ["apigateway", "dynamodb", "s3", "secretsmanager", "sqs"]


class Emulator:
    """A server of the emulator; ends when it is left."""

    def __init__(self):
        self.process, self.url, self.clients, self.lock = None, None, {}, threading.Lock()

    def __enter__(self):
        program = Path(sys.executable).with_name("moto_server")
        environment = {**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [str(program), "-H", "127.0.0.1", "-p", "0"], env=environment, stderr=subprocess.PIPE, text=True
        )
        # It says where it listens, and goes on to say what it is asked.
        for line in self.process.stderr:
            if "Running on http://" in line:
                self.url = line.split("Running on ")[1].split()[0]
                break
        else:
            raise SystemExit("the emulator did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def client(self, service):
        with self.lock:
            if service not in self.clients:
                config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
                session = boto3.Session(
                    aws_access_key_id="any", aws_secret_access_key="any", region_name=REGION
                )
                self.clients[service] = session.client(service, endpoint_url=self.url, config=config)
            return self.clients[service]

    def set_up(self, case):
        """Makes what the case says was there. What is there already, from a case that shares it, stays."""
        for call in case.get("setup") or []:
            if call["service"] in UNASKED:
                continue
            params = {name: given(value) for name, value in call["params"].items()}
            try:
                getattr(self.client(call["service"]), call["op"])(**params)
            except ClientError as error:
                if "exist" not in str(error).lower():
                    raise

    def answer(self, case, states, stop):
        """Takes the messages that carry task tokens and says what the recorded test said, until `stop`."""
        queues = [call["params"]["QueueName"] for call in case.get("setup") or [] if call["op"] == "create_queue"]
        history = case["expected"].get("history") or []
        kinds = {event["type"] for event in history}
        if not queues or not kinds & {"TaskSubmitted"}:
            return
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queues[0])["QueueUrl"]
        while not stop.is_set():
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                reply(states, json.loads(message["Body"]), history)


def reply(states, body, history):
    """Ends the task whose token is in a message, as the recorded test ended it."""
    token = body.get("TaskToken")
    if not token:
        return
    failed = next((event for event in history if event["type"] == "TaskFailed"), None)
    done = next((event for event in history if event["type"] == "TaskSucceeded"), None)
    try:
        if failed:
            states.send_task_failure(taskToken=token, error=failed["error"], cause=failed["cause"])
        elif done:
            output = done["output"]
            output = body if isinstance(output, dict) and "TaskToken" in output else output
            states.send_task_success(taskToken=token, output=json.dumps(output))
    except ClientError:
        # Another case with the same queue was quicker.
        pass


def given(value):
    """A parameter as boto3 takes it: recorded bytes stand in an object."""
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    return value
