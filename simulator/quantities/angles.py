"""Angles from a right triangle, by a table of tangents: no processor's arctangent is on the way of a value."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MILLION: Final = 1_000_000
# The tangent of 0, 1, ... 89 degrees in millionths.
# fmt: off
_TANGENTS: Final = np.array((
    0, 17_455, 34_921, 52_408, 69_927, 87_489, 105_104, 122_785, 140_541, 158_384,
    176_327, 194_380, 212_557, 230_868, 249_328, 267_949, 286_745, 305_731, 324_920, 344_328,
    363_970, 383_864, 404_026, 424_475, 445_229, 466_308, 487_733, 509_525, 531_709, 554_309,
    577_350, 600_861, 624_869, 649_408, 674_509, 700_208, 726_543, 753_554, 781_286, 809_784,
    839_100, 869_287, 900_404, 932_515, 965_689, 1_000_000, 1_035_530, 1_072_369, 1_110_613, 1_150_368,
    1_191_754, 1_234_897, 1_279_942, 1_327_045, 1_376_382, 1_428_148, 1_482_561, 1_539_865, 1_600_335, 1_664_279,
    1_732_051, 1_804_048, 1_880_726, 1_962_611, 2_050_304, 2_144_507, 2_246_037, 2_355_852, 2_475_087, 2_605_089,
    2_747_477, 2_904_211, 3_077_684, 3_270_853, 3_487_414, 3_732_051, 4_010_781, 4_331_476, 4_704_630, 5_144_554,
    5_671_282, 6_313_752, 7_115_370, 8_144_346, 9_514_364, 11_430_052, 14_300_666, 19_081_137, 28_636_253, 57_289_962,
), np.int64)
# fmt: on


def angle_ddeg(active: NDArray[np.int64], reactive: NDArray[np.int64]) -> NDArray[np.int64]:
    """The angle of (active, reactive) in tenths of a degree, -1800 to 1800; 0 where both are 0.

    Between two whole degrees the tangent is taken for straight, which is wrong by a tenth at most below 88.
    """
    run, rise = np.abs(active), np.abs(reactive)
    # Only the flatter half needs the table, the steeper is what is missing to 90 degrees.
    steep = rise > run
    short, long = np.where(steep, run, rise), np.where(steep, rise, run)
    tangent = short * _MILLION // np.maximum(long, 1)
    degree = np.searchsorted(_TANGENTS, tangent, side="right") - 1
    low, high = _TANGENTS[degree], _TANGENTS[degree + 1]
    angle = degree * 10 + (tangent - low) * 10 // (high - low)
    angle = np.where(steep, 900 - angle, angle)
    angle = np.where(active < 0, 1800 - angle, angle)
    return np.where(reactive < 0, -angle, angle)
