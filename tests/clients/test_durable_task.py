"""The Durable Task door, with Microsoft's `durabletask` for Python: clients and workers as they come."""

import json
import multiprocessing
import os
import socket
import threading
from datetime import datetime, timedelta, timezone

import grpc
import pytest
from durabletask import client, task, worker
from durabletask.entities import EntityInstanceId

from tidegate import PATIENCE_S, Tidegate


class Hub:
    """A server and where it speaks Durable Task."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.server = Tidegate(folder / "data", self.address).start()

    @property
    def client(self):
        return client.TaskHubGrpcClient(host_address=self.address)

    def worker(self, *functions):
        """A worker that has these orchestrators (`o_…`), entities (`e_…`) and activities."""
        working = worker.TaskHubGrpcWorker(host_address=self.address)
        for function in functions:
            kind = function.__name__[:2]
            add = {"o_": working.add_orchestrator, "e_": working.add_entity}.get(kind, working.add_activity)
            add(function)
        return working

    def run(self, orchestrator, **start):
        """The end of an orchestration."""
        return self.end(self.client.schedule_new_orchestration(orchestrator, **start))

    def end(self, instance):
        return self.client.wait_for_orchestration_completion(instance, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("hub"))
    yield hub
    assert hub.server.stop() == 0


@pytest.fixture
def own_hub(tmp_path):
    hub = Hub(tmp_path)
    yield hub
    if hub.server.process:
        hub.server.kill()


def plus_one(_, number):
    return number + 1


def o_chain(ctx, count):
    number = 0
    for _ in range(count):
        number = yield ctx.call_activity(plus_one, input=number)
    return number


def o_fan(ctx, count):
    numbers = yield task.when_all([ctx.call_activity(plus_one, input=number) for number in range(count)])
    return sum(numbers)


def o_parent(ctx, count):
    return (yield task.when_all([ctx.call_sub_orchestrator(o_chain, input=2) for _ in range(count)]))


def o_approval(ctx, seconds):
    approval, timeout = ctx.wait_for_external_event("approval"), ctx.create_timer(timedelta(seconds=seconds))
    winner = yield task.when_any([approval, timeout])
    return approval.get_result() if winner == approval else "too late"


def test_chains_fans_and_orchestrations_of_orchestrations(hub):
    with hub.worker(o_chain, o_fan, o_parent, plus_one) as working:
        working.start()
        ended = hub.run(o_chain, input=10)
        assert (ended.runtime_status.name, ended.serialized_input, ended.serialized_output) == ("COMPLETED", "10", "10")
        assert hub.run(o_fan, input=1000).serialized_output == str(sum(range(1, 1001)))
        assert hub.run(o_parent, input=5).serialized_output == json.dumps([2] * 5)


def test_data_comes_back_as_it_was_written(hub):
    given = {"numbers": [1, 2.0, -0.5, 1e300, 12345678901234567890], "text": "ü “,: 😀", "none": None}

    def echo(_, data):
        assert data == given and isinstance(data["numbers"][1], float)
        return data

    def o_echo(ctx, data):
        ctx.set_custom_status({"a": [1, 2]})
        return (yield ctx.call_activity(echo, input=data))

    with hub.worker(o_echo, echo) as working:
        working.start()
        ended = hub.run(o_echo, input=given)
    assert ended.serialized_input == ended.serialized_output == json.dumps(given)
    assert ended.serialized_custom_status == '{"a": [1, 2]}'


def test_failures_are_told_and_retried(hub):
    calls = []

    def flaky(_, name):
        calls.append(name)
        if calls.count(name) < 3:
            raise ValueError(f"no {name}")
        return name

    def o_retries(ctx, name):
        policy = task.RetryPolicy(first_retry_interval=timedelta(milliseconds=20), max_number_of_attempts=3)
        return (yield ctx.call_activity(flaky, input=name, retry_policy=policy))

    def o_catches(ctx, name):
        try:
            yield ctx.call_activity(flaky, input=name)
        except task.TaskFailedError as error:
            return f"{error.details.error_type}: {error.details.message}"

    def o_fails(ctx, name):
        yield ctx.call_activity(flaky, input=name)

    def o_tries_children(ctx, _):
        policy = task.RetryPolicy(first_retry_interval=timedelta(milliseconds=20), max_number_of_attempts=3)
        return (yield ctx.call_sub_orchestrator(o_fails, input="d", retry_policy=policy))

    with hub.worker(o_retries, o_catches, o_fails, o_tries_children, flaky) as working:
        working.start()
        assert hub.run(o_tries_children).runtime_status.name == "COMPLETED"
        assert calls.count("d") == 3
        assert hub.run(o_retries, input="a").serialized_output == '"a"'
        assert hub.run(o_catches, input="b").serialized_output == '"builtins.ValueError: no b"'
        failed = hub.run(o_fails, input="c")
    assert failed.runtime_status.name == "FAILED"
    assert "no c" in failed.failure_details.message
    why = hub.server.cli("why", hub.server.get("/v1/runs", params={"workflow": "o_fails"})["items"][0]["id"])
    assert "no c" in why


def test_people_are_waited_for_and_not_for_ever(hub):
    with hub.worker(o_approval) as working:
        working.start()
        instance = hub.client.schedule_new_orchestration(o_approval, input=PATIENCE_S)
        hub.client.raise_orchestration_event(instance, "approval", data={"by": "me"})
        assert hub.end(instance).serialized_output == '{"by": "me"}'
        assert hub.run(o_approval, input=0.1).serialized_output == '"too late"'
        # Anybody who can send an event can approve.
        instance = hub.client.schedule_new_orchestration(o_approval, input=PATIENCE_S)
        data = json.dumps({"name": "approval", "data": "from a shell"})
        hub.server.cli("emit", "--type", "orchestration.event", "--subject", instance, "--data", data)
        assert hub.end(instance).serialized_output == '"from a shell"'
        with pytest.raises(grpc.RpcError) as missing:
            hub.client.raise_orchestration_event("nobody", "approval")
        assert missing.value.code() == grpc.StatusCode.NOT_FOUND


def test_what_waits_can_be_suspended_resumed_and_terminated(hub):
    def o_outer(ctx, _):
        return (yield ctx.call_sub_orchestrator(o_approval, input=PATIENCE_S, instance_id="inner"))

    with hub.worker(o_approval, o_outer) as working:
        working.start()
        instance = hub.client.schedule_new_orchestration(o_approval, input=PATIENCE_S)
        hub.client.wait_for_orchestration_start(instance, timeout=PATIENCE_S)
        hub.client.suspend_orchestration(instance)
        hub.client.raise_orchestration_event(instance, "approval", data=1)
        assert hub.client.get_orchestration_state(instance).runtime_status.name == "SUSPENDED"
        hub.client.resume_orchestration(instance)
        assert hub.end(instance).serialized_output == "1"
        outer = hub.client.schedule_new_orchestration(o_outer)
        with hub.server.stream() as stream:
            if hub.client.get_orchestration_state("inner") is None:
                stream.wait_for(lambda step: any(fact.get("workflow") == "o_approval" for fact in step["facts"]))
        hub.client.terminate_orchestration(outer, output="enough", recursive=True)
        assert (hub.end(outer).runtime_status.name, hub.end(outer).serialized_output) == ("TERMINATED", '"enough"')
        assert hub.end("inner").runtime_status.name == "TERMINATED"
        assert hub.client.purge_orchestration(outer).deleted_instance_count == 1
        assert hub.client.get_orchestration_state(outer) is None


def test_an_eternal_orchestration_begins_anew_and_loses_no_event(hub):
    def o_eternal(ctx, seen):
        event = yield ctx.wait_for_external_event("next")
        seen = seen + [event]
        if len(seen) == 10:
            return seen
        ctx.continue_as_new(seen, save_events=True)

    with hub.worker(o_eternal) as working:
        working.start()
        instance = hub.client.schedule_new_orchestration(o_eternal, input=[])
        for number in range(10):
            hub.client.raise_orchestration_event(instance, "next", data=number)
        assert hub.end(instance).serialized_output == json.dumps(list(range(10)))


def e_counter(ctx, value):
    if ctx.operation == "add":
        ctx.set_state(ctx.get_state(int, 0) + value)
    elif ctx.operation == "get":
        return ctx.get_state(int, 0)
    elif ctx.operation == "forget":
        ctx.set_state(None)
    else:
        raise ValueError(f"a counter does not {ctx.operation}")


def o_counts(ctx, name):
    counter = EntityInstanceId("e_counter", name)
    ctx.signal_entity(counter, "add", 5)
    try:
        yield ctx.call_entity(counter, "explode")
    except task.TaskFailedError as error:
        return [(yield ctx.call_entity(counter, "get")), str(error.details.message)]


def o_moves(ctx, _):
    one, other = EntityInstanceId("e_counter", "one"), EntityInstanceId("e_counter", "other")
    with (yield ctx.lock_entities([other, one])):
        both = [(yield ctx.call_entity(one, "get")), (yield ctx.call_entity(other, "get"))]
        yield ctx.call_entity(one, "add", 1)
        yield ctx.call_entity(other, "add", 1)
    return both


def test_entities_keep_state_do_one_thing_at_a_time_and_can_be_locked(hub):
    with hub.worker(o_counts, o_moves, e_counter) as working:
        working.start()
        five, message = json.loads(hub.run(o_counts, input="mine").serialized_output)
        assert five == 5 and "does not explode" in message
        instances = [hub.client.schedule_new_orchestration(o_moves) for _ in range(10)]
        seen = sorted(json.loads(hub.end(instance).serialized_output) for instance in instances)
        assert seen == [[number, number] for number in range(10)]
        counter = EntityInstanceId("e_counter", "mine")
        assert hub.client.get_entity(counter, include_state=True).get_state(int) == 5
        assert len(hub.client.get_all_entities()) == 3

        def o_forgets(ctx, _):
            yield ctx.call_entity(counter, "forget")

    with hub.worker(o_forgets, e_counter) as working:
        working.start()
        hub.run(o_forgets)
        assert hub.client.get_entity(counter) is None
        assert hub.client.clean_entity_storage().empty_entities_removed == 1


def test_what_failed_goes_on_from_there_when_it_is_rewound(hub):
    calls = {"first": 0, "second": 0}

    def first(_, __):
        calls["first"] += 1
        return "first"

    def second(_, __):
        calls["second"] += 1
        if calls["second"] < 3:
            raise RuntimeError("not yet")
        return "second"

    def o_child(ctx, _):
        return [(yield ctx.call_activity(first)), (yield ctx.call_activity(second))]

    def o_whole(ctx, _):
        return (yield ctx.call_sub_orchestrator(o_child))

    with hub.worker(o_whole, o_child, first, second) as working:
        working.start()
        failed = hub.run(o_whole)
        assert failed.runtime_status.name == "FAILED"
        for _ in range(2):
            hub.client.rewind_orchestration(failed.instance_id, reason="it is mended")
            ended = hub.end(failed.instance_id)
        assert ended.serialized_output == '["first", "second"]'
        assert calls == {"first": 1, "second": 3}
        with pytest.raises(grpc.RpcError) as refused:
            hub.client.rewind_orchestration(failed.instance_id)
        assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_ids_are_used_once_unless_somebody_says_otherwise(hub):
    def o_named(ctx, value):
        return value

    with hub.worker(o_named) as working:
        working.start()
        assert hub.run(o_named, input=1, instance_id="named").serialized_output == "1"
        with pytest.raises(grpc.RpcError) as taken:
            hub.run(o_named, input=2, instance_id="named")
        assert taken.value.code() == grpc.StatusCode.ALREADY_EXISTS
        assert hub.client.restart_orchestration("named") == "named"
        assert hub.end("named").serialized_output == "1"
        other = hub.client.restart_orchestration("named", restart_with_new_instance_id=True)
        assert other != "named" and hub.end(other).serialized_output == "1"
        # Once it is purged, its id is free.
        hub.client.purge_orchestration("named")
        assert hub.run(o_named, input=3, instance_id="named").serialized_output == "3"
        states = hub.client.get_all_orchestration_states()
        assert [state.instance_id for state in states if state.name == "o_named"].count("named") == 1
        events = [type(event).__name__ for event in hub.client.get_orchestration_history("named")]
        assert events == ["OrchestratorStartedEvent", "ExecutionStartedEvent", "OrchestratorCompletedEvent", "ExecutionCompletedEvent"]


def test_a_start_can_wait_for_its_time_and_has_a_version(hub):
    def o_version(ctx, _):
        return ctx.version

    with hub.worker(o_version) as working:
        working.start()
        due = datetime.now(timezone.utc) + timedelta(seconds=0.5)
        instance = hub.client.schedule_new_orchestration(o_version, version="7", start_at=due)
        assert hub.client.get_orchestration_state(instance).runtime_status.name == "PENDING"
        assert hub.end(instance).serialized_output == '"7"'
        assert datetime.now(timezone.utc) >= due


def work(address, functions):
    """A worker in a process of its own."""
    working = worker.TaskHubGrpcWorker(host_address=address)
    for add, function in functions:
        getattr(working, add)(function)
    working.start()
    threading.Event().wait()


def block(_, path):
    """Says that it runs, and does not come back the first time."""
    with open(path + ".attempts", "a+") as attempts:
        attempts.write("x")
        attempts.seek(0)
        is_first = attempts.read() == "x"
    if is_first:
        with open(path, "w") as pipe:
            pipe.write("begun")
        threading.Event().wait()
    return "done"


def o_blocks(ctx, path):
    return (yield ctx.call_activity(block, input=path))


def test_the_work_of_a_worker_that_is_killed_goes_to_another(hub, tmp_path):
    functions = [("add_orchestrator", o_blocks), ("add_activity", block)]
    spawn = multiprocessing.get_context("fork")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    instance = hub.client.schedule_new_orchestration(o_blocks, input=str(pipe))
    first = spawn.Process(target=work, args=(hub.address, functions))
    first.start()
    assert pipe.read_text() == "begun"
    first.kill()
    first.join()
    second = spawn.Process(target=work, args=(hub.address, functions))
    second.start()
    try:
        assert hub.end(instance).serialized_output == '"done"'
    finally:
        second.kill()
        second.join()


def test_orchestrations_survive_the_server_being_killed(own_hub):
    """At every step in turn: the server is killed right after that step's activity has begun."""
    calls = []

    def step(_, number):
        calls.append(number)
        if calls.count(number) == 1:
            own_hub.server.kill()
            own_hub.server.start()
        return number + 1

    def o_steps(ctx, _):
        number = 0
        for _ in range(5):
            number = yield ctx.call_activity(step, input=number)
        return number

    with own_hub.worker(o_steps, step) as working:
        working.start()
        instance = own_hub.client.schedule_new_orchestration(o_steps)
        while True:
            try:
                ended = own_hub.end(instance)
                break
            except grpc.RpcError as error:
                # The connection went with the server; the worker and the client connect again by themselves.
                assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert ended.serialized_output == "5"
    assert sorted(set(calls)) == [0, 1, 2, 3, 4]


