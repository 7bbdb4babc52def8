"""DAG files of Airflow, through the command line and a server."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

TIDEGATE = os.environ["TIDEGATE"]


@pytest.fixture
def tidegate(tmp_path):
    """Runs the command line in an empty directory, with the Python that runs the tests."""
    def call(*arguments, expected=0):
        variables = {**os.environ, "TIDEGATE_PYTHON": sys.executable, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        found = subprocess.run([TIDEGATE, *arguments], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120)
        assert found.returncode == expected, found.stderr
        return found

    def write(text):
        (tmp_path / "dag.py").write_text(textwrap.dedent(text))

    call.write = write
    return call


def run(tidegate, *arguments):
    return json.loads(tidegate("run", "dag.py", "--quiet", *arguments).stdout)


def test_a_file_runs_as_it_is(tidegate):
    tidegate.write(
        """
        from datetime import datetime
        from airflow.decorators import dag, task
        from airflow.operators.bash import BashOperator

        @dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"least": 2}, max_active_tasks=2)
        def numbers():
            @task
            def listed(params=None):
                return [number for number in [1, 2, 3, 4] if number >= params["least"]]

            @task
            def doubled(number):
                return number * 2

            @task.branch
            def which(total):
                return "large" if total > 10 else "small"

            @task(trigger_rule="none_failed_min_one_success")
            def told(total):
                return f"it is {total}"

            @task
            def total(all_of_them):
                return sum(all_of_them)

            found = total(doubled.expand(number=listed()))
            way = which(found)
            large = BashOperator(task_id="large", bash_command="echo {{ ti.xcom_pull(task_ids='total') }} is large")
            small = BashOperator(task_id="small", bash_command="exit 1")
            way >> [large, small] >> told(found)

        numbers()
        """
    )
    ended = run(tidegate)
    assert ended["doubled"] == [{"return_value": 4}, {"return_value": 6}, {"return_value": 8}]
    assert ended["large"] == {"return_value": "18 is large"}
    assert "small" not in ended
    assert ended["told"] == {"return_value": "it is 18"}


def test_a_failure_names_the_task_and_what_did_not_run(tidegate):
    tidegate.write(
        """
        from airflow.sdk import DAG, task
        with DAG("broken"):
            @task
            def bad():
                raise ValueError("no luck")
            @task
            def after():
                pass
            bad() >> after()
        """
    )
    told = tidegate("run", "dag.py", expected=3).stderr
    assert "task `bad` failed: no luck; for that `after` did not run" in told


def test_a_sensor_that_reschedules_looks_again(tidegate, tmp_path):
    tidegate.write(
        """
        import os
        from airflow.sdk import DAG, task
        with DAG("patient"):
            @task.sensor(mode="reschedule", poke_interval=0.2, timeout=60)
            def there():
                seen = os.path.exists("once")
                open("once", "w").close()
                return seen
            there()
        """
    )
    run(tidegate, "--data", "state")
    assert (tmp_path / "once").exists()


def test_variables_come_from_where_it_is_run(tidegate, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_CITY", "Uppsala")
    tidegate.write(
        """
        from airflow.sdk import DAG, Variable, task
        with DAG("variables"):
            @task
            def city():
                return Variable.get("city")
            city()
        """
    )
    assert run(tidegate) == {"city": {"return_value": "Uppsala"}}


def test_one_of_several_is_named(tidegate):
    tidegate.write(
        """
        from airflow.sdk import DAG, task
        for number in (1, 2):
            with DAG(f"number-{number}"):
                @task
                def give(number=number):
                    return number
                give()
        """
    )
    told = tidegate("run", "dag.py", expected=2).stderr
    assert "`dag.py` has 2 DAGs" in told and "--dag number-1, --dag number-2" in told
    assert run(tidegate, "--dag", "number-2") == {"give": {"return_value": 2}}
    assert "give" in tidegate("graph", "dag.py", "--dag", "number-1").stdout
    assert "dag.py: ok" in tidegate("lint", "dag.py").stdout


def test_what_is_wrong_is_shown_at_its_line(tidegate):
    tidegate.write(
        """
        from airflow import DAG
        from airflow.providers.nobody.operators.nothing import NothingOperator
        """
    )
    told = tidegate("lint", "dag.py", expected=2).stdout
    assert "there is no module 'airflow.providers.nobody.operators.nothing' here" in told
    assert "dag.py:3:1" in told and "3 | from airflow.providers.nobody" in told
    tidegate.write("with DAG(\n")
    assert "the file is no Python" in tidegate("run", "dag.py", expected=2).stderr
    tidegate.write("import airflow\n")
    assert "`dag.py` has no DAG" in tidegate("lint", "dag.py", expected=2).stderr


def test_a_branch_in_a_mapped_group_skips_in_its_own_instance_and_runs_have_dates(tidegate):
    tidegate.write(
        """
        from airflow.sdk import DAG, task, task_group
        with DAG("branches"):
            @task_group
            def each(number):
                @task.branch
                def way(number):
                    return "each.odd" if number % 2 else "each.even"
                @task
                def odd(number, ds=None):
                    return f"{number} {ds}"
                @task
                def even(number):
                    return number
                way(number) >> [odd(number), even(number)]
            each.expand(number=[1, 2])
        """
    )
    given = '{"schedule": {"time": "2024-01-02T00:00:00Z", "interval": {"start": "2024-01-01T00:00:00Z", "end": "2024-01-02T00:00:00Z"}}}'
    ended = run(tidegate, "--input", given)
    assert ended["each.odd"] == [{"return_value": "1 2024-01-01"}, None]
    assert ended["each.even"] == [None, {"return_value": 2}]
