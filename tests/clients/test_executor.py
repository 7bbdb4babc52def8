"""Programs that call functions and wait for their results, in both schedulers, killed at every step and started again.

Functions write a line to a file, opened for appending, each time they are called. Kills come between calls: a call that is in flight when
the server is killed may be attempted again.
"""

import os
import re
import subprocess
import sys
import textwrap

import pytest

from tidegate import BINARY, PATIENCE_S, ROOT

pytest.importorskip("cloudpickle")

HEAD = """
import os, signal, sys
import tidegate

def called(name):
    with open("calls", "a") as file:
        file.write(name + "\\n")

def add_one(x):
    called(f"add_one {x}")
    return x + 1

def kill_server_once(at):
    if os.path.exists(f"kill-{at}"):
        os.unlink(f"kill-{at}")
        os.kill(int(open(".tidegate/LOCK").read()), signal.SIGKILL)
        signal.pause()
"""

SEQUENCE = """
def main(steps):
    called("main")
    pw = tidegate.executor()
    r = 0
    for step in range(steps):
        die(step)
        r = pw.call_async(add_one, r).result()
    die(steps)
    return r
"""

MAPS = """
def main():
    called("main")
    pw = tidegate.executor()
    die(0)
    first = pw.get_result(pw.map(add_one, range(10)))
    die(1)
    second = pw.get_result(pw.map(add_one, first))
    die(2)
    return second
"""

SCHEDULERS = ["native", "external"]


class Programs:
    """A directory with programs, and what became of them."""

    def __init__(self, folder, server=None):
        self.folder = folder
        self.server = server

    def write(self, text, head=HEAD, name="program.py"):
        (self.folder / name).write_text(head.lstrip("\n") + textwrap.dedent(text))

    def run(self, *arguments, code=0, name="program.py", **variables):
        """What it prints."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "sdk/python"), "TIDEGATE_BINARY": BINARY, **variables}
        environment.pop("TIDEGATE_SERVER", None)
        if self.server:
            environment["TIDEGATE_SERVER"] = self.server.url
        command = [sys.executable, name, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE_S
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr if code == 1 else done.stdout

    def calls(self, name="add_one"):
        """What functions of this name were called with, in order."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.partition(" ")[0] == name]


@pytest.fixture
def programs(tmp_path, server):
    """Programs that share a server."""
    return Programs(tmp_path, server)


@pytest.fixture
def alone(tmp_path):
    """Programs that start a server of their own."""
    return Programs(tmp_path)


def with_die(text, how):
    return f"def die(at):\n    {how}\n" + text


def test_the_example_runs_with_a_server_of_its_own(alone):
    alone.write(
        """
        import tidegate
        def my_function(x): return x + 7
        pw = tidegate.executor()
        res = pw.call_async(my_function, 3).result()
        futures = pw.map(my_function, range(res))
        print(pw.get_result(futures))
        """,
        head="",
    )
    assert alone.run() == "[7, 8, 9, 10, 11, 12, 13, 14, 15, 16]\n"
    log = (alone.folder / ".tidegate/server.log").read_text()
    assert log.splitlines()[-1].endswith("stopped")


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("steps", range(2, 6))
def test_a_sequence(programs, scheduler, steps):
    programs.write(with_die(SEQUENCE, "pass") + f"print(tidegate.executor('{scheduler}').run(main, {steps}))")
    assert programs.run() == f"{steps}\n"
    assert programs.calls() == [str(step) for step in range(steps)]
    assert len(programs.calls("main")) == {"native": 1, "external": steps + 1}[scheduler]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_map_over_a_map(programs, scheduler):
    programs.write(with_die(MAPS, "pass") + f"print(tidegate.executor('{scheduler}').run(main))")
    assert programs.run() == f"{list(range(2, 12))}\n"
    assert sorted(map(int, programs.calls())) == sorted([*range(10), *range(1, 11)])
    assert len(programs.calls("main")) == {"native": 1, "external": 3}[scheduler]


