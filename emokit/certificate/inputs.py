"""What else an answer rests on: voices by which frames are normalised, an encoder trained elsewhere, a teacher."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files
from emokit.certificate.leak import LeakError, read_table

VOICES, ENROLLED = "voices.npz", "enrolled.csv"  # in the run folder, where frames are normalised by speaker
FIELDS = ("n_frames", "mean", "squares")  # of each voice in it, as `FeatureNormalizer.statistics` names them
OF_PRIOR = "prior"  # in it in the place of a part: what stands beside the frames of every voice


def statement(normalizer, settings, enrolled: pd.DataFrame | None, teacher=None) -> dict:
    """What split.json says of them: `voices`, `pretrained` and `teacher`, each None where there is none.

    Args:
        normalizer: a SpeakerNormalizer has `voices`.
        settings: of the features; those of an encoder have `provenance`.
        enrolled: clips by which the voices of dev and test are known; None if by the clips asked about.
        teacher: a Run whose answers are learned, or None.
    """
    voices = getattr(normalizer, "voices", None)
    if voices is not None:
        known = [*voices.values(), normalizer.prior]
        arrays = [np.stack([voice.statistics[field] for voice in known]) for field in FIELDS]
        by = {"by": "all clips of a speaker"} if enrolled is None else {"by": "enrolled clips", "clips": len(enrolled)}
        voices = {**by, "emotion": normalizer.emotion, "sha256": atomic_files.sha256_of(arrays)}
    pretrained = getattr(settings, "provenance", None)
    if teacher is not None:
        proof = atomic_files.sha256(teacher.path / "split.json")
        frames = getattr(teacher.settings, "provenance", None)
        teacher = {"run": teacher.path.name, "proof_sha256": proof, "pretrained": frames}
    return {"voices": voices, "pretrained": pretrained, "teacher": teacher}


def check(folder: Path, stored: Mapping, clips: pd.DataFrame) -> None:
    """Refuse voices that saw other frames than those of their own speaker in their own part, by a LeakError.

    Args:
        folder: of the run.
        stored: split.json; that of an older run knows of no voices.
        clips: clips.csv as text.
    """
    known = stored.get("voices")
    if bool(known) != (folder / VOICES).exists():
        raise LeakError(f"{folder.name}: split.json and {VOICES} do not tell of the same voices; one was changed.")
    if not known:
        return
    with np.load(folder / VOICES, allow_pickle=False) as voices:
        seen = pd.Series(voices["n_frames"], pd.MultiIndex.from_arrays([voices["part"], voices["speaker"]]))
        if atomic_files.sha256_of([voices[field] for field in FIELDS]) != known["sha256"]:
            raise LeakError(f"{folder.name}: {VOICES} is not the one that split.json tells of; one was changed.")
    read, train = clips, clips[clips["part"] == "train"]
    told = train[train["emotion"] == known["emotion"]] if known["emotion"] else train
    if known["by"] == "enrolled clips":
        enrolled = read_table(folder / ENROLLED)
        if both := sorted({*enrolled["file"]} & {*clips["file"]}):
            raise LeakError(f"{folder.name}: {both[0]} was enrolled and is asked about; leave it out of clips.csv.")
        read = pd.concat([told, enrolled])
    own = read["n_frames"].astype(int).groupby([read["part"], read["speaker"]]).sum()
    own[OF_PRIOR, known["emotion"]] = told["n_frames"].astype(int).sum()
    wrong = own.reindex(seen.index.union(own.index), fill_value=0) != seen.reindex(seen.index.union(own.index))
    if wrong.any():
        part, speaker = wrong.index[wrong.argmax()]
        raise LeakError(f"{folder.name}: the voice of {speaker} in {part} was not learned from its clips there alone.")


def warnings(proof: Mapping) -> list[str]:
    """What a reader has to know of both before the figures, one sentence each."""
    sentences = []
    if is_transductive(proof):
        asked = "its answer to a clip depends on the other clips of that speaker, whose labels it does not know"
        sentences.append(f"Transductive: frames are normalised by all clips of each speaker, so {asked}.")
    elif voices := proof.get("voices"):
        asked = f"{voices['clips']} clips of dev and test, which are not asked about"
        sentences.append(f"Normalised by enrolled clips: voices are known from {asked}.")
    if origin := proof.get("pretrained"):
        sentences.append(f"Pre-trained: the frames are those of {_origin(origin)}")
    if teacher := proof.get("teacher"):
        learned = f"half of what was learned of a training clip are the answers of run {teacher['run']}"
        origin = f", which reads frames of {_origin(teacher['pretrained'])}" if teacher["pretrained"] else "."
        sentences.append(f"Distilled: {learned}{origin}")
    return sentences


def _origin(encoder: Mapping) -> str:
    doubt = "whether recordings of this test are among them is not known"
    return f"{encoder['encoder']}, layer {encoder['layer']}. {encoder['about']} So {doubt}."


def is_transductive(proof: Mapping) -> bool:
    """Whether the answer to a test clip depends on the other test clips."""
    return (proof.get("voices") or {}).get("by") == "all clips of a speaker"
