"""The certificate binds the network: what fit reads is what the certificate says, or there is no training."""

# ruff: noqa: F811 (fixtures of another file)

import os
import signal

import keras
import pandas as pd
import pytest
from test_callbacks import BANDS, STEPS, Killed, model, setting, shift  # noqa: F401

from emokit import FeatureNormalizer, build_model, callbacks, certificate
from emokit.certificate import LeakError
from emokit.run_folder import Run

pytestmark = pytest.mark.slow


def test_what_fit_learned_from_and_what_chose_the_epoch_is_recorded_when_it_was_seen(setting):
    run = setting.start("seen", epochs=2)
    assert run.certificate()["learned_from"] is run.certificate()["epoch_chosen_by"] is None
    setting.fit(run)
    proof = run.certificate()
    assert proof["learned_from"].items() >= {"part": "train", "clips": 36}.items()
    assert proof["epoch_chosen_by"].items() >= {"part": "dev", "clips": 12}.items()
    assert certificate.warnings(proof) == [] and "split.json" in run.record["files"]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("slip", ["test as validation_data", "no validation_data", "all clips to learn from"])
def test_a_fit_that_reads_other_parts_is_refused_after_its_first_epoch(setting, slip, workers):
    run = setting.start("slip")
    instead, named = {
        "test as validation_data": ({"dev": setting.batches(setting.test)}, "dev as its validation data"),
        "no validation_data": ({"dev": None}, "dev as its validation data"),
        "all clips to learn from": ({"train": setting.batches(setting.clips, shuffle=True)}, "train to learn from"),
    }[slip]
    with pytest.raises(LeakError, match=f"fit did not read {named}; call fit"):
        setting.fit(run, workers=workers, **instead)
    assert run.state == "interrupted at epoch 0" and run.certificate()["learned_from"] is None


@pytest.mark.parametrize("number", [None, signal.SIGINT])
def test_what_was_learned_from_other_clips_leaves_no_state_to_be_resumed(setting, number):
    interrupt = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), number) if number and batch == 1 else None
    )
    run, everyone = setting.start("leak"), setting.batches(setting.clips, shuffle=True)
    with pytest.raises(KeyboardInterrupt if number else LeakError):
        setting.fit(run, interrupt, train=everyone, save_minutes=1e-9)
    assert run.state == "interrupted at epoch 0" and run.load_state() is None
    setting.fit(setting.start("leak"))
    assert "resumed" not in (run.path / "train.log").read_text()


def test_a_network_that_has_learned_before_is_refused_when_fit_begins(setting):
    run, train, dev = setting.start("warm"), setting.batches(setting.train, shuffle=True), setting.batches(setting.dev)
    model = setting.model
    model.fit(setting.batches(setting.clips), verbose=0)
    with pytest.raises(LeakError, match=r"The network has been trained before this fit; build it anew\."):
        model.fit(train, validation_data=dev, callbacks=callbacks.standard(run, train, dev), shuffle=False, verbose=0)
    assert run.state == "interrupted at epoch 0"


@pytest.mark.parametrize("patience", [1, 10])
def test_weights_that_fit_did_not_leave_are_not_saved(setting, patience):
    arguments = {"n_bands": BANDS, "n_classes": 3, "max_seq_length": STEPS, "seed": 1}
    run = setting.start("after")
    model = setting.fit(run, patience=patience)  # which has brought back the best weights
    run.save_model(arguments, model)
    saved = (run.path / "model.weights.h5").read_bytes()
    model.fit(setting.batches(setting.test), verbose=0)
    with pytest.raises(LeakError, match="after: these weights are not those that fit left"):
        run.save_model(arguments, model)
    assert (run.path / "model.weights.h5").read_bytes() == saved
    run = setting.start("after")
    run.save_model(arguments, setting.fit(run, patience=patience))  # resumed when nothing was left to do
    run.model()
    build_model(**arguments).save_weights(run.path / "model.weights.h5")
    with pytest.raises(LeakError, match="after: these weights are not those that fit left"):
        Run(run.path, run.record).model()


OTHER_CLIPS = {
    "read as train holds 12 clips of dev and 12 clips of test; give the 36 clips": ("train", lambda s: s.clips),
    "read as dev holds 12 clips of test; give the 12 clips of dev": ("dev", lambda s: s.test),
    "read as dev are 6 clips, the run has 12; give all of them once": ("dev", lambda s: s.dev[:6]),
    "read as train are 72 clips, the run has 36": ("train", lambda s: pd.concat([s.train] * 2)),
    "read as train holds 36 clips of no part": ("train", lambda s: s.train.assign(file=s.train["file"] + "x")),
    "read as train has other labels than the run keeps": ("train", lambda s: s.train.assign(emotion="sad")),
}


@pytest.mark.parametrize("message", OTHER_CLIPS)
def test_readers_of_other_clips_are_refused_before_the_training(setting, message):
    part, clips = OTHER_CLIPS[message]
    readers = {"train": setting.batches(setting.train, shuffle=True), "dev": setting.batches(setting.dev)}
    callbacks.standard(setting.start("held"), **readers)
    with pytest.raises(LeakError, match=message):
        callbacks.standard(setting.start("held"), **readers | {part: setting.batches(clips(setting))})


def test_another_normalizer_and_an_augmented_dev_are_refused_before_the_training(setting):
    run, train = setting.start("held"), setting.batches(setting.train, shuffle=True)
    with pytest.raises(LeakError, match="The reader of dev augments its clips"):
        callbacks.standard(run, train, setting.batches(setting.dev, augment=[shift]))
    setting.normalizer = FeatureNormalizer().fit(setting.features)
    with pytest.raises(LeakError, match="The reader of dev has another normalizer than the run"):
        callbacks.standard(run, train, setting.batches(setting.dev))


def test_a_resumed_training_keeps_the_record_also_when_nothing_was_left_to_do(setting):
    run = setting.start("resumed", epochs=3)
    with pytest.raises(SystemExit):
        setting.fit(run, Killed(2, 1))
    run = setting.start("resumed", epochs=3)
    assert run.certificate()["learned_from"] is None  # inputs are saved anew, and nothing is read yet
    setting.fit(run)
    assert run.certificate()["learned_from"]["clips"] == 36
    run = setting.start("resumed", epochs=3)  # killed after the training, before it was finished
    assert run.epoch == 3 and run.certificate()["learned_from"] is None
    setting.fit(run)
    assert run.certificate()["epoch_chosen_by"]["clips"] == 12


def read_through(reader, batches=None):
    for batch in range(len(reader) if batches is None else batches):
        reader[batch]


@pytest.mark.parametrize("of_train, of_dev", [(3, 1), (2, 1), (3, 0), (0, 1)])
def test_only_what_was_read_within_the_epoch_counts_and_all_of_it(setting, of_train, of_dev):
    train, dev = setting.batches(setting.train), setting.batches(setting.dev)
    reading = callbacks.Reading(setting.start("counted"), train, dev)
    read_through(train)  # before the epoch
    read_through(dev)
    reading.on_epoch_begin(0)
    read_through(train, of_train)
    reading.on_test_begin()
    read_through(dev, of_dev)
    if (of_train, of_dev) == (len(train), len(dev)):
        reading.on_epoch_end(0)
    else:
        with pytest.raises(LeakError, match="fit did not read"):
            reading.on_epoch_end(0)
