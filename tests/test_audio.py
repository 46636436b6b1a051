"""Every kind of bad audio is refused in words, every good one reads right: a tone's level and frequency within 1 %."""

import os
import pickle
import resource
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from emokit import audio
from emokit.audio import BadClip, decoding

RATE, HERTZ, LEVEL = 16_000, 440.0, 0.5


def tone(rate=RATE, seconds=0.5, n_channels=1):
    wave = LEVEL * np.sin(2 * np.pi * HERTZ * np.arange(round(rate * seconds)) / rate)
    return np.repeat(wave[:, np.newaxis], n_channels, axis=1).astype(np.float32)


def wav(data, *, tag=1, n_channels=1, rate=RATE, bits=16, declared=None, order="<"):
    """A WAV by hand, so that its header can lie."""
    block = n_channels * bits // 8
    form = struct.pack(order + "HHIIHH", tag, n_channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, bits)
    size = len(data) if declared is None else declared
    chunks = b"fmt " + struct.pack(order + "I", 16) + form + b"data" + struct.pack(order + "I", size) + data
    name = b"RIFF" if order == "<" else b"RIFX"
    return name + struct.pack(order + "I", (4 + len(chunks)) & 0xFFFFFFFF) + b"WAVE" + chunks


PCM = (tone()[:, 0] * 32_767).astype("<i2").tobytes()
FLOATS = tone()[:, 0].astype("<f4")


def written(path, samples, rate=RATE, **options):
    sf.write(path, samples, rate, **options)
    return path.read_bytes()


def encoded(tmp_path, form, subtype=None):
    return written(tmp_path / "encoded", tone(), format=form, subtype=subtype)


def cut(content, share):
    return content[: int(len(content) * share)]


def flac_of(tmp_path, n_samples):
    """A FLAC whose header declares so many samples (36 bits)."""
    content = bytearray(encoded(tmp_path, "FLAC"))
    content[21] = content[21] & 0xF0 | n_samples >> 32
    content[22:26] = struct.pack(">I", n_samples & 0xFFFFFFFF)
    return bytes(content)


def spoilt(value, at=100):
    floats = FLOATS.copy()
    floats[at] = value
    return wav(floats.tobytes(), tag=3, bits=32)


