"""What a corpus costs by its size, from the rows of benchmarks/speed.py: docs/images/scale.png and a table."""

from pathlib import Path

import pandas as pd

from emokit.plots import style

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "scale.png"

SIZES, SECONDS = (260_000, 10_000_000), 3  # clips, each so long
KINDS = {"log_mel": 64 * 100 * 4, "whisper-base": 512 * 50 * 2}  # bytes of the frames of a second


def arithmetic(table: dict[str, list[dict]]) -> pd.DataFrame:
    """What many clips of 3 s take, a column a size, by the largest corpus that was measured."""
    start, split = ([row for row in table["start"] if name in row][-1] for name in ("first", "split"))
    step = [row for row in table["steps"] if row.get("milliseconds")][-1]
    rows = {}
    for kind, size in KINDS.items():
        rows[f"frames of {kind} on disk, GB"] = [n * SECONDS * size / 1e9 for n in SIZES]
    for found in table["frames"]:
        kind = next(kind for kind in KINDS if f", {kind}" in found["what"])
        if found["goal"]:
            rows[f"to compute frames of {kind}, core hours"] = [n * SECONDS / found["figure"] / 3600 for n in SIZES]
    rows["what a process knows of the cache, GB"] = [n / start["clips"] * start["megabytes"] / 1000 for n in SIZES]
    rows["until frames can be read from the cache, CPU s"] = [n / start["clips"] * start["figure"] for n in SIZES]
    rows["until the split is proven, CPU s"] = [n / split["clips"] * split["split"] for n in SIZES]
    rows["an epoch of the default network, core hours"] = [n / 32 * step["milliseconds"] / 3.6e6 for n in SIZES]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[f"{n:,} clips" for n in SIZES])


@style.styled
def draw(table: dict[str, list[dict]]) -> None:
    """Seconds until a run begins, milliseconds of a step, and megabytes, against the number of clips."""
    starts, steps = (pd.DataFrame(table[name]) for name in ("start", "steps"))
    start, split = (starts.dropna(subset=name) for name in ("first", "split"))
    times, memory = steps.dropna(subset="milliseconds"), steps.dropna(subset="megabytes")
    figure, (one, two, three) = style.new("cost of a corpus by its size", (9.5, 2.9), 3)
    one.plot(start["clips"], start["first"], "o-", color=style.tint(style.QUIET, 0.7), label="cache, first time")
    one.plot(start["clips"], start["figure"], "o-", color=style.LINE, label="cache, afterwards")
    one.plot(split["clips"], split["split"], "s--", color=style.LINE, label="audit, split, proof")
    one.set_title("start of a run (CPU s)")
    one.legend()
    two.plot(times["clips"], times["milliseconds"], "o-", color=style.LINE)
    two.set_title("training step of 32 clips (CPU ms)")
    three.plot(memory["clips"], memory["megabytes"], "o-", color=style.LINE)
    three.set_title("memory at the peak (MB)")
    for axes in (one, two, three):
        axes.set_xscale("log")
        axes.set_xticks(start["clips"] if axes is one else times["clips"], minor=False)
        axes.set_xticks([], minor=True)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.tick_params(axis="x", labelsize=8)
        axes.set_ylim(0, 1.12 * axes.get_ylim()[1])
        axes.set_xlabel("clips in the corpus")
        axes.grid(axis="y")
    last, most = start.iloc[-1], memory.iloc[-1]
    more = most["megabytes"] - memory["megabytes"].iloc[0]
    finding = f"A cache of {last['clips']:,.0f} clips is ready in {last['figure']:.0f} s, "
    finding += f"its split in {split['split'].iloc[-1]:.0f}, "
    finding += f"and {most['clips']:,.0f} clips take {more:.0f} MB more than {memory['clips'].iloc[0]:,.0f}"
    style.state(figure, finding, "generated corpora of up to 3.2 s a clip; each point a process of its own")
    style.save(figure, PICTURE)
    print(PICTURE)
