"""The operators that come with Airflow."""
