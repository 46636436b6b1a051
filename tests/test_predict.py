import json
import shlex
import shutil
import subprocess
import sys
import tracemalloc
import types
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay

from emokit import FeatureNormalizer, atomic_files, audio, audit, build_model, calibration, metrics, run_folder
from emokit import predict as predicting
from emokit.audio import BadClip
from emokit.batches import Batches
from emokit.features import LogMelSettings
from emokit.model import embeddings
from emokit.neighbours import Neighbours
from emokit.predict import predict, samples
from emokit.predict.__main__ import main
from emokit.predict.answer import of_recording
from emokit.run_folder import Run, RunError
from emokit.targets import Emotions

EMOTIONS = ["happy", "sad"]
SETTINGS = LogMelSettings(n_bands=8)
ARGUMENTS = {"n_bands": 8, "n_classes": 2, "max_seq_length": 4, "seed": 3}  # reads 0.64 s


def tone(seconds, pitch, rate=16_000):
    """A tone that swells and fades, so that trimming has something to cut."""
    t = np.arange(int(seconds * rate)) / rate
    return (0.4 * np.sin(np.pi * t / t[-1]) ** 3 * np.sin(2 * np.pi * pitch * t)).astype(np.float32)


def noise(seconds, seed=0):
    """Something to hear all along, loud and soft as syllables are, so that nothing is trimmed or taken for a pause."""
    t = np.arange(int(16_000 * seconds)) / 16_000
    swell = 0.15 + np.square(np.sin(2 * np.pi * 2 * t))
    return (swell * np.random.default_rng(seed).normal(0, 0.1, len(t))).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_of_tones(tmp_path_factory.mktemp("predict"))


def run_of_tones(folder: Path) -> Path:
    """A complete run on eight tones; the weights are drawn, so that no probability is 0.5."""
    (folder / "corpus").mkdir()
    rows = []
    for i in range(8):
        file = folder / "corpus" / f"{i}.wav"
        sf.write(file, tone(0.4 + 0.15 * i, 200 + 90 * i), 16_000)
        part = ["train", "dev", "test", "test"][i // 2]
        rows.append({"file": str(file), "emotion": EMOTIONS[i % 2], "speaker": f"demo/{part}", "part": part})
    frames = [SETTINGS.placed(audio.read(row["file"]))[0] for row in rows]
    clips = pd.DataFrame(rows).assign(n_frames=[len(f) for f in frames])
    clips = clips.assign(**audit.measure(clips)[["duration", "rms", "bandwidth"]])
    parameters = {"data_dir": folder / "corpus", "epochs": 1, "split": "speaker"}
    run = run_folder.start(folder / "tones", parameters, clips, settings=SETTINGS, emotions=EMOTIONS)
    normalizer = FeatureNormalizer().fit(frames[:2])
    near = Neighbours.fit(frames, clips[:2], ARGUMENTS["max_seq_length"] * 16)
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None, neighbours=near)
    model = build_model(**ARGUMENTS)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(variable * rng.uniform(0.5, 1.5, variable.shape) + rng.uniform(0, 0.05, variable.shape))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    reader = Batches(frames, clips, Emotions(EMOTIONS), normalizer, max_length=64, batch_size=3)
    said = Emotions(EMOTIONS).predictions(clips, model.predict(reader, verbose=0))
    vectors = embeddings(model).predict(reader, verbose=0)
    run.save_model(ARGUMENTS, model)
    lay(run.path, "history.csv", "train.log")
    run.finish(said, metrics.summary(said, EMOTIONS) | {"calibration": calibration.summary(said)}, vectors)
    return run.path


@pytest.fixture(scope="module")
def run(folder):
    """One for all, since it keeps the model that it has built."""
    return Run.open(folder)


