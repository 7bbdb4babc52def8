"""Runs of a program on a server: finding the one that has not ended, starting one, and the workflow file behind them."""

from __future__ import annotations

import os
import sys

from tidegate.programs.places import PACKAGE

# The directory in which a process was started is no place to look for modules: it may have any.
WORKER = "import sys; sys.path[:] = filter(None, sys.path); from tidegate.programs.worker import serve; serve()"
CALL = "call"
TURN = "turn"
DEPTH = "TIDEGATE_DEPTH"

# Set by people who give up the run that a program would go on with.
ANEW = "TIDEGATE_ANEW"


def workflow_file(name, settings, server, is_external):
    """The workflow of a program: one function that carries out its calls, and one for its turns if it is a function itself."""
    is_here = server.is_here()
    python = settings.python or (sys.executable if is_here else "python3")
    environment = {str(name): str(value) for name, value in (settings.environment or {}).items()}
    # Calls that wait for calls must not take the processes of these: another depth is another function.
    environment.update({**server.variables(), DEPTH: str(int(os.environ.get(DEPTH, 0)) + 1)})
    function = {"bootstrap": [python, "-c", WORKER]}
    if is_here:
        package = os.path.dirname(PACKAGE.rstrip(os.sep))
        beside = [path for path in sys.path[:1] if os.path.isabs(path)]
        known = environment.get("PYTHONPATH") or os.environ.get("PYTHONPATH") or ""
        environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([package, *beside, *filter(None, known.split(os.pathsep))]))
        function["directory"] = os.getcwd()
    function["environment"] = environment
    call = dict(function)
    if settings.concurrency:
        call["limits"] = {"concurrency": settings.concurrency}
    file = {"orchestration": name, "functions": {CALL: call}}
    if is_external:
        file["function"] = TURN
        file["functions"][TURN] = function
    return file


def begin(client, identity, file, make_input):
    """The run of a program: one that has not ended, or a new one with what `make_input` gives. Tells whether it is new."""
    workflow = identity.workflow
    client.ask("PUT", f"/v1/workflows/{workflow}", file)
    known = unfinished(client, identity) if identity.lasts else None
    if known and os.environ.get(ANEW):
        client.ask("POST", f"/v1/runs/{known['id']}/cancel", {"reason": "the program began anew"})
    elif known:
        return known, False
    headers = {"Idempotency-Key": identity.new_key()}
    return client.ask("POST", f"/v1/workflows/{workflow}/runs", make_input(), headers).told, True


def unfinished(client, identity):
    """The run of a program that has not ended; `None` if there is none."""
    for status in ("running", "paused"):
        path = f"/v1/runs?workflow={identity.workflow}&status={status}&limit=1000"
        for run in client.ask("GET", path).told["items"]:
            if identity.owns(run.get("key")):
                return run
    return None


def how_it_ended(client, run):
    """A sentence about a run that has ended."""
    told = client.ask("GET", f"/v1/runs/{run}").told
    failure = told.get("failure") or {}
    reason = ": ".join(part for part in (failure.get("error"), failure.get("message")) if part)
    return f"the run {run} of this program has {told.get('status')}" + (f": {reason}" if reason else "")
