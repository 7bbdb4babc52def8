"""Python side of Tidegate, an engine for serverless workflows."""

__version__ = "0.1.0"
