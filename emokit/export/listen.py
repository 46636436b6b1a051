"""What is heard in a recording, by the export beside this file. Needs numpy, soundfile, soxr and onnxruntime alone.

    python listen.py x.wav y.wav

or in Python:

    from listen import Listener
    listener = Listener()  # the folder of this file, or another one
    listener("x.wav")  # {"predicted": "sad", "confidence": 0.71, "probabilities": {…}, "flag": ""}
    listener.windows("long.wav")  # the same every half window, with start and end in seconds
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile as sf
import soxr

MODEL = "model.onnx"
FORMAT = 1  # of signature.json
LARGEST = 2**28  # bytes of a model: hundreds of times what a run makes
LOUDEST = 4.0  # full scale is 1; floats beyond 12 dB over it were stored on another scale
CANCELLED = 1e-3  # power of the mix against that of its channels
SPECTRUM = 2_048  # samples, of whose mean power spectrum the bandwidth is read
TELEPHONE = 2_500, 4_000  # Hz: where the band of narrow-band telephony ends
FADED = 1e-6  # of the strongest frequency's power, -60 dB: what lies below is no band
POWER_OF = 0.04  # s over which power is taken, to see whether it is steady
RUMBLE = 100  # Hz
NO_FLOOR = -90.0  # dB of full scale: digital silence is no background
UNLIKE = {"noise", "quieter"}  # flags of windows that count only where all have one
BOUNDS = ("shortest", "silent", "steady", "steady_from", "quiet", "above", "clipped")
BOUNDS += ("faint", "level", "band", "length")
USUAL = ("rms", "bandwidth", "seconds")  # and snr, where the run knows it


class ListenError(Exception):
    """An export or a recording that cannot be used; the message says why, and what to do."""


class Listener:
    """An export that was checked, and hears.

    Attributes:
        signature: content of signature.json.

    Raises:
        ListenError: naming what in the folder is missing, damaged, or does not belong together.
    """

    def __init__(self, folder: str | Path = Path(__file__).parent):
        folder = Path(folder).expanduser()
        self.signature = _checked(_signature(folder))
        self._session = _session(folder / MODEL, self.signature)
        self._labels, self._rate = self.signature["labels"], self.signature["rate"]

    def __call__(self, what: str | Path | np.ndarray, rate: int | None = None) -> dict:
        """What is heard in a recording: as in a clip, or in a longer one the mean of what its windows say.

        Args:
            what: a file, or samples (n,) or (n, channels), floats in [-1, 1] or whole numbers of any width.
            rate: of samples, in Hz.

        Returns:
            `predicted`, `confidence` (what the answer is worth by dev), `probabilities` (label → 0 … 1), and `flag`:
            in words, "" for none. Where nothing can be heard, all else is None.

        Raises:
            ListenError: for what is no sound.
        """
        if whole := self._read(what, rate, self._whole):
            return _shown(whole)
        windows = self._read(what, rate, self._rows)
        said = [row for row in windows if row["predicted"]]
        if not said:
            return _shown(windows[0] if len(windows) == 1 else self._nothing("no speech"))
        kinds = [kind for row in said for kind in row["flags"]]
        words = {kind: text for row in said for kind, text in row["flags"].items() if 2 * kinds.count(kind) > len(said)}
        like = [row for row in said if UNLIKE.isdisjoint(row["flags"])] or said
        return _shown(self._row(np.mean([list(row["probabilities"].values()) for row in like], axis=0), words))

    def windows(self, what: str | Path | np.ndarray, rate: int | None = None) -> list[dict]:
        """The same of each window, with `start` and `end` in s; arguments as for a call.

        Windows begin every half of one. Each is heard as if it were a recording of its own; the last one ends with the
        recording, and is shorter.
        """
        return [_shown(row) for row in self._read(what, rate, self._rows)]

    def _read(self, what, rate: int | None, use: Callable):
        if not isinstance(what, str | Path):
            return use("the samples", *_from_array(what, rate))
        try:
            if not Path(what).expanduser().is_file():
                raise ListenError(f"There is no file {what}; check its path.")
            with sf.SoundFile(Path(what).expanduser()) as sound:
                return use(what, lambda n: sound.read(n, dtype="float32", always_2d=True), sound.samplerate)
        except (sf.SoundFileError, OSError, RuntimeError) as error:  # the last of a ~ whose user is not there
            raise ListenError(f"{what} cannot be read ({error}); convert it to WAV.") from None

    def _whole(self, name, read: Callable[[int], np.ndarray], rate: int) -> dict | None:
        """What is heard in a recording that is no longer than a clip; None in a longer one."""
        channels = read(round(self.signature["longest"] * rate))
        return None if len(read(1)) or not len(channels) else self._hear(name, channels, rate)

    def _rows(self, name, read: Callable[[int], np.ndarray], rate: int) -> list[dict]:
        rows, (length, step) = [], (round(self.signature[name] * rate) for name in ("length", "step"))
        for start, channels in _windows(read, length, step):
            time = {"start": round(start / rate, 3), "end": round((start + len(channels)) / rate, 3)}
            rows.append(time | self._hear(name, channels, rate))
        if not rows:
            raise ListenError(f"{name} holds no sound; record it again.")
        for row, why in zip(rows, _pauses(self.signature["bounds"], rows), strict=True):
            if why and row["predicted"]:
                row |= self._nothing(why)
        return rows

    def _hear(self, name, channels: np.ndarray, rate: int) -> dict:
        samples = _mono(name, channels, rate, self._rate)
        loudness = _loudness(samples, self._rate)
        if why := _unsaid(self.signature["bounds"], samples, self._rate):
            return self._nothing(why) | loudness
        probabilities, n_frames = self._session.run(["probabilities", "n_frames"], {"samples": samples})
        seconds = float(n_frames[0]) * self.signature["hop"]
        clipped = {"clipped": "clipped"} if _clipped(channels) > self.signature["bounds"]["clipped"] else {}
        return self._row(probabilities[0], clipped | dict(_flags(self.signature, samples, seconds))) | loudness

    def _nothing(self, why: str) -> dict:
        nothing = {"predicted": None, "confidence": None, "probabilities": dict.fromkeys(self._labels)}
        return nothing | {"flags": {"silent": why}}

    def _row(self, probabilities: np.ndarray, flags: dict[str, str]) -> dict:
        p = np.asarray(probabilities, np.float64)
        warmed = np.maximum(p, np.finfo(np.float32).tiny) ** (1 / self.signature["temperature"])
        return {
            "predicted": self._labels[int(p.argmax())],
            "confidence": float(warmed.max() / warmed.sum()),
            "probabilities": dict(zip(self._labels, p.tolist(), strict=True)),
            "flags": flags,
        }


def _shown(row: dict) -> dict:
    """A row as it is given: what speaks against it in words."""
    kept = ("start", "end", "predicted", "confidence", "probabilities")
    return {name: row[name] for name in kept if name in row} | {"flag": "; ".join(row["flags"].values())}


def _signature(folder: Path) -> dict:
    try:
        if (folder / "signature.json").stat().st_size > 2**20:
            raise ListenError("signature.json is larger than 1 MB, so it is none; export the run again.")
        content = json.loads((folder / "signature.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ListenError(f"signature.json in {folder} cannot be read ({error}); export the run again.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ListenError(f"signature.json is not of format {FORMAT}; take the listen.py that was exported with it.")
    return content


def _number(value, low: float = -1e9, high: float = 1e9) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high  # NaN is not


def _names(value) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 1000 and all(isinstance(name, str) and name for name in value)


def _numbers(value, names: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(_number(value.get(name)) for name in names)


def _ranges(value) -> bool:
    if not isinstance(value, dict):
        return False
    ranges = [value.get(name) for name in USUAL] + [value.get("snr", [0, 0])]
    return all(isinstance(each, list) and len(each) == 2 and all(map(_number, each)) for each in ranges)


FIELDS = {  # what signature.json says, whether it can be true, and what was expected
    "files": (lambda value: isinstance(value, dict) and [*value] == [MODEL], f"{MODEL} alone"),
    "labels": (_names, "2 to 1000 names"),
    "rate": (lambda value: _number(value, 4_000, 768_000), "4,000 to 768,000 Hz"),
    "hop": (lambda value: _number(value, 0.001, 1), "0.001 to 1 s"),
    "window": (lambda value: _number(value, 1, 160_000), "1 to 160,000 frames"),
    "longest": (lambda value: _number(value, 0.01, 86_400), "0.01 s to a day"),
    "length": (lambda value: _number(value, 0.01, 3_600), "0.01 s to an hour"),
    "step": (lambda value: _number(value, 0.005, 3_600), "0.005 s to an hour"),
    "temperature": (lambda value: _number(value, 0.05, 20), "0.05 to 20"),
    "bounds": (lambda value: _numbers(value, BOUNDS), f"numbers for {', '.join(BOUNDS)}"),
    "usual": (lambda value: value is None or _ranges(value), f"null, or low and high of {', '.join(USUAL)}"),
}


def _checked(signature: dict) -> dict:
    """Refuse what no export says, naming the field."""
    for field, (true, expected) in FIELDS.items():
        value = signature.get(field)
        if not true(value):
            found = f"{field} is {str(value)[:60]!r}"
            raise ListenError(f"signature.json: {found}; expected {expected}: export the run again.")
    return signature


def _session(path: Path, signature: dict) -> onnxruntime.InferenceSession:
    """The model, once it is what the signature says."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        raise ListenError(f"{path} is no file of at most {LARGEST >> 20} MB; export the run again.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != signature["files"][MODEL]:
        raise ListenError(f"{MODEL} is not as signature.json lists it (sha256); copy the export again.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is said once, here
    options.intra_op_num_threads = 1  # too little work to share
    try:
        # From bytes, so that a model cannot name other files to be read.
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        own = json.loads(session.get_modelmeta().custom_metadata_map["signature"])
    except Exception as error:  # those of onnxruntime have no class in common
        raise ListenError(f"{MODEL} is no model that was exported ({str(error)[:200]}); export it again.") from None
    said = {name: value for name, value in signature.items() if name != "files"}
    if differing := [name for name in {**said, **own} if said.get(name) != own.get(name)]:
        raise ListenError(f"signature.json says other {differing[0]} than {MODEL}; copy the export again.")
    shapes = [(put.name, put.type, put.shape) for put in (*session.get_inputs(), session.get_outputs()[0])]
    wanted = [("samples", "tensor(float)", ["n"]), ("probabilities", "tensor(float)", [1, len(signature["labels"])])]
    if shapes != wanted:
        raise ListenError(f"{MODEL} goes from and to {str(shapes)[:120]}, not {wanted}; export the run again.")
    return session


def _from_array(samples, rate: int | None) -> tuple[Callable[[int], np.ndarray], int]:
    if not isinstance(samples, np.ndarray):
        raise ListenError(f"{type(samples).__name__} is no sound; give a file, or samples as an array and their rate.")
    if not _number(rate, 4_000, 768_000):
        raise ListenError(f"Samples need their rate; it is {rate!r}, expected 4,000 to 768,000 Hz.")
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "fiu":
        raise ListenError(f"Samples are {samples.dtype} {samples.shape}; expected numbers (n,) or (n, channels).")
    channels = samples[:, None] if samples.ndim == 1 else samples
    channels = channels.T if 0 < len(channels) < channels.shape[1] else channels  # channels first, as some have them
    middle, height = 0, 1
    if samples.dtype.kind != "f":  # whole numbers: unsigned ones lie around their middle
        height = 2 ** (8 * samples.dtype.itemsize - 1)
        middle = height if samples.dtype.kind == "u" else 0
    position = [0]

    def read(n: int) -> np.ndarray:
        part = channels[position[0] : position[0] + n]
        position[0] += len(part)
        return ((part.astype(np.float64) - middle) / height).astype(np.float32)

    return read, round(rate)


def _windows(read: Callable[[int], np.ndarray], length: int, step: int) -> Iterator[tuple[int, np.ndarray]]:
    """Stretches of `length` samples every `step`, and where each begins; the last one is shorter, unless it fits."""
    kept, start = read(length), 0
    while len(kept):
        yield start, kept
        more = read(step) if len(kept) == length else kept[:0]
        if not len(more):
            return
        kept, start = np.concatenate([kept[step:], more]), start + step


def _mono(name, channels: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """The mean of the channels at the rate of the model, float32 (samples,) in [-1, 1]."""
    peak = np.abs(channels).max()
    if not peak <= LOUDEST:  # NaN too
        raise ListenError(f"{name} holds samples that are not finite or far beyond full scale; expected [-1, 1].")
    mono = channels.mean(axis=1, dtype=np.float32)
    if np.mean(np.square(mono)) < CANCELLED * np.mean(np.square(channels)):
        raise ListenError(f"{name} has channels that cancel each other; turn one of them round or drop it.")
    mono = mono if rate == wanted else soxr.resample(mono, rate, wanted)
    return np.clip(mono, -1, 1)


def _level(samples: np.ndarray) -> float:
    """dB of full scale."""
    return float(20 * np.log10(max(1e-12, np.std(samples, dtype=np.float64))))


def _power(samples: np.ndarray, hop: int) -> np.ndarray:
    """Of each `hop` samples, without their offset."""
    samples = samples - samples.mean()
    return np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)).mean(axis=1)


