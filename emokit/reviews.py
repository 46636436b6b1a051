"""What listeners say of clips: kept as reviews.csv in the run folder, applied to training and dev as corrections.

Whoever opens a clip here sees what the model made of it, so no review changes a test: taking the mistakes out of it, or
agreeing with the model, would make any model good. What is heard blind corrects nothing: one ear is no label, and the
clips to hear were chosen by what the model made of them.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from emokit import atomic_files, corpora
from emokit.audit import COLUMNS as FINDING
from emokit.audit.finding import short

VERDICTS = ("fine", "wrong label", "bad audio")
BLIND, TOLD = "yes", "told after each"  # how a clip was heard blind; told, a listener learns for the clips after it
COLUMNS = ["file", "digest", "emotion", "verdict", "label", "note", "listener", "blind", "sure"]
CHECK = "review"  # what a review is called among the findings of the audit
CORRECTED, LEFT_OUT = "the label was corrected", "the clip was left out"
NOT_APPLIED = "not applied: it is in the test, which nobody who saw predictions may change"
NOT_HERE = "not applied: no recording here is the one that was heard"


def read(run) -> pd.DataFrame:
    """Reviews of a run, maybe none.

    Returns:
        `file` (absolute), `digest` of the recording ("" if it was never measured), `emotion` as labelled, `verdict`,
        `label` as heard, `note`, `listener` ("" for one without a name), `blind` (BLIND, TOLD, or "" for a review),
        `sure` (of what was heard blind). All are text.
    """
    path = run.path / "reviews.csv"
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    texts = pd.read_csv(path, dtype="str", keep_default_na=False)  # a note may be "007"
    table = corpora.read_clips(path, run.data_dir)
    if "digest" not in texts:  # older ones
        texts = texts.assign(digest=_digests(run, table["file"]))
    return table.assign(**texts.reindex(columns=COLUMNS[1:], fill_value="").astype("str"))[COLUMNS]


def _digests(run, files: Iterable[str]) -> list[str]:
    """The digests of the decoded recordings, as the run measured them; "" where it did not."""
    clips = run.clips.drop_duplicates("file").set_index("file")
    return clips.reindex(columns=["digest"])["digest"].reindex(list(files)).fillna("").tolist()


def save(run, file: str, emotion: str, verdict: str = "", label: str = "", note: str = "", **heard) -> pd.DataFrame:
    """Keep what a listener said of one clip, in place of what they said of it before; gives all that is kept.

    Args:
        run: the Run that the clip was predicted in.
        file: absolute, as in `run.clips`.
        emotion: its label.
        verdict: one of VERDICTS, or ""; with neither a verdict nor a note the review is taken back.
        label: the emotion heard, where the label is wrong, or where it was heard blind.
        note: free text.
        heard: `listener`, `blind`, `sure`, each "" where not given. What was heard blind stands beside a review.
    """
    if verdict and verdict not in VERDICTS:
        raise ValueError(f"Unknown verdict {verdict!r}; expected one of {', '.join(VERDICTS)}.")
    said = {"emotion": emotion, "verdict": verdict, "label": label, "note": note}
    said |= dict.fromkeys(("listener", "blind", "sure"), "") | heard
    kept = read(run)
    theirs = (kept["file"] == file) & (kept["listener"] == said["listener"])
    kept = kept[~(theirs & ((kept["blind"] != "") == (said["blind"] != "")))]
    if verdict or note or said["blind"]:
        new = pd.DataFrame([{"file": file, "digest": _digests(run, [file])[0]} | said], columns=COLUMNS)
        kept = pd.concat([kept, new], ignore_index=True)
    if len(kept):
        corpora.write_clips(run.path / "reviews.csv", kept, run.data_dir)
    else:
        atomic_files.write_csv(run.path / "reviews.csv", kept)
    return kept


def correct(clips: pd.DataFrame, runs: Iterable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply what was said in these runs to the clips of train and dev, and to no clip of the test.

    A wrong label is replaced, or the clip left out where no class of these clips is named; bad audio is left out. A
    recording is known by the digest of its decoded audio. The last verdict on it holds, "fine" too, whoever gave it:
    that of the run that is named last. A note alone, and what was heard blind, is no verdict.

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
    verdicts = verdicts[verdicts["verdict"] != ""]
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
