"""Bringing `fit` to the batch at which a run was interrupted: the data go by again, nothing is trained."""

from keras import utils


class Replay:
    """Draws the batches of a run up to one of them and throws them away, with every other callback kept silent.

    All that determines the data (a shuffled array, a generator, a tf.data pipeline, a PyDataset that counts its
    epochs) is thereby where it was. While it lasts, the model's train function only draws, and its evaluate does
    nothing; `stop` puts both back.
    """

    def __init__(self, model, metrics, logs):
        self.model = model
        self.metrics = metrics  # how many metric variables the state will bring
        self.logs = logs  # what the last step returned: fit reads the names of its logs off it
        self.fit = model.history
        self.train_function = model.train_function
        model.train_function = self._draw
        model.evaluate = self._evaluate

    def stop(self):
        """Training goes on."""
        self.model.train_function = self.train_function
        if "evaluate" in vars(self.model):
            del self.model.evaluate

    def _draw(self, *arguments):
        """In place of a train step: (iterator) -> logs, or on JAX (state, iterator) -> (logs, state)"""
        if self.model.history is not self.fit:  # a replay that was interrupted, and a new fit since
            self.stop()
            return self.train_function(*arguments)
        *state, iterator = arguments
        data = iterator[0] if isinstance(iterator, list) else next(iterator)
        if not state and len(self.model.metrics_variables) < self.metrics:
            self.model.test_on_batch(*utils.unpack_x_y_sample_weight(data))  # TensorFlow builds metrics on first use
        return (self.logs, *state) if state else self.logs

    def _evaluate(self, *arguments, **options):
        if self.model.history is not self.fit:
            self.stop()
            return self.model.evaluate(*arguments, **options)
        return {}
