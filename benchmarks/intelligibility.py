"""How many words of a corpus a recogniser reads right: whether its clips say what their table says.

    python benchmarks/intelligibility.py demo data/demo [--weights FOLDER] [--every N]

Whisper tiny.en writes down each clip, filled up to 30 s with silence as it learned, by beam search (5); its words are
laid along those of the sentence with the fewest changes (Levenshtein 1966). Needs ctranslate2, and a folder with
`model.bin` as CTranslate2 has it; without `--weights` that of the tests, a package of 73 MB.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import results_page
from papermill_runs import PROJECT

from emokit import audio, corpora
from emokit.features.whisper import LONGEST, log_mel

FILLED = LONGEST * 320  # samples, 30 s
PROMPT = ["<|startoftranscript|>", "<|notimestamps|>"]
LISTENER = "Whisper tiny.en"
NOTES = (
    "Right: words of the sentences that were read, in per cent; first words: of those that begin a sentence. Error "
    "rate: words changed, missing and added, over the words of the sentences. Sentences: those without an error.",
    "A recogniser is no listener: it guesses words from their neighbours, and has hardly heard a synthesiser.",
)


class Reader:
    """Whisper as CTranslate2 runs it: samples → words."""

    def __init__(self, folder: Path):
        from ctranslate2.models import Whisper

        self._model = Whisper(str(folder), compute_type="float32", intra_threads=1)

    def words(self, samples: np.ndarray) -> list[str]:
        """The words that are read from samples at 16 kHz, up to 30 s."""
        from ctranslate2 import StorageView

        filled = np.pad(samples, (0, FILLED - len(samples)))
        mel = np.ascontiguousarray(log_mel(filled).T[None])
        said = self._model.generate(StorageView.from_array(mel), [PROMPT], beam_size=5, max_length=64)[0]
        return words(_text(said.sequences[0]))


def words(text: str) -> list[str]:
    """Words in small letters, without punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower())


def _text(tokens: list[str]) -> str:
    """The text of tokens: GPT-2 writes each byte as a letter (Radford et al. 2019), a space as Ġ."""
    return "".join(token for token in tokens if not token.startswith("<|")).replace("Ġ", " ")


def aligned(sentence: list[str], read: list[str]) -> tuple[list[bool], int]:
    """Which words of the sentence were read, and how many changes, losses and additions make one the other."""
    costs = np.zeros((len(sentence) + 1, len(read) + 1), int)
    costs[:, 0], costs[0] = range(len(sentence) + 1), range(len(read) + 1)
    for i, word in enumerate(sentence, 1):
        for j, other in enumerate(read, 1):
            costs[i, j] = min(costs[i - 1, j - 1] + (word != other), costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    right, i, j = [False] * len(sentence), len(sentence), len(read)
    while i and j:
        if costs[i, j] == costs[i - 1, j - 1] + (sentence[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            right[i] = sentence[i] == read[j]
        elif costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return right, int(costs[-1, -1])


def listen(clips: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """A row a clip: `emotion`, `sentence`, `read`, how many `words`, `right`, `first` (0 or 1), `errors`."""
    rows = []
    for clip in clips.itertuples():
        sentence, read = words(clip.sentence), reader.words(audio.read(clip.file))
        right, errors = aligned(sentence, read)
        row = {"file": clip.file, "emotion": clip.emotion, "sentence": clip.sentence, "read": " ".join(read)}
        rows.append(row | {"words": len(sentence), "right": sum(right), "first": right[0], "errors": errors})
    return pd.DataFrame(rows)


def table(heard: pd.DataFrame, by: str) -> list[dict[str, str]]:
    """A row for each value of a column, and one for all."""
    groups = [*heard.groupby(by, sort=False), ("all", heard)]
    return [{by: name} | _shares(group) for name, group in groups]


def _shares(heard: pd.DataFrame) -> dict[str, str]:
    total = heard["words"].sum()
    shares = {"right, %": heard["right"].sum() / total, "first words, %": heard["first"].mean()}
    shares |= {"error rate, %": heard["errors"].sum() / total, "sentences, %": (heard["errors"] == 0).mean()}
    return {"clips": str(len(heard))} | {name: f"{100 * share:.0f}" for name, share in shares.items()}


def misread(heard: pd.DataFrame, n: int = 3) -> str:
    """What was read instead most often, of each sentence."""
    lines = []
    for sentence, group in heard[heard["errors"] > 0].groupby("sentence", sort=False):
        common = Counter(group["read"]).most_common(n)
        lines.append(f"{sentence} {'; '.join(f'{read!r} {count}' for read, count in common)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--weights", type=Path, help="folder with model.bin")
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    clips = corpora.load(asked.corpus, asked.data_dir).dropna(subset="sentence").iloc[:: asked.every]
    if clips.empty:
        raise SystemExit(f"{asked.corpus} does not say which words its clips speak.")
    heard = listen(clips, Reader(asked.weights or _of_the_tests()))
    command = f"python benchmarks/intelligibility.py {asked.corpus} DATA_DIR"
    command += f" --every {asked.every}" if asked.every > 1 else ""
    for by in ("emotion", "sentence"):
        title = f"{asked.corpus}: words that {LISTENER} reads, by {by}"
        print(results_page.section(results_page.stamped(title, table(heard, by), NOTES, command)))
    print(misread(heard))


def _of_the_tests() -> Path:
    sys.path.append(str(PROJECT / "tests"))
    from weights import tiny_en

    return tiny_en()


if __name__ == "__main__":
    main()
