"""Draws have an address: the array form equals plain splitmix64 whatever the layout."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import noise
from simulator.noise import Purpose

WORD = 2**64
words = st.integers(0, WORD - 1)


def scalar_mix(word: int) -> int:
    """The finaliser of splitmix64 in plain integers: what the array form is checked against."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % WORD
    return word ^ (word >> 31)


def scalar_draw(key: int, index: int) -> int:
    return scalar_mix((key + index * 0x9E3779B97F4A7C15) % WORD)


def test_the_first_outputs_of_splitmix64_with_seed_0_come_out() -> None:
    # Published test vector of the generator; its n-th output is the draw with key 0 and index n.
    assert noise.draw(np.zeros(1, np.uint64), np.array([1, 2, 3])).tolist() == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


@given(keys=st.lists(words, min_size=1, max_size=5), indices=st.lists(st.integers(0, 2**40), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_the_array_form_equals_the_scalar_form(keys: list[int], indices: list[int]) -> None:
    drawn = noise.draw(np.array(keys, np.uint64)[:, np.newaxis], np.array(indices))
    assert drawn.tolist() == [[scalar_draw(key, index) for index in indices] for key in keys]


@given(key=words, purpose=st.sampled_from(Purpose))
@settings(deadline=None, max_examples=50)
def test_the_key_of_a_purpose_equals_the_scalar_form(key: int, purpose: Purpose) -> None:
    expected = (key + purpose * 0xD1B54A32D192ED03) % WORD
    assert noise.key_for(np.array([key], np.uint64), purpose).tolist() == [expected]


@given(seed=words)
@settings(deadline=None, max_examples=20)
def test_every_seed_has_a_key(seed: int) -> None:
    assert noise.key_from_seed(seed).tolist() == [scalar_draw(seed, 1)]


def test_draws_of_different_purposes_differ() -> None:
    key = noise.key_from_seed(1)
    drawn = [noise.draw(noise.key_for(key, purpose), np.arange(1000)).tolist() for purpose in Purpose]
    assert len({draw for draws in drawn for draw in draws}) == 1000 * len(Purpose)


@pytest.mark.parametrize("shift", range(0, 64, 8))
def test_every_byte_of_a_draw_is_uniform(shift: int) -> None:
    draws = noise.draw(noise.key_from_seed(7), np.arange(256 * 400))
    counts = Counter(((draws >> shift) & 0xFF).tolist())
    chi_square = sum((counts[value] - 400) ** 2 / 400 for value in range(256))
    assert 170 < chi_square < 360  # 255 degrees of freedom: outside with a chance of about 1 in 50 000


def test_neighbouring_meters_and_neighbouring_instants_are_unrelated() -> None:
    keys = noise.draw(noise.key_from_seed(1), np.arange(500))[:, np.newaxis]
    bits = (noise.draw(keys, np.arange(501)) >> 63).astype(np.int64)
    along = np.mean(bits[:, 1:] == bits[:, :-1])
    across = np.mean(bits[1:] == bits[:-1])
    assert along == pytest.approx(0.5, abs=0.005)
    assert across == pytest.approx(0.5, abs=0.005)


def test_mixing_with_borrowed_memory_gives_the_same() -> None:
    fresh = noise.mix(np.arange(10, dtype=np.uint64))
    assert noise.mix(np.arange(10, dtype=np.uint64), np.empty(10, np.uint64)).tolist() == fresh.tolist()


def test_the_top_byte_indexes_a_table() -> None:
    assert noise.top_byte(np.array([0, 2**56, 2**64 - 1], np.uint64)).tolist() == [0, 1, 255]
