"""What telephones, browsers and cameras record: read with the extra `media`, and named in a sentence without it."""

import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile as sf
import soxr

from emokit import audio
from emokit.audio import BadClip, media, with_times

KINDS = {  # name: encoder, rate of the sound, bits a second
    "x.m4a": ("aac", 16_000, 64_000),
    "x.mp4": ("aac", 44_100, 96_000),
    "x.aac": ("aac", 16_000, 64_000),
    "x.webm": ("libopus", 48_000, 48_000),
    "x.mkv": ("flac", 16_000, 256_000),
    "x.wma": ("wmav2", 16_000, 64_000),
    "x.3gp": ("libopencore_amrnb", 8_000, 12_200),
    "x.amr": ("libopencore_amrnb", 8_000, 12_200),
    "x.avi": ("mp3", 16_000, 64_000),
    "x.mov": ("pcm_s16le", 16_000, 256_000),
}
CONTAINERS = {"m4a": "ipod", "aac": "adts", "mkv": "matroska", "wma": "asf"}


@pytest.fixture(scope="module")
def av():
    return pytest.importorskip("av", reason="the extra media is not installed")


@pytest.fixture(scope="module")
def voices(demo_dir):
    """A dozen clips of the demo corpus one behind the other, float32, about 15 s."""
    files = sorted(demo_dir.rglob("*.flac"))[:12]
    return np.concatenate([sf.read(file, dtype="float32")[0] for file in files])


def encoded(av, path, samples, kind, picture=False, **options):
    """Write mono samples at 16 kHz as one of KINDS; with a picture as a video."""
    encoder, rate, bits = KINDS[kind]
    form = CONTAINERS.get(path.suffix[1:], path.suffix[1:])
    with av.open(str(path), "w", format=form, options=options) as container:
        if picture:
            video = container.add_stream("mpeg4", rate=25, width=64, height=64)
        track = container.add_stream(encoder, rate=rate, layout="mono")
        track.bit_rate = bits
        if encoder == "aac":  # it would code noise as such, which each decoding draws anew
            track.codec_context.options = {"aac_pns": "0"}
        sound = av.AudioFrame.from_ndarray(soxr.resample(samples, 16_000, rate)[np.newaxis], "fltp", "mono")
        sound.sample_rate, sound.pts = rate, 0
        track.codec_context.open()
        resampler = av.AudioResampler(track.format, "mono", rate, frame_size=track.codec_context.frame_size or 1_024)
        if picture:
            for number in range(5):
                frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 50 * number, np.uint8))
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        for frame in [*resampler.resample(sound), *resampler.resample(None), None]:
            container.mux(track.encode(frame))
    return path


def likeness(one, other, most=2_300):
    """Correlation at the best shift, since encoders delay."""
    n = min(len(one), len(other)) - most
    return max(np.corrcoef(one[most + shift : n + shift], other[most:n])[0, 1] for shift in range(-most, most))


@pytest.mark.parametrize("kind", KINDS)
def test_windows_of_it_are_what_lies_there(tmp_path, av, voices, kind):
    file = encoded(av, tmp_path / kind, voices, kind)
    whole = audio.decode(file)
    for start, part in audio.windows(file, 3, 2):
        np.testing.assert_array_equal(part.samples, whole.samples[start * whole.rate :][: len(part.samples)])
    assert start + len(part.samples) / whole.rate == pytest.approx(len(whole.samples) / whole.rate)
    assert part[1:4] == whole[1:4]


@pytest.mark.parametrize("kind", KINDS)
def test_what_telephones_and_browsers_record_is_read(tmp_path, av, voices, kind):
    file = encoded(av, tmp_path / kind, voices, kind)
    samples = audio.read(file)
    assert samples.dtype == np.float32 and len(samples) == pytest.approx(len(voices), abs=3_000)
    assert likeness(samples[:32_000], voices[:32_000]) > 0.8
    recording = audio.decode(file)
    assert recording.rate == KINDS[kind][1] and recording.subtype and recording.container


