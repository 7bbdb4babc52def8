"""Commands as processes of their own: their output is logged as it comes, and its last line kept."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
from collections import namedtuple

SubprocessResult = namedtuple("SubprocessResult", ["exit_code", "output"])

log = logging.getLogger("airflow.task.subprocess")


class SubprocessHook:
    """Runs one command at a time, in a process group of its own."""

    def __init__(self, **_):
        self.sub_process = None

    def run_command(self, command, env=None, output_encoding="utf-8", cwd=None):
        """Runs `command`; gives its exit code and the last line of what it wrote."""
        with tempfile.TemporaryDirectory(prefix="airflowtmp") as scratch:
            self.sub_process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=cwd or scratch,
                env=env if env or env == {} else os.environ,
                start_new_session=True,
            )
            line = ""
            try:
                for raw in iter(self.sub_process.stdout.readline, b""):
                    line = raw.decode(output_encoding, errors="backslashreplace").rstrip()
                    print(line, flush=True)
                self.sub_process.wait()
            except BaseException:
                self.send_sigterm()
                raise
            finally:
                self.sub_process.stdout.close()
        log.debug("command ended with exit code %s", self.sub_process.returncode)
        return SubprocessResult(exit_code=self.sub_process.returncode, output=line)

    def send_sigterm(self):
        """Ends the process and those that it has started."""
        if self.sub_process is not None and self.sub_process.poll() is None:
            try:
                os.killpg(os.getpgid(self.sub_process.pid), signal.SIGTERM)
                self.sub_process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(os.getpgid(self.sub_process.pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