def test_languages_work_together(hub, tmp_path):
    """A DAG waits for an orchestration, which starts a state machine, which calls a Lambda handler."""
    (tmp_path / "machine.asl.json").write_text(
        json.dumps(
            {
                "QueryLanguage": "JSONata",
                "StartAt": "Call",
                "States": {"Call": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:double", "End": True}},
            }
        )
    )
    (tmp_path / "waits.yaml").write_text(
        "dag: waits\ntasks:\n  ask: {workflow: o_mixed, input: {number: 4}}\n"
        "  told: {after: [ask], builtin: echo, input: '{% ask %}'}\n"
    )
    (tmp_path / "double.py").write_text("def handler(event, context):\n    return {'doubled': event['number'] * 2}\n")
    function = {"runtime": "python", "handler": "double.handler", "directory": str(tmp_path)}
    hub.server.cli("functions", "put", "double", json.dumps(function))
    hub.server.apply(tmp_path / "machine.asl.json", tmp_path / "waits.yaml")

    def o_mixed(ctx, given):
        doubled = yield ctx.call_sub_orchestrator("machine", input=given)
        return {"from": given["number"], **doubled}

    with hub.worker(o_mixed) as working:
        working.start()
        assert json.loads(hub.run(o_mixed, input={"number": 1}).serialized_output) == {"from": 1, "doubled": 2}
        told = json.loads(hub.server.cli("start", "waits", "--wait"))
    assert told["told"] == {"from": 4, "doubled": 8}


def test_an_address_that_is_taken_is_an_error(hub, tmp_path):
    other = Tidegate(tmp_path / "data", hub.address)
    with pytest.raises(AssertionError):
        other.start()
    other._ended()
    assert "for Durable Task" in (tmp_path / "data.log").read_text()