@pytest.mark.parametrize("kind", KINDS)
def test_a_stretch_is_that_of_the_whole(tmp_path, av, voices, kind):
    file = encoded(av, tmp_path / kind, voices, kind)
    whole, rate = audio.decode(file).samples[:, 0], KINDS[kind][1]
    for start, end in ((0, 1), (0.7, 1.4), (6.5, 8), (11.3, None)):
        stretch = audio.decode(with_times(file, start, end)).samples[:, 0]
        expected = whole[round(start * rate) : None if end is None else round(end * rate)]
        if kind in ("x.webm", "x.mkv", "x.wma"):  # they count in milliseconds
            assert abs(len(stretch) - len(expected)) <= rate / 1_000
            assert likeness(stretch, expected, rate // 1_000) > 0.999
        else:
            np.testing.assert_allclose(stretch, expected, atol=1e-3)


def test_the_sound_of_a_video_is_read(tmp_path, av, voices):
    file = encoded(av, tmp_path / "x.mp4", voices, "x.mp4", picture=True)
    assert likeness(audio.read(file)[:32_000], voices[:32_000]) > 0.9


def test_a_file_without_a_sound_track_is_refused(tmp_path, av):
    with av.open(str(tmp_path / "x.mp4"), "w") as container:
        track = container.add_stream("mpeg4", rate=25, width=64, height=64)
        container.mux(track.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(track.encode(None))
    with pytest.raises(BadClip, match="has no sound track"):
        audio.read(tmp_path / "x.mp4")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_that_was_cut_is_refused_or_gives_what_is_there(tmp_path, av, voices, kind, share):
    file = encoded(av, tmp_path / kind, voices, kind, **({"movflags": "faststart"} if kind == "x.mp4" else {}))
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    begin = time.perf_counter()
    if kind in ("x.aac", "x.amr"):  # frame after frame, without a word of how many
        assert len(audio.read(file)) == pytest.approx(share * len(voices), rel=0.3)
    else:
        with pytest.raises(BadClip) as caught:
            audio.read(file)
        assert caught.value.code in ("truncated", "format")
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("begin", media.BEGINS)
def test_what_only_begins_like_a_recording_is_refused_at_once(tmp_path, av, begin):
    at, letters = begin
    noise = np.random.default_rng(0).bytes(200_000)
    for rest in (noise, bytes(200_000), b""):
        (tmp_path / "x.mp4").write_bytes(bytes(at) + letters + rest)
        start = time.perf_counter()
        with pytest.raises(BadClip):
            audio.read(tmp_path / "x.mp4")
        assert time.perf_counter() - start < 5


def test_damaged_bytes_never_crash(tmp_path, av, voices):
    draw = np.random.default_rng(0)
    for kind in KINDS:
        content = bytearray(encoded(av, tmp_path / kind, voices[:32_000], kind).read_bytes())
        for _ in range(20):
            damaged = content.copy()
            for place in draw.integers(0, len(content), 20):
                damaged[place] = draw.integers(256)
            (tmp_path / kind).write_bytes(damaged)
            try:
                samples = audio.read(tmp_path / kind)
                assert np.isfinite(samples).all() and np.abs(samples).max() <= 1
            except BadClip:
                pass


def test_a_playlist_leads_to_no_other_file(tmp_path, av, voices):
    sf.write(tmp_path / "secret.wav", voices, 16_000)
    (tmp_path / "x.mp4").write_text(f"#EXTM3U\n#EXTINF:10,\n{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n")
    with pytest.raises(BadClip):
        audio.read(tmp_path / "x.mp4")


def test_a_recording_that_is_too_long_is_refused_while_it_is_read(tmp_path, av, voices, monkeypatch):
    file = encoded(av, tmp_path / "x.webm", voices, "x.webm")
    monkeypatch.setattr("emokit.audio.limits.MOST_VALUES", 400_000)
    with pytest.raises(BadClip, match="too-long"):
        audio.read(file)
    assert len(audio.read(with_times(file, 10, 11))) == 16_000


WITHOUT = """
import sys
sys.modules["av"] = None
from emokit import audio
try: audio.read(sys.argv[1])
except audio.BadClip as bad: print(bad.code, bad.reason)
"""


@pytest.mark.parametrize("begin", media.BEGINS)
def test_without_the_extra_a_sentence_names_it(tmp_path, begin):
    (tmp_path / "x.m4a").write_bytes(bytes(begin[0]) + begin[1] + bytes(1_000))
    done = subprocess.run([sys.executable, "-c", WITHOUT, tmp_path / "x.m4a"], capture_output=True, text=True)
    assert done.stdout.startswith("format is read with the extra `media`: pip install -e \".[media]\""), done.stderr
