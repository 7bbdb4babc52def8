"""Judges rows against what their cases expect, check by check.

Checks are `status`, `output`, `error`, `next`, `cause` and `events`; which of them apply depends on the kind of a case
and on what was recorded. Texts may hold placeholders such as `<uuid>`, which stand for any text.
"""

import json
import re

PLACEHOLDER = re.compile(r"<[A-Za-z_][\w:-]{0,60}>")
REFUSALS = {"status": "rejected", "error": "api_error", "cause": "api_message"}
# What the AWS SDK adds to results: headers, which nobody states.
TRANSPORT = {"SdkHttpMetadata", "SdkResponseMetadata"}


def judge(case, row):
    """For each check that applies, what is wrong, or `None`."""
    if row is None:
        return {"status": "there is no row"}
    if "harness_error" in row:
        return {"status": row["harness_error"]}
    expected = case["expected"]
    if case["kind"] == "create_rejected" or expected.get("rejected"):
        wanted = {"rejected": True} | {key: expected.get(key) for key in ("api_error", "api_message")}
        return {check: compare(wanted[key], row.get(key)) for check, key in REFUSALS.items()}
    if case["kind"] == "validate":
        return {
            "status": compare(expected["result"], row.get("result")),
            "cause": compare(expected["diagnostics"], row.get("diagnostics")),
        }
    if row.get("rejected"):
        return {"status": f"refused: {row.get('api_error')}: {row.get('api_message')}"}
    found = {"status": compare(expected["status"], row.get("status"))}
    if expected.get("has_output") or (case["kind"] == "test_state" and "output" in expected):
        found["output"] = compare(expected["output"], row.get("output"))
    if expected["status"] != "SUCCEEDED":
        found["error"] = compare(expected.get("error"), row.get("error"))
        found["cause"] = compare(expected.get("cause"), decoded(row.get("cause")))
    if "nextState" in expected:
        found["next"] = compare(expected["nextState"], row.get("nextState"))
    if expected.get("event_types"):
        types = [event["type"] for event in row.get("events") or []]
        wanted = expected["event_types"]
        if case.get("order") == "concurrent":
            types, wanted = sorted(types), sorted(wanted)
        found["events"] = compare(wanted, types)
    return found


def compare(expected, actual, at=""):
    """What differs, with its place, or `None`."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        expected, actual = (
            {key: value for key, value in side.items() if key not in TRANSPORT} for side in (expected, actual)
        )
        if expected.keys() != actual.keys():
            missing, extra = sorted(expected.keys() - actual.keys()), sorted(actual.keys() - expected.keys())
            return f"{at or '/'}: missing {missing}, extra {extra}"
        return first(compare(expected[key], actual[key], f"{at}/{key}") for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{at or '/'}: expected {len(expected)} elements {short(expected)}, not {len(actual)} {short(actual)}"
        pairs = enumerate(zip(expected, actual, strict=True))
        return first(compare(one, other, f"{at}/{index}") for index, (one, other) in pairs)
    same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    if same or (isinstance(expected, str) and isinstance(actual, str) and matches(expected, actual)):
        return None
    return f"{at or '/'}: expected {short(expected)}, not {short(actual)}"


def matches(expected, actual):
    texts = map(re.escape, PLACEHOLDER.split(expected))
    return re.fullmatch(".+?".join(texts), actual, re.S) is not None


def first(found):
    return next((what for what in found if what is not None), None)


def decoded(text):
    """A cause that is a JSON object was recorded as that object."""
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
