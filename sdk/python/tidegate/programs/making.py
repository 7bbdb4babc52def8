"""Making an executor: the server, the run that the program belongs to, and how that ends with the process.

    pw = tidegate.executor()
    print(pw.call_async(function, 3).result())
"""

from __future__ import annotations

import atexit
import os
import sys

from tidegate.programs import calls, surroundings
from tidegate.programs.executor import Executor
from tidegate.programs.http import Client
from tidegate.programs.identity import Identity
from tidegate.programs.native import Native
from tidegate.programs.problems import NonDeterminism, ServerProblem, Suspended
from tidegate.programs.program import Program
from tidegate.programs.run import Run
from tidegate.programs.runs import begin, workflow_file
from tidegate.programs.server import Named, Own

NATIVE = "native"
EXTERNAL = "external"


_count = 0
_servers = {}


class Settings:
    """How functions run."""

    def __init__(self, python=None, concurrency=None, environment=None):
        self.python = python
        self.concurrency = concurrency
        self.environment = environment


def executor(
    scheduler=NATIVE, id=None, server=None, data=None, python=None, concurrency=None, environment=None, progress=None, kind=Executor
):
    """An executor.

    `scheduler`: `"native"`, the program runs here; `"external"`, it is a function that is given to `run`. `id`: names the run, instead of
    script and arguments. `server`: where one is; without it and `TIDEGATE_SERVER`, one is started with its data in `data`. `python`,
    `concurrency`, `environment`: the interpreter of functions, how many run at a time, variables they see. `progress`: False for no bars.
    """
    if scheduler not in (NATIVE, EXTERNAL):
        raise ValueError('scheduler is "native" or "external"')
    around = surroundings.program()
    if around is not None:
        return kind(around)
    global _count
    _count += 1
    place = find_server(server, data)
    client = Client(place.find)
    settings = Settings(python, concurrency, environment)
    name = Identity(id, scheduler, _count)
    file = workflow_file(name.workflow, settings, place, scheduler == EXTERNAL)
    if scheduler == EXTERNAL:
        made = kind(None, lambda told: Run(client, *begin(client, name, file, lambda: told)))
        made._on_close = lambda error: client.close()
        at_exit(made)
        return made
    run, is_new = begin(client, name, file, lambda: None)
    link = Native(client, run)
    if not is_new and progress is not False and sys.stderr.isatty():
        print(f"tidegate: going on with run {link.run}", file=sys.stderr)
    program = Program(link, link.first(is_new), progress)
    made = kind(program)
    made._on_close = lambda error: end(program, error)
    at_exit(made)
    return made


def find_server(server, data):
    """The server that was named, or the one of this program."""
    named = server or os.environ.get("TIDEGATE_SERVER")
    if named:
        return Named(named)
    own = Own(data or os.environ.get("TIDEGATE_DATA") or ".tidegate")
    return _servers.setdefault(own.data, own)


def end(program, error):
    """Ends the run of a program that has run here."""
    if isinstance(error, (KeyboardInterrupt, NonDeterminism, ServerProblem, Suspended)):
        return  # the program may be started again, and goes on
    with program.lock:
        if error is None:
            unseen = [future for job in program.jobs if not job.is_wanted for future in job.futures]
            program.wait_for(unseen, shows_progress=False)
            program.finish()
            ending = {"complete": None}
        else:
            failed = calls.failure(error)
            detail = {"traceback": failed.get("traceback")}
            ending = {"fail": {"error": failed["error"], "message": failed["message"], "detail": detail}}
        program.link.end(program.replay.unsent, ending)


_open = []
_failed_with = None


def at_exit(made):
    """Closes an executor with the call that has made it, or with the process; then servers of its own end."""
    call = surroundings.call()
    if call is not None:
        call.executors.append(made)
        return
    if not _open:
        atexit.register(close_all)
        previous = sys.excepthook

        def note(kind, error, traceback):
            global _failed_with
            _failed_with = error
            previous(kind, error, traceback)

        sys.excepthook = note
    _open.append(made)


def close_all():
    """Closes all executors that are open, and ends the servers that were started for them."""
    try:
        for made in _open:
            made.close(_failed_with)
    finally:
        for own in _servers.values():
            own.stop()
