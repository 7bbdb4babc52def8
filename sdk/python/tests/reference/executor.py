"""Runs a native DAG file, with all tasks in processes: the states of tasks, their results, and how the run ends."""

import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from reference.expressions import NOTHING, template
from reference.processes import Failure, Pool
from reference.rules import ENDED, decide


class Unit:
    """A task or a group in one scope."""

    def __init__(self, scope, key, spec):
        self.scope, self.key, self.spec = scope, key, spec
        self.state = None
        self.is_running = False
        self.envelope = {}
        self.result = NOTHING
        self.tries = 0
        self.instances = None
        self.error = None

    @property
    def is_group(self):
        return "tasks" in self.spec


class Scope:
    """The tasks of the DAG, or of one instance of a group."""

    def __init__(self, tasks, parent=None, index=None):
        self.parent, self.index = parent, index
        self.units = {key: Unit(self, key, spec) for key, spec in tasks.items()}
        self.skipped = set()

    def find(self, name):
        """The unit of a name; or, of a path into a mapped group, the group and the rest of the path."""
        scope = self
        while scope is not None:
            if name in scope.units:
                return scope.units[name], None
            for place, sign in enumerate(name):
                group = scope.units.get(name[:place]) if sign == "." else None
                if group is not None and group.is_group:
                    return group, name[place + 1 :]
            scope = scope.parent
        raise KeyError(name)

    def indexes(self):
        scope = self
        while scope is not None and scope.index is None:
            scope = scope.parent
        return scope.index if scope is not None else NOTHING


