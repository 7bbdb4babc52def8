"""What a task sees while it runs: its context, templates, results of others, and what outlives a call."""
