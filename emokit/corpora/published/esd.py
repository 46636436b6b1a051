"""ESD: ten speakers of Mandarin and ten of English, 350 sentences each with five emotions (Zhou et al. 2021).

Names, languages and sexes after the Strong AI Lab's reader (nkululeko's list of sexes contradicts itself), counts,
length and folds after EmoBox's metadata; the last fold is the rest of the speakers. Which sentence a number is, only
each speaker's text file tells: sentences are unknown.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"Neutral": "neutral", "Happy": "happy", "Angry": "angry", "Sad": "sad", "Surprise": "surprised"}
SPEAKERS = [f"{number:04}" for number in range(1, 21)]
MEN = {4, 5, 6, 8, 10, 11, 12, 13, 14, 20}

CORPUS = Corpus(
    name="esd",
    title="ESD",
    language="mul",
    licence="research only, after a form",
    citation="Zhou, Sisman, Liu & Li (2021), ICASSP, 920-924; Zhou et al. (2022), Speech Communication 137, 1-18",
    url="https://github.com/HLTSingapore/Emotional-Speech-Data",
    example="0012/Angry/0012_001355.wav",
    # The publisher's parts are a folder in one layout, and not there in the other.
    pattern=r"(?P<emotion>[A-Z][a-z]+)/(?:(?P<part>[a-z]+)/)?(?P<speaker>\d\d(?P<language>\d\d))_(?P<number>\d{6})",
    codes={
        "emotion": EMOTIONS,
        "language": {speaker[2:]: "zh" if int(speaker) <= 10 else "en" for speaker in SPEAKERS},
        "part": {"train": "train", "evaluation": "dev", "test": "test"},
    },
    sexes={speaker: "male" if int(speaker) in MEN else "female" for speaker in SPEAKERS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 7000),
    by_speaker=dict.fromkeys(SPEAKERS, 1750),
    rate=16_000,
    seconds=(None, 2.99, None),
    folds=(
        ("0005", "0011", "0016", "0018"), ("0012", "0014", "0015", "0019"), ("0003", "0004", "0006", "0009"),
        ("0007", "0008", "0013", "0020"), ("0001", "0002", "0010", "0017"),
    ),
    by_hand="send the form at {url}, download by the link there, and place it so that {clip} is there",
    note="Speakers 0001 to 0010 speak Mandarin, the others English. Every speaker is in each of the published parts.",
)  # fmt: skip
