"""Whole DAGs, executed by the reference executor with the worker in processes of its own."""

import re

DAG = "with DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None, params={'n': 3}):\n"


def test_values_travel_by_key_and_by_instance(bench):
    run = bench.run(
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
    assert run.ended == "success", bench.log()
    assert run.states()["double"] == ["success", "success"]


def test_maps_of_all_kinds(bench):
    run = bench.run(
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
    assert run.ended == "success", bench.log()
    states = run.states()
    assert states["mapped"] == ["success", "skipped"]
    assert states["nothing"] == "skipped"
    assert states["g.second"] == ["success", "success"]


def test_branches_short_circuits_and_skips(bench):
    run = bench.run(
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
    states = run.states()
    assert run.ended == "success", bench.log()
    skipped = sorted(task for task, state in states.items() if state == "skipped")
    assert skipped == ["after_b", "b", "never", "right", "s1", "s2", "t1"]


def test_sensors_that_reschedule_remember_when_they_began(bench):
    run = bench.run(
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
    assert run.ended == "success", bench.log()
    states = run.states()
    assert (states["third"], states["reads"], states["gives_up"], states["fails"]) == ("success", "success", "skipped", "failed")
    assert any("AirflowSensorTimeout" in str(error) for _, error in run.errors)


def test_retries_callbacks_and_failures_that_are_not_retried(bench):
    mark = "open(os.environ['MARKS'], 'a').write"
    run = bench.run(
        f"""
import os
os.environ['MARKS'] = os.path.join(os.path.dirname(__file__), 'marks')
def mark(name):
    return lambda context: {mark}(f"{{name}} {{context['ti'].task_id if context['ti'] else context['dag'].dag_id}}\\n")
with DAG('d', schedule=None, on_failure_callback=mark('dag')):
    marks = dict(on_failure_callback=mark('failure'), on_retry_callback=mark('retry'), on_success_callback=mark('success'))
    @task(retries=2, retry_delay=timedelta(seconds=1), **marks)
    def second_time(ti=None):
        if ti.try_number < 2: raise ValueError('first')
    @task(retries=2, **marks)
    def for_good(): raise AirflowFailException('no more')
    @task(retries=1, **marks)
    def leaves(): raise SystemExit(1)
    @task(execution_timeout=timedelta(seconds=0.3), **marks)
    def too_long():
        import time
        time.sleep(20)
    [second_time(), for_good(), leaves(), too_long()]"""
    )
    assert run.ended == "failed"
    marks = sorted((bench.folder / "marks").read_text().split("\n"))[1:]
    assert marks == [
        "dag d",
        "failure for_good",
        "failure leaves",
        "failure too_long",
        "retry leaves",
        "retry second_time",
        "success second_time",
    ]
    assert {key: run.root.units[key].tries for key in ("second_time", "for_good", "leaves")} == {
        "second_time": 2,
        "for_good": 1,
        "leaves": 2,
    }
    assert re.search("AirflowTaskTimeout", str(run.root.units["too_long"].error))


def test_setups_and_teardowns(bench):
    run = bench.run(
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
    assert run.ended == "failed"
    assert run.states() == {"up": "success", "work": "failed", "down": "success"}


def test_assets_and_runs_of_other_dags(bench):
    run = bench.run(
        DAG
        + """
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    a = Asset('s3://bucket/key')
    @task(outlets=[a])
    def writes(*, outlet_events): outlet_events[a].extra = {'rows': 3}
    @task(inlets=[a])
    def reads(*, inlet_events): assert inlet_events[a][-1].extra == {'rows': 3}
    writes() >> reads() >> TriggerDagRunOperator(task_id='t', trigger_dag_id='other', conf={'n': '{{ params.n }}'})"""
    )
    assert run.ended == "success", bench.log()
    event = run.events[0]
    assert (event["type"], event["subject"], event["data"]["extra"]) == ("airflow.asset.updated", "s3://bucket/key", {"rows": 3})
    assert run.starts == [{"workflow": "other", "input": {"n": "3"}}]


def test_what_the_run_is_started_with_counts_over_params(bench):
    run = bench.run(DAG + "    @task\n    def f(params, dag_run): assert params['n'] == 5 and dag_run.conf == {'n': 5}\n    f()", {"n": 5})
    assert run.ended == "success", bench.log()
