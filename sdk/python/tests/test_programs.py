"""Programs beside a small engine in this process: results, replay after a kill at every step, and what goes astray."""

import threading

import pytest
from engine import Engine, Killed

cloudpickle = pytest.importorskip("cloudpickle")

import tidegate  # noqa: E402
from tidegate.programs.executor import Executor  # noqa: E402


def add_one(x):
    return x + 1


def double(x):
    return 2 * x


def divide(a, b):
    return a / b


def total(results):
    return sum(results)


def executor(engine, **how):
    return Executor(engine.program(**how))


@pytest.fixture
def engine():
    return Engine()


# What is asked for comes back.


def test_the_first_example_of_the_documentation(engine):
    pw = executor(engine)
    res = pw.call_async(lambda x: x + 7, 3).result()
    assert pw.get_result(pw.map(lambda x: x + 7, range(res))) == [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]


@pytest.mark.parametrize("size", [None, 1, 3, 10, 100])
def test_results_come_in_order_whatever_the_chunks(engine, size):
    assert executor(engine).map(add_one, range(10), chunksize=size).get_result() == list(range(1, 11))


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**70, 3.0, 0.1, float("inf"), "ü", "\ud800", b"\0", None, True, (1, 2), [1, [2]], {1: 2}, {"pickled": 1}, {3, 4}],
    ids=repr,
)
def test_a_value_comes_back_as_it_went(engine, value):
    came = executor(engine).call_async(lambda given: given[0], [value]).result()
    assert came == value and type(came) is type(value)


def test_an_exception_is_raised_as_itself_with_its_traceback(engine):
    future = executor(engine).call_async(divide, (1, 0))
    with pytest.raises(ZeroDivisionError) as caught:
        future.result()
    assert "in divide" in str(caught.value.__cause__)
    assert future.error and future.done and not future.success
    assert future.result(throw_except=False) is None


@pytest.mark.parametrize("size", [None, 2])
def test_each_item_fails_for_itself(engine, size):
    futures = executor(engine).map(lambda x: 1 / x, [1, 0, 2], chunksize=size)
    assert [future.result(throw_except=False) for future in futures] == [1.0, None, 0.5]
    assert isinstance(futures[1].exception(), ZeroDivisionError)


def test_map_reduce(engine):
    assert executor(engine).map_reduce(double, [1, 2, 3], total).result() == 12


def test_futures_are_data_of_further_calls(engine):
    pw = executor(engine)
    assert pw.map(add_one, range(3)).map(double).get_result() == [2, 4, 6]
    assert pw.call_async(add_one, pw.call_async(add_one, 1)).result() == 3


def test_the_first_that_ends_is_told_from_those_that_have_not(engine):
    engine.held = {"double"}
    pw = executor(engine)
    futures = [pw.call_async(double, 1), pw.call_async(add_one, 1)]
    done, not_done = pw.wait(futures, return_when=tidegate.ANY_COMPLETED)
    assert (done, not_done) == ([futures[1]], [futures[0]])


def test_waiting_has_an_end(engine):
    engine.held = {"double"}
    pw = executor(engine)
    future = pw.call_async(double, 1)
    with pytest.raises(TimeoutError):
        engine.carry_out = lambda *_: None  # it never ends; the timer does
        future.result(timeout=0.01)


# Arguments.


@pytest.mark.parametrize(
    "function, item, extra, expected",
    [
        (lambda a, b: (a, b), (1, 2), None, (1, 2)),
        (lambda a, b: (a, b), {"a": 1, "b": 2}, None, (1, 2)),
        (lambda a, b: (a, b), 1, (2,), (1, 2)),
        (lambda a, b: (a, b), {"a": 1}, {"b": 2}, (1, 2)),
        (lambda a, b, c: (a, b, c), (1, 2), (3,), (1, 2, 3)),
        (lambda pair: pair, (1, 2), None, (1, 2)),
        (lambda given: given, {"a": 1}, None, {"a": 1}),
        (lambda given: given, [1, 2], None, [1, 2]),
        (lambda x, id: (x, id), "x", None, ("x", 0)),
        (max, [3, 5], None, 5),
    ],
)
def test_how_an_item_becomes_arguments(engine, function, item, extra, expected):
    assert executor(engine).map(function, [item], extra_args=extra).get_result() == [expected]


# Starting again.


def steps(pw):
    first = pw.call_async(add_one, 0).result()
    second = pw.get_result(pw.map(double, range(first, first + 3)))
    return pw.call_async(total, second).result()


@pytest.mark.parametrize("dies_after", range(4))
def test_a_program_that_is_killed_goes_on_and_nothing_is_done_twice(engine, dies_after):
    if dies_after < 3:
        with pytest.raises(Killed):
            steps(executor(engine, dies_after=dies_after))
    assert steps(executor(engine)) == 12
    assert engine.calls == ["add_one", "double", "double", "double", "total"]


def test_a_program_killed_again_and_again_gets_on(engine):
    for _ in range(2):
        with pytest.raises(Killed):
            steps(executor(engine, dies_after=1))
    assert steps(executor(engine)) == 12
    assert len(engine.calls) == 5


