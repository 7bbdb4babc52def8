"""The states of a run against those that are recorded: what is not as it should be, in words."""


def differences(outcome, choices, state, tasks):
    """What about `state` and the states of `tasks` is not as `outcome` and `choices` say.

    A mapped task has a list of states, one for each instance; where the instances cannot be told apart, as many of each state
    is all that is asked.
    """
    wrong = []
    if state != outcome["state"]:
        wrong.append(f"run: {state}, not {outcome['state']}")
    for task, expected in outcome["tasks"].items():
        found = tasks.get(task)
        if same(expected, found):
            continue
        wrong.append(f"{task}: {words(found)}, not {words(expected)}")
    for choice in choices:
        wrong += choice_broken(tasks, choice)
    known = set(outcome["tasks"]) | {task for choice in choices for alternative in choice for task in alternative}
    wrong += [f"{task}: {words(tasks[task])}, though there is no such task" for task in sorted(set(tasks) - known)]
    return wrong


def same(expected, found):
    if isinstance(expected, list) and isinstance(found, dict):
        counts = {state: expected.count(state) for state in set(expected)}
        return counts == found
    return expected == found


def choice_broken(tasks, choice):
    """Exactly one alternative has succeeded and all others are skipped, or this says what is the case."""
    taken = [alternative for alternative in choice if all(tasks.get(task) == "success" for task in alternative)]
    left = [alternative for alternative in choice if all(tasks.get(task) == "skipped" for task in alternative)]
    if len(taken) == 1 and len(left) == len(choice) - 1:
        return []
    found = ", ".join(f"{task} {words(tasks.get(task))}" for alternative in choice for task in alternative)
    return [f"one of {len(choice)} branches is to succeed, and the others are skipped: {found}"]


def applies(outcome, moments):
    """Whether the clock at one of `moments` (in UTC) makes this outcome an admissible one."""
    when = outcome.get("when")
    if not when:
        return True
    return any(
        (moment.isoweekday() in when["weekdays"]) if "weekdays" in when else (when["hours"][0] <= moment.hour < when["hours"][1])
        for moment in moments
    )


def words(states):
    if states is None:
        return "no state"
    if isinstance(states, dict):
        return ", ".join(f"{count}× {state}" for state, count in sorted(states.items()))
    return " ".join(map(str, states)) if isinstance(states, list) else str(states)
