"""Time of our losses for masks and of our U-Net against those of MONAI and segmentation-models-pytorch (SMP).

    pip install -e ".[peers]"
    KERAS_BACKEND=tensorflow python benchmarks/segmentation.py [losses] [unet] [--rounds 7] [--quick]

`losses`: value and gradient in the scores, 8 images of 128 x 128, 3 classes, labels smooth and touching. Ours is
compiled (tf.function with XLA, jax.jit) and eager on PyTorch; the peers run on PyTorch as they are, on the same number
of threads. Hausdorff's distance transforms are SciPy's in MONAI. `unet`: a step of `train_on_batch` at 128 x 128, batch
4, of the padded U-Net on a ResNet-34, against the same net of SMP (equal parameters and products) with PyTorch's Adam.
Ours and the peer take turns, in an order that changes from round to round. A turn is a block of as many calls as take a
quarter of a second, since the threads of the one library go on waiting for work for a while when the other's turn has
come. `ratio` is the median over rounds of ours / peer, beside the quarter and three-quarter marks, by the clock and by
the CPU time of all threads. The bar is 1.0, by the clock. The exact distance transform has a table of its own:
benchmarks/distance.py.
"""

import argparse
import time

import keras
import numpy as np
import torch
from keras import ops
from scipy import ndimage

from dlcourse import losses, models
from dlcourse.ops import compiled, value_and_grad

BAR, BLOCK = 1.0, 0.25  # a ratio, and seconds


def labels_and_scores(n, size, classes):
    """Smooth regions of every class: labels (n, s, s), and scores (n, s, s, k) that mostly agree with them."""
    rng = np.random.default_rng(0)
    fields = np.stack(
        [ndimage.gaussian_filter(rng.normal(size=(n, size, size)), (0, 8, 8)) for _ in range(classes)], -1
    )
    labels = fields.argmax(-1)
    scores = 2 * np.eye(classes)[labels] + rng.normal(size=(n, size, size, classes))
    return labels.astype("int32"), scores.astype("float32")


def rows():
    """{name: (our loss, the peer's name, the peer's loss of scores (b, k, h, w) and labels (b, h, w))}"""
    from monai import losses as monai
    from segmentation_models_pytorch import losses as smp

    def one_hot(loss):
        return lambda scores, labels: loss(scores, labels[:, None])

    options = {"to_onehot_y": True, "softmax": True}
    scores = {"from_logits": True}
    return {
        "Dice": (losses.Dice(**scores), "MONAI", one_hot(monai.DiceLoss(**options))),
        "GeneralizedDice": (losses.GeneralizedDice(**scores), "MONAI", one_hot(monai.GeneralizedDiceLoss(**options))),
        "Tversky": (losses.Tversky(**scores), "MONAI", one_hot(monai.TverskyLoss(**options))),
        "Focal": (losses.Focal(**scores), "MONAI", one_hot(monai.FocalLoss(to_onehot_y=True, use_softmax=True))),
        "Jaccard": (losses.Jaccard(**scores), "SMP", smp.JaccardLoss("multiclass")),
        "LovaszSoftmax": (losses.LovaszSoftmax(**scores), "SMP", smp.LovaszLoss("multiclass", per_image=True)),
        "HausdorffDT": (
            losses.HausdorffDT(**scores),
            "MONAI",
            one_hot(monai.HausdorffDTLoss(include_background=True, **options)),
        ),
    }


def compare_losses(rounds, quick):
    labels, scores = labels_and_scores(2 if quick else 8, 32 if quick else 128, 3)
    theirs = torch.tensor(np.moveaxis(scores, -1, 1).copy()), torch.tensor(labels).long()
    for name, (loss, peer, peers) in rows().items():
        step = compiled(lambda x, y, loss=loss: value_and_grad(lambda w: loss(y, w[0]), [x]), check_nan=False)
        given = ops.convert_to_tensor(scores), ops.convert_to_tensor(labels)

        def ours(step=step, given=given):
            return float(step(*given)[0])

        def their(peers=peers):
            x = theirs[0].clone().requires_grad_()
            value = peers(x, theirs[1])
            value.backward()
            return float(value)

        report(name, peer, ours, their, rounds)


def compare_unets(rounds, quick):
    import segmentation_models_pytorch as smp

    size, n = (64, 2) if quick else (128, 4)
    labels, _ = labels_and_scores(n, size, 3)
    images = np.random.default_rng(1).normal(size=(n, size, size, 3)).astype("float32")
    model = models.EncoderUNet((size, size, 3), classes=3, classifier_activation=None)
    model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    net = smp.Unet("resnet34", encoder_weights=None, classes=3).train()
    optimizer, loss = torch.optim.Adam(net.parameters(), 1e-4), torch.nn.CrossEntropyLoss()
    x, y = torch.tensor(np.moveaxis(images, -1, 1).copy()), torch.tensor(labels).long()

    def their():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    report("U-Net, a step", "SMP", lambda: model.train_on_batch(images, labels), their, rounds)


def timed(call, calls):
    """(clock, CPU) seconds of a call, in a block of so many."""
    call(), call()
    clock, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        call()
    return (time.perf_counter() - clock) / calls, (time.process_time() - cpu) / calls


def report(name, peer, ours, their, rounds):
    """One row: median times, and quartiles of the ratios."""
    both = ours, their
    for call in both:
        call(), call()  # compiled, and warm
    calls = [max(1, round(BLOCK / timed(call, 1)[0])) for call in both]
    times = np.zeros((rounds, 2, 2))
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            times[n, side] = timed(both[side], calls[side])
    low, ratio, high = np.quantile(times[:, 0] / times[:, 1], [0.25, 0.5, 0.75], axis=0)
    clock = 1e3 * np.median(times[..., 0], axis=0)
    words = [f"{ratio[i]:.2f} ({low[i]:.2f}, {high[i]:.2f})" for i in (0, 1)]
    holds = "yes" if ratio[0] <= BAR else "NO"
    print(f"{name:<17}{peer:<7}{clock[1]:>8.1f}{clock[0]:>8.1f}{words[0]:>21}{words[1]:>21}  {holds}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="losses or unet; both without")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="small images, three rounds")
    given = parser.parse_args()
    rounds = 3 if given.quick else given.rounds
    print(f"{keras.backend.backend()} against PyTorch on {torch.get_num_threads()} threads, {rounds} rounds; ms")
    print(f"{'what':<17}{'peer':<7}{'peer':>8}{'ours':>8}{'ratio, clock':>21}{'ratio, CPU':>21}  holds")
    for part, compare in {"losses": compare_losses, "unet": compare_unets}.items():
        if part in (given.parts or ("losses", "unet")):
            compare(rounds, given.quick)


if __name__ == "__main__":
    main()
