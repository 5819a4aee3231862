"""Where the boxes of a directed graph go: in layers, every edge forward, no box on a box, no edge through a box."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression


class Layout(NamedTuple):
    """Places of boxes and edges. Coordinates are (along, across): along the edges, and across them.

    boxes:  {node: (along, across, length, breadth)}, its lower corner and its size
    routes: {(source, target, n): points (p, 2)} of an edge, to the n-th of the sources of its target
    """

    boxes: dict
    routes: dict


def layered(edges, sizes, gap=34.0, space=12.0):
    """Layout of an acyclic graph: layers first, then an order of few crossings, then places that keep edges straight.

    A node lies right behind the last of its sources; one without sources right before the first that uses it. An edge
    over several layers reserves a lane in each of them, which is ordered among the boxes, so it passes between them.

    Args:
        edges: {node: [its sources]}; every node is a key and comes after its sources.
        sizes: {node: (length, breadth)}
        gap: distance between layers, where edges bend.
        space: least distance of neighbours within a layer.

    Source: Sugiyama, Tagawa & Toda 1981
    """
    depth = _depths(edges)
    columns = [[node for node in edges if depth[node] == layer] for layer in range(1 + max(depth.values()))]
    chains = {}  # the way of each edge: source, lanes, target
    for target, sources in edges.items():
        for n, source in enumerate(sources):
            lanes = [(target, n, layer) for layer in range(depth[source] + 1, depth[target])]
            chains[source, target, n] = [source, *lanes, target]
            for lane in lanes:
                columns[lane[2]].append(lane)
    steps = [step for chain in chains.values() for step in pairwise(chain)]
    columns = _ordered(columns, steps)
    across = _places(columns, steps, {node: breadth + space for node, (_, breadth) in sizes.items()}, space)
    across = {item: place + max(b for _, b in sizes.values()) for item, place in across.items()}

    lengths = [max(sizes[item][0] for item in column if item in sizes) for column in columns]
    starts = np.cumsum([0.0, *(length + gap for length in lengths)])
    boxes = {}
    for node, layer in depth.items():
        length, breadth = sizes[node]
        boxes[node] = (starts[layer] + (lengths[layer] - length) / 2, across[node] - breadth / 2, length, breadth)
    routes = {}
    for (source, target, n), chain in chains.items():
        ends = _arrivals(target, edges[target], chains, across, boxes[target][3])
        points = [(boxes[source][0] + boxes[source][2], across[source])]
        for layer, item in enumerate(chain, start=depth[source]):
            place = ends[n] if item is target else across[item]
            points += [(starts[layer], place), (starts[layer] + lengths[layer], place)]
        routes[source, target, n] = np.array([points[0], *points[2:-1], (boxes[target][0], ends[n])])
    return Layout(boxes, routes)


def _depths(edges):
    """{node: number of its layer}"""
    depth, first_use = {}, {}
    for node, sources in edges.items():
        depth[node] = 1 + max((depth[source] for source in sources), default=-1)
        for source in sources:
            first_use[source] = min(first_use.get(source, depth[node]), depth[node])
    return {node: first_use.get(node, 1) - 1 if not sources else depth[node] for node, sources in edges.items()}


def _ordered(columns, steps):
    """The columns, sorted by the mean place of the neighbours before, then behind, to and fro; the best of all kept."""
    best, fewest = columns, _crossings(columns, steps)
    for sweep in range(12):
        columns = [list(column) for column in columns]
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            place = {item: n - (len(c) - 1) / 2 for c in columns for n, item in enumerate(c)}
            near = {item: [place[a] for a, b in steps if b == item] for item in column}
            if sweep % 2:
                near = {item: [place[b] for a, b in steps if a == item] for item in column}
            column.sort(key={item: np.mean(near[item] or [place[item]]) for item in column}.get)
        count = _crossings(columns, steps)
        if count < fewest:
            best, fewest = columns, count
    return best


def _crossings(columns, steps):
    at = {item: (layer, n) for layer, column in enumerate(columns) for n, item in enumerate(column)}
    ends = np.array([(*at[a], at[b][1]) for a, b in steps]).reshape(-1, 3)
    same = ends[:, None, 0] == ends[:, 0]
    return int((same & ((ends[:, None, 1] - ends[:, 1]) * (ends[:, None, 2] - ends[:, 2]) < 0)).sum()) // 2


def _places(columns, steps, room, lane_room):
    """{item: its centre across}: near the mean of its neighbours, in the order of its column, with room for each."""
    beside = {item: [] for column in columns for item in column}
    for a, b in steps:
        beside[a].append(b)
        beside[b].append(a)
    offsets = []  # of each item from the first of its column, when they touch
    for column in columns:
        rooms = np.array([room.get(item, lane_room) for item in column])
        offsets.append(np.cumsum(rooms) - rooms[0] / 2 - rooms / 2)
    place = {
        item: at - offset[-1] / 2
        for column, offset in zip(columns, offsets, strict=True)
        for item, at in zip(column, offset, strict=True)
    }
    for sweep in range(40):
        order = range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns)))
        for layer in order:
            wanted = np.array([np.mean([place[other] for other in beside[item]] or [0.0]) for item in columns[layer]])
            settled = isotonic_regression(wanted - offsets[layer]).x + offsets[layer]  # the nearest that keeps apart
            place.update(zip(columns[layer], settled, strict=True))
    return place


def _arrivals(target, sources, chains, across, breadth):
    """Where the edges meet the target's side: apart, in the order in which they come."""
    come = [across[chains[source, target, n][-2]] for n, source in enumerate(sources)]
    ends = across[target] + (np.arange(len(come)) - (len(come) - 1) / 2) * min(14.0, 0.8 * breadth / len(come))
    return ends[np.argsort(np.argsort(come, kind="stable"), kind="stable")]