class Run:
    """One run of a document."""

    def __init__(self, document, conf=None, run=None, start=None, pace=0.05, limit=120, processes=2, log=None, python=None):
        self.document = document
        self.conf = conf or {}
        started = {"id": f"run-{uuid.uuid4().hex[:8]}", "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self.run = {**started, "workflow": document["dag"], **(run or {})}
        self.pace, self.limit = pace, limit
        self.start_other = start
        self.root = Scope(document["tasks"])
        self.events, self.starts, self.errors = [], [], []
        options = {"python": python} if python else {}
        self.pool = Pool(document["functions"]["airflow"], processes, log=log, **options)
        self.workers = ThreadPoolExecutor(max_workers=processes)
        self.changed = threading.Condition()

    def go(self):
        """Runs to the end; gives the state of the run."""
        deadline = time.monotonic() + self.limit
        try:
            with self.changed:
                while not self.is_done(self.root):
                    while self.advance(self.root):
                        pass
                    if self.is_done(self.root):
                        break
                    if not self.is_busy(self.root):
                        raise AssertionError(f"stuck: {self.states()}")
                    if not self.changed.wait(max(deadline - time.monotonic(), 0)):
                        raise TimeoutError(f"not done after {self.limit} s: {self.states()}")
            state = "failed" if any(unit.state in ("failed", "upstream_failed") for unit in self.deciding(self.root)) else "success"
            hook = self.document.get("on_success" if state == "success" else "on_failure")
            if hook:
                self.pool.call({"run": self.run, "workflow": self.document["dag"], "state": state, "failed": []})
            return state
        finally:
            self.pool.close()
            self.workers.shutdown(wait=False)

    def is_done(self, scope):
        return all(unit.state in ENDED for unit in scope.units.values())

    def is_busy(self, scope):
        return any(
            unit.is_running or any(self.is_busy(inner) for inner in unit.instances or []) for unit in scope.units.values()
        )

    def advance(self, scope):
        """Does what can be done at once; says whether that was anything."""
        moved = False
        for unit in scope.units.values():
            if unit.state is not None or unit.is_running:
                continue
            if unit.instances is not None:
                moved |= self.advance_group(unit)
                continue
            decision = "skipped" if unit.key in scope.skipped else self.decision(unit)
            if decision is None:
                continue
            moved = True
            if decision != "run":
                unit.state = decision
            elif unit.is_group:
                self.expand(unit)
            else:
                unit.is_running = True
                self.workers.submit(self.execute, unit)
        return moved

    def decision(self, unit):
        states = [state for name in unit.spec.get("after", []) for state in self.states_of(unit.scope, name)]
        setups = [state for name in unit.spec.get("teardown_of", []) for state in self.states_of(unit.scope, name)]
        rule = unit.spec.get("rule", "all_done_setup_success" if "teardown_of" in unit.spec else "all_success")
        return decide(rule, states, setups)

    def states_of(self, scope, name):
        unit, rest = scope.find(name)
        return [unit.state] if rest is None else self.inner_states(unit, rest)

    def inner_states(self, group, rest):
        if group.instances is None or not group.instances:
            return [group.state]
        found = []
        for instance in group.instances:
            unit, deeper = instance.find(rest)
            found += [unit.state] if deeper is None else self.inner_states(unit, deeper)
        return found

    def advance_group(self, group):
        moved = any([self.advance(instance) for instance in group.instances])
        if all(self.is_done(instance) for instance in group.instances):
            leaves = [unit.state for instance in group.instances for unit in self.deciding(instance)]
            bad = any(state in ("failed", "upstream_failed") for state in leaves)
            every = [unit.state for instance in group.instances for unit in instance.units.values()]
            group.state = "failed" if bad else "skipped" if all(state == "skipped" for state in every) else "success"
            return True
        return moved

    def expand(self, group):
        items = template(group.spec["map"], lambda name: self.value(group.scope, name))
        items = [] if items is NOTHING else items if isinstance(items, list) else [items]
        group.instances = [Scope(group.spec["tasks"], group.scope, index) for index in items]
        skipped = getattr(group, "skip_inside", set())
        for instance in group.instances:
            instance.skipped |= skipped

    def deciding(self, scope):
        """The units with whose states a run, or an instance, ends."""
        before = set()
        for unit in scope.units.values():
            for name in [] if self.is_quiet(unit) else unit.spec.get("after", []):
                before.add(name if name in scope.units else scope.find(name)[0].key)
        return [unit for unit in scope.units.values() if unit.key not in before and not self.is_quiet(unit)]

    @staticmethod
    def is_quiet(unit):
        """Whether it is a teardown whose failure does not count."""
        return "teardown_of" in unit.spec and not unit.spec.get("fail_run")

    def value(self, scope, name):
        if name == "run":
            return self.run
        if name == "input":
            return self.conf
        if name == "index":
            return scope.indexes()
        unit, rest = scope.find(name)
        return unit.result if rest is None else self.inner_value(unit, rest)

    def inner_value(self, group, rest):
        if group.instances is None or group.state is None and not all(self.is_done(each) for each in group.instances):
            return NOTHING
        found = []
        for instance in group.instances:
            unit, deeper = instance.find(rest)
            value = unit.result if deeper is None else self.inner_value(unit, deeper)
            found.append(None if value is NOTHING else value)
        return found

    def execute(self, unit):
        try:
            state, result = self.attempts(unit)
        except BaseException as error:  # shown in the states, not lost in a thread
            unit.error = error
            state, result = "failed", NOTHING
        with self.changed:
            for name in unit.envelope.get("skip", []):
                self.skip(unit.scope, name)
            unit.state, unit.result, unit.is_running = state, result, False
            self.changed.notify_all()

    def skip(self, scope, name):
        target, rest = scope.find(name)
        if rest is None:
            target.scope.skipped.add(target.key)
        elif target.instances is None:
            target.skip_inside = getattr(target, "skip_inside", set()) | {rest}
        else:
            for instance in target.instances:
                instance.skipped.add(rest)

    def attempts(self, unit):
        with self.changed:
            event = template(unit.spec.get("input", {}), lambda name: self.value(unit.scope, name))
        if "workflow" in unit.spec:
            return ("success" if self.start_other(unit.spec["workflow"], event) == "success" else "failed"), NOTHING
        retry = unit.spec.get("retry", {"max_attempts": 1})
        while True:
            unit.tries += 1
            try:
                unit.envelope = self.until_done(event)
            except Failure as failure:
                unit.error = failure
                if failure.name in unit.spec.get("skip_on", []):
                    return "skipped", NOTHING
                if unit.tries >= retry["max_attempts"] or failure.name in unit.spec.get("fail_on", []):
                    self.errors.append((unit.key, failure))
                    return "failed", NOTHING
                time.sleep(self.pace)
                continue
            self.events += unit.envelope.get("events", [])
            self.starts += unit.envelope.get("start", [])
            state = unit.envelope.get("state", "success")
            return state, unit.envelope.get("result", NOTHING) if state == "success" else NOTHING

    def until_done(self, event):
        while True:
            envelope = self.pool.call(event)
            if "again" not in envelope:
                return envelope
            time.sleep(seconds(envelope["again"]))
            event = {**event, "carry": envelope["carry"]} if "carry" in envelope else event

    def states(self):
        """The state of each task by Airflow's id; of mapped ones a list, or one state where they were never expanded."""
        return self._states(self.root)

    def _states(self, scope):
        found = {}
        for key, unit in scope.units.items():
            if key.endswith(".__start"):
                continue
            if not unit.is_group:
                found[unit.spec.get("input", {}).get("task", key) if "function" in unit.spec else key] = unit.state
            elif unit.instances:
                for instance in unit.instances:
                    for task, state in self._states(instance).items():
                        found.setdefault(task, []).append(state)
            else:
                for task in Scope(unit.spec["tasks"]).units.values():
                    found[task.spec["input"]["task"]] = unit.state
        return found


def seconds(span):
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(float(count) * units[unit] for count, unit in re.findall(r"([\d.]+)(ms|s|m|h|d)", span))
