"""The one place that builds concrete things and wires them together. Everything else takes what it needs.

With `simulator.clock` the only module that asks the machine for the time.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from importlib.metadata import version

from headend.config import Settings
from headend.contract import Contract, OperationDescription
from headend.control.driven_head_end import DrivenHeadEnd
from headend.delivery import (
    AllNews,
    Dispatcher,
    DispatcherThreads,
    FieldNews,
    Housekeeping,
    HttpSender,
    News,
    ScheduleNews,
    SoapRequest,
    retry_delays,
)
from headend.delivery.settling import wait_until_settled
from headend.handlers.compression import Compression, When
from headend.handlers.create_meter_readings import create_meter_readings
from headend.handlers.end_device_controls import (
    create_end_device_controls,
    kept_end_device_controls,
    late_control_answer,
)
from headend.handlers.exchange import Handler
from headend.handlers.fleet_bound import FleetBound, bound_to, fleet_bound
from headend.handlers.get_end_device_controls import get_end_device_controls
from headend.handlers.get_end_device_events import get_end_device_events
from headend.handlers.get_meter_read_schedule import get_meter_read_schedule
from headend.handlers.get_meter_readings import GetMeterReadings, late_readings_answer
from headend.handlers.late_messages import LateMessages
from headend.handlers.late_replies import LateReplies, LateShape, is_late_reply
from headend.handlers.master_data import REQUESTED_NOUNS, master_data_handlers
from headend.handlers.meter_read_schedules import meter_read_schedule_handlers
from headend.handlers.meter_service_requests import (
    SERVICE_VERBS,
    WorkTelling,
    get_meter_service_requests,
    published_service_requests,
    service_request_handler,
)
from headend.handlers.operation_sets import operation_set_handlers
from headend.handlers.ordered_answers import OrderedAnswers
from headend.handlers.ordered_messages import OrderedMessages
from headend.handlers.ordering_choice import OrderingChoice
from headend.handlers.pipeline import Pipeline
from headend.handlers.published_controls import published_controls
from headend.handlers.published_events import published_events
from headend.handlers.published_master_data import published_master_data
from headend.handlers.published_messages import PublishedMessages
from headend.handlers.published_readings import published_readings
from headend.handlers.receive_end_device_events import receive_end_device_events
from headend.handlers.signature import Signature
from headend.lazy_application import LazyApplication
from headend.operations.cancel_controls import CancelControls
from headend.operations.change_controls import ChangeControls
from headend.operations.clock_control import ClockControl
from headend.operations.coincident_readings import ReadCoincidences
from headend.operations.control_devices import ControlDevices
from headend.operations.device_stories import DeviceStories
from headend.operations.field_events import FieldEventSource
from headend.operations.fleet_in_force import FleetInForce
from headend.operations.header import HeaderPolicy
from headend.operations.magic_names import MagicMeters
from headend.operations.master_data.fleet_effects import FleetEffects
from headend.operations.master_data.fleet_objects import FleetObjects
from headend.operations.master_data.linkages import MasterLinkages
from headend.operations.master_data.objects import MasterObjects
from headend.operations.master_data.operation_sets import OperationSets
from headend.operations.master_data.verbs import MasterDataVerbs
from headend.operations.meter_readings_query import ReadingLimits
from headend.operations.orderings import REPLY
from headend.operations.publication import Publication
from headend.operations.publish_controls import ControlPublication
from headend.operations.publish_events import EventPublication
from headend.operations.publish_field_events import FieldPublication
from headend.operations.publish_scheduled_readings import scheduled_publication
from headend.operations.read_meters import ReadMeters
from headend.operations.read_on_request import ReadOnRequest
from headend.operations.receive_events import RECEIVED_VERBS, ReceiveEvents
from headend.operations.retention import Retention
from headend.operations.retire_controls import RetireControls
from headend.operations.schedule_reads import ScheduleReads
from headend.operations.service_requests.jobs import Jobs
from headend.operations.service_requests.publication import ServiceWorkPublication
from headend.operations.service_requests.verbs import ServiceRequests
from headend.operations.subscriptions import (
    Subscription,
    SubscriptionList,
    configured_subscription,
    unknown_meters,
)
from headend.soap.application import WsgiApp, soap_application
from headend.soap.protocol import ErrorStyle
from headend.soap.site import Site
from headend.store import OutboxMessage, Store, StoreError
from simulator.clock import AnchoredClock, Clock, ClockAnchor, ClockSpec, RealClock, Sleep, Waiting, machine_sleep
from simulator.fleet import Fleet

log = logging.getLogger(__name__)

_LEASE_TIMEOUTS = 4
"""An exchange ends within two timeouts of the receiver (HttpSender); a message that has not come back after twice that
lost its process."""

SERVED_PATTERNS = ("Get", "Execute", "Request", "Receive")
"""What a head end serves of the contract, as far as it carries an operation out; other services are its partners'."""


