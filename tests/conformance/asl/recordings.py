#!/usr/bin/env python3
"""What came of cases that AWS recorded, by what they need: how many come out the same, and which do not.

    recordings.py CORPUS REPORT    # writes recorded.json, from the report of the judge that the recordings come with

The judge knows what is a placeholder in a recording and which orders of events are equal; its report has `cases`, each with
an `id` and `failures`, which name the check that failed.
"""

import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parent / "recorded.json"

# Checks of each level, each with those of the levels before it.
LEVELS = {
    "result": ["status", "output", "error", "next", "harness"],
    "text": ["cause"],
    "events": ["events"],
    "detail": ["detail", "inspection"],
}
KINDS = {
    "test_state": "`TestState`",
    "create_rejected": "definitions that AWS refuses",
    "validate": "`ValidateStateMachineDefinition`",
}
NEEDS = {
    "none": "executions without services",
    "lambda": "executions with Lambda functions",
    "activity": "executions with activities",
    "states": "executions that start executions",
}


def group(case):
    if case["kind"] != "execution":
        return KINDS.get(case["kind"], case["kind"])
    need = case["services_needed"][0]
    return NEEDS.get(need, f"executions with {need}")


def written(corpus, report):
    cases = {case["id"]: case for case in map(json.loads, corpus.read_text().splitlines())}
    groups, misses = {}, {}
    for told in json.loads(report.read_text())["cases"]:
        case = cases[told["id"]]
        counted = groups.setdefault(group(case), {"cases": 0} | dict.fromkeys(LEVELS, 0))
        counted["cases"] += 1
        failed = [check for check, _ in map(parted, told["failures"])]
        allowed = []
        for level, own in LEVELS.items():
            allowed += own
            counted[level] += not any(check in allowed for check in failed)
        if told["failures"]:
            check, what = parted(told["failures"][0])
            misses[named(case)] = (check + ": " + what.removeprefix(check + ": "))[:200]
    order = [*NEEDS.values(), *KINDS.values()]
    place = {name: number if number < len(NEEDS) else number + 100 for number, name in enumerate(order)}
    names = sorted(groups, key=lambda name: (place.get(name, 50), name))
    return {"groups": [{"name": name, **groups[name]} for name in names], "misses": misses}


def parted(failure):
    """The check and what was wrong."""
    if isinstance(failure, str):
        check, _, what = failure.partition(": ")
        return check, what
    if isinstance(failure, dict):
        return failure["check"], failure.get("message", "")
    return failure[0], failure[1]


def named(case):
    """The test's own name, without the file and the class that it is in."""
    return case["id"].split("::")[-1].split("#")[0]


if __name__ == "__main__":
    found = written(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    FILE.write_text(json.dumps(found, indent=1) + "\n")
