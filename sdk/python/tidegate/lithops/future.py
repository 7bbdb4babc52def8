"""Futures, under the name of Lithops."""

from tidegate.programs.futures import Future as ResponseFuture

__all__ = ["ResponseFuture"]
