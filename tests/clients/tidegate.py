"""The real binary as its users start it: one process, one data directory, free ports."""

import json
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TIDEGATE", str(ROOT / "target/release/tidegate"))

# How long anything may take before a test calls it stuck. Nothing waits this long when all is well.
PATIENCE_S = 30


class Tidegate:
    """`tidegate dev` on a data directory that outlives it."""

    def __init__(self, data, grpc="127.0.0.1:0"):
        self.data = Path(data)
        self.grpc = grpc
        self.process = None
        self.url = None

    def start(self, *arguments):
        """Starts the process and waits until it says that it is ready."""
        command = [BINARY, "dev", "--data", str(self.data), "--listen", "127.0.0.1:0", "--grpc", self.grpc]
        with open(self.data.with_suffix(".log"), "ab") as log:
            self.process = subprocess.Popen(
                command + list(arguments), stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = first_line(self.process.stdout)
        assert line.startswith("ready http://"), f"{line!r}; the log is {log.name}"
        self.url = line.split()[1]
        return self

    def stop(self):
        """Asks it to end, as a service manager does, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self):
        """Ends it at whatever instruction it is."""
        self.process.kill()
        self._ended()

    def _ended(self):
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process = None
        return code

    def request(self, method, path, **arguments):
        """The answer to a request, whatever its status."""
        return requests.request(method, self.url + path, timeout=PATIENCE_S, **arguments)

    def get(self, path, **arguments):
        """The JSON at `path`."""
        answer = self.request("GET", path, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, run):
        """The run at its end."""
        return self.get(f"/v1/runs/{run}/wait", params={"timeout": f"{PATIENCE_S // 2}s"})

    def cli(self, *arguments, code=0):
        """What the command line client prints when it talks to this server."""
        environment = {**os.environ, "TIDEGATE_SERVER": self.url}
        done = subprocess.run(
            [BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def apply(self, *files):
        """Applies workflow files of the repository, or of a test."""
        return self.cli("apply", *[str(ROOT / file) for file in files])

    def stream(self, path="/v1/stream"):
        """The server-sent events from `path`, from the moment of the call."""
        return Stream(self.url + path)


class Stream:
    """Server-sent events, read by a thread so that waiting for one has an end."""

    def __init__(self, url):
        self.answer = requests.get(
            url, stream=True, timeout=PATIENCE_S, headers={"Accept": "text/event-stream"}
        )
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        data = []
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith("data:"):
                    data.append(line[5:].lstrip())
                elif not line and data:
                    self.messages.put(json.loads("\n".join(data)))
                    data = []
        except requests.exceptions.RequestException:
            pass  # the server has gone: whoever waits for more runs out of patience and says so

    def wait_for(self, is_wanted):
        """The first message from here on that `is_wanted`."""
        seen = []
        while True:
            try:
                seen.append(self.messages.get(timeout=PATIENCE_S))
            except queue.Empty:
                raise AssertionError(f"it never came; what came: {seen}") from None
            if is_wanted(seen[-1]):
                return seen[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # To close it under the reader would wait for what the reader waits for.
        self.answer.raw.shutdown()
        self.reader.join(PATIENCE_S)
        self.answer.close()


def first_line(pipe):
    """The first line of `pipe`, or nothing after a while."""
    lines = queue.Queue()
    threading.Thread(target=lambda: lines.put(pipe.readline()), daemon=True).start()
    return lines.get(timeout=PATIENCE_S)
