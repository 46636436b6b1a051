"""A run on stretches of recordings is the run on the same stretches cut to files of their own."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay

from emokit import FeatureNormalizer, audio, audit, build_model, corpora, metrics, reviews, run_folder
from emokit.audio import with_times
from emokit.batches import Batches
from emokit.features import LogMelSettings
from emokit.features.cache import extract_and_measure
from emokit.model import embeddings
from emokit.predict import predict
from emokit.run_folder import Run
from emokit.targets import Emotions
from emokit.widgets import clip_player, clip_sound, confusion_explorer

pytestmark = pytest.mark.slow

RATE, EMOTIONS = 16_000, ["happy", "sad", "angry"]
SETTINGS = LogMelSettings(n_bands=16)
ARGUMENTS = {"n_bands": 16, "n_classes": 3, "max_seq_length": 6, "seed": 3}


def two_corpora(folder, demo_dir):
    """Four recordings of three people each, as stretches in a table; and the same clips as files."""
    files = sorted(demo_dir.rglob("*.flac"))[:24]
    stretches, whole = [], []
    for number, part in enumerate(["train", "train", "dev", "test"]):
        path, at = folder / "long" / f"talk {number}.flac", 0
        sounds = [sf.read(file, dtype="int16")[0] for file in files[6 * number : 6 * number + 6]]
        for place, sound in enumerate(sounds):
            facts = {"emotion": EMOTIONS[place % 3], "speaker": f"own/{number}", "corpus": "own", "part": part}
            name = with_times(path, at / RATE, (at + len(sound)) / RATE)
            stretches.append({"file": name, "recording": str(path), **facts})
            whole.append({"file": str(folder / "cut" / f"{number} {place}.flac"), **facts})
            at += len(sound)
            sf.write(whole[-1]["file"], sound, RATE)
        sf.write(path, np.concatenate(sounds), RATE)
    return pd.DataFrame(stretches), pd.DataFrame(whole)


def trained(folder, clips, data_dir):
    """A complete run of two epochs."""
    keras.utils.set_random_seed(0)
    features, measured = extract_and_measure(clips, SETTINGS, folder / "cache")
    clips = clips.join(measured).assign(n_frames=features.lengths)
    target, of = Emotions(EMOTIONS), {part: clips[clips["part"] == part] for part in ("train", "dev", "test")}
    normalizer = FeatureNormalizer().fit([features[label] for label in of["train"].index])
    parameters = {"data_dir": data_dir, "epochs": 2, "split": "speaker"}
    run = run_folder.start(folder, parameters, clips, settings=SETTINGS, emotions=EMOTIONS)
    run.save_inputs(clips, audit.audit(clips, measured), normalizer, None)
    model = build_model(**ARGUMENTS)
    model.compile("adam", "sparse_categorical_crossentropy")
    options = dict(max_length=96, batch_size=4)
    model.fit(Batches(features, of["train"], target, normalizer, **options), epochs=2, shuffle=False, verbose=0)
    reader = Batches(features, clips, target, normalizer, **options)
    said, vectors = (net.predict(reader, verbose=0) for net in (model, embeddings(model)))
    said = target.predictions(clips, said)
    run.save_model(ARGUMENTS, model)
    lay(run.path, "history.csv", "train.log")
    run.finish(said, metrics.summary(said, EMOTIONS), vectors)
    return Run.open(run.path)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, demo_dir):
    """One on stretches, one on files."""
    folder = tmp_path_factory.mktemp("segments")
    for name in ("long", "cut"):
        (folder / name).mkdir()
    tables = zip(("long", "cut"), two_corpora(folder, demo_dir), strict=True)
    return [trained(folder / f"run-{name}", clips, folder / name) for name, clips in tables]


def test_it_predicts_the_same(runs):
    one, other = (run.predictions for run in runs)
    columns = [name for name in one if name.startswith("p_")]
    np.testing.assert_allclose(one[columns], other[columns], atol=1e-6)
    assert one["predicted"].tolist() == other["predicted"].tolist()
    pd.testing.assert_frame_equal(*(run.clips[["digest", "duration", "rms", "n_frames"]] for run in runs), atol=1e-6)


def test_its_folder_names_no_place_of_this_machine(runs):
    place = str(Path(runs[0].clips["file"].iloc[0]).parents[1])
    tables = [(runs[0].path / name).read_text() for name in ("clips.csv", "predictions.csv", "findings.csv")]
    assert all(place not in text for text in tables) and '"talk 0.flac#t=0,' in tables[0]
    assert runs[0].clips["recording"].tolist() == [audio.fragment(file)[0] for file in runs[0].clips["file"]]


def test_a_stretch_by_its_name_predicts_what_its_file_predicts(runs):
    file, own = (run.clips["file"].iloc[-2] for run in runs)
    said = [predict(runs[0], one).drop(columns="file") for one in (file, own)]
    pd.testing.assert_frame_equal(*said)
    clips = runs[0].clips.iloc[[-2]]
    np.testing.assert_array_equal(runs[0].evidence(clips), runs[0].evidence(clips.assign(file=own)))


def test_the_players_play_the_stretch(runs):
    stretches, whole = (run.clips for run in runs)
    sound, _, seconds = clip_player.sound_and_picture(stretches["file"].iloc[4])
    assert (sound, seconds) == (clip_player.sound_and_picture(whole["file"].iloc[4])[::2])
    html = clip_player.player(stretches.iloc[4], clip_player.SoundBudget(), "")
    assert "<audio" in html and clip_player.clip_name(stretches["file"].iloc[4]) in html
    budget = clip_player.SoundBudget(2 * len(sound))
    assert "<audio" in clip_player.player(stretches.iloc[4], budget, "")  # an hour around it would not fit
    _, (sound,) = confusion_explorer.ConfusionExplorer(runs[0]).sound({"keys": [0]})
    test = metrics.of_test(runs[0].predictions)["file"].iloc[0]
    assert sound == clip_sound.flac(audio.read(test))


def test_a_review_is_of_the_stretch_and_of_no_other_of_its_recording(runs):
    run, clips = runs[0], runs[0].clips
    file = clips["file"].iloc[1]
    reviews.save(run, file, clips["emotion"].iloc[1], "wrong label", "angry", "louder")
    assert reviews.read(run)["file"].tolist() == [file]
    assert str(run.data_dir) not in (run.path / "reviews.csv").read_text()
    corrected, done = reviews.correct(clips, [run])
    assert (corrected["emotion"] != clips["emotion"]).sum() == 1 and corrected["emotion"].iloc[1] == "angry"
    assert done["file"].tolist() == [file]
    reviews.save(run, file, clips["emotion"].iloc[1], "")


def test_the_clips_are_as_sound_as_their_files(runs):
    one, other = (run.findings for run in runs)
    assert one[["severity", "check"]].equals(other[["severity", "check"]])


def test_the_table_of_clips_loads_again_from_its_file(runs, tmp_path):
    corpora.write_clips(tmp_path / "clips.csv", runs[0].clips, runs[0].data_dir)
    again = corpora.read_clips(tmp_path / "clips.csv", runs[0].data_dir)
    assert again["file"].tolist() == runs[0].clips["file"].tolist()
