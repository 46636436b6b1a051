"""Corpora: every published layout becomes the same table, and whatever is odd about a folder is said."""

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from laid_out import lay
from published_paths import PATHS

from emokit import audio, corpora, notebook_parameters
from emokit.audio import BadClip
from emokit.corpora import named_files
from emokit.corpora.corpus import COLUMNS
from emokit.emotions import named

BY_NAME = [corpus for corpus in corpora.PUBLISHED.values() if corpus.read is None]
KEPT_APART = {"anxious", "excited"}  # classes of a corpus that the vocabulary would call fearful and happy


def ravdess_names(suffix: str = ".wav") -> list[str]:
    """The 1,440 names as published, in their folders."""
    return [
        f"Actor_{actor:02}/03-01-{emotion:02}-{intensity:02}-{sentence:02}-{take:02}-{actor:02}{suffix}"
        for actor in range(1, 25)
        for emotion in range(1, 9)
        for intensity in ((1,) if emotion == 1 else (1, 2))
        for sentence in (1, 2)
        for take in (1, 2)
    ]


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory) -> Path:
    return lay(tmp_path_factory.mktemp("ravdess"), *ravdess_names())


# What the published facts say

@pytest.mark.parametrize("name", corpora.PUBLISHED)
def test_what_a_corpus_says_agrees_with_itself(name):
    corpus = corpora.PUBLISHED[name]
    assert corpus.name == name
    in_folds = [speaker for fold in corpus.folds for speaker in fold]
    assert not in_folds or sorted(in_folds) == sorted(corpus.by_speaker or corpus.sexes)  # each is tested once
    known = [seconds for seconds in corpus.seconds or () if seconds is not None]
    assert known == sorted(known) and (corpus.seconds is None or corpus.seconds[1] is not None)
    emotions = set(corpus.codes["emotion"].values()) - {None}
    assert all(named(emotion) == emotion or emotion in KEPT_APART for emotion in emotions)
    assert set(corpus.by_emotion) in (set(corpus.usual) or emotions, set())  # all are counted, or none
    assert set(corpus.usual) <= emotions and set(corpus.by_speaker) in (set(corpus.sexes), set())
    totals = {sum(corpus.by_emotion.values()), sum(corpus.by_speaker.values()), corpus.clips}
    assert len(totals - {0, None}) <= 1
    assert set(corpus.sexes.values()) | set(corpus.codes.get("sex", {}).values()) <= {"female", "male", None}
    assert named_files.fits(corpus, corpus.example)


def test_the_totals_are_the_published_ones():
    totals = {"ravdess": 1440, "crema-d": 7442, "emodb": 535, "savee": 480, "tess": 2800, "emovo": 588, "iemocap": 5531}
    assert {name: corpora.expected(name)["clips"] for name in totals} == totals


def test_the_names_of_one_corpus_fit_no_other():
    for corpus in corpora.PUBLISHED.values():
        assert [other.name for other in corpora.PUBLISHED.values() if named_files.fits(other, corpus.example)] == [
            corpus.name
        ]


def test_the_notebooks_know_the_same_corpora():
    assert (*corpora.PUBLISHED, *corpora.YOUR_OWN) == notebook_parameters.TABLE["corpus"].choices


def test_the_demo_corpus_is_what_its_tables_say(demo_dir):
    clips = corpora.load("demo", demo_dir)
    voices, sentences = pd.read_csv(demo_dir / "voices.csv"), pd.read_csv(demo_dir / "sentences.csv")
    assert corpora.PUBLISHED["demo"].sexes == dict(zip(voices["voice"], voices["sex"], strict=True))
    assert corpora.PUBLISHED["demo"].codes["sentence"] == dict(sentences.itertuples(index=False))
    lengths = pd.Series([sf.info(file).duration for file in clips["file"]])
    assert corpora.PUBLISHED["demo"].seconds == tuple(lengths.agg(["min", "mean", "max"]).round(2))
    counts = corpora.counts(clips, "demo", "speaker")
    assert (counts["clips"] == counts["expected"]).all() and clips.attrs["left_out"] == {}


# RAVDESS

