"""Messages about master data: one machine for every noun and verb (61968-9:2013, clauses 5.8 and 5.10)."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

from headend.contract import Contract
from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.get_master_data import read_master_query
from headend.messages.master_data import master_payload, read_master_payload
from headend.operations.master_data.fleet_objects import FleetObjects
from headend.operations.master_data.selection import select_master_data
from headend.operations.master_data.verbs import EVENT_VERBS, MasterDataVerbs
from headend.operations.master_data.working_set import WorkingSet
from headend.operations.options import read_options
from headend.operations.reply import Reply
from headend.published_nouns import PUBLISHED_NOUNS
from headend.store import UnitOfWork

REQUESTED_NOUNS: Final = tuple(noun for noun in PUBLISHED_NOUNS if noun.endswith("Config"))
"""Master data that other systems ask the head end to change, or tell it that they changed."""

TOLD_NOUNS = ("ReceiptRecord", "TransactionRecord")
"""What other systems only tell of: they record what happened."""

ASKED_NOUNS = (*REQUESTED_NOUNS, *TOLD_NOUNS, "CustomerMeterDataSet")
"""What can be asked for."""


def master_data_handlers(
    contract: Contract, verbs: MasterDataVerbs, fleet: FleetObjects, *, strict: bool = False
) -> Mapping[str, Handler]:
    """The handlers of all operations on master data, by operation.

    strict: a request with an option that has no effect is refused.
    """
    zone = fleet.fleet.calendar.zone
    handlers: dict[str, Handler] = {}
    for noun in REQUESTED_NOUNS:
        for verb in EVENT_VERBS:
            handlers[f"{verb.capitalize()}{noun}"] = _acting(verb, noun, verbs, zone)
    for noun in (*REQUESTED_NOUNS, *TOLD_NOUNS):
        for verb, event_verb in EVENT_VERBS.items():
            handlers[f"{event_verb.capitalize()}{noun}"] = _taking_in(verb, noun, verbs, zone)
    for noun in ASKED_NOUNS:
        handlers[f"Get{noun}"] = _asking(noun, contract, fleet, strict)
    return handlers


def _acting(verb: str, noun: str, verbs: MasterDataVerbs, zone: tzinfo) -> Handler:
    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        payload = read_master_payload(request.body, noun, zone)
        return Answer(verbs.carry_out(verb, payload, request.header.answer_correlation_id, now, work))

    return handle


def _taking_in(verb: str, noun: str, verbs: MasterDataVerbs, zone: tzinfo) -> Handler:
    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        payload = read_master_payload(request.body, noun, zone)
        return Answer(verbs.take_in(verb, payload, request.header.answer_correlation_id, now, work))

    return handle


def _asking(noun: str, contract: Contract, fleet: FleetObjects, strict: bool) -> Handler:
    profile, request_profile = contract.profile(noun), contract.profile(noun, get=True)
    zone = fleet.fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query, options = read_master_query(request.body, noun, request_profile, zone)
        remarks = read_options(options, noun, strict=strict).remarks
        answer = select_master_data(query, WorkingSet(fleet, work, now))
        reply = Reply.of_parts(True, answer.errors, remarks=remarks)
        return Answer(reply, master_payload(profile, answer.objects))

    return handle