# Killed, and started again.

WORK = {
    "sequence": (SEQUENCE, "main, 4", 4, "4\n", [0, 1, 2, 3]),
    "maps": (MAPS, "main", 2, f"{list(range(2, 12))}\n", sorted([*range(10), *range(1, 11)])),
}


@pytest.mark.parametrize("work", WORK)
def test_a_native_program_killed_at_every_step_goes_on(programs, work):
    text, arguments, last, printed, calls = WORK[work]
    die = "if str(at) == os.environ.get('DIES_AT'): os.kill(os.getpid(), signal.SIGKILL)"
    programs.write(with_die(text, die) + f"print(tidegate.executor().run({arguments}))")
    for step in range(last + 1):
        programs.run(code=-9, DIES_AT=str(step))
    assert programs.run() == printed
    assert sorted(map(int, programs.calls())) == calls
    # A program that has come to its end begins anew.
    assert programs.run() == printed
    assert len(programs.calls()) == 2 * len(calls)


def test_a_native_program_killed_with_its_server_goes_on(alone):
    die = "if str(at) == os.environ.get('DIES_AT'): os.kill(os.getpid(), signal.SIGKILL)"
    alone.write(with_die(SEQUENCE, die) + "print(tidegate.executor().run(main, 3))")
    for step in range(4):
        alone.run(code=-9, DIES_AT=str(step))
    assert alone.run() == "3\n"
    assert alone.calls() == ["0", "1", "2"]


def test_a_native_program_killed_while_a_call_runs_gets_its_result(programs):
    # The id of the process is no part of what is asked for: it differs from start to start.
    programs.write(
        """
        def kill():
            called("kill")
            os.kill(int(open("pid").read()), signal.SIGKILL)
            return "killed it"
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        print(tidegate.executor().call_async(kill, ()).result())
        """
    )
    programs.run(code=-9)
    assert programs.run() == "killed it\n"
    assert len(programs.calls("kill")) == 1


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_server_killed_at_every_step_goes_on(alone, work, scheduler):
    text, arguments, last, printed, calls = WORK[work]
    # A native program finds its server dead between two calls; one that is a function dies with it, in the middle of a turn.
    die = "kill_server_once(at)" if scheduler == "external" else "kill_server_and_go_on(at)"
    more = """
def kill_server_and_go_on(at):
    os.kill(int(open(".tidegate/LOCK").read()), signal.SIGKILL)
"""
    alone.write(more + with_die(text, die) + f"print(tidegate.executor('{scheduler}').run({arguments}))")
    for step in range(last + 1):
        (alone.folder / f"kill-{step}").touch()
    assert alone.run() == printed
    assert sorted(map(int, alone.calls())) == calls
    if scheduler == "external":
        assert not list(alone.folder.glob("kill-*"))
        assert len(alone.calls("main")) == 2 * (last + 1)


def test_a_program_that_is_a_function_goes_on_without_who_started_it(programs):
    os.mkfifo(programs.folder / "gate")
    programs.write(
        """
        def wait(x):
            with open("gate") as gate:
                return gate.read()
        def main():
            called("main")
            return tidegate.executor().call_async(wait, 0).result()
        run = tidegate.executor("external").start(main)
        print(run.id, run.is_new)
        if os.environ.get("DIES"):
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        with open("gate", "w") as gate:
            gate.write("open")
        print(run.result())
        """
    )
    programs.run(code=-9, DIES="yes")
    first, second = programs.run().splitlines()
    assert first.endswith(" False") and second == "open"
    assert len(programs.calls("main")) == 2


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_an_exception_ends_the_run_as_failed(programs, scheduler):
    programs.write(
        f"""
        def main():
            tidegate.executor().call_async(add_one, 1).result()
            raise LookupError("not there")
        tidegate.executor("{scheduler}", id="fails-{scheduler}").run(main)
        """
    )
    assert "LookupError: not there" in programs.run(code=1)
    runs = [run for run in programs.server.get("/v1/runs")["items"] if run["workflow"].startswith(f"fails-{scheduler}")]
    assert [(run["status"], run["error"]) for run in runs] == [("failed", "LookupError")]
    programs.run(code=1)
    assert len(programs.calls()) == 2