def test_whole_ravdess_has_its_published_counts(ravdess):
    clips = corpora.load("ravdess", ravdess)
    for by in ("emotion", "speaker"):
        counts = corpora.counts(clips, "ravdess", by)
        assert (counts["clips"] == counts["expected"]).all()
    assert clips["sex"].value_counts().to_dict() == {"female": 720, "male": 720}
    assert list(clips.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert clips.attrs["left_out"] == {}


def test_a_ravdess_name_is_read_code_by_code(tmp_path):
    row = corpora.load("ravdess", lay(tmp_path, "Actor_12/03-01-06-02-02-01-12.wav")).iloc[0]
    assert row.to_dict() == {
        "file": str(tmp_path / "Actor_12/03-01-06-02-02-01-12.wav"), "emotion": "fearful", "speaker": "ravdess/12",
        "corpus": "ravdess", "sex": "female", "sentence": "Dogs are sitting by the door", "intensity": "strong",
        "language": "en", "label": "06", "take": "01",
    }  # fmt: skip


@pytest.mark.parametrize("enclosing", ["", "Audio_Speech_Actors_01-24", "audio_speech_actors_01-24", "a/b/c"])
def test_an_enclosing_folder_changes_nothing(tmp_path, enclosing):
    names = ravdess_names()[:60]
    clips = corpora.load("ravdess", lay(tmp_path, *(f"{enclosing}/{name}".lstrip("/") for name in names)))
    assert [Path(file).name for file in clips["file"]] == [Path(name).name for name in names]


def test_a_flat_copy_is_read(tmp_path):
    clips = corpora.load("ravdess", lay(tmp_path, *(name.split("/")[1] for name in ravdess_names())))
    assert len(clips) == 1440


def test_a_second_copy_of_every_clip_counts_once(tmp_path):
    names = ravdess_names()[:120]
    lay(tmp_path, *names, *(f"audio_speech_actors_01-24/{name}" for name in names))
    clips = corpora.load("ravdess", tmp_path)
    assert len(clips) == 120
    assert not clips["file"].str.contains("audio_speech").any()
    assert clips.attrs["left_out"]["a second copy of a clip"].startswith("120 files, such as audio_speech_actors")


@pytest.mark.parametrize("damaged", [b"", b"half"])
def test_of_two_copies_in_one_format_the_larger_is_read_and_the_other_named(tmp_path, damaged):
    name = "03-01-01-01-01-01-01.wav"
    lay(tmp_path, f"Actor_01/{name}", f"copy/Actor_01/{name}")
    (tmp_path / "Actor_01" / name).write_bytes(damaged)
    clips = corpora.load("ravdess", tmp_path)
    assert clips["file"].tolist() == [str(tmp_path / "copy/Actor_01" / name)]
    assert clips.attrs["left_out"] == {"a second copy of a clip, of another size": f"1 file, such as Actor_01/{name}"}


def test_files_named_like_clips_of_a_suffix_that_is_no_sound_are_counted_and_other_files_are_not(tmp_path):
    names = ravdess_names()
    mpga = [name.replace(".wav", ".mpga") for name in names[6:10]]
    labels = [name.replace(".wav", ".lab") for name in names[:6]]  # beside clips that are read
    clips = corpora.load("ravdess", lay(tmp_path, *names[:6], *mpga, *labels, "LICENSE.txt", "labels.csv"))
    reason = "named like a clip of RAVDESS, but no sound, by its suffix"
    assert len(clips) == 6 and clips.attrs["left_out"] == {reason: f"4 files, such as {mpga[0]}"}
    assert reason in corpora.notes(clips)


def test_a_folder_named_like_a_clip_is_listed_so_that_the_audit_names_it(tmp_path):
    lay(tmp_path, "03-01-01-01-01-01-01.wav")
    for folder in ("03-01-02-01-01-01-01.wav", "full.wav", "full.wav/deep"):
        (tmp_path / folder).mkdir()
    lay(tmp_path, "full.wav/deep/03-01-03-01-01-01-01.wav")
    clips = corpora.load("ravdess", tmp_path)
    assert [str(Path(file).relative_to(tmp_path)) for file in clips["file"]] == [
        "03-01-01-01-01-01-01.wav", "03-01-02-01-01-01-01.wav", "full.wav/deep/03-01-03-01-01-01-01.wav",
    ]  # fmt: skip
    with pytest.raises(BadClip, match="is a folder") as caught:
        audio.read(clips["file"][1])
    assert caught.value.code == "not-a-file"


def test_a_folder_named_like_a_clip_never_stands_in_for_one(tmp_path):
    lay(tmp_path, "deep/03-01-01-01-01-01-01.wav")
    (tmp_path / "03-01-01-01-01-01-01.wav").mkdir()
    assert corpora.load("ravdess", tmp_path)["file"].tolist() == [str(tmp_path / "deep/03-01-01-01-01-01-01.wav")]


def test_wav_is_preferred_to_its_flac_twin(tmp_path):
    lay(tmp_path, "03-01-01-01-01-01-01.flac", "deep/er/03-01-01-01-01-01-01.WAV")
    assert corpora.load("ravdess", tmp_path)["file"].tolist() == [str(tmp_path / "deep/er/03-01-01-01-01-01-01.WAV")]


def test_song_and_the_sound_of_videos_are_left_out_and_said(tmp_path):
    song, video = "Actor_01/03-02-01-01-01-01-01.wav", "Actor_01/01-01-01-01-01-01-01.wav"
    clips = corpora.load("ravdess", lay(tmp_path, song, video, "Actor_01/03-01-01-01-01-01-01.wav"))
    assert len(clips) == 1
    assert clips.attrs["left_out"] == {"not the part that RAVDESS reads": f"2 files, such as {video}"}


def test_a_folder_of_song_only_says_so(tmp_path):
    said = "no clip of RAVDESS .not the part that RAVDESS reads: 1 file.*load 'ravdess-song'"
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("ravdess", lay(tmp_path, "03-02-01-01-01-01-01.wav"))


def test_whole_song_of_ravdess_has_its_published_counts_and_the_same_people(tmp_path):
    """1,012 files as published: four of neutral and eight of the others by each actor but the eighteenth."""
    song = [name.replace("/03-01-", "/03-02-") for name in ravdess_names() if "-18.wav" not in name]
    song = [name for name in song if name.split("-")[2] not in ("07", "08")]
    lay(tmp_path, *song, *ravdess_names())
    clips = corpora.load("ravdess-song", tmp_path)
    for by in ("emotion", "speaker"):
        counts = corpora.counts(clips, "ravdess-song", by)
        assert (counts["clips"] == counts["expected"]).all()
    assert len(clips) == 1012 and set(clips["language"]) == {"en"}
    both = corpora.load(["ravdess", "ravdess-song"], [tmp_path, tmp_path])
    assert both["speaker"].nunique() == 24 and both["file"].is_unique and len(both) == 1012 + 1440 - 24 * 16


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("03-01-09-01-01-01-01.wav", "label '09', which stands for no emotion"),
        ("03-01-01-03-01-01-01.wav", "intensity unknown to RAVDESS"),
        ("03-01-01-01-07-01-01.wav", "sentence unknown to RAVDESS"),
        ("03-01-01-01-01-01-25.wav", "speaker unknown to RAVDESS"),
    ],
)
def test_an_unknown_code_is_left_out_and_named(tmp_path, name, said):
    clips = corpora.load("ravdess", lay(tmp_path, *ravdess_names()[:3], f"Actor_25/{name}"))
    assert len(clips) == 3 and list(clips.attrs["left_out"]) == [said]
    assert clips.attrs["left_out"][said].endswith(f"Actor_25/{name}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("03-01-09-01-01-01-01.wav", "None of the 1 clips is left .label '09'"),
        ("03-01-01-01-01-01-25.wav", "no clip of RAVDESS .speaker unknown to RAVDESS: 1 file, such as"),
    ],
)
def test_only_strangers_are_an_error(tmp_path, name, said):
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("ravdess", lay(tmp_path, name))


