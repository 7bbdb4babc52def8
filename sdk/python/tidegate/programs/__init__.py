"""Programs that call functions elsewhere and wait for their results, with the API of PyWren and Lithops.

In reading order: `executor` is what a program writes with (`making` makes one), `futures` and `waiting` what it gets; `replay` compares what a
program asks for with its history and knows neither network nor clock; `program` joins the two; `native` runs a program
beside the engine, `external` one turn of a program that is a function itself; `worker` is the process in which functions run,
and `calls` what it does with a call. How things travel: `parcels`, `values`, `sources`. The server: `http`, `server`.
"""
