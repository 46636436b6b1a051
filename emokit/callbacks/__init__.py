"""What watches a training: what it reads, the state that survives a kill, early stopping, the learning rate, the log.

Notebook 02 does:

    with callbacks.explain_memory(batch_size):
        model.fit(train, validation_data=dev, epochs=epochs, initial_epoch=run.epoch, shuffle=False,
                  callbacks=callbacks.standard(run, train, dev))
"""

import keras

from emokit.batches import Batches
from emokit.callbacks.checkpoint import Checkpoint
from emokit.callbacks.device import explain_memory, make_deterministic
from emokit.callbacks.log import Log
from emokit.callbacks.reading import Reading
from emokit.callbacks.schedule import ReduceOnPlateau, optimizer
from emokit.callbacks.stopping import PATIENCE, EarlyStopping, StopAtNaN, measures
from emokit.run_folder import Run

__all__ = ["PATIENCE", "Checkpoint", "EarlyStopping", "Log", "Reading", "ReduceOnPlateau", "StopAtNaN"]
__all__ += ["explain_memory", "make_deterministic", "measures", "optimizer", "shown_by", "standard"]


def standard(
    run: Run,
    train: Batches,
    dev: Batches,
    *,
    patience: int = PATIENCE,
    schedule: str = "plateau",
    save_minutes: float = 10,
    tensorboard: bool = False,
) -> list[keras.callbacks.Callback]:
    """The callbacks of a run, in their order.

    Call `fit` with `shuffle=False`: the batches have their own order by (seed, epoch), and Keras would mix them once
    more by chance, which no resume could repeat.

    Args:
        run: made by `run_folder.start`, its inputs saved.
        train: batches of the training part, as `fit` gets them; their target says which figure chooses the epoch.
        dev: batches of dev, as `fit` gets them for `validation_data`.
        patience: epochs without a better figure on dev before training stops, whose best weights are brought back.
        schedule: as in `optimizer`; under "cosine" all epochs are trained, and the weights of the last one stay.
        save_minutes: between two saves of the state within an epoch; 0 saves at the end of epochs only.
        tensorboard: writes logs for TensorBoard into the run folder.

    Raises:
        LeakError: if the readers hold other clips than those parts of the run; when `fit` begins, if the network has
            learned before; after an epoch, if `fit` read others.
    """
    monitor, choosing = train.target.monitor, {}
    if schedule == "plateau":
        plateau = ReduceOnPlateau(max(1, patience // 3))
        choosing = {"early_stopping": EarlyStopping(patience, monitor), "plateau": plateau}
    watchers = {"reading": Reading(run, train, dev), **choosing, "log": Log(run, len(train.clips), monitor)}
    # Only now: when training ends, early stopping brings back the weights that are to be recorded.
    keep = keras.callbacks.LambdaCallback(on_train_end=lambda logs: watchers["reading"].keep())
    # The checkpoint is the last of them: what it saves is what the others made of the epoch.
    listed = [StopAtNaN(run, train), *watchers.values(), keep, Checkpoint(run, train, watchers, save_minutes)]
    return listed + ([_tensorboard(run)] if tensorboard else [])


def shown_by(monitor, batches: int) -> keras.callbacks.Callback:
    """What tells a `widgets.TrainingMonitor` of each batch and epoch; `batches` is how many an epoch has."""
    return keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: monitor.batch(batch + 1, batches),
        on_epoch_end=lambda epoch, logs: monitor.update(),
    )


def _tensorboard(run: Run) -> keras.callbacks.Callback:
    try:
        import tensorboard  # noqa: F401 (Keras would fail later, and less clearly)
    except ImportError as error:
        raise ImportError("tensorboard=True needs TensorBoard. Install it: pip install 'tensorboard>=2.21'") from error
    return keras.callbacks.TensorBoard(log_dir=str(run.path / "tensorboard"))
