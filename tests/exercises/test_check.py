"""What a learner meets when an answer is right, wrong, unfinished or broken."""

import json

import numpy as np
import pytest

from dlcourse.exercises import AtLeast, Built, Case, Exercise, Mutant, check, checker
from dlcourse.exercises.compare import difference
from dlcourse.exercises.progress import read_progress, reset_progress


def right(x):
    return np.where(x > 0, x / 2, x)


def stub(x):
    """Halve the positive entries."""
    ...


def unfinished(x):
    return ...


def returns_nothing(x):
    x[x > 0] /= 2


def divides_by_zero(x):
    y = 1 / 0
    return x / y


def test_a_right_answer_passes_and_is_remembered(half):
    result = check("99.1", right)
    assert result and result.status == "passed"
    assert read_progress() == {"99.1": {"tries": 1, "passed": True}}


@pytest.mark.parametrize("answer", [..., None, stub, unfinished])
def test_an_unfinished_answer_is_not_a_try(half, answer):
    result = check("99.1", answer)
    assert result.status == "not attempted" and result.headline == "not attempted yet"
    assert result.hints == [] and read_progress() == {}


def test_a_failure_shows_the_first_case_that_fails_and_one_more_hint_at_each_try(half, capsys):
    def wrong(x):
        return np.where(x > 0, x / 2, -x)

    shown = []
    for _ in range(5):
        result = check("99.1", wrong)
        shown.append(len(result.hints))
    assert shown == [1, 2, 3, 3, 3]
    text = capsys.readouterr().out
    assert "case 1 of 4 fails" in text
    assert "x = [ 2., -4.]" in text and "expected   [ 1., -4.]" in text and "got        [1., 4.]" in text
    assert read_progress()["99.1"] == {"tries": 5, "passed": False}


@pytest.mark.parametrize("place", [0, 1])
def test_a_known_mistake_meets_its_own_hint_first(half, place):
    mutant = half.mutants[place]
    result = check("99.1", mutant.answer)
    assert result.hints == [half.hints[mutant.hint]]
    assert ("looks like", mutant.name) in result.lines
    assert check("99.1", mutant.answer).hints == [half.hints[mutant.hint], half.hints[0]]


def test_what_the_answer_raises_is_shown_in_one_line(half, capsys):
    assert check("99.1", divides_by_zero).status == "failed"
    out = capsys.readouterr().out
    assert "ZeroDivisionError: division by zero (line " in out and "in divides_by_zero)" in out
    assert "Traceback" not in out


def test_leaving_the_interpreter_is_caught_too(half):
    def leaves(x):
        raise SystemExit(3)

    assert "SystemExit" in dict(check("99.1", leaves).lines)["got"]


def test_a_missing_return_is_named(half):
    assert "return" in dict(check("99.1", returns_nothing).lines)["got"]


def test_an_answer_that_changes_its_input_spoils_no_other_case(half):
    def changes(x):
        x[...] = right(x)
        return x

    assert check("99.1", changes) and check("99.1", right)


def test_a_wrong_number_of_arguments_is_a_failure(half):
    assert "takes 0 positional arguments" in dict(check("99.1", lambda: 1).lines)["got"]


@pytest.mark.parametrize(
    "answer, said",
    [
        (np.zeros(2), "without brackets"),
        ("text", "without brackets"),
    ],
)
def test_a_result_where_the_function_is_wanted_is_explained_and_is_no_try(half, answer, said):
    result = check("99.1", answer)
    assert result.status == "not attempted" and said in result.headline and read_progress() == {}


def test_not_implemented_is_no_try(half):
    def later(x):
        raise NotImplementedError

    assert check("99.1", later).status == "not attempted" and read_progress() == {}


def test_what_keras_says_is_taken_from_below_its_first_line(half):
    def model(x):
        raise ValueError(
            "Exception encountered when calling Dense.call().\n\n\x1b[1mShapes differ.\x1b[0m\n\nArguments"
        )

    assert "ValueError: Shapes differ. (line" in dict(check("99.1", model).lines)["got"]


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda x: (i for i in x), "generator"),
        (lambda x: "1, 2", "the text '1, 2'"),
        (lambda x: right(x) + 1j, "complex"),
        (lambda x: {1: 2}, "dict"),
        (lambda x: print, "print"),
    ],
)
def test_results_of_another_kind_are_named(half, answer, said):
    assert said in dict(check("99.1", answer).lines)["got"]


def test_two_values_may_come_as_the_rows_of_an_array():
    assert difference((1.0, 2.0), np.array([1.0, 2.0])) is None
    assert difference(np.array([1.0, np.nan]), [1.0, np.nan]) is None and difference(np.nan, 1.0) is not None
    assert difference((np.ones(3), np.zeros(3)), np.stack([np.ones(3), np.zeros(3)])) is None
    assert difference((1.0, 2.0), np.array([1.0, 2.0, 3.0])) == "an array of shape (3,), expected 2 values"
    assert difference((1.0, 2.0), np.array([1.0, 3.0])) == "as value 2: 3"


