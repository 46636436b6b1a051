"""What is heard in a recording is the same in Python, from the terminal and in notebook 06, whatever the recording is.

Each way is a process of its own that knows nothing but the run folder.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import soxr
from exported import finished

from emokit import audio
from emokit.predict.inference import windows_of
from emokit.run_folder import Run

pytestmark = pytest.mark.slow

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "06_listen.ipynb"
CLOSE = 1e-6
MINUTES = 40
PYTHON = """
import sys
import numpy as np
from emokit.predict import predict
from emokit.run_folder import Run
run, out, arrays, *files = sys.argv[1:]
given = np.load(arrays)
asked = [*files, *((given[name], int(name.split()[0])) for name in given)]
for name, windows in (("whole", False), ("windows", True)):
    predict(Run.open(run), asked, windows=windows).to_csv(f"{out}/python-{name}.csv", index=False)
"""
LISTEN = """
import ast, json, sys
from pathlib import Path
cells = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cells"]
sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
for file in sys.argv[4:]:
    names = {}
    for source in sources:
        exec(source, names)
        if "runs: str" in source:
            names |= {"runs": sys.argv[2], "outputs_dir": sys.argv[3], "file": file}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir) -> Run:
    return finished(tmp_path_factory.mktemp("outputs") / "drawn", demo_dir, front_end="conv1d", body="bilstm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def spoken(run) -> np.ndarray:
    """Four clips of the demo corpus one behind the other, 16 kHz."""
    return np.concatenate([audio.read(file) for file in run.clips["file"][5:9]])


@pytest.fixture(scope="module")
def arrays(spoken) -> dict[str, np.ndarray]:
    """By rate and form, as they come from a microphone or another library."""
    low, high = soxr.resample(spoken, 16_000, 8_000), soxr.resample(spoken, 16_000, 48_000)
    both = np.stack([high, 0.2 * high[::-1]], axis=1).astype(np.float32)
    return {
        "8000 (n,)": low,
        "16000 int16": np.round(32_767 * spoken).astype(np.int16),
        "48000 (n, 1)": high[:, np.newaxis],
        "48000 (n, 2)": both,
    }


@pytest.fixture(scope="module")
def files(run, folder, spoken, arrays) -> list[Path]:
    """A clip, a folder of 48 with three bad ones, an MP3, 40 minutes, and the arrays as files."""
    clip = Path(run.clips["file"][11])
    (folder / "many").mkdir()
    for number, file in enumerate(run.clips["file"][:45]):
        (folder / "many" / f"{number:02}.flac").write_bytes(Path(file).read_bytes())
    for name, content in {"10b.wav": b"", "20b.mp3": b"no sound", "30b.flac": clip.read_bytes()[:3_000]}.items():
        (folder / "many" / name).write_bytes(content)
    stereo = soxr.resample(np.stack([spoken, 0.5 * spoken], axis=1), 16_000, 44_100)
    sf.write(folder / "stereo.mp3", stereo, 44_100)
    concatenated(run, folder / "long.wav")
    written = [folder / f"{number}.wav" for number in range(len(arrays))]
    for path, (name, samples) in zip(written, arrays.items(), strict=True):
        subtype = "PCM_16" if samples.dtype == np.int16 else "FLOAT"
        sf.write(path, samples, int(name.split()[0]), subtype=subtype)
    return [clip, folder / "many", folder / "stereo.mp3", folder / "long.wav", *written]


def concatenated(run: Run, path: Path) -> None:
    """Write 40 minutes of clips between silences of 0.5 to 40 s; beside them, as JSON, when each clip begins and ends.

    A recording begins and ends with silence.
    """
    rng, clips = np.random.default_rng(0), [audio.read(file) for file in run.clips["file"]]
    samples, times, at = np.zeros(MINUTES * 60 * 16_000, np.float32), [], 32_000
    while at < len(samples) - 60 * 16_000:
        for clip in (clips[place] for place in rng.integers(0, len(clips), rng.integers(1, 8))):
            samples[at : at + len(clip)] = clip
            times.append((at / 16_000, (at + len(clip)) / 16_000))
            at += len(clip)
        at += round(rng.uniform(0.5, 40) * 16_000)
    sf.write(path, samples, 16_000)
    path.with_suffix(".json").write_text(json.dumps(times))


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"predicted": str, "flag": str})


