"""The course as a thing that runs: claims, source display, the notebook runner and its report."""

from dlcourse.course.claims import Claim, claim
from dlcourse.course.devices import devices
from dlcourse.course.show import show

__all__ = ["Claim", "claim", "devices", "show"]
