"""IEMOCAP: ten actors in dialogue, improvised and scripted; labels from its EmoEvaluation files (Busso et al. 2008).

The name Ses01F_impro01_M003 is session 1 while its woman wore the markers, and a turn of its man: the speaker is the
letter before the turn's number, never the one in Ses01F.
"""

import re
from collections import defaultdict
from pathlib import Path

import pandas as pd

from emokit.corpora import named_files
from emokit.corpora.corpus import Corpus, CorpusError
from emokit.corpora.folder import Listing

EMOTIONS = {
    "neu": "neutral", "hap": "happy", "exc": "happy", "sad": "sad", "ang": "angry",
    "fru": "frustrated", "sur": "surprised", "fea": "fearful", "dis": "disgust",
    "oth": None, "xxx": None,  # another one; the raters did not agree
}  # fmt: skip
STYLES = {"impro": "improvised", "script": "scripted"}
LABELS = re.compile(r"(?:^|/)EmoEvaluation/Ses\d\d[MF]_\w+\.(?i:txt)$")  # its subfolders hold single raters
TEXTS = re.compile(r"(?:^|/)transcriptions/Ses\d\d[MF]_\w+\.(?i:txt)$")
TURN = re.compile(r"\[[\d.]+ - [\d.]+\]\t(\w+)\t(\w+)\t\[(\d+\.?\d*), (\d+\.?\d*), (\d+\.?\d*)\]\s*$")
SAID = re.compile(r"(\w+) \[[\d.]+-[\d.]+\]: *(.*\S)")


def read(corpus: Corpus, listing: Listing) -> pd.DataFrame:
    """One row a turn whose sound is there; `sentence` where the transcriptions are there too.

    `group` is the dialogue: its two partners are the only speakers of their session, so what keeps dialogues whole
    keeps sessions whole.
    """
    left_out = defaultdict(list)
    sounds = _sounds(corpus, listing, left_out)
    turns, texts = _turns(listing, left_out), _texts(listing)
    if sounds and not turns:
        raise CorpusError(
            f"{listing.root} holds sound of IEMOCAP but none of its labels; add Session*/dialog/EmoEvaluation/*.txt."
        )
    rows = []
    for turn, (code, numbers, _) in turns.items():
        if turn not in sounds:
            left_out["labelled, but without sound"].append(turn)
        else:
            rows.append(_row(corpus, sounds[turn], code) | numbers | {"sentence": texts.get(turn)})
    left_out["sound without a label"] = sorted(set(sounds) - set(turns))
    return named_files.table(rows, listing, {reason: files for reason, files in left_out.items() if files})


def _row(corpus: Corpus, file: str, code: str) -> dict:
    fields = named_files.parse(corpus, file)
    speaker = fields["session"] + fields["letter"]
    return {
        "file": file, "emotion": corpus.name_of("emotion", code), "speaker": corpus.speaker(speaker),
        "corpus": corpus.name, "sex": corpus.sexes.get(speaker), "intensity": None, "language": corpus.language,
        "label": code, "dialog": fields["dialog"], "style": STYLES[fields["style"]],
        "group": f"{corpus.name}/{fields['session']}{fields['markers']}_{fields['dialog']}",
    }  # fmt: skip


def _sounds(corpus: Corpus, listing: Listing, left_out: dict[str, list[str]]) -> dict[str, str]:
    """Turn to its sound; of copies the one that `named_files` would choose."""
    sounds = {}
    for file in named_files.preferred(listing):
        if named_files.parse(corpus, file):
            first = sounds.setdefault(Path(file).stem, file)
            if first != file:
                left_out[named_files.second_copy(listing, first, file)].append(file)
    return sounds


def _turns(listing: Listing, left_out: dict[str, list[str]]) -> dict[str, tuple[str, dict[str, float], str]]:
    """Turn to its code, its ratings from 1 to 5, and the file that says so."""
    turns = {}
    for source in filter(LABELS.search, listing.others):
        for number, line in enumerate(_lines(listing, source), start=1):
            if found := TURN.match(line):
                turn, code, *ratings = found.groups()
                numbers = dict(zip(("valence", "activation", "dominance"), map(float, ratings), strict=True))
                before, _, first = turns.setdefault(turn, (code, numbers, source))
                if before != code:
                    raise CorpusError(
                        f"{turn} is {before!r} in {first}, but {code!r} in {source}; remove the copy that is wrong."
                    )
            elif line.startswith("["):
                left_out["a label line that cannot be read"].append(f"{source}:{number}")
    return turns


def _texts(listing: Listing) -> dict[str, str]:
    sources = filter(TEXTS.search, listing.others)
    found = (SAID.match(line) for source in sources for line in _lines(listing, source))
    return dict(match.groups() for match in found if match)


def _lines(listing: Listing, file: str) -> list[str]:
    return (listing.root / file).read_text(encoding="utf-8-sig", errors="replace").splitlines()


BY_SPEAKER = {  # of the four usual classes
    "Ses01F": 528, "Ses01M": 557, "Ses02F": 481, "Ses02M": 542, "Ses03F": 522, "Ses03M": 629, "Ses04F": 528,
    "Ses04M": 503, "Ses05F": 590, "Ses05M": 651,
}  # fmt: skip

CORPUS = Corpus(
    name="iemocap",
    title="IEMOCAP",
    language="en",
    licence="internal research only, after a signed form; may not be passed on",
    citation="Busso et al. (2008), Language Resources and Evaluation 42(4), 335-359",
    url="https://sail.usc.edu/iemocap/",
    example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav",
    pattern=r"(?P<session>Ses\d\d)(?P<markers>[MF])_(?P<dialog>(?P<style>impro|script)\w+)_(?P<letter>[MF])\w{3}",
    codes={"emotion": EMOTIONS},
    sexes={speaker: "female" if speaker[-1] == "F" else "male" for speaker in BY_SPEAKER},
    by_emotion={"neutral": 1708, "happy": 1636, "angry": 1103, "sad": 1084},
    by_speaker=BY_SPEAKER,
    usual=("neutral", "happy", "angry", "sad"),
    rate=16_000,
    seconds=(0.58, 4.55, 34.14),  # of the four classes
    folds=[(f"Ses0{session}F", f"Ses0{session}M") for session in range(1, 6)],
    by_hand="send the release form at {url}, wait for the answer, download IEMOCAP_full_release, and place it so that "
    "{clip} and the labels, {folder}/Session*/dialog/EmoEvaluation/*.txt, are there",
    note="The usual four classes, excited counted as happy. classes='all' adds frustrated (1,849), surprised (107), "
    "fearful (40) and disgust; labels={'exc': 'excited'} keeps excited apart.",
    read=read,
)
