"""TESS: two women say "Say the word …" with seven emotions (Pichora-Fuller & Dupuis 2020)."""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "angry": "angry", "disgust": "disgust", "fear": "fearful", "happy": "happy", "neutral": "neutral",
    "ps": "surprised", "sad": "sad",
}  # fmt: skip

TESS = Corpus(
    name="tess",
    title="TESS",
    language="en",
    licence="CC BY-NC-ND 4.0",
    citation="Pichora-Fuller & Dupuis (2020), Borealis, doi:10.5683/SP2/E8H2MF",
    url="https://doi.org/10.5683/SP2/E8H2MF",
    example="OAF_angry/OAF_back_angry.wav",
    pattern=r"(?P<speaker>[A-Z]{2,3})_(?P<sentence>[A-Za-z']+)_(?P<emotion>[a-z]+)",
    codes={"emotion": EMOTIONS, "speaker": {"OAF": "OAF", "YAF": "YAF", "OA": "OAF"}},  # OA_bite_neutral is misnamed
    sexes={"OAF": "female", "YAF": "female"},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 400),
    by_speaker={"OAF": 1400, "YAF": 1400},
    note="Two speakers: each part of a split is one voice, so a score says little about other people.",
)
