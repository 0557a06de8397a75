"""`/control/v1/reset` and `/control/v1/version`."""

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.clock import Clock
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.operations.reset import reset


class ResetOptions(Form):
    """How far a reset goes."""

    subscriptions: bool = Field(False, description="Also forget the subscriptions that were made by this API.")
    keep_journal: bool = Field(False, description="Do not clear the journal.")


class Version(Answer):
    """Which head end this is, and which fleet it has: with equal values, equal bytes."""

    name: str
    version: str
    standard: str
    meters: int = Field(description="Size of the fleet.")
    seed: int
    zone: str = Field(description="IANA time zone of the fleet.")


def fleet_state_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """POST reset, GET version."""
    state = APIBlueprint("fleet_state", __name__, tag="Head end")

    @state.post("/reset")
    @state.input(ResetOptions, location="query", arg_name="options")
    @state.output(Clock)
    def reset_fleet(options: ResetOptions) -> Clock:
        """Take the fleet back to how it was delivered, and the clock to its setting.

        Forgotten are interruptions, controls, events, deliveries, used nonces and replies to earlier requests: the
        same requests get the same bytes again. The journal begins anew, too.
        """
        with driven.store.writing() as work:
            clock = reset(
                work,
                driven.clock_control,
                driven.field_publication,
                driven.scheduled,
                with_subscriptions=options.subscriptions,
            )
        if not options.keep_journal:
            driven.journal.clear()
        driven.wake()
        return Clock.of(clock)

    @state.get("/version")
    @state.output(Version)
    def get_version() -> Version:
        """Which head end this is, and which fleet it has."""
        with driven.store.reading() as work:
            fleet = driven.fleet_now(work)
        return Version(
            name="headend",
            version=driven.version,
            standard="IEC 61968-9:2013",
            meters=len(fleet),
            seed=fleet.spec.seed,
            zone=fleet.spec.zone,
        )

    return state
