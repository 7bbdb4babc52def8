"""One task: its context, its templates, and its envelope."""

import pytest

from tidegate.airflow.authoring.errors import AirflowException, ParamValidationError

DAG = "with DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None, params={'n': Param(3, type='integer')}):\n    "


def value(envelope):
    return envelope["result"]["return_value"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ ds }} {{ ds_nodash }}", "2024-02-03 20240203"),
        ("{{ ts }} {{ ts_nodash }}", "2024-02-03T04:05:06+00:00 20240203T040506"),
        ("{{ logical_date | ds }} {{ execution_date.year }}", "2024-02-03 2024"),
        ("{{ data_interval_start | ts_nodash }}", "20240203T040506"),
        ("{{ macros.ds_add(ds, 5) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.') }}", "2024-02-08 03.02."),
        ("{{ params.n + 1 }} {{ dag.dag_id }} {{ task.task_id }} {{ ti.map_index }}", "4 d t -1"),
        ("{{ run_id }} {{ dag_run.run_id }} {{ task_instance_key_str }}", "run-1 run-1 d__t__20240203"),
        ("{{ var.value.greeting }} {{ var.json.box.a }} {{ var.value.get('none', 'x') }}", "hello 1 x"),
        ("{{ conn.db.host }} {{ conn.db.port }} {{ conn.db.extra_dejson.k }}", "Host 5432 v"),
        ("{{ ti.xcom_pull(task_ids='before') }}", "7"),
        ("{{ conf.get('core', 'executor') }} {{ test_mode }}", "LocalExecutor False"),
        ("query.sql", "select 1 -- 2024-02-03"),
    ],
)
def test_templates(bench, monkeypatch, template, expected):
    monkeypatch.setenv("AIRFLOW_VAR_GREETING", "hello")
    monkeypatch.setenv("AIRFLOW_VAR_BOX", '{"a": 1}')
    monkeypatch.setenv("AIRFLOW_CONN_DB", "postgresql://me:secret@Host:5432/base?k=v")
    (bench.folder / "query.sql").write_text("select 1 -- {{ ds }}")
    text = f"before = EmptyOperator(task_id='before')\n    before >> PythonOperator(task_id='t', python_callable=lambda x: x, op_args=[{template!r}], templates_exts=['.sql'])"
    envelope = bench.call(DAG + text, "t", {"before": {"return_value": 7}})
    assert value(envelope) == expected


def test_native_objects_and_own_macros(bench):
    text = """
with DAG('d', schedule=None, render_template_as_native_obj=True, user_defined_macros={'twice': lambda x: x * 2}, user_defined_filters={'plus': lambda x: x + 1}):
    PythonOperator(task_id='t', python_callable=lambda x: x, op_args=['{{ twice(4) | plus }}'])"""
    assert value(bench.call(text, "t")) == 9


def test_bash_has_the_context_in_its_environment_and_gives_its_last_line(bench):
    text = "BashOperator(task_id='t', bash_command='echo one; echo $AIRFLOW_CTX_TASK_ID $X', env={'X': '{{ ds }}'}, append_env=True)"
    assert value(bench.call(DAG + text, "t")) == "t 2024-02-03"
    with pytest.raises(AirflowException, match="non-zero exit code 3"):
        bench.call(DAG + "BashOperator(task_id='t', bash_command='exit 3')", "t")


def test_an_envelope_says_what_is_skipped_where(bench):
    text = """
    @task_group
    def g(x):
        @task.branch
        def choose(x): return 'g.a' if x == 1 else 'g.b'
        @task
        def a(): pass
        @task
        def b(): pass
        choose(x) >> [a(), b()]
    g.expand(x=[1, 2])"""
    assert bench.call(DAG + text, "g.choose", index=0)["skip"] == ["g.b"]
    assert bench.call(DAG + text, "g.choose", index=1)["skip"] == ["g.a"]
    mapped = "@task.branch\n    def c(): return []\n    @task\n    def m(x): pass\n    c() >> m.expand(x=[1])"
    assert bench.call(DAG + mapped, "c")["skip"] == ["m"]


def test_params_are_checked(bench):
    text = "PythonOperator(task_id='t', python_callable=lambda params: params['n'])"
    assert value(bench.call(DAG + text, "t", conf={"n": 4})) == 4
    with pytest.raises(ParamValidationError, match="param n: 'x' is not of type 'integer'"):
        bench.call(DAG + text, "t", conf={"n": "x"})


def test_another_interpreter(bench):
    text = """
    import sys
    @task.external_python(python=sys.executable)
    def f(a, ds=None):
        import os
        return [a, ds, os.getpid()]
    f(1)"""
    a, ds, pid = value(bench.call(DAG + text, "f"))
    assert (a, ds) == (1, "2024-02-03")
    import os

    assert pid != os.getpid()


def test_a_task_that_defers_waits_for_its_trigger(bench):
    text = """
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    class Later(BaseOperator):
        def execute(self, context):
            self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=0.1)), method_name='done', kwargs={'a': 1})
        def done(self, context, event, a):
            return [a, event is not None]
    Later(task_id='t')"""
    assert value(bench.call(DAG + text, "t")) == [1, True]


def test_tasks_keep_state_between_attempts(bench):
    text = """
    @task(retries=1)
    def f(task_state_store=None, ti=None):
        if ti.try_number == 1:
            task_state_store.set('job', 'j1')
            raise RuntimeError('lost')
        return [ti.try_number, task_state_store.get('job')]
    f()"""
    with pytest.raises(RuntimeError):
        bench.call(DAG + text, "f")
    assert value(bench.call(DAG + text, "f")) == [2, "j1"]


def test_a_file_is_read_again_when_it_changes(bench):
    assert value(bench.call(DAG + "PythonOperator(task_id='t', python_callable=lambda: 1)", "t")) == 1
    assert value(bench.call(DAG + "PythonOperator(task_id='t', python_callable=lambda: 2)", "t")) == 2