BAD = {  # what the file holds: the code it is refused with
    "empty": ("empty", lambda tmp: b""),
    "one byte": ("format", lambda tmp: b"R"),
    "header only": ("no-samples", lambda tmp: wav(b"")),
    "half a header": ("format", lambda tmp: wav(PCM)[:20]),
    "RIFF and nothing else": ("format", lambda tmp: b"RIFF\x24\0\0\0WAVE"),
    "WAV cut in half": ("truncated", lambda tmp: cut(wav(PCM), 0.5)),
    "WAV cut at an odd byte": ("truncated", lambda tmp: wav(PCM)[:9_999]),
    "WAV that declares more": ("truncated", lambda tmp: wav(PCM, declared=4 * len(PCM))),
    "big-endian WAV cut": ("truncated", lambda tmp: cut(wav(PCM, order=">"), 0.5)),
    "FLAC cut in half": ("truncated|format", lambda tmp: cut(encoded(tmp, "FLAC"), 0.5)),
    "FLAC header only": ("truncated|format|no-samples", lambda tmp: encoded(tmp, "FLAC")[:42]),
    "MP3 cut in half": ("truncated|format", lambda tmp: cut(encoded(tmp, "MP3"), 0.5)),
    "OGG cut in half": ("truncated|format", lambda tmp: cut(encoded(tmp, "OGG"), 0.5)),
    "Opus cut in half": ("truncated|format", lambda tmp: cut(encoded(tmp, "OGG", "OPUS"), 0.5)),
    "one sample": ("no-samples", lambda tmp: wav(PCM[:2])),
    "a FLAC of 2^36 samples": ("too-long", lambda tmp: flac_of(tmp, 2**36 - 1)),
    "a FLAC that declares ten times more": ("truncated|format", lambda tmp: flac_of(tmp, 80_000)),
    "antiphase stereo": ("antiphase", lambda tmp: written(tmp / "e.wav", tone(n_channels=2) * [1, -1])),
    "NaN": ("not-finite", lambda tmp: spoilt(np.nan)),
    "all NaN": ("not-finite", lambda tmp: wav(np.full(8_000, np.nan, "<f4").tobytes(), tag=3, bits=32)),
    "infinity": ("not-finite", lambda tmp: spoilt(np.inf)),
    "minus infinity": ("not-finite", lambda tmp: spoilt(-np.inf)),
    "3e29": ("range", lambda tmp: spoilt(3e29)),
    "float on the scale of 16 bits": ("range", lambda tmp: wav((FLOATS * 32_768).tobytes(), tag=3, bits=32)),
    "1 Hz": ("rate", lambda tmp: wav(PCM, rate=1)),
    "0 Hz": ("rate|format", lambda tmp: wav(PCM, rate=0)),
    "2 GHz": ("rate|format", lambda tmp: wav(PCM, rate=2_000_000_000)),
    "3 bits": ("bits", lambda tmp: wav(PCM, bits=3)),
    "0 bits": ("bits", lambda tmp: wav(PCM, bits=0)),
    "0 channels": ("format", lambda tmp: wav(PCM, n_channels=0)),
    "60,000 channels": ("format|no-samples|too-long|truncated", lambda tmp: wav(PCM, n_channels=60_000)),
    "an unknown codec": ("format", lambda tmp: wav(PCM, tag=0x4321)),
    "AIFF cut": ("truncated", lambda tmp: cut(encoded(tmp, "AIFF"), 0.9)),
    "AU cut": ("truncated", lambda tmp: cut(encoded(tmp, "AU"), 0.9)),
    "CAF cut": ("truncated", lambda tmp: cut(encoded(tmp, "CAF"), 0.9)),
    "W64 cut": ("truncated", lambda tmp: cut(encoded(tmp, "W64"), 0.9)),
    "RF64 cut": ("truncated", lambda tmp: cut(encoded(tmp, "RF64"), 0.9)),
    "text": ("format", lambda tmp: b"this is not sound, whatever its name says\n" * 50),
    "HTML": ("format", lambda tmp: b"<!DOCTYPE html><title>404 Not Found</title>" * 20),
    "zeros": ("format", lambda tmp: bytes(10_000)),
    "random bytes": ("format", lambda tmp: np.random.default_rng(0).bytes(10_000)),
    "a zip": ("format", lambda tmp: b"PK\x03\x04" + bytes(1_000)),
    "a Git LFS pointer": ("git-lfs", lambda tmp: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
    "m4a": ("format", lambda tmp: b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(1_000)),
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "clip.wav"


def refused(file):
    with pytest.raises(BadClip) as caught:
        audio.read(file)
    bad = caught.value
    assert bad.file == str(file) and bad.reason and not bad.reason.endswith(".")
    assert str(bad).startswith(audio.printable(file)) and str(bad).endswith(f"({bad.code}).")
    assert "\n" not in str(bad)
    return bad.code


@pytest.mark.parametrize("kind", BAD)
def test_bad_audio_is_refused_with_its_code_and_a_reason(file, tmp_path, kind):
    codes, make = BAD[kind]
    file.write_bytes(make(tmp_path))
    begin = time.perf_counter()
    assert refused(file) in codes.split("|")
    assert time.perf_counter() - begin < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**21  # KiB: 2 GB


def test_a_missing_file_is_refused(file):
    assert refused(file) == "missing"


def test_a_folder_named_like_a_clip_is_refused(file):
    file.mkdir()
    assert refused(file) == "not-a-file"


def test_a_link_that_leads_to_itself_is_refused(file):
    file.symlink_to(file)
    assert refused(file) == "link-loop"


def test_a_link_to_nothing_is_refused(file):
    file.symlink_to(file.with_name("gone.wav"))
    assert refused(file) == "missing"


def test_a_pipe_is_refused_without_waiting(file):
    os.mkfifo(file)
    assert refused(file) == "not-a-file"


def test_a_device_is_refused():
    assert refused(Path("/dev/zero")) == "not-a-file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(file):
    file.write_bytes(wav(PCM))
    file.chmod(0)
    assert refused(file) == "permission"


def test_no_permission_is_told_as_the_system_tells_it(file, monkeypatch):
    file.write_bytes(wav(PCM))
    denied = PermissionError(13, "Permission denied")
    monkeypatch.setattr(decoding, "_open_without_waiting", lambda name, flags: (_ for _ in ()).throw(denied))
    assert refused(file) == "permission"


def test_a_file_that_is_cut_while_it_is_read_is_refused(file, monkeypatch):
    file.write_bytes(wav(PCM))
    check = decoding._check_header
    monkeypatch.setattr(decoding, "_check_header", lambda *args: check(*args) or os.truncate(file, 2_000))
    assert refused(file) == "truncated"


def test_a_file_that_is_removed_while_it_is_read_still_reads(file, monkeypatch):
    file.write_bytes(wav(PCM))
    check = decoding._check_header
    monkeypatch.setattr(decoding, "_check_header", lambda *args: check(*args) or file.unlink())
    assert len(audio.read(file)) == len(PCM) // 2


def test_bad_audio_under_a_name_that_is_no_utf8_can_be_printed_and_pickled(tmp_path):
    name = os.fsdecode(bytes(tmp_path) + b"/\xff\xfe.wav")
    Path(name).write_bytes(b"")
    with pytest.raises(BadClip) as caught:
        audio.read(name)
    str(caught.value).encode("utf-8")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 (our own bytes)
    assert (again.file, again.code, again.reason) == (caught.value.file, "empty", caught.value.reason)


def assert_is_the_tone(samples, level=LEVEL, within=0.01):
    """Level and frequency of the middle half, as a fit of sine and cosine finds them."""
    assert samples.dtype == np.float32 and samples.ndim == 1 and np.abs(samples).max() <= 1
    assert len(samples) == pytest.approx(RATE / 2, rel=0.01)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    middle = middle.astype(np.float64) * np.hanning(len(middle))
    spectrum = np.abs(np.fft.rfft(middle, 2**18))
    found = spectrum.argmax()
    assert found * RATE / 2**18 == pytest.approx(HERTZ, rel=0.01)
    assert 2 * spectrum[found] / np.hanning(len(middle)).sum() == pytest.approx(level, rel=within)


GOOD = {
    "u8": dict(subtype="PCM_U8"),
    "s16": dict(subtype="PCM_16"),
    "s24": dict(subtype="PCM_24"),
    "s32": dict(subtype="PCM_32"),
    "f32": dict(subtype="FLOAT"),
    "f64": dict(subtype="DOUBLE"),
    "mu-law": dict(subtype="ULAW"),
    "A-law": dict(subtype="ALAW"),
    "big-endian": dict(endian="BIG"),
    "AIFF": dict(format="AIFF"),
    "FLAC 16": dict(format="FLAC", subtype="PCM_16"),
    "FLAC 24": dict(format="FLAC", subtype="PCM_24"),
    "MP3": dict(format="MP3"),
    "OGG": dict(format="OGG", subtype="VORBIS"),
    "Opus": dict(format="OGG", subtype="OPUS"),
    "AU": dict(format="AU"),
    "CAF": dict(format="CAF"),
    "W64": dict(format="W64"),
    "RF64": dict(format="RF64"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_every_usual_format_reads_right_whatever_its_name_ends_in(file, kind):
    sf.write(file, tone(), RATE, **{"format": "WAV", **GOOD[kind]})
    assert_is_the_tone(audio.read(file))


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_16_bits_read_as_libsndfile_turns_them_into_floats(file, form):
    values = np.random.default_rng(0).integers(-(2**15), 2**15, (5_000, 2), dtype=np.int16)
    values[:2] = [[-(2**15), 2**15 - 1], [0, -1]]
    sf.write(file, values, RATE, format=form)
    floats = sf.read(file, dtype="float32")[0]
    np.testing.assert_array_equal(audio.decode(file).samples, floats, strict=True)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_414, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000])
def test_every_usual_rate_reads_right(file, rate):
    sf.write(file, tone(rate), rate)
    assert_is_the_tone(audio.read(file))


@pytest.mark.parametrize("n_channels", range(1, 9))
def test_one_to_eight_channels_are_averaged(file, n_channels):
    sf.write(file, tone(n_channels=n_channels), RATE)
    assert_is_the_tone(audio.read(file))


def test_a_tone_in_one_of_two_channels_is_half_as_loud(file):
    sf.write(file, tone(n_channels=2) * [1, 0], RATE)
    assert_is_the_tone(audio.read(file), LEVEL / 2)


@pytest.mark.parametrize("name", ["😀 glücklich.wav", "a b'c\"d.wav", "no ending", "x" * 240 + ".wav"])
def test_every_name_reads(tmp_path, name):
    (tmp_path / name).write_bytes(wav(PCM))
    assert_is_the_tone(audio.read(tmp_path / name))


def test_a_name_that_is_no_utf8_reads(tmp_path):
    name = os.fsdecode(bytes(tmp_path) + b"/\xff.wav")
    Path(name).write_bytes(wav(PCM))
    assert_is_the_tone(audio.read(name))


def test_a_link_to_a_clip_reads(file):
    file.with_name("real.wav").write_bytes(wav(PCM))
    file.symlink_to("real.wav")
    assert_is_the_tone(audio.read(file))


@pytest.mark.parametrize("declared", [0xFFFFFFFF, 0xFFFFFFF0, 0x7FFFFFFF, 0x7FFFF000])
def test_a_streamed_wav_of_unknown_length_reads(file, declared):
    file.write_bytes(wav(PCM, declared=declared))
    assert_is_the_tone(audio.read(file))


def test_a_streamed_flac_of_unknown_length_is_refused_with_what_to_do(file, tmp_path):
    file.write_bytes(flac_of(tmp_path, 0))
    with pytest.raises(BadClip, match="does not say how long it is.*encode it again"):
        audio.read(file)


@pytest.mark.parametrize("codec", ["GSM610", "IMA_ADPCM", "MS_ADPCM"])
def test_the_codecs_of_telephones_read(file, codec):
    sf.write(file, tone(8_000), 8_000, subtype=codec)
    samples = audio.read(file)
    assert 0 <= len(samples) - RATE / 2 < 2_048  # they fill up their last block
    assert_is_the_tone(samples[: RATE // 2], within=0.1)  # and change the level a little


LONGEST = """
import resource, sys
from emokit import audio
try:
    print(len(audio.read(sys.argv[1])))
except audio.BadClip as bad:
    print(bad.code)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**21)
"""


@pytest.mark.parametrize(("rate", "said"), [(4_000, "too-long"), (16_000, str(2**27 - 100))])
def test_the_longest_clips_take_no_more_than_2_gb(file, rate, said):
    header = wav(b"", rate=rate, bits=8, declared=2**27 - 100)
    file.write_bytes(header)
    os.truncate(file, len(header) + 2**27 - 100)  # a file with a hole: it takes no room on the disk
    done = subprocess.run([sys.executable, "-c", LONGEST, str(file)], capture_output=True, text=True)
    assert done.stdout == f"{said}\nTrue\n", done.stderr


def test_a_name_that_no_system_takes_is_refused():
    assert refused("a\0b.wav") == "system"


def test_a_wav_with_chunks_around_its_sound_reads_only_the_sound(file):
    plain = wav(PCM)
    filler = b"FLLR" + struct.pack("<I", 4_044) + b"\x55" * 4_044
    after = b"_PMX" + struct.pack("<I", 40_000) + b"\x77" * 40_000
    file.write_bytes(plain[:36] + filler + plain[36:] + after)
    samples = audio.read(file)
    assert len(samples) == len(PCM) // 2
    assert_is_the_tone(samples)


@pytest.mark.parametrize("make", [lambda n: np.zeros(n), lambda n: np.full(n, 0.3)], ids=["silence", "offset"])
def test_silence_and_a_constant_read_and_are_left_to_the_audit(file, make):
    sf.write(file, make(8_000), RATE)
    np.testing.assert_allclose(audio.read(file), make(8_000), atol=1e-4)


def test_ten_milliseconds_read_and_are_left_to_the_audit(file):
    sf.write(file, tone()[:160], RATE)
    assert len(audio.read(file)) == 160


def test_a_clipped_wave_stays_within_full_scale_after_resampling(file):
    sf.write(file, np.clip(20 * tone(48_000), -1, 1), 48_000)
    assert np.abs(audio.read(file)).max() == 1


def test_floats_a_little_over_full_scale_are_clipped(file):
    sf.write(file, 3 * tone(), RATE, subtype="FLOAT")
    assert np.abs(audio.read(file)).max() == 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_consumer_gets_each_file_once_and_it_is_decoded_once(tmp_path, monkeypatch, n_jobs):
    files = [str(tmp_path / f"{i}.wav") for i in range(7)]
    for i, file in enumerate(files):
        sf.write(file, tone()[: 1_000 + i], RATE)
    decode, decoded, read, kept = audio.decode, [], [], []
    monkeypatch.setattr(audio, "FILES_TOGETHER", 3)
    monkeypatch.setattr(audio, "decode", lambda file: decoded.append(file) or decode(file))

    @contextmanager
    def consumer():
        mine = []
        yield lambda sound: mine.append((sound.file, len(sound.mono(RATE))))
        read.extend(mine)
        kept.append(len(mine))

    audio.read_once(files, [consumer, consumer], n_jobs)
    assert sorted(decoded) == files
    assert sorted(read) == sorted(2 * [(file, 1_000 + i) for i, file in enumerate(files)])
    assert sorted(kept) == [1, 1, 3, 3, 3, 3]
