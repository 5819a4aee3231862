"""A claim shows its line and its figures, and stops the run when it is false."""

import nbformat
import numpy as np
import pytest

import dlcourse
from dlcourse import claim
from dlcourse.course import Claim, devices, show
from dlcourse.course.claims import CLAIM_MIME, read_claims


def test_a_true_claim_shows_one_line_with_a_tick_and_its_figures(capsys):
    assert claim("a < b", np.bool_(True), detail="1 < 2") is None
    assert capsys.readouterr().out == "\u2713 a < b  (1 < 2)\n"


def test_a_false_claim_is_shown_and_raises_with_its_figures(capsys):
    with pytest.raises(AssertionError, match=r"b < a \(2 < 1\)"):
        claim("b < a", 2 < 1, "2 < 1")
    assert capsys.readouterr().out.startswith("\u2717 b < a")


@pytest.mark.parametrize("condition", [np.array([True, True]), None, "yes", np.zeros((0,))])
def test_only_a_single_truth_value_is_a_condition(condition):
    with pytest.raises(ValueError, match="single truth value"):
        claim("text", condition)


@pytest.mark.parametrize("text", ["", "  ", 3 > 2, None])
def test_a_claim_needs_its_sentence(text):
    with pytest.raises(ValueError, match="sentence first"):
        claim(text, True)


def test_nan_makes_a_comparison_false():
    with pytest.raises(AssertionError):
        claim("the loss is small", np.float64("nan") < 1)


def test_the_display_is_safe_and_machine_readable():
    bundle = Claim("a < b & c", True, "<1>")._repr_mimebundle_()
    assert "a &lt; b &amp; c" in bundle["text/html"] and "&lt;1&gt;" in bundle["text/html"]
    output = nbformat.v4.new_output("display_data", data=bundle)
    cell = nbformat.v4.new_code_cell("claim(...)", outputs=[output])
    assert read_claims(nbformat.v4.new_notebook(cells=[cell])) == [Claim("a < b & c", True, "<1>")]
    assert bundle[CLAIM_MIME]["held"] is True


def test_show_displays_source_with_its_place(capsys):
    show(dlcourse.scale)
    assert capsys.readouterr().out.startswith("# dlcourse.settings.scale\ndef scale(small, full):\n")


@pytest.mark.parametrize("thing", [3, np.zeros(2), len, np.sin])
def test_show_refuses_what_has_no_source(thing):
    with pytest.raises(ValueError, match="has none"):
        show(thing)


def test_devices_are_named():
    assert devices() and all(name.split(":")[0] in ("cpu", "gpu", "mps", "tpu") for name in devices())