def test_every_published_clip_keeps_its_label_as_published_and_labels_go_by_it(tmp_path):
    lay(tmp_path, *ravdess_names()[:60])
    assert set(corpora.load("ravdess", tmp_path)["label"]) == set(corpora.PUBLISHED["ravdess"].codes["emotion"])
    clips = corpora.load("ravdess", tmp_path, labels={"02": "neutral", "sad": "low", "08": ""})
    assert "calm" not in set(clips["emotion"]) and (clips["emotion"] == "neutral").sum() == 4 + 8
    assert set(clips.loc[clips["label"] == "04", "emotion"]) == {"low"} and len(clips) == 52
    assert clips.attrs["mapping"] == {"02": "neutral", "sad": "low"}
    assert list(clips.attrs["left_out"]) == ["label '08', as asked by labels"]


def test_foreign_clips_beside_the_corpus_are_said(tmp_path):
    clips = corpora.load("ravdess", lay(tmp_path, *ravdess_names()[:27], "AudioWAV/1001_DFA_ANG_XX.wav"))
    assert clips.attrs["left_out"] == {
        "not named like a clip of RAVDESS": "1 file, such as AudioWAV/1001_DFA_ANG_XX.wav"
    }


def test_hidden_files_and_names_that_are_not_utf8_are_no_clips(tmp_path):
    lay(tmp_path, "03-01-01-01-01-01-01.wav", "._03-01-01-01-01-02-01.wav", "__MACOSX/03-01-01-01-01-02-01.wav")
    with open(bytes(tmp_path) + b"/caf\xe9.wav", "wb"):  # noqa: PTH123
        pass
    clips = corpora.load("ravdess", tmp_path)
    assert len(clips) == 1
    assert clips.attrs["left_out"] == {"a name that is not UTF-8": "1 file, such as caf\\xe9.wav"}
    corpora.write_clips(tmp_path / "clips.csv", clips, tmp_path)


