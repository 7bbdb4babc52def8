"""State machines that call services: moto answers for AWS, a directory for S3, and the server itself for messages."""

import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
import requests

from aws import ROLE, client
from tidegate import PATIENCE_S, Tidegate

REGION = "us-east-1"


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    """The address of a server that answers for AWS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with open(tmp_path_factory.mktemp("moto") / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(PATIENCE_S * 20):
        try:
            requests.get(f"{url}/moto-api/data.json", timeout=PATIENCE_S)
            break
        except requests.exceptions.ConnectionError:
            assert process.poll() is None, "moto_server has ended"
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def server(tmp_path_factory, moto):
    """A server for which moto is AWS."""
    tidegate = Tidegate(tmp_path_factory.mktemp("server") / "data").start("--aws-endpoint", moto)
    yield tidegate
    assert tidegate.stop() == 0


@pytest.fixture
def alone(tmp_path):
    """A server that knows no service, but for S3 in a directory."""
    (tmp_path / "buckets" / "box").mkdir(parents=True)
    tidegate = Tidegate(tmp_path / "data").start("--aws-endpoint", f"s3={tmp_path / 'buckets'}")
    tidegate.buckets = tmp_path / "buckets"
    yield tidegate
    assert tidegate.stop() == 0


def elsewhere(moto, service):
    """boto3's client of what answers for AWS."""
    return boto3.client(
        service, endpoint_url=moto, region_name=REGION, aws_access_key_id="any", aws_secret_access_key="any"
    )


def execute(server, definition, given=None, patience_s=PATIENCE_S):
    """The end of an execution of a machine of these states."""
    states = client(server, "stepfunctions", region=REGION)
    name = f"m{time.monotonic_ns()}"
    arn = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=arn["stateMachineArn"], input=json.dumps(given or {}))
    for _ in range(patience_s * 50):
        answer = states.describe_execution(executionArn=execution["executionArn"])
        if answer["status"] != "RUNNING":
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{execution} did not end")


