"""Waiting, under the names of Lithops."""

from tidegate.programs.waiting import ALL_COMPLETED, ALWAYS, ANY_COMPLETED, get_result, wait

__all__ = ["ALL_COMPLETED", "ALWAYS", "ANY_COMPLETED", "get_result", "wait"]
