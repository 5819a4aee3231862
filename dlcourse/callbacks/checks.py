"""What our callbacks ask of the model they are given to."""

import numbers
import threading


def own_optimizer(model):
    """The optimizer that holds the learning rate and the momentum: within the one that scales losses, where it is one.

    On JAX ask for it anew at each use, as `own_optimizer(self.model)`: within an epoch the state lies elsewhere, and
    `self.model` brings it back.
    """
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def refuse_skipped_steps(callback, model):
    """ValueError where `callback`, which has to see each update of the weights by itself, would not."""
    name = type(callback).__name__
    if model.steps_per_execution != 1:
        raise ValueError(
            f"{name} has to see every step, but steps_per_execution={model.steps_per_execution}: Keras calls it "
            "once for as many. Compile the model with steps_per_execution=1."
        )
    accumulated = own_optimizer(model).gradient_accumulation_steps
    if accumulated:
        raise ValueError(
            f"{name} takes each batch for an update, but gradient_accumulation_steps={accumulated}: one update in as "
            "many batches. Build the optimizer without it, and use larger batches."
        )


def refuse_other_thread(callback, thread):
    """ValueError where `callback` is called from another thread than `thread`, the one in which training began."""
    if threading.get_ident() != thread:
        raise ValueError(
            f"Keras calls {type(callback).__name__} beside the training unless it stands in a list. Call fit with "
            "callbacks=[it]."
        )


def count(owner, name, value):
    """`value` as an int from 1 up; ValueError for anything else, in the name of `owner`'s argument `name`."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise ValueError(f"{owner} needs {name} to be a whole number from 1 up, got {value!r}. Pass such a number.")
