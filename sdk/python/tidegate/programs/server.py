"""The server that a program talks to: one that was named, or one of its own, which ends with the program.

A server of its own keeps its data in a directory, `.tidegate` by default, where the next start of the program finds it. Programs in the
same directory share one: who comes second finds its address there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tidegate.programs.places import PACKAGE
from tidegate.programs.problems import ServerProblem

# How long a start may take, and how long another server may take to let go of the data, in seconds.
PATIENCE_S = 30

# Ends the server with the program, also where that is killed: then nobody holds the other end of this one's input any more.
# It keeps no output open, so that the output ends where the server does.
GUARD = '"$@" & server=$!; exec >/dev/null; read -r _; kill -TERM "$server" 2>/dev/null; wait "$server"'


class Named:
    """A server that somebody else looks after."""

    def __init__(self, address):
        self.address = address if "://" in address else f"http://{address}"

    def find(self):
        return self.address.rstrip("/")

    def is_here(self):
        """Whether it is on this machine."""
        return urlsplit(self.find()).hostname in ("127.0.0.1", "::1", "localhost")

    def variables(self):
        """What leads a call to this server."""
        return {"TIDEGATE_SERVER": self.find()}

    def stop(self):
        pass


class Own:
    """A server in a directory of the program."""

    def __init__(self, data):
        self.data = Path(data).absolute()
        self.note = self.data / "address"
        self.log = self.data / "server.log"
        self.address = None
        self.guard = None

    def is_here(self):
        return True

    def variables(self):
        return {"TIDEGATE_DATA": str(self.data)}

    def find(self):
        """Its address; starts it where it is not there."""
        if self.address is None or not answers(self.address):
            self.address = self.start()
        return self.address

    def start(self):
        self.release()
        self.data.mkdir(parents=True, exist_ok=True)
        since = time.monotonic()
        while True:
            address = self.noted()
            if address and answers(address):
                return address
            address = self.try_start()
            if address:
                return address
            if time.monotonic() - since > PATIENCE_S:
                raise ServerProblem(f"`tidegate dev` does not start: {last_words(self.log)} (its log is {self.log})")
            time.sleep(0.05)

    def try_start(self):
        """Its address; `None` where the data is still in use, or where it was ended before it was there."""
        command = [binary(), "dev", "--data", str(self.data), "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
        with open(self.log, "wb") as log:
            self.guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        line = self.guard.stdout.readline().decode()
        if line.startswith("ready "):
            address = line.split()[1]
            self.note.write_text(address)
            return address
        self.release()
        words = last_words(self.log)
        if words.startswith("error:") and "in use" not in words:
            raise ServerProblem(f"`tidegate dev` does not start: {words}")
        return None

    def noted(self):
        try:
            return self.note.read_text().strip()
        except OSError:
            return None

    def release(self):
        """Ends the server, where this program has started it."""
        if self.guard is None:
            return
        guard, self.guard = self.guard, None
        guard.stdin.close()
        guard.wait()
        guard.stdout.close()

    def stop(self):
        if self.guard is not None and self.noted() == self.address:
            self.note.unlink()
        self.release()


def answers(address):
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def binary():
    """The program `tidegate`: named, on the search path, or built in this checkout."""
    named = os.environ.get("TIDEGATE_BINARY")
    if named:
        return named
    found = shutil.which("tidegate")
    if found:
        return found
    root = Path(PACKAGE).parents[2]
    for build in ("release", "debug"):
        path = root / "target" / build / "tidegate"
        if path.is_file():
            return str(path)
    raise ServerProblem("the program `tidegate` is not on the search path: set TIDEGATE_BINARY, or TIDEGATE_SERVER to a server that runs")


def last_words(log):
    """The error that ended a server, or the end of its log."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or [""])[-1]
