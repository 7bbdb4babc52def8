"""Warm processes, each of which takes one call of the worker after another, as JSON lines."""

import json
import os
import queue
import subprocess
import sys

_LOOP = """
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import tidegate.airflow.worker as worker
for line in sys.stdin:
    try:
        answer = {"result": worker.handle(json.loads(line))}
        text = json.dumps(answer, allow_nan=False)
    except Exception as error:
        import traceback
        traceback.print_exc()
        text = json.dumps({"error": type(error).__name__, "message": str(error)})
    answers.write(text + "\\n")
    answers.flush()
"""


class Failure(Exception):
    """A call has failed; `name` is the error's."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


class Pool:
    """Up to `size` processes of the function that a DAG states."""

    def __init__(self, function, size, python=sys.executable, log=None):
        self.function = function
        self.python = python
        self.log = log
        self.free = queue.Queue()
        self.processes = []
        for _ in range(size):
            self.free.put(None)

    def call(self, event):
        process = self.free.get()
        try:
            if process is None or process.poll() is not None:
                process = self._start()
            process.stdin.write(json.dumps(event, allow_nan=False) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            self.free.put(process)
        if not line:
            raise Failure("Tidegate.ProcessEnded", f"the process ended in the middle of {event.get('task')}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(answer["error"], answer["message"])
        return answer["result"]

    def _start(self):
        env = {**os.environ, **{name: str(value) for name, value in self.function["environment"].items()}}
        process = subprocess.Popen(
            [self.python, "-c", _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=self.function["directory"],
            env=env,
            text=True,
        )
        self.processes.append(process)
        return process

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
