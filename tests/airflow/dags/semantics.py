"""DAGs that fail, skip, map and tear down, where Airflow's examples mostly succeed. Written for the comparison."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TriggerRule, task, task_group
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

SETTINGS = {"schedule": None, "start_date": datetime(2021, 1, 1), "catchup": False}

# Every rule that needs nothing but upstream tasks.
RULES = [rule.value for rule in TriggerRule if rule.value not in ("always", "all_done_setup_success")]


@task
def works():
    return "done"


@task
def fails():
    raise ValueError("as it should")


@task
def skips():
    raise AirflowSkipException("not today")


@task
def takes(values):
    return [value for value in values if value is not None]


def rules_after(upstream, prefix=""):
    """A task of each rule after all of `upstream`."""
    for rule in RULES:
        upstream >> EmptyOperator(task_id=f"{prefix}{rule}", trigger_rule=rule)


with DAG("semantics_rules_mixed", **SETTINGS):
    ends = [works(), fails(), skips()]
    for rule in RULES:
        ends >> EmptyOperator(task_id=rule, trigger_rule=rule)

with DAG("semantics_rules_failed", **SETTINGS):
    rules_after(fails())

with DAG("semantics_rules_skipped", **SETTINGS):
    rules_after(skips())

with DAG("semantics_rules_upstream_failed", **SETTINGS):
    first = fails()
    second = EmptyOperator(task_id="second")
    first >> second
    rules_after(second)

with DAG("semantics_map_one_fails", **SETTINGS):

    @task
    def positive(n):
        if n < 0:
            raise ValueError("negative")
        return n

    mapped = positive.expand(n=[1, -1, 2])
    rules_after(mapped)

with DAG("semantics_map_one_skips", **SETTINGS):

    @task
    def known(n):
        if n is None:
            raise AirflowSkipException("nothing there")
        return n

    mapped = known.expand(n=[1, None, 2])
    takes(mapped)
    rules_after(mapped)

with DAG("semantics_map_all_skip", **SETTINGS):
    mapped = known.expand(n=[None, None])
    takes(mapped)
    rules_after(mapped)

with DAG("semantics_map_nothing", **SETTINGS):

    @task
    def nothing():
        return []

    mapped = positive.expand(n=nothing())
    takes(mapped)
    rules_after(mapped)

with DAG("semantics_map_after_failure", **SETTINGS):

    @task
    def list_fails():
        raise ValueError("no list")

    mapped = positive.expand(n=list_fails())
    rules_after(mapped)

with DAG("semantics_map_after_skip", **SETTINGS):

    @task
    def list_skips():
        raise AirflowSkipException("no list")

    mapped = positive.expand(n=list_skips())
    rules_after(mapped)

with DAG("semantics_map_product", **SETTINGS):

    @task
    def pair(a, b, c):
        return f"{a}{b}{c}"

    takes(pair.partial(c="!").expand(a=[1, 2], b=["x", "y", "z"]))

with DAG("semantics_map_zip_and_kwargs", **SETTINGS):

    @task
    def letters():
        return ["a", "b", "c"]

    @task
    def digits():
        return [1, 2]

    @task
    def double(pair):
        return pair[0] * pair[1]

    @task
    def keyed(key, value):
        return {key: value}

    takes(double.expand(pair=letters().zip(digits(), fillvalue=3)))
    takes.override(task_id="takes_keyed")(keyed.expand_kwargs([{"key": "a", "value": 1}, {"key": "b", "value": 2}]))

with DAG("semantics_map_over_map", **SETTINGS):

    @task
    def skip_even(n):
        if n % 2 == 0:
            raise AirflowSkipException("even")
        return n * 10

    @task
    def plus_one(n):
        return n + 1

    takes(plus_one.expand(n=skip_even.expand(n=[1, 2, 3])))

with DAG("semantics_map_dict", **SETTINGS):

    @task
    def table():
        return {"a": 1, "b": 2}

    @task
    def entry(item):
        return f"{item[0]}={item[1]}"

    takes(entry.expand(item=table()))

with DAG("semantics_group_mapped", **SETTINGS):

    @task_group
    def each(n):
        @task
        def first(n):
            if n == 2:
                raise ValueError("two")
            if n == 3:
                raise AirflowSkipException("three")
            return n

        @task
        def second(n):
            return n * 10

        @task(trigger_rule="all_done")
        def last(n=None):
            return "last"

        value = second(first(n))
        value >> last()
        return value

    numbers = each.expand(n=[1, 2, 3])
    rules_after(numbers, "after_")

with DAG("semantics_group_mapped_values", **SETTINGS):

    @task
    def three():
        return [1, 2, 3]

    @task_group
    def steps(n):
        @task
        def add(n):
            return n + 1

        @task
        def times(n):
            return n * 2

        return times(add(n))

    takes(steps.expand(n=three()))

with DAG("semantics_group_mapped_branch", **SETTINGS):

    @task_group
    def chosen(n):
        @task.branch
        def choose(n):
            return "chosen.odd" if n % 2 else "chosen.even"

        @task
        def odd():
            return "odd"

        @task
        def even():
            return "even"

        @task(trigger_rule="none_failed_min_one_success")
        def join():
            return "joined"

        choose(n) >> [odd(), even()] >> join()

    chosen.expand(n=[1, 2]) >> EmptyOperator(task_id="end", trigger_rule="none_failed_min_one_success")

with DAG("semantics_group_mapped_nothing", **SETTINGS):
    steps.expand(n=nothing()) >> EmptyOperator(task_id="end") >> EmptyOperator(task_id="done", trigger_rule="all_done")

with DAG("semantics_setup_fails", **SETTINGS):

    @task
    def opens():
        raise ValueError("cannot open")

    @task
    def closes():
        return "closed"

    with closes().as_teardown(setups=opens()):
        works() >> EmptyOperator(task_id="more")

with DAG("semantics_work_fails", **SETTINGS):

    @task
    def prepares():
        return "ready"

    with closes().as_teardown(setups=prepares()):
        fails() >> EmptyOperator(task_id="more")

with DAG("semantics_teardown_fails", **SETTINGS):

    @task
    def breaks():
        raise ValueError("cannot close")

    with breaks().as_teardown(setups=prepares()):
        works()

with DAG("semantics_teardown_fails_run", **SETTINGS):
    with breaks().as_teardown(setups=prepares(), on_failure_fail_dagrun=True):
        works()

with DAG("semantics_setup_skips", **SETTINGS):

    @task
    def declines():
        raise AirflowSkipException("no need")

    with closes().as_teardown(setups=declines()):
        works()

with DAG("semantics_two_setups_one_fails", **SETTINGS):
    good, bad = prepares(), opens()
    end = closes().as_teardown(setups=[good, bad])
    [good, bad] >> works() >> end

with DAG("semantics_task_after_teardown", **SETTINGS):
    ready = prepares()
    end = closes().as_teardown(setups=ready)
    ready >> fails() >> end >> EmptyOperator(task_id="after")

with DAG("semantics_teardown_after_group", **SETTINGS):

    @task_group
    def inside():
        start = prepares()
        start >> works() >> closes().as_teardown(setups=start)

    inside() >> EmptyOperator(task_id="after_group")

with DAG("semantics_skip_past_teardown", **SETTINGS):

    @task.short_circuit
    def stops():
        return False

    ready = prepares()
    ready >> stops() >> works() >> closes().as_teardown(setups=ready)

with DAG("semantics_short_circuit", **SETTINGS):
    stop = stops()
    done = EmptyOperator(task_id="all_done", trigger_rule="all_done")
    stop >> EmptyOperator(task_id="next") >> done >> EmptyOperator(task_id="last")
    works() >> done

with DAG("semantics_short_circuit_respects_rules", **SETTINGS):
    stop = stops.override(ignore_downstream_trigger_rules=False)()
    stop >> EmptyOperator(task_id="next") >> EmptyOperator(task_id="done", trigger_rule="all_done") >> EmptyOperator(task_id="last")

with DAG("semantics_branch_joins", **SETTINGS):

    @task.branch
    def left():
        return "left_task"

    branch = left()
    join = EmptyOperator(task_id="join")
    branch >> EmptyOperator(task_id="left_task") >> join
    branch >> EmptyOperator(task_id="right_task") >> EmptyOperator(task_id="right_more") >> join
    # The branch chose a task that comes before this one too: it is not skipped.
    branch >> join
    join >> EmptyOperator(task_id="end")

with DAG("semantics_branch_to_group", **SETTINGS):

    @task.branch
    def to_group():
        return "one"

    @task_group
    def one():
        EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")

    @task_group
    def two():
        EmptyOperator(task_id="c") >> EmptyOperator(task_id="d")

    to_group() >> [one(), two()]

with DAG("semantics_branch_none", **SETTINGS):

    @task.branch
    def nowhere():
        return None

    nowhere() >> [EmptyOperator(task_id="a"), EmptyOperator(task_id="b", trigger_rule="all_done")]

with DAG("semantics_branch_unknown", **SETTINGS):

    @task.branch
    def astray():
        return "no_such_task"

    astray() >> EmptyOperator(task_id="a")

with DAG("semantics_retries", **SETTINGS):

    @task(retries=2, retry_delay=timedelta(seconds=1))
    def third_time(ti=None):
        if ti.try_number < 3:
            raise ValueError("not yet")
        return ti.try_number

    @task(retries=2, retry_delay=timedelta(seconds=1))
    def gives_up():
        raise AirflowFailException("for good")

    @task(retries=2, retry_delay=timedelta(seconds=1))
    def skips_at_once():
        raise AirflowSkipException("no more")

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def never():
        raise ValueError("never")

    [third_time(), gives_up(), skips_at_once(), never()] >> EmptyOperator(task_id="end", trigger_rule="all_done")

with DAG("semantics_leaf_decides", **SETTINGS):
    fails() >> EmptyOperator(task_id="end", trigger_rule="all_done")

with DAG("semantics_xcoms", **SETTINGS):

    @task(multiple_outputs=True)
    def several():
        return {"one": 1, "two": [2, 2]}

    @task
    def none():
        return None

    @task
    def reads(one, whole, empty, ti=None):
        return [one, whole, empty, ti.xcom_pull(task_ids=["several", "none"]), ti.xcom_pull(task_ids="none", default="default")]

    both = several()
    reads(both["one"], both, none())

with DAG("semantics_unmapped_in_map", **SETTINGS):

    @task
    def count(n, of):
        return f"{n} of {of}"

    total = works()
    takes(count.partial(of=total).expand(n=[1, 2]))
