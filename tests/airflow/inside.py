"""The part of the recorder that runs in Airflow's own interpreter.

    inside.py shape FILE    writes the example files, their DAGs and tasks, as JSON to FILE
    inside.py test FILE     runs the DAGs that FILE asks for, each in a process and an installation of its own

What `test` does is `airflow dags test`: the DAG is read from its file and `dag.test()` is called. It does it without importing
all of Airflow and reading every other example once for each run, which would take nearly all of the time.
"""

import datetime
import importlib
import json
import logging
import os
import pathlib
import random
import select
import signal
import sys
import time
import traceback
import warnings

HERE = pathlib.Path(__file__).resolve().parent

# Where the example files are, below the package `airflow`.
FOLDERS = ("example_dags", "providers/standard/example_dags")

# Modules that ask the clock in order to decide what to do.
CLOCK_READERS = (
    "airflow.providers.standard.operators.datetime",
    "airflow.providers.standard.operators.weekday",
    "airflow.providers.standard.sensors.weekday",
)

# What each run would import.
PRELOADED = (
    "airflow.dag_processing.bundles.manager",
    "airflow.dag_processing.dagbag",
    "airflow.models.dag_version",
    "airflow.models.dagrun",
    "airflow.providers.standard.operators.bash",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.execution_time.task_runner",
    "airflow.serialization.definitions.dag",
    "airflow.serialization.serialized_objects",
)

# The triggers that wait for a moment.
TIMERS = ("airflow.providers.standard.triggers.temporal",)


def main():
    what, path = sys.argv[1], pathlib.Path(sys.argv[2])
    if what == "shape":
        path.write_text(json.dumps(shape()))
    else:
        test(json.loads(path.read_text()))


def test(asked):
    """Runs the steps of every home, `jobs` homes at a time; says which are through."""
    import airflow
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    for name in PRELOADED:
        importlib.import_module(name)
    # The API that tasks speak to, in the process itself. It is made once, and started in each process.
    in_process_api_server().app  # noqa: B018
    base = pathlib.Path(airflow.__file__).parent
    waiting, workers = list(asked["homes"]), []
    while waiting or any(worker.home for worker in workers):
        workers = [worker for worker in workers if worker.goes_on(asked["patience"])]
        while waiting and len(workers) < asked["jobs"]:
            workers.append(Worker(base))
        for worker in workers:
            if waiting and not worker.home:
                worker.give(waiting.pop(0))
        time.sleep(0.05)
    for worker in workers:
        worker.end()


class Worker:
    """A process that runs one home's steps after another's. Most of what a run costs is what only the first one does."""

    def __init__(self, base):
        self.home = None
        self.asks, asked = os.pipe()
        told, self.tells = os.pipe()
        self.process = os.fork()
        if not self.process:
            code = 1
            try:
                os.setsid()
                os.close(self.asks)
                os.close(self.tells)
                work(base, told, asked)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(asked)
        os.close(told)

    def give(self, home):
        self.home = home
        self.began = time.monotonic()
        os.write(self.tells, (json.dumps(home) + "\n").encode())

    def goes_on(self, patience):
        """Looks after the process: whether it can be given more."""
        if not self.home:
            return True
        if self.home["makes"]:
            pathlib.Path(self.home["makes"]).touch()
        limit = patience * sum(step["limit"] for step in self.home["steps"])
        if select.select([self.asks], [], [], 0)[0] and os.read(self.asks, 1):
            alone = self.home["alone"]
        elif time.monotonic() - self.began > limit or os.waitpid(self.process, os.WNOHANG)[0]:
            alone = True
        else:
            return True
        print(self.home["name"], flush=True)
        self.home = None
        if alone:
            self.end()
        return not alone

    def end(self):
        os.close(self.tells)
        os.close(self.asks)
        try:
            os.killpg(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def work(base, told, asked):
    """Runs homes as they come, one line of JSON each, and says a byte after each."""
    with open(told) as lines:
        for line in lines:
            home = json.loads(line)
            log = os.open(pathlib.Path(home["path"]) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(log)
            for step in home["steps"]:
                try:
                    run(base, home["path"], step)
                except BaseException:
                    traceback.print_exc()
                sys.stdout.flush()
            os.write(asked, b".")


def run(base, home, step):
    """One run, in the installation at `home`."""
    os.chdir(home)
    os.environ["AIRFLOW_HOME"] = home
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{home}/airflow.db"
    from airflow import settings
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import timezone

    settings.dispose_orm()
    settings.configure_vars()
    settings.configure_orm()
    # All examples are in the database already.
    DagBundlesManager.get_all_dag_bundles = lambda self: iter(())
    if step.get("clock"):
        at = datetime.datetime.fromisoformat(step["clock"]).replace(tzinfo=datetime.timezone.utc)
        set_clock(CLOCK_READERS, lambda real: real.coerce_datetime(at))
    if step.get("hurry"):
        set_clock(TIMERS, lambda real: real.utcnow() + datetime.timedelta(hours=2))
    random.seed(step.get("seed"))
    path = next(path for path in (base / step["file"], HERE / step["file"]) if path.exists())
    bag = DagBag(dag_folder=path, collect_dags=False)
    bag.collect_dags(path)
    bag.dags[step["dag"]].test(logical_date=timezone.parse(step["date"]), run_conf=step.get("conf"))


def set_clock(modules, utcnow):
    """Lets some modules see another time; scheduling and the time limits of sensors keep the real one."""

    class Clock:
        def __init__(self, real):
            self.real = real

        def __getattr__(self, name):
            return getattr(self.real, name)

        def utcnow(self):
            return utcnow(self.real)

    for name in modules:
        module = importlib.import_module(name)
        module.timezone = Clock(module.timezone)


def shape():
    """Files, by path below the package, with their DAGs."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    import airflow
    from airflow.dag_processing.dagbag import DagBag

    base = pathlib.Path(airflow.__file__).parent
    files = {}
    for root, folder in [*((base, folder) for folder in FOLDERS), (HERE, "dags")]:
        for path in sorted((root / folder).glob("*.py")):
            if path.name == "__init__.py":
                continue
            bag = DagBag(dag_folder=path, collect_dags=False)
            bag.collect_dags(path)
            files[str(path.relative_to(root))] = {
                "errors": [text.strip().splitlines()[-1] for text in bag.import_errors.values()],
                "dags": {name: shape_of(dag) for name, dag in sorted(bag.dags.items())},
            }
    return files


def shape_of(dag):
    tasks = {}
    for task in dag.topological_sort():
        row = {"operator": task.task_type, "after": sorted(task.upstream_task_ids)}
        rule = str(getattr(task.trigger_rule, "value", task.trigger_rule))
        if rule != "all_success":
            row["rule"] = rule
        for name in ("is_setup", "is_teardown"):
            if getattr(task, name):
                row[name.removeprefix("is_")] = True
        if task.is_mapped:
            row["mapped"] = True
        if task.retries:
            row["retries"] = task.retries
        tasks[task.task_id] = row
    groups = {
        name: {"mapped": type(group).__name__ == "MappedTaskGroup"}
        for name, group in sorted(dag.task_group.get_task_group_dict().items(), key=lambda pair: pair[0] or "")
        if name
    }
    timetable = dag.timetable
    found = {"timetable": type(timetable).__name__}
    for name in ("expression", "delta"):
        if hasattr(timetable, name):
            found["schedule"] = str(getattr(timetable, name))
    if dag.params:
        found["params"] = sorted(dag.params)
    if groups:
        found["groups"] = groups
    return {**found, "tasks": tasks}


if __name__ == "__main__":
    main()
