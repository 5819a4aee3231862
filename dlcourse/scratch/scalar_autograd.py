"""Automatic differentiation of single numbers, as short as it gets: a graph of numbers, and two ways to sweep it.

>>> x, y, z = Scalar(2, "x"), Scalar(3, "y"), Scalar(-4, "z")
>>> f = (x + y) * z
>>> backward(f)
4
>>> [float(v.gradient) for v in (x, y, z)]
[-4.0, -4.0, 5.0]
"""

import numpy as np


class Scalar:
    """A number, and a pair (operand, local slope) for every number it was made from."""

    constant = False  # the picture asks; here every number gets a slope

    def __init__(self, data, name="", operation="", edges=()):
        self.data, self.name, self.operation, self.edges = np.float64(data), name, operation, edges
        self.gradient = None

    def __add__(self, other):
        return Scalar(self.data + other.data, "", "+", [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Scalar(self.data * other.data, "", "*", [(self, other.data), (other, self.data)])

    def tanh(self):
        y = np.tanh(self.data)
        return Scalar(y, "", "tanh", [(self, 1 - y**2)])


def operands_first(outcome):
    """Every number that `outcome` was made from, each after its operands, `outcome` last."""
    order, met = [], set()

    def visit(node):
        if node not in met:
            met.add(node)
            for operand, _ in node.edges:
                visit(operand)
            order.append(node)

    visit(outcome)
    return order


def backward(outcome):
    """Reverse mode: set `gradient` of every number below `outcome`; returns how many multiply-adds that took."""
    order = operands_first(outcome)
    for node in order:
        node.gradient = np.float64(node is outcome)
    for node in reversed(order):
        for operand, slope in node.edges:
            operand.gradient += slope * node.gradient
    return sum(len(node.edges) for node in order)


def forward_slope(outcome, source):
    """Forward mode: the slope of `outcome` in `source`, and how many multiply-adds that took.

    It has the slopes of all other numbers in `source` on its way.
    """
    slopes, order = {}, operands_first(outcome)
    for node in order:
        slopes[node] = float(node is source) + sum(slope * slopes[operand] for operand, slope in node.edges)
    return slopes[outcome], sum(len(node.edges) for node in order)
