"""Plays scenarios: each on a stage of its own, its steps one after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from pydantic import ValidationError

from headend.client import ClientError, ControlRefused, NotSendable
from headend.conformance.check import Check
from headend.journal import Direction, Entry
from headend.scenario.action import Action
from headend.scenario.checks import REFUSED, Where, broken_down, check, checks_of, left_out, value_at
from headend.scenario.closing_checks import closing_checks
from headend.scenario.found import NOTHING, Found, path_parts
from headend.scenario.loading import Scenario, StepSource
from headend.scenario.playing import BadStep, NotOffered, Playing
from headend.scenario.result import End, ScenarioResult, StepResult
from headend.scenario.scenario_form import StepForm
from headend.scenario.stage import CannotPlay, Stage, StageOptions, open_stage
from headend.scenario.steps import ACTIONS
from headend.scenario.strict_form import Form
from headend.scenario.xpath import InvalidXPath, is_xpath
from simulator.clock import Clock

OnStep = Callable[[StepResult], None]
"""Hears of each step when it is over."""

_NEVER_RIGHT: Final = (400, 404, 422)
"""Of HTTP: the control API would refuse it whenever it is asked."""
_CLOSING: Final = "messages"


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """How scenarios are played."""

    stage: StageOptions = field(default_factory=StageOptions)
    keep_going: bool = False
    """Play the steps after one that failed, too."""
    lint: str | None = None
    """Severity of lint findings that fail, or off; None: what the scenario says."""


class _Ends(Exception):
    """The scenario cannot go on."""

    def __init__(self, end: End, reason: str) -> None:
        super().__init__(reason)
        self.end = end
        self.reason = reason


def play_scenario(
    scenario: Scenario, options: PlayOptions, machine: Clock, on_step: OnStep = lambda _: None
) -> ScenarioResult:
    """What came of it; KeyboardInterrupt ends it early, and is told in it."""
    began = machine.now()
    steps: list[StepResult] = []
    target, seed = options.stage.target or "", scenario.head_end.settings.fleet_spec.seed
    notes: tuple[str, ...] = ()
    end, reason = End.PLAYED, None

    def keep(step: StepResult) -> None:
        steps.append(step)
        on_step(step)

    try:
        with open_stage(scenario.head_end, options.stage, machine) as stage:
            target, seed, notes = stage.shown_url, stage.seed, stage.notes
            _Play(scenario, options, stage, keep).play()
    except _Ends as stopped:
        end, reason = stopped.end, stopped.reason
    except (CannotPlay, ClientError) as error:
        end, reason = End.NOT_PLAYABLE, f"{scenario.file}: {error}"
    except KeyboardInterrupt:
        end, reason = End.INTERRUPTED, f"{scenario.file}: the run was interrupted"
    left = [source for source in scenario.steps if source.number not in {one.number for one in steps}]
    tell = on_step if steps else lambda _: None  # where nothing was played the reason says all
    for source in left:
        steps.append(_not_played(scenario, source, reason or "the scenario ended before it"))
        tell(steps[-1])
    return ScenarioResult(
        scenario=scenario,
        steps=tuple(steps),
        target=target,
        seed=seed,
        end=end,
        reason=reason,
        notes=notes,
        took_s=(machine.now() - began).total_seconds(),
    )


class _Play:
    """One scenario on its stage."""

    def __init__(self, scenario: Scenario, options: PlayOptions, stage: Stage, on_step: OnStep) -> None:
        self._scenario = scenario
        self._options = options
        self._stage = stage
        self._on_step = on_step
        self._told = 0
        """How many exchanges the steps so far have been given."""
        self._playing = Playing(stage, scenario.file.parent, {}, scenario.form.namespaces, stage.clock.now())

    def play(self) -> None:
        """Preconditions, steps, and the look at all messages. Raises _Ends."""
        subscribed = self._prepare()
        trouble: _Ends | None = None
        try:
            stopped = False
            for source in self._scenario.steps:
                if stopped:
                    self._on_step(_not_played(self._scenario, source, "a step before it failed"))
                    continue
                result, trouble = self._step(source)
                self._on_step(result)
                stopped = trouble is not None or (result.failed and not self._options.keep_going)
                if trouble is not None and trouble.end is not End.BAD_FILE:
                    raise trouble
            self._close()
        finally:
            if self._options.stage.target is not None:
                for mrid in subscribed:
                    self._stage.control.unsubscribe(mrid)
        if trouble is not None:
            raise trouble

    def _prepare(self) -> list[str]:
        """Everything before the first step; mRIDs of the subscriptions."""
        playing, control = self._playing, self._stage.control
        subscribed: list[str] = []
        where = "the scenario's preconditions"
        try:
            for name, value in self._scenario.variables.items():
                playing.variables[name] = playing.substituted(value)
            form = type(self._scenario.form).model_validate(
                {**playing.substituted(self._prepared_parts()), "variables": {}, "steps": [{"reset": {}}]}
            )
            for answer in reversed(form.mdm.answers):  # what is told last counts first
                answer.tell(playing)
            for one in form.subscriptions:
                where = f"the subscription to {one.noun}"
                wanted = {name: value for name, value in one.model_dump(exclude={"noun", "url"}).items() if value}
                url = one.url or self._stage.receiver.receive_url(one.noun)
                subscribed.append(control.subscribe(url, one.noun, **wanted)["mrid"])
            for key, wrongs in (("ordering", form.orderings), ("fault", form.faults)):
                for wrong in wrongs:
                    where = f"the {key} {wrong.kind}"
                    ACTIONS[key].play(wrong, playing)
        except ControlRefused as error:
            raise _Ends(End.BAD_FILE, f"{self._scenario.file}: {where}: {error}") from None
        except (BadStep, ValidationError, ValueError) as error:
            raise _Ends(End.BAD_FILE, f"{self._scenario.file}: {where}: {_sentence(error)}") from None
        except NotOffered as error:
            raise _Ends(End.NOT_PLAYABLE, f"{self._scenario.file}: {where}: {error}") from None
        return subscribed

    def _prepared_parts(self) -> dict[str, Any]:
        parts = self._scenario.parts
        return {name: value for name, value in parts.items() if name not in ("steps", "variables", "head_end")}

    def _step(self, source: StepSource) -> tuple[StepResult, _Ends | None]:
        """A step, and why nothing can be played after it."""
        playing, began = self._playing, self._stage.machine.now()
        where = _where(self._scenario, source)
        trouble: _Ends | None = None
        found: Found | None = None
        checks: list[Check] = []
        try:
            form, action, content = self._put_in(source)
            found = self._played(action, content, form)
            checks = checks_of(found, form.expect, playing.judge, playing.namespaces, where)
            checks += self._saved(found, form.save, where)
        except ControlRefused as error:
            checks = [broken_down(where, str(error))]
            if error.status in _NEVER_RIGHT:
                trouble = _Ends(End.BAD_FILE, str(error))
        except NotOffered as error:
            checks, trouble = [broken_down(where, str(error))], _Ends(End.NOT_PLAYABLE, str(error))
        except (NotSendable, BadStep, ValueError, InvalidXPath) as error:
            said = _sentence(error)
            checks, trouble = [broken_down(where, said)], _Ends(End.BAD_FILE, said)
        except ClientError as error:
            checks, trouble = [broken_down(where, str(error))], _Ends(End.NOT_PLAYABLE, str(error))
        if trouble is None:
            # What a step has caused is its own in every run, however fast the head end sends.
            self._stage.settle()
        words = found.words if found is not None else source.key
        at = None if trouble is not None and trouble.end is End.NOT_PLAYABLE else self._stage.clock.now()
        return (
            StepResult(
                number=source.number,
                key=source.key,
                title=source.form.name or words,
                words=words,
                at=at,
                line=source.line,
                clause=where.clause,
                checks=tuple(checks),
                entries=self._new_entries(),
                took_s=(self._stage.machine.now() - began).total_seconds(),
            ),
            None if trouble is None else _Ends(trouble.end, f"{_at(self._scenario, source)}: {trouble.reason}"),
        )

    def _put_in(self, source: StepSource) -> tuple[StepForm, Action[Any], Form]:
        """The step with its variables, its action, and what is said of that. Raises BadStep."""
        action = ACTIONS[source.key]
        written = dict(source.written)
        left = {}
        if action.verbatim and isinstance(written[action.key], dict):
            content = dict(written[action.key])
            left = {name: content.pop(name) for name in action.verbatim if name in content}
            written[action.key] = content
        written = self._playing.substituted(written)
        if left:
            written[action.key] = {**written[action.key], **left}
        try:
            form: StepForm = type(source.form).model_validate(written)
        except ValidationError as error:
            raise BadStep(_sentence(error)) from None
        return form, action, getattr(form, action.key)

    def _played(self, action: Action[Any], content: Form, form: StepForm) -> Found:
        playing = self._playing
        playing.within = timedelta(seconds=form.within)
        playing.step_name = form.name or ""
        expects_refusal = any(
            not is_xpath(path) and path_parts(path)[0][1] == REFUSED for path in (*form.expect, *form.save.values())
        )
        try:
            return action.play(content, playing)
        except ControlRefused as error:
            if not expects_refusal:
                raise
            return Found(words=f"refused: {error.detail}", values=playing.refused(error))

    def _saved(self, found: Found, save: Mapping[str, str], where: Where) -> list[Check]:
        missing = []
        for name, path in save.items():
            value = value_at(found, path, self._playing.namespaces)
            if value is NOTHING:
                at = where.at(name)
                missing.append(check(f"{path} is saved as {name}", False, at, expected="something", seen="nothing"))
            self._playing.variables[name] = None if value is NOTHING else value
        return missing

    def _close(self) -> None:
        """The look at all messages."""
        began, told = self._stage.machine.now(), self._told
        form = self._scenario.form.lint
        threshold = self._options.lint or form.threshold
        where = Where(self._scenario.file.name, None, "all messages", self._scenario.clause)
        checks = tuple(closing_checks(self._stage, threshold, self._scenario.lint_wishes, where))
        entries = self._stage.recorder.entries()
        # What a check is about is shown with it, wherever it came.
        about = {one.exchange for one in checks}
        shown = {
            one.number: one for one in (*self._new_entries(), *entries) if one.number in about or one.number > told
        }
        self._on_step(
            StepResult(
                number=len(self._scenario.steps) + 1,
                key=_CLOSING,
                title="All messages of the head end",
                words=f"look at all {len(entries)} exchanges",
                at=self._stage.clock.now(),
                line=None,
                clause=self._scenario.clause,
                checks=checks,
                entries=tuple(shown.values()),
                took_s=(self._stage.machine.now() - began).total_seconds(),
            )
        )

    def _new_entries(self) -> tuple[Entry, ...]:
        """What crossed the wire since somebody asked: what we began first, then what came, by service.

        Which of two receivers was faster is no matter of the scenario.
        """
        entries = self._stage.recorder.entries()
        new = [one for one in entries if one.number > self._told]
        self._told = max([self._told, *(one.number for one in new)])
        sent = [one for one in new if one.direction is Direction.OUT]
        came = sorted((one for one in new if one.direction is Direction.IN), key=lambda one: one.service)
        return (*sent, *came)


def _at(scenario: Scenario, source: StepSource) -> str:
    return f"{scenario.file}, line {source.line}: step {source.number}, {source.key}"


def _where(scenario: Scenario, source: StepSource) -> Where:
    named = f" ({source.form.name})" if source.form.name else ""
    clause = source.form.clause or scenario.clause
    what = f"step {source.number}, {source.key}{named}"
    return Where(scenario.file.name, source.line, what, clause, source.lines)


def _not_played(scenario: Scenario, source: StepSource, reason: str) -> StepResult:
    where = _where(scenario, source)
    return StepResult(
        number=source.number,
        key=source.key,
        title=source.form.name or source.key,
        words=source.key,
        at=None,
        line=source.line,
        clause=where.clause,
        checks=(left_out(where, reason),),
    )


def _sentence(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    said = error.errors(include_url=False)[0]
    place = ".".join(map(str, said["loc"]))
    what = str(said["msg"]).removeprefix("Value error, ")
    shown = "" if said["type"] in ("value_error", "missing") else f", not {said['input']!r}"
    return f"{place}: {what}{shown}"
