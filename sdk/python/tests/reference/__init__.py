"""A small executor of native DAG files as the compiler writes them, for tests: Airflow's rules, and warm worker processes."""
