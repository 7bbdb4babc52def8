#!/usr/bin/env python3
"""Runs Airflow's example DAGs, in Airflow's own files, with Tidegate, and compares their ends with Airflow's.

    compare.py --airflow-venv VENV --python-venv VENV               all of them, against the score that is kept
    compare.py … --dag ID                                           only this DAG; no score is kept of it
    compare.py … --offline                                          without those that need a package index
    compare.py … --keep-score                                       writes the score down

The example files are read where apache-airflow is installed, and nothing of it is run. Tasks are run by the Python in
`--python-venv`, in which there is no Airflow.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import judge
import server

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GOLDEN = HERE / "golden.json"
SCORE = HERE / "score.json"

# How long a run may take, tasks side by side.
LIMIT_S = 120
LIMITS_S = {
    "example_branch_operator": 300,
    "example_branch_python_operator_decorator": 300,
    "example_sensors": 300,
    "example_python_decorator": 300,
    "example_python_operator": 300,
    "tutorial_taskflow_api_virtualenv": 300,
}

# Results that Airflow hands to no task, or in a form of its own.
PRIVATE = "__classname__"


def main():
    options = arguments()
    golden = json.loads(GOLDEN.read_text())
    check(options, golden)
    names = [name for name in golden["dags"] if not options.dag or name in options.dag]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidegate-airflow-") as scratch:
        trial = Trial(options, golden, options.scratch or pathlib.Path(scratch))
        rows = []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for row in pool.map(trial.row, names):
                rows.append(row)
                print(line(row), flush=True)
    report(options, golden, rows)
    counts = count(rows)
    print(
        f"airflow examples: {counts['parses']} of {counts['dags']} DAGs read, {counts['equal']} of {counts['run']} that are run end"
        f" as in Airflow {golden['airflow']}, {counts['values']} of {counts['values_all']} results are the same,"
        f" {time.monotonic() - began:.0f} s"
    )
    if options.dag:
        return 0 if counts["equal"] == counts["run"] else 1
    return judged_by_score(options, rows, counts)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=os.environ.get("TIDEGATE", str(ROOT / "target/release/tidegate")))
    parser.add_argument("--airflow-venv", type=pathlib.Path, required=True, help="where apache-airflow is installed")
    parser.add_argument("--python-venv", type=pathlib.Path, required=True, help="whose Python runs the tasks")
    parser.add_argument("--dag", action="append", help="only this DAG; may be given several times")
    parser.add_argument("--offline", action="store_true", help="leave out what needs a package index")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="DAGs at a time")
    parser.add_argument("--floor", type=int, help="how many have to end as in Airflow; without it, what score.json says")
    parser.add_argument("--keep-score", action="store_true", help="write the score down")
    parser.add_argument("--out", type=pathlib.Path, help="where report.md and report.json go; default: target/airflow")
    parser.add_argument("--scratch", type=pathlib.Path, help="an empty directory for logs, which stay there")
    options = parser.parse_args()
    options.binary = pathlib.Path(options.binary).absolute()
    return options


def check(options, golden):
    """Stops where a comparison would say nothing."""
    if not options.binary.is_file():
        raise SystemExit(f"there is no {options.binary}; build it: make release")
    python = options.python_venv / "bin/python"
    if subprocess.run([python, "-c", "import airflow"], capture_output=True, cwd="/").returncode == 0:
        raise SystemExit(f"{python} can import Airflow, so that nobody could tell whose code ran; give another venv")
    version = next(site(options).glob("apache_airflow_core-*.dist-info"), None)
    if version is None or version.name.split("-")[1].removesuffix(".dist") != golden["airflow"]:
        raise SystemExit(f"golden.json is of Airflow {golden['airflow']}, and {site(options)} has {version and version.name}")


def site(options):
    found = sorted(options.airflow_venv.absolute().glob("lib/python3*/site-packages"))
    if not found:
        raise SystemExit(f"{options.airflow_venv} is no venv")
    return found[0]


class Trial:
    """What is needed to run a DAG, and what came of it as a row of the report."""

    def __init__(self, options, golden, scratch):
        self.options = options
        self.golden = golden
        self.scratch = scratch
        self.examples = site(options) / "airflow"

    def row(self, name):
        dag = self.golden["dags"][name]
        row = {"dag": name, "file": dag["file"], "parses": False, "cases": []}
        if self.options.offline and "package index" in dag.get("needs", []):
            row["left_out"] = "needs a package index"
        elif "excluded" in dag:
            row["left_out"] = dag["excluded"]
        try:
            for number, case in enumerate(dag.get("cases") or [{}]):
                found = self.case(name, case, number, bool(row.get("left_out")))
                row["parses"] = found.pop("parses")
                if not row.get("left_out"):
                    row["cases"].append(found)
        except Exception as error:  # of the trial, not of the DAG
            row["cases"].append({"runs": False, "why": [f"{type(error).__name__}: {error}"]})
        return row

    def case(self, name, case, number, parse_only):
        dag = self.golden["dags"][name]
        home = self.scratch / f"{name}-{number}"
        (home / "airflow" / "dags").mkdir(parents=True)
        found = {"parses": False, "runs": False, "equal": False, "conf": case.get("conf"), "before": case.get("before")}
        with server.Server(self.options.binary, home, self.environment(home)) as door:
            for other in [*case.get("before", []), *dag.get("with", [])]:
                if (problem := door.apply(self.path(other), other)) is not None:
                    return {**found, "why": [f"{other}: {problem}"]}
            if (problem := door.apply(self.path(name), name)) is not None:
                return {**found, "why": [problem]}
            found["parses"] = True
            if parse_only:
                return found
            for other in case.get("before", []):
                door.wait(door.start(other, None, self.date(other)), LIMIT_S)
            return {**found, **self.ends(door, name, case)}

    def ends(self, door, name, case):
        """How the run ended, beside how it should have."""
        dag = self.golden["dags"][name]
        moments = [now()]
        try:
            run = door.start(name, case.get("conf"), self.date(name))
        except server.Refused as refused:
            equal = all(outcome["state"] == "refused" for outcome in case["outcomes"])
            return {"runs": equal, "equal": equal, "why": [] if equal else [f"refused: {refused}"]}
        ended, tasks, results = self.end(door, run, dag, LIMITS_S.get(name, LIMIT_S))
        moments.append(now())
        missing = sorted(set(dag["tasks"]) - set(tasks)) if ended is None else []
        if not set(missing) <= set(dag.get("slow", {})):
            return {"why": [f"did not end in time; not ended: {', '.join(missing)}"]}
        if ended is None and not missing:
            return {"why": ["did not end in time, though all tasks have ended"]}
        state = {"succeeded": "success"}.get(ended["status"], ended["status"]) if ended else None
        wrong = None
        for outcome in case["outcomes"]:
            if not judge.applies(outcome, moments):
                continue
            if ended is None:
                outcome = {**outcome, "state": None, "tasks": {task: outcome["tasks"][task] for task in outcome["tasks"] if task not in missing}}
            differences = judge.differences(outcome, dag.get("choices", []), state, tasks)
            if wrong is None or len(differences) < len(wrong):
                wrong, best = differences, outcome
        values, wrong_values = compared(best.get("values", {}), results)
        found = {"runs": True, "equal": not wrong, "why": wrong, "values": values, "wrong_values": wrong_values}
        if wrong and ended and ended.get("error"):
            found["error"] = ended["error"]
        return found

    def end(self, door, run, dag, limit):
        """The run at its end, or nothing when only slow tasks have not ended or the time is over; and its tasks so far."""
        until = time.monotonic() + limit
        while True:
            left = until - time.monotonic()
            ended = door.wait(run, min(left, 5) if dag.get("slow") else left)
            tasks, results = server.states(door.history(run), dag)
            if ended or time.monotonic() >= until or dag.get("slow") and set(dag["tasks"]) - set(tasks) <= set(dag["slow"]):
                return ended, tasks, results

    def path(self, name):
        """The file of a DAG: one of Airflow's, or one beside this."""
        file = self.golden["dags"][name]["file"]
        return next(path for path in (self.examples / file, HERE / file) if path.exists())

    def date(self, name):
        return self.golden["dags"][name].get("date", self.golden["date"])

    def environment(self, home):
        """What the server, the compiler and the tasks see."""
        venv = self.options.python_venv.absolute()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHON", "TIDEGATE"))}
        return {
            **kept,
            "AIRFLOW_HOME": str(home / "airflow"),
            "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "sdk/python"),
            "TMPDIR": str(home),
            "TZ": "UTC",
            "VIRTUAL_ENV": str(venv),
        }


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def compared(values, results):
    """How many of the results are Airflow's, and what about the others."""
    same, wrong = 0, []
    for task, keys in values.items():
        for key, expected in keys.items():
            if PRIVATE in json.dumps(expected):
                continue
            found = results.get(task)
            found = [(one or {}).get(key) for one in found] if isinstance(found, list) else (found or {}).get(key)
            if found == expected:
                same += 1
            else:
                wrong.append(f"{task}.{key}: {short(found)}, not {short(expected)}")
    return same, wrong


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