@pytest.fixture
def changed(folder, tmp_path):
    """A copy of the run with changed files, listed as if they were right."""

    def make(**contents):
        for path in folder.iterdir():
            if path.is_file():
                (tmp_path / path.name).write_bytes(path.read_bytes())
        record = json.loads((tmp_path / "run.json").read_text())
        for name, content in contents.items():
            if name == "record":
                record |= content
            else:
                name = name.replace("__", ".")
                atomic_files.write_json(tmp_path / name, json.loads((tmp_path / name).read_text()) | content)
                record["files"][name] = atomic_files.sha256(tmp_path / name)
        atomic_files.write_json(tmp_path / "run.json", record)
        return tmp_path

    return make


@pytest.mark.slow
def test_a_fresh_process_says_the_same_of_a_clip_as_the_run(run):
    code = (
        "import sys, pandas as pd\n"
        "from emokit.predict import predict\n"
        "from emokit.run_folder import Run\n"
        "run = Run.open(sys.argv[1])\n"
        "predict(run, run.clips).to_csv(sys.argv[2], index=False)\n"
    )
    out = run.path / "figures" / "out.csv"
    out.parent.mkdir()
    subprocess.run([sys.executable, "-c", code, str(run.path), str(out)], check=True, capture_output=True)
    fresh, stored = pd.read_csv(out), run.predictions
    assert fresh["file"].tolist() == stored["file"].tolist()
    columns = ["p_happy", "p_sad"]
    assert stored["p_happy"].std() > 1e-3  # drawn weights tell the clips apart
    assert np.abs(fresh[columns].to_numpy() - stored[columns].to_numpy()).max() < 1e-6


def test_the_stored_weights_bring_no_optimizer_along(run):
    import h5py

    with h5py.File(run.path / "model.weights.h5") as stored:
        names = []
        stored.visit(names.append)
    assert not any("optimizer" in name for name in names)


P = ["p_happy", "p_sad"]


def test_a_clip_is_one_row_with_its_emotion_and_how_sure_that_is(run):
    said = predict(run, run.clips["file"][3])
    assert said.columns.tolist() == ["file", "predicted", *P, "confidence", "flag"] and len(said) == 1
    best = said[P].iloc[0].astype(float).idxmax()
    assert said["predicted"].item() == best.removeprefix("p_") and said["file"].item() == run.clips["file"][3]
    temperature = run.metrics["calibration"]["temperature"]
    power = said[P].iloc[0].astype(float) ** (1 / temperature)
    assert said["confidence"].item() == pytest.approx(power[best] / power.sum(), abs=1e-6)


def test_a_long_recording_is_answered_by_the_mean_of_its_windows(run):
    samples = np.concatenate([noise(1.3, seed) for seed in range(6)])
    rows, one = predict(run, samples, 16_000, windows=True), predict(run, samples, 16_000)
    assert rows.columns.tolist() == ["file", "start", "end", "predicted", *P, "confidence", "flag"]
    assert len(rows) > 20 and len(one) == 1
    np.testing.assert_allclose(one[P].iloc[0].astype(float), rows[P].mean(), atol=1e-6)


def test_windows_begin_at_equal_steps_and_the_last_one_ends_with_the_recording(run):
    said = predict(run, noise(7.77), 16_000, windows=True)
    steps = said["start"].diff()[1:]
    assert said["start"][0] == 0 and steps.max() - steps.min() < 2e-3 and said["end"].iloc[-1] == 7.77
    lasts = said["end"] - said["start"]
    assert (lasts[:-1] - lasts[0]).abs().max() < 2e-3 and lasts.iloc[-1] <= lasts[0] + 2e-3
    assert steps.iloc[0] == pytest.approx(lasts[0] / 2, abs=0.01) and not said["end"].duplicated().any()


def test_a_window_is_answered_as_if_it_had_been_cut_out(run, tmp_path):
    sf.write(tmp_path / "long.wav", noise(5.0), 16_000, subtype="FLOAT")
    said = predict(run, tmp_path / "long.wav", windows=True)
    step = min(run.window, run.usual["n_frames"].max()) * run.settings.hop / 2
    for row in said.itertuples():
        start = row.Index * step
        assert row.start == pytest.approx(start, abs=6e-4)
        end = min(5.0, start + 2 * step + 0.015)
        alone = predict(run, audio.with_times(tmp_path / "long.wav", start, end))
        np.testing.assert_allclose(alone[P].to_numpy()[0], [row.p_happy, row.p_sad], atol=1e-6)


