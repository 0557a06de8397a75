"""What all cases of a run share: the target, its clock, the receiver, and what was found out about the fleet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from headend.client import ClientError, ControlClient
from headend.conformance.case import Need
from headend.conformance.http_calls import HttpCalls, NoAnswer
from headend.conformance.parameters import Parameters
from headend.conformance.receiver import Receiver, receiving
from headend.conformance.recorder import Recorder
from headend.conformance.service_description import SchemaJudge
from headend.conformance.target import Target, TargetUnreachable, our_description, read_file
from headend.conformance.target_clock import TargetClock
from headend.operations.identifiers import identifier
from simulator.clock import Clock

MOST_METERS = 240
_METERS_TO_READ = 8
"""So many of the first meters are only read; the others belong to cases that do something with them."""
_METERS_A_CASE = 3


@dataclass(frozen=True, slots=True)
class KnownMeter:
    """A meter of the head end, by whatever of its names is known."""

    mrid: str | None
    name: str | None

    @property
    def reference(self) -> dict[str, Any]:
        """How a request names it: by its name, else by its mRID."""
        return {"Names": [{"name": self.name}]} if self.name is not None else {"mRID": self.mrid}

    @property
    def identities(self) -> frozenset[str]:
        """All that is known of it, in small letters."""
        return frozenset(one.casefold() for one in (self.mrid, self.name) if one)

    def is_named(self, *texts: str | None) -> bool:
        """Whether one of these is its mRID or name."""
        return any(text is not None and text.casefold() in self.identities for text in texts)

    def __str__(self) -> str:
        return self.name or self.mrid or "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is made."""

    seed: int
    strict: bool = False
    timeout_s: float = 30.0
    patience_s: float = 30.0
    quiet_s: float = 1.0
    """So long is listened where nothing is to come."""
    receiver_host: str = "127.0.0.1"
    receiver_port: int = 0
    receiver_url: str | None = None
    receiver: bool = True
    wsdl_directory: Path | None = None
    reset: bool = False


@dataclass
class Stage:
    """Opened by `open_stage`."""

    target: Target
    parameters: Parameters
    options: RunOptions
    machine: Clock
    clock: TargetClock
    recorder: Recorder
    control: ControlClient | None
    """The control API of our own head end; None for every other."""
    receiver: Receiver | None
    meters: tuple[KnownMeter, ...] = ()
    fleet: dict[str, Any] = field(default_factory=dict)
    """What the control API says of it: zone, seed, meters."""
    owners: dict[str, str] = field(default_factory=dict)
    """The case of each MessageID that we have sent."""
    _judges: dict[str, SchemaJudge] = field(default_factory=dict)

    def identifier(self, purpose: str, *parts: object) -> str:
        """A UUID that follows from the seed."""
        return identifier(self.options.seed, f"conformance {purpose}", *parts)

    def judge_of_ours(self, service: str) -> SchemaJudge | None:
        """The schemas of a service that the receiver serves; None for one that it has not."""
        if service not in self._judges:
            description = our_description(service)
            if description is None:
                return None
            self._judges[service] = SchemaJudge(description, read_file)
        return self._judges[service]

    @property
    def zone(self) -> str | None:
        """Of the meters; None where nobody says."""
        return self.parameters.zone or self.fleet.get("zone")

    @property
    def mark(self) -> str:
        """Makes names of this run differ from those of others."""
        return self.identifier("mark")[:8].upper()

    def reading_meters(self) -> tuple[KnownMeter, ...]:
        """Meters that nobody changes."""
        return self.meters[:_METERS_TO_READ] if len(self.meters) > _METERS_TO_READ else self.meters

    def own_meters(self, place: int) -> tuple[KnownMeter, ...]:
        """Meters of one case alone, as far as there are enough. place: of the case among all."""
        rest = self.meters[_METERS_TO_READ:] or self.meters
        if not rest:
            return ()
        return tuple(rest[(place * _METERS_A_CASE + each) % len(rest)] for each in range(_METERS_A_CASE))

    def switch_meters(self, place: int) -> tuple[KnownMeter, ...]:
        """Meters whose supply may be cut: those that were named, or any of a simulated fleet."""
        if self.parameters.switch_meters:
            return tuple(map(known_meter, self.parameters.switch_meters))
        return self.own_meters(place) if self.control is not None else ()

    @cached_property
    def no_switch_meter(self) -> KnownMeter | None:
        """A meter without a switch."""
        if self.parameters.no_switch_meter is not None:
            return known_meter(self.parameters.no_switch_meter)
        for kind in ("street_lighting", "industrial"):
            for one in self._fleet_meters(class_=kind, limit=1):
                return one
        return None

    @cached_property
    def group(self) -> str | None:
        """A group of end devices: a small one of the network, where the fleet has one."""
        if self.parameters.group is not None or self.control is None or not self.meters:
            return self.parameters.group
        try:
            network = self.control.meter(self.meters[-1].mrid or str(self.meters[-1]))["network"]
        except (ClientError, KeyError):
            return None
        return str(network[-1]) if network else None

    def missing(self, needs: frozenset[Need], place: int) -> str | None:
        """Why a case with these needs cannot be played; None where it can."""
        reasons = {
            Need.METER: None if self.meters else "no meter is known; name some with --meter",
            Need.METERS: None if len(self.meters) > 1 else "fewer than two meters are known; name some with --meter",
            Need.SWITCH: None
            if self.switch_meters(place)
            else "no meter may be switched; name one with --switch-meter (its supply will be cut for some seconds)",
            Need.NO_SWITCH: None
            if self.no_switch_meter or (self.control and self.parameters.changes)
            else "no meter without a switch is known (no_switch_meter)",
            Need.GROUP: None if self.group else "no group of end devices is known (group)",
            Need.SILENT: None
            if self.parameters.silent_meter or self.control
            else "no meter is known that does not answer (silent_meter)",
            Need.RECEIVER: None if self.receiver else "there is no receiver (--no-receiver)",
            Need.PUBLICATION: None
            if self.receiver and (self.control or self.parameters.publishes)
            else "the head end is not known to publish to this tool (publishes)",
            Need.TIME: None
            if self.clock.can_be_moved
            else "hours have to pass, and the time of this head end cannot be moved",
            Need.FIELD: None if self.control else "nothing can be made to happen in the field: there is no control API",
            Need.CHANGES: None if self.parameters.changes else "no objects may be created (--read-only)",
            Need.ZONE: None if self.zone else "the time zone of the meters is not known (--zone)",
        }
        return next((reason for need, reason in reasons.items() if need in needs and reason), None)

    def _fleet_meters(self, limit: int, **wanted: str) -> Iterator[KnownMeter]:
        if self.control is None:
            return
        try:
            query = {name.rstrip("_"): value for name, value in wanted.items()}
            page = self.control.call("GET", "meters", query={**query, "limit": limit})
        except ClientError:
            return
        for one in page["meters"]:
            yield KnownMeter(one["mRID"], one["name"])


