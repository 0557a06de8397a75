"""Sample data of a fleet as files, without a head end: `corpus.write_corpus` is the way in.

A corpus is what the head end would have delivered of a time, and what was true in it (`simulator.truth`).
"""

from simulator.corpus.corpus import write_corpus
from simulator.corpus.corpus_spec import CorpusSpec, InvalidCorpus, Layout

__all__ = ["CorpusSpec", "InvalidCorpus", "Layout", "write_corpus"]
