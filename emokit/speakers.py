"""SpeakerNormalizer: every band to zero mean and unit variance within one voice, so that voices are alike.

Whose frames are known to be of one speaker, their mean and deviation say what this voice is like whatever it feels;
without them the emotion stands out. No label is read, but clips of the speakers who are asked about are: all of them
(transductive: the answer to one clip depends on the others), or a few that were enrolled and are not asked about.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files
from emokit.certificate.inputs import FIELDS, OF_PRIOR
from emokit.normalizer import FeatureNormalizer

PRIOR = 300.0  # frames of the training part that count beside a speaker's own; chosen by benchmarks/encoder.py
SEED = 0  # of which clips are enrolled: the same for any training


class SpeakerError(ValueError):
    """Clips that cannot be normalised by speaker; the message says why, and what to do."""


class SpeakerNormalizer(FeatureNormalizer):
    """Standardise the frames of a clip by those of its speaker within its part, never by those of another part.

    Where a speaker has few frames, 300 frames like those of the training part count beside them. Its own statistics,
    `mean_` and `scale_`, are those of the training part, as `fit` of a FeatureNormalizer finds them.

    Attributes:
        voices: (part, speaker) → FeatureNormalizer, fitted on this speaker's frames alone.
        emotion: of the clips by which all voices are known, such as "neutral"; any if "".
        prior: what the frames beside a speaker's own are like: those of the training part, of that emotion.
    """

    def __init__(self):
        super().__init__()
        self.voices: dict[tuple[str, str], FeatureNormalizer] = {}
        self.emotion, self.prior = "", self

    def fit_voices(self, features, clips: pd.DataFrame, emotion: str = "") -> "SpeakerNormalizer":
        """Learn what each voice is like.

        Args:
            features: the frames (frames_i, bands) of each clip by its label in the index of `clips`.
            clips: with `part` and `speaker`, and with `emotion` if one is asked for.
            emotion: which clips of the training part tell what its voices are like: those by which the others are
                known, since neutral speech beside speech of all kinds is another voice.

        Raises:
            SpeakerError: when the speaker of a clip is unknown, or has no training clip of that emotion.
        """
        _require_known(clips)
        if emotion:
            train = clips[clips["part"] == "train"]
            told = train[train["emotion"] == emotion]
            if silent := sorted({*train["speaker"]} - {*told["speaker"]}):
                remedy = "set enrolled_emotion to another"
                raise SpeakerError(f"Speaker {silent[0]} has no training clip that is {emotion}; {remedy}.")
            clips = pd.concat([told, clips[clips["part"] != "train"]])
            self.emotion, self.prior = emotion, FeatureNormalizer().fit(features[label] for label in told.index)
        for voice, of_voice in clips.groupby(["part", "speaker"], observed=True):
            self.voices[voice] = FeatureNormalizer().fit(features[label] for label in of_voice.index)
        return self

    def for_clips(self, clips: pd.DataFrame) -> list[FeatureNormalizer]:
        """The normalizer of each clip: that of its voice; KeyError for one that was not learned.

        Args:
            clips: with `part` and `speaker`.
        """
        asked = list(clips[["part", "speaker"]].itertuples(index=False, name=None))
        made = {voice: self._beside_prior(self.voices[voice]) for voice in dict.fromkeys(asked)}
        return [made[voice] for voice in asked]

    def for_speaker(self, sequences: Iterable[np.ndarray]) -> FeatureNormalizer:
        """The normalizer of a speaker of whom these frames (frames_i, bands) are known."""
        return self._beside_prior(FeatureNormalizer().fit(sequences))

    def _beside_prior(self, voice: FeatureNormalizer) -> FeatureNormalizer:
        n_frames, mean, squares = (self.prior.statistics[field] for field in FIELDS)
        weight = min(1.0, PRIOR / n_frames)
        return FeatureNormalizer.of_statistics(weight * n_frames, mean, weight * squares).merged(voice)

    def save_voices(self, path: str | Path) -> None:
        """Write the statistics of the voices to an .npz file, atomically; `save` writes those of the training part."""
        parts, names = zip(*self.voices, (OF_PRIOR, self.emotion), strict=True)
        rows = [voice.statistics for voice in (*self.voices.values(), self.prior)]
        arrays = {field: np.stack([row[field] for row in rows]) for field in FIELDS}
        atomic_files.write_npz(path, part=np.array(parts), speaker=np.array(names), **arrays)

    def load_voices(self, path: str | Path) -> "SpeakerNormalizer":
        """Read what `save_voices` wrote; ValueError if the file is something else."""
        with np.load(path, allow_pickle=False) as stored:
            if sorted(stored.files) != sorted(("part", "speaker", *FIELDS)):
                raise ValueError(f"{Path(path).name} holds no voices; it holds {sorted(stored.files)}.")
            columns = [stored[name] for name in ("part", "speaker", *FIELDS)]
        for part, speaker, *statistics in zip(*columns, strict=True):
            self.voices[str(part), str(speaker)] = FeatureNormalizer.of_statistics(*statistics)
        *_, (_, self.emotion) = self.voices
        self.prior = self.voices.pop((OF_PRIOR, self.emotion))
        return self


def _require_known(clips: pd.DataFrame) -> None:
    if unknown := int(clips["speaker"].isna().sum()):
        what = f"The speakers of {unknown} of {len(clips)} clips are unknown"
        raise SpeakerError(f"{what}, so they cannot be normalised by speaker; set normalise to corpus.")


def set_apart(clips: pd.DataFrame, n: int, emotion: str = "") -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The clips that are asked about, and n of each speaker of dev and test that are enrolled, drawn once for all.

    Args:
        clips: with `file`, `part`, `speaker`, `emotion`.
        n: clips of each speaker, fewer where there are no more; with 0 nobody is enrolled, which gives None.
        emotion: of those that are enrolled, such as "neutral"; any if "".

    Raises:
        SpeakerError: naming a speaker of whom no clip can be enrolled, or none is left.
    """
    if not n:
        return clips, None
    others = clips[clips["part"] != "train"].sort_values("file", kind="stable")
    _require_known(others)
    drawn = others.iloc[np.random.default_rng(SEED).permutation(len(others))]
    allowed = drawn[drawn["emotion"] == emotion] if emotion else drawn
    enrolled = allowed.groupby(["part", "speaker"], observed=True).head(n).sort_values("file", kind="stable")
    for (part, speaker), own in others.groupby(["part", "speaker"], observed=True):
        taken = int(own.index.isin(enrolled.index).sum())
        if not taken:
            remedy = "set enrolled_emotion to another"
            raise SpeakerError(f"Speaker {speaker} has no clip in {part} that is {emotion}; {remedy}.")
        if taken == len(own):
            remedy = f"set enrolled to {taken - 1} or less" if taken > 1 else "leave the speaker out"
            raise SpeakerError(f"All {taken} clips of speaker {speaker} in {part} would be enrolled; {remedy}.")
    asked = clips.drop(index=enrolled.index)
    return asked, enrolled


def normalizer(
    features, clips: pd.DataFrame, by: str = "corpus", enrolled: pd.DataFrame | None = None, emotion: str = ""
) -> FeatureNormalizer:
    """What makes frames comparable, fitted on the training part: a FeatureNormalizer, or a SpeakerNormalizer.

    Args:
        features: the frames (frames_i, bands) of each clip by its label.
        clips: with `part` and `speaker`.
        by: corpus, speaker or enrolled; all but the first learn voices.
        enrolled: clips that tell what the voices of dev and test are like, as `set_apart` gives them; None if all do.
        emotion: of those clips; any if "".

    Raises:
        SpeakerError: when the speaker of a clip is unknown, and voices are asked for.
    """
    train = clips[clips["part"] == "train"]
    if by == "corpus":
        return FeatureNormalizer().fit(features[label] for label in train.index)
    known = clips if enrolled is None else pd.concat([train, enrolled])
    return SpeakerNormalizer().fit(features[label] for label in train.index).fit_voices(features, known, emotion)
