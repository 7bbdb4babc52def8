"""Shell commands."""

from __future__ import annotations

import os
import shutil

from tidegate.airflow.authoring.errors import AirflowException, AirflowSkipException
from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.operators.subprocesses import SubprocessHook
from tidegate.airflow.running.variables import of_context


class BashOperator(BaseOperator):
    """Runs a command with bash; its last line of output is the result."""

    template_fields = ("bash_command", "env", "cwd")
    template_ext = (".sh", ".bash")
    template_fields_renderers = {"bash_command": "bash", "env": "json"}
    ui_color = "#f0ede4"

    def __init__(
        self,
        *,
        bash_command,
        env=None,
        append_env=False,
        output_encoding="utf-8",
        skip_on_exit_code=99,
        cwd=None,
        output_processor=lambda result: result,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.append_env = append_env
        self.output_encoding = output_encoding
        self.skip_on_exit_code = codes(skip_on_exit_code)
        self.cwd = cwd
        self.output_processor = output_processor

    def get_env(self, context):
        env = dict(os.environ) if self.env is None or self.append_env else {}
        env.update(self.env or {})
        env.update(of_context(context))
        return env

    def execute(self, context):
        if self.cwd is not None and not os.path.isdir(self.cwd):
            kind = "not a directory" if os.path.exists(self.cwd) else "not there"
            raise AirflowException(f"the working directory {self.cwd} is {kind}")
        bash = shutil.which("bash") or "bash"
        self.hook = SubprocessHook()
        ended = self.hook.run_command(
            [bash, "-c", self.bash_command], self.get_env(context), self.output_encoding, self.cwd
        )
        if ended.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(f"Bash command returned exit code {ended.exit_code}. Skipping.")
        if ended.exit_code != 0:
            raise AirflowException(
                f"Bash command failed. The command returned a non-zero exit code {ended.exit_code}."
            )
        return self.output_processor(ended.output)

    def on_kill(self):
        if getattr(self, "hook", None) is not None:
            self.hook.send_sigterm()


def codes(given):
    """Exit codes: one, several or none, as a list."""
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple, set)) else [given]
