"""What DAG files are written with: DAGs, groups, tasks, their edges, values between them, and schedules."""
