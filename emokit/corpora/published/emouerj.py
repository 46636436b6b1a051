"""emoUERJ: four women and four men, Brazilian Portuguese, four emotions (Germano et al. 2021).

All after audEERING's description, which tells neither clips by emotion nor by speaker.
"""

from emokit.corpora.corpus import Corpus

CORPUS = Corpus(
    name="emouerj",
    title="emoUERJ",
    language="pt",
    licence="CC BY 4.0",
    citation="Germano, Tcheou, Henriques & Gomes Junior (2021), Zenodo 5427549",
    url="https://zenodo.org/records/5427549",
    example="emoUERJ/m03s08.wav",
    pattern=r"(?P<speaker>[a-z]\d\d)(?P<emotion>[a-z])(?P<take>\d\d)",
    codes={"emotion": {"a": "angry", "h": "happy", "n": "neutral", "s": "sad"}},
    sexes={f"{sex}{number:02}": word for sex, word in (("m", "male"), ("w", "female")) for number in range(1, 5)},
    clips=377,
    rate=44_100,
    seconds=(1.2, 3.01, 7.1),
)
