"""What many cases expect of an answer."""

from headend.conformance.answer import Answer
from headend.conformance.conversation import Conversation

CODES = "61968-9:2013 Annex B"


def ok(talk: Conversation, answer: Answer, what: str = "the Result is OK") -> None:
    """A whole success; what comes behind would make no sense without it."""
    talk.require(what, answer.result == "OK", expected="Result OK", seen=answer, on=answer)


def refused(
    talk: Conversation, answer: Answer, *codes: str, about: str | None = None, what: str = "it is refused"
) -> None:
    """A FAILED reply or a fault, whose Error says why. codes: those that fit; other ones are worth a warning.

    about: something that the Error should name.
    """
    talk.require(what, answer.is_refused, expected="Result FAILED, or a SOAP fault", seen=answer, on=answer)
    talk.check(
        "the refusal says why, by an Error with a code",
        bool(answer.codes) and all(answer.codes),
        expected="Reply/Error/code",
        seen=answer,
        on=answer,
        clause=CODES,
        # A fault for what could not be read at all has no operation, hence no detail.
        advice=answer.fault is not None,
    )
    if codes and answer.codes:
        talk.check(
            f"the code is {' or '.join(codes)}",
            bool(set(codes) & set(answer.codes)),
            expected=" or ".join(codes),
            seen=", ".join(answer.codes),
            on=answer,
            clause=CODES,
            advice=True,
        )
    if about is not None:
        talk.check(
            "the refusal names what it is about",
            about.casefold() in answer.told.casefold(),
            expected=f"{about} in ID, reason or details",
            seen=answer,
            on=answer,
            clause=CODES,
            advice=True,
        )


def partial(talk: Conversation, answer: Answer, *codes: str, about: str | None = None) -> None:
    """A part was done, and the Errors say which was not."""
    # Readers must accept FAILED with a payload, which the example of the transport standard shows.
    is_partial = answer.result == "PARTIAL" or (answer.result == "FAILED" and answer.payload is not None)
    talk.require(
        "the Result says that a part is missing", is_partial, expected="Result PARTIAL", seen=answer, on=answer
    )
    talk.check(
        f"an Error says what is missing, with code {' or '.join(codes)}",
        bool(set(codes) & set(answer.codes)),
        expected=" or ".join(codes),
        seen=", ".join(answer.codes) or "no Error",
        on=answer,
        clause=CODES,
        advice=bool(set(answer.codes) - {"0.1", "0.2", "0.3"}),
    )
    if about is not None:
        talk.check(
            "an Error names it",
            about.casefold() in answer.told.casefold(),
            expected=f"{about} in ID, reason or details",
            seen=answer,
            on=answer,
            clause=CODES,
            advice=True,
        )
