"""Folders of one's own, as they lie: which level is the class, speaker, part; patterns; several as one corpus."""

import json
import os
import re
from pathlib import Path

import pytest
from laid_out import lay, write

from emokit import groups
from emokit.audit.names import named_like_copies
from emokit.corpora import CorpusError
from emokit.corpora.own import folders, patterns
from emokit.corpora.own.layout import at_level, same_names

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def read(root, *names, **options):
    return folders.read(lay(root / "mine", *names), **options)


def told(clips, root):
    """What is said of each clip: {path: (emotion, speaker, part)}, None for nothing."""
    columns = [clips.get(column, clips["file"].map(lambda _: None)) for column in ("emotion", "speaker", "part")]
    columns = [column.astype("object").where(column.notna(), None) for column in columns]
    paths = [os.path.relpath(file, root / "mine") for file in clips["file"]]
    whole = zip(*columns, strict=True)
    return {
        path: tuple(text and text.removeprefix("mine/") for text in row)
        for path, row in zip(paths, whole, strict=True)
    }  # fmt: skip


# Levels

LAYOUTS = {
    "speaker, emotion, enclosed": {
        "ESD/0011/Angry/x.wav": ("angry", "0011", None), "ESD/0011/Sad/x.wav": ("sad", "0011", None),
        "ESD/0012/Angry/x.wav": ("angry", "0012", None), "ESD/0012/Sad/x.wav": ("sad", "0012", None),
    },
    "speakers with names": {
        "CASIA/liu/angry/201.wav": ("angry", "liu", None), "CASIA/wang/happy/202.wav": ("happy", "wang", None),
    },
    "speaker and emotion in one": {
        "bea_Amused/x.wav": ("Amused", "bea", None), "bea_Angry/x.wav": ("angry", "bea", None),
        "josh_Sleepy/x.wav": ("Sleepy", "josh", None), "josh_Jolly/x.wav": ("Jolly", "josh", None),
    },
    "emotion and speaker in one": {
        "angry-bea/x.wav": ("angry", "bea", None), "sad-josh/x.wav": ("sad", "josh", None),
    },
    "an emotion of two words": {
        "OAF_Pleasant_surprise/x.wav": ("surprised", "OAF", None), "YAF_sad/x.wav": ("sad", "YAF", None),
    },
    "part, emotion, speaker": {
        "train/angry/spk1/x.wav": ("angry", "spk1", "train"), "VAL/sad/spk2/x.wav": ("sad", "spk2", "dev"),
        "test/sad/spk1/y.wav": ("sad", "spk1", "test"),
    },
    "speaker, emotion, part": {
        "0011/Angry/train/1.wav": ("angry", "0011", "train"), "0012/Sad/evaluation/2.wav": ("sad", "0012", "test"),
    },
    "part and emotion in one": {
        "train_angry/x.wav": ("angry", None, "train"),
        "test-sad/x.wav": ("sad", None, "test"),
        "train_sad/x.wav": ("sad", None, "train"),
    },
    "sex and emotion in one, then a speaker": {
        "female_angry/anna/x.wav": ("angry", "anna", None),
        "male_sad/ben/x.wav": ("sad", "ben", None),
    },
    "numbered batches of a class": {
        "angry_1/x.wav": ("angry", None, None),
        "angry_2/x.wav": ("angry", None, None),
        "sad_1/x.wav": ("sad", None, None),
        "sad_2/x.wav": ("sad", None, None),
    },
    "numbers of speakers before the emotion": {
        "0011_Angry/x.wav": ("angry", "0011", None),
        "0012_Angry/x.wav": ("angry", "0012", None),
        "0011_Sad/x.wav": ("sad", "0011", None),
    },
    "several that enclose": {
        "data/v2/wavs/anna/happy/x.wav": ("happy", "anna", None), "data/v2/wavs/ben/sad/x.wav": ("sad", "ben", None),
    },
    "classes with numbers": {"1_angry/x.wav": ("angry", None, None), "2_sad/x.wav": ("sad", None, None)},
    "codes": {"ang/x.wav": ("angry", None, None), "hap/x.wav": ("happy", None, None)},
    "another language": {"Wut/x.wav": ("Wut", None, None), "Freude/x.wav": ("Freude", None, None)},
    "accents in two codings": {
        "wu\u0308tend/x.wav": ("wütend", None, None), "sad/x.wav": ("sad", None, None),
    },
    "one called speaker among others": {
        "English/Speaker 1/angry/x.wav": ("angry", "Speaker 1", None),
        "German/Speaker 2/sad/x.wav": ("sad", "Speaker 2", None),
    },
    "a level that is no speaker": {
        "session1/anna/angry/x.wav": ("angry", "anna", None), "session2/ben/sad/x.wav": ("sad", "ben", None),
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_level_that_speaks_of_emotions_is_the_class_one_of_parts_the_part_and_one_that_remains_the_speaker(
    layout, tmp_path
):
    assert told(read(tmp_path, *layout), tmp_path) == layout


def test_what_each_level_was_taken_for_is_told_from_the_top(tmp_path):
    clips = read(tmp_path, *LAYOUTS["speaker, emotion, enclosed"])
    assert clips.attrs["understood"] == [
        "level 1, one folder, 'ESD': not read, since there is but one",
        "level 2, 2 folders such as '0011': speaker",
        "level 3, 2 folders such as 'Angry': emotion",
        "folders of 0011 and 0012 hold the same file names; if these are versions of the same recordings, tell the "
        "speakers by speaker_pattern",
    ]
    clips = read(tmp_path / "more", *LAYOUTS["speaker and emotion in one"])
    assert clips.attrs["understood"] == [
        "level 1, 4 folders such as 'bea_Amused': speaker and emotion; 'Jolly' kept as said"
    ]


def test_folders_of_women_and_men_are_no_speakers(tmp_path):
    clips = read(tmp_path, "female/angry/x.wav", "male/sad/x.wav")
    assert clips["sex"].tolist() == ["female", "male"] and clips["speaker"].isna().all()


def test_names_that_are_no_known_emotions_are_classes_where_half_of_their_level_are(tmp_path):
    clips = read(tmp_path, "angry/1.wav", "sad/1.wav", "glitchy/1.wav", "zany/1.wav")
    assert sorted(clips["emotion"]) == ["angry", "glitchy", "sad", "zany"]
    assert clips.attrs["understood"][0].endswith("emotion; 'glitchy', 'zany' kept as said")
    assert set(read(tmp_path / "more", "smug/1.wav", "tender/1.wav")["emotion"]) == {"smug", "tender"}
    with pytest.raises(CorpusError, match="No level of folders"):
        read(tmp_path / "less", "angry/1.wav", "anna/1.wav", "glitchy/1.wav")


def test_a_speaker_called_joy_does_not_make_speakers_the_classes(tmp_path):
    clips = read(tmp_path, "Joy/angry/x.wav", "Ann/sad/x.wav")
    assert told(clips, tmp_path) == {"Joy/angry/x.wav": ("angry", "Joy", None), "Ann/sad/x.wav": ("sad", "Ann", None)}


def test_a_word_for_no_decision_is_a_class_folder_and_decides_nothing(tmp_path):
    clips = read(tmp_path, "angry/1.wav", "unknown/1.wav", "other/1.wav", "no agreement/1.wav", "xxx/1.wav")
    assert clips["emotion"].dropna().tolist() == ["angry"]
    assert set(clips["label"]) == {"angry", "unknown", "other", "no agreement", "xxx"}


SPEAKERS_ONLY = ["ESD/0011/a1/x.wav", "ESD/0011/a2/x.wav", "ESD/0012/a1/x.wav", "ESD/0012/a2/x.wav"]


def test_where_no_level_speaks_of_emotions_it_stops_with_the_layout_and_two_patterns(tmp_path):
    with pytest.raises(CorpusError) as refused:
        read(tmp_path, *SPEAKERS_ONLY)
    said = str(refused.value)
    assert "level 1, one folder, 'ESD'; level 2, 2 folders such as '0011'; level 3, 2 folders such as 'a1'" in said
    emotion, speaker = re.findall(r"_pattern, such as '([^']+)'", said)
    clips = read(tmp_path, emotion_pattern=emotion, speaker_pattern=speaker)
    assert set(clips["emotion"]) == {"a1", "a2"} and set(clips["speaker"]) == {"mine/0011", "mine/0012"}
    assert "\n" not in said and len(re.findall(r"\. ", said)) == 0


@pytest.mark.parametrize(
    ("names", "emotions"),
    [
        (["x_sad.wav", "y_angry.wav", "z_sad.mp3"], ["sad", "angry", "sad"]),
        (["sad-01.wav", "angry-02.wav"], ["angry", "sad"]),
        (["anna/01_sad_2.wav", "ben/01_angry_1.wav"], ["sad", "angry"]),
        (["p1/happy12.wav", "p2/fear3.wav"], ["happy", "fearful"]),
    ],
)
def test_the_pattern_that_is_offered_finds_the_emotions_in_the_names_of_files(names, emotions, tmp_path):
    with pytest.raises(CorpusError) as refused:
        read(tmp_path, *names)
    emotion, _ = re.findall(r"_pattern, such as '([^']+)'", str(refused.value))
    assert sorted(read(tmp_path, emotion_pattern=emotion)["emotion"]) == sorted(emotions)


def test_folders_that_are_called_actors_are_offered_as_speakers_and_not_as_emotions(tmp_path):
    with pytest.raises(CorpusError) as refused:
        read(tmp_path, "Actor_01/03-01-05.wav", "Actor_02/03-01-06.wav")
    emotion, speaker = re.findall(r"_pattern, such as '([^']+)'", str(refused.value))
    clips = read(tmp_path, emotion_pattern=emotion, speaker_pattern=speaker)
    assert set(clips["emotion"]) == {"05", "06"} and set(clips["speaker"]) == {"mine/Actor_01", "mine/Actor_02"}


def test_two_levels_that_speak_of_emotions_are_not_chosen_from(tmp_path):
    names = ["angry/sad/1.wav", "sad/angry/2.wav"]
    with pytest.raises(
        CorpusError, match=r"Two levels of folders speak of emotions .level 1.*level 2.*emotion_pattern"
    ):
        read(tmp_path, *names)
    assert read(tmp_path, emotion_pattern=at_level(2)).sort_values("file")["emotion"].tolist() == ["sad", "angry"]


def test_of_several_levels_that_may_be_the_speaker_none_is_taken_and_that_is_told(tmp_path):
    clips = read(tmp_path, "English/0001/Angry/x.wav", "Mandarin/0002/Sad/y.wav")
    assert clips["speaker"].isna().all()
    first, second, _, last = clips.attrs["understood"]
    assert "several levels may be the speaker" in first and last.startswith("no speaker is known")
    assert first.endswith("'^([^/]+)/'") and second.endswith("'^[^/]+/([^/]+)/'")
    clips = read(tmp_path, speaker_pattern="^[^/]+/([^/]+)/")
    assert set(clips["speaker"]) == {"mine/0001", "mine/0002"}


@pytest.mark.parametrize("layout", ["{}/{}/x.wav", "{1}/{0}/x.wav", "{1}_{0}/x.wav", "{0}_{1}/x.wav"])
@pytest.mark.parametrize(
    "versions", ["orig pitch stretch", "clean noisy reverb fast", "raw ps ts awgn", "clean snr10 snr5", "phone studio"]
)
def test_versions_of_the_same_recordings_are_no_speakers_and_one_group(versions, layout, tmp_path):
    emotions = ("angry", "sad")
    clips = read(tmp_path, *(layout.format(one, emotion) for one in versions.split() for emotion in emotions))
    assert len(clips) == 2 * len(versions.split()) and clips["speaker"].isna().all()
    assert {*clips["emotion"]} == {*emotions} and groups.of(clips).groupby(clips["emotion"]).nunique().eq(1).all()
    assert "_" in layout or "called like versions of the same recordings" in "\n".join(clips.attrs["understood"])


def test_originals_beside_folders_of_their_copies_are_read_and_nobody_is_called_pitch(tmp_path):
    names = [f"{emotion}{how}/x.wav" for emotion in ("angry", "sad") for how in ("", "_pitch", "_stretch")]
    clips = read(tmp_path, *names)
    assert clips["emotion"].value_counts().to_dict() == {"angry": 3, "sad": 3} and clips["speaker"].isna().all()


def test_speakers_stay_speakers_beside_versions_of_their_recordings(tmp_path):
    clips = read(tmp_path, *(f"{how}/{who}/sad/1.wav" for how in ("clean", "noisy") for who in ("ann", "ben")))
    assert clips["speaker"].value_counts().to_dict() == {"mine/ann": 2, "mine/ben": 2}
    assert groups.of(clips).groupby(clips["speaker"]).nunique().eq(1).all()


@pytest.mark.parametrize("layout", ["{}/{}/01.wav", "{1}/{0}/01.wav"])
@pytest.mark.parametrize(
    ("people", "named"),
    [("0 1 2 3", "0, 1, 2 and 3"), ("v01 v02", "v01 and v02"), ("a b c d e f g", "a, b, c, d, e and 2 more")],
)
def test_speakers_whose_folders_hold_the_same_names_are_speakers_and_that_is_told_and_found(
    people, named, layout, tmp_path
):
    clips = read(tmp_path, *(layout.format(who, emotion) for who in people.split() for emotion in ("angry", "sad")))
    said = f"folders of {named} hold the same file names"
    assert clips["speaker"].nunique() == len(people.split()) and said in clips.attrs["understood"][-1]
    assert [finding.found for finding in named_like_copies(clips)] == [said]


def test_speakers_who_are_called_so_or_whose_names_differ_are_believed(tmp_path):
    for n, people in enumerate(("spk1 spk2", "Actor_01 Actor_02")):
        clips = read(tmp_path / str(n), *(f"{who}/sad/01.wav" for who in people.split()))
        assert not same_names(clips) and clips["speaker"].nunique() == 2 and not [*named_like_copies(clips)]
    clips = read(tmp_path / "names", *(f"{who}/sad/{who}_01.wav" for who in ("ann", "ben")))
    assert not same_names(clips)


def test_takes_and_folders_of_one_clip_are_not_offered_as_speakers(tmp_path):
    clips = read(tmp_path, "take_1/angry/x.wav", "take_2/sad/x.wav")
    assert clips["speaker"].isna().all() and "such names are no speakers" in clips.attrs["understood"][0]
    clips = read(
        tmp_path / "more", *(f"{emotion}/{n}{emotion}/x.wav" for emotion in ("sad", "angry") for n in range(6))
    )
    assert clips["speaker"].isna().all() and "each holds one clip" in clips.attrs["understood"][1]


# What is left out


def test_a_few_strangers_are_left_out_and_named_and_not_the_end(tmp_path):
    usual = ["anna/angry/1.wav", "ben/sad/1.wav", "ben/angry/deep/1.wav", "anna/sad/2.wav", "anna/happy/2.wav"]
    clips = read(tmp_path, *usual, "stray.wav", "angry/ben/1.wav", "anna/odd/angry/2.wav")
    assert set(told(clips, tmp_path)) == set(usual)
    assert clips.attrs["left_out"] == {
        "in no class folder": "1 file, such as stray.wav",
        "in folders of another order than the rest": "2 files, such as angry/ben/1.wav",
    }


def test_a_folder_beside_those_of_the_parts_is_no_part_and_no_speaker(tmp_path):
    clips = read(tmp_path, "train/angry/1.wav", "test/sad/1.wav", "backup/sad/1.wav")
    assert set(clips["part"]) == {"train", "test"} and clips["speaker"].isna().all()
    assert clips.attrs["left_out"] == {"beside the folders of the parts": "1 file, such as backup/sad/1.wav"}


def test_every_file_is_read_or_named_and_hidden_ones_apart(tmp_path):
    media = ["webm", "mp4", "m4a", "3gp", "amr", "wave", "wma", "aac", "avi", "mkv", "mov", "wav", "MP3"]
    sounds = [f"{emotion}/x.{ending}" for emotion in ("angry", "sad") for ending in media]
    others = [
        *(f"sad/{n}.txt" for n in range(12)),
        "sad/x.LAB",
        "LICENCE",
        ".DS_Store",
        "sad/._x.wav",
        "__MACOSX/y.wav",
    ]
    clips = read(tmp_path, *sounds, *others)
    assert len(clips) == len(sounds)
    assert clips.attrs["left_out"] == {
        "no sound, by its suffix": "14 files (12 × .txt, 1 × no suffix, 1 × .lab), such as LICENCE"
    }


def test_names_that_differ_by_a_suffix_are_all_kept(tmp_path):
    names = {f"sad/{name}.wav" for name in ("x", "x_pitch", "x_noise", "x (1)", "x_copy")}
    assert set(told(read(tmp_path, *names, "angry/y.wav"), tmp_path)) == {*names, "angry/y.wav"}


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    root = lay(tmp_path / "mine", "angry/1.wav", "sad/1.wav", "sad/closed/2.wav")
    scandir = os.scandir

    def closed(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    clips = folders.read(root)
    assert (
        clips.attrs["left_out"] == {"a folder that may not be read": "1 file, such as sad/closed"} and len(clips) == 2
    )


def test_a_link_to_itself_and_a_name_that_is_not_utf8_are_not_the_end(tmp_path):
    root = lay(tmp_path / "mine", "angry/1.wav", "sad/1.wav")
    (root / "sad" / "round").symlink_to(root / "sad")
    (root / "sad" / "self.txt").symlink_to(root / "sad" / "self.txt")
    (root / "sad" / os.fsdecode(b"caf\xe9.wav")).touch()
    clips = folders.read(root)
    assert len(clips) == 2 and clips.attrs["left_out"] == {
        "a name that is not UTF-8": "1 file, such as sad/caf\\xe9.wav",
        "no sound, by its suffix": "1 file (1 × .txt), such as sad/self.txt",
    }


# Patterns


def test_patterns_see_the_path_below_the_folder_with_slashes_and_without_suffix(tmp_path):
    clips = read(tmp_path, "x/anna_sad.wav", "y/ben_angry.flac", emotion_pattern=r"_([a-z]+)$",
                 speaker_pattern=r"/([a-z]+)_")  # fmt: skip
    assert told(clips, tmp_path) == {
        "x/anna_sad.wav": ("sad", "anna", None), "y/ben_angry.flac": ("angry", "ben", None)
    }  # fmt: skip
    assert read(tmp_path, speaker_pattern="^(.)/", emotion_pattern="_(.+)").attrs["understood"][1:] == [
        "emotion_pattern, 2 found in the paths, such as 'angry': emotion",
        "speaker_pattern, 2 found in the paths, such as 'x': speaker",
    ]


def test_an_emotion_in_the_name_leaves_the_level_to_the_speaker(tmp_path):
    clips = read(tmp_path, "anna/x_sad.wav", "ben/x_angry.wav", emotion_pattern="_([a-z]+)$")
    assert set(clips["speaker"]) == {"mine/anna", "mine/ben"}


def test_a_level_in_which_the_emotion_is_found_is_not_the_speaker(tmp_path):
    clips = read(tmp_path, "Q1/anna/x.wav", "Q2/ben/y.wav", emotion_pattern="^(Q.)/")
    assert clips["emotion"].tolist() == ["Q1", "Q2"] and clips["speaker"].tolist() == ["mine/anna", "mine/ben"]


def test_the_first_group_that_is_found_counts(tmp_path):
    clips = read(tmp_path, "sad_x.wav", "y_angry.wav", emotion_pattern="^(sad|angry)_|_(sad|angry)$")
    assert sorted(clips["emotion"]) == ["angry", "sad"]


def test_a_pattern_for_names_is_looked_for_in_them_where_no_path_has_it_and_that_is_told(tmp_path):
    clips = read(tmp_path, "angry/anna_1.wav", "sad/ben_1.wav", speaker_pattern="^([a-z]+)_")
    assert set(clips["speaker"]) == {"mine/anna", "mine/ben"}
    assert "names of the files, since no path has it" in clips.attrs["understood"][-1]


def test_files_in_which_a_pattern_finds_nothing_are_left_out_and_named(tmp_path):
    names = ["x_sad.wav", "y_angry.wav", "odd.wav"]
    clips = read(tmp_path, *names, emotion_pattern="_([a-z]+)$")
    assert len(clips) == 2 and clips.attrs["left_out"] == {
        "nothing found by emotion_pattern": "1 file, such as odd.wav"
    }
    names = ["angry/anna1.wav", "sad/ben2.wav", "sad/77.wav"]
    clips = read(tmp_path / "more", *names, speaker_pattern="/([a-z]+)[0-9]+$")
    assert clips.attrs["left_out"] == {"nothing found by speaker_pattern": "1 file, such as sad/77.wav"}


@pytest.mark.parametrize("parameter", ["emotion_pattern", "speaker_pattern"])
@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("([a-z", r" '\(\[a-z' is no regular expression \(unterminated character set at position 1\); correct it"),
        ("sad", " 'sad' has no group; put what it is to find into"),
        (r"(\d{9})", r" '\(\\d\{9\}\)' finds nothing in any of 2 paths; it sees each as 'angry/1'"),
    ],
)
def test_a_pattern_that_cannot_do_is_one_sentence(parameter, pattern, said, tmp_path):
    with pytest.raises(CorpusError, match=parameter + said) as refused:
        read(tmp_path, "angry/1.wav", "sad/1.wav", **{parameter: pattern})
    assert "\n" not in str(refused.value)


def test_each_way_that_is_offered_has_one_group():
    assert all(re.compile(pattern).groups == 1 for pattern in (*patterns.IN_NAMES, patterns.SPEAKER_EXAMPLE))


# Several folders


def test_several_folders_are_one_corpus_in_which_a_name_is_one_person_and_words_for_parts_are_parts(tmp_path):
    lay(tmp_path, *(f"esd_{part}/{who}/{emotion}/{part}.wav" for part in ("train", "eval") for who in ("anna", "ben")
                    for emotion in ("sad", "angry")))  # fmt: skip
    clips = folders.read([tmp_path / "esd_train", tmp_path / "esd_eval"], name="esd-own")
    assert set(clips["speaker"]) == {"esd-own/anna", "esd-own/ben"} and set(clips["corpus"]) == {"esd-own"}
    assert clips.groupby("part")["file"].count().to_dict() == {"test": 4, "train": 4}
    assert all(
        ("esd_train" in file) == (part == "train") for file, part in zip(clips["file"], clips["part"], strict=True)
    )
    assert clips.attrs["understood"][0] == "the folders given, 2 folders such as 'esd_eval': part"
    assert not clips["file"].duplicated().any()


def test_patterns_see_the_path_below_each_of_several_folders_whose_names_are_no_speakers(tmp_path):
    lay(tmp_path, "disk1/anna/x_sad.wav", "disk2/anna/y_angry.wav", "disk2/ben/y_sad.wav", "disk2/odd.wav")
    places = [tmp_path / "disk1", tmp_path / "disk2"]
    clips = folders.read(places, emotion_pattern="_([a-z]+)$")
    assert set(clips["speaker"].str.split("/").str[-1]) == {"anna", "ben"} and clips["corpus"].iloc[0] == tmp_path.name
    assert clips.attrs["left_out"] == {"disk2: nothing found by emotion_pattern": "1 file, such as odd.wav"}
    assert folders.read(places, emotion_pattern="_([a-z]+)$", speaker_pattern="^([^/]+)/")["speaker"].nunique() == 2


def test_a_link_from_one_folder_given_to_another_is_followed_and_one_out_of_all_is_refused(tmp_path):
    one, two = lay(tmp_path / "one", "angry/1.wav"), lay(tmp_path / "two", "sad/1.wav")
    (one / "sad").symlink_to(two / "sad")
    assert len(folders.read([one, two])) == 3
    with pytest.raises(CorpusError, match="'sad/1.wav', a link out of .*one; put the file itself there"):
        folders.read(one)


def test_a_folder_given_twice_is_refused(tmp_path):
    one = lay(tmp_path / "one", "more/angry/1.wav", "more/sad/1.wav")
    for places in ([one, one / "more"], [one, one]):
        with pytest.raises(CorpusError, match="so its clips would be there twice; give one of them"):
            folders.read(places)


def test_what_is_left_out_of_folders_that_are_called_alike_is_told_of_each(tmp_path):
    places = [lay(tmp_path / part / "own", "angry/1.wav", "sad/1.wav", "n.txt") for part in ("a", "b")]
    assert len(folders.read(places).attrs["left_out"]) == 2


def test_a_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    lay(tmp_path / "mine", "angry/1.wav", "sad/1.wav")
    assert len(folders.read("~/mine")) == 2


# The table that lies there


def test_a_table_that_lies_there_is_offered(tmp_path):
    write(tmp_path / "mine" / "labels.csv", "file,emotion", "a.wav,sad")
    with pytest.raises(CorpusError, match=r"or read labels.csv, which lies there, by corpus table"):
        read(tmp_path, "a.wav", "b.wav")
    lay(tmp_path / "mine", "sad/c.wav", "angry/c.wav")
    assert folders.read(tmp_path / "mine").attrs["understood"][-1].startswith("labels.csv, which lies here too")


# Notebook 01


def test_01_tells_first_how_it_understood_the_folders(tmp_path, capsys):
    lay(tmp_path / "calls", "anna/happy/1.wav", "ben/sad/1.wav", "notes.txt")
    cells = json.loads((NOTEBOOKS / "01_data.ipynb").read_text(encoding="utf-8"))["cells"]
    declared, checked, imports, load = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"][:4]
    space = {}
    for source in (declared, f"corpus, data_dir = 'folders', {str(tmp_path / 'calls')!r}", checked, imports, load):
        exec(source, space)
    assert capsys.readouterr().out.splitlines()[:4] == [
        "level 1, 2 folders such as 'anna': speaker",
        "level 2, 2 folders such as 'happy': emotion",
        "left out, no sound, by its suffix: 1 file (1 × .txt), such as notes.txt",
        "2 clips of 2 speakers, 2 emotions",
    ]
