"""How a message is turned down: FAILED, or acknowledged with warnings where it only tells of something."""

from headend.operations.header import EVENT_VERBS
from tests.support.reply import Reply


def turned_down(reply: Reply, verb: str) -> set[str]:
    """The codes with which a message of this verb is refused; fails a test in which it is not.

    A message of the past tense that keeps the contract is acknowledged, whatever can be done with it (61968-100: the
    event pattern): there the warnings count.
    """
    if reply.result == "OK" and verb in EVENT_VERBS:
        assert reply.codes[:1] == ["0.3"], reply.said
        assert {error.level for error in reply.errors[1:]} == {"WARNING"}, reply.said
        return set(reply.codes[1:])
    assert reply.result == "FAILED", f"{reply.result} {reply.codes} {reply.said}"
    return set(reply.codes)
