"""Emotions in Polish speech recordings: five men, six words, three states (Mięsikowska & Świsulski 2020).

Names and counts after nkululeko's reader, folds and rate after EmoBox's metadata.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"a": "angry", "n": "neutral", "s": "fearful"}
WORDS = ("nie", "oddaj", "podaj", "stop", "tak", "trzymaj")
MEN = ("m1", "m2", "m3", "m4", "m5")
URL = "https://mostwiedzy.pl/en/open-research-data/emotions-in-polish-speech-recordings,11190523461146169-0"

CORPUS = Corpus(
    name="polish",
    title="Emotions in Polish speech recordings",
    language="pl",
    licence="not known",
    citation="Mięsikowska & Świsulski (2020), Gdańsk University of Technology, doi:10.34808/h46c-hb44",
    url=URL,
    example="m3.n_nie_4.wav",
    pattern=r"(?P<speaker>m\d)\.(?P<emotion>[a-z])_(?P<sentence>[a-z]+)_(?P<take>\d)",
    codes={"emotion": EMOTIONS, "sentence": {word: word for word in WORDS}},
    sexes=dict.fromkeys(MEN, "male"),
    by_emotion=dict.fromkeys(EMOTIONS.values(), 150),
    by_speaker=dict.fromkeys(MEN, 90),
    rate=44_100,
    folds=(("m3",), ("m2",), ("m4",), ("m5",), ("m1",)),
    by_hand=f"download Speech_emotions.zip from {URL}/download (no checksum of it is published), and place it so that "
    "{clip} is there",
    note='Single words, said in anger ("aggression"), without emotion, and in fear.',
)
