"""Real sound in each corpus's own layout and format goes from the folder through the audit, with nothing unreadable."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from emokit import audio, audit, corpora


@dataclass(frozen=True)
class Format:
    """Names as published, and how their sound is stored: `unlike` tells the rate of a file that differs."""

    names: tuple[str, ...]
    rate: int
    channels: int = 1
    unlike: dict[str, int] | None = None


FORMATS = {
    "ravdess": Format(("Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-08-02-02-02-02.wav"), 48_000),
    "crema-d": Format(("AudioWAV/1001_IEO_ANG_LO.wav", "AudioWAV/1002_DFA_SAD_XX.wav"), 16_000),
    "emodb": Format(("emodb/wav/03a01Fa.wav", "emodb/wav/16b10Wb.wav"), 16_000),
    "savee": Format(("AudioData/DC/a01.wav", "AudioData/KL/su15.wav"), 44_100),
    "tess": Format(
        ("OAF_Fear/OAF_food_fear.wav", "OAF_neutral/OA_bite_neutral.wav",
         "YAF_pleasant_surprised/YAF_back_ps.wav", "YAF_sad/YAF_bean_sad.wav"),
        24_414, unlike={"OAF_food_fear.wav": 96_000},
    ),
    "emovo": Format(("EMOVO/f1/dis-f1-b1.wav", "EMOVO/m3/neu-m3-d2.wav"), 48_000, channels=2),
    "iemocap": Format(
        ("Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav",
         "Session5/sentences/wav/Ses05M_script01_1b/Ses05M_script01_1b_F010.wav"), 16_000,
    ),
}  # fmt: skip


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def as_ravdess(path: Path) -> None:
    """Store a WAV as RAVDESS does: samples from byte 4096, between filler and an editor's XML."""
    samples, rate = soundfile.read(path, dtype="int16")
    head = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16))
    head += chunk(b"FLLR", bytes(4096 - 8 - len(head) - 8 - 8))
    content = head + chunk(b"data", samples.tobytes()) + chunk(b"_PMX", b"<x:xmpmeta>" * 3000)
    path.write_bytes(chunk(b"RIFF", content))
    assert path.read_bytes()[4088:4092] == b"data"


def label(root: Path, file: Path) -> None:
    """What IEMOCAP says about a turn, in its published form."""
    dialog, session = file.parent.name, file.relative_to(root).parts[0]
    labels = root / session / "dialog" / "EmoEvaluation" / f"{dialog}.txt"
    labels.parent.mkdir(parents=True)
    turn = f"[6.2901 - 8.2357]\t{file.stem}\texc\t[2.5000, 2.5000, 2.5000]"
    rater = "C-E2:\tExcited;\t()"
    heading = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]"
    labels.write_text("\r\n".join([heading, "", turn, rater, ""]), newline="")


@pytest.fixture(scope="module")
def sounds(demo_dir) -> list[np.ndarray]:
    return [audio.read(file) for file in corpora.load("demo", demo_dir)["file"][:4]]


@pytest.mark.parametrize("name", FORMATS)
def test_the_sound_of_a_corpus_in_its_own_format_reads_and_is_as_published(tmp_path, sounds, name):
    form, lasts = FORMATS[name], {}
    for place, sound in zip(form.names, sounds, strict=False):
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        rate = (form.unlike or {}).get(file.name, form.rate)
        samples = np.repeat(soxr.resample(sound, audio.RATE, rate)[:, None], form.channels, axis=1)
        soundfile.write(file, samples, rate, subtype="PCM_16")
        lasts[str(file)] = len(sound) / audio.RATE
        if name == "ravdess":
            as_ravdess(file)
        if name == "iemocap":
            label(tmp_path, file)
    clips = corpora.load(name, tmp_path)
    assert sorted(clips["file"]) == sorted(lasts) and clips.attrs["left_out"] == {}
    measured = audit.measure(clips)
    findings = audit.audit(clips, measured)
    assert findings[findings["check"] == "unreadable"].empty and measured["failure"].isna().all()
    assert findings.loc[findings["check"] == "sampling rate", "file"].map(lambda file: Path(file).name).tolist() == [
        *(form.unlike or {})
    ]
    assert measured["rate"].mode().tolist() == [form.rate] and set(measured["channels"]) == {form.channels}
    np.testing.assert_allclose(measured["duration"], clips["file"].map(lasts), atol=0.001)
