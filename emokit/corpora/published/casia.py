"""CASIA, the 1,200 clips that are public: two women and two men, Mandarin, six emotions.

Names, counts and folds after EmoBox's metadata, where each speaker has 50 clips of each emotion; the sexes after one
public copy, whose files are named by them.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "angry": "angry", "fear": "fearful", "happy": "happy", "neutral": "neutral", "sad": "sad", "surprise": "surprised",
}  # fmt: skip
SEXES = {"liuchanhg": "female", "wangzhe": "male", "zhaoquanyin": "female", "zhaozuoxiang": "male"}

CORPUS = Corpus(
    name="casia",
    title="CASIA",
    language="zh",
    licence="not known",
    citation="see its page",
    url="https://aistudio.baidu.com/aistudio/datasetdetail/209512",
    example="wangzhe/sad/232.wav",
    pattern=r"(?P<speaker>[A-Za-z]+)/(?P<emotion>[a-z]+)/(?P<sentence>\d{3})",
    codes={"emotion": EMOTIONS, "speaker": {name: name for name in SEXES} | {"ZhaoZuoxiang": "zhaozuoxiang"}},
    sexes=SEXES,
    by_emotion=dict.fromkeys(EMOTIONS.values(), 200),
    by_speaker=dict.fromkeys(SEXES, 300),
    rate=16_000,
    folds=(("wangzhe",), ("zhaozuoxiang",), ("liuchanhg",), ("zhaoquanyin",)),
    note="The whole corpus has other texts and other folders besides; these are the 50 sentences that are public.",
)
