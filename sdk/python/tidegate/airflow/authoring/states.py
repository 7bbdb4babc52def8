"""Words that Airflow has enumerations for: trigger rules, states, weights, kinds of runs, days of the week."""

from __future__ import annotations

import enum


class Word(str, enum.Enum):
    """A text that is one of a few."""

    def __str__(self):
        return self.value

    def __format__(self, spec):
        return format(self.value, spec)


class TriggerRule(Word):
    """When a task runs, given how those that it comes after have ended."""

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ALL_DONE_MIN_ONE_SUCCESS = "all_done_min_one_success"
    ALL_DONE_SETUP_SUCCESS = "all_done_setup_success"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    ONE_DONE = "one_done"
    NONE_FAILED = "none_failed"
    NONE_SKIPPED = "none_skipped"
    ALWAYS = "always"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    ALL_SKIPPED = "all_skipped"

    @classmethod
    def _missing_(cls, value):
        return {"dummy": cls.ALWAYS, "none_failed_or_skipped": cls.NONE_FAILED_MIN_ONE_SUCCESS}.get(value)

    @classmethod
    def is_valid(cls, rule):
        return rule in cls.all_triggers()

    @classmethod
    def all_triggers(cls):
        return {rule.value for rule in cls}


class WeightRule(Word):
    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"
    ABSOLUTE = "absolute"


class PriorityWeightStrategy:
    """How much a task weighs. Tidegate has no queue in which that counts."""

    def get_weight(self, ti):
        return ti.task.priority_weight


class TaskInstanceState(Word):
    REMOVED = "removed"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    RESTARTING = "restarting"
    SUCCESS = "success"
    FAILED = "failed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"


class DagRunState(Word):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class State:
    """States of tasks and of runs by their names in capitals."""

    SUCCESS = TaskInstanceState.SUCCESS
    FAILED = TaskInstanceState.FAILED
    RUNNING = TaskInstanceState.RUNNING
    QUEUED = TaskInstanceState.QUEUED
    SCHEDULED = TaskInstanceState.SCHEDULED
    SKIPPED = TaskInstanceState.SKIPPED
    UPSTREAM_FAILED = TaskInstanceState.UPSTREAM_FAILED
    UP_FOR_RETRY = TaskInstanceState.UP_FOR_RETRY
    UP_FOR_RESCHEDULE = TaskInstanceState.UP_FOR_RESCHEDULE
    DEFERRED = TaskInstanceState.DEFERRED
    REMOVED = TaskInstanceState.REMOVED
    NONE = None
    finished = frozenset([SUCCESS, FAILED, SKIPPED, UPSTREAM_FAILED, REMOVED])
    unfinished = frozenset([None, SCHEDULED, QUEUED, RUNNING, UP_FOR_RETRY, UP_FOR_RESCHEDULE, DEFERRED])
    failed_states = frozenset([FAILED, UPSTREAM_FAILED])
    success_states = frozenset([SUCCESS, SKIPPED])


class IntermediateTIState(Word):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    DEFERRED = "deferred"


class TerminalTIState(Word):
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    REMOVED = "removed"


class DagRunType(Word):
    BACKFILL_JOB = "backfill"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    ASSET_TRIGGERED = "asset_triggered"
    DATASET_TRIGGERED = "dataset_triggered"


class DagRunTriggeredByType(Word):
    CLI = "cli"
    OPERATOR = "operator"
    REST_API = "rest_api"
    UI = "ui"
    TEST = "test"
    TIMETABLE = "timetable"
    ASSET = "asset"




class WeekDay(enum.IntEnum):
    """Days of the week, Monday is 1."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7

    @classmethod
    def get_weekday_number(cls, week_day_str):
        name = week_day_str.upper()
        if name in cls.__members__:
            return cls[name]
        raise AttributeError(f'Invalid Week Day passed: "{week_day_str}"')

    @classmethod
    def convert(cls, day):
        return cls.get_weekday_number(day) if isinstance(day, str) else day

    @classmethod
    def validate_week_day(cls, week_day):
        """The days of a name, a day, or several of either, as a set."""
        if not isinstance(week_day, (str, WeekDay, set, list, tuple, frozenset, dict)):
            raise TypeError(f"Unsupported Type for week_day parameter: {type(week_day)}")
        if isinstance(week_day, (str, WeekDay)):
            return {cls.convert(week_day)}
        return {cls.convert(day) for day in week_day}
