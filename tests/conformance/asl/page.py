#!/usr/bin/env python3
"""Writes docs/compatibility.md from the scores: `score.json` of our own cases, `recorded.json` of AWS's recordings.

    page.py           # writes the page
    page.py --check   # fails where the page is not what the scores say
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs/compatibility.md"

LEVELS = ["result", "text", "events", "detail"]

HEAD = """\
# How near state machines come to AWS's

This page is written by `tests/conformance/asl/page.py` from the scores beside it.

## Against what AWS recorded

State machines that AWS Step Functions ran and recorded, played through boto3 against this server (`--aws-limits`), with the functions,
workers and consumers that the recorded tests had, and an emulator (moto) for the services that they call. *Result* is
status, output and error; *text* adds the cause, *events* the types of the events of history in their order, *detail* what each
of them says.

| | cases | result | text | events | detail |
|---|---|---|---|---|---|
"""

MIDDLE = """
What is not as recorded. Some of it is the emulator's doing: headers that it does not send, checks that it does not make, an API that it
does not build.

| test | |
|---|---|
"""

OWN = """
## Our own cases

Cases of what AWS documents, by feature; a change may not let a number fall. The same case counts for each feature it has.

| feature | cases |
|---|---|
"""


def page():
    recorded = json.loads((HERE / "recorded.json").read_text())
    score = json.loads((HERE / "score.json").read_text())
    lines = [HEAD]
    for group in recorded["groups"]:
        shares = " | ".join(share(group.get(level), group["cases"]) for level in LEVELS)
        lines.append(f"| {group['name']} | {group['cases']} | {shares} |\n")
    lines.append(MIDDLE)
    for name, why in sorted(recorded["misses"].items()):
        lines.append(f"| `{escaped(name)}` | {escaped(why)} |\n")
    lines.append(OWN)
    lines.extend(f"| `{feature}` | {count} |\n" for feature, count in sorted(score.items()))
    return "".join(lines)


def share(passed, cases):
    if passed is None or not cases:
        return ""
    return f"{100 * passed / cases:.1f} %".replace(".0 %", " %")


def escaped(text):
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "‹").replace(">", "›")


def main():
    written = page()
    if "--check" not in sys.argv:
        PAGE.write_text(written)
        return 0
    if PAGE.exists() and PAGE.read_text() == written:
        return 0
    print(f"{PAGE} is not what the scores say: run tests/conformance/asl/page.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
