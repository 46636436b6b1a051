"""Which names of folders speak of emotions: by the vocabulary, and by words that it has no class for."""

from emokit.corpora.own.cleaning import in_nfc
from emokit.corpora.own.words import is_missing, is_undecided, plain
from emokit.emotions import EMOTIONS, named

# Beside the vocabulary: what people call folders of acted and of found speech (the lists of GEMEP, EmoV-DB, JL-Corpus,
# EXPRESSO and VIVAE), then the six and neutral in other languages. They only tell a folder of a class from one of a
# person; the label stays as it is.
WORDS = """
admiration affection amused amusement annoyance annoyed anticipation apologetic arrogant ashamed assertive awe
concerned confident confused confusion contempt contemptuous content contentment curious depressed despair desperate
determined disappointed disappointment dominant embarrassed embarrassment encouraging enthusiastic envy frustrated
frustration furious gratitude guilt guilty hate hatred hope hopeful hurt interest interested ironic irony irritated
irritation jealous jealousy laughing laughter lonely love loving melancholy mocking negative nervous pain painful panic
passionate pleasure positive pride proud rage regret relief relieved remorse sarcasm sarcastic satisfaction satisfied
serious shame shy sleepiness sleepy smug stress stressed tender tenderness tense terror tired trust upset worried
freude freudig fröhlich glücklich trauer traurig wut wütend ärger ärgerlich zorn angst ängstlich ekel überraschung
überrascht langeweile gelangweilt
gioia felicità felice tristezza triste rabbia arrabbiato paura disgusto sorpresa neutro neutra neutrale neutralità noia
joie tristesse colère peur dégoût neutre ennui alegría alegria felicidad tristeza enojo enfado ira miedo asco
raiva medo nojo felicidade mutlu mutluluk üzgün üzüntü kızgın öfke korku nötr
高兴 快乐 开心 愤怒 生气 悲伤 难过 害怕 恐惧 惊讶 惊喜 厌恶 中性
"""
FURTHER = frozenset(WORDS.split())


def speaks_of_emotion(name: str) -> bool:
    """Whether a name is a word for an emotion, in any case.

    >>> speaks_of_emotion("Pleasant_Surprise"), speaks_of_emotion("Smug"), speaks_of_emotion("anna")
    (True, True, False)
    """
    name = in_nfc(name)
    return named(name) in EMOTIONS or plain(name) in FURTHER


def says_nothing(name: str) -> bool:
    """Whether a name stands where an emotion is not known or not decided, such as "unknown": of no class, or any."""
    return is_missing(name) or is_undecided(name)
