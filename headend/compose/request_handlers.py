"""The handlers of all operations that are carried out, noun by noun."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from headend.config import Settings
from headend.contract import Contract
from headend.handlers.create_meter_readings import create_meter_readings
from headend.handlers.end_device_controls import (
    create_end_device_controls,
    kept_end_device_controls,
)
from headend.handlers.exchange import Handler
from headend.handlers.fleet_bound import FleetBound, bound_to, fleet_bound
from headend.handlers.get_end_device_controls import get_end_device_controls
from headend.handlers.get_end_device_events import get_end_device_events
from headend.handlers.get_meter_read_schedule import get_meter_read_schedule
from headend.handlers.get_meter_readings import GetMeterReadings
from headend.handlers.master_data import master_data_handlers
from headend.handlers.meter_read_schedules import meter_read_schedule_handlers
from headend.handlers.meter_service_requests import (
    SERVICE_VERBS,
    WorkTelling,
    get_meter_service_requests,
    service_request_handler,
)
from headend.handlers.operation_sets import operation_set_handlers
from headend.handlers.receive_end_device_events import receive_end_device_events
from headend.operations.controls.cancel_controls import CancelControls
from headend.operations.controls.change_controls import ChangeControls
from headend.operations.controls.control_devices import ControlDevices
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.controls.retire_controls import RetireControls
from headend.operations.events.field_events import FieldEventSource
from headend.operations.events.publish_events import EventPublication
from headend.operations.events.receive_events import RECEIVED_VERBS, ReceiveEvents
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.master_data.fleet_effects import FleetEffects
from headend.operations.master_data.fleet_objects import FleetObjects
from headend.operations.master_data.linkages import MasterLinkages
from headend.operations.master_data.objects import MasterObjects
from headend.operations.master_data.operation_sets import OperationSets
from headend.operations.master_data.verbs import MasterDataVerbs
from headend.operations.publication import Publication
from headend.operations.readings.coincident_readings import ReadCoincidences
from headend.operations.readings.meter_readings_query import ReadingLimits
from headend.operations.readings.read_meters import ReadMeters
from headend.operations.readings.read_on_request import ReadOnRequest
from headend.operations.schedules.publish_scheduled_readings import ScheduledPublication, scheduled_publication
from headend.operations.schedules.schedule_reads import ScheduleReads
from headend.operations.service_requests.jobs import Jobs
from headend.operations.service_requests.publication import ServiceWorkPublication
from headend.operations.service_requests.verbs import ServiceRequests
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Publications:
    """What tells subscribers, by what is told."""

    of_nouns: Publication
    events: EventPublication
    controls: ControlPublication
    works: ServiceWorkPublication

    @classmethod
    def through(cls, of_nouns: Publication) -> "Publications":
        works = ServiceWorkPublication(of_nouns)
        controls = ControlPublication(of_nouns, works.control_turned)
        return cls(of_nouns, EventPublication(of_nouns), controls, works)


@dataclass(frozen=True, slots=True)
class Sources:
    """What handlers read from, as the fleet is at the time of each request."""

    events: FleetBound[FieldEventSource]
    readings: FleetBound[GetMeterReadings]
    reads_on_request: FleetBound[ReadOnRequest]
    scheduled: FleetBound[ScheduledPublication]

    @classmethod
    def of(cls, fleets: FleetInForce, settings: Settings, of_nouns: Publication) -> "Sources":
        def on_request(fleet: Fleet) -> ReadOnRequest:
            return ReadOnRequest(_reader(settings, fleet, settings.sync_wait_s), of_nouns, strict=settings.strict)

        return cls(
            events=FleetBound(fleets, FieldEventSource),
            readings=FleetBound(fleets, partial(_meter_readings, settings)),
            reads_on_request=FleetBound(fleets, on_request),
            scheduled=FleetBound(fleets, lambda fleet: scheduled_publication(fleet, of_nouns, settings.source)),
        )


def request_handlers(
    settings: Settings,
    contract: Contract,
    fleets: FleetInForce,
    sources: Sources,
    told: Publications,
    work_telling: WorkTelling,
) -> dict[str, Handler]:
    """A handler for each operation that is carried out, by its name."""
    objects = FleetObjects(fleets.base)
    master_data = _master_data_verbs(objects, told.of_nouns)
    return {
        **_reading_handlers(settings, fleets, sources),
        **_event_handlers(settings, fleets, sources, told.events),
        **_control_handlers(settings, fleets, told),
        **_master_data_handlers(settings, contract, master_data, objects),
        **_service_request_handlers(settings, fleets, told, master_data, work_telling),
    }


def _reading_limits(settings: Settings) -> ReadingLimits:
    return ReadingLimits(settings.max_meters_per_request, settings.max_days_per_request)


def _reader(settings: Settings, fleet: Fleet, wait_s: int) -> ReadMeters:
    wait = timedelta(seconds=wait_s)
    return ReadMeters(fleet, settings.source, _reading_limits(settings), wait, strict=settings.strict)


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


def _reading_handlers(settings: Settings, fleets: FleetInForce, sources: Sources) -> Mapping[str, Handler]:
    return {
        "GetMeterReadings": bound_to(sources.readings, lambda handler: handler),
        "CreateMeterReadings": bound_to(sources.reads_on_request, create_meter_readings),
        "GetMeterReadSchedule": fleet_bound(fleets, partial(get_meter_read_schedule, strict=settings.strict)),
        **meter_read_schedule_handlers(
            lambda now, work: ScheduleReads(sources.scheduled.at(now, work)), fleets.base.calendar.zone
        ),
    }


def _event_handlers(
    settings: Settings, fleets: FleetInForce, sources: Sources, events: EventPublication
) -> Mapping[str, Handler]:
    received = FleetBound(fleets, lambda fleet: ReceiveEvents(fleet, events))
    get = bound_to(sources.events, lambda source: get_end_device_events(source, strict=settings.strict))
    return {"GetEndDeviceEvents": get} | {
        f"{verb.capitalize()}EndDeviceEvents": bound_to(received, partial(receive_end_device_events, verb=verb))
        for verb in RECEIVED_VERBS
    }


def _control_handlers(settings: Settings, fleets: FleetInForce, told: Publications) -> Mapping[str, Handler]:
    zone = fleets.base.calendar.zone
    controls = told.controls

    def stories(fleet: Fleet) -> DeviceStories:
        return DeviceStories(fleet, told.events, controls.renew)

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
    told: Publications,
    master_data: MasterDataVerbs,
    telling: WorkTelling,
) -> Mapping[str, Handler]:
    zone = fleets.base.calendar.zone
    controls = told.controls

    def requests(fleet: Fleet) -> ServiceRequests:
        stories = DeviceStories(fleet, told.events, controls.renew)
        devices, cancel = ControlDevices(stories, controls), CancelControls(stories, controls)
        jobs = Jobs(fleet, devices, cancel, master_data, told.events)
        return ServiceRequests(jobs, told.works, settings.max_meters_per_request)

    def acting(verb: str) -> Callable[[Fleet], Handler]:
        return lambda fleet: service_request_handler(verb, requests(fleet), zone)

    def get(fleet: Fleet) -> Handler:
        return get_meter_service_requests(telling, fleet, strict=settings.strict)

    makers = {**{verb: acting(verb) for verb in SERVICE_VERBS}, "Get": get}
    return {f"{verb}MeterServiceRequests": fleet_bound(fleets, make) for verb, make in makers.items()}
