"""The sensors that come with Airflow."""
