"""UAR as a Keras metric, by which a training is watched."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("emokit")
class UAR(keras.metrics.Metric):
    """Unweighted average recall as a Keras metric: equal to `metrics.uar` over the clips of an epoch.

    Class weights do not enter. A class that never occurs does not count.

    Args:
        n_classes: of the model.

    Call arguments:
        y_true: int (batch,), class index; or float (batch, n_classes), of which the largest counts.
        y_pred: float (batch, n_classes).
    """

    def __init__(self, n_classes: int, name: str = "uar", **options):
        super().__init__(name=name, **options)
        self.n_classes = n_classes
        self._direction = "up"  # for callbacks that ask whether more is better
        self.total = self.add_weight(shape=(n_classes,), initializer="zeros", name="total")
        self.right = self.add_weight(shape=(n_classes,), initializer="zeros", name="right")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count clips, and right ones, by class."""
        if len(y_true.shape) == 2 and y_true.shape[-1] == self.n_classes > 1:
            y_true = ops.argmax(y_true, axis=-1)
        truth = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), self.n_classes)  # (batch, classes)
        predicted = ops.one_hot(ops.argmax(y_pred, axis=-1), self.n_classes)
        self.total.assign_add(ops.sum(truth, axis=0))
        self.right.assign_add(ops.sum(truth * predicted, axis=0))

    def result(self):
        """Give the mean recall of the classes that occurred, 0 … 1."""
        occurred = ops.cast(self.total > 0, "float32")
        recalls = self.right / ops.maximum(self.total, 1.0)
        return ops.sum(recalls * occurred) / ops.maximum(ops.sum(occurred), 1.0)

    def get_config(self) -> dict:
        """Give the arguments that make this metric again."""
        return {**super().get_config(), "n_classes": self.n_classes}