@dataclass(frozen=True, slots=True)
class HeadEnd:
    """A head end, ready to be called."""

    wsgi: WsgiApp
    store: Store
    clock: Clock
    fleet: Fleet
    contract: Contract
    dispatcher: DispatcherThreads
    housekeeping: Housekeeping
    news: News
    carried_out: frozenset[str]
    """Names of the operations that are not refused for want of a handler."""
    services: frozenset[str]
    """Names of the services that are served."""
    published_nouns: frozenset[str]
    """The nouns that messages to subscribers are made of."""

    def start(self) -> None:
        """Begin to send what is queued, first of all what an earlier process left behind. Raises StoreError."""
        self.news.begin()
        self.dispatcher.start()
        self.housekeeping.start()

    def close(self) -> None:
        """Stop sending and tidying up, then give the database back."""
        self.dispatcher.stop()
        self.housekeeping.stop()
        self.store.close()


def open_head_end(
    settings: Settings,
    machine: Clock | None = None,
    sleep: Sleep | None = None,
    on_control_made: Callable[[], None] = lambda: None,
) -> HeadEnd:
    """Build a head end; nothing runs in the background until `start`.

    machine: the machine's clock, for tests; sleep: lets its seconds pass, with a clock of a test's own not at all
    unless it says how. on_control_made: called when the first call of the control API has loaded it. Raises
    StoreError if the database cannot be used, ContractError for unusable contract files.
    """
    if sleep is None:
        sleep = machine_sleep if machine is None else lambda _seconds: None
    machine = machine or RealClock()
    contract = served_contract()
    fleet = Fleet(settings.fleet_spec)
    store = Store.open(settings.database)
    clock = fleet_clock(settings.clock, store, machine)
    signature = Signature(settings.source, fleet.calendar.zone, fleet.spec.seed)
    fleets = FleetInForce(fleet)
    subscriptions = SubscriptionList(_configured(settings, fleet), fleet.spec.seed)
    of_nouns = Publication(subscriptions, lambda: fleets.latest)
    publication = EventPublication(of_nouns)
    sources = FleetBound(fleets, FieldEventSource)
    field_publication = FieldPublication(sources.at, publication)
    scheduled = FleetBound(fleets, lambda each: scheduled_publication(each, of_nouns, settings.source))
    news = AllNews((FieldNews(store, clock, field_publication), ScheduleNews(store, clock, scheduled.at)))
    reads = FleetBound(
        fleets,
        lambda each: ReadOnRequest(_reader(settings, each, settings.sync_wait_s), of_nouns, strict=settings.strict),
    )
    work_telling = WorkTelling(
        contract.profile("MeterServiceRequests"), settings.source, timedelta(seconds=settings.sync_wait_s)
    )
    payloads = {
        "EndDeviceEvents": published_events(store, fleets, clock),
        "EndDeviceControls": published_controls(store, fleets, clock),
        "MeterServiceRequests": published_service_requests(work_telling, store, fleets, clock),
        "MeterReadings": published_readings(store, scheduled.at, reads.at, clock, settings.source),
        **{noun: published_master_data(contract.profile(noun)) for noun in REQUESTED_NOUNS},
    }
    published = PublishedMessages(contract, signature, payloads, store, subscriptions)
    readings = FleetBound(fleets, partial(_meter_readings, settings))
    late_answers = {
        "GetMeterReadings": late_readings_answer(readings, store, clock),
        "CreateEndDeviceControls": late_control_answer(store),
    }
    late = LateMessages(contract, signature, late_answers)
    late_replies = LateReplies(signature, LateShape(settings.late_reply))
    choice = OrderingChoice(fleets, MagicMeters(fleet))
    ordered = OrderedMessages(store, choice, clock, machine, partial(_composed, published, late), fleet.spec.seed)
    dispatcher = DispatcherThreads(
        Dispatcher(
            store,
            ordered.request,
            HttpSender(machine, settings.delivery_timeout_s),
            clock,
            machine,
            retry_delays_s=retry_delays(settings.first_retry_s, settings.retries),
            lease_s=_LEASE_TIMEOUTS * settings.delivery_timeout_s,
            at_once=settings.messages_at_once,
            look_for_news=news,
            successor=late_replies.next_part,
            before_sending=ordered.before_sending,
        ),
        settings.senders,
    )
    policy = HeaderPolicy(settings.strict, settings.context, settings.permitted_sources)
    housekeeping = Housekeeping(store, clock, machine, _retention(settings, policy))
    work_publication = ServiceWorkPublication(of_nouns)
    control_publication = ControlPublication(of_nouns, work_publication.control_turned)
    objects = FleetObjects(fleet)
    master_data = _master_data_verbs(objects, of_nouns)
    handlers = {
        "GetMeterReadings": bound_to(readings, lambda handler: handler),
        **_handlers(settings, fleets, sources),
        **_event_handlers(fleets, publication),
        "CreateMeterReadings": bound_to(reads, create_meter_readings),
        **_control_handlers(settings, fleets, publication, control_publication),
        **meter_read_schedule_handlers(lambda now, work: ScheduleReads(scheduled.at(now, work)), fleet.calendar.zone),
        **_master_data_handlers(settings, contract, master_data, objects),
        **_service_request_handlers(
            settings, fleets, publication, control_publication, master_data, work_publication, work_telling
        ),
    }
    served = _served(contract, handlers)
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
        wait=Waiting(clock, sleep),
        ordered=OrderedAnswers(store, choice, clock, sleep, fleet.spec.seed),
    )

    def service(name: str) -> WsgiApp:
        style = ErrorStyle(settings.error_style)
        return soap_application(contract.services[name], contract, served, pipeline, style, settings.max_request_bytes)

    services = {name: LazyApplication(partial(service, name)) for name in served}
    driven = DrivenHeadEnd(
        store=store,
        fleets=fleets,
        clock=clock,
        clock_control=ClockControl(ClockSpec.parse(settings.clock), machine),
        subscriptions=subscriptions,
        sources=sources.at,
        publication=publication,
        control_publication=control_publication,
        field_publication=field_publication,
        nouns=frozenset(_of_contract(contract, lambda operation: operation.noun)),
        verbs=frozenset({*_of_contract(contract, lambda operation: operation.verb), REPLY}),
        scheduled=scheduled.at,
        version=version("headend"),
        wake=dispatcher.wake,
        settle=lambda timeout_s: wait_until_settled(
            store, clock, machine, news, timeout_s if dispatcher.is_running else 0, settings.messages_at_once
        ),
    )
    site = Site(
        contract,
        services,
        version("headend"),
        settings.max_request_bytes,
        lambda: _answers(store),
        LazyApplication(lambda: _control(driven), on_control_made) if settings.control else None,
    )
    return HeadEnd(
        site,
        store,
        clock,
        fleet,
        contract,
        dispatcher,
        housekeeping,
        news,
        carried_out=frozenset(handlers),
        services=frozenset(served),
        published_nouns=frozenset(payloads),
    )


