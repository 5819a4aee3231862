"""A run that is killed again and again ends with the bits of one that never was: killed at random moments."""

import os
import random

from tests.resume.chain import check_chain
from tests.resume.training import STEPS

MOMENTS = 12


def test_killed_at_random_moments(tmp_path, cache, untouched):
    """During steps, saves, validation, replay: wherever it happens to be."""
    seed = int.from_bytes(os.urandom(4), "little")
    chance = random.Random(seed)
    options = [("--after", f"{chance.randint(1, STEPS)}:{chance.uniform(0, 20):.1f}") for _ in range(MOMENTS)]
    print(f"\nseed {seed}, step and milliseconds {[after for _, after in options]}")
    print(check_chain(tmp_path, cache, untouched, options))
