"""ShEMO: 87 speakers of Persian from radio plays, six emotions (Mohamad Nezami et al. 2019).

Names after its README, rate and mean length after EmoBox's metadata. The paper has 3,000 clips, EmoBox the 2,838 that
shemo.json labels, so nothing is said of a copy's counts.
"""

from emokit.corpora.corpus import Corpus

CORPUS = Corpus(
    name="shemo",
    title="ShEMO",
    language="fa",
    licence="academic purposes",
    citation="Mohamad Nezami, Jamshid Lou & Karami (2019), Language Resources and Evaluation 53(1), 1-16",
    url="https://github.com/mansourehk/ShEMO",
    example="female/F24H24.wav",
    pattern=r"(?P<speaker>(?P<sex>[FM])\d\d)(?P<emotion>[A-Z])(?P<number>\d\d)",
    codes={
        "emotion": {"A": "angry", "H": "happy", "N": "neutral", "S": "sad", "W": "surprised", "F": "fearful"},
        "sex": {"F": "female", "M": "male"},
    },
    clips=3000,
    speakers=87,
    rate=44_100,
    seconds=(None, 4.2, None),
    note="A copy may hold 3,000 clips, as the paper has, or the 2,838 of shemo.json; a corrected label set exists.",
)