def test_an_event_in_a_minute_of_silence_is_found_where_it_is(run):
    samples = np.random.default_rng(0).normal(0, 5e-4, 60 * 16_000).astype(np.float32)
    samples[30 * 16_000 :][: 16_000 // 2] += tone(0.5, 300)
    said = predict(run, samples, 16_000, windows=True)
    heard = said[said["predicted"].notna()]
    step = said["start"][1]
    assert 29.5 - step < heard["start"].min() <= 30 and 30.5 <= heard["end"].max() < 31 + step
    pauses = said.loc[said["predicted"].isna(), "flag"]
    assert pauses.str.match("no speech, [45][0-9] dB under the loudest window").all()
    assert predict(run, samples, 16_000)["predicted"].item() == heard["predicted"].mode()[0]


@pytest.mark.parametrize("level", [-70, -50, -40])
def test_an_event_in_a_minute_of_room_tone_is_found_and_decides(run, level):
    """Pink noise is no speech, be it 20 dB under the event; nor is what is left of it for the last window."""
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=60 * 16_000 + 3_000))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), 60 * 16_000 + 3_000)
    samples = (pink / pink.std() * 10 ** (level / 20)).astype(np.float32)
    samples[30 * 16_000 :][: 16_000 // 2] += tone(0.5, 300)
    rows, one = predict(run, samples, 16_000, windows=True), predict(run, samples, 16_000)
    heard, step = rows[rows["predicted"].notna()], rows["start"][1]
    assert len(heard) <= 4 and 29.5 - step < heard["start"].min() <= 30 and 30.5 <= heard["end"].max() < 31 + step
    assert rows["flag"][rows["predicted"].isna()].str.match("no speech, |silent$").all()
    assert one["predicted"].item() in set(heard["predicted"])


def test_windows_that_are_unlike_speech_count_only_where_all_are():
    windows = pd.DataFrame({"p_happy": [0.9, 0.1, 0.2], "p_sad": [0.1, 0.9, 0.8], "flags": [{}, *[{"noise": "n"}] * 2]})
    told = of_recording(windows)
    assert told["p_happy"].item() == 0.9 and told["flags"].item() == {"noise": "n"}
    assert of_recording(windows[1:])["p_happy"].item() == pytest.approx(0.15)


def test_silence_around_a_clip_changes_nothing(run):
    silence = np.zeros(16_000, np.float32)
    alone, around = (predict(run, x, 16_000) for x in (tone(0.5, 300), np.concatenate([silence, tone(0.5, 300)])))
    assert around["p_happy"][0] == pytest.approx(alone["p_happy"][0], abs=0.02)


def test_samples_and_their_file_say_the_same(run, tmp_path):
    file = run.clips["file"][5]
    both = predict(run, audio.read(file), 16_000), predict(run, file)
    pd.testing.assert_frame_equal(*(said.drop(columns="file") for said in both))


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["float32", "float64", "int16", "int32", "uint8", "(n, 1)", "(n, 2)", "(2, n)"])
def test_an_array_of_any_kind_is_heard_as_its_file_is(run, tmp_path, rate, kind):
    samples = tone(0.9, 300, rate)
    subtype, given = "FLOAT", samples
    if kind.startswith(("int", "uint")):
        subtype = {"int16": "PCM_16", "int32": "PCM_32", "uint8": "PCM_U8"}[kind]
        full, middle = (128, 128) if kind == "uint8" else (-np.iinfo(kind).min, 0)
        given = (np.round(samples.astype(float) * full) + middle).astype(kind)
    elif kind.startswith("("):
        given = {"(n, 1)": samples[:, None], "(n, 2)": np.stack([samples, 0 * samples], 1)}.get(kind)
        given = np.stack([samples, 0 * samples]) if given is None else given
    else:
        given = samples.astype(kind)
    channels = given.T if kind == "(2, n)" else given
    written = (given.astype(float) - 128) / 128 if kind == "uint8" else channels
    sf.write(tmp_path / "x.wav", written, rate, subtype=subtype)
    from_file = predict(run, tmp_path / "x.wav")
    for asked in ({"what": given, "rate": rate}, {"what": (given, rate)}, {"what": (rate, given)}):
        said = predict(run, **asked)
        np.testing.assert_allclose(said[P].to_numpy(), from_file[P].to_numpy(), atol=1e-6)
        assert said["flag"].item() == from_file["flag"].item()


