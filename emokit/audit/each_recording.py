"""Checks of each clip, alone and beside its corpus: does it read, and does it hold sound that can be used?"""

from collections.abc import Iterator

import pandas as pd

from emokit.audio import fragment
from emokit.audit.finding import Finding, short

SILENT = 1e-3  # peak, mean taken off: -60 dB; the quietest clip of RAVDESS peaks at 0.011
SHORTEST = 0.16  # s, one step of the model; written out, since checks know nothing of features (a test compares)
CLIPPED = 1e-3  # share of the samples
DC = 0.02
MANY = 10  # clips that are named one by one
UNHEARD = 0.01  # s; a header that is less than this wrong loses nothing
COARSE = {"PCM_U8": 8, "PCM_S8": 8, "DPCM_8": 8, "ULAW": 8, "ALAW": 8}  # bits a sample


def unreadable(clips: pd.DataFrame) -> Iterator[Finding]:
    """Files that `audio.read` refuses: missing, cut off, not sound, NaN, an absurd rate."""
    for clip in clips[clips["failure"].notna()].itertuples():
        found = f"{clip.reason} ({clip.failure})"
        yield Finding("severe", short(clip.file), found, "mend the file, or do without the clip", clip.file)


def header(clips: pd.DataFrame) -> Iterator[Finding]:
    """Files whose header declares another length than they have; named once, also for many stretches of one."""
    wrong = clips[clips["missing"].notna() & (clips["missing"] != 0)]
    wrong = wrong[~wrong["file"].map(lambda file: fragment(file)[0]).duplicated()]
    wrong = wrong.assign(severity=(wrong["missing"].abs() < UNHEARD).map({True: "info", False: "warning"}))
    remedy = "see that its end is there; all that is there is read"
    for (name, severity), of_one in wrong.groupby(["corpus", "severity"]):
        if len(of_one) > MANY:
            first, among = of_one.iloc[0], (clips["corpus"] == name).sum()
            found = f"{len(of_one)} of {among} clips: each has a header that is wrong, "
            found += f"such as {short(first['file'])}, which {_declared(first)}"
            yield Finding(severity, f"corpus {name}", found, remedy)
            continue
        for clip in of_one.itertuples():
            yield Finding(severity, short(clip.file), f"has a header that {_declared(clip)}", remedy, clip.file)
    yield from _unread(clips)


def _unread(clips: pd.DataFrame) -> Iterator[Finding]:
    """Files that go on behind the sound that their header declares, named once."""
    more = clips[clips["unread"] >= UNHEARD]
    for clip in more[~more["file"].map(lambda file: fragment(file)[0]).duplicated()].itertuples():
        found = f"goes on behind the sound that its header declares; {clip.unread:.2f} s, if it is sound, are not read"
        yield Finding("warning", short(clip.file), found, "correct its header, or export it again", clip.file)


def _declared(clip) -> str:
    """What the header of a clip, as a row, declares."""
    if clip.missing == float("inf"):
        return "does not say how long it is"
    if -clip.missing >= clip.duration and fragment(clip.file)[1] is None:
        return "declares no sound, but holds some"
    more, much = clip.missing > 0, abs(clip.missing)
    much = f"{much:.2f} s" if much >= 1 else f"{1000 * much:.2f} ms"
    return f"declares {much} {'more' if more else 'less'} sound than it holds"


def silent(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips that never rise above -60 dB of full scale, whatever their offset."""
    for clip in clips[clips["peak"] < SILENT].itertuples():
        found = "is silent" if clip.peak == 0 else f"is silent (peak {clip.peak:.1g} of full scale)"
        yield Finding("severe", short(clip.file), found, "record it again, or do without it", clip.file)


def too_short(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips shorter than one step of the model."""
    for clip in clips[clips["duration"] < SHORTEST].itertuples():
        found = f"lasts {clip.duration * 1000:.0f} ms, less than one step of {SHORTEST * 1000:.0f} ms"
        yield Finding("severe", short(clip.file), found, "extract it again, or do without it", clip.file)


def clipped(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips with rows of samples that stick to the extreme."""
    for clip in clips[(clips["clipped"] > CLIPPED) & (clips["peak"] >= SILENT)].itertuples():
        found = f"is clipped: {clip.clipped:.1%} of its samples stick to the extreme"
        yield Finding("warning", short(clip.file), found, "record it at a lower level, if it can be", clip.file)


def offset(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips whose mean is not zero."""
    for clip in clips[clips["dc"].abs() > DC].itertuples():
        found = f"has a DC offset of {clip.dc:+.2f} of full scale"
        yield Finding("warning", short(clip.file), found, "subtract the mean, or use a high-pass", clip.file)


def coarse(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips of 8 bits a sample."""
    for clip in clips[clips["subtype"].isin(COARSE)].itertuples():
        found = f"is stored as {clip.subtype}, {COARSE[clip.subtype]} bits a sample"
        yield Finding("warning", short(clip.file), found, "take the original, if there is a finer one", clip.file)


def channels(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips with another number of channels than most of their corpus."""
    words = "has {:.0f} channels; most of {} has {:.0f}"
    yield from _unlike_the_rest(clips, "channels", words, "nothing, if their mean is what you want")


def rate(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips with another sampling rate than most of their corpus."""
    remedy = "find out where it comes from: the band that is missing can give a class away"
    yield from _unlike_the_rest(clips, "rate", "is sampled at {:,.0f} Hz; most of {} at {:,.0f} Hz", remedy)


def _unlike_the_rest(clips: pd.DataFrame, column: str, words: str, remedy: str) -> Iterator[Finding]:
    """A finding for each clip with an unusual value, or one for all of them where they are many."""
    for name, corpus in clips[clips[column].notna()].groupby("corpus"):
        usual = corpus[column].mode().iloc[0]
        for value, unlike in corpus[corpus[column] != usual].groupby(column):
            found = words.format(value, name, usual)
            if len(unlike) > MANY:
                found = f"{len(unlike)} of {len(corpus)} clips: each {found}"
                yield Finding("warning", f"corpus {name}", found, remedy)
                continue
            for file in unlike["file"]:
                yield Finding("warning", short(file), found, remedy, file)
