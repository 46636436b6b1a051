"""Make the demo corpus: synthetic voices that speak six sentences with five emotions, as FLAC clips of 16 kHz.

    python data/make_demo.py FOLDER [--voices v01 v02 …]

Needs the package espeakng-loader (`pip install espeakng-loader`), which carries the synthesiser espeak-ng.
Each emotion is a row of acoustic correlates, as the literature on vocal emotion reports them; espeak-ng follows
tempo, pitch and pitch range, the rest is done to the samples. Voices differ in how strongly they show an emotion,
and every clip scatters around that, so that classes overlap as they do in people.

The random numbers are seeded, but the synthesiser is not repeatable to the bit: the committed clips with their
SHA256SUMS are the corpus, this script is how they came about.
"""

import argparse
import ctypes
import io
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile as sf
import soxr

from emokit import atomic_files

RATE = 16_000  # Hz
SEED = 2003  # the year of both sources below
BITS = 11  # kept of a sample's 16; FLAC leaves the empty ones out: 6 MB in all, for noise at -71 dB
TEMPO = 160  # words a minute; at 190 the short words that begin a sentence are lost
SILENCE = (0.06, 0.14)  # s before and behind the speech, drawn, so that it tells no emotion
LEVEL = -32.0  # dB, root mean square of a clip before its emotion and its recording move it
PEAK = 0.5  # full scale is 1; a clip that would exceed it is turned down
EMOTIONS = {"neu": "neutral", "hap": "happy", "sad": "sad", "ang": "angry", "fea": "fearful"}

VOICES = pd.DataFrame(
    [
        ("v01", "female", "en-us", "f1"),
        ("v02", "male", "en-us", "m1"),
        ("v03", "female", "en", "f2"),
        ("v04", "male", "en", "m2"),
        ("v05", "female", "en-gb-scotland", "f3"),
        ("v06", "male", "en-gb-x-rp", "m3"),
        ("v07", "female", "en-us", "f4"),
        ("v08", "male", "en-gb-scotland", "m4"),
        ("v09", "female", "en-gb-x-rp", "f5"),
        ("v10", "male", "en-us-nyc", "m5"),
        ("v11", "female", "en-gb-x-gbcwmd", "f1"),
        ("v12", "male", "en", "m6"),
    ],
    columns=["voice", "sex", "accent", "variant"],
)
SENTENCES = pd.DataFrame(
    [
        ("s1", "The children are playing in the garden."),
        ("s2", "Tomorrow we are going to the market."),
        ("s3", "I will call you again on Friday."),
        ("s4", "She left the picture on the table."),
        ("s5", "We can see the mountains from here."),
        ("s6", "The black cat is sleeping on the sofa."),
    ],
    columns=["sentence", "text"],
)

# Directions after Juslin & Laukka (2003), table 7, and Scherer (2003), table 2; the sizes are moderate ones of ours.
CUES = pd.DataFrame(
    {  #           neu   hap   sad   ang   fea
        "tempo": (0.0, 8.0, -12.0, 8.0, 6.0),  # % of the voice's own
        "pitch": (0.0, 3.2, -2.0, 2.0, 6.0),  # semitones
        "range": (0.0, 90.0, -55.0, 50.0, -60.0),  # % of the voice's own
        "contour": (-0.4, 2.6, -2.0, -1.4, 1.2),  # semitones that the pitch rises from begin to end
        "tilt": (0.0, 1.4, -3.5, 4.0, 0.0),  # dB an octave above 500 Hz: high-frequency energy
        "tremor": (0.0, 0.0, 0.0, 0.0, 0.4),  # semitones, pitch wavering at 5 to 9 Hz
        "roughness": (0.0, 0.0, 0.0, 0.3, 0.0),  # depth of irregular amplitude, 25 to 70 Hz
        "breath": (-50.0, -50.0, -32.0, -50.0, -30.0),  # dB of breathing noise against the voice
        "attack": (20.0, 12.0, 40.0, 5.0, 20.0),  # ms in which the sound sets in
        "level": (0.0, 1.0, -2.0, 2.0, 0.0),  # dB; small, since recordings are levelled
    },
    index=pd.Index(EMOTIONS, name="code"),
)
# Standard deviation of each cue over clips of the same voice and emotion, in the same units.
SCATTER = pd.Series(
    {"tempo": 7.0, "pitch": 0.8, "range": 20.0, "contour": 0.6, "tilt": 1.5, "tremor": 0.05, "roughness": 0.06,
     "breath": 5.0, "attack": 6.0, "level": 3.0}
)  # fmt: skip
STRENGTH = 0.15  # standard deviation, over voices, of how strongly a voice shows a cue of an emotion; 1 is the table
NEUTRAL = CUES.loc["neu"]