def done(*command, status: int = 0) -> subprocess.CompletedProcess:
    process = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=900)
    assert process.returncode == status, process.stderr
    return process


@pytest.fixture(scope="module")
def by_python(run, folder, files, arrays) -> dict[str, pd.DataFrame]:
    np.savez(folder / "arrays.npz", **arrays)
    done("-c", PYTHON, run.path, folder, folder / "arrays.npz", *files[: -len(arrays)])
    return {name: read(folder / f"python-{name}.csv") for name in ("whole", "windows")}


@pytest.fixture(scope="module")
def by_terminal(run, folder, files) -> dict[str, pd.DataFrame]:
    for name, options in {"whole": [], "windows": ["--windows"]}.items():
        told = done("-m", "emokit.predict", run.path, *files, *options, "--csv", folder / f"{name}.csv", status=1)
        bad = told.stderr.splitlines()[-4:]
        assert [line.split(":")[0].rsplit("/")[-1] for line in bad[:3]] == ["10b.wav", "20b.mp3", "30b.flac"]
        assert bad[3] == f"3 of {48 + len(files) - 1} files could not be read."
    return {name: read(folder / f"{name}.csv") for name in ("whole", "windows")}


def heard_in_06(run: Run, file: Path) -> pd.DataFrame:
    return read(run.path / "heard" / f"{file.stem}.csv")


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """All that is said, but for the name of the recording."""
    one, other = (table.drop(columns="file").reset_index(drop=True) for table in (one, other))
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("name", ["whole", "windows"])
def test_python_and_terminal_say_the_same_of_files_a_folder_with_bad_ones_and_arrays(by_python, by_terminal, name):
    assert_same(by_python[name], by_terminal[name])
    if name == "whole":
        assert len(by_python[name]) == 1 + 48 + 2 + 4
        assert by_python[name]["flag"].str.startswith("unreadable").sum() == 3
        assert by_python[name]["predicted"].notna().sum() == 1 + 45 + 2 + 4


def test_06_says_the_same_of_each_recording(run, files, by_terminal):
    recordings = [file for file in files if file.is_file() and file.stem != "long"]
    recordings += sorted(files[1].glob("2?.flac"))
    done("-c", LISTEN, NOTEBOOK, run.path.name, run.path.parent, *recordings)
    for file in recordings:
        assert_same(heard_in_06(run, file), by_terminal["windows"].query("file == @file.as_posix()"))


@pytest.fixture(scope="module")
def long(run, files, folder) -> pd.DataFrame:
    """What papermill leaves of the 40 minutes."""
    given = {"run": run.path.name, "file": folder / "long.wav", "outputs_dir": run.path.parent}
    passed = [text for name, value in given.items() for text in ("-p", name, value)]
    done("-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", *passed, NOTEBOOK, folder / "06.ipynb")
    return heard_in_06(run, folder / "long.wav")


def test_06_says_the_same_of_40_minutes(long, by_terminal, by_python):
    of_terminal = by_terminal["windows"].query("file.str.endswith('/long.wav')")
    assert_same(long, of_terminal)
    assert_same(long, by_python["windows"].query("file.str.endswith('/long.wav')"))


def test_the_windows_of_40_minutes_lie_where_they_should_and_speech_is_told_from_silence(run, folder, long):
    length, step = windows_of(run)
    seconds = 60 * MINUTES
    assert len(long) == 1 + np.ceil((seconds - length) / step)
    np.testing.assert_allclose(long["start"], step * np.arange(len(long)), atol=1e-3)
    np.testing.assert_allclose(long["end"], np.minimum(long["start"] + length, seconds), atol=2e-3)
    starts, ends = np.array(json.loads((folder / "long.json").read_text())).T
    edges = long[["start", "end"]].to_numpy()[:, :, np.newaxis]
    overlap = (np.minimum(edges[:, 1], ends) - np.maximum(edges[:, 0], starts)).clip(0).sum(axis=1)
    silence, speech = overlap == 0, overlap > 1.0
    assert silence.sum() > 500 and speech.sum() > 200
    assert (long.loc[silence, "flag"] == "silent").all() and long.loc[silence, "predicted"].isna().all()
    assert long.loc[speech, "predicted"].notna().all()
