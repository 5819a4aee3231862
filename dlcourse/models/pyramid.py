"""The feature maps of a net by level."""


def deepest(pyramid):
    """The last, and smallest, feature map of `{"C1": ..., "C5": ...}`."""
    return list(pyramid.values())[-1]
