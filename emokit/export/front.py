"""From samples to the frames of a run as an ONNX graph: high-pass, log-mel, trimming and padding, as features do them.

The graph is written in ONNX's textual syntax (onnx.ai/onnx/repo-docs/Syntax.html), and its constants come from the
functions that features are made by.
"""

import numpy as np
import onnx
import scipy.fft
import scipy.signal
from onnx import numpy_helper, parser

from emokit.features import log_mel
from emokit.padding import FRAMES_PER_STEP

IR, OPSET = 8, 18  # versions of the format and of its operators, old enough for any runtime of today
REMEMBERED = 1e-10  # share of what the high-pass remembers, below which a block of samples is forgotten

# A recursive filter sample by sample would be a loop. In blocks of one hop it is three products: what a block gives of
# itself, what it leaves to the filter's state, and what the state, a sum over the blocks just before, adds to it. They
# nearly cancel below the cutoff, so they are of float64, as scipy filters.
HIGH_PASS = """
    exact = Cast <to=11> (samples)
    begin = Slice(exact, zero, one)
    moved = Sub(exact, begin)
    there = Shape(samples)
    beyond = Mod(there, hop)
    short = Sub(hop, beyond)
    filler = Concat <axis=0> (zero, short)
    whole = Pad(moved, filler)
    blocks = Reshape(whole, as_blocks)
    own = MatMul(blocks, of_block)
    left = MatMul(blocks, to_state)
    history = Pad(left, before)
    shape = Shape <start=0, end=1> (left)
    n_blocks = Squeeze(shape)
    numbers = Range(nought, n_blocks, unit)
    column = Unsqueeze(numbers, one)
    places = Add(column, behind)
    each = Gather <axis=0> (history, places)
    past = Reshape(each, as_past)
    state = MatMul(past, remembered)
    inherited = MatMul(state, of_state)
    filtered = Add(own, inherited)
    line = Reshape(filtered, minus_one)
    sound = Slice(line, zero, there)
    passed = Cast <to=1> (sound)
"""
# A window of zeros behind its 25 ms makes a spectrum of a power of two of them; the sound then needs as many more.
LOG_MEL = """
    length = Shape(passed)
    lacking = Sub(window, length)
    missing = Max(lacking, zero)
    more = Add(missing, spare)
    tail = Concat <axis=0> (zero, more)
    filled = Pad(passed, tail)
    wide = Cast <to=11> (filled)
    signal = Unsqueeze(wide, zero)
    spectrum = STFT <onesided=1> (signal, step, hann, size)
    squares = Mul(spectrum, spectrum)
    powers = ReduceSum <keepdims=0> (squares, minus_one)
    narrow = Cast <to=1> (powers)
    power = Squeeze(narrow, zero)
    bands = MatMul(power, filters)
    mel = Max(bands, floor)
"""
TRIM = """
    loudness = ReduceSum (mel, one)
    loudest = ReduceMax (loudness, zero)
    least = Mul(loudest, share)
    sounds = GreaterOrEqual(loudness, least)
    marks = Cast <to=1> (sounds)
    head = ArgMax <axis=0, keepdims=0> (marks)
    last = ArgMax <axis=0, keepdims=0, select_last_index=1> (marks)
    loud = Add(last, one)
    all = Shape <start=0, end=1> (mel)
    room = Sub(all, fewest)
    early = Min(head, room)
    first = Max(early, zero)
    least_stop = Add(first, fewest)
    late = Max(loud, least_stop)
    stop = Min(late, all)
    kept = Slice(mel, first, stop, zero)
    logs = Log(kept)
"""
LEVEL = """
    mean = ReduceMean(kept)
    level = Log(mean)
    levelled = Sub(logs, level)
"""
CEPSTRA = "    coefficients = MatMul(levelled, cosines)\n"
PAD = """
    read = Slice(coefficients, zero, most, zero)
    n_read = Shape <start=0, end=1> (read)
    rest = Sub(most, n_read)
    around = Concat <axis=0> (zero, zero, rest, zero)
    padded = Pad(read, around)
    frames = Unsqueeze(padded, zero)
    lengths = Cast <to=6> (n_read)
    n_frames = Identity(lengths)
"""


