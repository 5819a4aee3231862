"""Confusion counts, precision, recall and F1, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix, precision_recall_fscore_support

from dlcourse.scratch.scores import class_counts, confusion_counts, f1, precision, recall


def answers(seed=0, n=60, k=4):
    rng = np.random.default_rng(seed)
    y_true = rng.integers(k, size=n)
    return y_true, np.where(rng.random(n) < 0.6, y_true, rng.integers(k, size=n))


def test_counts_agree_with_scikit_learn():
    y_true, y_pred = answers()
    assert np.array_equal(confusion_counts(y_true, y_pred, 4), confusion_matrix(y_true, y_pred))
    assert confusion_counts([1], [0], 3).tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert confusion_counts([], [], 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("average", [None, "macro", "micro"])
@pytest.mark.parametrize("seed", range(3))
def test_scores_agree_with_scikit_learn(seed, average):
    y_true, y_pred = answers(seed)
    tp, fp, fn = class_counts(confusion_counts(y_true, y_pred, 4))
    if average == "micro":
        tp, fp, fn = tp.sum(), fp.sum(), fn.sum()
    got = precision(tp, fp), recall(tp, fn), f1(tp, fp, fn)
    if average == "macro":
        got = [score.mean() for score in got]
    peer = precision_recall_fscore_support(y_true, y_pred, average=average)[:3]
    assert np.allclose(got, peer)


def test_micro_average_of_one_label_each_is_the_accuracy():
    y_true, y_pred = answers(7)
    tp, fp, fn = (c.sum() for c in class_counts(confusion_counts(y_true, y_pred, 4)))
    assert precision(tp, fp) == recall(tp, fn) == f1(tp, fp, fn) == (y_true == y_pred).mean()


def test_f1_is_the_harmonic_mean():
    p, r = precision(8, 2), recall(8, 8)
    assert (p, r) == (0.8, 0.5) and f1(8, 2, 8) == pytest.approx(2 * p * r / (p + r))


def test_several_labels_an_example():
    rng = np.random.default_rng(1)
    y, p = rng.random((30, 3)) < 0.4, rng.random((30, 3)) < 0.4
    peer = multilabel_confusion_matrix(y, p)
    tp, fp, fn = (y & p).sum(axis=0), (~y & p).sum(axis=0), (y & ~p).sum(axis=0)
    assert np.array_equal(peer[:, 1, 1], tp) and np.array_equal(peer[:, 0, 1], fp)
    wanted = precision_recall_fscore_support(y, p, average="micro")[2]
    assert f1(tp.sum(), fp.sum(), fn.sum()) == pytest.approx(wanted)


def test_nothing_named_and_nothing_there_score_0_without_a_warning():
    with np.errstate(all="raise"):
        assert precision(0, 0) == 0 and recall(0, 0) == 0 and f1(0, 0, 0) == 0
        assert f1(np.array([0, 1]), np.array([0, 0]), np.array([0, 0])).tolist() == [0, 1]


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="expected 0 to 1"):
        confusion_counts([0, 2], [0, 1], 2)
    with pytest.raises(ValueError, match="2 true and 1 predicted"):
        confusion_counts([0, 1], [0], 2)
