"""Steps of a Durable Task orchestration: against a server, and against the SDK's own back end in memory, in turn.

    python durable_task.py 127.0.0.1:4001         needs durabletask; a `tidegate dev` speaks there

What the back end in memory takes is the SDK's own part of a step.
"""

import logging
import os
import statistics
import sys
import time

from durabletask import client, worker
from durabletask.testing import create_test_backend

STEPS = 80
ROUNDS = 5
IN_MEMORY_PORT = 50999


def noop(_, value):
    return value


def chain(ctx, steps):
    for _ in range(steps):
        yield ctx.call_activity(noop, input=1)


def measure(name, address):
    """Prints milliseconds for a step, as the median and the least of several chains."""
    with worker.TaskHubGrpcWorker(host_address=address) as working:
        working.add_orchestrator(chain)
        working.add_activity(noop)
        working.start()
        hub = client.TaskHubGrpcClient(host_address=address)
        times = []
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            ended = hub.wait_for_orchestration_completion(hub.schedule_new_orchestration(chain, input=STEPS), timeout=300)
            assert ended.runtime_status == client.OrchestrationStatus.COMPLETED, ended
            times.append((time.perf_counter() - began) / STEPS * 1000)
    times = times[1:]
    print(f"{name:12} {statistics.median(times):6.2f} ms a step, least {min(times):.2f}", flush=True)


def main():
    logging.disable(logging.CRITICAL)
    for _ in range(2):
        measure("tidegate", sys.argv[1])
        backend = create_test_backend(port=IN_MEMORY_PORT)
        measure("in memory", f"localhost:{IN_MEMORY_PORT}")
        backend.stop(0)
    # The back end's threads would keep the process.
    os._exit(0)


main()