def graph(settings, window: int) -> onnx.ModelProto:
    """What comes before the network, as a model of its own.

    Args:
        settings: of log-mel or MFCC frames, as `features` have them.
        window: frames that the network reads.

    Returns:
        A model from `samples`, float32 (n,), mono at the rate of the settings, to `frames`, float32 (1, window,
        n_bands), not normalised, with `lengths`, int32 (1,), how many of them are real; and the same number as
        `n_frames`, with `first`, int64 (1,), how many frames were cut before the first.
    """
    mfcc = hasattr(settings, "n_mels")
    levelled = getattr(settings, "level", False)
    constants = _numbers(settings, window) | _spectrum(settings, settings.n_mels if mfcc else settings.n_bands)
    text = "    passed = Identity(samples)\n"
    if settings.high_pass:
        constants |= _filter(settings.rate, settings.high_pass)
        text = HIGH_PASS
    text += LOG_MEL
    text += TRIM if settings.trim else "    first = Identity(zero)\n    kept = Identity(mel)\n    logs = Log(mel)\n"
    text += LEVEL if levelled else "    levelled = Identity(logs)\n"
    if mfcc:
        constants["cosines"] = scipy.fft.dct(np.eye(settings.n_mels, dtype="f4"), norm="ortho")[:, : settings.n_bands]
    text += CEPSTRA if mfcc else "    coefficients = Identity(levelled)\n"
    outputs = f"float[1, {window}, {settings.n_bands}] frames, int32[1] lengths, int32[1] n_frames, int64[1] first"
    made = parser.parse_model(
        f'<ir_version: {IR}, opset_import: ["" : {OPSET}]>\nfront (float[n] samples) => ({outputs})\n{{{text}{PAD}}}'
    )
    read = {name for node in made.graph.node for name in node.input}
    for name, value in constants.items():
        if name in read:
            made.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return made


def _numbers(settings, window: int) -> dict[str, np.ndarray]:
    step, length, size = _sizes(settings.rate)
    lists = {"zero": [0], "one": [1], "minus_one": [-1], "hop": [step], "as_blocks": [-1, step], "window": [length]}
    lists |= {"spare": [size - length], "fewest": [FRAMES_PER_STEP], "most": [window]}
    numbers = {name: np.array(value) for name, value in lists.items()}
    numbers |= {"nought": np.int64(0), "unit": np.int64(1), "step": np.int64(step), "size": np.int64(size)}
    return numbers | {"share": np.float32(10 ** (-settings.trim / 10)), "floor": np.float32(log_mel.POWER_FLOOR)}


def _sizes(rate: int) -> tuple[int, int, int]:
    """Samples from frame to frame, of a frame, and of the spectrum it is filled up for."""
    length = round(rate * log_mel.WINDOW)
    return round(rate * log_mel.HOP), length, 1 << (length - 1).bit_length()


def _spectrum(settings, n_mels: int) -> dict[str, np.ndarray]:
    _, length, size = _sizes(settings.rate)
    hann = np.pad(log_mel._hann(length), (0, size - length)).astype(np.float64)
    return {"hann": hann, "filters": log_mel._mel_filters(settings.rate, n_mels)}


def _filter(rate: int, cutoff: float) -> dict[str, np.ndarray]:
    """The high-pass over a block of one hop, as matrices that multiply rows from the right."""
    sections, _ = log_mel._high_pass(rate, cutoff)
    n, size = _sizes(rate)[0], 2 * len(sections)
    at_rest = np.zeros((n, len(sections), 2))
    of_block, to_state = scipy.signal.sosfilt(sections, np.eye(n), zi=at_rest.transpose(1, 0, 2))
    stirred = np.eye(size).reshape(size, len(sections), 2).transpose(1, 0, 2)
    of_state, onwards = scipy.signal.sosfilt(sections, np.zeros((size, n)), zi=stirred)
    onwards = onwards.transpose(1, 0, 2).reshape(size, size)
    powers = [np.eye(size)]
    while np.abs(powers[-1]).max() > REMEMBERED:
        powers.append(powers[-1] @ onwards)
    n_blocks = len(powers)
    return {
        "of_block": of_block,
        "to_state": to_state.transpose(1, 0, 2).reshape(n, size),
        "of_state": of_state,
        "remembered": np.concatenate(powers[::-1]),
        "before": np.array([n_blocks, 0, 0, 0]),
        "behind": np.arange(n_blocks)[None],
        "as_past": np.array([-1, n_blocks * size]),
    }
