"""Your own corpus as folders, its words for emotions, and several corpora as one."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laid_out import lay, write

from emokit import audit, corpora, splits
from emokit.emotions import EMOTIONS, SYNONYMS, named

# Words

@given(
    st.sampled_from([*SYNONYMS, *EMOTIONS]), st.sampled_from([str.upper, str.title, str.lower]), st.sampled_from(" _-")
)
def test_a_synonym_is_known_in_any_spelling(label, spelling, between):
    assert named(f" {spelling(label).replace(' ', between)} ") == SYNONYMS.get(label, label)


def test_every_synonym_leads_to_a_word_of_the_vocabulary():
    assert set(SYNONYMS.values()) <= set(EMOTIONS)
    assert not set(SYNONYMS) & set(EMOTIONS)


# Folders

def test_a_folder_a_class_becomes_clips(tmp_path):
    clips = corpora.load("folders", lay(tmp_path / "calls", "Anger/x1.wav", "joy/deep/y.flac", "neutral/z.mp3"))
    assert clips["emotion"].tolist() == ["angry", "happy", "neutral"]
    assert set(clips["corpus"]) == {"calls"} and clips["speaker"].isna().all()


def test_your_own_corpora_are_called_as_you_say(tmp_path):
    lay(tmp_path, "calls/angry/anna_1.wav", "calls/sad/ben_1.wav", "table/x.wav")
    write(tmp_path / "table" / "clips.csv", "file,emotion,speaker", "x.wav,sad,anna")
    one = corpora.load("folders", tmp_path / "calls", called="first", speaker_pattern=r"^([a-z]+)_")
    assert set(one["corpus"]) == {"first"} and set(one["speaker"]) == {"first/anna", "first/ben"}
    both = {"name": ["folders", "table"], "data_dir": [tmp_path / "calls", tmp_path / "table" / "clips.csv"]}
    assert set(corpora.load(**both, called=["a", "b"])["corpus"]) == {"a", "b"}
    with pytest.raises(corpora.CorpusError, match="2 corpora are called by as many names, in that order; received 1"):
        corpora.load(**both, called="a")


def test_an_enclosing_folder_is_stepped_into(tmp_path):
    clips = corpora.load("folders", lay(tmp_path, "calls/data/angry/1.wav", "calls/data/sad/1.wav", "calls/readme.txt"))
    assert clips["emotion"].tolist() == ["angry", "sad"]


def test_the_speaker_is_read_from_the_name_when_told_how(tmp_path):
    lay(tmp_path, "angry/anna_1.wav", "sad/ben_1.wav")
    clips = corpora.load("folders", tmp_path, speaker_pattern=r"^([a-z]+)_")
    assert clips["speaker"].str.split("/").str[1].tolist() == ["anna", "ben"]


def test_a_link_out_of_the_folders_is_refused_in_words_that_fit(tmp_path):
    root = lay(tmp_path / "calls", "angry/a.wav", "sad/a.wav")
    lay(tmp_path / "store", "b.wav")
    (root / "sad" / "b.wav").symlink_to(tmp_path / "store" / "b.wav")
    with pytest.raises(corpora.CorpusError, match="'sad/b.wav', a link out of .*calls; put the file itself there"):
        corpora.load("folders", root)


def test_clips_beside_the_class_folders_are_left_out_and_said(tmp_path):
    clips = corpora.load("folders", lay(tmp_path, "angry/1.wav", "sad/1.wav", "stray.wav"))
    assert clips.attrs["left_out"] == {"in no class folder": "1 file, such as stray.wav"}


def test_a_folder_named_like_a_clip_is_listed_so_that_the_audit_names_it(tmp_path):
    lay(tmp_path, "angry/1.wav", "sad/1.wav")
    (tmp_path / "sad" / "2.wav").mkdir()
    assert str(tmp_path / "sad" / "2.wav") in corpora.load("folders", tmp_path)["file"].tolist()


# Several

@pytest.fixture
def two(tmp_path) -> list[Path]:
    names = [f"03-01-0{emotion}-01-01-01-0{actor}.wav" for emotion in (1, 2, 3, 4) for actor in (1, 2)]
    return [
        lay(tmp_path / "ravdess", *names),
        lay(tmp_path / "crema", *(f"1001_DFA_{code}_XX.wav" for code in ("NEU", "HAP", "ANG"))),
    ]


def test_two_corpora_keep_the_classes_that_both_have_and_name_the_others(two):
    clips = corpora.load(["ravdess", "crema-d"], two)
    assert clips.groupby("corpus")["emotion"].unique().map(sorted).to_dict() == {
        "crema-d": ["happy", "neutral"], "ravdess": ["happy", "neutral"]
    }  # fmt: skip
    assert clips.attrs["dropped"] == {
        "calm": "2 clips of ravdess", "sad": "2 clips of ravdess", "angry": "1 clips of crema-d"
    }  # fmt: skip
    assert clips.index.tolist() == list(range(len(clips)))
    assert sorted(clips["speaker"].unique()) == ["crema-d/1001", "ravdess/01", "ravdess/02"]


def test_one_corpus_in_a_list_and_a_folder_with_a_comma_are_fine(tmp_path):
    folder = lay(tmp_path / "a, b", "03-01-01-01-01-01-01.wav")
    assert len(corpora.load(["ravdess"], [folder])) == len(corpora.load("ravdess", str(folder))) == 1


def test_all_classes_or_named_ones_are_kept(two):
    assert len(corpora.load(["ravdess", "crema-d"], two, classes="all")) == 11
    assert set(corpora.load(["ravdess", "crema-d"], two, classes=["sad", "angry"])["emotion"]) == {"sad", "angry"}
    assert set(corpora.load("ravdess", two[0], classes=["calm"])["emotion"]) == {"calm"}


def test_a_class_that_no_clip_has_is_named_with_its_neighbour(two):
    with pytest.raises(corpora.CorpusError, match="No clip is 'hapy' .did you mean 'happy'"):
        corpora.load("ravdess", two[0], classes="hapy")


def test_what_was_left_out_is_told_by_corpus(two):
    lay(two[1], "foreign.wav")
    clips = corpora.load(["ravdess", "crema-d"], two)
    assert clips.attrs["left_out"] == {
        "crema-d: not named like a clip of CREMA-D": "1 file, such as foreign.wav"
    }


def test_as_many_folders_as_corpora_are_needed(two):
    with pytest.raises(corpora.CorpusError, match="2 corpora need as many folders, in that order; received 1"):
        corpora.load(["ravdess", "crema-d"], two[:1])


def test_two_corpora_of_one_name_are_refused(tmp_path):
    for place in "ab":
        write(lay(tmp_path / place, "1.wav") / "t.csv", "file,emotion,speaker", "1.wav,sad,x")
    with pytest.raises(corpora.CorpusError, match="called 't'; .*parameter name .*called= in the library"):
        corpora.load(["table", "table"], [tmp_path / "a" / "t.csv", tmp_path / "b" / "t.csv"])


def test_a_published_corpus_takes_no_option(two):
    with pytest.raises(corpora.CorpusError, match="ravdess takes no speaker_pattern, which is for folders; leave it"):
        corpora.load("ravdess", two[0], speaker_pattern="x")
    with pytest.raises(TypeError, match="corpora.load has no option 'speaker_patern'; the readers take"):
        corpora.load("ravdess", two[0], speaker_patern="x")


def test_a_corpus_of_your_own_has_counts_without_expectation(tmp_path):
    clips = corpora.load("folders", lay(tmp_path / "mine", "sad/1.wav", "angry/1.wav"))
    table = corpora.counts(clips, "mine")
    assert table["clips"].to_dict() == {"sad": 1, "angry": 1} and table["expected"].isna().all()
    assert corpora.expected("mine") is None and corpora.about("mine")["licence"] == "not stated"


def test_a_speaker_in_a_file_name_is_one_however_its_accents_are_coded(tmp_path):
    lay(tmp_path / "mine", "sad/mu\u0308ller_1.wav", "sad/müller_2.wav", "wu\u0308tend/müller_3.wav")
    clips = corpora.load("folders", tmp_path / "mine", speaker_pattern="^([a-zü]+)_")
    assert set(clips["speaker"]) == {"mine/müller"} and set(clips["emotion"]) == {"sad", "wütend"}


def test_notes_promise_nothing_of_a_table_that_has_lost_what_loading_told(two):
    clips = corpora.load("ravdess", two[0])
    assert corpora.notes(clips) == "Nothing was left out, renamed or dropped in loading."
    both = corpora.load(["ravdess", "crema-d"], two)
    assert corpora.notes(both).startswith("class ") and "dropped" in corpora.notes(both)
    measured = pd.DataFrame({"duration": 1.0}, index=clips.index)
    for lost in (clips.join(measured), pd.concat([clips, both]), pd.DataFrame(clips.to_dict("list"))):
        assert corpora.notes(lost).startswith("What loading left out is not known of this table any more")


def test_notes_of_a_reader_that_tells_nothing_promise_nothing(two, monkeypatch):
    silent = lambda *_, **__: pd.DataFrame(corpora.load("ravdess", two[0]).to_dict("list"))  # noqa: E731
    monkeypatch.setitem(corpora.YOUR_OWN, "folders", lambda *_, **__: silent().assign(corpus="mine"))
    for names, folders in (("folders", two[0]), (["folders", "ravdess"], [two[0], two[0]])):
        assert corpora.notes(corpora.load(names, folders)).startswith("What loading left out is not known")


def test_attrs_are_plain_so_that_they_can_be_stored(two):
    json.dumps(corpora.load(["ravdess", "crema-d"], two).attrs)


def test_a_table_called_like_a_published_corpus_is_not_taken_for_it(tmp_path):
    files = [f"{who}/{emotion}.wav" for who in ("01", "02", "11", "20", "21") for emotion in ("sad", "angry")]
    lay(tmp_path, *files)
    table = pd.DataFrame({"file": files, "emotion": [Path(f).stem for f in files], "speaker": [f[:2] for f in files]})
    table.to_csv(tmp_path / "ravdess.csv", index=False)
    clips = corpora.load("table", tmp_path / "ravdess.csv")
    assert set(clips["corpus"]) == {"ravdess-table"} and clips["speaker"].str.startswith("ravdess-table/").all()
    assert not splits.absent_test_speakers(clips, fold=2)  # RAVDESS's fold 2 tests on four others
    assert set(splits.assign(clips, fold=2)["part"]) == {"train", "dev", "test"}
    assert not list(audit.labels.counts(clips))
