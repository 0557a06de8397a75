"""What a head end without a control API is asked before the first case: what time it has, and which meters."""

from headend.conformance.answer import Answer
from headend.conformance.case import Case
from headend.conformance.conversation import CaseEnds, Conversation
from headend.conformance.stage import MOST_METERS, KnownMeter, Stage

_CASE = Case("acquaintance.first", "Getting acquainted", "", frozenset(), lambda _talk: None)


def get_acquainted(stage: Stage) -> None:
    """Learn the head end's time from an answer, and its meters by GetMeterConfig where none was named.

    A registry also holds meters that are in a warehouse, or long gone; those that answer a read are preferred. What
    cannot be learned is left to the cases: those that need it are skipped, and say so.
    """
    if stage.control is not None:
        return
    talk = Conversation(_CASE, 0, stage)
    try:
        talk.read(talk.unknown_meter)
        if not stage.meters and stage.target.route("get", "MeterConfig") is not None:
            known = _meters(talk.get("MeterConfig"))
            stage.meters = _that_answer(talk, known) or known
            stage.target.note(
                f"Nobody named meters; GetMeterConfig gave {len(known)}, of which {len(stage.meters)} are used."
            )
    except CaseEnds:
        return


def _meters(answer: Answer) -> tuple[KnownMeter, ...]:
    found = []
    for meter in answer.all("Meter")[:MOST_METERS]:
        mrid, name = meter.findtext("{*}mRID"), meter.findtext("{*}Names/{*}name")
        if mrid or name:
            found.append(KnownMeter(mrid, name))
    return tuple(found)


def _that_answer(talk: Conversation, meters: tuple[KnownMeter, ...]) -> tuple[KnownMeter, ...]:
    if not meters:
        return ()
    answered = [one for one in talk.read(*meters).readings if one.readings]
    return tuple(meter for meter in meters if any(meter.is_named(one.mrid, one.name) for one in answered))
