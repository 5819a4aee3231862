"""What a model costs: parameters, multiply-adds, memory and receptive field, layer by layer."""

from dlcourse.complexity.profile import profile
from dlcourse.complexity.result import Profile

__all__ = ["Profile", "profile"]
