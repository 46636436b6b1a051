"""By what the frames of a recording are normalised: the training part, or recordings of the one who speaks."""

from collections.abc import Iterator, Sequence

import numpy as np

from emokit import audio, flags
from emokit.audio import BadClip
from emokit.normalizer import FeatureNormalizer
from emokit.predict.recordings import Windows, recordings
from emokit.run_folder import Run, RunError
from emokit.speakers import SpeakerNormalizer

MINUTE = 60.0  # s of an enrolled recording that are in memory


def normalizer_for(run: Run, enrolled=(), rate: float | None = None) -> FeatureNormalizer:
    """The normaliser of a run; of one that is normalised by speaker that of the speaker of whom these recordings are.

    Args:
        run: a complete run.
        enrolled: recordings of that speaker, as `recordings` takes them; none where the run needs none.
        rate: of arrays, in Hz.

    Raises:
        RunError: when nobody is enrolled for a run that is normalised by speaker, or somebody for another one.
        BadClip: for a recording that cannot be read, or in which nobody speaks.
    """
    normalizer = run.normalizer()
    voices = recordings(enrolled, rate)[0] if len(enrolled) else []
    by_speaker = isinstance(normalizer, SpeakerNormalizer)
    if by_speaker != (len(voices) > 0):
        name = run.path.name
        how = "by enrolled=[…] (--enrolled …, and the parameter voice of 06)"
        wrong = f"Run {name} is normalised by speaker; name recordings of the one who speaks {how}."
        raise RunError(wrong if by_speaker else f"Run {name} is not normalised by speaker; leave `enrolled` out.")
    return normalizer.for_speaker(_frames(run, voices)) if by_speaker else normalizer


def _frames(run: Run, voices: Sequence[tuple[str, Windows]]) -> Iterator[np.ndarray]:
    """Frames of recordings, of long ones minute by minute."""
    for name, recording in voices:
        speaks = False
        for _, minute in recording(MINUTE, MINUTE):
            if not flags.unsaid(audio.to_mono(name, minute)):
                speaks = True
                yield run.settings.placed(audio.to_mono(name, minute, run.settings.rate))[0]
        if not speaks:
            raise BadClip(name, "silent", "holds no speech to know a voice by; name another recording of the speaker")
