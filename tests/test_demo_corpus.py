"""The committed demo corpus is what its tables, its checksums and its README say, and its script makes it again."""

import importlib.util
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit.features import LogMelSettings

SCRIPT = Path(__file__).resolve().parents[1] / "data" / "make_demo.py"
CODES = ["neu", "hap", "sad", "ang", "fea"]


def read_clips(folder: Path) -> pd.DataFrame:
    """One row a clip: its codes, samples, header, log-mel frames."""
    rows = []
    for file in sorted(folder.glob("*/*.flac")):
        samples, rate = sf.read(file, dtype="float32")
        header = sf.info(file)
        voice, _, code, _ = file.stem.split("_")
        rows.append(
            {"name": file.relative_to(folder).as_posix(), "voice": voice, "code": code}
            | {"rate": rate, "channels": header.channels, "format": f"{header.format} {header.subtype}"}
            | {"samples": samples, "duration": len(samples) / rate, "peak": float(np.abs(samples).max())}
            | {"level": 10 * np.log10(np.mean(np.square(samples)))}
            | {"frames": LogMelSettings(high_pass=0).placed(samples)[0]}
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def clips(demo_dir) -> pd.DataFrame:
    return read_clips(demo_dir)


def test_every_voice_says_every_sentence_with_every_emotion_once(clips, demo_dir):
    voices = pd.read_csv(demo_dir / "voices.csv")
    sentences = pd.read_csv(demo_dir / "sentences.csv")
    assert len(voices) == 12 and len(sentences) == 6
    expected = {
        f"{voice}/{voice}_{sentence}_{code}_1.flac"
        for voice in voices["voice"]
        for sentence in sentences["sentence"]
        for code in CODES
    }
    assert set(clips["name"]) == expected


def test_half_of_the_voices_are_female(demo_dir):
    voices = pd.read_csv(demo_dir / "voices.csv")
    assert voices["sex"].value_counts().to_dict() == {"female": 6, "male": 6}
    assert not voices.duplicated(["accent", "variant"]).any()


def test_the_checksums_name_every_file_and_hold(clips, demo_dir):
    lines = (demo_dir / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == {*clips["name"], "voices.csv", "sentences.csv"}
    assert {name: sha256((demo_dir / name).read_bytes()).hexdigest() for name in sums} == sums


def test_the_corpus_stays_within_6_mb(demo_dir):
    assert sum(file.stat().st_size for file in demo_dir.rglob("*") if file.is_file()) <= 6_000_000


def test_every_clip_is_mono_flac_of_16_khz_at_the_planned_level(clips):
    assert set(clips["rate"]) == {16_000} and set(clips["channels"]) == {1} and set(clips["format"]) == {"FLAC PCM_16"}
    assert clips["duration"].between(1.5, 3.2).all() and clips["duration"].mean() <= 2.2
    assert clips["peak"].between(0.05, 0.501).all() and 0.15 <= clips["peak"].median() <= 0.25


def test_no_two_clips_sound_the_same(clips):
    assert clips["samples"].map(lambda samples: sha256(samples.tobytes()).hexdigest()).is_unique


def test_the_emotions_differ_as_the_literature_says(clips):
    mel = pd.DataFrame([frames.mean(axis=0) for frames in clips["frames"]])
    treble = mel.loc[:, 32:].mean(axis=1) - mel.loc[:, :15].mean(axis=1)
    measured = clips.assign(treble=treble, pitch=clips["samples"].map(_pitch))
    means = measured.groupby("code")[["duration", "level", "treble", "pitch"]].mean()
    assert means["duration"].idxmax() == "sad"
    assert means["level"].idxmin() == "sad"
    assert means["treble"].idxmax() == "ang" and means["treble"].idxmin() == "sad"
    assert (means["pitch"][["hap", "ang", "fea"]] > means["pitch"]["neu"] + 2).all()
    assert means["pitch"]["sad"] < means["pitch"]["neu"] - 1


def test_emotions_are_learnable_across_voices_but_not_from_loudness_and_duration(clips):
    """By a classifier that is quick to fit, in four folds of three voices; the model's figures are in the README."""
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    spectra = np.array(
        [np.r_[f.mean(axis=0), f.std(axis=0), np.diff(f, axis=0).std(axis=0), (f[5:] - f[:-5]).std(axis=0)]
         for f in clips["frames"]]
    )  # fmt: skip
    spectral = _uar_across_voices(clips, SVC(C=3), spectra)
    trivial = _uar_across_voices(clips, DecisionTreeClassifier(max_depth=2), clips[["level", "duration"]].to_numpy())
    assert 0.60 <= spectral <= 0.95
    assert trivial <= spectral - 0.10


def test_the_script_makes_a_voice_again(clips, tmp_path):
    if importlib.util.find_spec("espeakng_loader") is None:
        pytest.skip("espeakng-loader is not installed; it is needed only to make the demo corpus again")
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path), "--voices", "v03"], check=True, timeout=120)
    committed = clips[clips["voice"] == "v03"].reset_index(drop=True)
    again = read_clips(tmp_path)
    assert again["name"].tolist() == committed["name"].tolist()
    assert len((tmp_path / "SHA256SUMS").read_text().splitlines()) == 30 + 2
    # By statistics, not to the bit: espeak-ng is not repeatable.
    assert (again["duration"] / committed["duration"]).between(0.97, 1.03).all()
    spectra = [pd.DataFrame([frames.mean(axis=0) for frames in table["frames"]]) for table in (again, committed)]
    np.testing.assert_allclose(*(table.groupby(committed["code"]).mean() for table in spectra), atol=0.5)


def _pitch(samples: np.ndarray) -> float:
    """Median fundamental over loud frames, in semitones above 55 Hz."""
    import librosa

    f0 = librosa.yin(samples, fmin=55, fmax=450, sr=16_000, frame_length=1024, hop_length=512)
    loud = librosa.feature.rms(y=samples, frame_length=1024, hop_length=512)[0]
    return float(12 * np.log2(np.median(f0[loud > 0.3 * loud.max()]) / 55))


def _uar_across_voices(clips: pd.DataFrame, classifier, features: np.ndarray) -> float:
    """Mean recall of the emotions, each voice predicted by a classifier that never heard it."""
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), classifier)
    predicted = cross_val_predict(model, features, clips["code"], groups=clips["voice"], cv=GroupKFold(4))
    return balanced_accuracy_score(clips["code"], predicted)
