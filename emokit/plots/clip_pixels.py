"""The picture of a clip beside a player without script, drawn as pixels: matplotlib takes three times as long."""

import io
from functools import lru_cache

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emokit import MAX_SEQ_LENGTH
from emokit.features.log_mel import HOP, LogMelSettings
from emokit.padding import FRAMES_PER_STEP
from emokit.plots.style import INK, LINE, QUIET

LEFT, WIDTH, WAVE, MARKS, BANDS, FOOT = 45, 402, 54, 8, 108, 22  # pixels, three to two of the page
GAUSS, BINS, RANGE = 160, 256, 70  # samples of the window, 10 ms; of the transform; dB from the loudest to black
SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)  # between marks, of which there are eight at most


def clip_png(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """Waveform over spectrogram, 0 to half the rate, marked where the model begins to read and every 16 frames on.

    The spectrogram is that of the live player: Gaussian windows of 10 ms, 6 dB an octave added, 70 dB.

    Args:
        samples: float (samples,), full scale 1.
        rate: of the samples, in Hz.

    Returns:
        PNG of 447 × 192 pixels, to be shown 298 wide.
    """
    picture = Image.new("RGB", (LEFT + WIDTH, WAVE + MARKS + BANDS + FOOT), "white")
    draw, seconds = ImageDraw.Draw(picture), len(samples) / rate
    _draw_wave(draw, np.asarray(samples, np.float32))
    for edge in step_edges(samples, rate):
        x = LEFT + edge / seconds * WIDTH
        draw.line((x, WAVE + 2, x, WAVE + MARKS - 2), QUIET, 1)
    shades = matplotlib.colormaps["magma"](spectrogram(samples, rate, WIDTH), bytes=True)[..., :3]
    picture.paste(Image.fromarray(shades).resize((WIDTH, BANDS), Image.Resampling.BILINEAR), (LEFT, WAVE + MARKS))
    _draw_scales(draw, seconds, rate)
    small = io.BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(small, "png")
    return small.getvalue()


def step_edges(samples: np.ndarray, rate: int) -> np.ndarray:
    """Seconds at which the model begins to read, and every 16 frames from there, as far as it reads."""
    read, first = LogMelSettings(rate).placed(samples)  # silence is cut before the first step
    return HOP * (first + np.arange(0, min(len(read), MAX_SEQ_LENGTH * FRAMES_PER_STEP) + 1, FRAMES_PER_STEP))


def spectrogram(samples: np.ndarray, rate: int, columns: int) -> np.ndarray:
    """Levels from 0 (70 dB under the loudest) to 1, float (bins, columns), high frequencies first."""
    louder = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    around = np.pad(louder, GAUSS // 2)
    starts = (np.arange(columns) + 0.5) / columns * len(samples)
    places = starts.astype(int)[:, None] + np.arange(GAUSS)
    window = np.exp(-48 * ((np.arange(GAUSS) + 0.5) / GAUSS - 0.5) ** 2)
    power = np.abs(np.fft.rfft(around[np.minimum(places, len(around) - 1)] * window, BINS)) ** 2
    level = 10 * np.log10(power + 1e-12)
    return np.clip(1 + (level - max(level.max(), -60)) / RANGE, 0, 1).T[::-1]


def _draw_wave(draw: ImageDraw.ImageDraw, samples: np.ndarray) -> None:
    peak = max(float(np.abs(samples).max()), 1e-5)
    starts = np.linspace(0, len(samples), min(WIDTH, len(samples)), endpoint=False).astype(int)
    high, low = (extreme.reduceat(samples, starts) / peak for extreme in (np.maximum, np.minimum))
    middle, x = WAVE / 2, LEFT + np.linspace(0, WIDTH, len(starts), endpoint=False)
    for column, top, bottom in zip(x, middle * (1 - high), middle * (1 - low), strict=True):
        draw.line((column, top, column, bottom), LINE, 1)
    words = f"peak {20 * np.log10(peak):.0f} dB"
    draw.text((LEFT + WIDTH, 0), words, QUIET, _font(), anchor="ra", stroke_width=3, stroke_fill="white")


def _draw_scales(draw: ImageDraw.ImageDraw, seconds: float, rate: int) -> None:
    top = WAVE + MARKS
    for share, words in ((0, f"{rate / 2000:g} kHz"), (0.5, f"{rate / 4000:g}"), (1, "0")):
        draw.text((LEFT - 6, top + 9 + share * (BANDS - 18)), words, INK, _font(), anchor="rm")
    every = next((step for step in SECONDS if seconds <= 8 * step), 600)
    for n in range(int(seconds / every + 1)):
        x = LEFT + n * every / seconds * WIDTH
        if x < LEFT + WIDTH - 30:
            draw.text((x, top + BANDS + 4), f"{n * every:g}" if n else "0 s", INK, _font(), anchor="ma" if n else "la")


@lru_cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(15)
