"""Labels by the user's leave: renamed, merged, kept apart, left out; one rule for published corpora and your own."""

import pandas as pd
import pytest

from emokit.corpora import CorpusError
from emokit.corpora.relabel import all_relabelled, relabelled


def clips(label, emotion, **attrs):
    table = pd.DataFrame({"file": [f"/c/{n}.wav" for n in range(len(label))], "emotion": emotion, "label": label})
    table = table.astype("str")
    table.attrs = {"left_out": {}, "mapping": {}} | attrs
    return table


DIALOGUE = clips(["hap", "exc", "sad", "xxx"], ["happy", "happy", "sad", None])


@pytest.mark.parametrize(
    ("labels", "emotions"),
    [
        ({}, ["happy", "happy", "sad"]),
        ({"exc": "excited"}, ["happy", "excited", "sad"]),  # kept apart
        ({"sad": "low", "happy": "high"}, ["high", "high", "low"]),  # by the emotion: what became happy goes along
        ({"exc": "excited", "happy": "glad"}, ["glad", "excited", "sad"]),  # the label as given comes first
        ({"sad": ""}, ["happy", "happy"]),  # left out
        ({"xxx": "undecided"}, ["happy", "happy", "sad", "undecided"]),
        ({"sad": "neutral", "hap": "neutral", "exc": "neutral"}, ["neutral"] * 3),  # merged
    ],
)
def test_a_label_becomes_the_emotion_that_labels_says(labels, emotions):
    changed = relabelled(DIALOGUE, labels)
    assert changed["emotion"].tolist() == emotions and changed.index.tolist() == list(range(len(emotions)))
    assert changed["label"].tolist() == ["hap", "exc", "sad", "xxx"][: len(emotions)]  # as given
    assert DIALOGUE["emotion"].tolist()[1] == "happy"  # the table itself stays


def test_what_was_renamed_and_left_out_is_in_attrs():
    changed = relabelled(DIALOGUE, {"exc": "excited", "sad": ""})
    assert changed.attrs["mapping"] == {"exc": "excited"}
    assert changed.attrs["left_out"] == {
        "label 'sad', as asked by labels": "1 file, such as c/2.wav",
        "label 'xxx', which stands for no emotion": "1 file, such as c/3.wav",
    }


def test_files_that_are_left_out_are_named_without_the_folders_of_this_machine():
    given = clips(["happy", "sad"], ["happy", "sad"])
    given["file"] = ["/home/anna/c/a.wav", "/home/anna/c/b.wav#t=1,2.5"]
    (said,) = relabelled(given, {"sad": ""}).attrs["left_out"].values()
    assert said == "1 file, such as c/b.wav#t=1,2.5"


def test_an_own_word_that_was_renamed_in_reading_is_renamed_otherwise_when_asked():
    own = clips(["excited", "sad"], ["happy", "sad"], mapping={"excited": "happy"})
    changed = relabelled(own, {"excited": "excited"})
    assert changed["emotion"].tolist() == ["excited", "sad"] and changed.attrs["mapping"] == {"excited": "excited"}


def test_a_table_without_the_column_label_goes_by_its_emotions():
    changed = relabelled(DIALOGUE.drop(columns="label").dropna(), {"sad": "low"})
    assert changed["emotion"].tolist() == ["happy", "happy", "low"]
    assert changed["label"].tolist() == ["happy", "happy", "sad"]


def test_a_clip_without_any_label_stays_for_the_audit():
    assert relabelled(clips([None, "sad"], [None, "sad"]), {"sad": "low"})["emotion"].isna().tolist() == [True, False]


def test_a_label_that_no_clip_has_is_refused_with_the_nearest():
    said = "labels names 'exd', but no clip has it .did you mean 'exc'.*; the labels are happy, sad, exc, hap, xxx"
    with pytest.raises(CorpusError, match=said):
        relabelled(DIALOGUE, {"exd": "excited"})


def test_of_several_corpora_one_has_to_have_the_label():
    other = clips(["ANG"], ["angry"])
    first, second = all_relabelled([DIALOGUE, other], {"exc": "excited", "angry": "cross"})
    assert "excited" in set(first["emotion"]) and second["emotion"].tolist() == ["cross"]
    assert first.attrs["mapping"] == {"exc": "excited"} and second.attrs["mapping"] == {"angry": "cross"}
    with pytest.raises(CorpusError, match="labels names 'bored'"):
        all_relabelled([DIALOGUE, other], {"bored": ""})


def test_nothing_left_is_said_with_the_reasons():
    with pytest.raises(CorpusError, match="None of the 1 clips is left .label 'xxx', which stands for no emotion"):
        relabelled(clips(["xxx"], [None]), {})


def test_accents_are_one_coding():
    changed = relabelled(clips(["col\u00e8re"], ["col\u00e8re"]), {"cole\u0300re": "angry"})
    assert changed["emotion"].tolist() == ["angry"]
