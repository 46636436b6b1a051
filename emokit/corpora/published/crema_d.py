"""CREMA-D: 91 actors say twelve sentences with six intended emotions (Cao et al. 2014).

Its README says what the columns of tabulatedVotes.csv are; a row's first cell is 100000 × the kind of presentation (1
voice, 2 face, 3 both) + the clip's number.
"""

from pathlib import Path, PurePosixPath

import pandas as pd

from emokit import votes
from emokit.corpora.corpus import Corpus, CorpusError
from emokit.corpora.folder import Listing

EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
ACTORS = [str(number) for number in range(1001, 1092)]
# From VideoDemographics.csv, which most copies lack; the women's numbers less 1000.
WOMEN = {
    2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 18, 20, 21, 24, 25, 28, 29, 30, 37, 43, 46, 47, 49, 52, 53, 54, 55, 56, 58, 60,
    61, 63, 72, 73, 74, 75, 76, 78, 79, 82, 84, 89, 91,
}  # fmt: skip

VOTES = "tabulatedVotes.csv"
VOICE = 1  # listeners who only heard the clip


def voted(clips: pd.DataFrame, listing: Listing) -> pd.DataFrame:
    """Clips with `votes_<code>` of those who only heard them, where the table of votes lies beside."""
    source = next((listing.root / file for file in listing.others if PurePosixPath(file).name == VOTES), None)
    if source is None:
        return clips
    letters = {code[0]: code for code in EMOTIONS}
    try:
        table = pd.read_csv(source, index_col=0, encoding_errors="replace")
        heard = table[table.index // 100_000 == VOICE].set_index("fileName")[[*letters]].astype("float64")
    except (ValueError, KeyError, TypeError) as error:
        remedy = "take it as it was published, or remove it"
        raise CorpusError(f"{source} cannot be read as the votes of CREMA-D; {remedy}.") from error
    of_clips = heard[~heard.index.duplicated()].reindex(clips["file"].map(lambda file: Path(file).stem))
    joined = clips.assign(**of_clips.set_axis(votes.columns(letters.values()), axis=1).reset_index(drop=True))
    joined.attrs = clips.attrs
    return joined


CORPUS = Corpus(
    name="crema-d",
    title="CREMA-D",
    language="en",
    licence="ODbL 1.0 (database), DbCL 1.0 (contents)",
    citation="Cao et al. (2014), IEEE Transactions on Affective Computing 5(4), 377-390",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    pattern=r"(?P<speaker>\d{4})_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<intensity>[A-Z]{1,2})",
    codes={
        "emotion": EMOTIONS,
        "intensity": {"LO": "low", "MD": "medium", "HI": "high", "XX": None, "X": None},  # X: one name in old copies
        "sentence": {
            "IEO": "It's eleven o'clock", "TIE": "That is exactly what happened", "IOM": "I'm on my way to the meeting",
            "IWW": "I wonder what this is about", "TAI": "The airplane is almost full",
            "MTI": "Maybe tomorrow it will be cold", "IWL": "I would like a new alarm clock",
            "ITH": "I think I have a doctor's appointment", "DFA": "Don't forget a jacket",
            "ITS": "I think I've seen this before", "TSI": "The surface is slick",
            "WSI": "We'll stop in a couple of minutes",
        },
    },
    sexes={actor: "female" if int(actor[2:]) in WOMEN else "male" for actor in ACTORS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 1271) | {"neutral": 1087},
    by_speaker=dict.fromkeys(ACTORS, 82) | {"1002": 81, "1076": 81, "1008": 76, "1009": 76, "1019": 76},
    rate=16_000,
    seconds=(1.27, 2.54, 5.01),
    files_at="https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master/",
    old_names={"1040_ITH_SAD_X": "1040_ITH_SAD_XX"},  # until 2022
    note="The emotion is the intended one; listeners who only hear the clip agree in about four of ten. Their votes "
    "are read where processedResults/tabulatedVotes.csv lies beside the clips.",
    votes=voted,
)  # fmt: skip
