"""Weight penalties that Keras lacks; L1, L2 and L1L2 are in keras.regularizers."""

from dlcourse.regularizers.group_lasso import GroupLasso
from dlcourse.regularizers.orthogonality import Orthogonality
from dlcourse.regularizers.trace_norm import TraceNorm

__all__ = ["GroupLasso", "Orthogonality", "TraceNorm"]
