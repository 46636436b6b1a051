import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audio, audit, corpora, features, shard_headers
from emokit.features import LogMelSettings, log_mel_frames

SETTINGS = LogMelSettings(n_bands=20, trim=0)


@pytest.fixture
def clips(tmp_path):
    """Seven tones of different pitch and length, with an index that is not 0, 1, 2 …"""
    rng = np.random.default_rng(0)
    (tmp_path / "sound").mkdir()
    files = [str(tmp_path / "sound" / f"{i}.wav") for i in range(7)]
    for i, file in enumerate(files):
        sf.write(file, 0.1 * rng.standard_normal(4_000 + 800 * i), 16_000)
    return pd.DataFrame({"file": files}, index=[10, 4, 7, 1, 30, 2, 9])


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(audio, "FILES_TOGETHER", 2)


@pytest.fixture
def read_files(monkeypatch):
    """Which files are decoded from here on."""
    files = []
    decode = audio.decode
    monkeypatch.setattr(audio, "decode", lambda file: files.append(file) or decode(file))
    return files


def assert_right(found, clips, settings=SETTINGS):
    assert len(found) == len(clips)
    for row, (label, file) in enumerate(clips["file"].items()):
        np.testing.assert_array_equal(found[label], settings.placed(audio.read(file))[0])
        assert found.lengths[row] == len(found[label])


def shards(cache_dir, ending):
    return sorted(Path(cache_dir).rglob(f"[!.]*{ending}"))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_each_label_gives_the_frames_of_its_clip(clips, tmp_path, small_shards, n_jobs):
    assert_right(features.extract(clips, SETTINGS, tmp_path / "cache", n_jobs=n_jobs), clips)


def test_without_a_cache_folder_the_frames_live_as_long_as_the_features(clips):
    found = features.extract(clips, SETTINGS)
    folder = found._folder
    assert_right(found, clips)
    del found
    assert not folder.exists()


def test_a_second_run_decodes_nothing_and_reads_no_sound(clips, tmp_path, read_files, monkeypatch):
    features.extract(clips, SETTINGS, tmp_path)
    read_files.clear()
    monkeypatch.setattr("emokit.atomic_files.sha256", lambda file: pytest.fail("read the file"))
    found = features.extract(clips.iloc[::-1], SETTINGS, tmp_path)
    monkeypatch.undo()
    assert read_files == []
    assert_right(found, clips.iloc[::-1])


def test_moved_files_are_known_by_their_content(clips, tmp_path, read_files):
    features.extract(clips, SETTINGS, tmp_path / "cache")
    read_files.clear()
    (tmp_path / "sound").rename(tmp_path / "moved")
    moved = clips.assign(file=clips["file"].str.replace("/sound/", "/moved/"))
    found = features.extract(moved, SETTINGS, tmp_path / "cache")
    assert read_files == []
    assert_right(found, moved)


def test_a_file_with_new_content_is_computed_again(clips, tmp_path, read_files):
    features.extract(clips, SETTINGS, tmp_path / "cache")
    read_files.clear()
    changed = clips.loc[7, "file"]
    sf.write(changed, np.zeros(sf.info(changed).frames), 16_000)  # as long as before
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    assert read_files == [changed]
    assert_right(found, clips)


def test_other_settings_do_not_meet(clips, tmp_path):
    for settings in (SETTINGS, LogMelSettings(n_bands=21), LogMelSettings(n_bands=20, trim=3)):
        assert_right(features.extract(clips, settings, tmp_path), clips, settings)


def test_equal_files_are_computed_and_stored_once(clips, tmp_path):
    same = pd.concat([clips] * 5, ignore_index=True)
    found = features.extract(same, SETTINGS, tmp_path / "cache")
    assert_right(found, same)
    size = sum(path.stat().st_size for path in shards(tmp_path / "cache", ".frames"))
    assert size == found.lengths[: len(clips)].sum() * 20 * 4


def flip_a_bit(path, byte):
    content = bytearray(path.read_bytes())
    content[byte] ^= 16
    path.write_bytes(content)


