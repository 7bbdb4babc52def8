"""What came of cases that AWS recorded, by what they need: how many come out the same, and which do not."""

import json
import pathlib

FILE = pathlib.Path(__file__).resolve().parent / "recorded.json"

# Checks of each level, each with those of the levels before it.
LEVELS = {"result": ["status", "output", "error", "next"], "text": ["cause"], "events": ["events"]}
KINDS = {
    "test_state": "`TestState`",
    "create_rejected": "definitions that AWS refuses",
    "validate": "`ValidateStateMachineDefinition`",
}
NEEDS = {
    "none": "executions without services",
    "lambda": "executions with Lambda functions",
    "states": "executions that start executions",
    "activity": "executions with activities",
}


def group(case):
    if case["kind"] != "execution":
        return KINDS.get(case["kind"], case["kind"])
    need = case["services_needed"][0]
    return NEEDS.get(need, f"executions with {need}")


def keep(cases, results):
    """Writes down what came of those cases whose answers are AWS's own."""
    groups, misses = {}, {}
    for case in cases:
        # Some are marked by those who recorded them as not what AWS answers.
        if case.get("provenance") not in ("validated", "marker-only"):
            continue
        counted = groups.setdefault(group(case), {"cases": 0} | dict.fromkeys(LEVELS, 0))
        counted["cases"] += 1
        found, checks = results[case["id"]], []
        for level, own in LEVELS.items():
            checks += own
            if not any(found.get(check) for check in checks):
                counted[level] += 1
        wrong = {check: what for check, what in found.items() if what}
        if wrong:
            check, what = next(iter(wrong.items()))
            misses[named(case)] = f"{check}: {what}"[:240]
    order = [*NEEDS.values(), *KINDS.values()]
    place = lambda name: (order.index(name) if name in order else len(NEEDS) - 0.5, name)  # noqa: E731
    listed = [{"name": name, **groups[name]} for name in sorted(groups, key=place)]
    FILE.write_text(json.dumps({"groups": listed, "misses": misses}, indent=1, sort_keys=False) + "\n")


def named(case):
    """The test's own name, without the file and the class that it is in."""
    return case["id"].split("::")[-1].split("#")[0]
