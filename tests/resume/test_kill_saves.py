"""A run that is killed again and again ends with the bits of one that never was: killed inside saves."""

import os
import random

from tests.resume.chain import check_chain
from tests.resume.points import POINTS


def test_killed_while_it_writes(tmp_path, cache, untouched):
    """Before, in and after every part of a save, each point twice, in the next save or one or two later."""
    seed = int.from_bytes(os.urandom(4), "little")
    chance = random.Random(seed)
    points = chance.sample(POINTS * 2, 2 * len(POINTS))
    options = [("--at", f"{point}:{chance.randint(1, 3)}") for point in points]
    print(f"\nseed {seed}, points {[point for _, point in options]}")
    print(check_chain(tmp_path, cache, untouched, options))
