from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.errors import InputError
from target87.rng import root_seed, stream

KEYS = st.lists(st.one_of(st.text(max_size=6), st.integers(-5, 5)), min_size=1, max_size=4)


def first(root, *keys):
    return stream(root, *keys).integers(0, 2**63, 4).tolist()


def test_an_integer_is_its_own_entropy():
    assert root_seed(87).entropy == root_seed(np.int64(87)).entropy == 87


def test_a_seed_sequence_is_taken_as_it_is():
    whole = np.random.SeedSequence(5)
    assert root_seed(whole) is whole


def test_a_spawned_sequence_is_reproduced_by_its_recorded_entropy():
    """A manifest records the entropy alone: it must tell children apart, from each other and from their parent."""
    children = np.random.SeedSequence(5).spawn(3)
    roots = [root_seed(one) for one in children]
    assert first(root_seed(roots[1].entropy), "a") == first(roots[1], "a")
    assert len({str(first(root, "a")) for root in [*roots, root_seed(5)]}) == 4
    assert root_seed(children[0]).entropy == roots[0].entropy


def test_a_generator_is_used_once():
    generator, twin = np.random.default_rng(1), np.random.default_rng(1)
    root = root_seed(generator)
    assert root.entropy == root_seed(twin).entropy
    assert generator.random() == twin.random()
    assert root_seed(generator).entropy != root.entropy


def test_none_is_fresh():
    assert root_seed(None).entropy != root_seed(None).entropy


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "87", np.float64(3), [1, 2]])
def test_other_things_are_refused(wrong):
    with pytest.raises(InputError, match="non-negative integer, a SeedSequence or a Generator"):
        root_seed(wrong)


@settings(derandomize=True, max_examples=100)
@given(one=KEYS, other=KEYS)
def test_streams_are_equal_when_their_keys_are(one, other):
    root = root_seed(87)
    same = [(type(key), key) for key in one] == [(type(key), key) for key in other]
    assert (first(root, *one) == first(root, *other)) == same


def test_a_number_is_not_its_digits():
    root = root_seed(87)
    assert first(root, 1) != first(root, "1")
    assert first(root, "a", "b") != first(root, "ab") != first(root, "b", "a")


def test_order_and_number_of_streams_change_nothing():
    root = root_seed(3)
    alone = first(root, "trend", "World")
    for number in range(5):
        first(root, "other", number)
    assert first(root, "trend", "World") == alone
    root.spawn(2)
    assert first(root, "trend", "World") == alone


def test_another_process_makes_the_same_stream():
    """Python salts the hash of text in every process; the streams do not follow."""
    code = "from target87.rng import *; print(stream(root_seed(3), 'a', 1).integers(0, 2**63, 4).tolist())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {str(first(root_seed(3), "a", 1))}


def test_streams_do_not_run_together():
    """Correlations of 40 keyed streams: none beyond what 780 pairs of 2,000 normals give by chance (1 in 1,000)."""
    root = root_seed(87)
    draws = np.stack([stream(root, "country", number).standard_normal(2000) for number in range(40)])
    off = np.corrcoef(draws)[np.triu_indices(40, 1)]
    assert np.abs(off).max() * np.sqrt(2000) < 4.9
