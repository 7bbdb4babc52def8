"""Whole DAGs of Airflow, and what became of each of their tasks."""

import sys
import textwrap
from collections import Counter
from types import SimpleNamespace

import pytest

from tidegate import Tidegate

HEAD = """
import datetime
from datetime import timedelta
from airflow.sdk import *
from airflow.sdk.exceptions import AirflowSkipException, AirflowFailException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
"""

DAG = "with DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None, params={'n': 3}):\n"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIDEGATE_PYTHON", sys.executable)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        server = Tidegate(folder / "data").start()
        yield server
        assert server.stop() == 0


@pytest.fixture
def run(airflow, tmp_path):
    """Runs the DAG `d` of a file, and tells of the run when it has ended."""

    def call(text, conf=None):
        (tmp_path / "dag.py").write_text(HEAD + textwrap.dedent(text))
        airflow.cli("apply", str(tmp_path / "dag.py"))
        started = airflow.request("POST", "/v1/workflows/d/runs", json=conf or {}).json()
        ended = airflow.finished(started["id"])
        return told(ended, history(airflow, started["id"]))

    return call


def history(server, run):
    page = server.get(f"/v1/runs/{run}/history", params={"limit": 1000})
    assert not page.get("next")
    return [fact for step in page["items"] for fact in step["facts"]]


def told(ended, facts):
    """The status of a run with its error, and of its tasks the states, how often they were attempted, and their errors."""
    plain, instances = {}, {}
    raised = [fact for fact in facts if fact["fact"] == "raised"]
    for fact in raised:
        if fact["kind"] == "dag.task.ended" and not fact["data"].get("aside"):
            where = fact["data"].get("indexes")
            kept = instances.setdefault(fact["subject"], {}) if where else plain
            kept[tuple(where) if where else fact["subject"]] = fact["data"]["state"]
    states = {**plain, **{task: [state for _, state in sorted(ends.items())] for task, ends in instances.items()}}
    return SimpleNamespace(
        status=ended["status"],
        error=ended.get("error"),
        states=states,
        attempts=Counter(fact["subject"] for fact in facts if fact["fact"] == "task_scheduled"),
        errors={fact["task"]: fact["error"] for fact in facts if fact["fact"] == "task_ended" and fact.get("error")},
        raised=raised,
    )



def test_values_travel_by_key_and_by_instance(run):
    ended = run(
        DAG
        + """
    @task
    def several() -> dict: return {'a': 1, 'b': (2, 3), 'when': datetime.date(2024, 1, 2)}
    @task
    def pushes(ti=None): ti.xcom_push('more', {1, 2})
    @task
    def double(x): return x * 2
    @task
    def check(a, b, when, doubled, ti=None):
        assert (a, b, when) == (1, (2, 3), datetime.date(2024, 1, 2)), (a, b, when)
        assert list(doubled) == [4, 6]
        assert ti.xcom_pull(task_ids='pushes', key='more') == {1, 2}
        assert ti.xcom_pull(task_ids='double') == [4, 6]
        assert ti.xcom_pull(task_ids='double', map_indexes=1) == 6
        assert ti.xcom_pull(task_ids='nobody', default='x') == 'x'
    s = several()
    doubled = double.expand(x=s['b'])
    pushes() >> check(s['a'], s['b'], s['when'], doubled)"""
    )
    assert ended.status == "succeeded", ended.error
    assert ended.states["double"] == ["success", "success"]


def test_maps_of_all_kinds(run):
    ended = run(
        DAG
        + """
    @task
    def letters(): return ['a', 'b']
    @task
    def table(): return {'k': 1, 'l': 2}
    @task
    def rows(): return [{'x': 1}, {'x': 2}]
    @task
    def show(x): return str(x)
    @task
    def check(product, pairs, mapped, zipped, joined, kwargs, grouped, nothing):
        assert list(product) == ['1a', '1b', '2a', '2b'], product
        assert list(pairs) == ["('k', 1)", "('l', 2)"]
        assert list(mapped) == ['A'], mapped
        assert list(zipped) == ["('a', 1)", "('b', None)"]
        assert list(joined) == ['a', 'b', 'a', 'b']
        assert list(kwargs) == ['1', '2']
        assert list(grouped) == ['a!?', 'b!?']
        assert list(nothing) == []
    @task
    def pair(x, y): return f'{x}{y}'
    def upper(letter):
        if letter == 'b': raise AirflowSkipException('no')
        return letter.upper()
    @task
    def one(): return [1]
    @task
    def empty(): return []
    l = letters()
    mapped = show.override(task_id='mapped').expand(x=l.map(upper))
    @task_group
    def g(x):
        @task
        def first(v): return v + '!'
        @task
        def second(v): return v + '?'
        return second(first(x))
    check.override(trigger_rule='none_failed')(
        pair.expand(x=[1, 2], y=l), show.override(task_id='pairs').expand(x=table()), mapped,
        show.override(task_id='zipped').expand(x=l.zip(one(), fillvalue=None)),
        show.override(task_id='joined').expand(x=l.concat(l)), show.expand_kwargs(rows()), g.expand(x=l),
        show.override(task_id='nothing').expand(x=empty()))"""
    )
    assert ended.status == "succeeded", ended.error
    states = ended.states
    assert states["mapped"] == ["success", "skipped"]
    assert states["nothing"] == "skipped"
    assert states["g.second"] == ["success", "success"]


