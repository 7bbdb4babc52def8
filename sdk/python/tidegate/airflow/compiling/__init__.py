"""Airflow DAGs as native DAG files."""
