"""Sentences about what is where in a scene, from its boxes."""

import numpy as np

WORDS = ("top", "", "bottom"), ("left", "", "right")


def caption(boxes, classes, size):
    """One sentence about a scene: "a large 7 left of a small 3, above a small 5".

    Its subject is the digit with the largest box. The others follow in the order of their boxes, each with the side of
    it on which the subject lies: the longer of the two ways between the centres of the boxes says which. A digit whose
    box is as long as half of the picture is large, one under a quarter small, and medium in between. A digit alone is
    said to be in one of nine parts of the picture.

    Shapes:  boxes (m, 4) as (y0, x0, y1, x1) in pixels, classes (m,), -1 where there is no digit -> str

    >>> caption(np.array([[5, 2, 37, 30], [20, 50, 30, 56]]), np.array([7, 3]), size=64)
    'a large 7 left of a small 3'
    >>> caption(np.array([[2, 2, 22, 20], [-1, -1, -1, -1]]), np.array([4, -1]), size=64)
    'a medium 4 at the top left'
    """
    boxes, classes = boxes[classes >= 0], classes[classes >= 0]  # (k, 4), (k,)
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    names = [f"a {_size(side.max() / size)} {digit}" for side, digit in zip(sides, classes, strict=True)]
    subject = int(np.argmax(sides.prod(axis=1)))
    if len(boxes) == 1:
        return f"{names[0]} {_part(centres[0] / size)}"
    others = [
        f"{_side(centres[other] - centres[subject])} {names[other]}" for other in range(len(boxes)) if other != subject
    ]
    return f"{names[subject]} {', '.join(others)}"


def _size(share):
    return "small" if share < 1 / 4 else "medium" if share < 1 / 2 else "large"


def _part(centre):
    """Where a point (y, x) in [0, 1) lies: "at the top left", "in the centre", ..."""
    words = [names[min(int(at * 3), 2)] for names, at in zip(WORDS, centre, strict=True)]
    return f"at the {' '.join(filter(None, words))}" if any(words) else "in the centre"


def _side(way):
    """Where the subject lies, seen from a digit `way` (y, x) from it."""
    y, x = way
    if abs(x) >= abs(y):
        return "left of" if x > 0 else "right of"
    return "above" if y > 0 else "below"
