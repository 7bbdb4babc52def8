#!/usr/bin/env python3
"""Runs ASL conformance cases against the AWS door and tells how many come out as AWS has them.

Without `--server`, starts one for itself. The rows go to `--out`; what is judged here is only whether a case comes out
as expected, by feature, against the score that is kept beside the cases:

    run.py                              # our own cases against a server of its own; fails where the score falls
    run.py --corpus FILE --out ROWS     # other cases; no score is kept of them
    run.py --corpus FILE --mocks        # cases that come with mocks, run with those and without what they call
    run.py --corpus FILE --emulator     # with an emulator for the services that cases call
    run.py --by-feature                 # prints the score of each feature
    run.py --keep-score                 # writes the score down
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

import drive  # noqa: E402
import judge  # noqa: E402
import mocks  # noqa: E402
import services  # noqa: E402

CASES = HERE / "cases.jsonl"
SCORE = HERE / "score.json"


def main():
    options = arguments()
    cases = selected(options)
    if options.mocks:
        cases = mocks.mocked(cases)
    with contextlib.ExitStack() as stack:
        emulator = stack.enter_context(services.Emulator()) if options.emulator else None
        url = stack.enter_context(server(options, cases, emulator))
        began = time.monotonic()
        rows = run(cases, drive.Door(url, options.jobs, emulator), options)
        took = time.monotonic() - began
    results = {case["id"]: judge.judge(case, rows.get(case["id"])) for case in cases}
    for case in cases:
        wrong = {check: what for check, what in results[case["id"]].items() if what}
        if wrong and not options.quiet:
            print(f"FAIL {case['id']}")
            for check, what in wrong.items():
                print(f"     {check}: {what}")
    passed = {name for name, found in results.items() if not any(found.values())}
    if options.by_feature:
        all_of, well = (collections.Counter(feature for case in some for feature in case["features"]) for some in (
            cases, [case for case in cases if case["id"] in passed]
        ))
        for feature, count in sorted(all_of.items()):
            print(f"{well[feature]:5} of {count:5}  {feature}")
    print(f"asl conformance: {len(passed)} of {len(cases)} cases pass, {took:.0f} s")
    # A part of the cases says nothing about the whole score.
    if options.corpus != CASES or options.id or options.services or options.mocks:
        return 0
    return judged_by_score(cases, passed, options.keep_score)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="URL of a running server")
    parser.add_argument("--binary", default=os.environ.get("TIDEGATE", str(ROOT / "target/release/tidegate")))
    parser.add_argument("--corpus", type=pathlib.Path, default=CASES, help="cases, one JSON object per line")
    parser.add_argument("--out", type=pathlib.Path, help="where rows go, one JSON object per line")
    parser.add_argument("--services", help="only cases that need no others than these: none,lambda,…")
    parser.add_argument("--kind", help="only cases of these kinds: execution,test_state,create_rejected,validate")
    parser.add_argument("--id", help="only cases whose id contains this")
    parser.add_argument("--emulator", action="store_true", help="start an emulator for the services that cases call")
    parser.add_argument("--mocks", action="store_true", help="only cases that come with mocks, and with those")
    parser.add_argument("--by-feature", action="store_true", help="print the score of each feature")
    parser.add_argument("--jobs", type=int, default=8, help="cases at a time")
    parser.add_argument("--quiet", action="store_true", help="no word on single cases")
    parser.add_argument("--keep-score", action="store_true", help="write the score down")
    return parser.parse_args()


def selected(options):
    with options.corpus.open() as lines:
        cases = [json.loads(line) for line in lines if line.strip()]
    services = set(options.services.split(",")) if options.services else None
    kinds = set(options.kind.split(",")) if options.kind else None
    return [
        case
        for case in cases
        if (services is None or set(case["services_needed"]) <= services)
        and (kinds is None or case["kind"] in kinds)
        and (not options.id or options.id in case["id"])
    ]


def run(cases, door, options):
    """Rows by id; they are written as they come."""
    rows = {}
    out = options.out.open("w") if options.out else None
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(door.drive, case) for case in cases]):
            row = done.result()
            rows[row["id"]] = row
            if out:
                print(json.dumps(row, default=str), file=out, flush=True)
    if out:
        out.close()
    return rows


class server:
    """The server's URL; one that was started here ends here."""

    def __init__(self, options, cases, emulator=None):
        self.emulator = emulator
        self.url, self.binary, self.process = options.server, options.binary, None
        self.config = mocks.config(cases) if options.mocks else None

    def __enter__(self):
        if self.url:
            return self.url
        command = [self.binary, "dev", "--ephemeral", "--aws-limits", "--listen", "127.0.0.1:0"]
        for service in services.SERVICES if self.emulator else []:
            command += ["--aws-endpoint", f"{service}={self.emulator.url}"]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            if self.config:
                json.dump(self.config, file)
                file.flush()
                command += ["--mock-config", file.name]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit(f"`{' '.join(command)}` did not get ready")
        return line.split()[1]

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(30)


def judged_by_score(cases, passed, keep):
    """Fails where a feature has fewer cases that pass than are written down."""
    score = collections.Counter()
    for case in cases:
        score.update(case["features"] if case["id"] in passed else [])
    if keep:
        SCORE.write_text(json.dumps(dict(sorted(score.items())), indent=1) + "\n")
        return 0
    kept = json.loads(SCORE.read_text()) if SCORE.exists() else {}
    fallen = {feature: (least, score[feature]) for feature, least in kept.items() if score[feature] < least}
    for feature, (least, now) in sorted(fallen.items()):
        print(f"the score of {feature} fell from {least} to {now}")
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
