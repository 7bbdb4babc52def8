"""Cases that come with a mock configuration, each of its own: one configuration for all, and the cases that use it.

A mocked response is the result of its state as it stands. The configurations of the cases leave out members that AWS's
answers always have, so those are added before they are used.
"""

ALWAYS = {
    "arn:aws:states:::lambda:invoke": {"ExecutedVersion": "$LATEST"},
    "arn:aws:states:::states:startExecution.sync": {
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    },
}


def mocked(cases):
    """The cases that come with mocks, made to run with those."""
    return [
        case
        | {
            "definition": case["mock"]["definition"],
            "definition_text": None,
            "machine_name": case["mock"]["state_machine_name"],
            "test_case": case["mock"]["test_case"],
            "lambdas": [],
        }
        for case in cases
        if case.get("mock")
    ]


def config(cases):
    """One configuration of the mocks of all `cases`; responses are named after case and state, as many share a name."""
    machines, responses = {}, {}
    for number, case in enumerate(cases):
        own = case["mock"]["config"]
        resources = {name: state.get("Resource", "") for name, state in case["definition"]["States"].items()}
        for machine, stated in own["StateMachines"].items():
            test_cases = {}
            for name, states in stated["TestCases"].items():
                test_cases[name] = {state: f"{number}-{state}" for state in states}
                for state, response in states.items():
                    resource = resources.get(state, "").removesuffix(":2")
                    responses[f"{number}-{state}"] = complete(
                        own["MockedResponses"][response], ALWAYS.get(resource, {})
                    )
            machines[machine] = {"TestCases": test_cases}
    return {"StateMachines": machines, "MockedResponses": responses}


def complete(response, always):
    """The response with `always` in all that it returns."""
    return {
        numbers: {"Return": always | answer["Return"]} if always and "Return" in answer else answer
        for numbers, answer in response.items()
    }