class Synthesiser:
    """espeak-ng, spoken to through its C interface; every return code is checked, since it goes on after errors."""

    SYNCHRONOUS, UTF8 = 2, 1
    TEMPO, VOLUME, PITCH, RANGE = 1, 2, 3, 4  # of espeak_PARAMETER

    def __init__(self):
        import espeakng_loader

        self._library = espeakng_loader.load_library()
        self._data = Path(espeakng_loader.get_data_path())
        self.rate = self._library.espeak_Initialize(self.SYNCHRONOUS, 0, str(self._data).encode(), 0)
        if self.rate <= 0:
            raise RuntimeError(f"espeak-ng did not start (code {self.rate}); install espeakng-loader again.")
        self._chunks = []
        receiver = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._receiver = receiver(self._receive)  # kept, or Python would free it while C still calls it
        self._library.espeak_SetSynthCallback(self._receiver)

    def choose(self, accent: str, variant: str) -> None:
        """Choose who speaks from now on; espeak-ng itself takes an unknown variant without a word."""
        if not (self._data / "voices" / "!v" / variant).is_file():
            raise RuntimeError(f"espeak-ng has no variant {variant}; choose one of its folder voices/!v.")
        self._check(self._library.espeak_SetVoiceByName(f"{accent}+{variant}".encode()), f"accent {accent}")

    def speak(self, text: str, tempo: float, pitch: float, pitch_range: float) -> np.ndarray:
        """Samples float32 (samples,) at `self.rate`; tempo in words a minute, pitch and range from 0 to 99."""
        for name, value in ((self.TEMPO, tempo), (self.PITCH, pitch), (self.RANGE, pitch_range), (self.VOLUME, 60)):
            self._check(self._library.espeak_SetParameter(name, round(value), 0), f"parameter {name} = {value:.0f}")
        self._chunks.clear()
        content = text.encode() + b"\0"
        self._check(self._library.espeak_Synth(content, len(content), 0, 0, 0, self.UTF8, None, None), f"text {text!r}")
        self._check(self._library.espeak_Synchronize(), "the end of the text")
        return np.concatenate(self._chunks).astype(np.float32) / 2**15

    def _receive(self, samples, count, _events) -> int:
        if samples and count:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    @staticmethod
    def _check(code: int, what: str) -> None:
        if code != 0:
            raise RuntimeError(f"espeak-ng refused {what} (code {code}).")


def draw_cues(voice: str, sentence: str, code: str) -> tuple[pd.Series, np.random.Generator]:
    """The cues of one clip: the table's, as strongly as this voice shows them, and scattered; with its generator."""
    key = [SEED, zlib.crc32(voice.encode())]
    strength = pd.DataFrame(np.random.default_rng(key).normal(1, STRENGTH, CUES.shape), CUES.index, CUES.columns)
    rng = np.random.default_rng([*key, zlib.crc32(f"{sentence}_{code}".encode())])
    cues = NEUTRAL + (CUES.loc[code] - NEUTRAL) * strength.loc[code].clip(0.1, 1.9)
    return cues + SCATTER * rng.normal(size=len(SCATTER)).clip(-2.5, 2.5), rng


def express(samples: np.ndarray, rate: int, cues: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Do to neutral samples what the synthesiser cannot: float32 (samples,) at 16 kHz of one emotion."""
    silence = np.round(rng.uniform(*SILENCE, 2) * RATE).astype(int)  # before the noise, which draws a number a sample
    voiced = _trim(soxr.resample(samples, rate, RATE))
    bent = _bend_pitch(voiced, cues["contour"], max(cues["tremor"], 0), rng)
    breathing = _add_breath(_tilt(bent, cues["tilt"]), cues["breath"], rng)
    rough = breathing * (1 + max(cues["roughness"], 0) * _noise(len(breathing), 25, 70, rng))
    return _set_level(np.pad(_fade(rough, max(cues["attack"], 2)), silence), LEVEL + cues["level"])


def _trim(samples: np.ndarray) -> np.ndarray:
    """Cut silence at both ends, 66 dB below the peak: no consonant is as soft."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 2_000)
    return samples[loud[0] : loud[-1] + 1]


def _bend_pitch(samples: np.ndarray, rise: float, tremor: float, rng: np.random.Generator) -> np.ndarray:
    """Read samples faster and slower, so that the pitch moves: `rise` semitones in all, wavering by `tremor`."""
    time = np.arange(len(samples)) / RATE
    semitones = rise * (time / time[-1] - 0.5) + tremor * _noise(len(samples), 5, 9, rng)
    position = np.cumsum(2 ** (semitones / 12))
    position = position[position < len(samples) - 1]
    return np.interp(position * 4, np.arange(4 * len(samples)), soxr.resample(samples, RATE, 4 * RATE))


def _tilt(samples: np.ndarray, slope: float) -> np.ndarray:
    """Raise or lower what lies above 500 Hz, by `slope` dB an octave up to three octaves."""
    octaves = np.clip(np.log2(np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE), 1) / 500), 0, 3)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (slope * octaves / 20), len(samples))


