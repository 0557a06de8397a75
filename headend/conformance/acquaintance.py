"""What a head end without a control API is asked before the first case: what time it has, and which meters."""

from headend.conformance.answer import Answer
from headend.conformance.case import Case
from headend.conformance.conversation import CaseEnds, Conversation
from headend.conformance.stage import MOST_METERS, KnownMeter, Stage

_CASE = Case("acquaintance.first", "Getting acquainted", "", frozenset(), lambda _talk: None)


def get_acquainted(stage: Stage) -> None:
    """Learn the head end's time from an answer, and its meters by GetMeterConfig where none was named.

    What cannot be learned is left to the cases: those that need it are skipped, and say so.
    """
    if stage.control is not None:
        return
    talk = Conversation(_CASE, 0, stage)
    try:
        talk.read(talk.unknown_meter)
        if not stage.meters and stage.target.route("get", "MeterConfig") is not None:
            stage.meters = _meters(talk.get("MeterConfig"))
            stage.target.note(f"Nobody named meters; GetMeterConfig gave {len(stage.meters)}, which are used.")
    except CaseEnds:
        return


def _meters(answer: Answer) -> tuple[KnownMeter, ...]:
    found = []
    for meter in answer.all("Meter")[:MOST_METERS]:
        mrid, name = meter.findtext("{*}mRID"), meter.findtext("{*}Names/{*}name")
        if mrid or name:
            found.append(KnownMeter(mrid, name))
    return tuple(found)