def test_arguments_of_the_command_line_tell_programs_apart(programs):
    die = "if at == 1 and os.environ.get('DIES'): os.kill(os.getpid(), signal.SIGKILL)"
    programs.write(with_die(SEQUENCE, die) + "print(tidegate.executor().run(main, int(sys.argv[1])))")
    programs.run(2, code=-9, DIES="yes")
    assert programs.run(3) == "3\n"
    assert programs.run(2) == "2\n"
    assert programs.calls() == ["0", "0", "1", "2", "1"]


# What functions do.


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_map_reduce(programs, scheduler):
    programs.write(
        f"""
        def main():
            return tidegate.executor().map_reduce(add_one, range(5), sum).result()
        print(tidegate.executor("{scheduler}").run(main))
        """
    )
    assert programs.run() == "15\n"


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_an_exception_of_a_function_comes_as_itself(programs, scheduler):
    programs.write(
        f"""
        class NotEnough(Exception):
            def __init__(self, missing):
                super().__init__(f"{{missing}} are missing")
                self.missing = missing
        def take(x):
            if x > 2:
                raise NotEnough(x - 2)
            return x
        def main():
            pw = tidegate.executor()
            futures = pw.map(take, [1, 5, 2])
            try:
                pw.get_result(futures)
            except NotEnough as error:
                return error.missing, "in take" in str(error.__cause__), [future.error for future in futures]
        print(tidegate.executor("{scheduler}").run(main))
        pw = tidegate.executor("{scheduler}")
        try:
            pw.run(lambda: tidegate.executor().call_async(take, 9).result())
        except NotEnough as error:
            print(error.missing)
        """
    )
    assert programs.run() == "(3, True, [False, True, False])\n7\n"


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_first_result_is_enough(programs, scheduler):
    os.mkfifo(programs.folder / "gate")
    programs.write(
        f"""
        def quick(x):
            return x
        def slow(x):
            with open("gate") as gate:
                return gate.read()
        def main():
            pw = tidegate.executor()
            futures = [pw.call_async(slow, 0), pw.call_async(quick, 1)]
            done, not_done = pw.wait(futures, return_when=tidegate.ANY_COMPLETED)
            first = [future.result() for future in done]
            opened = pw.call_async(open_gate, ()).result()
            return first, len(not_done), opened, futures[0].result()
        def open_gate():
            with open("gate", "w") as gate:
                return gate.write("open")
        print(tidegate.executor("{scheduler}", concurrency=2).run(main))
        """
    )
    assert programs.run() == "([1], 1, 4, 'open')\n"


def test_calls_begin_while_the_program_goes_on(programs):
    os.mkfifo(programs.folder / "gate")
    programs.write(
        """
        def answer(x):
            with open("gate", "w") as gate:
                gate.write("called")
            return x
        pw = tidegate.executor()
        future = pw.call_async(answer, 1)
        print(open("gate").read())
        later = pw.call_async(add_one, 1)
        print(future.result(), later.result())
        """
    )
    assert programs.run() == "called\n1 2\n"


def test_calls_that_nobody_waits_for_are_carried_out(programs):
    programs.write("tidegate.executor().map(add_one, range(3))")
    programs.run()
    assert sorted(programs.calls()) == ["0", "1", "2"]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_retries(programs, scheduler):
    programs.write(
        f"""
        def third_time_lucky(x):
            called(f"lucky {{x}}")
            with open("calls") as calls:
                if calls.read().count(f"lucky {{x}}") < 3:
                    raise OSError("not yet")
            return x
        def main():
            pw = tidegate.executor()
            pair = pw.get_result(pw.map(third_time_lucky, ["a", "b"], retries=2))
            return pair, pw.call_async(third_time_lucky, "c", retries=2).result()
        print(tidegate.executor("{scheduler}").run(main))
        """
    )
    assert programs.run() == "(['a', 'b'], 'c')\n"
    assert sorted(programs.calls("lucky")) == sorted("abc" * 3)