def _add_breath(samples: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of 1 to 6 kHz that follows the loudness of the voice, `level` dB of its root mean square."""
    envelope = np.sqrt(np.convolve(np.square(samples), np.hanning(480) / 240, mode="same"))
    return samples + 10 ** (level / 20) * envelope * _noise(len(samples), 1_000, 6_000, rng)


def _noise(length: int, low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    """Noise between two frequencies (Hz), of root mean square 1."""
    spectrum = np.fft.rfft(rng.normal(size=length))
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    noise = np.fft.irfft(np.where((frequency >= low) & (frequency <= high), spectrum, 0), length)
    return noise / np.sqrt(np.mean(np.square(noise)))


def _fade(samples: np.ndarray, attack: float) -> np.ndarray:
    """Let the sound set in within `attack` ms and end within 15 ms."""
    time = np.arange(len(samples)) / RATE * 1000
    return samples * np.clip(time / attack, 0, 1) * np.clip((time[-1] - time) / 15, 0, 1)


def _set_level(samples: np.ndarray, level: float) -> np.ndarray:
    samples = samples * 10 ** (level / 20) / np.sqrt(np.mean(np.square(samples)))
    return (samples * min(1, PEAK / np.abs(samples).max())).astype(np.float32)


def make_clip(synthesiser: Synthesiser, voice: pd.Series, sentence: pd.Series, code: str) -> np.ndarray:
    """One clip, float32 (samples,) at 16 kHz."""
    cues, rng = draw_cues(voice["voice"], sentence["sentence"], code)
    tempo = np.clip(TEMPO * (1 + cues["tempo"] / 100), 100, 240)
    pitch = np.clip(45 + cues["pitch"] / 0.2, 0, 99)  # a unit of espeak-ng is about 0.2 semitones
    pitch_range = np.clip(50 * (1 + cues["range"] / 100), 0, 99)
    synthesiser.choose(voice["accent"], voice["variant"])
    samples = synthesiser.speak(sentence["text"], tempo, pitch, pitch_range)
    return express(samples, synthesiser.rate, cues, rng)


def as_flac(samples: np.ndarray) -> bytes:
    """A clip as FLAC of 16 bits, of which the lowest are zero."""
    steps = np.round(samples * 2 ** (BITS - 1)).astype(np.int16) << (16 - BITS)
    buffer = io.BytesIO()
    sf.write(buffer, steps, RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)
    return buffer.getvalue()


def make(folder: Path, names: list[str]) -> None:
    """Write the clips of some voices, the two tables, and at last the checksums of all."""
    synthesiser, sums = Synthesiser(), {}
    voices = VOICES[VOICES["voice"].isin(names)]
    for _, voice in voices.iterrows():
        for _, sentence in SENTENCES.iterrows():
            for code in EMOTIONS:
                name = f"{voice['voice']}/{voice['voice']}_{sentence['sentence']}_{code}_1.flac"
                content = as_flac(make_clip(synthesiser, voice, sentence, code))
                sums[name] = atomic_files.write_bytes(folder / name, content, durable=False)
    sums["voices.csv"] = atomic_files.write_csv(folder / "voices.csv", voices)
    sums["sentences.csv"] = atomic_files.write_csv(folder / "sentences.csv", SENTENCES)
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    atomic_files.write_text(folder / "SHA256SUMS", "".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--voices", nargs="+", default=list(VOICES["voice"]), choices=list(VOICES["voice"]))
    arguments = parser.parse_args()
    make(arguments.folder, arguments.voices)


if __name__ == "__main__":
    main()
