"""Whether `fit` reads what the certificate says: learns from the training part, and chooses the epoch by dev."""

import keras
import numpy as np

from emokit.batches import Batches
from emokit.certificate import LeakError, hold
from emokit.run_folder import Run


class Reading(keras.callbacks.Callback):
    """Hold the readers to their parts, see in every epoch that `fit` reads them, and keep that with the run.

    Args:
        run: with its inputs saved.
        train: batches of the training part.
        dev: batches of dev, neither shuffled nor augmented.

    Raises:
        LeakError: before the training, if a reader holds other clips or another normalizer than the run, or if the
            network has learned before; after an epoch, if `fit` did not read all of train, and all of dev as its
            validation data.
    """

    def __init__(self, run: Run, train: Batches, dev: Batches):
        super().__init__()
        self.run, self.readers, self.epochs = run, {"train": train, "dev": dev}, 0
        clips, kept = run.clips, run.normalizer()
        for part, reader in self.readers.items():
            hold(clips, part, reader.clips)
            if not np.array_equal([kept.mean_, kept.scale_], [reader.normalizer.mean_, reader.normalizer.scale_]):
                raise LeakError(f"The reader of {part} has another normalizer than the run; give it that of the run.")
            for one, other in zip(kept.for_clips(reader.clips), reader.normalizer.for_clips(reader.clips), strict=True):
                if not np.array_equal([one.mean_, one.scale_], [other.mean_, other.scale_]):
                    raise LeakError(f"The reader of {part} knows other voices than the run; give it those of the run.")
        if dev.augment:
            raise LeakError("The reader of dev augments its clips; dev is read as it is.")

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Refuse a network that has learned already, nobody knows from what; a state of the run replaces it."""
        steps = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
        if steps and not self.run.complete and self.run.load_state() is None:
            self._refuse("The network has been trained before this fit; build it anew.")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """From here on what is read of train counts."""
        self.readers["train"].seen.clear()

    def on_test_begin(self, logs: dict | None = None) -> None:
        """From here on what is read of dev counts."""
        self.readers["dev"].seen.clear()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Refuse an epoch that did not read all of train to learn, and all of dev to validate."""
        for part, use in (("train", "to learn from"), ("dev", "as its validation data")):
            reader = self.readers[part]
            if len(reader.seen) < len(reader):
                self._refuse(f"fit did not read {part} {use}; call fit(train, validation_data=dev, …).")
        self.epochs += 1

    def keep(self) -> None:
        """Keep what was read, and the weights as they are now, in the certificate of the run."""
        if self.epochs and not self.run.complete:
            self.run.save_reading(*(reader.clips for reader in self.readers.values()), self.model)

    def _refuse(self, sentence: str) -> None:
        self.run.interrupt()
        raise LeakError(sentence)

    def get_state(self) -> tuple[dict, dict]:
        """Give what `set_state` needs."""
        return {"epochs": self.epochs}, {}

    def set_state(self, plain: dict, arrays: dict) -> None:
        """Go on after epochs that were seen before."""
        self.epochs = plain["epochs"]
