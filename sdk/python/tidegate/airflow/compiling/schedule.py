"""When a DAG runs: its schedule as the `schedule` of a native DAG file."""

from __future__ import annotations

from datetime import timedelta

from tidegate.airflow.authoring import timetables
from tidegate.airflow.authoring.assets import Asset, AssetAlias, AssetAll, AssetAny, AssetRef, Condition
from tidegate.airflow.authoring.states import Word
from tidegate.airflow.authoring.times import cron_presets
from tidegate.airflow.compiling.spans import span
from tidegate.airflow.running.events import UPDATED, subject


class CannotSchedule(Exception):
    """A timetable that Tidegate does not keep."""


def schedule(dag, assets):
    """The value of `schedule`; `None` where the DAG runs by hand only. `assets` are those of the file, by name."""
    given = dag.schedule
    if given is None or isinstance(given, (timetables.NullTimetable, timetables.PartitionedAtRuntime)):
        return None
    found = _of(given, dag, assets)
    if found is None:
        return None
    if "cron" in found or "every" in found:
        found.setdefault("timezone", _zone_name(dag.timezone))
        if dag.start_date is not None:
            found["start"] = dag.start_date.isoformat()
        if dag.end_date is not None:
            found["end"] = dag.end_date.isoformat()
        # Without catch-up, Airflow runs the last interval that is over.
        found["catch_up"] = "all" if dag.catchup else "last"
    found["overlap"] = "queue" if dag.max_active_runs == 1 else "allow"
    return found


def _of(given, dag, assets):
    if isinstance(given, Word):
        given = given.value
    if isinstance(given, str):
        return _of_text(given)
    if isinstance(given, timedelta):
        return {"every": span(given)}
    if hasattr(given, "months") and hasattr(given, "years"):
        return _of_relativedelta(given)
    if isinstance(given, Condition):
        return _of_condition(given, assets)
    if isinstance(given, (list, tuple, set)):
        return _of_condition(AssetAll(*given), assets)
    return _of_timetable(given, dag, assets)


def _of_text(text):
    if text in ("@once", "@continuous", ""):
        raise CannotSchedule(f"there is no schedule {text!r} here; runs of it are started by hand")
    if text == "None":
        return None
    cron = cron_presets.get(text, text)
    if len(cron.split()) == 6:
        raise CannotSchedule(f"{text!r} has seconds, and cron expressions have five fields here")
    if len(cron.split()) != 5:
        raise CannotSchedule(f"{text!r} is no cron expression")
    return {"cron": cron}


def _of_relativedelta(given):
    if given.months or given.years:
        raise CannotSchedule("a schedule of months or years is written as a cron expression")
    length = timedelta(
        days=given.days, hours=given.hours, minutes=given.minutes, seconds=given.seconds, microseconds=given.microseconds
    )
    return {"every": span(length)}


def _of_timetable(given, dag, assets):
    if isinstance(given, timetables.AssetOrTimeSchedule):
        return {**(_of(given.timetable, dag, assets) or {}), **_of(given.assets, dag, assets)}
    if isinstance(given, (timetables.AssetTriggeredTimetable, timetables.PartitionedAssetTimetable)):
        return _of(given.assets, dag, assets)
    if isinstance(given, timetables._Cron):
        return {**_of_text(given.cron), "timezone": _zone_name(given.zone)}
    if isinstance(given, timetables._Delta):
        return _of(given.delta, dag, assets)
    if isinstance(given, timetables.MultipleCronTriggerTimetable) and len(given.crons) == 1:
        return {"cron": given.crons[0], "timezone": _zone_name(given.zone)}
    if isinstance(given, (timetables.OnceTimetable, timetables.ContinuousTimetable)):
        return _of_text("@once")
    raise CannotSchedule(f"the timetable {type(given).__name__} is not kept here; runs of the DAG are started by hand")


def _of_condition(condition, assets):
    if isinstance(condition, (Asset, AssetRef, AssetAlias)):
        return {"events": [_event(condition, assets)], "all": True}
    events = [_part(part, assets) for part in condition.objects]
    return {"events": events, "all": not isinstance(condition, AssetAny)}


def _part(part, assets):
    if isinstance(part, AssetAll):
        raise CannotSchedule("conditions over assets that are `all` within `any`, or the other way round, are not kept here")
    return _event(part, assets)


def _event(asset, assets):
    if isinstance(asset, str):
        raise CannotSchedule(f"a schedule of assets is a list of assets, and this has the text {asset!r}")
    if isinstance(asset, AssetRef) and asset.uri is None:
        asset = assets.get(asset.name, asset)
    return {"type": UPDATED, "subject": subject(asset)}


def _zone_name(zone):
    if zone is None:
        return "UTC"
    if isinstance(zone, str):
        return zone
    name = getattr(zone, "name", None) or getattr(zone, "key", None) or getattr(zone, "zone", None) or str(zone)
    if name in ("UTC", "utc", "Z", "+00:00"):
        return "UTC"
    if name[:1] in "+-":
        raise CannotSchedule(f"the time zone {name} has no name: name a region, as in Europe/Berlin")
    return name