@pytest.mark.parametrize("ending", [".frames", ".json"])
@pytest.mark.parametrize("damage", ["flip first", "flip middle", "flip last", "cut", "empty", "remove"])
def test_damage_is_found_and_repaired(clips, tmp_path, small_shards, read_files, ending, damage):
    features.extract(clips, SETTINGS, tmp_path / "cache")
    path = shards(tmp_path / "cache", ending)[1]
    size = path.stat().st_size
    if damage.startswith("flip"):
        flip_a_bit(path, {"first": 0, "middle": size // 2, "last": size - 1}[damage.split()[1]])
    elif damage == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: size // 2 if damage == "cut" else 0])
    read_files.clear()
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    list(found)  # frames are checked when they are read
    assert 1 <= len(read_files) <= 2
    assert_right(found, clips)
    read_files.clear()
    list(features.extract(clips, SETTINGS, tmp_path / "cache"))
    assert read_files == []


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_damaged_frames_of_a_file_that_is_another_now_are_not_mended_in_silence(clips, tmp_path, change):
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    for path in shards(tmp_path / "cache", ".frames"):
        path.unlink()
    Path(clips.loc[7, "file"]).unlink()
    if change == "changed":
        sf.write(clips.loc[7, "file"], np.ones(8_000) / 9, 16_000)
    sentence = {"changed": "has changed since its frames were computed; run again", "missing": "2.wav"}[change]
    with pytest.raises(audio.BadClip, match=sentence) as refused:
        found[7]
    assert refused.value.code == change


def test_half_precision_is_read_as_float32_and_takes_half_the_disk(clips, tmp_path):
    @dataclass(frozen=True)
    class Halved(LogMelSettings):
        kept_as = "<f2"

        def placed(self, samples):
            frames, first = super().placed(samples)
            return frames.astype(np.float16).astype(np.float32), first

    settings = Halved(n_bands=20, trim=0)
    for _ in range(2):  # computed, then from the cache
        found = features.extract(clips, settings, tmp_path / "cache")
        assert_right(found, clips, settings)
        assert found[10].dtype == np.float32
    assert sum(path.stat().st_size for path in shards(tmp_path / "cache", ".frames")) == found.lengths.sum() * 20 * 2


def test_shards_that_are_together_are_not_opened_and_new_ones_are_seen(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "FILES_TOGETHER", 1)
    monkeypatch.setattr(shard_headers, "FEW", 3)
    features.extract_and_measure(clips.iloc[:5], SETTINGS, tmp_path)
    features.extract_and_measure(clips.iloc[:5], SETTINGS, tmp_path)  # puts them together
    features.extract_and_measure(clips.iloc[5:], SETTINGS, tmp_path)  # as another process may
    opened, read_bytes = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path) or read_bytes(path))
    monkeypatch.setattr(audio, "decode", lambda file: pytest.fail("read the sound"))
    found, measured = features.extract_and_measure(clips, SETTINGS, tmp_path)
    assert len(opened) == 4  # two of frames, two of measurements
    monkeypatch.undo()
    assert_right(found, clips)
    pd.testing.assert_frame_equal(measured, audit.measure(clips))


def test_a_bad_clip_is_reported_and_the_rest_goes_on(clips, tmp_path):
    Path(clips.loc[4, "file"]).write_bytes(b"")
    Path(clips.loc[30, "file"]).unlink()
    for _ in range(2):  # from the cache too
        found = features.extract(clips, SETTINGS, tmp_path / "cache")
        assert found.failures["code"].to_dict() == {4: "empty", 30: "missing"}
        assert found.failures.loc[30, "file"] == clips.loc[30, "file"]
        assert found.lengths[[1, 4]].tolist() == [0, 0]
        assert len(shards(tmp_path / "cache", ".frames")) == len(shards(tmp_path / "cache", ".json")) == 1
        with pytest.raises(KeyError, match="Clip 4 has no frames.*is empty"):
            found[4]
        assert_right(found_only(found, [10, 7, 1, 2, 9]), clips.loc[[10, 7, 1, 2, 9]])


class found_only:  # the clips that could be read, as Features would give them
    def __init__(self, found, labels):
        self.found, self.labels = found, labels
        self.lengths = found.lengths[found.index.get_indexer(labels)]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, label):
        return self.found[label]


def test_a_file_that_changes_while_it_is_read_is_not_kept(clips, tmp_path, monkeypatch):
    decode = audio.decode

    def decode_and_grow(file):
        recording = decode(file)
        if file == clips.loc[7, "file"]:
            with Path(file).open("ab") as stream:
                stream.write(b"more")
        return recording

    monkeypatch.setattr(audio, "decode", decode_and_grow)
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    assert found.failures["code"].to_dict() == {7: "changed"}


def test_features_are_small_to_pickle_and_work_in_another_process(clips, tmp_path):
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    found[10]
    content = pickle.dumps(found)
    assert len(content) < 4_000
    assert_right(pickle.loads(content), clips)  # noqa: S301 (our own bytes)


def test_frames_cannot_be_changed_by_accident(clips, tmp_path):
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    with pytest.raises(ValueError, match="read-only"):
        found[10][0, 0] = 1


def test_an_index_with_repeats_is_refused(clips):
    with pytest.raises(ValueError, match=r"reset_index"):
        features.extract(pd.concat([clips, clips]), SETTINGS)