def task(resource, parameters, **more):
    """A machine of one task."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    return {"StartAt": "Call", "States": {"Call": {**state, **more}}}


def call(server, resource, parameters):
    """The result of a task."""
    answer = execute(server, task(resource, parameters))
    assert answer["status"] == "SUCCEEDED", answer
    return json.loads(answer["output"])


def failure(server, resource, parameters):
    """Error and cause of a task that fails."""
    answer = execute(server, task(resource, parameters))
    assert answer["status"] == "FAILED", answer
    return answer["error"], answer["cause"]


def test_items_of_dynamodb_are_put_read_changed_and_deleted(server, moto):
    elsewhere(moto, "dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"TableName": "orders", "Key": {"id": {"S": "1"}}}
    put = call(server, "dynamodb:putItem", {"TableName": "orders", "Item": {"id": {"S": "1"}, "n": {"N": "7"}}})
    assert put["SdkHttpMetadata"]["HttpStatusCode"] == 200 and put["SdkResponseMetadata"]["RequestId"]
    change = {"UpdateExpression": "SET n = n + :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    updated = call(server, "aws-sdk:dynamodb:updateItem", {**key, **change, "ReturnValues": "UPDATED_NEW"})
    assert updated["Attributes"] == {"n": {"N": "8"}}
    assert call(server, "dynamodb:getItem", key)["Item"] == {"id": {"S": "1"}, "n": {"N": "8"}}
    call(server, "dynamodb:deleteItem", key)
    assert "Item" not in call(server, "aws-sdk:dynamodb:getItem", key)


def test_errors_have_the_names_and_causes_of_aws(server):
    missing = {"TableName": "none", "Key": {"id": {"S": "1"}}}
    error, cause = failure(server, "dynamodb:getItem", missing)
    assert error == "DynamoDB.ResourceNotFoundException"
    about = "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: "
    assert cause.startswith(f"Requested resource not found {about}") and cause.endswith("; Proxy: null)")
    error, cause = failure(server, "aws-sdk:dynamodb:getItem", missing)
    assert error == "DynamoDb.ResourceNotFoundException"
    assert cause.startswith("Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: ")
    error, cause = failure(server, "aws-sdk:s3:getObject", {"Bucket": "none", "Key": "a"})
    assert error == "S3.NoSuchBucketException" and "(Service: S3, Status Code: 404, Request ID: " in cause
    error, cause = failure(server, "aws-sdk:dynamodb:getItem", {"Table": "t"})
    assert "there is no parameter `Table`" in cause


def test_an_error_can_be_caught(server):
    catch = [{"ErrorEquals": ["DynamoDB.ResourceNotFoundException"], "Next": "Caught"}]
    machine = task("dynamodb:getItem", {"TableName": "none", "Key": {"id": {"S": "1"}}}, Catch=catch)
    machine["States"]["Caught"] = {"Type": "Pass", "Result": "caught", "End": True}
    assert json.loads(execute(server, machine)["output"]) == "caught"


def test_messages_go_to_queues_and_topics(server, moto):
    queues, topics = elsewhere(moto, "sqs"), elsewhere(moto, "sns")
    queue = queues.create_queue(QueueName="orders")["QueueUrl"]
    sent = call(server, "sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"order": 1}})
    [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert (message["MessageId"], message["MD5OfBody"]) == (sent["MessageId"], sent["MD5OfMessageBody"])
    assert json.loads(message["Body"]) == {"order": 1}

    topic = topics.create_topic(Name="news")["TopicArn"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    queues.purge_queue(QueueUrl=queue)
    attributes = {"kind": {"DataType": "String", "StringValue": "test"}}
    parameters = {"TopicArn": topic, "Message": {"news": True}, "MessageAttributes": attributes}
    assert call(server, "sns:publish", parameters)["MessageId"]
    [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"]) == {"news": True}
    error, cause = failure(server, "sns:publish", {"TopicArn": topic + "x", "Message": "m"})
    assert error == "SNS.NotFoundException" and "(Service: AmazonSNS; Status Code: 404; " in cause


def test_a_consumer_of_a_queue_answers_with_the_task_token(server, moto):
    queues = elsewhere(moto, "sqs")
    queue = queues.create_queue(QueueName="callbacks")["QueueUrl"]
    states = client(server, "stepfunctions", region=REGION)

    def consume():
        [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
        token = json.loads(message["Body"])["Token"]
        states.send_task_success(taskToken=token, output=json.dumps({"charged": True}))

    consumer = threading.Thread(target=consume)
    consumer.start()
    body = {"Order": 1, "Token.$": "$$.Task.Token"}
    output = call(server, "sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": body})
    consumer.join(PATIENCE_S)
    assert output == {"charged": True}


def test_objects_of_s3_are_put_read_and_listed(server, moto):
    elsewhere(moto, "s3").create_bucket(Bucket="box")
    put = call(server, "aws-sdk:s3:putObject", {"Bucket": "box", "Key": "a b/ü.json", "Body": {"Dict": "Value"}})
    assert (put["ETag"], put["ChecksumCRC32"]) == ('"49e31cee5aec8faf3345893addb14346"', "hnEfWw==")
    got = call(server, "aws-sdk:s3:getObject", {"Bucket": "box", "Key": "a b/ü.json"})
    assert (got["Body"], got["ContentLength"], got["Metadata"]) == ('{"Dict":"Value"}', 16, {})
    listed = call(server, "aws-sdk:s3:listObjectsV2", {"Bucket": "box", "Prefix": "a"})
    assert [entry["Key"] for entry in listed["Contents"]] == ["a b/ü.json"]
    error, _ = failure(server, "aws-sdk:s3:headObject", {"Bucket": "box", "Key": "none"})
    assert error == "S3.NoSuchKeyException"


def reading(bucket, key):
    """A map over the items of an object."""
    return {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "End": True,
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": bucket, "Key": key},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Item",
                    "States": {"Item": {"Type": "Pass", "End": True}},
                },
            }
        },
    }


def test_a_map_reads_its_items_from_s3(server, moto):
    s3 = elsewhere(moto, "s3")
    s3.create_bucket(Bucket="items")
    s3.put_object(Bucket="items", Key="all.json", Body=b'[1, {"a": 2}]')
    assert json.loads(execute(server, reading("items", "all.json"))["output"]) == [1, {"a": 2}]


def test_every_protocol_is_spoken(server, moto):
    secrets = elsewhere(moto, "secretsmanager")
    secrets.create_secret(Name="key", SecretString="tide")
    # JSON 1.1
    assert call(server, "aws-sdk:secretsmanager:getSecretValue", {"SecretId": "key"})["SecretString"] == "tide"
    # JSON 1.0
    assert call(server, "aws-sdk:sqs:createQueue", {"QueueName": "new"})["QueueUrl"].endswith("/new")
    # REST JSON
    assert call(server, "aws-sdk:lambda:listFunctions", {"MaxItems": 5})["Functions"] == []
    # REST XML
    zone = {"Name": "tide.example", "CallerReference": "1"}
    created = call(server, "aws-sdk:route53:createHostedZone", zone)
    assert created["HostedZone"]["Name"] == "tide.example."
    # query
    assert call(server, "aws-sdk:sts:getCallerIdentity", {})["Account"] == "123456789012"
    # EC2
    images = {"ImageId": elsewhere(moto, "ec2").describe_images()["Images"][0]["ImageId"]}
    run = call(server, "aws-sdk:ec2:runInstances", {**images, "MinCount": 1, "MaxCount": 1})
    [instance] = run["Instances"]
    wanted = {"Filters": [{"Name": "instance-id", "Values": [instance["InstanceId"]]}]}
    [reservation] = call(server, "aws-sdk:ec2:describeInstances", wanted)["Reservations"]
    assert reservation["Instances"][0]["LaunchTime"].endswith("Z")


def test_an_event_that_eventbridge_refuses_fails_the_task(server):
    entry = {"Source": "shop", "DetailType": "Order placed", "Detail": {"n": 1}}
    put = call(server, "events:putEvents", {"Entries": [entry]})
    assert put["FailedEntryCount"] == 0 and put["Entries"][0]["EventId"]


def test_without_an_endpoint_a_call_fails_and_says_what_to_do(alone):
    error, cause = failure(alone, "dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})
    assert error == "States.TaskFailed"
    assert "tidegate dev --aws-endpoint dynamodb=http://localhost:8000" in cause


def test_s3_can_be_a_directory(alone):
    (alone.buckets / "box" / "items.json").write_text('["a", "b"]')
    assert json.loads(execute(alone, reading("box", "items.json"))["output"]) == ["a", "b"]
    call(alone, "aws-sdk:s3:putObject", {"Bucket": "box", "Key": "out/x.txt", "Body": "tide"})
    assert (alone.buckets / "box" / "out" / "x.txt").read_text() == "tide"
    error, _ = failure(alone, "aws-sdk:s3:getObject", {"Bucket": "box", "Key": "../../data/LOCK"})
    assert error == "S3.S3Exception"


def test_messages_without_an_endpoint_are_events_here(alone):
    with alone.stream() as stream:
        entries = [
            {"Source": "shop", "DetailType": "order.placed", "Detail": {"n": 1}, "Resources": ["order/1"]},
            {"Source": "shop", "DetailType": "order.placed", "Detail": {"n": 2}},
        ]
        put = call(alone, "events:putEvents", {"Entries": entries})
        assert put["FailedEntryCount"] == 0 and len(put["Entries"]) == 2
        stream.wait_for(lambda message: put["Entries"][0]["EventId"] in json.dumps(message))
    error, cause = failure(alone, "events:putEvents", {"Entries": [{**entries[0], "Detail": "\"text\""}]})
    assert error == "EventBridge.FailedEntry"
    refused = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert json.loads(cause) == {"Entries": [refused], "FailedEntryCount": 1}
    sent = call(alone, "sqs:sendMessage", {"QueueUrl": "https://queues/1/orders", "MessageBody": "hello"})
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"


def test_step_functions_is_this_server_itself(alone):
    machines = call(alone, "aws-sdk:sfn:listStateMachines", {})
    assert machines["StateMachines"][0]["CreationDate"].endswith("Z")


class Endpoint(BaseHTTPRequestHandler):
    """Says what it was asked; `/refused` is refused."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = json.dumps({"path": self.path, "body": body, "key": self.headers["X-Key"]}).encode()
        self.send_response(404 if self.path.startswith("/refused") else 201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    http = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()


@pytest.fixture
def connected(tmp_path, monkeypatch):
    """A server that knows the connection `shop`, and has its key in the environment."""
    (tmp_path / "connections.json").write_text('{"shop": {"headers": {"X-Key": {"env": "SHOP_KEY"}}}}')
    monkeypatch.setenv("SHOP_KEY", "tide")
    tidegate = Tidegate(tmp_path / "data").start("--aws-connections", str(tmp_path / "connections.json"))
    yield tidegate
    assert tidegate.stop() == 0


def test_an_http_task_calls_a_url_with_its_connection(connected, endpoint):
    connection = {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/shop/1"}
    parameters = {
        "ApiEndpoint": f"{endpoint}/orders",
        "Method": "POST",
        "QueryParameters": {"a": ["1", "2"]},
        "RequestBody": {"list": ["x y", 2]},
        "Transform": {"RequestBodyEncoding": "URL_ENCODED"},
        "Authentication": connection,
    }
    answer = call(connected, "http:invoke", parameters)
    assert (answer["StatusCode"], answer["StatusText"]) == (201, "Created")
    assert answer["ResponseBody"] == {"path": "/orders?a=1&a=2", "body": "list[0]=x%20y&list[1]=2", "key": "tide"}
    error, cause = failure(connected, "http:invoke", {**parameters, "ApiEndpoint": f"{endpoint}/refused"})
    assert error == "States.Http.StatusCode.404" and json.loads(cause)["StatusText"] == "Not Found"
