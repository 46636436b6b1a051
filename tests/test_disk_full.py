"""A full disk, played by a limit on the size of files: the error names path and bytes, and what stood there loads."""

import errno

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from matplotlib.figure import Figure
from test_atomic_files import small_files
from test_run_folder import clips, finish, save_inputs, start  # noqa: F401 (fixtures)

from emokit import audio, features, plots
from emokit.atomic_files import WriteError
from emokit.features import LogMelSettings
from emokit.run_folder import Run, states

FULL = r": [\d,]+ bytes could not be written \(File too large\); raise the limit .*untouched"


def test_a_state_that_does_not_fit_leaves_the_one_before(tmp_path):
    states.save(tmp_path, 1, {"w": np.ones(100)}, {})
    with small_files(), pytest.raises(WriteError, match=r"epoch-000002\S*" + FULL):
        states.save(tmp_path, 2, {"w": np.ones(10_000)}, {})
    assert states.load(tmp_path)[0] == 1 and len(list(tmp_path.iterdir())) == 1


def test_a_cache_that_does_not_fit_keeps_what_it_has_and_goes_on_later(tmp_path):
    files = [tmp_path / f"{number}.wav" for number in range(3)]
    for file in files:
        sf.write(file, 0.1 * np.random.default_rng(0).standard_normal(8_000), 16_000)
    sound, settings = pd.DataFrame({"file": map(str, files)}), LogMelSettings(n_bands=80, trim=0)
    before = features.extract(sound[:1], settings, tmp_path / "cache")[0].copy()
    sf.write(files[1], 0.1 * np.random.default_rng(1).standard_normal(8_000), 16_000)
    with small_files(), pytest.raises(WriteError, match=r"\.frames" + FULL):
        features.extract(sound, settings, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob(".part-*"))
    found = features.extract(sound, settings, tmp_path / "cache")
    np.testing.assert_array_equal(found[0], before)
    np.testing.assert_array_equal(found[1], settings.placed(audio.read(files[1]))[0])


def test_outputs_that_do_not_fit_leave_a_run_that_opens(start, clips):  # noqa: F811
    run = start()
    save_inputs(run, clips)
    with small_files(), pytest.raises(WriteError, match=r"a/figures/noise\.png" + FULL):
        figure = Figure()
        figure.subplots().imshow(np.random.default_rng(0).random((50, 50)))
        plots.save(figure, run.path / "figures" / "noise.png")
    many = pd.concat([clips] * 10, ignore_index=True)
    with small_files(), pytest.raises(WriteError, match=r"a/clips\.csv" + FULL):
        save_inputs(run, many)
    assert len(Run.open(run.path).clips) == 36
    with small_files(5000), pytest.raises(WriteError, match=r"a/predictions\.csv" + FULL):
        finish(run, clips)
    assert Run.open(run.path).state == "running" and len(Run.open(run.path).clips) == 36
    finish(run, clips)
    assert Run.open(run.path).complete


def test_weights_that_do_not_fit_leave_those_before(start):  # noqa: F811
    from emokit import build_model

    arguments = {"n_bands": 8, "n_classes": 3, "max_seq_length": 1}
    run, model = start(), build_model(**arguments)
    run.save_model(arguments, model)
    before = Run.open(run.path).model().get_weights()
    with small_files(), pytest.raises(WriteError, match=r"model\.weights\.h5" + FULL) as error:
        run.save_model(arguments, model)
    assert error.value.errno == errno.EFBIG
    for one, other in zip(before, Run.open(run.path).model().get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