@cache
def served_contract() -> Contract:
    """The contract, with its schemas compiled. Raises ContractError.

    Once a process, and workers are forks of the one that looked first: neither they nor a first request wait for it.
    """
    contract = Contract.load()
    contract.compile_schemas(contract.services)
    return contract


def fleet_clock(spec_text: str, store: Store, machine: Clock) -> Clock:
    """The fleet's clock. Its anchor is in the store, so that all processes share it and a restart goes on from it.

    An anchor that was laid by other words is replaced: the setting is the user's last word.
    """
    spec = ClockSpec.parse(spec_text)
    if spec == ClockSpec():
        return machine
    with store.writing() as work:
        stored = work.clock_anchor.get()
        if stored is None or stored.spec != str(spec):
            work.clock_anchor.put(str(spec), spec.anchor(machine.now()))

    def read_anchor() -> ClockAnchor:
        with store.reading() as work:
            current = work.clock_anchor.get()
        if current is None:
            raise LookupError("the clock's anchor is gone from the store")
        return current.anchor

    return AnchoredClock(read_anchor, machine)


def _retention(settings: Settings, policy: HeaderPolicy) -> Retention:
    return Retention(
        finished_for=timedelta(days=settings.keep_messages_days),
        finished_messages=settings.keep_messages,
        events_for=timedelta(days=settings.keep_events_days),
        events=settings.keep_events,
        requests_for=policy.replay_window,
        requests=settings.keep_requests,
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


def _reading_limits(settings: Settings) -> ReadingLimits:
    return ReadingLimits(settings.max_meters_per_request, settings.max_days_per_request)


def _reader(settings: Settings, fleet: Fleet, wait_s: int) -> ReadMeters:
    wait = timedelta(seconds=wait_s)
    return ReadMeters(fleet, settings.source, _reading_limits(settings), wait, strict=settings.strict)


def _composed(published: PublishedMessages, late: LateMessages, message: OutboxMessage) -> SoapRequest:
    return late.request(message) if is_late_reply(message) else published.request(message)


def _meter_readings(settings: Settings, fleet: Fleet) -> GetMeterReadings:
    limits = _reading_limits(settings)
    return GetMeterReadings(
        meters=_reader(settings, fleet, settings.sync_wait_s),
        late_meters=_reader(settings, fleet, settings.async_wait_s),
        coincidences=ReadCoincidences(FieldEventSource(fleet), settings.source, limits, strict=settings.strict),
        fleet=fleet,
        source=settings.source,
        meters_per_reply=settings.meters_per_reply,
    )


def _handlers(settings: Settings, fleets: FleetInForce, sources: FleetBound[FieldEventSource]) -> Mapping[str, Handler]:
    strict = settings.strict
    return {
        "GetEndDeviceEvents": bound_to(sources, lambda source: get_end_device_events(source, strict=strict)),
        "GetMeterReadSchedule": fleet_bound(fleets, partial(get_meter_read_schedule, strict=strict)),
    }


def _event_handlers(fleets: FleetInForce, events: EventPublication) -> Mapping[str, Handler]:
    received = FleetBound(fleets, lambda fleet: ReceiveEvents(fleet, events))
    return {
        f"{verb.capitalize()}EndDeviceEvents": bound_to(received, partial(receive_end_device_events, verb=verb))
        for verb in RECEIVED_VERBS
    }


def _control_handlers(
    settings: Settings, fleets: FleetInForce, events: EventPublication, controls: ControlPublication
) -> Mapping[str, Handler]:
    zone = fleets.base.calendar.zone

    def stories(fleet: Fleet) -> DeviceStories:
        return DeviceStories(fleet, events, controls.renew)

    def create(fleet: Fleet) -> Handler:
        devices = ControlDevices(stories(fleet), controls, settings.max_meters_per_request)
        return create_end_device_controls(devices, zone)

    def change(fleet: Fleet) -> Handler:
        return kept_end_device_controls(ChangeControls(stories(fleet), controls), zone)

    def cancel(fleet: Fleet) -> Handler:
        return kept_end_device_controls(CancelControls(stories(fleet), controls), zone)

    def close(fleet: Fleet) -> Handler:
        return kept_end_device_controls(RetireControls(fleet, controls).close, zone)

    def delete(fleet: Fleet) -> Handler:
        return kept_end_device_controls(RetireControls(fleet, controls).delete, zone)

    def get(fleet: Fleet) -> Handler:
        return get_end_device_controls(fleet, strict=settings.strict)

    makers = {"Create": create, "Change": change, "Cancel": cancel, "Close": close, "Delete": delete, "Get": get}
    return {f"{verb}EndDeviceControls": fleet_bound(fleets, make) for verb, make in makers.items()}


def _master_data_verbs(objects: FleetObjects, publication: Publication) -> MasterDataVerbs:
    seed = objects.fleet.spec.seed
    effects = FleetEffects(seed)
    return MasterDataVerbs(objects, MasterObjects(effects, seed), MasterLinkages(effects), publication)


def _master_data_handlers(
    settings: Settings, contract: Contract, verbs: MasterDataVerbs, objects: FleetObjects
) -> Mapping[str, Handler]:
    sets = OperationSets(verbs, settings.max_operations_per_set)
    return {
        **master_data_handlers(contract, verbs, objects, strict=settings.strict),
        **operation_set_handlers(contract, sets, objects.fleet.calendar.zone),
    }


def _service_request_handlers(
    settings: Settings,
    fleets: FleetInForce,
    events: EventPublication,
    controls: ControlPublication,
    master_data: MasterDataVerbs,
    publication: ServiceWorkPublication,
    telling: WorkTelling,
) -> Mapping[str, Handler]:
    zone = fleets.base.calendar.zone

    def requests(fleet: Fleet) -> ServiceRequests:
        stories = DeviceStories(fleet, events, controls.renew)
        jobs = Jobs(fleet, ControlDevices(stories, controls), CancelControls(stories, controls), master_data, events)
        return ServiceRequests(jobs, publication, settings.max_meters_per_request)

    def acting(verb: str) -> Callable[[Fleet], Handler]:
        return lambda fleet: service_request_handler(verb, requests(fleet), zone)

    def get(fleet: Fleet) -> Handler:
        return get_meter_service_requests(telling, fleet, strict=settings.strict)

    makers = {**{verb: acting(verb) for verb in SERVICE_VERBS}, "Get": get}
    return {f"{verb}MeterServiceRequests": fleet_bound(fleets, make) for verb, make in makers.items()}


def _served(contract: Contract, handlers: Mapping[str, Handler]) -> tuple[str, ...]:
    """Names of the services of which at least one operation is carried out."""
    return tuple(
        name
        for name, service in contract.services.items()
        if service.pattern in SERVED_PATTERNS and any(one.name in handlers for one in service.operations)
    )


def _of_contract(contract: Contract, what: Callable[[OperationDescription], str]) -> Iterator[str]:
    return (what(operation) for service in contract.services.values() for operation in service.operations)


def _control(driven: DrivenHeadEnd) -> WsgiApp:
    # Half the time of a start; see LazyApplication.
    from headend.control.application import control_application

    return control_application(driven)


def _answers(store: Store) -> bool:
    try:
        with store.reading() as work:
            work.clock_anchor.get()
    except StoreError:
        return False
    return True
