"""Maps that try again."""

from __future__ import annotations


class RetryingFunctionExecutor:
    """An executor whose maps try again: `retries` of a map, or those of the configuration."""

    def __init__(self, executor):
        self.executor = executor

    def map(self, map_function, map_iterdata, retries=None, **options):
        return self.executor.map(map_function, map_iterdata, retries=retries or 0, **options)

    def __getattr__(self, name):
        return getattr(self.executor, name)

    def __enter__(self):
        return self

    def __exit__(self, *ended):
        return self.executor.__exit__(*ended)
