#!/usr/bin/env python3
"""Records what Airflow itself makes of its example DAGs: `golden.json`, the truth that `compare.py` compares with.

    record.py --airflow-venv VENV              all DAGs, each from a fresh installation with its own database
    record.py --airflow-venv VENV --dag ID     only this one; the others stay as they are recorded
    record.py --airflow-venv VENV --reshape    only the files, DAGs and tasks; no DAG is run

Every DAG is run as `airflow dags test` does it; again, where it has results or chance plays a part. States that differ between runs are an error unless `cases.py`
says what they depend on; values that differ are left out.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import cases
import judge

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE / "golden.json"
INSIDE = HERE / "inside.py"

# Settings that change what is recorded; everything else is as Airflow comes.
SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "True",
    "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
    # One of Airflow's default connections. `dags test` does not find those in the database.
    "AIRFLOW_CONN_FS_DEFAULT": '{"conn_type": "fs", "extra": {"path": "/"}}',
    "TZ": "UTC",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--airflow-venv", type=pathlib.Path, required=True)
    parser.add_argument("--dag", action="append", help="only this DAG; may be given several times")
    parser.add_argument("--reshape", action="store_true", help="run no DAG")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--patience", type=float, default=1, help="how many times as long a DAG may take, on a busy machine")
    parser.add_argument("--scratch", type=pathlib.Path, help="a directory for installations, which stay there and are used again")
    parser.add_argument("--out", type=pathlib.Path, default=GOLDEN)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        scratch = options.scratch or stack.enter_context(tempfile.TemporaryDirectory(prefix="airflow-golden-"))
        return record(options, Airflow(options.airflow_venv, pathlib.Path(scratch)))


def record(options, airflow):
    golden = {**airflow.versions(), "date": cases.DATE, "command": f"airflow dags test DAG_ID {cases.DATE}", "settings": SETTINGS}
    golden["files"], golden["dags"] = airflow.shape()
    kept = json.loads(options.out.read_text())["dags"] if options.out.exists() else {}
    wanted = set(options.dag or golden["dags"]) if not options.reshape else set()
    runs = []
    for name, dag in golden["dags"].items():
        if name in cases.EXCLUDED:
            dag["excluded"] = cases.EXCLUDED[name]
            continue
        if name in cases.NEEDS:
            dag["needs"] = cases.NEEDS[name]
        if name in cases.CHOICES:
            dag["choices"] = cases.CHOICES[name]
        if date(name) != cases.DATE:
            dag["date"] = date(name)
        if name in cases.SLOW:
            dag["slow"] = cases.SLOW[name]
        if name in cases.WITH:
            dag["with"] = cases.WITH[name]
        asked = cases.CASES.get(name, [{}])
        dag["cases"] = [
            case
            for case in kept.get(name, {}).get("cases", [])
            if {key: case[key] for key in ("conf", "before") if key in case} in asked
        ]
        if name in wanted:
            dag["cases"] = [dict(case) for case in asked]
            for case in dag["cases"]:
                runs += [(name, case, clock, seed) for clock in cases.CLOCKS.get(name, [{}]) for seed in range(times(name))]
    ends = airflow.test([run for run in runs if run[3] == 0], golden["dags"], options.jobs, options.patience)
    # Again where chance, or a result, may differ.
    again = [run[:3] for run, end in ends if end["values"] or run[0] in cases.CHOICES]
    ends += airflow.test([run for run in runs if run[3] > 0 and run[:3] in again], golden["dags"], options.jobs, options.patience)
    wrong = []
    for name in sorted(wanted - set(cases.EXCLUDED)):
        for case in golden["dags"][name]["cases"]:
            case["outcomes"] = []
            for clock in cases.CLOCKS.get(name, [{}]):
                seen = [end for run, end in ends if run[0] == name and run[1] is case and run[2] == clock]
                case["outcomes"].append({**({"when": clock["when"]} if clock else {}), **agreed(seen, cases.CHOICES.get(name, []))})
                wrong += [f"{name}: {text}" for text in complaints(seen, cases.CHOICES.get(name, []))]
    for name, tasks in cases.MACHINE.items():
        for outcome in (outcome for case in golden["dags"][name]["cases"] for outcome in case["outcomes"]):
            for task in tasks:
                outcome.get("values", {}).pop(task, None)
    for name, changes in cases.DOCUMENTED.items():
        add_documented(golden["dags"][name], changes)
    options.out.write_text(pretty(golden) + "\n")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


def date(name):
    return cases.DATES.get(name, cases.DATE)


def times(name):
    return cases.CHOICE_RUNS if name in cases.CHOICES else cases.RUNS


def complaints(seen, choices):
    """What makes ends no ground truth."""
    ends = sorted({shown([run["state"], without(run["tasks"], choices)]) for run in seen})
    if len(ends) > 1:
        yield f"ends differ: {' '.join(ends)}"
    if any(run["state"] not in ("success", "failed", "refused") for run in seen):
        yield f"did not end in time: {shown(seen[0])}"
    if any(run["state"] == "success" and not run["tasks"] for run in seen):
        yield "has no instances of tasks: is the date before its start?"
    for run in seen:
        for choice in choices:
            yield from judge.choice_broken(run["tasks"], choice)


def agreed(runs, choices):
    """What all runs have in common: states, and the values that are the same in each."""
    first = runs[0]
    outcome = {"state": first["state"], "tasks": without(first["tasks"], choices)}
    if choices:
        outcome["seen"] = sorted({" ".join(sorted(chosen(run["tasks"], choices))) for run in runs})
    tries = {task: count for task, count in first["tries"].items() if all(run["tries"].get(task) == count for run in runs)}
    if tries:
        outcome["tries"] = tries
    values = {
        task: {key: value for key, value in keys.items() if all(run["values"].get(task, {}).get(key) == value for run in runs)}
        for task, keys in first["values"].items()
    }
    values = {task: keys for task, keys in values.items() if keys}
    if values:
        outcome["values"] = values
    return outcome


def add_documented(dag, changes):
    """Outcomes as they should be beside those that were recorded."""
    for place, case in enumerate(dag["cases"]):
        recorded = case.pop("recorded", None) or [outcome for outcome in case["outcomes"] if "why" not in outcome]
        case["outcomes"] = list(recorded)
        for change in changes:
            if change.get("case", 0) != place:
                continue
            tasks = {**recorded[0]["tasks"], **change["tasks"]}
            as_documented = {"why": change["why"], "state": change["state"], "tasks": tasks}
            if change.get("instead"):
                case["outcomes"], case["recorded"] = [as_documented], recorded
            else:
                case["outcomes"].append(as_documented)


def without(tasks, choices):
    """The states of tasks that no choice decides."""
    free = {task for choice in choices for alternative in choice for task in alternative}
    return {task: state for task, state in tasks.items() if task not in free}


def chosen(tasks, choices):
    return [task for choice in choices for alternative in choice for task in alternative if tasks.get(task) == "success"]


def shown(value):
    return json.dumps(value, sort_keys=True)


class Airflow:
    """An installation that is copied, with an empty database, for each run."""

    def __init__(self, venv, scratch):
        self.python = venv.absolute() / "bin/python"
        self.scratch = scratch
        self.template = scratch / "template"
        self.ready = scratch / "ready"
        if not self.ready.exists():
            self._make_template()

    def _make_template(self):
        shutil.rmtree(self.template, ignore_errors=True)
        self.template.mkdir()
        shutil.copytree(HERE / "dags", self.template / "dags", ignore=shutil.ignore_patterns("__pycache__"))
        self._command(self.template, ["-m", "airflow", "db", "migrate"])
        self._command(self.template, ["-m", "airflow", "dags", "reserialize"])
        # It names the paths of the template; a copy writes its own.
        (self.template / "airflow.cfg").unlink()
        self.ready.touch()

    def versions(self):
        code = (
            "import importlib.metadata as m, json, platform; print(json.dumps({'airflow': m.version('apache-airflow-core'),"
            " 'providers-standard': m.version('apache-airflow-providers-standard'), 'python': platform.python_version()}))"
        )
        return json.loads(subprocess.run([self.python, "-c", code], capture_output=True, check=True, text=True).stdout)

    def shape(self):
        out = self.scratch / "shape.json"
        self._command(self.template, [INSIDE, "shape", out])
        files, dags = {}, {}
        for path, file in json.loads(out.read_text()).items():
            files[path] = {"dags": sorted(file["dags"])}
            if file["errors"]:
                files[path]["errors"] = file["errors"]
            if path in cases.EXCLUDED_FILES:
                files[path]["excluded"] = cases.EXCLUDED_FILES[path]
            for name, dag in file["dags"].items():
                dags[name] = {"file": path, **dag}
        return files, dict(sorted(dags.items()))

    def test(self, runs, dags, jobs, patience):
        """Each of the runs with its end: its state, those of its tasks, their results and tries."""
        # Those that may take longest come first.
        runs = sorted(runs, key=lambda run: -cases.LIMITS_S.get(run[0], 0))
        homes, places = [], {}
        for number, (name, case, clock, seed) in enumerate(runs):
            home = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.scratch))
            (home / "dags").mkdir()
            shutil.copy(self.template / "airflow.db", home)
            steps = [{"dag": other} for other in case.get("before", [])]
            steps.append({"dag": name, "conf": case.get("conf"), "clock": clock.get("at"), "seed": seed, "hurry": name in cases.SLOW})
            for step in steps:
                step |= {"date": date(step["dag"]), "file": dags[step["dag"]]["file"]}
                step["limit"] = cases.LIMITS_S.get(step["dag"], cases.LIMIT_S)
            places[number] = home
            homes.append({"path": str(home), "name": f"{name} {case or ''} {clock.get('at', '')}", "steps": steps, "makes": cases.FILES.get(name)})
            # What changes the process it is in has it to itself.
            homes[-1]["alone"] = bool(clock) or name in cases.SLOW or name in cases.CHOICES
        if homes:
            asked = self.scratch / "asked.json"
            asked.write_text(json.dumps({"jobs": jobs, "patience": patience, "homes": homes}))
            self._command(self.template, [INSIDE, "test", asked], log=None)
        ends = []
        for number, run in enumerate(runs):
            end = read(places[number] / "airflow.db", run[0])
            if end["state"] not in ("success", "failed"):
                print(f"{run}: {end}\n{(places[number] / 'log').read_text()[-3000:]}", file=sys.stderr)
            ends.append((run, end))
        return ends

    def _command(self, home, arguments, log="log"):
        temporary = self.scratch / "tmp"
        temporary.mkdir(exist_ok=True)
        environment = {**os.environ, **SETTINGS, "AIRFLOW_HOME": str(home), "TMPDIR": str(temporary)}
        environment["PATH"] = f"{self.python.parent}:{environment['PATH']}"
        with open(home / log, "ab") if log else contextlib.nullcontext() as out:
            code = subprocess.run([self.python, *arguments], cwd=home, env=environment, stdout=out, stderr=out).returncode
        if code:
            raise SystemExit(f"{arguments}: exit {code}\n" + ((home / log).read_text()[-4000:] if log else ""))


def read(database, dag):
    """The run of `dag` as the database has it."""
    with sqlite3.connect(database) as base:
        runs = base.execute("select run_id, state from dag_run where dag_id = ? order by id", [dag]).fetchall()
        if not runs:
            return {"state": "refused", "tasks": {}, "tries": {}, "values": {}}
        run, state = runs[-1]
        rows = base.execute(
            "select task_id, map_index, state, try_number from task_instance where dag_id = ? and run_id = ?"
            " order by task_id, map_index", [dag, run],
        ).fetchall()
        stored = base.execute(
            "select task_id, map_index, key, value from xcom where dag_id = ? and run_id = ? order by task_id, map_index, key",
            [dag, run],
        ).fetchall()
    tasks, tries, values, lengths = {}, {}, {}, {}
    for task, index, ended, count in rows:
        if index < 0:
            tasks[task] = ended
        else:
            tasks.setdefault(task, []).append(ended)
            lengths[task] = index + 1
        if count > 1:
            tries[task] = max(count, tries.get(task, 0))
    for task, index, key, value in stored:
        if key.startswith(cases.BOOKKEEPING):
            continue
        value = json.loads(value) if isinstance(value, str) else value
        keys = values.setdefault(task, {})
        if index < 0:
            keys[key] = value
        else:
            keys.setdefault(key, [None] * lengths[task])[index] = value
    return {"state": state, "tasks": tasks, "tries": tries, "values": values}


def pretty(value, depth=0, width=150):
    """JSON in which what fits on a line is on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or (depth >= 2 and len(line) + depth * 1 <= width):
        return line
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{pad}{json.dumps(key, ensure_ascii=False)}: {pretty(item, depth + 1, width)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * depth + "}"
    return "[\n" + ",\n".join(pad + pretty(item, depth + 1, width) for item in value) + "\n" + " " * depth + "]"


if __name__ == "__main__":
    sys.exit(main())
