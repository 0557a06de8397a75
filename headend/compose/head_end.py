"""A head end: what it consists of, and how it is built from its settings."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from headend.compose.fleet_clock import fleet_clock
from headend.compose.request_handlers import Publications, Sources, request_handlers
from headend.compose.served_contract import served_services
from headend.compose.session_head_ends import open_sessions
from headend.compose.shared_parts import SharedParts, driving
from headend.config import Settings
from headend.contract import Contract
from headend.contract_names import ContractNames
from headend.control.driven_head_end import DrivenHeadEnd
from headend.coverage import offered_by_contract
from headend.delivery import (
    AllNews,
    ComposeMessage,
    Dispatcher,
    DispatcherThreads,
    FieldNews,
    Housekeeping,
    HttpSender,
    News,
    ScheduleNews,
    Sender,
    SoapRequest,
    retry_delays,
)
from headend.delivery.dispatch_on_demand import DispatchOnDemand
from headend.delivery.dispatch_turn import dispatch_turn
from headend.delivery.named_receivers import NamedReceivers
from headend.delivery.settling import wait_until_settled
from headend.handlers.broken_messages import BrokenMessages
from headend.handlers.compression import Compression, When
from headend.handlers.end_device_controls import (
    late_control_answer,
)
from headend.handlers.get_meter_readings import late_readings_answer
from headend.handlers.late_messages import LateMessages
from headend.handlers.late_replies import LateReplies, LateShape, is_late_reply
from headend.handlers.master_data import REQUESTED_NOUNS
from headend.handlers.meter_service_requests import (
    WorkTelling,
    published_service_requests,
)
from headend.handlers.mischief_choice import MischiefChoice
from headend.handlers.ordered_answers import OrderedAnswers
from headend.handlers.ordered_messages import OrderedMessages
from headend.handlers.pipeline import Pipeline
from headend.handlers.published_controls import published_controls
from headend.handlers.published_events import PublishedEvents
from headend.handlers.published_master_data import published_master_data
from headend.handlers.published_messages import PublishedMessages, PublishedPayload
from headend.handlers.published_readings import published_readings
from headend.handlers.signature import Signature
from headend.journal.examiner import Examiner
from headend.journal.fleet_time import FleetTime
from headend.journal.journal import Journal, Kept
from headend.journal.recorded_site import RecordedSite
from headend.journal.recording_sender import RecordingSender
from headend.operations.clock_control import ClockControl
from headend.operations.events.publish_field_events import FieldPublication
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.fleet.meter_state import find_meter
from headend.operations.header import HeaderPolicy
from headend.operations.magic_names import MagicMeters
from headend.operations.mischief import MischiefList, configured_mischief
from headend.operations.publication import Publication
from headend.operations.retention import Retention
from headend.operations.subscriptions import (
    Subscription,
    SubscriptionList,
    configured_subscription,
    unknown_meters,
)
from headend.sessions.front import SessionFront
from headend.sessions.sessions import Sessions
from headend.soap.application import WsgiApp, with_pipeline
from headend.soap.broken_answers import BrokenAnswers
from headend.soap.site import CONTROL_PATH, Site
from headend.store import ExchangeStore, OutboxMessage, Store, StoredMischief, StoreError
from headend.version import installed_version
from simulator.clock import Clock, ClockSpec, RealClock, Sleep, Waiting, machine_sleep
from simulator.fleet import Fleet

log = logging.getLogger(__name__)

_LEASE_TIMEOUTS = 4
"""An exchange ends within two timeouts of the receiver (HttpSender); a message that has not come back after twice that
lost its process."""


@dataclass(frozen=True, slots=True)
class HeadEnd:
    """A head end, ready to be called."""

    wsgi: WsgiApp
    store: Store
    journal: Journal
    """Every exchange, in and out."""
    examiner: Examiner
    """Says of an entry of the journal what is wrong with it, and what belongs to it."""
    clock: Clock
    fleet: Fleet
    contract: Contract
    dispatcher: DispatcherThreads | DispatchOnDemand
    housekeeping: Housekeeping
    news: News
    carried_out: frozenset[str]
    """Names of the operations that are not refused for want of a handler."""
    services: frozenset[str]
    """Names of the services that are served."""
    published_nouns: frozenset[str]
    """The nouns that messages to subscribers are made of."""
    driven: DrivenHeadEnd
    """What drives it without its control API."""
    sessions: Sessions | None = None
    """Its isolated sessions; None in one of these."""

    def start(self) -> None:
        """Begin to send what is queued, first of all what an earlier process left behind. Raises StoreError."""
        self.journal.open()
        self.news.begin()
        self.dispatcher.start()
        self.housekeeping.start()
        if self.sessions is not None:
            self.sessions.start()

    def close(self) -> None:
        """Stop sending and tidying up, then give the database back."""
        if self.sessions is not None:
            self.sessions.close()
        self.dispatcher.stop()
        self.housekeeping.stop()
        self.journal.close()
        self.store.close()


def open_head_end(
    settings: Settings,
    machine: Clock | None = None,
    sleep: Sleep | None = None,
    on_control_made: Callable[[], None] = lambda: None,
    addresses: Mapping[str, str] | None = None,
) -> HeadEnd:
    """Build a head end; nothing runs in the background until `start`.

    machine: the machine's clock, for tests; sleep: lets its seconds pass, with a clock of a test's own not at all
    unless it says how. on_control_made: called when the first call of the control API has loaded it. addresses:
    base URLs of receivers that no network knows, and those that they stand for. Raises
    StoreError if the database cannot be used, ContractError for unusable contract files.
    """
    if sleep is None:
        sleep = machine_sleep if machine is None else lambda _seconds: None
    shared = SharedParts.of(settings, machine or RealClock(), sleep, on_control_made, addresses or {})
    store = Store.open(settings.database)
    sessions = open_sessions(settings, shared, store, partial(_session_head_end, shared))
    own = _built(settings, shared, store, partial(ExchangeStore.open, settings.database), sessions)
    return replace(own, wsgi=SessionFront(own.wsgi, sessions))


def _session_head_end(
    shared: SharedParts, settings: Settings, fleet: Fleet, store: Store, open_exchanges: Callable[[], ExchangeStore]
) -> HeadEnd:
    return _built(settings, replace(shared, fleet=fleet), store, open_exchanges, None)


def _built(
    settings: Settings,
    shared: SharedParts,
    store: Store,
    open_exchanges: Callable[[], ExchangeStore],
    sessions: Sessions | None,
) -> HeadEnd:
    """One head end on its database. sessions: None where it is itself one of them, of which a process has many."""
    machine, contract, fleet = shared.machine, shared.contract, shared.fleet
    clock = fleet_clock(settings.clock, store, machine)
    time = FleetTime(clock)
    signature = Signature(settings.source, fleet.calendar.zone, fleet.spec.seed)
    fleets = FleetInForce(fleet)
    journal = _journal(settings, machine, fleets, open_exchanges)
    subscriptions = SubscriptionList(_configured(settings, fleet), fleet.spec.seed)
    of_nouns = Publication(subscriptions, lambda: fleets.latest)
    told = Publications.through(of_nouns)
    sources = Sources.of(fleets, settings, of_nouns)
    field_publication = FieldPublication(sources.events.at, told.events)
    news = AllNews((FieldNews(store, clock, field_publication), ScheduleNews(store, clock, sources.scheduled.at)))
    work_telling = WorkTelling(
        contract.profile("MeterServiceRequests"), settings.source, timedelta(seconds=settings.sync_wait_s)
    )
    payloads: dict[str, PublishedPayload] = {
        "EndDeviceEvents": PublishedEvents(store, fleets, clock),
        "EndDeviceControls": published_controls(store, fleets, clock),
        "MeterServiceRequests": published_service_requests(work_telling, store, fleets, clock),
        "MeterReadings": published_readings(
            store, sources.scheduled.at, sources.reads_on_request.at, clock, settings.source
        ),
        **{noun: published_master_data(contract.profile(noun)) for noun in REQUESTED_NOUNS},
    }
    published = PublishedMessages(contract, signature, payloads, store, subscriptions)
    late_answers = {
        "GetMeterReadings": late_readings_answer(sources.readings, store, clock),
        "CreateEndDeviceControls": late_control_answer(store),
    }
    late = LateMessages(contract, signature, late_answers)
    late_replies = LateReplies(signature, LateShape(settings.late_reply))
    mischief = MischiefList(_configured_mischief(settings, fleet), fleet.spec.seed)
    choice = MischiefChoice(fleets, mischief, MagicMeters(fleet))
    ordered = OrderedMessages(
        store,
        choice,
        clock,
        machine,
        partial(_composed, published, late),
        partial(_composed_together, published, late),
        fleet.spec.seed,
    )
    broken = BrokenMessages(store, choice, clock, shared.sleep, ordered.named)
    in_background = DispatchOnDemand if sessions is None else DispatcherThreads
    dispatcher = in_background(
        Dispatcher(
            store,
            ordered.request,
            _recorded(_sender(machine, settings, shared.addresses), journal, machine, time),
            clock,
            machine,
            retry_delays_s=retry_delays(settings.first_retry_s, settings.retries),
            lease_s=_LEASE_TIMEOUTS * settings.delivery_timeout_s,
            at_once=settings.messages_at_once,
            look_for_news=news,
            successor=late_replies.next_part,
            before_sending=ordered.before_sending,
            may_act=ordered.may_act,
            compose_run=ordered.requests,
            spoil=broken.spoil,
        ),
        settings.senders,
        turn=dispatch_turn(store.file),
    )
    policy = HeaderPolicy(settings.strict, settings.context, settings.permitted_sources)
    housekeeping = Housekeeping(
        store, clock, machine, fleet.calendar, _retention(settings, policy), also=journal.forget_old
    )
    handlers = request_handlers(settings, contract, fleets, sources, told, work_telling)
    served = served_services(contract, handlers)
    pipeline = Pipeline(
        contract=contract,
        handlers=handlers,
        store=store,
        clock=clock,
        machine_clock=machine,
        signature=signature,
        policy=policy,
        compression=Compression(When(settings.compression), settings.compress_over_bytes, settings.max_inflated_bytes),
        late_replies=late_replies,
        after_commit=dispatcher.wake,
        wait=Waiting(clock, shared.sleep),
        ordered=OrderedAnswers(
            store, choice, clock, shared.sleep, fleet.spec.seed, _services_by_request(contract, served)
        ),
    )

    examiner = Examiner(journal, contract, served, pipeline.admission, shared.lint)

    services = {name: with_pipeline(shared.service(name, served), pipeline) for name in served}
    driven = DrivenHeadEnd(
        store=store,
        fleets=fleets,
        clock=clock,
        clock_control=ClockControl(ClockSpec.parse(settings.clock), machine),
        subscriptions=subscriptions,
        mischief=mischief,
        sources=sources.events.at,
        publication=told.events,
        control_publication=told.controls,
        field_publication=field_publication,
        names=ContractNames.of(contract),
        scheduled=sources.scheduled.at,
        version=installed_version(),
        journal=journal,
        examiner=examiner,
        offered=partial(offered_by_contract, contract, served),
        waits=shared.waits,
        most_waits=shared.most_waits,
        sessions=sessions,
        wake=dispatcher.wake,
        settle=lambda timeout_s: wait_until_settled(
            store,
            clock,
            machine,
            news,
            timeout_s if dispatcher.is_running else 0,
            settings.messages_at_once,
            dispatcher.wake,
        ),
    )
    site = Site(
        contract,
        services,
        installed_version(),
        settings.max_request_bytes,
        lambda: _answers(store),
        None if shared.control is None else driving(shared.control, driven),
        around=BrokenAnswers(store, choice, contract, clock, shared.sleep, signature.zone),
    )
    body_bytes = journal.kept.body_bytes
    return HeadEnd(
        RecordedSite(site, journal, machine, time, body_bytes, CONTROL_PATH) if journal.is_on else site,
        store,
        journal,
        examiner,
        clock,
        fleet,
        contract,
        dispatcher,
        housekeeping,
        news,
        carried_out=frozenset(handlers),
        services=frozenset(served),
        published_nouns=frozenset(payloads),
        driven=driven,
        sessions=sessions,
    )


def _journal(
    settings: Settings, machine: Clock, fleets: FleetInForce, open_exchanges: Callable[[], ExchangeStore]
) -> Journal:
    kept = Kept(
        settings.keep_exchanges,
        settings.keep_exchange_bytes,
        timedelta(days=settings.keep_exchanges_days),
        settings.keep_body_bytes,
    )

    def identities(text: str) -> tuple[str, ...]:
        meter = find_meter(fleets.latest, text)
        return (text,) if meter is None else (meter.name, meter.mrid)

    return Journal(open_exchanges, machine, kept, is_on=settings.journal, identities=identities)


def _sender(machine: Clock, settings: Settings, addresses: Mapping[str, str]) -> Sender:
    sender = HttpSender(machine, settings.delivery_timeout_s)
    return NamedReceivers(sender, addresses) if addresses else sender


def _recorded(sender: Sender, journal: Journal, machine: Clock, time: FleetTime) -> Sender:
    return RecordingSender(sender, journal, machine, time, journal.kept.body_bytes) if journal.is_on else sender


def _retention(settings: Settings, policy: HeaderPolicy) -> Retention:
    return Retention(
        finished_for=timedelta(days=settings.keep_messages_days),
        finished_messages=settings.keep_messages,
        events_for=timedelta(days=settings.keep_events_days),
        events=settings.keep_events,
        requests_for=policy.replay_window,
        requests=settings.keep_requests,
        controls_for=timedelta(days=settings.keep_controls_days),
        controls=settings.keep_controls,
        schedules_for=timedelta(days=settings.keep_schedules_days),
        schedules=settings.keep_schedules,
        works_for=timedelta(days=settings.keep_works_days),
        works=settings.keep_works,
        orderings=settings.keep_orderings,
    )


def _configured(settings: Settings, fleet: Fleet) -> list[Subscription]:
    """The subscriptions of the settings. Meters that are not there now may come to be: that is worth a warning."""
    found = []
    for one in settings.subscriptions:
        wanted = one.wanted()
        for sentence in unknown_meters(wanted, fleet):
            log.warning("subscription to %s: %s", one.url, sentence)
        found.append(configured_subscription(fleet.spec.seed, one.url, one.noun, wanted, one.http_headers()))
    return found


def _configured_mischief(settings: Settings, fleet: Fleet) -> list[StoredMischief]:
    wishes = [("ordering", one.wish(), number) for number, one in enumerate(settings.orderings, 1)]
    wishes += [("fault", one.wish(), number) for number, one in enumerate(settings.faults, 1)]
    for what, wish, _ in wishes:
        if wish.match.meter is not None and find_meter(fleet, wish.match.meter) is None:
            log.warning("%s %s of the settings: there is no meter %r yet", what, wish.kind, wish.match.meter)
    return [configured_mischief(fleet, what, wish, number) for what, wish, number in wishes]


def _composed(published: PublishedMessages, late: LateMessages, message: OutboxMessage) -> SoapRequest:
    return late.request(message) if is_late_reply(message) else published.request(message)


def _composed_together(
    published: PublishedMessages, late: LateMessages, messages: Sequence[OutboxMessage]
) -> ComposeMessage:
    compose = published.requests([one for one in messages if not is_late_reply(one)])
    return lambda message: late.request(message) if is_late_reply(message) else compose(message)


def _services_by_request(contract: Contract, served: Iterable[str]) -> dict[str, str]:
    """The services that are served, by the body elements that they take."""
    return {operation.input: name for name in served for operation in contract.services[name].operations}


def _answers(store: Store) -> bool:
    try:
        with store.reading() as work:
            work.clock_anchor.get()
    except StoreError:
        return False
    return True