def known_meter(text: str) -> KnownMeter:
    """A meter by what a person wrote: a UUID is its mRID."""
    is_uuid = len(text) == 36 and all(part.isalnum() for part in text.split("-")) and text.count("-") == 4
    return KnownMeter(text, None) if is_uuid else KnownMeter(None, text)


@contextmanager
def open_stage(base_url: str, parameters: Parameters, options: RunOptions, machine: Clock) -> Iterator[Stage]:
    """A head end, ready to be judged. Raises TargetUnreachable; OSError where the receiver cannot listen."""
    with ExitStack() as closing:
        http = HttpCalls(machine, options.timeout_s, parameters.headers)
        closing.callback(http.close)
        target = Target(base_url, parameters, http, options.wsdl_directory)
        _require_somebody(target)
        recorder = Recorder()
        control = _control(base_url, options, closing)
        clock = TargetClock(machine, control, options.patience_s)
        stage = Stage(target, parameters, options, machine, clock, recorder, control, None)
        if control is not None:
            if options.reset:
                control.reset()
            clock.look()
            stage.fleet = control.version()
        elif options.reset:
            raise TargetUnreachable(f"{base_url} has no control API, so it cannot be reset")
        if options.receiver:
            stage.receiver = closing.enter_context(
                receiving(options.receiver_host, options.receiver_port, options.receiver_url, recorder, clock, machine)
            )
        _find_meters(stage)
        yield stage


def _require_somebody(target: Target) -> None:
    try:
        target.require_reachable()
    except NoAnswer as error:
        raise TargetUnreachable(f"cannot reach {target.base_url}: {error}") from error


def _control(base_url: str, options: RunOptions, closing: ExitStack) -> ControlClient | None:
    control = ControlClient(base_url, timeout_s=options.timeout_s)
    closing.callback(control.close)
    try:
        control.clock()
    except ClientError:
        return None
    return control


def _find_meters(stage: Stage) -> None:
    named = tuple(map(known_meter, stage.parameters.meters))
    if named or stage.control is None:
        stage.meters = named
        return
    stage.meters = tuple(stage._fleet_meters(limit=MOST_METERS))