def test_arguments(programs):
    programs.write(
        """
        def power(base, exponent=2, id=None):
            return base ** exponent, id
        pw = tidegate.executor()
        print(pw.get_result(pw.map(power, [2, 3], extra_args=(3,))))
        print(pw.get_result(pw.map(power, [(2, 3), {"base": 2, "exponent": 4}])))
        print(pw.get_result(pw.map(power, range(5), chunksize=2)))
        print(pw.call_async(lambda: os.environ["COLOUR"], (), extra_env={"COLOUR": "green"}).result())
        """
    )
    assert programs.run().splitlines() == [
        "[(8, 0), (27, 1)]",
        "[(8, 0), (16, 1)]",
        "[(0, 0), (1, 1), (4, 2), (9, 3), (16, 4)]",
        "green",
    ]


def test_a_call_that_takes_too_long(programs):
    os.mkfifo(programs.folder / "gate")
    programs.write(
        """
        def wait_for_ever(x):
            open("gate").read()
        pw = tidegate.executor()
        for waits in (lambda: pw.call_async(wait_for_ever, 1, timeout=0.2).result(), lambda: pw.call_async(wait_for_ever, 2).result(0.2)):
            try:
                waits()
            except TimeoutError as error:
                print(type(error).__name__)
        """
    )
    assert programs.run() == "CallTimedOut\nTimeoutError\n"


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_modules_beside_the_script_travel(programs, scheduler):
    (programs.folder / "shop").mkdir()
    (programs.folder / "shop/__init__.py").write_text("from .prices import Price\n")
    (programs.folder / "shop/prices.py").write_text(
        textwrap.dedent(
            """
            import threading
            import dataclasses
            lock = threading.Lock()
            @dataclasses.dataclass
            class Price:
                cents: int
                def doubled(self):
                    with lock:
                        return Price(2 * self.cents)
            """
        )
    )
    programs.write(
        f"""
        import shop
        from shop import prices
        def work(cents):
            return prices.Price(cents).doubled()
        def main():
            pw = tidegate.executor()
            return pw.get_result(pw.map(work, [1, 2])) + [pw.call_async(shop.Price.doubled, shop.Price(7)).result()]
        found = tidegate.executor("{scheduler}").run(main)
        print([price.cents for price in found], all(isinstance(price, shop.Price) for price in found))
        """
    )
    assert programs.run() == "[2, 4, 14] True\n"


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_functions_call_functions(programs, scheduler):
    programs.write(
        f"""
        def inner(x):
            called("inner")
            return x * 2
        def outer(x):
            pw = tidegate.executor()
            return sum(pw.get_result(pw.map(inner, range(x))))
        def gives_futures(x):
            return tidegate.executor().map(inner, range(x))
        def main():
            pw = tidegate.executor()
            return pw.get_result(pw.map(outer, range(12))), pw.call_async(gives_futures, 3).result()
        print(tidegate.executor("{scheduler}", concurrency=1).run(main))
        """
    )
    assert programs.run() == f"({[x * (x - 1) for x in range(12)]}, [0, 2, 4])\n"
    assert len(programs.calls("inner")) == sum(range(12)) + 3


def test_functions_run_with_the_interpreter_of_the_program(programs):
    programs.write("print(tidegate.executor().call_async(lambda: sys.executable, ()).result() == sys.executable)")
    assert programs.run() == "True\n"


# Going astray.


