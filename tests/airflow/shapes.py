#!/usr/bin/env python3
"""Compares what the compiler makes of Airflow's example files with the tasks, edges and rules that Airflow has. Runs no task.

    shapes.py --airflow-venv VENV --python-venv VENV [--file example_dags/tutorial.py]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GOLDEN = HERE / "golden.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--airflow-venv", type=pathlib.Path, required=True, help="where apache-airflow is installed")
    parser.add_argument("--python-venv", type=pathlib.Path, required=True, help="whose Python reads the files")
    parser.add_argument("--file", help="only files whose path contains this")
    options = parser.parse_args()
    golden = json.loads(GOLDEN.read_text())
    base = next(iter(sorted(options.airflow_venv.absolute().glob("lib/python3*/site-packages")))) / "airflow"
    dags = right = 0
    for path, file in golden["files"].items():
        if options.file and options.file not in path or not file["dags"]:
            continue
        compiled, wrong = compile_file(options.python_venv, next(root / path for root in (base, HERE) if (root / path).exists()))
        for text in wrong:
            print(f"{path}: {text}")
        for name in file["dags"]:
            dags += 1
            if name not in compiled:
                print(f"{name}: not in what {path} compiles to")
                continue
            wrong = differences(golden["dags"][name], read(compiled[name]))
            right += not wrong
            for text in wrong:
                print(f"{name}: {text}")
    print(f"airflow examples: {right} of {dags} DAGs have the tasks, edges and rules that they have in Airflow {golden['airflow']}")
    return 0 if right == dags else 1


def compile_file(venv, path):
    """The documents of a file by DAG, and the errors in it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sdk/python")}
    done = subprocess.run(
        [venv.absolute() / "bin/python", "-m", "tidegate.airflow", "compile", path], capture_output=True, text=True, env=environment
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return {}, [f"no JSON, exit {done.returncode}: {done.stderr.strip()[-500:]}"]
    return {dag["dag"]: dag for dag in found["dags"]}, [
        f"line {error.get('line')}: {error.get('message')}" for error in found.get("errors", [])
    ]


def read(document):
    """Tasks by the id that Airflow has for them: what each comes after, its rule, whether it is mapped."""
    places = {}  # path in the document -> (Airflow's id, scope, task, groups around it)
    groups = {}  # path of a group -> group

    def walk(tasks, scope, around):
        for key, body in tasks.items():
            path = (*scope, key)
            if "tasks" in body:
                groups[path] = body
                walk(body["tasks"], path, [*around, (path, body)])
            else:
                places[path] = (".".join(path), scope, body, around)

    walk(document["tasks"], (), [])
    names = {".".join(path): place[0] for path, place in places.items()}
    found = {}
    for path, (name, scope, body, around) in places.items():
        after, rule = resolved(body.get("after"), scope, names, groups), body.get("rule")
        # What a group comes after, its first tasks come after.
        inside = {place[0] for place in places.values() if place[3][: len(around)] == around}
        for group_path, group in reversed(around):
            if not after & inside:
                after |= resolved(group.get("after"), group_path[:-1], names, groups)
                rule = rule or group.get("rule")
        found[name] = {"after": sorted(after), "rule": rule or "all_success", "mapped": "map" in body or any("map" in group for _, group in around)}
        if "teardown_of" in body:
            found[name]["teardown"] = True
            found[name]["rule"] = body.get("rule") or "all_done_setup_success"
    # A task that the compiler put before another stands for what it comes after itself.
    added = {name: found.pop(name) for name in list(found) if hidden(name)}
    for task in found.values():
        while any(hidden(other) for other in task["after"]):
            through = [added[other]["after"] if hidden(other) else [other] for other in task["after"]]
            task["after"] = sorted({other for others in through for other in others})
    return found


def hidden(name):
    return name.rpartition(".")[2].startswith("__")


def resolved(after, scope, names, groups):
    """Airflow's ids of what `after` names in `scope`: the nearest scope that has it."""
    found = set()
    for name in [after] if isinstance(after, str) else after or []:
        for depth in range(len(scope), -1, -1):
            path = ".".join((*scope[:depth], name))
            if path in names:
                found.add(names[path])
                break
            if tuple(path.split(".")) in groups:
                found |= {task for place, task in names.items() if place.startswith(path + ".")}
                break
        else:
            found.add(f"?{name}")
    return found


def differences(golden, found):
    wrong = []
    for name in sorted(set(golden["tasks"]) - set(found)):
        wrong.append(f"{name}: missing")
    for name in sorted(set(found) - set(golden["tasks"])):
        wrong.append(f"{name}: no task of Airflow's")
    for name in sorted(set(golden["tasks"]) & set(found)):
        expected, has = golden["tasks"][name], found[name]
        if has["after"] != expected["after"]:
            wrong.append(f"{name}: after {has['after']}, not {expected['after']}")
        if has["rule"] != expected.get("rule", "all_success"):
            wrong.append(f"{name}: rule {has['rule']}, not {expected.get('rule', 'all_success')}")
        mapped = expected.get("mapped", False) or any(
            group["mapped"] and name.startswith(group_id + ".") for group_id, group in golden.get("groups", {}).items()
        )
        if has["mapped"] != mapped:
            wrong.append(f"{name}: {'mapped' if has['mapped'] else 'not mapped'}")
        if expected.get("teardown", False) != has.get("teardown", False):
            wrong.append(f"{name}: {'a teardown' if has.get('teardown') else 'no teardown'}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
