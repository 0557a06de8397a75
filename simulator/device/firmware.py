"""A new firmware: pending, downloaded, replaced, changed; or failed while it was downloaded."""

from datetime import timedelta
from typing import Final

from simulator.device.aspect import Aspect
from simulator.device.behaviour import happens
from simulator.device.course import Course, Result, Situation

VERSION: Final = "version"
STAGE: Final = "stage"
REPLACING: Final = "replacing"
"""The stage in which the device does nothing else."""

_PENDING, _DOWNLOADED, _REPLACED, _CHANGED, _FAILED = "11.17.14", "11.17.25", "11.17.52", "11.17.24", "11.0.85"


def update_firmware(situation: Situation) -> Course:
    """The stages one after the other; `words` of the command's parameters have the `version`.

    Refused, with the event of failure, while an earlier update runs. The version counts from its replacement on.
    """
    behaviour, chance = situation.behaviour, situation.chance
    version = situation.command.parameters.words[VERSION]
    stages = (
        behaviour.firmware_pending,
        behaviour.firmware_download,
        behaviour.firmware_replacement,
        behaviour.firmware_change,
    )
    instants = [situation.begins]
    for part, stage in enumerate(stages):
        instants.append(instants[-1] + timedelta(seconds=stage.drawn_s(chance.duration, part)))
    begins, pending, downloaded, replaced, changed = instants
    running = situation.holding(Aspect.FIRMWARE_UPDATE, begins)
    if running is not None:
        return not_updated(
            situation, Aspect.FIRMWARE_UPDATE, f"an update to {(running.value or {}).get(VERSION)} is running"
        )
    begun = [
        situation.transition(Aspect.FIRMWARE_UPDATE, begins, {VERSION: version, STAGE: "pending"}),
        situation.transition(Aspect.FIRMWARE_UPDATE, pending, {VERSION: version, STAGE: "downloading"}),
    ]
    told = [situation.event(Aspect.FIRMWARE_UPDATE, pending, _PENDING, version=version)]
    if happens(behaviour.firmware_failures_per_million, chance.failure):
        failure = situation.event(Aspect.FIRMWARE_UPDATE, downloaded, _FAILED, version=version)
        ended = situation.transition(Aspect.FIRMWARE_UPDATE, downloaded, None)
        why = "the download failed"
        return Course(Result.FAILED, begins, failure.type, (*begun, ended), (*told, failure), (), why)
    told += [
        situation.event(Aspect.FIRMWARE_UPDATE, downloaded, _DOWNLOADED, version=version),
        situation.event(Aspect.FIRMWARE_UPDATE, replaced, _REPLACED, version=version),
        situation.event(Aspect.FIRMWARE_UPDATE, changed, _CHANGED, version=version),
    ]
    transitions = (
        *begun,
        situation.transition(Aspect.FIRMWARE_UPDATE, downloaded, {VERSION: version, STAGE: REPLACING}),
        situation.transition(Aspect.FIRMWARE_UPDATE, replaced, {VERSION: version, STAGE: "changing"}),
        situation.transition(Aspect.FIRMWARE, replaced, {VERSION: version}),
        situation.transition(Aspect.FIRMWARE_UPDATE, changed, None),
    )
    # The device takes other commands while it downloads: it has answered when it has begun.
    return Course(Result.SUCCEEDED, begins, told[-1].type, transitions, tuple(told))


def not_updated(situation: Situation, aspect: Aspect, why: str) -> Course:
    """The course of an update that does not even begin: nothing but the event of failure."""
    version = situation.command.parameters.words[VERSION]
    event = situation.event(aspect, situation.begins, _FAILED, version=version)
    return Course(Result.FAILED, situation.begins, event.type, (), (event,), (), why)