def test_real_ravdess_shows_its_missing_actors_and_complete_others(ravdess_dir):
    clips = corpora.load("ravdess", ravdess_dir)
    speakers = corpora.counts(clips, "ravdess", "speaker")
    there = speakers[speakers["clips"] > 0]
    assert (there["clips"] == there["expected"]).all()
    assert corpora.counts(clips, "ravdess")["expected"].sum() == 1440
    assert len(clips) == there["clips"].sum()


# Folders that are not what was asked for

def test_a_missing_folder_names_what_is_there(tmp_path):
    (tmp_path / "ravdess").mkdir()
    with pytest.raises(corpora.CorpusError, match=r"There is no folder .*ravdes \(.* is there, which holds ravdess\)"):
        corpora.load("ravdess", tmp_path / "ravdes")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(corpora.CorpusError, match="holds no sound files: it is empty"):
        corpora.load("ravdess", tmp_path)


def test_a_packed_archive_is_named(tmp_path):
    with pytest.raises(corpora.CorpusError, match="holds Audio_Speech.zip, which is still packed"):
        corpora.load("ravdess", lay(tmp_path, "Audio_Speech.zip"))


def test_a_file_in_place_of_a_folder_says_so(tmp_path):
    lay(tmp_path, "a.zip")
    with pytest.raises(corpora.CorpusError, match="a.zip is a file; unpack it"):
        corpora.load("ravdess", tmp_path / "a.zip")


@pytest.mark.parametrize("corpus", BY_NAME, ids=lambda corpus: corpus.name)
def test_another_corpus_is_recognised(tmp_path, corpus):
    asked = next(other.name for other in BY_NAME if not named_files.parse(other, corpus.example))
    with pytest.raises(corpora.CorpusError, match=f"looks like {re.escape(corpus.title)}, so load {corpus.name!r}"):
        corpora.load(asked, lay(tmp_path, corpus.example))


def test_another_corpus_of_which_some_names_are_also_ones_own_is_recognised(tmp_path):
    """Oréau calls its clips as EmoDB does; read as EmoDB, a tenth of them would be its angry and neutral."""
    lay(tmp_path, *PATHS["oreau"])
    for asked in ("emodb", "demo"):  # the corpus that has most of the names, not the first that has one
        with pytest.raises(corpora.CorpusError, match="holds 3 files, .*; it looks like Oréau, so load 'oreau'"):
            corpora.load(asked, tmp_path)


@pytest.mark.parametrize("asked", ["meld", "nemo", "msp-podcast", "iemocap"])
def test_sound_of_another_corpus_where_labels_should_be_says_whose_it_is(tmp_path, asked):
    with pytest.raises(corpora.CorpusError, match="it looks like RAVDESS, so load 'ravdess'[.]$"):
        corpora.load(asked, lay(tmp_path, "Actor_01/03-01-01-01-01-01-01.wav"))


def test_two_corpora_in_one_folder_are_no_mistake(tmp_path):
    lay(tmp_path, "Actor_01/03-01-01-01-01-01-01.wav", *PATHS["subesco"])
    assert len(corpora.load("ravdess", tmp_path)) == 1


def test_an_unknown_layout_shows_an_example(tmp_path):
    with pytest.raises(corpora.CorpusError, match="such as a.wav, but .* named like Actor_12/03-01-05-01-02-01-12.wav"):
        corpora.load("ravdess", lay(tmp_path, "a.wav"))


def test_an_unknown_corpus_names_the_nearest():
    with pytest.raises(corpora.CorpusError, match="Unknown corpus 'ravdes' .did you mean 'ravdess'.*crema-d"):
        corpora.load("ravdes", "nowhere")


def test_a_loop_of_links_ends(tmp_path):
    lay(tmp_path, "Actor_01/03-01-01-01-01-01-01.wav")
    (tmp_path / "Actor_01" / "again").symlink_to(tmp_path)
    clips = corpora.load("ravdess", tmp_path)
    assert len(clips) == 1 and clips.attrs["left_out"] == {}


