"""What all head ends of a process share: its own and those of its sessions.

What is the same whatever happens to a fleet is made once: the contract, the fleet of the settings, the linter, and the
control API, whose resources ask which head end a request is for. What can differ is a head end's own: its database with
clock, journal and outbox, its fleet in force, and what is made for them.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from headend.compose.served_contract import served_contract
from headend.config import Settings
from headend.contract import Contract
from headend.control.driven_head_end import DRIVEN, DrivenHeadEnd
from headend.journal.examiner import Lint
from headend.lazy_application import LazyApplication
from headend.soap.application import WsgiApp, soap_application
from headend.soap.protocol import ErrorStyle
from headend.version import installed_version
from simulator.clock import Clock, Sleep
from simulator.fleet import Fleet

if TYPE_CHECKING:
    from headend.lint.linter import Linter


@dataclass(frozen=True, slots=True)
class SharedParts:
    """See above. Safe to share between threads."""

    machine: Clock
    sleep: Sleep
    contract: Contract
    fleet: Fleet
    """Of the settings."""
    lint: Lint
    waits: threading.BoundedSemaphore
    """One for each caller who waits for exchanges: he occupies a thread of the process."""
    most_waits: int
    control: WsgiApp | None
    """The control API of the head end that the environ names; None where it is switched off."""
    addresses: Mapping[str, str]
    """Base URLs of receivers that no network knows, and those that they stand for."""
    make_service: Callable[[str, Sequence[str]], WsgiApp]
    services: dict[str, WsgiApp] = field(default_factory=dict)
    """Spyne's application of each service, for the head end whose pipeline is in the environ."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        machine: Clock,
        sleep: Sleep,
        on_control_made: Callable[[], None],
        addresses: Mapping[str, str],
    ) -> "SharedParts":
        """Raises ContractError, InvalidFleet."""
        contract = served_contract()
        style = ErrorStyle(settings.error_style)

        def make_service(name: str, served: Sequence[str]) -> WsgiApp:
            return soap_application(contract.services[name], contract, served, style, settings.max_request_bytes)

        most_waits = max(1, settings.threads // 2)
        return cls(
            machine=machine,
            sleep=sleep,
            contract=contract,
            fleet=Fleet(settings.fleet_spec),
            lint=_lint(contract),
            waits=threading.BoundedSemaphore(most_waits),
            most_waits=most_waits,
            control=LazyApplication(_control, on_control_made) if settings.control else None,
            addresses=addresses,
            make_service=make_service,
        )

    def service(self, name: str, served: Sequence[str]) -> WsgiApp:
        """The application of a service; served: names of all, which are the same in all head ends of a process."""
        if name not in self.services:
            self.services[name] = LazyApplication(partial(self.make_service, name, served))
        return self.services[name]


def driving(control: WsgiApp, driven: DrivenHeadEnd) -> WsgiApp:
    """The control API of one head end."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ[DRIVEN] = driven
        return control(environ, start_response)

    return application


def _lint(contract: Contract) -> Lint:
    """The linter, loaded when somebody first looks at an exchange."""

    @cache
    def linter() -> "Linter":
        from headend.lint.finding import Severity
        from headend.lint.linter import Linter

        return Linter(contract, threshold=Severity.WARNING)

    return lambda entries: tuple(linter().findings(entries))


def _control() -> WsgiApp:
    # Half the time of a start; see LazyApplication.
    from headend.control.application import control_application

    return control_application(installed_version())
