"""`python3 -m tidegate.airflow compile FILE [--dag DAG_ID]`: prints the DAGs of a file as native DAG files, in one JSON document."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys

PASSED = ("AIRFLOW_VAR_", "AIRFLOW_CONN_", "AIRFLOW__")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m tidegate.airflow", description="Airflow DAG files on Tidegate.")
    commands = parser.add_subparsers(dest="command", required=True)
    compiling = commands.add_parser("compile", help="print the DAGs of a file as native DAG files")
    compiling.add_argument("file")
    compiling.add_argument("--dag", help="only the DAG of this id")
    compiling.add_argument(
        "--pass-environment",
        action="store_true",
        help="give tasks the AIRFLOW_VAR_…, AIRFLOW_CONN_… and AIRFLOW__… of this environment: they are kept with the DAG",
    )
    given = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):
        found = compile_file(given.file, given.dag, given.pass_environment)
    json.dump(found, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    print()
    return 0


def compile_file(file, dag_id=None, pass_environment=False):
    """The document: `dags`, `errors`, `warnings`."""
    try:
        from tidegate.airflow import dagfile
        from tidegate.airflow.authoring.connections import look_in
        from tidegate.airflow.compiling.document import assets_of, document
        from tidegate.airflow.problems import collecting
    except ImportError as error:
        message = f"{error}: the Python side of Tidegate needs it"
        hint = f"install `jinja2` and `pendulum` for {sys.executable}"
        return _answer([], [{"file": file, "line": 1, "message": message, "hint": hint}], [])
    if not os.path.isfile(file):
        return _answer([], [{"file": file, "line": 1, "message": "there is no such file"}], [])
    look_in(os.path.dirname(os.path.abspath(file)))
    loaded = dagfile.read(file)
    errors, warnings = list(loaded.errors), list(loaded.warnings)
    if dag_id is not None and dag_id not in [dag.dag_id for dag in loaded.dags] and not errors:
        known = ", ".join(dag.dag_id for dag in loaded.dags) or "none"
        return _answer([], [{"file": file, "line": 1, "message": f"there is no DAG {dag_id!r}", "hint": f"it has: {known}"}], [])
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED)} if pass_environment else {}
    assets = assets_of(loaded.dags)
    documents = []
    for dag in loaded.dags:
        if dag_id is not None and dag.dag_id != dag_id:
            continue
        with collecting(loaded.path) as collector:
            try:
                made = document(dag, collector, assets, passed)
            except Exception as error:
                collector.error(f"{type(error).__name__}: {error}", place=dag.place)
            else:
                documents.append(made)
        errors += collector.errors
        warnings += collector.warnings
    return _answer(documents, [problem.as_json() for problem in errors], [problem.as_json() for problem in warnings])


def _answer(dags, errors, warnings):
    return {"dags": dags, "errors": errors, "warnings": warnings}


if __name__ == "__main__":
    sys.exit(main())
