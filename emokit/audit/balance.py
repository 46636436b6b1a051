"""Checks of the corpus as a whole: who has how many clips, and how long they are."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from emokit import MAX_SEQ_LENGTH
from emokit.audit.each_recording import SHORTEST
from emokit.audit.finding import Finding, short

UNEVEN, VERY_UNEVEN = 1.5, 5.0  # largest group against the smallest
EXACT = 0.25  # share of clips of one exact length; the commonest of RAVDESS has 5 %
FEWEST = 10  # clips; of fewer nothing is said
FAR = 6.0  # robust deviations of the logarithm
FAR_FACTOR = 3.0  # and at least so many times longer or shorter than the usual clip
READ = MAX_SEQ_LENGTH * SHORTEST  # s of a clip that the model reads, unless max_seq_length says more
UNHEARD = 0.1  # share of the sound of a corpus


def one_group(clips: pd.DataFrame) -> Iterator[Finding]:
    """A single class, or a single speaker, of whom only the split `clip` can be made."""
    another = {"emotion": "add clips of another class"}
    another["speaker"] = "add other speakers, or call it a result of this voice alone (split clip, speaker-dependent)"
    for column, word, severity in (("emotion", "class", "severe"), ("speaker", "speaker", "warning")):
        names = clips[column].dropna().unique()
        if len(names) == 1 and (clips[column].notna().all() or column == "emotion"):
            yield Finding(severity, f"{word} {names[0]}", f"every clip is of one {word}, {names[0]}", another[column])


def parts_as_given(clips: pd.DataFrame) -> Iterator[Finding]:
    """A table that says which clips are train and test, and of none that it is dev."""
    given = set(clips["part"].dropna()) if "part" in clips else set()
    if {"train", "test"} <= given and "dev" not in given:
        remedy = (
            "nothing: the split `table` draws dev from the speakers of train, or from its clips if they are unknown"
        )
        yield Finding("info", "column part", "no clip is dev, which is watched in training", remedy)


def imbalance(clips: pd.DataFrame) -> Iterator[Finding]:
    """Classes, speakers, sexes or corpora with far more clips than others."""
    remedies = {"emotion": "use class weights and judge by UAR", "sex": "look at the recalls of each sex"}
    for column in ("emotion", "speaker", "sex", "corpus"):
        sizes = clips[column].value_counts() if column in clips else ()
        if len(sizes) < 2 or sizes.iloc[0] < UNEVEN * sizes.iloc[-1]:
            continue
        ratio = sizes.iloc[0] / sizes.iloc[-1]
        found = f"{sizes.index[0]} has {sizes.iloc[0]} clips, {sizes.index[-1]} {sizes.iloc[-1]} ({ratio:.1f} : 1)"
        severity = "warning" if ratio >= VERY_UNEVEN else "info"
        yield Finding(severity, f"balance of {column}", found, remedies.get(column, f"look at the results by {column}"))


def one_sided(clips: pd.DataFrame) -> Iterator[Finding]:
    """Classes that one speaker, sex or corpus alone has, though there are several."""
    for column in ("speaker", "sex", "corpus"):
        if column not in clips or clips[column].nunique() < 2:
            continue
        whose = clips.loc[~clips["emotion"].isin(clips.loc[clips[column].isna(), "emotion"])]  # unknown is not none
        owners = whose.groupby("emotion")[column].unique()
        for emotion, names in owners[owners.str.len() == 1].items():
            found = f"{emotion} is only there from one {column}, {names[0]}"
            remedy = f"add clips from another {column}, or leave the class out: it cannot be told from the {column}"
            yield Finding("warning", f"class {emotion}", found, remedy)


def equal_lengths(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips that were cut or filled up to one exact length."""
    for name, corpus in clips.dropna(subset=["duration"]).groupby("corpus"):
        numbers = corpus["duration"].value_counts()
        if len(corpus) >= FEWEST and numbers.iloc[0] > EXACT * len(corpus):
            found = f"{numbers.iloc[0]} of {len(corpus)} clips last exactly {numbers.index[0]:.3f} s"
            remedy = "use the uncut recordings, if there are any: speech was cut off or silence added"
            yield Finding("warning", f"corpus {name}", found, remedy)


def far_durations(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips far longer or shorter than the rest of their corpus."""
    for _, corpus in clips.dropna(subset=["duration"]).groupby("corpus"):
        if len(corpus) < FEWEST:
            continue
        usual = corpus["duration"].median()
        log_ratio = np.log(corpus["duration"] / usual)
        spread = 1.4826 * log_ratio.abs().median()  # of a normal distribution: its standard deviation
        far = log_ratio.abs() > max(FAR * spread, np.log(FAR_FACTOR))
        for clip in corpus[far].itertuples():
            found = f"lasts {clip.duration:.2f} s; half of {clip.corpus} is shorter than {usual:.2f} s, half longer"
            remedy = "listen: several utterances, or a part of one?"
            yield Finding("warning", short(clip.file), found, remedy, clip.file)


def longer_than_read(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips of which the model reads the beginning only: what remains without silence at both ends is too long."""
    for name, corpus in clips.dropna(subset=["duration"]).groupby("corpus"):
        sound = corpus["duration"] - corpus["leading"] - corpus["trailing"]
        lost = (sound - READ).clip(lower=0)
        if not (lost > SHORTEST).any():
            continue
        share = lost.sum() / sound.sum()
        steps = int(np.ceil(sound.quantile(0.95) / SHORTEST))
        found = (
            f"{(lost > SHORTEST).sum()} of {len(corpus)} clips are longer than the {READ:.1f} s that the model reads; "
            f"without windows, {share:.0%} of the sound is never heard"
        )
        raised = f"raise max_seq_length: {max(steps, MAX_SEQ_LENGTH + 1)} reads 95% whole"
        remedy = f"train with windows=True, cut them into utterances, or {raised}"
        yield Finding("warning" if share > UNHEARD else "info", f"corpus {name}", found, remedy)
