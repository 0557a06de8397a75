"""A scenario file as a typed model."""

from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model, field_validator, model_validator

from headend.durations import parse_seconds
from headend.scenario.condition import OPERATORS
from headend.scenario.steps import ACTIONS
from headend.scenario.steps.messages import AnswersForm
from headend.scenario.steps.wrongs import FaultStepForm, OrderingStepForm
from headend.scenario.strict_form import Form, Text, Texts
from simulator.near_miss import did_you_mean

_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"

Name = Annotated[str, Field(pattern=_NAME)]
"""Of a variable."""

Seconds = Annotated[
    float,
    BeforeValidator(lambda given: parse_seconds(str(given)) if isinstance(given, str | int) else given),
    WithJsonSchema({"type": ["string", "number"], "examples": ["10s"]}),
]
"""Of the machine's time."""


class SubscriptionPartForm(Form):
    """What the fake MDM subscribes to before the first step; the fields are those of a subscription."""

    shorthand: ClassVar = "noun"

    noun: Text
    url: Text | None = Field(None, description="Default: the service of the fake MDM that receives this noun.")
    meters: Texts = ()
    groups: Texts = ()
    reading_types: Texts = ()
    event_types: Texts = ()
    every: Text | None = None
    batch_size: int | None = None
    format: Literal["plain", "compressed"] | None = None


class MdmPartForm(Form):
    """How the fake MDM begins."""

    answers: tuple[AnswersForm, ...] = Field((), description="What it answers; the first that fits counts.")


class LintPartForm(Form):
    """What the linter makes of the head end's messages, when all steps are over."""

    shorthand: ClassVar = "threshold"

    threshold: Literal["error", "warning", "note", "off"] = Field(
        "error", description="Findings of this severity and above are failed checks."
    )
    leave_out: Texts = Field((), description="Rules that are broken on purpose, by id or group such as async.*.")


class StepForm(Form):
    """A step: one action, and what is expected of it."""

    name: Text | None = Field(None, description="What it is for; another step may refer to it.")
    clause: Text | None = Field(None, description="Where the rule stands, if it is not that of the scenario.")
    expect: dict[Text, Any] = Field(
        {},
        description=f"Path or XPath, and what stands there: a value, or operators: {', '.join(OPERATORS)}.",
    )
    save: dict[Name, Text] = Field({}, description="Variables for later steps: name, and the path of what it holds.")
    within: Seconds = Field(10.0, ge=0, le=600, description="Longest wait, of the machine's time.")

    @model_validator(mode="after")
    def _has_one_action(self) -> Self:
        found = [key for key in ACTIONS if key in self.model_fields_set]
        if not found:
            raise ValueError(f"the step does nothing; give it one of {', '.join(ACTIONS)}")
        if len(found) > 1:
            raise ValueError(f"a step does one thing, and this has {' and '.join(found)}")
        return self

    @property
    def action(self) -> str:
        """Key of what it does."""
        return next(key for key in ACTIONS if key in self.model_fields_set)


def _something(given: Any) -> Any:
    """`reset:` without anything behind it is meant as it stands."""
    return {} if given is None else given


Step: Any = create_model(
    "Step",
    __base__=StepForm,
    __doc__="One action, and what is expected of it.",
    **{  # type: ignore[call-overload]
        one.key: (
            Annotated[one.form | None, BeforeValidator(_something)],
            Field(None, description=f"{one.summary} Finds: {', '.join(one.finds) or 'nothing'}."),
        )
        for one in ACTIONS.values()
    },
)
"""With a field for each action."""


class ScenarioForm(Form):
    """Preconditions, and steps that are played one after the other."""

    name: Text = Field(description="What is shown, in a sentence.")
    description: Text | None = Field(None, description="What it proves, and for whom.")
    clause: Text | None = Field(None, description="Where the rule stands, such as 61968-9:2013 5.3.")
    procedure: Text | None = Field(None, description="Interoperability procedure that it plays, such as ECITP 2.05.")
    variables: dict[Name, Any] = Field({}, description="Names for ${..}, with their values; --set gives others.")
    namespaces: dict[Name, Text] = Field({}, description="Prefixes of XPath expressions, besides soap and m.")
    head_end: dict[str, Any] | Text = Field(
        {},
        description="Settings as in headend.yaml, the path of a settings file, or both: `config: FILE` and settings.",
    )
    subscriptions: tuple[SubscriptionPartForm, ...] = Field((), description="What the fake MDM is told of.")
    orderings: tuple[OrderingStepForm, ...] = Field((), description="What the head end does wrong when it sends.")
    faults: tuple[FaultStepForm, ...] = Field((), description="What breaks when it answers or sends.")
    mdm: MdmPartForm = Field(MdmPartForm.model_validate({}), description="How the fake MDM begins.")
    lint: LintPartForm = Field(LintPartForm.model_validate({}), description="Severity of findings that fail, or off.")
    steps: tuple[Step, ...] = Field(min_length=1)

    @field_validator("procedure", "clause")
    @classmethod
    def _says_something(cls, given: str | None) -> str | None:
        if given is not None and not given.strip():
            raise ValueError("it is empty; leave it out instead")
        return given

    @property
    def reference(self) -> str | None:
        """Where the rule stands."""
        return self.procedure if self.clause is None else self.clause


def rule_problem(rule: str) -> str | None:
    """What is wrong with a linter's rule that is to be left out."""
    from headend.lint.catalogue import RULES

    known = {one.id for one in RULES} | {f"{one.group}.*" for one in RULES}
    if rule in known:
        return None
    near = did_you_mean(rule, sorted(known))
    return f"the linter has no rule {rule!r}{near if 'did you mean' in near else '; see docs/lint.md'}"