def test_a_program_that_does_something_else_is_told_where(programs):
    before = """
        pw = tidegate.executor()
        pw.call_async(add_one, 1).result()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    after = """
        pw = tidegate.executor()
        pw.call_async(add_one, 2).result()
        """
    programs.write(before)
    programs.run(code=-9)
    programs.write(after)
    told = programs.run(code=1)
    assert "NonDeterminism: the program does not do again what it did before: the same function with other arguments" in told
    assert re.search(r"expected  #0 add_one at program.py:\d+: pw.call_async\(add_one, 2\).result\(\), asked at 20", told)
    assert re.search(r"came      #0 add_one at program.py:\d+: pw.call_async\(add_one, 2\).result\(\)", told)
    # Nothing is lost: the program that was killed can still go on.
    programs.write(before.replace("os.kill(os.getpid(), signal.SIGKILL)", "print('done')"))
    assert programs.run() == "done\n"
    assert programs.calls() == ["1"]


def test_a_run_is_given_up_where_somebody_says_so(programs):
    programs.write(
        """
        tidegate.executor().call_async(add_one, 1).result()
        if os.environ.get("DIES"):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    programs.run(code=-9, DIES="yes")
    programs.run(code=-9, DIES="yes", TIDEGATE_ANEW="1")
    programs.run()
    assert programs.calls() == ["1", "1"]


def test_a_function_that_depends_on_chance_is_told(programs):
    programs.write(
        """
        def main():
            called("main")
            with open("calls") as calls:
                count = calls.read().count("main")
            return tidegate.executor().call_async(add_one, count).result()
        tidegate.executor("external").run(main)
        """
    )
    told = programs.run(code=1)
    assert "NonDeterminism" in told and "the same function with other arguments" in told and "program.py:" in told


# Programs written for others.


def test_a_program_written_for_lithops(programs):
    programs.write(
        """
        import tidegate.lithops as lithops
        from tidegate.lithops.wait import ALL_COMPLETED, ANY_COMPLETED

        def my_map_function(id, x):
            return x + 7

        def my_reduce_function(results):
            return sum(results)

        if __name__ == "__main__":
            with lithops.FunctionExecutor(log_level="INFO", runtime_memory=256) as fexec:
                fexec.call_async(lambda x: x * 2, 4)
                print(fexec.get_result())
                futures = fexec.map(my_map_function, [1, 2, 3], include_modules=["json"])
                done, not_done = lithops.wait(futures, return_when=ANY_COMPLETED)
                done, not_done = lithops.wait(futures, return_when=ALL_COMPLETED)
                print(len(done), len(not_done), [f.success for f in futures], lithops.get_result(futures))
                futures = fexec.map_reduce(my_map_function, [1, 2, 3, 4], my_reduce_function)
                print(fexec.get_result(futures))
                fexec.plot(dst="plots")
                fexec.job_summary()
                fexec.clean()
            iterdata = [("a", 1), ("b", 2)]
            fexec = lithops.LocalhostExecutor()
            print(fexec.get_result(fexec.map(lambda name, count: name * count, iterdata)))
            retrying = lithops.RetryingFunctionExecutor(lithops.ServerlessExecutor())
            futures = retrying.map(lambda x: x, [1, 2], retries=1)
            print(retrying.wait(futures)[0][1].result())
        """,
        head="",
    )
    printed = programs.run().splitlines()
    assert printed[:3] == ["8", "3 0 [True, True, True] [8, 9, 10]", "38"]
    assert printed[-2:] == ["['a', 'bb']", "2"]
    assert (programs.folder / "plots_timeline.svg").read_text().startswith("<svg")


def test_a_program_written_for_pywren(programs):
    programs.write(
        """
        import tidegate.pywren as pywren
        pwex = pywren.default_executor()
        future = pwex.call_async(lambda pair: pair[0], (1, 2))
        print(future.result(), future.done(), future.succeeded())
        futures = pwex.map(lambda x: x + 1, range(3))
        done, not_done = pywren.wait(futures, return_when=pywren.ALL_COMPLETED)
        print(len(done), not_done, pywren.get_all_results(futures))
        print(pwex.map_reduce(lambda x: x + 1, range(3), sum).result())
        """,
        head="",
    )
    assert programs.run().splitlines() == ["1 True True", "3 [] [1, 2, 3]", "6"]