def test_a_value_still_missing_in_a_pair_is_no_try(monkeypatch):
    only(monkeypatch, cases=[Case(expect=(1.0, 2.0))], mutants=[Mutant("a", (2.0, 1.0), 0), Mutant("b", (0.0, 0.0), 1)])
    assert check("99.2", (1.0, ...)).status == "not attempted" and check("99.2", (1.0, 2.0))


def test_a_damaged_progress_file_is_told_in_the_answer(half, own_home):
    own_home.mkdir()
    (own_home / "progress.json").write_text("{")
    result = check("99.1", right)
    assert result and "set aside" in dict(result.lines)["note"]


def test_shapes_and_nan_are_told_apart(half):
    assert "shape (2, 1)" in dict(check("99.1", lambda x: right(x)[..., None]).lines)["got"]
    assert "nan" in dict(check("99.1", lambda x: right(x) * np.nan).lines)["got"]


def test_passed_stays_passed_and_tries_go_on_counting(half):
    check("99.1", right)
    check("99.1", lambda x: x)
    assert read_progress() == {"99.1": {"tries": 2, "passed": True}}
    assert reset_progress(["99.1", "1.1"]) == 1 and read_progress() == {}


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match=r"no exercise '11\.11'.*11\.1"):
        check("11.11", 1)
    with pytest.raises(ValueError, match="no exercise"):
        check(None, 1)
    with pytest.raises(ValueError, match=r"Write check\('11\.1', ...\)"):
        check(11.1, 1)


def test_the_display_carries_a_machine_readable_status(half):
    shown = checker._Shown(check("99.1", right))._repr_mimebundle_()
    assert shown[checker.CHECK_MIME] == {"id": "99.1", "status": "passed", "hints": 0}
    json.dumps(shown)
    wrong = checker._Shown(check("99.1", lambda x: "<b>"))._repr_mimebundle_()
    assert "<b>'" not in wrong["text/html"]


def only(monkeypatch, **fields):
    """An exercise with two hints and two mutants made of `fields`."""
    exercise = Exercise("99.2", "Other kinds", hints=["one", "two"], **fields)
    monkeypatch.setattr(checker, "find", lambda exercise_id: exercise)


def test_numbers_and_arrays_pass_within_the_tolerance_and_are_not_given_away(monkeypatch, capsys):
    only(monkeypatch, cases=[Case(expect=102.5)], mutants=[Mutant("cut", 102, 0), Mutant("no bias", 12.5, 1)])
    assert check("99.2", 102.5) and check("99.2", np.float32(102.5)) and not check("99.2", 102)
    assert "expected" not in dict(check("99.2", 102).lines) and "102.5" not in capsys.readouterr().out


def test_a_choice_must_be_one_of_the_options(monkeypatch):
    only(
        monkeypatch,
        cases=[Case(expect="b")],
        options=("a", "b", "c"),
        mutants=[Mutant("first", "a", 0), Mutant("last", "c", 1)],
    )
    assert check("99.2", "B ") and not check("99.2", "a")
    assert dict(check("99.2", "d").lines)["expected"] == "one of 'a', 'b', 'c'"


def test_faulty_code_as_given_is_no_try_until_it_is_changed(monkeypatch):
    given = abs
    only(
        monkeypatch,
        cases=[Case(x=-1.0, expect=-1.0)],
        given=given,
        mutants=[Mutant("zero", lambda x: 0.0, 0), Mutant("two", lambda x: 2.0, 1)],
    )
    result = check("99.2", given)
    assert result.status == "not attempted" and "as given" in result.headline and result.lines
    assert read_progress() == {} and check("99.2", lambda x: x)


def test_models_are_judged_by_a_probe_and_a_bar(monkeypatch):
    made = []
    only(
        monkeypatch,
        cases=[Case(expect=AtLeast(0.9))],
        probe=lambda model: model["accuracy"],
        mutants=[Mutant("poor", Built(lambda: made.append(1) or {"accuracy": 0.2}), 0), Mutant("none", {}, 1)],
    )
    result = check("99.2", {"accuracy": 0.2})
    assert made == [1] and result.hints == ["one"] and dict(result.lines)["expected"] == "at least 0.9"
    assert check("99.2", {"accuracy": 0.95}) and made == [1]
    assert not check("99.2", {"accuracy": float("nan")})


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hints": ["one"]}, "at least 2"),
        ({"mutants": []}, "at least 2"),
        ({"cases": []}, "no case"),
        ({"cases": [Case(x=1)]}, "no `reference`"),
        ({"mutants": [Mutant("a", 1, 7), Mutant("b", 2, 0)]}, "does not exist"),
    ],
)
def test_a_poor_declaration_is_refused(change, message):
    fields = {
        "cases": [Case(expect=1)],
        "hints": ["one", "two"],
        "mutants": [Mutant("a", 2, 0), Mutant("b", 3, 1)],
    }
    with pytest.raises(ValueError, match=message):
        Exercise("99.3", "Poor", **{**fields, **change})