@pytest.mark.parametrize("done_before", ["nothing", "measured", "computed", "half of both"])
def test_frames_and_measurements_come_from_one_reading(clips, tmp_path, read_files, small_shards, done_before):
    Path(clips.loc[4, "file"]).write_bytes(b"")
    alone = features.extract(clips, SETTINGS, tmp_path / "one"), audit.measure(clips, tmp_path / "one")
    if done_before in ("measured", "half of both"):
        audit.measure(clips if done_before == "measured" else clips.iloc[:3], tmp_path / "cache")
    if done_before in ("computed", "half of both"):
        features.extract(clips if done_before == "computed" else clips.iloc[:3], SETTINGS, tmp_path / "cache")
    read_files.clear()
    found, measured = features.extract_and_measure(clips, SETTINGS, tmp_path / "cache", n_jobs=2)
    n_sound = {"half of both": 4}.get(done_before, 6)
    assert len([file for file in read_files if file != clips.loc[4, "file"]]) == n_sound
    pd.testing.assert_frame_equal(measured, alone[1])
    pd.testing.assert_frame_equal(found.failures, alone[0].failures)
    assert all(np.array_equal(found[label], alone[0][label]) for label in clips.index.drop(4))
    read_files.clear()
    features.extract_and_measure(clips.drop(index=4), SETTINGS, tmp_path / "cache")
    assert read_files == []


EXTRACT = """
import sys, json, pandas as pd
from emokit import features
files = json.load(open(sys.argv[1]))
settings = features.LogMelSettings(n_bands=20, trim=0)
found, _ = features.extract_and_measure(pd.DataFrame({"file": files}), settings, sys.argv[2])
print(int(found.lengths.sum()))
"""


def start(tmp_path, files):
    (tmp_path / "files.json").write_text(json.dumps(files))
    arguments = [sys.executable, "-c", EXTRACT, str(tmp_path / "files.json"), str(tmp_path / "cache")]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_share_a_cache_and_say_nothing(clips, tmp_path):
    processes = [start(tmp_path, clips["file"].tolist()) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in processes]
    found = features.extract(clips, SETTINGS, tmp_path / "cache")
    assert outputs == [(f"{found.lengths.sum()}\n", "")] * 2
    assert_right(found, clips)


def test_a_killed_run_goes_on_where_it_stopped(tmp_path, read_files):
    rng = np.random.default_rng(0)
    files = [str(tmp_path / f"{i}.wav") for i in range(400)]
    for file in files:
        sf.write(file, 0.1 * rng.standard_normal(8_000), 16_000)
    process = start(tmp_path, files)
    while process.poll() is None and len(shards(tmp_path / "cache", ".json")) < 3:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    n_done = len(shards(tmp_path / "cache" / SETTINGS.name(), ".json")) * audio.FILES_TOGETHER
    clips = pd.DataFrame({"file": files})
    found, measured = features.extract_and_measure(clips, SETTINGS, tmp_path / "cache")
    assert 32 <= n_done < 400
    # The kill may fall between the two records of a group: frames first, then measurements.
    assert 0 <= len(read_files) - (400 - n_done) <= audio.FILES_TOGETHER
    pd.testing.assert_frame_equal(measured, audit.measure(clips))
    assert_right(found, clips)


