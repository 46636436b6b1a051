"""What a listener says of clips: kept as reviews.csv in the run folder, applied to training and dev as corrections.

Whoever opens a clip here sees what the model made of it, so no review changes a test: taking the mistakes out of it, or
agreeing with the model, would make any model good.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from emokit import atomic_files, corpora
from emokit.audit import COLUMNS as FINDING
from emokit.audit.finding import short

VERDICTS = ("fine", "wrong label", "bad audio")
COLUMNS = ["file", "digest", "emotion", "verdict", "label", "note"]
CHECK = "review"  # what a review is called among the findings of the audit
CORRECTED, LEFT_OUT = "the label was corrected", "the clip was left out"
NOT_APPLIED = "not applied: it is in the test, which nobody who saw predictions may change"
NOT_HERE = "not applied: no recording here is the one that was heard"


def read(run) -> pd.DataFrame:
    """Reviews of a run, maybe none.

    Returns:
        `file` (absolute), `digest` of the recording ("" if it was never measured), `emotion` as labelled, `verdict`,
        `label` as heard, `note`.
    """
    path = run.path / "reviews.csv"
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    texts = pd.read_csv(path, dtype="str", keep_default_na=False)  # a note may be "007"
    table = corpora.read_clips(path, run.data_dir)
    if "digest" not in texts:  # older ones
        texts = texts.assign(digest=_digests(run, table["file"]))
    return table.assign(**texts[COLUMNS[1:]])[COLUMNS]


def _digests(run, files: Iterable[str]) -> list[str]:
    """The digests of the decoded recordings, as the run measured them; "" where it did not."""
    clips = run.clips.drop_duplicates("file").set_index("file")
    return clips.reindex(columns=["digest"])["digest"].reindex(list(files)).fillna("").tolist()


def save(run, file: str, emotion: str, verdict: str, label: str = "", note: str = "") -> pd.DataFrame:
    """Keep what was heard in one clip, in place of what was said of it before; gives all reviews of the run.

    Args:
        run: the Run that the clip was predicted in.
        file: absolute, as in `run.clips`.
        emotion: its label.
        verdict: one of VERDICTS, or "" to take the review back.
        label: the emotion heard, where the label is wrong.
        note: free text.
    """
    if verdict and verdict not in VERDICTS:
        raise ValueError(f"Unknown verdict {verdict!r}; expected one of {', '.join(VERDICTS)}.")
    reviews = read(run)
    reviews = reviews[reviews["file"] != file]
    if verdict:
        new = pd.DataFrame([[file, *_digests(run, [file]), emotion, verdict, label, note]], columns=COLUMNS)
        reviews = pd.concat([reviews, new], ignore_index=True)
    if len(reviews):
        corpora.write_clips(run.path / "reviews.csv", reviews, run.data_dir)
    else:
        atomic_files.write_csv(run.path / "reviews.csv", reviews)
    return reviews


def correct(clips: pd.DataFrame, runs: Iterable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply what was said in these runs to the clips of train and dev, and to no clip of the test.

    A wrong label is replaced, or the clip left out where no class of these clips is named; bad audio is left out. A
    recording is known by the digest of its decoded audio. The last verdict on it holds, "fine" too: that of the run
    that is named last.

    Args:
        clips: columns `file`, `digest`, `emotion`, `part`.
        runs: each a Run that was reviewed.

    Returns:
        The clips that remain, corrected, with their index; and what was done, one row a clip, as further findings of
        the audit (`check` is "review"), so that it is kept with the run and stands in its report. A review that no
        recording here matches is among them, without `file`.
    """
    if "part" not in clips:
        raise ValueError("Reviews are applied after the split, so that none touches the test; assign the parts first.")
    none = pd.DataFrame(columns=[*COLUMNS, "run"], dtype="str")
    verdicts = pd.concat([none, *(read(run).assign(run=run.path.name) for run in runs)], ignore_index=True)
    verdicts = verdicts[~verdicts["digest"].where(verdicts["digest"] != "", verdicts["file"]).duplicated(keep="last")]
    verdicts = verdicts[verdicts["verdict"] != "fine"]
    lost = verdicts[(verdicts["digest"] == "") | ~verdicts["digest"].isin(clips["digest"])]
    known = verdicts.drop(index=lost.index).drop(columns=["file", "emotion"])
    named = clips[["file", "digest", "emotion", "part"]].reset_index(names="place").merge(known, on="digest")
    named = named.set_index("place").sort_index()
    applies = named["part"] != "test"
    relabelled = applies & (named["verdict"] == "wrong label") & named["label"].isin(clips["emotion"])
    corrected = clips.copy()
    corrected.loc[named.index[relabelled], "emotion"] = named.loc[relabelled, "label"]
    corrected = corrected.drop(index=named.index[applies & ~relabelled])
    remedies = np.select([~applies, relabelled], [NOT_APPLIED, CORRECTED], LEFT_OUT)
    done = [_findings(named, remedies, named["file"]), _findings(lost, NOT_HERE, pd.NA)]
    return corrected, pd.concat(done, ignore_index=True)


def _findings(verdicts: pd.DataFrame, remedy, file) -> pd.DataFrame:
    label = (": heard as " + verdicts["label"]).where(verdicts["label"] != "", "")
    note = (': "' + verdicts["note"] + '"').where(verdicts["note"] != "", "")
    found = "labelled " + verdicts["emotion"] + ", " + verdicts["verdict"] + label + note + " (" + verdicts["run"] + ")"
    done = {"severity": "info", "check": CHECK, "subject": verdicts["file"].map(short), "found": found}
    return pd.DataFrame(done | {"remedy": remedy, "file": file}, columns=FINDING).astype("string")


def summary(done: pd.DataFrame) -> str:
    """Say in one line what was done with reviews.

    Args:
        done: as `correct` gives it, or all findings of a run.
    """
    remedies = done.loc[done["check"] == CHECK, "remedy"] if "check" in done else pd.Series(dtype="str")
    labels, out, kept, lost = ((remedies == remedy).sum() for remedy in (CORRECTED, LEFT_OUT, NOT_APPLIED, NOT_HERE))
    if not any((labels, out, kept, lost)):
        return "no review changed one"
    n_labels, n_out = _n(labels, "label was", "labels were"), _n(out, "clip was", "clips were")
    sentence = f"{n_labels} corrected and {n_out} left out, none of the test"
    if kept:
        sentence += f"; {_n(kept, 'review', 'reviews')} of test clips not applied, since their listener saw predictions"
    if lost:
        sentence += f"; {_n(lost, 'review matches', 'reviews match')} no recording here"
    return sentence


def _n(n: int, one: str, several: str) -> str:
    return f"{n} {one if n == 1 else several}"
