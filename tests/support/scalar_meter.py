"""The cascade of the simulator once more, in plain integers: one meter, one flow, one instant at a time.

The reference that the array form is checked against, written from the description and not from the code. It
reads the tables of profiles and of daylight, which have tests of their own, and computes everything else.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from simulator.cascade import daylight
from simulator.cascade.flow import Flow
from simulator.local_time import epoch_seconds
from simulator.meter_class import MeterClass, Reactive
from simulator.noise import Purpose
from simulator.profiles import Driver, Ladder, Profile

WORD = 2**64


def mix(word: int) -> int:
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % WORD
    return word ^ (word >> 31)


def draw(key: int, purpose: Purpose, index: int) -> int:
    return mix((key + purpose * 0xD1B54A32D192ED03 + index * 0x9E3779B97F4A7C15) % WORD)


def rung(ladder: Ladder, at: int) -> int:
    for (left, low), (right, high) in pairwise(ladder):
        if left <= at < right:
            return low + (high - low) * (at - left) // (right - left)
    return ladder[-1][1]


def part(whole: int, weights: list[int], number: int) -> tuple[int, int]:
    """Energy before a part of a split, and in it."""
    if sum(weights) == 0:
        return 0, 0
    low = whole * sum(weights[:number]) // sum(weights)
    return low, whole * sum(weights[: number + 1]) // sum(weights) - low


def days_of_month(year: int, month: int) -> Iterator[date]:
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += timedelta(days=1)


def number_of(day: date) -> int:
    return (day - date(1970, 1, 1)).days


class ScalarMeter:
    """One flow of one meter of a fleet, by the meter's class."""

    def __init__(
        self,
        seed: int,
        index: int,
        zone: str,
        installed: date,
        meter_class: MeterClass,
        flow: Flow = Flow.FORWARD,
        latitude_deg: int = 52,
    ) -> None:
        self.fleet = mix((seed + 0x9E3779B97F4A7C15) % WORD)
        self.meter = draw(self.fleet, Purpose.METER, index)
        self.zone = ZoneInfo(zone)
        self.installed = installed
        self.latitude_deg = latitude_deg
        shape = meter_class.flows[flow]
        self.reactive = shape if isinstance(shape, Reactive) else None
        self.source = shape.source if isinstance(shape, Reactive) else flow
        profile = meter_class.flows[self.source]
        assert isinstance(profile, Profile)
        self.profile = profile  # whose energy it is
        behaviour = meter_class.flows[Flow.VOLUME if self.source is Flow.VOLUME else Flow.FORWARD]
        assert isinstance(behaviour, Profile)
        self.behaviour = behaviour  # by which it spreads over the day
        self.key = self.meter if self.source is Flow.FORWARD else draw(self.meter, Purpose.FLOW, self.source)
        self.reverse_key = draw(self.meter, Purpose.FLOW, Flow.REVERSE)
        self.shared_days: dict[date, int] = {}
        self.tan_phi = None
        if self.reactive is not None:
            self.tan_phi = rung(self.reactive.tan_phi, draw(self.meter, Purpose.REACTIVE, flow) >> 56)

    def midnight(self, day: date) -> int:
        return epoch_seconds(datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC))

    def register(self, at: int) -> int:
        """Since installation, in mWh or millilitres."""
        since = self.since_year_of_installation(at) - self.since_year_of_installation(self.midnight(self.installed))
        return since * self.profile.unit

    def since_year_of_installation(self, at: int) -> int:
        day = datetime.fromtimestamp(at, self.zone).date()
        before = sum(self.year(year) for year in range(self.installed.year, day.year))
        weights = [self.month_weight(day.year, month) for month in range(1, 13)]
        low, energy = part(self.year(day.year), weights, day.month - 1)
        before += low
        days = list(days_of_month(day.year, day.month))
        low, energy = part(energy, [self.day_weight(one) for one in days], day.day - 1)
        before += low
        if self.tan_phi is not None:
            after = (before + energy) * self.tan_phi // 1_024
            before = before * self.tan_phi // 1_024
            energy = after - before
        return before + self.in_day(day, at, energy)

    # From the year to the day.

    def year(self, year: int) -> int:
        character = draw(self.key, Purpose.CHARACTER, 0)
        ladder, at = self.profile.annual_wh, character >> 56
        low, fraction = rung(ladder, at), character >> 40 & 0xFFFF
        annual = (low + (rung(ladder, at + 1) - low) * fraction // 2**16) * 1_000
        own, shared = draw(self.key, Purpose.YEAR, year) >> 58, draw(self.fleet, Purpose.SHARED_YEAR, year) >> 59
        energy = annual * (208 + own + shared) // 256
        if self.profile.growth:
            energy = energy * min(max(1_024 + self.profile.growth * (year - 2020), 512), 1_792) // 1_024
        return energy

    def month_weight(self, year: int, month: int) -> int:
        number = year * 12 + month - 1
        days = list(days_of_month(year, month))
        own = rung(self.profile.own_month, draw(self.key, Purpose.MONTH, number) >> 56)
        if self.profile.driver in (Driver.SEASON, Driver.CALENDAR):
            shared = 240 + (draw(self.fleet, Purpose.SHARED_MONTH, number) >> 59)
            return self.profile.season[month - 1] * len(days) * shared // 64 * own // 256
        return sum(self.shared_day(day) for day in days) // 16 * own // 256

    def day_type(self, profile: Profile, day: date) -> int:
        if (day.month, day.day) in profile.holidays or day.weekday() == 6:
            return 2
        return 1 if day.weekday() == 5 else 0

    def shared_day(self, day: date) -> int:
        if day not in self.shared_days:
            self.shared_days[day] = self.weight_of_shared_day(day)
        return self.shared_days[day]

    def weight_of_shared_day(self, day: date) -> int:
        number = number_of(day)
        length = self.midnight(day + timedelta(days=1)) - self.midnight(day)
        usual = self.profile.day_types[self.day_type(self.profile, day)]
        last = self.last_bytes(Purpose.WEATHER, number)
        mood = 192 + (3 * last[0] + 2 * last[1] + 2 * last[2] + last[3]) // 16
        if self.profile.driver is Driver.SEASON:
            return usual * mood * length // (4 * 86_400)
        if self.profile.driver is Driver.CALENDAR:
            return usual * (mood // 8 + 224) * length // (4 * 86_400)
        driven = min(max(self.driven(number), 1), 1_023)
        return usual * (driven + self.profile.undriven) * length // (16 * 86_400)

    def driven(self, number: int) -> int:
        day = np.array([number])
        if self.profile.driver is Driver.SUNLIGHT:
            clear = int(daylight.half_day_min(self.latitude_deg, day)[0] * self.noon(number))
            given = clear * self.sunshine(number) // 28_400
            return max(given - 40, given // 8)
        last = self.last_bytes(Purpose.TEMPERATURE, number)
        swing = int(daylight.warm_season(self.latitude_deg, day)[0]) * self.latitude_deg * 8 // (5 * 256)
        anomaly = (3 * last[0] + 3 * last[1] + 2 * last[2] + 2 * last[3]) // 10 - 128
        temperature_dc = 270 - 3 * self.latitude_deg + swing + anomaly
        if self.profile.driver is Driver.HEATING:
            return max(155 - temperature_dc, 0) * 4
        assert self.profile.driver is Driver.WARMTH
        return max(temperature_dc - 140, 0) * (self.sunshine(number) + 64) // 96

    def last_bytes(self, purpose: Purpose, number: int) -> list[int]:
        return [draw(self.fleet, purpose, number - back) >> 56 for back in range(4)]

    def sunshine(self, number: int) -> int:
        last = self.last_bytes(Purpose.SUNSHINE, number)
        steps = ((0, 16), (48, 40), (96, 100), (160, 190), (208, 244), (256, 256))
        return rung(steps, last[0] // 2 + (last[1] + last[2]) // 4)

    def noon(self, number: int) -> int:
        return int(daylight.noon_strength(self.latitude_deg, np.array([number]))[0])

    def presence(self, profile: Profile, key: int, number: int) -> int:
        return 70 if draw(key, Purpose.AWAY, (number - 2) // 7) >> 56 < profile.away else 256

    def day_weight(self, day: date) -> int:
        number = number_of(day)
        own = rung(self.profile.own_day, draw(self.key, Purpose.DAY, number) >> 56)
        if self.profile.shaped_days:
            household = self.shapes(self.profile, self.key)
            sums = [sum(shape) + 24 * self.profile.standing for shape in household]
            own = own * min(sums[self.day_type(self.profile, day)] * 256 // sums[0], 511) // 256
        own = own * self.presence(self.profile, self.key, number) // 256
        return self.shared_day(day) * own // 512

    def shapes(self, profile: Profile, key: int) -> tuple[tuple[int, ...], ...]:
        """The household's weekday, Saturday and Sunday."""
        share, home = draw(key, Purpose.CHARACTER, 0) & 0xFF, 0
        while share >= profile.households[home].share:
            share -= profile.households[home].share
            home += 1
        household = profile.households[home]
        return household.weekday, household.saturday, household.sunday

    # From the day to the second.

    def in_day(self, day: date, at: int, energy: int) -> int:
        start = self.midnight(day)
        slots, wall = self.hours_of(day)
        if self.behaviour.panels is not None:
            number, second = divmod(at - start, 300)
            low, energy = part(energy, self.slots_of_direction(day), number)
            return low + energy * second // 300
        weights = self.hour_weights(day)
        if self.reactive is not None:
            weights = [weight * self.reactive.hours[wall[hour]] // 64 for hour, weight in enumerate(weights)]
        hour, within = divmod(at - start, 3_600)
        before, energy = part(energy, weights, hour)
        slot, second = divmod(within, 300)
        low, energy = part(energy, self.slot_weights(day, hour)[: slots[hour]], slot)
        return before + low + energy * second // 300

    def hours_of(self, day: date) -> tuple[list[int], list[int]]:
        """How many slots each elapsed hour has, and what the wall clock shows in it."""
        start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        hours = range(-(-(end - start) // 3_600))
        slots = [min(12, (end - start - hour * 3_600) // 300) for hour in hours]
        return slots, [datetime.fromtimestamp(start + hour * 3_600, self.zone).hour for hour in hours]

    def hour_weights(self, day: date) -> list[int]:
        slots, wall = self.hours_of(day)
        shape = self.shapes(self.behaviour, self.meter)[self.day_type(self.behaviour, day)]
        weights = []
        for hour, count in enumerate(slots):
            byte = draw(self.meter, Purpose.HOUR, number_of(day) * 32 + hour) >> 56
            going_on = rung(self.behaviour.hour_activity, byte)
            weights.append((shape[wall[hour]] * going_on + self.behaviour.standing * 256) // 16 * count // 12)
        return weights

    def slot_weights(self, day: date, hour: int) -> list[int]:
        address = (number_of(day) * 32 + hour) * 2
        words = [draw(self.meter, Purpose.APPLIANCE, address + word) for word in range(2)]
        drawn = b"".join(word.to_bytes(8, "little") for word in words)
        calm = self.behaviour.calm[self.hours_of(day)[1][hour]]
        quarters = [rung(self.behaviour.quarter, drawn[slot // 3]) for slot in range(12)]
        return [calm + quarters[slot] + rung(self.behaviour.slot, drawn[4 + slot]) for slot in range(12)]

    def slots_of_direction(self, day: date) -> list[int]:
        """The weights of a prosumer's day in the direction of this flow."""
        net = self.net(day)
        sign = -1 if self.source is Flow.REVERSE else 1
        weights = [max(sign * one, 0) for one in net]
        if self.reactive is None:
            return weights
        wall = self.hours_of(day)[1]
        there = [weight * self.reactive.hours[wall[slot // 12]] for slot, weight in enumerate(weights)]
        return [one // 256 + (one > 0) for one in there] if any(there) else weights

    def net(self, day: date) -> list[int]:
        presence = self.presence(self.behaviour, self.meter, number_of(day))
        slots, _ = self.hours_of(day)
        load = []
        for hour, weight in enumerate(self.hour_weights(day)):
            at_home = weight * presence // 256 if self.behaviour.away else weight
            in_hour = self.slot_weights(day, hour)
            load += [min(max(one * at_home * 108 // (sum(in_hour) * 64), 1), 8_191) for one in in_hour][: slots[hour]]
        net = [min(max(one - sun, -8_191), 8_191) for one, sun in zip(load, self.sun(day, len(load)), strict=True)]
        if min(net) >= 0:
            net[net.index(min(net))] = -1
        return net

    def sun(self, day: date, slots: int) -> list[int]:
        number = number_of(day)
        offset = min(
            number_of(first) * 86_400 - self.midnight(first) for first in (date(day.year, 1, 1), date(day.year, 7, 1))
        )
        noon_at = number * 86_400 + 43_200 - offset
        half = int(daylight.half_day_min(self.latitude_deg, np.array([number]))[0])
        panels = self.behaviour.panels
        assert panels is not None
        size = rung(panels.size, draw(self.reverse_key, Purpose.CHARACTER, 0) >> 56)
        drift = (draw(self.meter, Purpose.CLOUD_DRIFT, 0) >> 56) * 12 // 256
        given = []
        for slot in range(slots):
            minutes = (self.midnight(day) + slot * 300 + 150 - noon_at) // 60
            height = int(daylight.through_the_day(np.array([minutes]), np.array([half]))[0])
            clear = height * self.noon(number)
            given.append(size * (clear * self.clouds(number, slot + drift) // 2**16) // 2**10)
        return given

    def clouds(self, number: int, slot: int) -> int:
        word = draw(self.fleet, Purpose.CLOUDS, number * 128 + slot // 3)
        drawn = (2 * (word >> 56) + (word >> 8 * (slot % 3) & 0xFF)) // 3
        sun = self.sunshine(number)
        return min(max(sun + (drawn - 128) * min(sun, 256 - sun) // 56, 14), 256)