def test_an_interrupt_ends_the_run_and_the_next_one_goes_on(clips, tmp_path, small_shards, read_files, monkeypatch):
    decode = audio.decode

    def interrupt(file):
        if len(read_files) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return decode(file)

    monkeypatch.setattr(audio, "decode", interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would ignore it
    with pytest.raises(KeyboardInterrupt):
        features.extract(clips, SETTINGS, tmp_path / "cache", n_jobs=1)
    signal.signal(signal.SIGINT, before)
    monkeypatch.setattr(audio, "decode", decode)
    n_before = len(read_files)
    assert_right(features.extract(clips, SETTINGS, tmp_path / "cache"), clips)
    assert len(read_files) - n_before - len(clips) <= 3  # what assert_right reads again does not count


def test_a_cache_of_ravdess_is_read_twenty_times_as_fast_as_it_is_made(ravdess_dir, tmp_path):
    clips = corpora.load("ravdess", ravdess_dir).iloc[:240]
    log_mel_frames(np.zeros(400))  # what is imported once a process does not count
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        features.extract(clips, LogMelSettings(), tmp_path)
        seconds.append(time.perf_counter() - begin)
    assert min(seconds[1:]) * 20 < seconds[0], seconds


def test_a_shard_that_lost_its_last_byte_keeps_the_clips_before_it(clips, tmp_path, small_shards):
    expected = [frames.copy() for frames in features.extract(clips, SETTINGS, tmp_path / "cache")]
    for path in shards(tmp_path / "cache", ".frames"):
        path.write_bytes(path.read_bytes()[:-1])
    for found, right in zip(features.extract(clips, SETTINGS, tmp_path / "cache"), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_200_flipped_bits_and_8_truncations_give_no_wrong_value(clips, tmp_path, small_shards):
    expected = [frames.copy() for frames in features.extract(clips, SETTINGS, tmp_path / "cache")]
    rng, repaired = np.random.default_rng(0), 0
    damages = [None] * 200 + [0, 1, 10, 0.1, 0.5, 0.9, -10, -1]
    for damage in damages:
        paths = [path for ending in (".frames", ".json") for path in shards(tmp_path / "cache", ending)]
        path = paths[rng.integers(len(paths))]
        content = bytearray(path.read_bytes())
        if damage is None:
            content[rng.integers(len(content))] ^= 1 << rng.integers(8)
        else:
            content = content[: int(damage * len(content)) if isinstance(damage, float) else damage]
        path.write_bytes(content)
        for found, right in zip(features.extract(clips, SETTINGS, tmp_path / "cache"), expected, strict=True):
            np.testing.assert_array_equal(found, right)
        now = {path for ending in (".frames", ".json") for path in shards(tmp_path / "cache", ending)}
        repaired += bool(now - set(paths))
        if len(now) > 14:  # what was replaced stays, and damage to it shows nothing
            for path in now:
                path.unlink()
            features.extract(clips, SETTINGS, tmp_path / "cache")
    assert repaired > 130  # the others hit what had been replaced before


CROWD = """
import os, sys, numpy as np, pandas as pd
from pathlib import Path
from emokit import features
from emokit import audio
audio.FILES_TOGETHER = 4
folder = Path(sys.argv[1])
settings = features.LogMelSettings(n_bands=20, trim=0)
clips = pd.DataFrame({"file": sorted(map(str, folder.glob("*.wav")))})
truth = [settings.placed(audio.read(file))[0] for file in clips["file"]]

def work(number):
    for turn in range(1 if number < 4 else 6):  # four write the whole, four read again and again
        mine = clips.sample(60 if number < 4 else 12, random_state=8 * turn + number)
        found = features.extract(mine, settings, folder / "cache", n_jobs=2)
        if not all(np.array_equal(found[label], truth[label]) for label in mine.index):
            os._exit(3)
    os._exit(0)

children = []
for number in range(8):
    pid = os.fork()
    if not pid:
        work(number)
    children.append(pid)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children])
"""


@pytest.mark.slow
def test_4_writers_and_4_readers_share_a_cache_without_a_wrong_value(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(60):
        sf.write(tmp_path / f"{number:02}.wav", 0.1 * rng.standard_normal(8_000), 16_000)
    command = [sys.executable, "-c", CROWD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout == f"{[0] * 8}\n", done.stderr


READ_ALONE = """
import sys, pandas as pd
from emokit import features
features.extract_and_measure(pd.read_csv(sys.argv[1]), features.LogMelSettings(), sys.argv[2])
"""


def test_processes_that_miss_the_same_clips_compute_them_once(demo_dir, tmp_path):
    pd.DataFrame({"file": sorted(map(str, demo_dir.rglob("*.flac")))[:60]}).to_csv(tmp_path / "clips.csv")
    command = [sys.executable, "-c", READ_ALONE, str(tmp_path / "clips.csv"), str(tmp_path / "cache")]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait(timeout=200) == 0
    headers = shard_headers.read(tmp_path / "cache" / LogMelSettings().name())
    assert sum(len(header["clips"]) for header in headers) == 60


def test_joblibs_switch_lets_other_processes_read_and_gives_the_same(demo_dir, tmp_path, monkeypatch):
    files = sorted(map(str, demo_dir.rglob("*.flac")))[:40]
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    clips = pd.DataFrame({"file": [*files, str(tmp_path / "bad.wav")]})
    here, measured = features.extract_and_measure(clips, LogMelSettings(), tmp_path / "here")
    monkeypatch.setattr("emokit.features.cache.PART", 16)
    read_here = []
    read_once = audio.read_once
    monkeypatch.setattr(audio, "read_once", lambda files, *rest: [read_here.extend(files), read_once(files, *rest)])
    with joblib.parallel_config(backend="loky", n_jobs=2):
        there, also = features.extract_and_measure(clips, LogMelSettings(), tmp_path / "there")
    assert read_here == [str(tmp_path / "bad.wav")]  # what the others could not read says why here
    assert there.failures.equals(here.failures) and len(there.failures) == 1
    assert also.drop(columns="alike").equals(measured.drop(columns="alike"))
    assert all(np.array_equal(here[label], there[label]) for label in clips.index[:-1])