def test_what_is_seen_between_calls_is_the_same_again(engine):
    def program(pw, seen):
        engine.held = {"double"}
        slow, quick = pw.call_async(double, 1), pw.call_async(add_one, 1)
        quick.result()
        seen.append(slow.done)
        last = pw.call_async(add_one, 5 if slow.done else 6).result()
        engine.release()
        return slow.result(), last

    first, second = [], []
    with pytest.raises(Killed):
        program(executor(engine, dies_after=4), first)
    assert program(executor(engine), second) == (2, 7)
    assert first == second == [False]


def test_classes_of_a_script_are_the_same_after_a_start(engine, monkeypatch):
    import __main__

    class Point:
        pass

    Point.__module__, Point.__qualname__ = "__main__", "Point"
    monkeypatch.setattr(__main__, "Point", Point, raising=False)
    assert isinstance(executor(engine).call_async(lambda _: Point(), 0).result(), Point)


# Going astray.


def check_astray(engine, before, after, *expected):
    with pytest.raises(Killed):
        before(executor(engine, dies_after=1))
    with pytest.raises(tidegate.NonDeterminism) as caught:
        after(executor(engine))
    for part in expected:
        assert part in str(caught.value)


def test_another_function_is_told_with_both_places(engine):
    check_astray(
        engine,
        lambda pw: pw.call_async(add_one, 1).result() and pw.call_async(add_one, 2).result(),
        lambda pw: pw.call_async(double, 1).result(),
        "double instead of add_one",
        "expected  #0 add_one at ",
        "came      #0 double at ",
        "test_programs.py:",
        "pw.call_async(double, 1).result()",
    )


def test_other_arguments_are_told(engine):
    check_astray(
        engine,
        lambda pw: pw.call_async(add_one, 1).result() and pw.call_async(add_one, 2).result(),
        lambda pw: pw.call_async(add_one, 3).result(),
        "the same function with other arguments",
    )


def test_waiting_too_early_is_told(engine):
    def before(pw):
        pw.call_async(add_one, 1)
        pw.call_async(double, 1).result()
        pw.call_async(add_one, 2).result()

    engine.held = {"add_one"}
    check_astray(engine, before, lambda pw: pw.call_async(add_one, 1).result(), "waits where it went on", "expected  #1 double")


def test_a_program_that_catches_everything_does_not_get_away(engine):
    with pytest.raises(Killed):
        steps(executor(engine, dies_after=1))
    pw = executor(engine)
    with pytest.raises(tidegate.NonDeterminism):
        pw.call_async(double, 0)
    with pytest.raises(tidegate.NonDeterminism):
        pw.call_async(add_one, 0)


def test_lambdas_are_told_apart_by_their_code(engine):
    check_astray(
        engine,
        lambda pw: pw.call_async(lambda x: x + 1, 1).result() and pw.call_async(double, 2).result(),
        lambda pw: pw.call_async(lambda x: x * x, 1).result(),
        "other arguments",
    )


def test_what_cannot_be_sent_is_told(engine):
    lock = threading.Lock()
    with pytest.raises(tidegate.Problem, match="cannot be sent"):
        executor(engine).call_async(lambda x: lock, 1)


# Programs that are functions.


def climb(steps):
    pw = tidegate.executor()
    r = 0
    for _ in range(steps):
        r = pw.call_async(add_one, r).result()
    return r


def twice():
    pw = tidegate.executor()
    return pw.get_result(pw.map(add_one, pw.get_result(pw.map(add_one, range(10)))))


@pytest.mark.parametrize("count", range(2, 6))
def test_a_sequence_is_called_once_more_than_it_has_steps(engine, count):
    assert engine.run_external(climb, count) == (count, count + 1)
    assert engine.calls == ["add_one"] * count


def test_a_map_over_a_map_is_called_three_times(engine):
    assert engine.run_external(twice) == (list(range(2, 12)), 3)
    assert len(engine.calls) == 20


def test_failures_reach_a_program_that_is_a_function(engine):
    def main():
        futures = tidegate.executor().map(lambda x: 1 / x, [1, 0, 2])
        tidegate.wait(futures, throw_except=False)
        return [type(future.exception()).__name__ for future in futures]

    assert engine.run_external(main) == (["NoneType", "ZeroDivisionError", "NoneType"], 2)


def test_a_program_that_catches_everything_is_left_all_the_same(engine):
    def main():
        pw = tidegate.executor()
        try:
            return pw.call_async(add_one, 1).result()
        except BaseException:
            return "caught"

    assert engine.run_external(main) == (2, 2)


def test_a_program_that_looks_again_and_again_is_left(engine):
    engine.held = {"add_one"}

    def main():
        future = tidegate.executor().call_async(add_one, 1)
        while not future.done:
            pass
        return future.result()

    assert engine.run_external(main)[0] == 2


def test_a_program_sleeps_without_a_process(engine):
    def main():
        pw = tidegate.executor()
        before = pw.now()
        pw.sleep(3600)
        return pw.now() >= before

    assert engine.run_external(main) == (True, 2)
