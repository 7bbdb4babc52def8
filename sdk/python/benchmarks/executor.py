"""Measures `map` over items that cost nothing, here and with Lithops on the same machine, one after the other.

    python executor.py --lithops-python VENV/bin/python [--items 1000 10000] [--lithops-items 1000] [--chunksize N]

Each number is the time from `map` to all results in the program. Here it is the least of all rounds, after one that is not counted. Lithops
runs in its own interpreter with its localhost backend and storage, and takes so long that it is measured once for each number, after
a map over two items; where it is not measured for a number, its rate for the largest one that was is taken, and marked with `~`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGE = str(Path(__file__).resolve().parents[1])


def nothing(x):
    return x


def measure(make, items, rounds, chunksize):
    """Seconds for each number of items."""
    once(make, 2, None)
    return {count: min(once(make, count, chunksize) for _ in range(rounds)) for count in items}


def once(make, count, chunksize):
    with make() as executor:
        began = time.perf_counter()
        results = executor.get_result(executor.map(nothing, range(count), chunksize=chunksize))
        seconds = time.perf_counter() - began
    assert results == list(range(count))
    return seconds


def here(arguments):
    sys.path.insert(0, PACKAGE)
    import tidegate
    from tidegate.programs.making import close_all

    with tempfile.TemporaryDirectory() as folder:
        os.environ["TIDEGATE_DATA"] = folder

        def make():
            return tidegate.executor(progress=False)

        once(make, max(arguments.items), arguments.chunksize)
        found = measure(make, arguments.items, arguments.rounds, arguments.chunksize)
        close_all()
    return found


def with_lithops(arguments):
    import lithops

    config = {"lithops": {"backend": "localhost", "storage": "localhost", "log_level": "ERROR"}}
    return measure(lambda: lithops.FunctionExecutor(config=config, log_level=None), arguments.lithops_items, 1, arguments.chunksize)


def child(which, python):
    """The seconds that a fresh interpreter measures."""
    command = [python, __file__, "--only", which, *sys.argv[1:]]
    # Lithops starts `python` of the search path for its functions.
    path = os.path.dirname(os.path.abspath(python)) + os.pathsep + os.environ.get("PATH", "")
    environment = {**os.environ, "PATH": path, "TQDM_DISABLE": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return {int(count): seconds for count, seconds in json.loads(done.stdout.splitlines()[-1]).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--lithops-items", type=int, nargs="+", default=[1000])
    parser.add_argument("--chunksize", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lithops-python", help="an interpreter that has Lithops")
    parser.add_argument("--only", choices=["tidegate", "lithops"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps({"tidegate": here, "lithops": with_lithops}[arguments.only](arguments)))
        return
    ours = child("tidegate", sys.executable)
    theirs = child("lithops", arguments.lithops_python) if arguments.lithops_python else {}
    print(f"{'items':>8}{'tidegate s':>12}{'items/s':>10}{'lithops s':>12}{'items/s':>10}{'ratio':>8}")
    for count, seconds in ours.items():
        print(f"{count:>8}{seconds:>12.3f}{count / seconds:>10.0f}" + (beside(count, seconds, theirs) if theirs else ""))


def beside(count, seconds, theirs):
    """The columns of Lithops."""
    known = count if count in theirs else max(theirs)
    its = theirs[known] * count / known
    return f"{'~' if known != count else '':>2}{its:>10.1f}{count / its:>10.1f}{its / seconds:>8.0f}"


if __name__ == "__main__":
    main()
