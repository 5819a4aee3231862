"""The picture of a computation: no box on another, no edge through a box or backward, and the right words."""

from itertools import combinations, pairwise

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch, PathPatch

from dlcourse.graph_layout import layered
from dlcourse.scratch.autograd import Value, graph
from dlcourse.scratch.mlp import MLP, initial_weights

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def random_graph(seed, n=14):
    """Edges and sizes of a random acyclic graph, in which some nodes are used several times, also by one target."""
    rng = np.random.default_rng(seed)
    edges = {f"n{i}": [f"n{j}" for j in rng.integers(i, size=rng.integers(1, 4))] if i > 2 else [] for i in range(n)}
    return edges, {node: tuple(rng.uniform(30, 120, size=2)) for node in edges}


def inside(box, point, margin=1e-6):
    x, y, w, h = box
    return x + margin < point[0] < x + w - margin and y + margin < point[1] < y + h - margin


def along(points):
    """Points on the route, close to each other; a bend stays between its ends on both axes."""
    return np.concatenate([a + np.linspace(0, 1, 50)[:, None] * (b - a) for a, b in pairwise(points)])


@pytest.mark.parametrize("seed", range(12))
def test_layout_of_random_graphs(seed):
    edges, sizes = random_graph(seed)
    boxes, routes = layered(edges, sizes)
    assert list(boxes) == list(edges) and len(routes) == sum(map(len, edges.values()))
    for a, b in combinations(boxes.values(), 2):
        apart = max(b[0] - a[0] - a[2], a[0] - b[0] - b[2], b[1] - a[1] - a[3], a[1] - b[1] - b[3])
        assert apart >= 12 - 1e-6, "two boxes overlap or touch"
    for (source, target, n), points in routes.items():
        assert edges[target][n] == source
        assert np.all(np.diff(points[:, 0]) >= 0) and points[-1, 0] > points[0, 0], "an edge runs back"
        for node, box in boxes.items():
            assert not any(inside(box, point) for point in along(points)), f"{source} -> {target} crosses {node}"
        (x, y, w, h), (_, end) = boxes[target], points[-1]
        assert points[-1, 0] == pytest.approx(x) and y < end < y + h
        x, y, w, h = boxes[source]
        assert points[0, 0] == pytest.approx(x + w) and y < points[0, 1] < y + h
    ends = [tuple(points[-1]) for points in routes.values()]
    assert len(set(ends)) == len(ends), "two edges end in one point"


def test_a_source_stands_right_before_its_first_use():
    edges = {"a": [], "b": ["a"], "c": ["b"], "late": [], "d": ["c", "late"]}
    boxes, _ = layered(edges, {node: (50, 20) for node in edges})
    assert boxes["late"][0] == boxes["c"][0] and boxes["a"][0] < boxes["b"][0] < boxes["c"][0] < boxes["d"][0]


def test_crossings_that_need_not_be_are_not():
    edges = {"a": [], "b": [], "c": [], "p": ["c"], "q": ["b"], "r": ["a"], "s": ["p", "q", "r"]}
    boxes, _ = layered(edges, {node: (50, 20) for node in edges})
    pairs = [("c", "p"), ("b", "q"), ("a", "r")]
    order = {node: boxes[node][1] for node in boxes}
    for (a, b), (c, d) in combinations(pairs, 2):
        assert (order[a] - order[c]) * (order[b] - order[d]) > 0


def worked_example():
    x, y, z = Value(2.0, "x"), Value(3.0, "y"), Value(-4.0, "z")
    q = x + y
    q.name = "q"
    f = q * z
    f.name = "f"
    return f


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_words_in_the_boxes_before_and_after_backward():
    f = worked_example()
    assert "gradient" not in " ".join(texts(graph(f)))
    f.backward()
    found = texts(graph(f))
    assert {"f = q * z", "q = x + y", "x", "y", "z", "value −20", "value 5", "gradient 5", "gradient 1"} <= set(found)
    assert found.count("gradient −4") == 3 and len(found) == 15


def test_arrays_show_shapes_and_the_length_of_the_gradient():
    w = Value(np.ones((2, 3)), "w")
    h = w.tanh()
    loss = (2 * h[np.array([0, 0])] + np.ones(3)).sum()
    loss.backward()
    found = texts(graph(loss))
    length = np.linalg.norm(w.gradient)
    assert {"tanh(w)", "[]", "shape 2 × 3", "constant", "sum", "+", f"|gradient| {length:.4g}"} <= set(found)


@pytest.mark.parametrize("down", [False, True])
def test_texts_lie_within_their_boxes_and_boxes_apart_in_the_figure(down):
    model = MLP(initial_weights((3, 4, 2), np.random.default_rng(0)), "tanh")
    x = np.random.default_rng(1).normal(size=(5, 3))
    loss = model(x).softmax_cross_entropy([0, 1, 0, 1, 1]) + 0.1 * (model.weights[0] ** 2).sum()
    loss.backward()
    before = dict(plt.rcParams)
    ax = graph(loss, down=down)
    assert dict(plt.rcParams) == before
    renderer = ax.figure.canvas.get_renderer()
    boxes = [patch.get_window_extent(renderer) for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 17 and len([p for p in ax.patches if isinstance(p, PathPatch)]) == 17
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    page = ax.figure.bbox
    for text in ax.texts:
        if text.get_text():
            t = text.get_window_extent(renderer)
            homes = [b for b in boxes if b.x0 <= t.x0 and t.x1 <= b.x1 and b.y0 - 1 <= t.y0 and t.y1 <= b.y1 + 1]
            assert len(homes) == 1, text.get_text()
            assert text.get_fontsize() >= 10 and page.x0 <= t.x0 and t.x1 <= page.x1
    places = {patch.get_window_extent(renderer).x0: None for patch in ax.patches if isinstance(patch, FancyBboxPatch)}
    assert len(places) > 1


def test_an_operand_used_twice_by_one_operation_has_two_edges():
    w = Value(3.0, "w")
    ax = graph(w * w)
    assert len([patch for patch in ax.patches if isinstance(patch, PathPatch)]) == 2 and "w * w" in texts(ax)
    assert texts(graph(w)) == ["w", "value 3"]


def test_what_nobody_can_read_is_refused():
    y = Value(1.0)
    for _ in range(130):
        y = y + 1
    with pytest.raises(ValueError, match=r"a graph of \d+ values cannot be read, at most 120"):
        graph(y)
