"""The network as arithmetic: every usage point under one node of each level, and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet.topology import InvalidTopology, Level, Topology, networks

counts = st.integers(1, 7)
topologies = st.builds(Topology, counts, counts, counts)
runs = st.lists(st.tuples(topologies, st.integers(1, 300)), min_size=1, max_size=3)


@given(described=runs)
@settings(deadline=None, max_examples=60)
def test_the_nodes_of_a_level_share_the_usage_points_out(described: list[tuple[Topology, int]]) -> None:
    placed, first = [], 0
    for topology, count in described:
        placed.append((topology, range(first, first + count)))
        first += count
    for level in Level:
        fed = [
            (node, point)
            for network in networks(placed)
            for node in network.nodes(level)
            for point in network.fed_by(level, node)
        ]
        assert [point for _, point in fed] == list(range(first))
        for network in networks(placed):
            for point in network.usage_points:
                assert (network.node_of(level, point), point) in fed


@given(described=runs)
@settings(deadline=None, max_examples=30)
def test_nodes_are_numbered_on_from_network_to_network(described: list[tuple[Topology, int]]) -> None:
    first, placed = 0, []
    for topology, count in described:
        placed.append((topology, range(first, first + count)))
        first += count
    for level in Level:
        numbers = [number for network in networks(placed) for number in network.nodes(level)]
        assert numbers == list(range(len(numbers)))


def test_a_feeder_feeds_the_usage_points_of_its_transformers() -> None:
    (network,) = networks([(Topology(40, 25, 10), range(20_000))])
    assert network.fed_by(Level.FEEDER, 3) == range(3_000, 4_000)
    assert network.fed_by(Level.TRANSFORMER, 75) == range(3_000, 3_040)
    assert network.node_of(Level.SUBSTATION, 19_999) == 1


@pytest.mark.parametrize("name", ["usage_points_per_transformer", "transformers_per_feeder", "feeders_per_substation"])
@pytest.mark.parametrize("count", [0, 1_000_001])
def test_a_count_that_cannot_be_is_refused_by_its_name(name: str, count: int) -> None:
    with pytest.raises(InvalidTopology, match=f"{name} is 1 to 1000000, not {count}"):
        Topology(**{name: count})
