"""TESS: two women say "Say the word …" with seven emotions (Pichora-Fuller & Dupuis 2020)."""

from emokit.corpora.corpus import Archive, Corpus

EMOTIONS = {
    "angry": "angry", "disgust": "disgust", "fear": "fearful", "happy": "happy", "neutral": "neutral",
    "ps": "surprised", "sad": "sad",
}  # fmt: skip

CORPUS = Corpus(
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
    rate=24_414,
    seconds=(1.25, 2.06, 2.98),
    archive=Archive(
        "https://huggingface.co/datasets/myleslinder/tess/resolve/main/data/tess.zip",
        "sha256:752556de8c109b1d27d163e2a00b0ec8b8186600fd233ab8bd369d003d3cb218", 224_036_453, 300_000_000,
    ),
    note="Two speakers: each part of a split is one voice, so a score says little about other people.",
)  # fmt: skip