def _unsaid(bounds: dict, samples: np.ndarray, rate: int) -> str:
    """Why nothing can be said of samples, "" if something can."""
    if len(samples) < bounds["shortest"] * rate:
        return f"shorter than {bounds['shortest'] * 1000:.0f} ms"
    if np.abs(samples - samples.mean()).max() < bounds["silent"]:
        return "silent"
    if len(samples) < bounds["steady_from"] * rate:
        return ""
    power = _power(samples, round(POWER_OF * rate))
    return "no speech, a steady sound" if power.max() < np.quantile(power, 0.1) * 10 ** (bounds["steady"] / 10) else ""


def _loudness(samples: np.ndarray, rate: int) -> dict[str, float]:
    """In dB of full scale: level, and from 100 Hz on what a tenth of the 40 ms stay under, and a twentieth exceed."""
    hop = round(POWER_OF * rate)
    samples = np.pad(samples, (0, max(0, hop - len(samples))))
    spectra = np.fft.rfft(samples[: len(samples) // hop * hop].reshape(-1, hop))[:, round(RUMBLE * POWER_OF) :]
    power = np.square(np.abs(spectra)).sum(axis=1) * 2 / hop**2
    low, high = 10 * np.log10(np.maximum(np.quantile(power, [0.1, 0.95]), 1e-12))
    return {"level": _level(samples), "floor": float(low), "top": float(high)}


def _pauses(bounds: dict, windows: list[dict]) -> Iterator[str]:
    """Why nothing is said in each window of a recording, "" where it is."""
    loudest = max(each["level"] for each in windows)
    floors = [each["floor"] for each in windows if each["floor"] > NO_FLOOR]
    background = np.median(floors) if len(floors) > 1 else -np.inf
    for each in windows:
        below = loudest - each["level"]
        if below > bounds["quiet"]:
            yield f"no speech, {below:.0f} dB under the loudest window"
        else:
            yield "no speech, as loud as the background" if each["top"] - background < bounds["above"] else ""


def _clipped(channels: np.ndarray) -> float:
    """Share of the samples of the worst channel that stick to an extreme for three or more."""
    shares = [0.0]
    for channel in channels.T:
        low, high = channel.min(), channel.max()
        if high - low > 1e-4:
            stuck = [np.flatnonzero(at) for at in (channel >= min(high, 0.995), channel <= max(low, -0.995))]
            rows = sum(int((places[2:] - places[:-2] == 2).sum()) for places in stuck)
            shares.append(rows / max(1, len(channel) - 2))
    return max(shares)


def _signal_to_noise(samples: np.ndarray, rate: int) -> float:
    """How far (dB) the tenth quietest 10 ms lie under the mean power, between the first and the last within 40 dB."""
    power = _power(samples, rate // 100)
    loud = np.flatnonzero(power > power.max() * 1e-4)
    sounds = np.sort(power[loud[0] : loud[-1] + 1])
    return float(10 * np.log10(sounds.mean() / max(sounds[len(sounds) // 10], 1e-12)))


def _flags(signature: dict, samples: np.ndarray, seconds: float) -> Iterator[tuple[str, str]]:
    """What speaks against an answer, its kind and in words: sound unlike all that the model was trained on."""
    bounds, usual = signature["bounds"], signature["usual"]
    level = _level(samples)
    if usual is None:
        if level < bounds["faint"]:
            unknown = "the training clips of this older run are unknown"
            yield "faint", f"hardly any sound, {level:.0f} dB of full scale ({unknown})"
        return
    low, high = 20 * np.log10(np.maximum(usual["rms"], bounds["silent"]))
    if level < low - bounds["level"]:
        yield "quieter", f"quieter than the training clips by {low - level:.0f} dB"
    if level > high + bounds["level"]:
        yield "louder", f"louder than the training clips by {level - high:.0f} dB"
    band, (low, high) = _bandwidth(samples, signature["rate"]), usual["bandwidth"]
    said = f"band than the training clips, up to {band:,.0f} Hz, theirs"
    if band < low - bounds["band"] and TELEPHONE[0] <= band <= TELEPHONE[1]:
        yield "narrower", f"a telephone's band, up to {band:,.0f} Hz, trained on clips to {low:,.0f} Hz at least"
    elif band < low - bounds["band"]:
        yield "narrower", f"narrower {said} to {low:,.0f} Hz at least"
    if band > high + bounds["band"]:
        yield "wider", f"wider {said} to {high:,.0f} Hz at most"
    if "snr" in usual and (snr := _signal_to_noise(samples, signature["rate"])) < usual["snr"][0]:
        yield "noise", f"signal-to-noise ratio {snr:.0f} dB, in training clips {usual['snr'][0]:.0f} dB at least"
    low, high = usual["seconds"]
    if seconds < low / bounds["length"]:
        yield "shorter", f"shorter than the training clips, {seconds:.1f} s, theirs {low:.1f} s at least"
    if seconds > high * bounds["length"]:
        yield "longer", f"longer than the training clips, {seconds:.1f} s, theirs {high:.1f} s at most"


def _bandwidth(samples: np.ndarray, rate: int) -> float:
    """The highest frequency within 60 dB of the strongest, in Hz."""
    samples = np.pad(samples, (0, max(0, SPECTRUM - len(samples))))
    frames = samples[: len(samples) // SPECTRUM * SPECTRUM].reshape(-1, SPECTRUM)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(SPECTRUM + 1)[:-1]))).mean(axis=0)
    power[:3] = 0  # an offset, as wide as the window makes it
    return float(np.fft.rfftfreq(SPECTRUM, 1 / rate)[power >= power.max() * FADED][-1])


def main(files: list[str]) -> int:
    """Print a line a file; gives 1 where one could not be heard."""
    if not files:
        print("usage: python listen.py FILE…", file=sys.stderr)
        return 2
    failed = False
    try:
        listener = Listener()
    except ListenError as error:
        print(error, file=sys.stderr)
        return 1
    for file in files:
        try:
            heard = listener(file)
        except ListenError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        if not heard["predicted"]:
            print(f"{file}: nothing  ({heard['flag']})", flush=True)
            continue
        shares = "  ".join(f"{label} {share:.3f}" for label, share in heard["probabilities"].items())
        flag = f"  ({heard['flag']})" if heard["flag"] else ""
        print(f"{file}: {heard['predicted']} {heard['confidence']:.2f}  {shares}{flag}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
