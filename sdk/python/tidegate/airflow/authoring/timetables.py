"""Timetables: schedules as objects. Which of them Tidegate can keep is decided in `compiling.schedule`."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

from tidegate.airflow.authoring.times import cron_presets


class DataInterval(namedtuple("DataInterval", ["start", "end"])):
    """The span of data that a run is about."""

    @classmethod
    def exact(cls, at):
        return cls(start=at, end=at)


class DagRunInfo(namedtuple("DagRunInfo", ["run_after", "data_interval"])):
    """When a run is to be, and what it is about."""

    @classmethod
    def exact(cls, at):
        return cls(run_after=at, data_interval=DataInterval.exact(at))

    @classmethod
    def interval(cls, start, end):
        return cls(run_after=end, data_interval=DataInterval(start, end))

    @property
    def logical_date(self):
        return self.data_interval.start


TimeRestriction = namedtuple("TimeRestriction", ["earliest", "latest", "catchup"])


class Timetable:
    """Base of all timetables, those of users, too."""

    description = ""
    periodic = True
    can_be_scheduled = True
    active_runs_limit = None
    run_ordering = ("data_interval_end", "logical_date")

    @property
    def summary(self):
        return type(self).__name__


class NullTimetable(Timetable):
    """Never."""


class OnceTimetable(Timetable):
    """Once."""


class ContinuousTimetable(Timetable):
    """Again and again."""


class _Cron(Timetable):
    def __init__(self, cron, *, timezone="UTC", **options):
        self.cron = cron_presets.get(cron, cron)
        self.zone = timezone
        self.options = options


class CronTriggerTimetable(_Cron):
    """At the times of a cron expression."""


class CronDataIntervalTimetable(_Cron):
    """At the end of each interval between the times of a cron expression."""

    def __init__(self, cron, timezone="UTC"):
        super().__init__(cron, timezone=timezone)


class CronPartitionTimetable(_Cron):
    """At the times of a cron expression, each of which names a partition."""


class MultipleCronTriggerTimetable(Timetable):
    """At the times of several cron expressions."""

    def __init__(self, *crons, timezone="UTC", **options):
        self.crons = [cron_presets.get(cron, cron) for cron in crons]
        self.zone = timezone
        self.options = options


class _Delta(Timetable):
    def __init__(self, delta, **options):
        self.delta = delta
        self.options = options


class DeltaTriggerTimetable(_Delta):
    """Every so often."""


class DeltaDataIntervalTimetable(_Delta):
    """At the end of each interval of a length."""


class EventsTimetable(Timetable):
    """At times that are listed."""

    def __init__(self, event_dates, restrict_to_events=False, presorted=False, description=None):
        self.event_dates = list(event_dates)


class AssetOrTimeSchedule(Timetable):
    """On updates of assets, and by a timetable."""

    def __init__(self, *, timetable, assets=None, datasets=None):
        self.timetable = timetable
        self.assets = assets if assets is not None else datasets


DatasetOrTimeSchedule = AssetOrTimeSchedule


class AssetTriggeredTimetable(Timetable):
    """On updates of assets."""

    def __init__(self, assets):
        self.assets = assets


class PartitionedAssetTimetable(Timetable):
    """On updates of partitions of assets."""

    def __init__(self, *, assets, partition_mapper_config=None, default_partition_mapper=None, **options):
        self.assets = assets
        self.options = options


class PartitionedAtRuntime(Timetable):
    """By hand; partitions are named by the tasks."""


@dataclass
class Named:
    """A value object whose arguments are kept as they are given: mappers and windows of partitions."""

    args: Any
    options: Any

    def __init__(self, *args, **options):
        self.args = args
        self.options = options


class PartitionMapper(Named):
    """How partitions of an asset become partitions of another."""


class Window(Named):
    """Which partitions belong together."""

    class Direction(str, enum.Enum):
        BACKWARD = "backward"
        FORWARD = "forward"


def _kinds(base, names):
    return {name: type(name, (base,), {"__doc__": f"`{name}` of Airflow."}) for name in names.split()}


globals().update(
    _kinds(
        PartitionMapper,
        "AllowedKeyMapper ChainMapper FanOutMapper FixedKeyMapper IdentityMapper ProductMapper RollupMapper "
        "StartOfDayMapper StartOfHourMapper StartOfMonthMapper StartOfQuarterMapper StartOfWeekMapper StartOfYearMapper",
    )
)
globals().update(
    _kinds(
        Window,
        "DayWindow HourWindow MonthWindow QuarterWindow SegmentWindow WeekWindow YearWindow MinimumCount WaitForAll",
    )
)
