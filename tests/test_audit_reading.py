"""`python -m emokit.audit PATH` tells how it read, understands what loading does, gathers; and what is unheard."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay, write

from emokit import MAX_SEQ_LENGTH, audit, corpora
from emokit.audit import __main__ as command
from emokit.audit.balance import READ, longer_than_read
from emokit.features.log_mel import HOP
from emokit.padding import FRAMES_PER_STEP

RATE = 16_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Four voices, two emotions, two parts; anna's clips are clipped, and a note and a stray lie there."""
    root, random = tmp_path_factory.mktemp("recorded") / "own", np.random.default_rng(0)
    people = {"anna": "train", "ben": "train", "cleo": "dev", "dan": "test"}
    for who, part in people.items():
        for n, emotion in enumerate(["sad", "angry"] * 12):
            file = root / part / who / emotion / f"{n}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            sound = random.normal(0, 1.0 if who == "anna" else 0.1, RATE // 2).clip(-1, 1)
            sf.write(file, sound, RATE)
    return lay(root, "notes.txt", "stray.wav")


def run(capsys, *arguments):
    command.main(list(map(str, arguments)))
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def test_how_the_folder_was_read_stands_before_anything_else(recorded, capsys):
    told = run(capsys, recorded).splitlines()
    assert told[:8] == [
        "Read as folders.",
        "level 1, 3 folders such as 'dev': part",
        "level 2, 4 folders such as 'anna': speaker",
        "level 3, 2 folders such as 'angry': emotion",
        "folders of anna and ben hold the same file names; if these are versions of the same recordings, tell the "
        "speakers by speaker_pattern",
        "left out, in no class folder: 1 file, such as stray.wav",
        "left out, no sound, by its suffix: 1 file (1 × .txt), such as notes.txt",
        "",
    ]
    assert told[8].startswith("96 clips: 0 severe, ")


def test_the_clipped_clips_of_one_speaker_are_one_line_and_all_shows_each(recorded, capsys):
    gathered = run(capsys, recorded)
    assert gathered.count("is clipped") == 1
    assert "\n  own/anna: 24 times, such as angry/1.wav: is clipped: " in gathered
    every = run(capsys, recorded, "--all")
    assert every.count("is clipped") == 24 and "more lines" not in every


def test_what_is_gathered_is_of_one_check_one_severity_and_one_speaker():
    clips = pd.DataFrame({"file": ["/a/1.wav", "/a/2.wav", "/a/3.wav", "/a/4.wav"]})
    clips["speaker"] = ["o/anna", "o/anna", "o/ben", None]
    clips.attrs = {"left_out": {}, "mapping": {}, "dropped": {}}
    rows = [("warning", "clipped", file, "clips", "mend it", file) for file in clips["file"]]
    rows += [("severe", "silent", "/a/1.wav", "is silent", "mend it", "/a/1.wav")]
    rows += [("warning", "counts", f"speaker {n}", "lacks clips", "load again", None) for n in range(2)]
    findings = pd.DataFrame(rows, columns=audit.COLUMNS)
    page = command._page(clips, findings, every=False).splitlines()
    assert page[3:] == [
        "warning: clipped",
        "  o/anna: 2 times, such as /a/1.wav: clips; mend it.",
        "  /a/3.wav: clips; mend it.",
        "  /a/4.wav: clips; mend it.",
        "",
        "severe: silent",
        "  /a/1.wav: is silent; mend it.",
        "",
        "warning: counts",
        "  speaker 0: lacks clips; load again.",
        "  speaker 1: lacks clips; load again.",
    ]


def test_a_layout_that_says_nothing_stops_in_one_sentence_with_the_parameters(tmp_path, capsys):
    folder = lay(tmp_path / "flat", "a_sad.wav", "b_angry.wav")
    assert command.main([str(folder)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert "emotion_pattern, such as '_([A-Za-z]+)\\d*$', and speaker_pattern" in told.err


def test_the_patterns_are_taken_by_their_names(recorded, capsys):
    told = run(capsys, recorded, "--emotion-pattern", "([a-z]+)/[0-9]+$", "--speaker-pattern", "^[^/]+/([a-z]+)/")
    assert "emotion_pattern, 2 found in the paths, such as 'angry': emotion" in told
    assert "speaker_pattern, 4 found in the paths, such as 'anna': speaker" in told


def test_every_option_of_loading_is_passed_on_and_several_paths_are_one_corpus(monkeypatch, capsys):
    class Passed(Exception):
        pass

    def load(name, data_dir, **options):
        raise Passed(name, data_dir, options)

    monkeypatch.setattr(corpora, "load", load)
    given = ["--columns", "emotion=EmoClass", "--labels", "A=angry,x=", "--audio-dir", "wavs"]
    with pytest.raises(Passed) as passed:
        command.main(["train.csv", "test.csv", *given])
    options = {"columns": "emotion=EmoClass", "labels": "A=angry,x=", "audio_dir": "wavs"}
    assert passed.value.args == ("table", ["train.csv", "test.csv"], options)


# What a place looks like


@pytest.mark.parametrize(
    ("names", "looks"),
    [
        (["Actor_01/03-01-01-01-01-01-01.wav", "Actor_01/03-01-02-01-01-01-01.wav", "room.wav"], "ravdess"),
        (["anna/sad/1.wav", "ben/angry/2.wav"], "folders"),
        (["anna/sad/1.wav", "clips.csv"], "folders"),
        (["wav/1.wav", "db.yaml"], "audformat"),
    ],
)
def test_a_folder_is_taken_for_what_it_looks_like(names, looks, tmp_path):
    assert corpora.looks_like(lay(tmp_path, *names)) == looks


@pytest.mark.parametrize("name", ["t.csv", "T.TSV", "t.csv.gz", "t.jsonl", "t.json", "t.parquet", "t.xlsx"])
def test_a_file_of_any_form_of_table_is_one(name, tmp_path):
    assert corpora.looks_like(write(tmp_path / name, "file,emotion")) == "table"


# What is never heard


def lasting(*seconds, leading=0.0):
    return pd.DataFrame({"corpus": "own", "duration": seconds, "leading": leading, "trailing": 0.0})


def test_what_the_model_reads_is_as_long_as_its_steps():
    assert pytest.approx(MAX_SEQ_LENGTH * FRAMES_PER_STEP * HOP) == READ


def test_the_share_that_is_never_heard_is_told_and_warned_of_above_a_tenth():
    (finding,) = longer_than_read(lasting(3.2, 6.4))
    assert (finding.severity, finding.subject) == ("warning", "corpus own")
    assert finding.found == (
        "1 of 2 clips are longer than the 3.2 s that the model reads; without windows, 33% of the sound is never heard"
    )
    assert "max_seq_length: 39 reads 95% whole" in finding.remedy and "windows=True" in finding.remedy
    (finding,) = longer_than_read(lasting(*[3.0] * 19, 4.2))
    assert finding.severity == "info" and "2% of the sound" in finding.found


def test_silence_at_the_ends_is_not_counted_as_unheard():
    assert not list(longer_than_read(lasting(5.0, 6.0, leading=2.8)))
    assert not list(longer_than_read(lasting(3.2, 3.3, None)))
