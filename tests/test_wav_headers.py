"""Headers as recorders write them: what is there is read, and only what was really lost is refused."""

import struct

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import audio, audit

RATE = 16_000


def noise(seconds=1.0, rate=RATE):
    return (3_000 * np.random.default_rng(0).standard_normal(round(seconds * rate))).astype("<i2")


def wav(data, declared, *, rate=RATE, whole=None, order="<"):
    """A WAV of 16-bit mono whose data chunk declares so many bytes, and the file `whole` bytes after its first 8."""
    form = struct.pack(order + "HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    whole = 36 + len(data) if whole is None else whole
    name = b"RIFF" if order == "<" else b"RIFX"
    begin = name + struct.pack(order + "I", whole & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack(order + "I", 16)
    return begin + form + b"data" + struct.pack(order + "I", declared & 0xFFFFFFFF) + data


SOUND = noise().tobytes()  # 1 s, 32,000 bytes
RECORDERS = {  # content, and the seconds that the header declares beyond what is there
    "last byte missing": (wav(SOUND[:-1], 32_000), 1 / 32_000),
    "one sample missing": (wav(SOUND[:-2], 32_000), 2 / 32_000),
    "its own header counted": (wav(SOUND, 32_044), 44 / 32_000),
    "a buffer too much": (wav(SOUND, 33_024), 0.032),
    "0 bytes": (wav(SOUND, 0), -1),
    "0 bytes, and 0 in all": (wav(SOUND, 0, whole=0), -1),
    "big-endian, 0 bytes": (wav(noise().astype(">i2").tobytes(), 0, order=">"), -1),
    "FFFFFFFF": (wav(SOUND, 0xFFFFFFFF), np.inf),
    "FFFFFFFF in all": (wav(SOUND, 0xFFFFFFFF, whole=0xFFFFFFFF), np.inf),
    "doubled": (wav(SOUND, 64_000), 1),
    "as it is": (wav(SOUND, 32_000), 0),
    "half of it": (wav(SOUND, 16_000), -0.5),
    "half of it, big-endian": (wav(noise().astype(">i2").tobytes(), 16_000, order=">"), -0.5),
    "all but two samples": (wav(SOUND, 31_996), -4 / 32_000),
}


@pytest.mark.parametrize("kind", RECORDERS)
def test_what_is_there_is_read_whatever_the_recorder_declared(tmp_path, kind):
    content, more = RECORDERS[kind]
    file = tmp_path / "x.wav"
    file.write_bytes(content)
    recording = audio.decode(file)
    expected = noise()[: len(recording.samples)] * np.float32(2**-15)
    np.testing.assert_array_equal(recording.samples[:, 0], expected)
    assert len(recording.samples) >= RATE - 1
    assert recording.missing == pytest.approx(more, rel=1e-3)


LOST = {
    "a download that stopped halfway": wav(SOUND, 32_000)[:16_000],
    "one that stopped at exactly half of its sound": wav(SOUND, 32_000, whole=32_036)[: 44 + 16_000],
    "one that stopped at 90 %": wav(SOUND, 32_000)[: 44 + 28_800],
    "3 s declared, 1.5 s there": wav(noise(1.5).tobytes(), 96_001),
    "nothing but a header": wav(b"", 32_000),
}


@pytest.mark.parametrize("kind", LOST)
def test_sound_that_was_lost_is_refused_by_the_share_of_what_was_declared(tmp_path, kind):
    file = tmp_path / "x.wav"
    file.write_bytes(LOST[kind])
    with pytest.raises(audio.BadClip, match=r"is cut off: \d+% of the sound it declares is there") as caught:
        audio.read(file)
    assert caught.value.code == "truncated"


def test_a_wav_of_no_sound_but_other_chunks_is_not_read_as_sound(tmp_path):
    text = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf62.3.100\0\0"
    file = tmp_path / "x.wav"
    file.write_bytes(wav(text, 0))
    with pytest.raises(audio.BadClip) as caught:
        audio.read(file)
    assert caught.value.code == "no-samples"


@settings(max_examples=150, deadline=None)
@given(
    n_there=st.integers(2, 20_000), declared=st.integers(0, 2**32 - 1) | st.integers(0, 80_000),
    odd=st.booleans(), rate=st.sampled_from([8_000, 16_000, 48_000]),
)  # fmt: skip
def test_any_header_reads_what_is_there_or_is_refused(tmp_path_factory, n_there, declared, odd, rate):
    data = noise(n_there / rate, rate).tobytes() + b"\1" * odd
    file = tmp_path_factory.mktemp("headers") / "x.wav"
    file.write_bytes(wav(data, declared, rate=rate))
    believable = 0 < declared < 0x7FFFF000 and declared != 2 * len(data)
    missing = declared - len(data)
    if believable and missing > 0.05 * declared and missing / (2 * rate) >= 0.01:
        with pytest.raises(audio.BadClip, match="truncated"):
            audio.decode(file)
        return
    assert len(audio.decode(file).samples) == n_there
    if 4 <= declared < len(data) - 1:  # where the size of all claims no more than the sound either
        file.write_bytes(wav(data, declared, rate=rate, whole=36 + declared))
        recording = audio.decode(file)
        n_lost = len(data) - declared - declared % 2
        assert len(recording.samples) == declared // 2
        assert recording.unread == pytest.approx(n_lost / 2 / rate, rel=0.3) and recording.missing == 0


def findings(files):
    clips = pd.DataFrame({"file": [str(file) for file in files], "emotion": "happy", "speaker": "own/1"})
    found = audit.audit(clips.assign(corpus="own"), audit.measure(clips))
    return found[found["check"] == "header"]


@pytest.mark.parametrize(
    ("kind", "severity", "words"),
    [
        ("last byte missing", "info", "declares 0.03 ms more sound than it holds"),
        ("a buffer too much", "warning", "declares 32.00 ms more sound than it holds"),
        ("doubled", "warning", "declares 1.00 s more sound than it holds"),
        ("0 bytes", "warning", "declares no sound, but holds some"),
        ("half of it", "warning", "declares 500.00 ms less sound than it holds"),
        ("all but two samples", "info", "declares 0.13 ms less sound than it holds"),
        ("FFFFFFFF", "warning", "does not say how long it is"),
    ],
)
def test_a_header_that_is_wrong_is_a_finding(tmp_path, kind, severity, words):
    file = tmp_path / "x.wav"
    file.write_bytes(RECORDERS[kind][0])
    found = findings([file])
    assert found["severity"].tolist() == [severity] and words in found["found"].iloc[0]
    assert found["file"].tolist() == [str(file)]


def test_a_header_that_is_right_is_no_finding(tmp_path):
    (tmp_path / "x.wav").write_bytes(RECORDERS["as it is"][0])
    sf.write(tmp_path / "x.flac", noise(), RATE)
    assert findings(tmp_path.iterdir()).empty


def test_what_lies_behind_the_sound_and_is_claimed_nowhere_is_not_read_and_warned_of(tmp_path):
    (tmp_path / "x.wav").write_bytes(wav(SOUND, 16_000, whole=36 + 16_000))
    (tmp_path / "tag.wav").write_bytes(wav(SOUND + b"TAG" + bytes(125), 32_000, whole=36 + 32_000))
    assert len(audio.read(tmp_path / "x.wav")) == 8_000 and len(audio.read(tmp_path / "tag.wav")) == RATE
    found = findings([tmp_path / "x.wav", tmp_path / "tag.wav"])
    assert found["severity"].tolist() == ["warning"] and found["file"].tolist() == [str(tmp_path / "x.wav")]
    assert "header declares; 0.50 s, if it is sound, are not read" in found["found"].item()


def test_other_chunks_behind_the_sound_are_no_sound(tmp_path):
    text = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf62.3.100\0\0"
    (tmp_path / "x.wav").write_bytes(wav(SOUND + text, 32_000))
    (tmp_path / "odd.wav").write_bytes(wav(SOUND[:-1] + b"\0" + text, 31_999))
    assert len(audio.read(tmp_path / "x.wav")) == RATE and len(audio.read(tmp_path / "odd.wav")) == RATE - 1
    assert findings(tmp_path.iterdir()).empty


def test_many_wrong_headers_are_one_line(tmp_path):
    for number in range(12):
        (tmp_path / f"{number}.wav").write_bytes(wav(noise(1 + number / 10).tobytes(), 0xFFFFFFFF))
    found = findings(tmp_path.iterdir())
    assert len(found) == 1 and "12 of 12 clips" in found["found"].iloc[0]


def test_a_wrong_header_is_told_once_for_all_stretches_of_a_recording(tmp_path):
    (tmp_path / "x.wav").write_bytes(RECORDERS["0 bytes"][0])
    stretches = [audio.with_times(tmp_path / "x.wav", start, start + 0.3) for start in (0.1, 0.5)]
    np.testing.assert_array_equal(audio.read(stretches[1]), noise()[8_000:12_800] * np.float32(2**-15))
    assert len(findings(stretches)) == 1