def test_a_folder_with_bad_files_is_answered_all_the_same(run, tmp_path):
    good = run.clips["file"].tolist()
    for number, file in enumerate(good * 6):
        (tmp_path / f"{number % 4}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 4}" / f"{number:02}.wav").write_bytes(Path(file).read_bytes())
    bad_files = {"empty.wav": b"", "text.wav": b"no sound", "cut.wav": Path(good[7]).read_bytes()[:2_000]}
    for name, content in bad_files.items():
        (tmp_path / "1" / name).write_bytes(content)
    said = predict(run, tmp_path)
    bad = said["predicted"].isna()
    assert len(said) == 51 and bad.sum() == 3 and said["flag"][bad].str.startswith("unreadable: is ").all()
    expected = predict(run, good)
    for row in said[~bad].itertuples():
        assert row.p_sad == pytest.approx(expected["p_sad"][int(Path(row.file).stem) % 8], abs=1e-6)
    rows = predict(run, tmp_path, windows=True)
    assert rows["file"].nunique() == 51 and rows["flag"].str.startswith("unreadable").sum() == 3


def test_tables_and_lists_name_files_and_stretches(run, tmp_path):
    file = run.clips["file"][7]
    table = pd.DataFrame({"file": [file, file], "start": [0.1, 0.2], "end": [0.9, 1.2]}, index=["a", "b"])
    names = [audio.with_times(file, 0.1, 0.9), audio.with_times(file, 0.2, 1.2)]
    said = predict(run, names)
    of_table = predict(run, table)
    assert of_table.index.tolist() == ["a", "b"] and said["file"].tolist() == names
    pd.testing.assert_frame_equal(said, of_table.reset_index(drop=True))
    shutil.copy(file, tmp_path / "x.wav")
    table.assign(file="x.wav").to_csv(tmp_path / "table.csv", index=False)
    beside = predict(run, tmp_path / "table.csv")
    pd.testing.assert_frame_equal(beside.drop(columns="file"), said.drop(columns="file"))
    mixed = predict(run, [names[0], (audio.read(file), 16_000)])
    assert mixed["file"].tolist() == [names[0], "samples"]
    for several in (pd.Series(names, index=["x", "y"]), (name for name in names), np.array(names), tuple(names)):
        pd.testing.assert_frame_equal(predict(run, several), said)


def test_one_bad_row_or_array_leaves_the_others_answered(run):
    file = run.clips["file"][5]
    expected = predict(run, file)[P].to_numpy()
    said = predict(run, pd.DataFrame({"file": [None, file, " "]}, index=["a", "b", "c"]))
    assert said["file"].tolist() == ["row a", file, "row c"]
    assert said["predicted"].notna().tolist() == [False, True, False]
    assert said["flag"]["a"] == "unreadable: of the table names no file; fill it in or leave it out"
    said = predict(run, [np.full(9_000, np.nan), file, audio.read(file), np.array([], "f4")], 16_000)
    assert said["file"].tolist() == ["samples 1", file, "samples 2", "samples 3"]
    assert said["flag"].str.startswith("unreadable: ").tolist() == [True, False, False, True]
    np.testing.assert_allclose(said[P].to_numpy()[1:3], [expected[0]] * 2, atol=1e-6)


def test_a_long_array_of_integers_is_never_held_as_floats():
    whole = np.zeros((48_000 * 60 * 5, 2), np.int16)  # 58 MB, of floats 115
    whole[::7] = 1000
    tracemalloc.start()
    n = sum(1 for _ in samples.windows("samples", whole, 48_000, 3.0, 1.5))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 199 and peak < 30e6


