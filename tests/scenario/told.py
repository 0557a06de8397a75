"""What a result says, in the form in which tests look at it."""

from headend.conformance.check import Check, Outcome
from headend.scenario import ScenarioResult


def failed(result: ScenarioResult) -> list[str]:
    """Sentences of the checks that failed or broke down."""
    return [check.sentence for check in result.checks() if check.outcome in (Outcome.FAILED, Outcome.ERROR)]


def the_failure(result: ScenarioResult) -> Check:
    """The only check that failed or broke down."""
    (found,) = [check for check in result.checks() if check.outcome in (Outcome.FAILED, Outcome.ERROR)]
    return found


def outcomes(result: ScenarioResult) -> list[str]:
    """Of the steps, the look at all messages last."""
    return [step.outcome.value for step in result.steps]
