"""A head end in the process of a test, served on a free port of loopback."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import ValidationError

from headend.client import ControlClient, HeadEndClient
from headend.client.contract_cache import ContractCache
from headend.client.control_client import duration_text
from headend.client.meter_like import Meters, meter_texts
from headend.compose import HeadEnd as Inside
from headend.compose import open_head_end
from headend.control.subscribing import subscribe, unsubscribe
from headend.operations.reset import reset
from headend.soap.spyne_compat import leave_garbage_alone
from headend.store.template_database import put_template
from headend.subscription_form import SubscriptionForm
from headend.testing.driven_clock import DrivenClock
from headend.testing.failure_report import deliveries_section, exchanges_section
from headend.testing.faults import Faults
from headend.testing.fleet_meters import FleetMeters
from headend.testing.kit_settings import Config, kit_settings, sentences
from headend.testing.running import RUNNING
from headend.testing.service_client import Receiver, ServiceClient
from headend.threaded_server import serving
from simulator.fleet import Fleet

if TYPE_CHECKING:
    from headend.operations.truth_rows import TruthRow

SOURCE: Final = "test"
"""Header/Source of what the clients of a test send."""

_MOST_DELIVERIES: Final = 10_000
_LISTS: Final = ("groups", "reading_types", "event_types")

_CONTRACTS: Final = ContractCache()
"""Every head end of this process serves the same contract."""


class HeadEnd:
    """A whole head end as a context manager: HTTP, database, clock and dispatchers, all of its own.

        with HeadEnd(meters=10, clock="stepped@2026-06-15T12:00:00Z") as headend:
            headend.client().read(headend.meters[0])

    Its clock stands at 2026-03-02T12:00:00Z until the test moves it, its seed is 1: the same calls get the same bytes
    in every run. The database is a file in a temporary directory, which is removed at the end.
    """

    def __init__(
        self, *, config: Config | None = None, addresses: Mapping[str, str] | None = None, **settings: Any
    ) -> None:
        """Runs nothing before it is entered as a context, or started.

        settings: those of headend.yaml by name, such as `meters=10`. config: a file, its text or its content; what it
        says of host, port, database and processes is left aside. addresses: names that stand for base URLs of
        receivers, such as {"http://mdm.test": mdm.base_url}; MessageIDs follow from where a message goes, and a free
        port is another one in every run. Raises InvalidSettings, which names the setting.
        """
        self._addresses = addresses
        self._settings = kit_settings(config, settings)
        self._own_database = "database" not in settings
        self._running: ExitStack | None = None
        self._inside: Inside | None = None
        self._base_url = ""
        self._control: ControlClient | None = None
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end(in_trouble=kind is not None)

    def start(self) -> None:
        """Serve until `close`. Raises OSError where a port that was asked for is taken, StoreError for a database."""
        if self._running is not None:
            raise RuntimeError("this head end is running already")
        settings = self._settings
        with ExitStack() as starting:
            if self._own_database:
                directory = starting.enter_context(
                    TemporaryDirectory(prefix="headend-test-", ignore_cleanup_errors=True)
                )
                file = Path(directory) / "headend.db"
                put_template(file)
                settings = settings.model_copy(update={"database": f"sqlite:///{file}"})
            leave_garbage_alone()
            self._inside = open_head_end(settings, addresses=self._addresses)
            starting.callback(self._inside.close)
            self._inside.start()
            port = starting.enter_context(serving(self._inside.wsgi, settings.host, settings.port, "head end"))
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            self._base_url = f"http://{host}:{port}"
            self._control = starting.enter_context(ControlClient(self._base_url))
            self._numbers = count(1)
            self._running = starting.pop_all()
        RUNNING.came(self)

    def close(self) -> None:
        """Stop serving and sending, and remove what it kept."""
        self._end(in_trouble=False)

    @property
    def base_url(self) -> str:
        """Such as http://127.0.0.1:40123. Raises RuntimeError where it was never started."""
        if not self._base_url:
            raise RuntimeError("this head end has not been started; use it as a context manager")
        return self._base_url

    def service_url(self, service: str) -> str:
        """The endpoint of a service, such as GetMeterReadings; with `?wsdl` its contract. Raises UnknownService."""
        self.client(service)
        return f"{self.base_url}/services/{service}"

    @property
    def meters(self) -> FleetMeters:
        """The fleet: `meters[0]`, `meters["M00000003"]`, `meters[:5]`, `len(meters)`."""
        return FleetMeters(self._fleet)

    @property
    def clock(self) -> DrivenClock:
        """The fleet's time, and what moves it."""
        return DrivenClock(self._live.driven)

    @property
    def faults(self) -> Faults:
        """What it breaks on purpose: `with headend.faults.add("http-status", status=503, times=2): ...`."""
        return Faults(self._live.driven)

    @property
    def control(self) -> ControlClient:
        """Everything else that can be driven: outages, events, defects, orderings, deliveries; docs/control-api.md."""
        self._live  # noqa: B018  # raises where nothing runs
        assert self._control is not None
        return self._control

    @property
    def published_nouns(self) -> frozenset[str]:
        """What it publishes to subscribers."""
        return self._live.published_nouns

    def client(self, service: str | None = None) -> ServiceClient:
        """The usual calls of a service, such as ExecuteEndDeviceControls, or of all. Raises UnknownService.

        Messages are stamped with the fleet's time, and numbered: test-1, test-2 ... since the last reset.
        """
        live = self._live
        calls = HeadEndClient(self.base_url, live.clock, self._message_ids(), source=SOURCE, contracts=_CONTRACTS)
        if self._running is not None:
            self._running.callback(calls.close)
        return ServiceClient(calls, live.contract, live.services, service)

    def subscribe(self, url: str, noun: str = "EndDeviceEvents", **wanted: Any) -> str:
        """Publish a noun to one more receiver; the subscription's mRID.

        wanted: the other fields of a subscription, such as `meters`, `event_types` or `every="PT15M"`; see
        docs/publication.md. Raises ValueError for what cannot be, Declined for what the fleet does not have.
        """
        return self._subscribed({noun: url}, wanted)[0]

    def publish_to(self, receiver: Receiver, *nouns: str, **wanted: Any) -> list[str]:
        """Publish these nouns, or all that there are, to a FakeMdm; the subscriptions' mRIDs.

        wanted: as in `subscribe`. With `every` MeterReadings are told as time passes, without it those that somebody
        asked for.
        """
        wanted_nouns = nouns or sorted(self._live.published_nouns)
        return self._subscribed({noun: receiver.receive_url(noun) for noun in wanted_nouns}, wanted)

    def subscriptions(self) -> list[str]:
        """mRIDs of all subscriptions, those of the settings first."""
        driven = self._live.driven
        with driven.store.reading() as work:
            return [one.mrid for one in driven.subscriptions.all(work)]

    def unsubscribe(self, mrid: str) -> None:
        """End a subscription; what is queued for it is still sent. Raises Declined for one that is not there."""
        driven = self._live.driven
        with driven.store.writing() as work:
            unsubscribe(driven, mrid, work)

    def truth(
        self,
        meters: Meters = (),
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        reading_types: str | Iterable[str] = (),
        only_differences: bool = False,
    ) -> "list[TruthRow]":
        """What really flowed, was registered and is delivered; of the day until now if nothing else is said.

        No meters are all of them, no reading types what each meter delivers by default. Raises InvalidQuestion.
        """
        from headend.operations.truth import truth_question
        from headend.operations.truth_rows import truth_rows  # the tables of a corpus, which few tests write

        live = self._live
        now = live.clock.now()
        with live.store.reading() as work:
            return truth_rows(
                truth_question(
                    live.driven.fleet_now(work),
                    work,
                    start=start,
                    end=end,
                    now=now,
                    meters=meter_texts(meters),
                    reading_types=[reading_types] if isinstance(reading_types, str) else list(reading_types),
                    only_differences=only_differences,
                )
            )

    def reset(self, *, subscriptions: bool = False) -> None:
        """Take fleet and clock back to the beginning, and forget controls, events, messages, outages, defects,
        orderings, faults and the journal; `subscriptions`: also those that were made since the start.

        Afterwards the same calls get the same bytes as after the start.
        """
        driven = self._live.driven
        with driven.store.writing() as work:
            reset(
                work, driven.clock_control, driven.field_publication, driven.scheduled, with_subscriptions=subscriptions
            )
        driven.journal.clear()
        driven.wake()
        self._numbers = count(1)

    def tell(self) -> Iterator[tuple[str, str]]:
        """What happened since the start or the last reset, as sections of a report: titles and texts."""
        live = self._live
        yield exchanges_section(f"headend exchanges, {self._base_url}", live.journal, live.examiner)
        with live.store.reading() as work:
            yield deliveries_section(f"headend deliveries, {self._base_url}", work.outbox.find(limit=_MOST_DELIVERIES))

    def __repr__(self) -> str:
        return f"<head end at {self._base_url}>" if self._running is not None else "<head end that does not run>"

    def _end(self, *, in_trouble: bool) -> None:
        if self._running is not None:
            RUNNING.went(self, in_trouble=in_trouble)
            running, self._running = self._running, None
            running.close()

    @property
    def _live(self) -> Inside:
        if self._inside is None or self._running is None:
            raise RuntimeError("this head end does not run; use it as a context manager")
        return self._inside

    def _fleet(self) -> Fleet:
        driven = self._live.driven
        with driven.store.reading() as work:
            return driven.fleet_now(work)

    def _message_ids(self) -> Iterator[str]:
        while True:
            yield f"{SOURCE}-{next(self._numbers)}"

    def _subscribed(self, urls: Mapping[str, str], wanted: Mapping[str, Any]) -> list[str]:
        driven = self._live.driven
        forms = [_form(url, noun, wanted) for noun, url in urls.items()]
        with driven.store.writing() as work:
            return [one.mrid for one, _ in subscribe(driven, forms, work)]


def _form(url: str, noun: str, wanted: Mapping[str, Any]) -> SubscriptionForm:
    fields: dict[str, Any] = {"url": url, "noun": noun}
    for name, value in wanted.items():
        if name == "meters":
            fields[name] = meter_texts(value)
        elif name in _LISTS and isinstance(value, str):
            fields[name] = [value]
        else:
            fields[name] = duration_text(value) if isinstance(value, timedelta) else value
    try:
        return SubscriptionForm(**fields)
    except ValidationError as error:
        raise ValueError(f"this cannot be subscribed to: {sentences(error, SubscriptionForm)}") from None