def test_the_least_sure_answers_are_withheld_by_what_dev_says(run):
    clips = run.clips["file"].tolist()
    dev = predict(run, run.clips.query("part == 'dev'"))["confidence"]
    said = predict(run, clips, abstain=0.5)
    withheld = said["predicted"].isna()
    assert (withheld == (said["confidence"] < dev.max() - 1e-5)).all() and 0 < withheld.sum() < 8
    assert said["flag"][withheld].str.contains(f"withheld, since less sure than {100 * dev.max():.3g}%").all()
    assert said[P].notna().all(axis=None) and predict(run, clips, abstain=0.0)["predicted"].notna().all()
    with pytest.raises(ValueError, match="The share to leave out is 1; expected 0 to below 1"):
        predict(run, clips[0], abstain=1)


def test_runs_that_share_their_dev_withhold_the_share_of_it_that_is_asked(run, changed):
    """Their mean is less sure than each of them: a threshold from each alone would withhold more."""
    twin = Run.open(changed())
    sure, p = {}, np.linspace(0.55, 0.95, 40)
    for one, shares in ((run, p), (twin, p[::-1])):
        said = run.predictions.iloc[[2] * 40].assign(file=[f"{i}.wav" for i in range(40)])
        sure[one] = said.assign(p_happy=shares, p_sad=1 - shares, part="dev")
    fake = [types.SimpleNamespace(predictions=sure[one], complete=False, emotions=EMOTIONS) for one in (run, twin)]
    least = predicting._least(fake, 0.2)
    assert (sure[run][P].add(sure[twin][P]).div(2).max(axis=1) < least - 1e-9).mean() <= 0.2


def test_a_run_may_be_named_by_its_folder(run):
    file = run.clips["file"][5]
    for named in (str(run.path), run.path, [str(run.path)]):
        pd.testing.assert_frame_equal(predict(named, file), predict(run, file))


def test_several_runs_answer_by_the_mean_of_their_probabilities(run, changed):
    other = changed()
    model = run.model()
    twin = build_model(**ARGUMENTS | {"seed": 5})
    rng = np.random.default_rng(9)
    twin.set_weights([value * rng.uniform(0.5, 1.5, value.shape) for value in model.get_weights()])
    other = Run.open(other)
    other._model = twin
    clips = run.clips["file"].tolist()[:3]
    one, two, both = (predict(runs, clips)[P].to_numpy() for runs in (run, other, [run, other]))
    assert np.abs(one - two).max() > 0.01
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)


def test_runs_that_know_other_emotions_do_not_answer_together(run):
    other = Run.open(run.path)
    other.record["emotions"] = ["happy", "angry"]
    with pytest.raises(RunError, match="tell happy, sad and happy, angry apart; ask each alone"):
        predict([run, other], run.clips["file"][0])