def test_branches_short_circuits_and_skips(run):
    ended = run(
        DAG
        + """
    @task.branch
    def choose(): return ['left', 'g']
    left, right, join = [EmptyOperator(task_id=i) for i in ('left', 'right', 'join')]
    with TaskGroup('g') as g:
        EmptyOperator(task_id='x') >> EmptyOperator(task_id='y')
    join.trigger_rule = 'none_failed_min_one_success'
    choose() >> [left, right, g] >> join
    @task.short_circuit
    def stop(): return False
    stop() >> EmptyOperator(task_id='s1') >> EmptyOperator(task_id='s2', trigger_rule='all_done')
    @task.short_circuit(ignore_downstream_trigger_rules=False)
    def stop_gently(): return False
    stop_gently() >> EmptyOperator(task_id='t1') >> EmptyOperator(task_id='t2', trigger_rule='all_done')
    BashOperator(task_id='b', bash_command='exit 99') >> EmptyOperator(task_id='after_b')
    @task.branch
    def nowhere(): return None
    nowhere() >> EmptyOperator(task_id='never')"""
    )
    states = ended.states
    assert ended.status == "succeeded", ended.error
    skipped = sorted(task for task, state in states.items() if state == "skipped")
    assert skipped == ["after_b", "b", "never", "right", "s1", "s2", "t1"]


def test_sensors_that_reschedule_remember_when_they_began(run):
    ended = run(
        DAG
        + """
    @task.sensor(poke_interval=0.2, timeout=30, mode='reschedule')
    def third(ti=None):
        return PokeReturnValue(ti.memo['pokes'] == 3, xcom_value='there')
    @task.sensor(poke_interval=0.2, timeout=1, mode='reschedule', soft_fail=True)
    def gives_up(): return False
    @task.sensor(poke_interval=0.2, timeout=0.5)
    def fails(): return False
    @task
    def reads(x): assert x == 'there'
    reads(third())
    gives_up()
    fails() >> EmptyOperator(task_id='end', trigger_rule='all_done')"""
    )
    assert ended.status == "succeeded", ended.error
    states = ended.states
    assert (states["third"], states["reads"], states["gives_up"], states["fails"]) == ("success", "success", "skipped", "failed")
    assert "AirflowSensorTimeout" in ended.errors.values()


def test_retries_callbacks_and_failures_that_are_not_retried(run, tmp_path):
    mark = "open(os.environ['MARKS'], 'a').write"
    ended = run(
        f"""
import os
os.environ['MARKS'] = os.path.join(os.path.dirname(__file__), 'marks')
def mark(name):
    return lambda context: {mark}(f"{{name}} {{context['ti'].task_id if context['ti'] else context['dag'].dag_id}}\\n")
with DAG('d', schedule=None, on_failure_callback=mark('dag')):
    marks = dict(on_failure_callback=mark('failure'), on_retry_callback=mark('retry'), on_success_callback=mark('success'))
    @task(retries=2, retry_delay=timedelta(seconds=0.1), **marks)
    def second_time(ti=None):
        if ti.try_number < 2: raise ValueError('first')
    @task(retries=2, **marks)
    def for_good(): raise AirflowFailException('no more')
    @task(retries=1, retry_delay=timedelta(seconds=0.1), **marks)
    def leaves(): raise SystemExit(1)
    @task(execution_timeout=timedelta(seconds=0.3), **marks)
    def too_long():
        import time
        time.sleep(20)
    [second_time(), for_good(), leaves(), too_long()]"""
    )
    assert ended.status == "failed"
    marks = sorted((tmp_path / "marks").read_text().split("\n"))[1:]
    assert marks == [
        "dag d",
        "failure for_good",
        "failure leaves",
        "failure too_long",
        "retry leaves",
        "retry second_time",
        "success second_time",
    ]
    attempts = {task: ended.attempts[task] for task in ("second_time", "for_good", "leaves")}
    assert attempts == {"second_time": 2, "for_good": 1, "leaves": 2}
    assert "AirflowTaskTimeout" in ended.errors.values()


def test_setups_and_teardowns(run):
    ended = run(
        DAG
        + """
    @setup
    def up(): return 1
    @task
    def work(): raise ValueError('work')
    @teardown
    def down(x): assert x == 1
    with down(up()):
        work()"""
    )
    assert ended.status == "failed"
    assert ended.states == {"up": "success", "work": "failed", "down": "success"}


def test_assets_and_runs_of_other_dags(run, airflow):
    ended = run(
        """
with DAG('other', schedule=None):
    @task
    def f(params, dag_run): assert dag_run.conf == {'n': '3'}
    f()
"""
        + DAG
        + """
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    a = Asset('s3://bucket/key')
    @task(outlets=[a])
    def writes(*, outlet_events): outlet_events[a].extra = {'rows': 3}
    @task(inlets=[a])
    def reads(*, inlet_events): assert inlet_events[a][-1].extra == {'rows': 3}
    writes() >> reads() >> TriggerDagRunOperator(task_id='t', trigger_dag_id='other', conf={'n': '{{ params.n }}'})"""
    )
    assert ended.status == "succeeded", ended.error
    event = next(fact for fact in ended.raised if fact["kind"] == "airflow.asset.updated")
    assert (event["subject"], event["data"]["extra"]) == ("s3://bucket/key", {"rows": 3})
    others = airflow.get("/v1/runs", params={"workflow": "other"})["items"]
    assert [airflow.finished(other["id"])["status"] for other in others] == ["succeeded"]


def test_what_the_run_is_started_with_counts_over_params(run):
    ended = run(DAG + "    @task\n    def f(params, dag_run): assert params['n'] == 5 and dag_run.conf == {'n': 5}\n    f()", {"n": 5})
    assert ended.status == "succeeded", ended.error
