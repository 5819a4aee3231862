"""The parts of a net that its layers' names tell, and what leads from one past others straight to a later one."""

import heapq
import re
from itertools import groupby

from dlcourse.plots.architecture_layers import is_merge, is_quiet

_LATE = ("up", "joint", "decoder", "head")
_SECTION = re.compile(r"(stem|stage\d+|(?:skip|up)\d+|joint|decoder|head)(?:_|$)")


def section_of(node):
    """stem, stage2, up2 (also for skip2), joint, decoder or head; "" for a call with no such name."""
    match = _SECTION.match(node.operation.name)
    return match.group(1).replace("skip", "up") if match else ""


def down_first(nodes):
    """The calls in an order in which no way back up begins before the way down is done."""
    makers = {id(x): n for n, node in enumerate(nodes) for x in node.outputs}
    needed = [{makers[id(x)] for x in node.input_tensors if id(x) in makers} for node in nodes]
    users = [[] for _ in nodes]
    for m, others in enumerate(needed):
        for n in others:
            users[n].append(m)
    late = [section_of(node).startswith(_LATE) for node in nodes]
    ready, order = [(late[n], n) for n, others in enumerate(needed) if not others], []
    while ready:
        _, n = heapq.heappop(ready)
        order.append(nodes[n])
        for m in users[n]:
            needed[m].discard(n)
            if not needed[m]:
                heapq.heappush(ready, (late[m], m))
    return order


def laterals(nodes):
    """What a way back up and a head take from maps older than the newest they take: {(id of tensor, of call): section}.

    The newest is the way itself; the section is the one that the older map comes from, "" for an input of the net.
    """
    made = {id(x): (n, section_of(node)) for n, node in enumerate(nodes) for x in node.outputs}
    edges, first = {}, 0
    for section, run in groupby(nodes, section_of):
        run = list(run)
        if section.startswith(_LATE):
            taken = [(*made.get(id(x), (-1, "")), (id(x), id(node))) for node in run for x in node.input_tensors]
            newest = max((place for place, *_ in taken if place < first), default=-1)
            edges |= {edge: source for place, source, edge in taken if place < newest}
        first += len(run)
    return edges


def lateral_joints(nodes, past):
    """The ids of the calls that join the way to nothing but what came along such edges."""
    beside, joints = set(), set()
    for node in nodes:
        along = [(id(x), id(node)) in past or id(x) in beside for x in node.input_tensors]
        if is_quiet(node.operation):
            beside |= {id(x) for x in node.outputs} if along[:1] == [True] else set()
        elif is_merge(node) and any(along) and along.count(False) <= 1:
            joints.add(id(node))
    return joints
