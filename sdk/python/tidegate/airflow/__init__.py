"""Airflow DAG files on Tidegate: read as they are, with Airflow installed or not.

`authoring`, `operators` and `sensors` are what a DAG file sees in place of Airflow's packages (`modules` says under which
names, `imports` puts them there); `dagfile` reads a file; `compiling` makes native DAG files of its DAGs; `worker` executes
one task of a run, with what `running` knows.
"""
