"""Airflow's trigger rules: what becomes of a task, given the states of those that it comes after."""

ENDED = ("success", "failed", "skipped", "upstream_failed")


def decide(rule, states, setups=()):
    """`run`, `skipped`, `upstream_failed`, or `None` where it has to wait. `setups` are the states of a teardown's setups."""
    count = {state: sum(1 for each in states if each == state) for state in ENDED}
    success, skipped = count["success"], count["skipped"]
    failed, upstream_failed = count["failed"], count["upstream_failed"]
    total, done = len(states), sum(count.values())
    is_done = done == total
    bad = failed + upstream_failed
    if rule == "always" or total == 0:
        return "run"
    early = {
        "all_success": "upstream_failed" if bad else "skipped" if skipped else None,
        "all_failed": "skipped" if success or skipped else None,
        "one_success": ("skipped" if skipped == total else "upstream_failed") if is_done and not success else None,
        "one_failed": "skipped" if is_done and not bad else None,
        "one_done": "skipped" if is_done and not (failed or success) else None,
        "none_failed": "upstream_failed" if bad else None,
        "none_failed_min_one_success": "upstream_failed" if bad else "skipped" if skipped == total else None,
        "none_skipped": "skipped" if skipped else None,
        "all_skipped": "skipped" if success or bad else None,
        "all_done_min_one_success": "skipped" if skipped else "upstream_failed" if is_done and not success else None,
        "all_done_setup_success": _of_setups(list(setups)) if is_done else None,
        "all_done": None,
    }[rule]
    if early:
        return early
    runs = {
        "one_success": success > 0,
        "one_failed": bad > 0,
        "one_done": success + failed > 0,
    }
    return "run" if runs.get(rule, is_done) else None


def _of_setups(setups):
    if not setups or "success" in setups:
        return None
    return "skipped" if all(state == "skipped" for state in setups) else "upstream_failed"