def test_a_linked_folder_is_followed_and_keeps_its_name(tmp_path):
    lay(tmp_path / "store", "03-01-01-01-01-01-01.wav")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Actor_01").symlink_to(tmp_path / "store")
    clips = corpora.load("ravdess", tmp_path / "data")
    assert clips["file"].tolist() == [str(tmp_path / "data" / "Actor_01" / "03-01-01-01-01-01-01.wav")]


# Clips as a file

def test_clips_come_back_from_their_file_wherever_the_corpus_stands(tmp_path):
    clips = corpora.load("ravdess", lay(tmp_path / "here", *ravdess_names()[:40]))
    corpora.write_clips(tmp_path / "clips.csv", clips, tmp_path / "here")
    assert str(tmp_path) not in (tmp_path / "clips.csv").read_text()
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = corpora.read_clips(tmp_path / "clips.csv", tmp_path / "there")
    pd.testing.assert_frame_equal(moved, corpora.load("ravdess", tmp_path / "there"))


def test_clips_of_two_folders_keep_apart(tmp_path):
    roots = [tmp_path / "a", tmp_path / "b"]
    clips = pd.concat([corpora.load("ravdess", lay(root, *ravdess_names()[:2])) for root in roots], ignore_index=True)
    corpora.write_clips(tmp_path / "clips.csv", clips, roots)
    assert corpora.read_clips(tmp_path / "clips.csv", roots)["file"].tolist() == clips["file"].tolist()
    with pytest.raises(corpora.CorpusError, match="written with 2 corpus folders"):
        corpora.read_clips(tmp_path / "clips.csv", roots[0])


def test_a_clip_outside_of_the_folder_is_not_written(tmp_path):
    clips = corpora.load("ravdess", lay(tmp_path / "a", *ravdess_names()[:2]))
    with pytest.raises(corpora.CorpusError, match="lies outside of"):
        corpora.write_clips(tmp_path / "clips.csv", clips, tmp_path / "b")
    assert not (tmp_path / "clips.csv").exists()


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "a/../../b.wav", "..", ".", "a\0b"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, file):
    (tmp_path / "clips.csv").write_text(f"file,emotion,speaker\n{file},happy,a\n")
    with pytest.raises(corpora.CorpusError, match="clips.csv names .* which is no file inside"):
        corpora.read_clips(tmp_path / "clips.csv", tmp_path / "data")


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_no_name_whatever_leads_out_of_the_folder(name):
    from emokit.corpora.folder import inside

    root = Path("/data/corpus")
    with suppress(corpora.CorpusError):
        assert Path(inside(root, name, "x")).relative_to(root).parts[0] != ".."


def test_numbers_come_back_as_numbers_and_codes_as_texts(tmp_path):
    rows = ["file,emotion,speaker,age,code,take", "a.wav,happy,01,31,007,01", "b.wav,sad,02,,8,02"]
    (tmp_path / "clips.csv").write_text("\n".join(rows))
    clips = corpora.read_clips(tmp_path / "clips.csv", tmp_path)
    assert clips["age"].tolist()[0] == 31 and clips["age"].isna()[1]
    assert clips["speaker"].tolist() == ["01", "02"] and clips["code"].tolist() == ["007", "8"]


def test_a_table_of_findings_keeps_rows_without_a_file(tmp_path):
    findings = pd.DataFrame({"check": ["silent", "balance"], "file": [str(tmp_path / "a.wav"), None]})
    corpora.write_clips(tmp_path / "findings.csv", findings, tmp_path)
    again = corpora.read_clips(tmp_path / "findings.csv", tmp_path)
    assert again["file"].tolist()[0] == str(tmp_path / "a.wav") and pd.isna(again["file"][1])


def test_a_column_in_which_nothing_is_known_stays_a_text(tmp_path):
    (tmp_path / "reviews.csv").write_text("file,label,note\na.wav,,\n")
    reviews = corpora.read_clips(tmp_path / "reviews.csv", tmp_path).fillna({"label": "", "note": ""})
    assert reviews.iloc[0][["label", "note"]].tolist() == ["", ""]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_lose_no_digit_in_the_file(numbers):
    with tempfile.TemporaryDirectory() as folder:
        clips = pd.DataFrame({"file": [f"{folder}/{n}.wav" for n in range(len(numbers))], "p_happy": numbers})
        corpora.write_clips(f"{folder}/predictions.csv", clips, folder)
        assert corpora.read_clips(f"{folder}/predictions.csv", folder)["p_happy"].tolist() == numbers


# Another corpus
