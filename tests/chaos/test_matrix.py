"""What `make chaos` strikes with: every row of the fault matrix has its place, and a seed repeats the order."""

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

from tests.chaos.faults.matrix import ELSEWHERE, MATRIX
from tests.chaos.run import deck

_HOME = Path(__file__).parents[2]


def test_the_matrix_is_whole() -> None:
    assert sorted([fault.number for fault in MATRIX] + list(ELSEWHERE)) == list(range(1, 32))
    for place in ELSEWHERE.values():
        assert (_HOME / place).exists()


def test_every_fault_comes_before_any_comes_again() -> None:
    drawn = deck(MATRIX, 3 * len(MATRIX), Random(1))
    for _ in range(3):
        assert Counter(fault.number for fault in islice(drawn, len(MATRIX))) == Counter(f.number for f in MATRIX)


def test_a_seed_repeats_the_faults_and_another_does_not() -> None:
    first, same, other = ([fault.number for fault in deck(MATRIX, 60, Random(dice))] for dice in (7, 7, 8))
    assert first == same
    assert first != other
