"""The example that calls variants: real aligners and callers, on simulated individuals whose variants are known."""

import gzip
import os
import shutil
import subprocess
import sys
from collections import Counter

import pytest

from tidegate import BINARY, PATIENCE_S, ROOT

EXAMPLE = "examples/variant-calling"
FILES = {"workflow.json": "variant_calling", "workflow.yaml": "variant-calling"}
SAMPLES = 3
CHROMOSOMES = {"chr1": 30_000, "chr2": 20_000}

# Of each task: those that run once, those of each individual, and that of each chromosome.
INSTANCES = [1] * 8 + [SAMPLES] * 5 + [len(CHROMOSOMES)]

# Real tools on all cores take longer than what other tests wait for, where others use the machine too.
PATIENCE_TIMES = 20


def ended(server, run):
    """The run at its end."""
    for _ in range(PATIENCE_TIMES):
        answer = server.request("GET", f"/v1/runs/{run}/wait", params={"timeout": f"{PATIENCE_S // 2}s"})
        if answer.status_code == 200:
            return answer.json()
    raise AssertionError(f"it does not end: {answer.text}")


def call(server, file, **settings):
    """The run of the workflow in `file` of the example."""
    server.apply(f"{EXAMPLE}/{file}")
    given = {"samples": SAMPLES, "chromosomes": CHROMOSOMES, **settings}
    answer = server.request("POST", f"/v1/workflows/{FILES[file]}/runs", json=given)
    assert answer.status_code == 201, answer.text
    return ended(server, answer.json()["id"])


def instances(server, run):
    """How often each function was run to a good end."""
    scheduled, good = {}, set()
    for step in server.get(f"/v1/runs/{run}/history", params={"limit": 1000})["items"]:
        for fact in step["facts"]:
            if fact["fact"] == "task_scheduled":
                scheduled[fact["task"]] = fact["function"]
            elif fact["fact"] == "task_ended" and fact["error"] is None:
                good.add(fact["task"])
    assert good == scheduled.keys()
    return Counter(scheduled.values())


def records(path):
    """The calls of a compressed VCF file, without what its header tells of who made it."""
    with gzip.open(path, "rt") as lines:
        return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("file", FILES)
def test_variants_that_were_planted_are_called(server, tmp_path, file):
    run = call(server, file, work=str(tmp_path))
    assert run["status"] == "succeeded", run
    result = run["output"]["end"]
    assert result["samples"] == SAMPLES
    assert result["planted"] > 100
    assert result["recall"] >= 0.95
    assert result["precision"] >= 0.98
    assert result["genotype_concordance"] >= 0.98
    assert result["indels"]["found"] > 10
    assert len(records(result["vcf"])) == result["called"]
    assert not (tmp_path / "S01").exists(), "what is not part of the result is removed"
    counted = instances(server, run["id"])
    assert counted.total() == 5 * SAMPLES + len(CHROMOSOMES) + 8
    assert sorted(counted.values()) == sorted(INSTANCES)


@pytest.mark.parametrize("file", FILES)
def test_a_run_that_finds_too_little_fails(server, tmp_path, file):
    run = call(server, file, work=str(tmp_path), samples=1, coverage=2)
    assert run["status"] == "failed"
    assert run["error"] == "VariantCalling.BelowFloor"
    assert "recall is 0." in run["failure"]["message"]


@pytest.mark.parametrize("file", FILES)
def test_tools_that_are_missing_are_told_with_their_packages(tmp_path, file):
    for tool in ["sh", "env"]:
        (tmp_path / tool).symlink_to(shutil.which(tool))
    (tmp_path / "python3").symlink_to(os.path.realpath(sys.executable))
    done = subprocess.run(
        [BINARY, "run", "--data", str(tmp_path / "data"), f"{EXAMPLE}/{file}"],
        cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, timeout=PATIENCE_S,
    )
    assert done.returncode != 0
    assert "not found: bwa, samtools" in done.stderr
    assert "apt-get install bwa samtools bcftools tabix jq" in done.stderr
