"""A `tidegate dev` of its own for one case: apply a DAG file, start a DAG, read what became of its tasks.

What depends on the form in which Tidegate tells of tasks is in `states`, and nowhere else.
"""

import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

PATIENCE_S = 30

# Tasks that the compiler adds, which no DAG file names.
HIDDEN = re.compile(r"(^|\.)__")


class Server:
    """The process, and what a client asks of it."""

    def __init__(self, binary, home, environment):
        self.binary = str(binary)
        self.home = pathlib.Path(home)
        self.environment = environment

    def __enter__(self):
        self.log = open(self.home / "server.log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "dev", "--ephemeral", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment, cwd=self.home, start_new_session=True,
        )
        lines = queue.Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True).start()
        line = lines.get(timeout=PATIENCE_S)
        if not line.startswith("ready http://"):
            raise RuntimeError(f"the server says {line!r}; its log is {self.log.name}")
        self.url = line.split()[1]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def apply(self, file, dag):
        """Nothing, or what is wrong with the file."""
        done = subprocess.run(
            [self.binary, "apply", str(file), "--dag", dag], capture_output=True, text=True, timeout=4 * PATIENCE_S,
            env={**self.environment, "TIDEGATE_SERVER": self.url}, cwd=self.home,
        )
        return None if done.returncode == 0 else (done.stderr or done.stdout or f"exit {done.returncode}").strip()

    def start(self, dag, conf, date):
        """The id of a run with this logical date, which goes where Airflow has it: into the run's key."""
        status, run = self._ask(
            "POST", f"/v1/workflows/{dag}/runs", body=conf or {}, headers={"Idempotency-Key": f"manual__{date}T00:00:00+00:00"}
        )
        if status not in (200, 201, 202):
            raise Refused(run.get("detail") or run.get("title") or json.dumps(run))
        return run["id"]

    def wait(self, run, limit):
        """The run at its end, or nothing when it takes longer than `limit` seconds."""
        until = time.monotonic() + limit
        while (left := until - time.monotonic()) > 0:
            status, found = self._ask("GET", f"/v1/runs/{run}/wait?timeout={max(1, min(int(left), 20))}s")
            if status == 200:
                return found
        return None

    def history(self, run):
        """The facts of the run, oldest first."""
        facts, cursor = [], ""
        while cursor is not None:
            _, page = self._ask("GET", f"/v1/runs/{run}/history?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            facts += [fact for step in page["items"] for fact in step.get("facts", [])]
            cursor = page.get("next")
        return facts

    def _ask(self, method, path, body=None, headers=()):
        asked = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **dict(headers)},
        )
        try:
            with urllib.request.urlopen(asked, timeout=2 * PATIENCE_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, {"detail": text}


class Refused(Exception):
    """The server would not start the run."""


def states(facts, dag):
    """The states of the tasks of `dag`, and their results, both in the form of golden.json, out of a run's history.

    The end of a task is a `dag.task.ended` whose subject is its id, and the ends of instances have `indexes`, from the outermost.
    What gathers them has none, and counts where there are no instances. What opens a map counts for nothing, and says so.
    """
    plain, instances, results = {}, {}, {}
    for fact in facts:
        if fact.get("fact") != "raised" or fact.get("kind") != "dag.task.ended" or HIDDEN.search(fact["subject"]):
            continue
        data = fact["data"]
        if data.get("aside"):
            continue
        subject = fact["subject"]
        place = data.get("indexes") or []
        if place:
            instances.setdefault(subject, {})[tuple(place)] = data
        else:
            plain[subject] = data
    tasks = {}
    for task in dag["tasks"]:
        if task in instances:
            ended = [data for _, data in sorted(instances[task].items())]
            tasks[task] = [data["state"] for data in ended]
            results[task] = [data.get("result") for data in ended]
        elif task in plain:
            tasks[task] = plain[task]["state"]
            results[task] = plain[task].get("result")
    groups = set(dag.get("groups", {}))
    for subject in sorted((set(plain) | set(instances)) - set(dag["tasks"]) - groups):
        tasks[subject] = plain.get(subject, {"state": "?"})["state"]
    return tasks, results
