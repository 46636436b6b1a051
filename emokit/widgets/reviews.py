"""What a listener says of clips: kept as reviews.csv in the run folder, applied to clips as corrections."""

from collections.abc import Iterable

import pandas as pd

from emokit import atomic_files, corpora
from emokit.audit import COLUMNS as FINDING
from emokit.audit.finding import short

VERDICTS = ("fine", "wrong label", "bad audio")
COLUMNS = ["file", "emotion", "verdict", "label", "note"]
CHECK = "review"  # what a correction is called among the findings of the audit


def read(run) -> pd.DataFrame:
    """Reviews of a run, maybe none: `file` (absolute), `emotion` as labelled, `verdict`, `label` as heard, `note`."""
    path = run.path / "reviews.csv"
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    texts = pd.read_csv(path, dtype="str", keep_default_na=False)  # a note may be "007"
    return corpora.read_clips(path, run.data_dir).assign(**texts[COLUMNS[1:]])[COLUMNS]


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
        new = pd.DataFrame([[file, emotion, verdict, label, note]], columns=COLUMNS)
        reviews = pd.concat([reviews, new], ignore_index=True)
    if len(reviews):
        corpora.write_clips(run.path / "reviews.csv", reviews, run.data_dir)
    else:
        atomic_files.write_csv(run.path / "reviews.csv", reviews)
    return reviews


def apply(clips: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Correct clips as a listener said: wrong labels replaced, or left out where no other is named; bad audio left out.

    Args:
        clips: columns `file` (absolute), `emotion`.
        reviews: as `read` gives them.

    Returns:
        The clips that remain, with their index.
    """
    by_file = reviews.drop_duplicates("file", keep="last").set_index("file")
    verdict = clips["file"].map(by_file["verdict"])
    label = clips["file"].map(by_file["label"]).replace("", pd.NA)
    wrong = verdict == "wrong label"
    corrected = clips.assign(emotion=clips["emotion"].where(~wrong, label))
    return corrected[(verdict != "bad audio") & corrected["emotion"].notna()]


def correct(clips: pd.DataFrame, runs: Iterable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply the reviews of these runs to clips; where two contradict each other, the run that is named last holds.

    Args:
        clips: columns `file` (absolute), `emotion`.
        runs: each a Run of the same corpus.

    Returns:
        The clips that remain, corrected; and what was done, one row a clip, as further findings of the audit
        (`check` is "review"), so that it is kept with the run and stands in its report.
    """
    heard = [read(run).assign(run=run.path.name) for run in runs]
    said = pd.concat(heard) if heard else pd.DataFrame(columns=[*COLUMNS, "run"])
    said = said[said["verdict"] != "fine"].drop_duplicates("file", keep="last")
    said = said[said["file"].isin(clips["file"])]
    corrected = apply(clips, said)
    stays = said["file"].isin(corrected["file"])
    found = "labelled " + said["emotion"] + ", " + said["verdict"] + _in_words(said) + " (" + said["run"] + ")"
    done = {"severity": "info", "check": CHECK, "subject": said["file"].map(short), "found": found}
    done["remedy"] = stays.map({True: "the label was corrected", False: "the clip was left out"})
    done = pd.DataFrame(done | {"file": said["file"]}, columns=FINDING).reset_index(drop=True)
    return corrected, done.astype("string")


def _in_words(said: pd.DataFrame) -> pd.Series:
    """What was heard instead, and the note, where there are any."""
    label = (": heard as " + said["label"]).where(said["label"] != "", "")
    return label + (': "' + said["note"] + '"').where(said["note"] != "", "")