def test_evidence_says_what_each_step_heard(run):
    evidence = run.evidence(run.clips)
    assert evidence.shape == (8, 4, 2)
    heard = ~np.isnan(evidence[..., 0])
    assert heard.sum(axis=1).tolist() == np.minimum(-(-run.clips["n_frames"] // 16), 4).tolist()
    np.testing.assert_allclose(evidence[heard].sum(axis=-1), 1, atol=1e-5)
    odds = np.log(evidence[..., 0] / evidence[..., 1])  # their mean over the steps is the clip's
    stored = np.log(run.predictions["p_happy"] / run.predictions["p_sad"])
    np.testing.assert_allclose(np.nanmean(odds, axis=1), stored, atol=1e-4)


@pytest.mark.parametrize(
    "what, rate, message",
    [
        (tone(1, 300), None, "An array does not say how fast it was sampled; give its rate in Hz"),
        (tone(1, 300), 100, "rate is 100 Hz; expected 4,000 to 768,000"),
        (np.zeros((100, 100), np.float32), 16_000, r"array of shape \(100, 100\); expected \(samples,\) or"),
        (np.zeros((10, 10, 10)), 16_000, r"array of shape \(10, 10, 10\)"),
        (np.array([], np.float32), 16_000, "samples: is an array of 0 samples"),
        (np.full(1000, np.nan, np.float32), 16_000, "NaN or infinite"),
        (np.full(1000, 30_000.0), 16_000, "times full scale; divide"),
        (np.array([True, False]), 16_000, "is an array of bool; expected integers or floats"),
        (np.array([30_000, -9], np.int64), 16_000, "int64 that reaches 30,000 at most, silence on"),
        ((np.zeros(9000), 16_000), 8_000, "The pair says 16000 Hz, rate 8000; leave rate out"),
        (tone(1, 300), "16000", "rate is '16000'; expected a number of Hz"),
        (tone(1, 300), np.array([16_000, 8_000]), "rate is array.*; expected a number of Hz"),
        ([0.1, 0.2], 16_000, "A list of numbers is no recording; give samples as an array"),
        ([], None, "Nothing is asked about: this list is empty"),
        (pd.DataFrame({"file": []}), None, "Nothing is asked about: the table has no rows"),
        ("", None, "'' names nothing; give a file, a folder"),
        ("https://x.org/a.wav", None, "https://x.org/a.wav is an address, not a file; download it first"),
        ({"file": "x.wav"}, None, "dict is nothing that can be heard"),
        (7, None, "int is nothing that can be heard; give a file, a folder, a table, an array or a list"),
        ("nothing.wav", None, "no such file"),
        (pd.DataFrame({"path": ["x.wav"]}), None, "has no column file, only path"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(run, what, rate, message):
    with pytest.raises((ValueError, BadClip), match=message):
        predict(run, what, rate)


def test_a_file_that_cannot_be_read_is_a_bad_clip(run, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(BadClip, match="format"):
        predict(run, tmp_path / "text.wav")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"model__json": {"n_classes": 3}}, "model.json: n_classes is 3, run.json says 2"),
        ({"model__json": {"n_bands": 40}}, "model.json: n_bands is 40, run.json says 8"),
        ({"model__json": {"dropout": 2}}, "model.json: dropout is 2"),
        ({"model__json": {"max_seq_length": 10**9}}, "model.json: max_seq_length is 1000000000"),
        ({"model__json": {"seed": "import os"}}, "model.json: seed is 'import os'"),
        ({"model__json": {"body": ["bilstm"]}}, r"model.json: body is \['bilstm'\]; build_model knows bilstm, "),
        ({"model__json": {"class_name": "Lambda", "config": {}}}, "model.json: .*unexpected keyword argument"),
        ({"record": {"emotions": ["happy", "sad", "angry"]}}, "model.json: n_classes is 2, run.json says 3"),
        ({"record": {"features": {"name": "older", "rate": 8000, "n_mels": 8, "trim": 40.0}}}, "features are 'older'"),
        ({"record": {"format": 9}}, "format is 9, this emokit reads 1 and 2"),
    ],
)
def test_a_run_that_does_not_fit_is_refused_with_the_field_named(changed, change, message):
    with pytest.raises(RunError, match=message):
        predict(Run.open(changed(**change)), tone(0.5, 300), 16_000)


def test_weights_of_another_shape_are_refused(changed):
    path = changed()
    other = build_model(**ARGUMENTS | {"n_classes": 5})
    other.save_weights(path / "model.weights.h5")
    record = json.loads((path / "run.json").read_text())
    record["files"]["model.weights.h5"] = atomic_files.sha256(path / "model.weights.h5")
    atomic_files.write_json(path / "run.json", record)
    with pytest.raises(RunError, match="model.weights.h5 does not fit model.json"):
        Run.open(path).model()


def test_a_flipped_bit_in_the_weights_is_refused(changed):
    path = changed()
    content = bytearray((path / "model.weights.h5").read_bytes())
    content[-5000] ^= 4
    (path / "model.weights.h5").write_bytes(content)
    with pytest.raises(RunError, match="model.weights.h5 is not as run.json lists it"):
        Run.open(path)


def test_an_array_beyond_full_scale_is_clipped_like_a_file(run, tmp_path):
    loud = 1.6 * tone(1, 300) / np.abs(tone(1, 300)).max()
    sf.write(tmp_path / "loud.wav", loud, 16_000, subtype="FLOAT")
    both = predict(run, loud, 16_000), predict(run, tmp_path / "loud.wav")
    pd.testing.assert_frame_equal(*(said.drop(columns="file") for said in both))


def test_the_terminal_says_the_same_and_names_bad_files_at_the_end(run, tmp_path, capsys):
    (tmp_path / "bad.wav").write_text("no sound")
    files = [*run.clips["file"][:2], str(tmp_path / "bad.wav")]
    assert main([str(run.path), *files, "--csv", str(tmp_path / "said.csv")]) == 1
    out, err = capsys.readouterr()
    said, expected = pd.read_csv(tmp_path / "said.csv"), predict(run, files)
    np.testing.assert_allclose(said[P], expected[P], atol=1e-12)
    lines = out.splitlines()
    assert [line.split("\t")[0] for line in lines] == files and lines[0].split("\t")[1] == expected["predicted"][0]
    assert "bad.wav: is not sound" in err and "1 of 3 files could not be read." in err
    assert main([str(run.path), files[0], "--json", "--windows"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert row["start"] == 0 and row["p_sad"] == pytest.approx(expected["p_sad"][0], abs=1e-6)


def test_what_cannot_be_written_is_said_before_anything_is_heard(run, tmp_path, capsys):
    for place, words in ((tmp_path, "is a folder; give the name of a file"), ("/proc/x/said.csv", "said.csv")):
        with pytest.raises(SystemExit, match=words):
            main([str(run.path), run.clips["file"][0], "--csv", str(place)])
    assert not capsys.readouterr().out
    with pytest.raises(SystemExit, match="not normalised by speaker"):
        main([str(run.path), run.clips["file"][0], "--enrolled", "none.wav"])


def test_an_interrupt_keeps_what_was_heard(run, tmp_path, capsys, monkeypatch):
    def interrupted(*asked, **options):
        yield from islice(predicting.predict_each(*asked, **options), 2)
        raise KeyboardInterrupt

    monkeypatch.setattr("emokit.predict.__main__.predict_each", interrupted)
    assert main([str(run.path), *run.clips["file"], "--csv", str(tmp_path / "said.csv")]) == 130
    assert "Interrupted: 2 of 8 files were heard." in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "said.csv")) == 2


def test_a_name_cannot_break_the_line_or_steer_the_terminal(run, tmp_path, capsys):
    file = tmp_path / "a\tb\x1b[31mü.wav"
    shutil.copy(run.clips["file"][0], file)
    assert main([str(run.path), str(file)]) == 0
    assert capsys.readouterr().out.split("\t")[0].endswith("a\\tb\\x1b[31mü.wav")


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(run):
    files = " ".join(map(shlex.quote, [*run.clips["file"]] * 3))
    command = f"{sys.executable} -m emokit.predict {run.path} {files} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert "Traceback" not in done.stderr and len(done.stdout.splitlines()) == 1


def test_somebody_at_the_terminal_sees_how_many_minutes_of_a_long_recording_are_heard(
    run, tmp_path, capsys, monkeypatch
):
    sf.write(tmp_path / "long.wav", np.concatenate([noise(1), np.zeros(16_000 * 179)]), 16_000)
    for watched in (True, False):
        monkeypatch.setattr(sys.stderr, "isatty", lambda watched=watched: watched)
        assert main([str(run.path), str(tmp_path / "long.wav")]) == 0
        assert ("long.wav: 2 of 3 minutes" in capsys.readouterr().err) == watched


def test_the_terminal_refuses_in_one_sentence(run, tmp_path):
    with pytest.raises(SystemExit, match="There is no run nix"):
        main([str(tmp_path / "nix"), "x.wav"])
