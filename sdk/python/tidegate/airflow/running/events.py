"""Events of assets: those that a task makes by writing its outlets, and those that it sees of its inlets."""

from __future__ import annotations

from tidegate.airflow.authoring.assets import Asset, AssetAlias, AssetRef
from tidegate.airflow.running import keeping

UPDATED = "airflow.asset.updated"


class OutletEvent:
    """What a task says about its update of an asset."""

    def __init__(self, asset):
        self.asset = asset
        self.extra = {}
        self.added = []
        self.partitions = []

    def add(self, asset, extra=None, **_):
        """Says which asset an alias stands for."""
        self.added.append((asset, dict(extra or {})))

    def add_partitions(self, *keys, **_):
        for key in keys:
            self.partitions += [key] if isinstance(key, str) else list(key)

    @property
    def asset_alias_events(self):
        return self.added


class Outlets:
    """The events of a task by asset or alias."""

    def __init__(self):
        self._events = {}

    def __getitem__(self, asset):
        if isinstance(asset, str):
            asset = Asset(asset)
        return self._events.setdefault(_key(asset), OutletEvent(asset))

    def __len__(self):
        return len(self._events)

    def __iter__(self):
        return iter([event.asset for event in self._events.values()])

    def for_asset(self, *, name=None, uri=None):
        return self[Asset(name, uri)]

    def for_asset_alias(self, *, alias_name):
        return self[AssetAlias(alias_name)]


def _key(asset):
    if isinstance(asset, AssetAlias):
        return ("alias", asset.name)
    return ("asset", asset.uri or asset.name)


def subject(asset):
    """The subject of events about an asset, or an alias."""
    return f"airflow-alias:{asset.name}" if isinstance(asset, AssetAlias) else (asset.uri or asset.name)


def made_by(task, outlet_events, source):
    """The events to be sent after a task has succeeded; they are kept for tasks that read them, too."""
    found = []
    for outlet in task.outlets:
        if isinstance(outlet, (Asset, AssetRef)):
            noted = outlet_events[outlet]
            for partition in noted.partitions or [None]:
                found.append(_event(outlet, noted.extra, source, partition))
        elif isinstance(outlet, AssetAlias):
            for asset, extra in outlet_events[outlet].added:
                found.append(_event(asset, extra, source))
                found.append({**_event(asset, extra, source), "subject": subject(outlet)})
    for event in found:
        keep(event)
    return found


def _event(asset, extra, source, partition=None):
    data = {"name": asset.name or asset.uri, "uri": asset.uri or asset.name, "extra": extra, "source": source}
    if partition is not None:
        data["partition_key"] = partition
    return {"type": UPDATED, "subject": subject(asset), "data": data}


def keep(event):
    """Keeps an event for tasks that have the asset as an inlet: the latest hundred."""
    kept = keeping.read("events", event["subject"], [])
    keeping.write("events", event["subject"], [*kept, event["data"]][-100:])


class InletEvent:
    """An update of an asset, as a task sees it."""

    def __init__(self, data):
        self.asset = Asset(data.get("name"), data.get("uri"))
        self.uri = self.asset.uri
        self.extra = data.get("extra") or {}
        source = data.get("source") or {}
        self.source_task_id = source.get("task")
        self.source_dag_id = source.get("dag")
        self.source_run_id = source.get("run")
        self.partition_key = data.get("partition_key")
        self.timestamp = source.get("at")

    def __repr__(self):
        return f"<AssetEvent {self.uri!r} {self.extra!r}>"


class Inlets:
    """The updates of assets that a task reads, oldest first."""

    def __init__(self, task):
        self._task = task

    def __getitem__(self, asset):
        if isinstance(asset, int):
            asset = self._task.inlets[asset]
        if isinstance(asset, AssetRef) and asset.uri is None:
            known = [inlet for inlet in self._task.inlets if isinstance(inlet, Asset) and inlet.name == asset.name]
            asset = known[0] if known else asset
        return [InletEvent(data) for data in keeping.read("events", subject(asset), [])]

    def __iter__(self):
        return iter(self._task.inlets)

    def __len__(self):
        return len(self._task.inlets)

    def for_asset(self, *, name=None, uri=None):
        return self[Asset(name, uri)]

    def for_asset_alias(self, *, alias_name):
        return self[AssetAlias(alias_name)]


class Triggering(dict):
    """The updates that have started the run, by asset."""

    def __init__(self, run):
        super().__init__()
        for data in run.consumed_asset_events:
            event = InletEvent(data.get("data", data))
            self.setdefault(event.asset, []).append(event)

    def __missing__(self, asset):
        return []
