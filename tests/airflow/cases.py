"""What is not plain about some of Airflow's example DAGs: what they need, and which ends of theirs are admissible.

Every DAG that is not named here is run once, as `airflow dags test DAG_ID DATE`, and ends the same way each time.
"""

DATE = "2024-01-01"  # a Monday
# Before their start date, Airflow makes no instances of tasks.
DATES = {
    name: "2026-01-05"  # a Monday as well
    for name in (
        "example_asset_state_store_consumer",
        "example_asset_state_store_producer",
        "example_task_state_store",
        "example_task_state_store_async",
        "example_task_state_store_mapped",
    )
}

# How long a DAG may take under `airflow dags test`, which runs one task after another.
LIMIT_S = 120
LIMITS_S = {
    "example_branch_operator": 600,
    "example_branch_python_operator_decorator": 600,
    "example_external_task_marker_child": 300,
    "example_python_decorator": 300,
    "example_python_operator": 300,
    "example_sensors": 1200,
    "tutorial_taskflow_api_virtualenv": 300,
}

# Outside of reach: these are parsed and their shape is recorded, but they are run neither there nor here.
EXCLUDED = {
    "example_dag_decorator": "network: asks httpbingo.org for its own address",
    "example_external_task": "scheduler: waits for a run of child_dag, which only a scheduler would start",
    "example_hitl_operator": "human: waits until somebody chooses",
    "example_retry_policy": "network: asks api.example.com",
    "tutorial_objectstorage": "network: asks open-meteo.com; cloud: writes to S3; needs pandas and duckdb",
}

# Files that define no DAG where a module is missing.
EXCLUDED_FILES = {
    "example_dags/example_kubernetes_executor.py": "kubernetes: defines its DAG only where that module is installed",
    "example_dags/example_local_kubernetes_executor.py": "kubernetes: defines its DAG only where that module is installed",
}

# These run, given one thing more than a Python interpreter and a shell.
NEEDS = {
    "example_branch_operator": ["package index"],
    "example_branch_python_operator_decorator": ["package index"],
    "example_python_decorator": ["package index"],
    "example_python_operator": ["package index"],
    "tutorial_taskflow_api_virtualenv": ["package index"],
}

# DAGs that have to be known, though nobody runs them by hand.
WITH = {"example_trigger_controller_dag": ["example_trigger_target_dag"]}

# Cases other than the plain one: `conf` of the run, DAGs that are run `before` it in the same installation.
CASES = {
    "example_external_task_marker_child": [{"before": ["example_external_task_marker_parent"]}],
    "example_params_trigger_ui": [
        {},
        {"conf": {"names": ["Ada"], "german": False, "french": False}},
        {"conf": {"names": []}},
        {"conf": {"english": False, "german": False, "french": False}},
    ],
    "example_params_ui_tutorial": [{}, {"conf": {"required_field": "long enough text"}}],
    "example_trigger_target_dag": [{}, {"conf": {"message": "Hello World"}}],
    "asset_alias_example_alias_consumer": [{}, {"before": ["asset_alias_example_alias_producer"]}],
    "example_asset_state_store_consumer": [{}, {"before": ["example_asset_state_store_producer"]}],
}

# Ends that depend on the clock: they are recorded with the clock at each of `at`, and each holds `when` the clock says so.
# Weekdays are those of ISO 8601 (Monday is 1); hours are from, inclusive, to, exclusive; all in UTC.
MONDAY, SUNDAY, FRIDAY = "2024-01-01", "2024-01-07", "2024-01-05"
CLOCKS = {
    "example_weekday_branch_operator": [
        {"at": f"{MONDAY}T12:00:00", "when": {"weekdays": [1]}},
        {"at": f"{FRIDAY}T12:00:00", "when": {"weekdays": [2, 3, 4, 5]}},
        {"at": f"{SUNDAY}T12:00:00", "when": {"weekdays": [6, 7]}},
    ],
    "example_sensors": [
        {"at": f"{MONDAY}T12:00:00", "when": {"weekdays": [1]}},
        {"at": f"{FRIDAY}T12:00:00", "when": {"weekdays": [2, 3, 4, 5, 6, 7]}},
    ],
    "example_branch_datetime_operator_2": [
        {"at": f"{MONDAY}T16:00:00", "when": {"hours": [15, 24]}},
        {"at": f"{MONDAY}T09:00:00", "when": {"hours": [0, 15]}},
    ],
}

# Tasks that wait for very long. They are recorded with a triggerer whose clock is two hours ahead, and nobody waits for them here.
SLOW = {
    "example_sensors": {
        # A deferred TimeSensor knows no `timeout` in Airflow, whatever its name says: it succeeds after an hour.
        "timeout_after_second_date_in_the_future_async": "waits an hour",
        "print_date_in_bash": "comes after that",
    }
}

# Files for which a task waits while another makes it. `dags test` runs one task at a time, and may make it too early: so these are made
# again and again while the DAG is recorded.
FILES = {"example_sensors": "/tmp/temporary_file_for_testing"}

# Random choices. Of the alternatives of a choice, the tasks of one have succeeded, and those of all others are skipped.
CHOICES = {
    "example_branch_operator": [
        [["branch_a", "follow_a"], ["branch_b", "follow_b"], ["branch_c", "follow_c"], ["branch_d", "follow_d"]],
        [["ext_py_a"], ["ext_py_b"], ["ext_py_c"], ["ext_py_d"]],
        [["venv_a"], ["venv_b"], ["venv_c"], ["venv_d"]],
    ],
    "example_branch_python_operator_decorator": [
        [["branch_a", "follow_a"], ["branch_b", "follow_b"], ["branch_c", "follow_c"], ["branch_d", "follow_d"]],
        [["ext_py_a"], ["ext_py_b"], ["ext_py_c"], ["ext_py_d"]],
        [["venv_a"], ["venv_b"], ["venv_c"], ["venv_d"]],
    ],
}

# A random choice is recorded this many times, and every DAG that has results this often.
CHOICE_RUNS = 3
RUNS = 2

# What Airflow documents, where this release of it, or an installation with all examples at once, does something else. Either is
# admissible, or `instead` of what was recorded this one. `case` counts the cases above.
DOCUMENTED = {
    "example_task_state_store_async": [
        {
            "why": "the store of 3.3.2 has no `aget`, which the example calls",
            "state": "success",
            "tasks": {"ingest_pages": "success"},
        }
    ],
    "read_asset_event": [
        {
            "why": "its asset is inactive, since two examples give one URI two names; without the other file it ends so",
            "state": "success",
            "tasks": {"read_asset_event": "success"},
        }
    ],
    "semantics_group_mapped_branch": [
        {
            "why": "a branch in a mapped task group skips nothing in 3.3.2: what it chose is looked up as if it were not in one",
            "instead": True,
            "state": "success",
            "tasks": {"chosen.even": ["skipped", "success"], "chosen.odd": ["success", "skipped"]},
        }
    ],
}

# Tasks whose results tell of the machine.
MACHINE = {"example_bash_decorator": ["get_file_stats"]}

# Keys of XComs with which Airflow keeps books, and which are no results.
BOOKKEEPING = ("skipmixin_key", "trigger_run_id", "_link_")
