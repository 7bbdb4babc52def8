"""Parts of programs by themselves: digests, modules of the user, pictures."""

import subprocess
import sys
import textwrap

import pytest

from conftest import PACKAGE
from tidegate.programs import digests, pictures, sources, waiting

VALUES = "[{'a', 'b', 'c'}, (1, [2.5, {'k': frozenset('xyz')}]), b'x', print, dict, range(3), Exception('e', {'s', 't'})]"


def test_a_digest_is_the_same_in_every_process():
    program = f"from tidegate.programs.digests import digest; print(digest({VALUES}))"
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": PACKAGE, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert found == {digests.digest(eval(VALUES)) + "\n"}


@pytest.mark.parametrize("one, other", [(1, 2), ([1], [1, 1]), ({1}, {2}), ({"a": {1}}, {"b": {1}}), (b"a", b"b"), (object, dict)])
def test_different_values_have_different_digests(one, other):
    assert digests.digest(one) != digests.digest(other)


def test_a_value_that_contains_itself_has_a_digest():
    value = [{1}]
    value.append(value)
    assert digests.digest(value) == digests.digest(value)


def test_modules_of_the_user_travel_with_what_they_import(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/prices.py").write_text("from . import taxes\nimport json\n")
    (tmp_path / "shop/taxes.py").write_text("import apples_and_pears\n")
    (tmp_path / "apples_and_pears.py").write_text("COUNT = 3\n")
    (tmp_path / "apart.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    import apart  # noqa: F401
    import shop.prices

    assert list(sources.needed_by({"shop.prices", "json", "__main__"})) == ["apples_and_pears", "shop", "shop.prices", "shop.taxes"]
    assert list(sources.needed_by({"shop"}, also=["apart"])) == ["apart", "shop"]
    for name in ("shop.prices", "shop.taxes", "shop", "apples_and_pears", "apart"):
        sys.modules.pop(name, None)


def test_modules_that_came_with_a_call_are_imported_and_replaced():
    def texts(value):
        return {
            "came_along": {"source": f"VALUE = {value}\n", "file": "came_along.py"},
            "uses_it": {"source": "import came_along\nVALUE = came_along.VALUE\n", "file": "uses_it.py"},
        }

    found = []
    for value in (1, 2):
        sources.install(texts(value))
        import uses_it

        found.append(uses_it.VALUE)
    assert found == [1, 2]
    assert sources.source_of("uses_it").startswith("import came_along")


@pytest.mark.parametrize(
    "return_when, count, expected",
    [(waiting.ALL_COMPLETED, 7, 7), (waiting.ANY_COMPLETED, 7, 1), (waiting.ANY_COMPLETED, 0, 0), (waiting.ALWAYS, 7, 0), (20, 7, 2)],
)
def test_how_many_have_to_end(return_when, count, expected):
    assert waiting.enough(return_when, count) == expected


def test_pictures_are_written_as_svg(tmp_path):
    stats = [
        {
            "host_job_create_tstamp": 100.0,
            "host_submit_tstamp": 100.0,
            "worker_start_tstamp": 100.1 + index,
            "worker_func_start_tstamp": 100.1 + index,
            "worker_func_end_tstamp": 101.5 + index,
            "worker_end_tstamp": 101.5 + index,
            "host_result_done_tstamp": 101.6 + index,
        }
        for index in range(3)
    ]
    paths = pictures.draw(stats, tmp_path / "run")
    assert [path.rpartition("/")[2] for path in paths] == ["run_timeline.svg", "run_histogram.svg"]
    assert all(open(path).read().startswith("<svg ") for path in paths)
    assert pictures.active([(0.1, 1.5), (1.1, 2.5)]) == [(0.0, 0), (0.1, 1), (1.1, 2), (1.5, 1), (2.5, 0)]


def test_the_package_is_loaded_without_what_programs_need():
    program = textwrap.dedent(
        """
        import sys, tidegate
        assert not [name for name in sys.modules if name.startswith("tidegate.programs")], sorted(sys.modules)
        tidegate.executor
        assert "cloudpickle" not in sys.modules
        """
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": PACKAGE}, check=True)
