"""The truth about readings: what really flowed, what meters registered, what the head end delivers, and why.

    flowed       past the meter or through it
    registered   what the meter counted: less where somebody has a bypass
    reported     what the head end has of it: gaps, spikes, late values, estimates

Where nothing is wrong all three agree. `truth_blocks` computes them, `causes` says what happened to which meter,
`truth_rows` puts the two together, and `truth_tables` writes them down.
"""

from simulator.truth.truth_blocks import SeriesTruth, TruthBlock, TruthPart, truth_blocks

__all__ = ["SeriesTruth", "TruthBlock", "TruthPart", "truth_blocks"]