def count(rows):
    run = [row for row in rows if not row.get("left_out")]
    cases = [case for row in run for case in row["cases"]]
    same = sum(case.get("values", 0) for case in cases)
    return {
        "dags": len(rows),
        "parses": sum(row["parses"] for row in rows),
        "run": len(run),
        "runs": sum(all(case["runs"] for case in row["cases"]) for row in run),
        "equal": len(equal(rows)),
        "values": same,
        "values_all": same + sum(len(case.get("wrong_values", [])) for case in cases),
    }


def equal(rows):
    return sorted(
        row["dag"] for row in rows if row["cases"] and not row.get("left_out") and all(case.get("equal") for case in row["cases"])
    )


def line(row):
    if row.get("left_out"):
        return f"{'read' if row['parses'] else 'NOT READ':9} {row['dag']}: {row['left_out']}"
    wrong = [text for case in row["cases"] for text in case["why"]]
    return f"{'FAIL' if wrong else 'ok':9} {row['dag']}" + "".join(f"\n          {text}" for text in wrong)


def report(options, golden, rows):
    folder = options.out or ROOT / "target/airflow"
    folder.mkdir(parents=True, exist_ok=True)
    counts = count(rows)
    (folder / "report.json").write_text(json.dumps({"airflow": golden["airflow"], **counts, "rows": rows}, indent=1) + "\n")
    text = [
        f"# Example DAGs of Airflow {golden['airflow']}, run by Tidegate",
        "",
        f"{counts['dags']} DAGs; read: {counts['parses']}; to be run: {counts['run']}; run to an end: {counts['runs']};"
        f" every state as in Airflow: {counts['equal']}; results as in Airflow: {counts['values']} of {counts['values_all']}.",
        "",
        "| DAG | file | read | ends | states | results | why not |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        wrong = [text for case in row["cases"] for text in [*case["why"], *case.get("wrong_values", [])]]
        why = "; ".join(wrong) or row.get("left_out", "")
        same = sum(case.get("values", 0) for case in row["cases"])
        values = same + sum(len(case.get("wrong_values", [])) for case in row["cases"])
        run = [] if row.get("left_out") else row["cases"]
        text.append(
            f"| {row['dag']} | {row['file']} | {mark(row['parses'])} | {mark(all(case['runs'] for case in run)) if run else '–'} |"
            f" {mark(all(case.get('equal') for case in run)) if run else '–'} | {f'{same}/{values}' if values else '–'} |"
            f" {cell(why)} |"
        )
    (folder / "report.md").write_text("\n".join(text) + "\n")


def mark(good):
    return "yes" if good else "**no**"


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")[:400]


def judged_by_score(options, rows, counts):
    """1 where fewer DAGs come out right than is kept."""
    if options.keep_score:
        SCORE.write_text(json.dumps({"parses": counts["parses"], "equal": equal(rows)}, indent=1) + "\n")
        return 0
    left_out = {row["dag"] for row in rows if row.get("left_out")}
    score = json.loads(SCORE.read_text()) if SCORE.exists() else {"parses": 0, "equal": []}
    lost = sorted(set(score["equal"]) - set(equal(rows)) - left_out)
    if options.floor is not None:
        if counts["equal"] < options.floor:
            print(f"fewer than {options.floor} end as in Airflow", file=sys.stderr)
        return 1 if counts["equal"] < options.floor else 0
    for name in lost:
        print(f"{name} ended as in Airflow when the score was kept, and does no more", file=sys.stderr)
    if counts["parses"] < score["parses"]:
        print(f"{score['parses']} DAGs were read when the score was kept, and {counts['parses']} are now", file=sys.stderr)
    return 1 if lost or counts["parses"] < score["parses"] else 0


if __name__ == "__main__":
    sys.exit(main())
