"""The corpora that are not at hand, laid out in full with their exact names: all counts are the published ones."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from laid_out import lay

from emokit import audit, corpora, splits
from emokit.corpora.getting.verify import checksums
from emokit.corpora.published import crema_d, emodb, emovo


def assert_complete(clips: pd.DataFrame, name: str) -> None:
    for by in ("emotion", "speaker"):
        table = corpora.counts(clips, name, by)
        assert (table["clips"] == table["expected"]).all(), table
    assert not clips[["file", "emotion", "speaker", "corpus", "sex", "language"]].isna().any().any()
    assert clips["file"].is_unique


# CREMA-D

@pytest.fixture(scope="module")
def crema(tmp_path_factory) -> Path:
    return lay(tmp_path_factory.mktemp("crema"), *checksums("crema-d"))


def test_whole_crema_d_has_its_published_counts(crema):
    clips = corpora.load("crema-d", crema)
    assert_complete(clips, "crema-d")
    assert clips["sex"].value_counts().to_dict() == {"male": 3930, "female": 3512}
    assert clips["intensity"].isna().sum() == 6077
    assert clips["intensity"].value_counts().to_dict() == {"low": 455, "medium": 455, "high": 455}
    assert clips["sentence"].value_counts()["It's eleven o'clock"] == 1456
    assert len(crema_d.WOMEN) == 43


def test_the_mp3s_of_crema_d_count_as_copies(tmp_path):
    lay(tmp_path, "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioWAV/1001_DFA_ANG_XX.wav", "VideoFlash/1001_DFA_ANG_XX.flv")
    assert [Path(file).suffix for file in corpora.load("crema-d", tmp_path)["file"]] == [".wav"]


def test_the_single_x_of_old_copies_is_the_same_clip(tmp_path):
    clips = corpora.load("crema-d", lay(tmp_path, "1040_ITH_SAD_X.wav", "1040_ITH_SAD_XX.wav"))
    assert len(clips) == 1 and clips["intensity"].isna().all()


# EmoDB

@pytest.mark.parametrize("folder", ["wav/", "emodb/wav/", "wav_corpus/", ""])
def test_an_emodb_name_is_read_code_by_code_in_every_layout(tmp_path, folder):
    lay(tmp_path, f"{folder}14b03Td.wav", f"{folder}03a01Fa.wav", "erkennung.txt", "silb/03a01Fa.silb", "db.yaml")
    row = corpora.load("emodb", tmp_path).iloc[1]
    assert row[["emotion", "speaker", "sex", "language", "take"]].tolist() == ["sad", "emodb/14", "female", "de", "d"]
    assert row["sentence"] == emodb.SENTENCES["b03"]


def test_the_sexes_of_emodb_are_not_those_of_the_old_wrong_list(tmp_path):
    lay(tmp_path, *(f"{speaker}a01Na.wav" for speaker in emodb.BY_SPEAKER))
    sexes = corpora.load("emodb", tmp_path).set_index("speaker")["sex"]
    assert sexes["emodb/09"] == sexes["emodb/13"] == "female"
    assert sexes["emodb/10"] == sexes["emodb/12"] == "male"
    assert sexes.value_counts().tolist() == [5, 5]


# SAVEE

def savee_names(form: str) -> list[str]:
    emotions = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
    return [
        form.format(speaker=speaker, clip=f"{code}{number:02}")
        for speaker in ("DC", "JE", "JK", "KL")
        for code, n in emotions.items()
        for number in range(1, n + 1)
    ]


@pytest.mark.parametrize("form", ["AudioData/{speaker}/{clip}.wav", "ALL/{speaker}_{clip}.wav", "{speaker}{clip}.wav"])
def test_whole_savee_has_its_published_counts_in_every_layout(tmp_path, form):
    clips = corpora.load("savee", lay(tmp_path, *savee_names(form), "AudioData/Info.txt"))
    assert_complete(clips, "savee")
    assert clips["speaker"].unique().tolist() == ["savee/DC", "savee/JE", "savee/JK", "savee/KL"]


def test_savee_does_not_tell_its_common_sentences_so_all_are_unknown(tmp_path):
    clips = corpora.load("savee", lay(tmp_path, *savee_names("AudioData/{speaker}/{clip}.wav")))
    assert clips["sentence"].isna().all() and clips["number"].nunique() == 30
    assert "Three sentences are common" in corpora.about("savee")["note"]


def test_two_layouts_of_savee_side_by_side_count_once(tmp_path):
    lay(tmp_path, *savee_names("AudioData/{speaker}/{clip}.wav"), *savee_names("ALL/{speaker}_{clip}.wav"))
    assert_complete(corpora.load("savee", tmp_path), "savee")


def test_savee_without_its_speaker_folders_is_refused(tmp_path):
    with pytest.raises(corpora.CorpusError, match="named like AudioData/DC/a01.wav"):
        corpora.load("savee", lay(tmp_path, "a01.wav", "sa03.wav"))


# TESS

def tess_names() -> list[str]:
    """200 words in the irregular folders of the published set, with the one misnamed file."""
    words = ["bite", *(f"{one}{two}{three}" for one, two, three in product("bdfgklmnpr", "aeiou", "lmnt"))][:200]
    folders = {
        "OAF": "OAF_Fear OAF_Pleasant_surprise OAF_Sad OAF_angry OAF_disgust OAF_happy OAF_neutral",
        "YAF": "YAF_fear YAF_pleasant_surprised YAF_sad YAF_angry YAF_disgust YAF_happy YAF_neutral",
    }
    codes = ["fear", "ps", "sad", "angry", "disgust", "happy", "neutral"]
    names = [
        f"{folder}/{speaker}_{word}_{code}.wav"
        for speaker, listed in folders.items()
        for folder, code in zip(listed.split(), codes, strict=True)
        for word in words
    ]
    return [name.replace("OAF_bite_neutral", "OA_bite_neutral") for name in names]


def test_whole_tess_has_its_published_counts_though_kaggle_nests_it_twice(tmp_path):
    outer = "TESS Toronto emotional speech set data"
    lay(tmp_path, *(f"{outer}/{name}" for name in tess_names()), *(f"{outer}/{outer}/{name}" for name in tess_names()))
    clips = corpora.load("tess", tmp_path)
    assert_complete(clips, "tess")
    assert clips.attrs["left_out"]["a second copy of a clip"].startswith("2,800 files")
    assert clips["sentence"].nunique() == 200


def test_the_misnamed_file_of_tess_is_the_older_woman(tmp_path):
    clips = corpora.load("tess", lay(tmp_path, "OAF_neutral/OA_bite_neutral.wav", "OAF_neutral/OAF_bite_neutral.wav"))
    assert clips["speaker"].tolist() == ["tess/OAF"]


# EMOVO

@pytest.mark.parametrize("root", ["EMOVO/", "EMOVO/EMOVO/", ""])
def test_whole_emovo_has_its_published_counts(tmp_path, root):
    names = product(emovo.EMOTIONS, emovo.SPEAKERS, emovo.SENTENCES)
    lay(tmp_path, *(f"{root}{speaker}/{code}-{speaker}-{sentence}.wav" for code, speaker, sentence in names))
    clips = corpora.load("emovo", tmp_path)
    assert_complete(clips, "emovo")
    assert set(clips["language"]) == {"it"} and clips["sex"].value_counts().tolist() == [294, 294]


@pytest.mark.parametrize(
    ("name", "file"),
    [("crema-d", "1001_DFA_JOY_XX.wav"), ("emodb", "03a01Xa.wav"), ("savee", "DC/x01.wav"),
     ("tess", "OAF_back_calm.wav"), ("emovo", "joy-f1-b1.wav")],
)  # fmt: skip
def test_an_unknown_emotion_code_is_left_out_and_the_file_named(tmp_path, name, file):
    example = corpora.PUBLISHED[name].example
    clips = corpora.load(name, lay(tmp_path, example, file))
    (reason, files), = clips.attrs["left_out"].items()
    assert len(clips) == 1 and files.endswith(file)
    assert reason.endswith("which stands for no emotion") or " is unknown to " in reason


# IEMOCAP

PER_SESSION = {1: (384, 229, 194, 135, 143), 2: (362, 137, 197, 117, 210), 3: (320, 240, 305, 135, 151),
               4: (258, 327, 143, 65, 238), 5: (384, 170, 245, 143, 299)}  # fmt: skip
WOMEN = {1: 528, 2: 481, 3: 522, 4: 528, 5: 590}


def evaluation(turns: list[tuple[str, str]]) -> str:
    """An EmoEvaluation file in its published form."""
    lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
    for number, (turn, code) in enumerate(turns):
        lines += [f"[{number}.2901 - {number}.9357]\t{turn}\t{code}\t[2.5000, 3.0000, 3.5000]", "C-E2:\tNeutral;\t()"]
        lines += ["C-F1:\tNeutral;\t()", "A-E3:\tval 3; act 2; dom  2;\t()", "A-F1:\tval 3; act 2; dom  ;\t()", ""]
    return "\r\n".join(lines)


def place(root: Path, session: int, dialog: str, turns: list[tuple[str, str]]) -> None:
    """One dialog: its labels, one rater's (with a turn that the labels lack), and the sound of each turn."""
    labels = root / f"Session{session}" / "dialog" / "EmoEvaluation"
    (labels / "Categorical").mkdir(parents=True, exist_ok=True)
    (labels / f"{dialog}.txt").write_text(evaluation(turns), newline="")
    (labels / f"._{dialog}.txt").write_bytes(b"\x00\x05\x16\x07 of a Mac")
    (labels / "Categorical" / f"{dialog}_e2_cat.txt").write_text(evaluation([(f"{dialog}_F998", "neu")]))
    lay(root / f"Session{session}" / "sentences" / "wav" / dialog, *(f"{turn}.wav" for turn, _ in turns))
    lay(root / f"Session{session}" / "dialog" / "wav", f"{dialog}.wav")


@pytest.fixture(scope="module")
def iemocap(tmp_path_factory) -> Path:
    """Every four-class turn by session, label and real speaker, and one of each other label."""
    root = tmp_path_factory.mktemp("iemocap") / "IEMOCAP_full_release"
    for session, numbers in PER_SESSION.items():
        codes = [code for code, n in zip(("neu", "ang", "sad", "hap", "exc"), numbers, strict=True) for _ in range(n)]
        codes += ["fru", "sur", "fea", "dis", "oth", "xxx"]
        letters = ["F"] * WOMEN[session] + ["M"] * (len(codes) - WOMEN[session])
        for start in range(0, len(codes), 200):
            number = start // 200 + 1
            dialog = f"Ses0{session}{'FM'[number % 2]}_{'impro' if number < 4 else 'script'}0{number}_1b"
            part = zip(codes[start : start + 200], letters[start : start + 200], strict=True)
            place(root, session, dialog, [(f"{dialog}_{letter}{n:03}", code) for n, (code, letter) in enumerate(part)])
    return root


def test_whole_iemocap_has_its_published_counts(iemocap):
    for folder in (iemocap, iemocap.parent):
        clips = corpora.load("iemocap", folder)
        assert_complete(clips, "iemocap")
        assert clips["speaker"].str[:13].value_counts().sort_index().tolist() == [1085, 1023, 1151, 1031, 1241]
    assert list(clips.attrs["left_out"]) == [f"label '{code}', which stands for no emotion" for code in ("oth", "xxx")]
    assert list(clips.attrs["dropped"]) == ["fearful", "disgust", "surprised", "frustrated"]
    assert set(clips["valence"]) == {2.5} and set(clips["dominance"]) == {3.5}


def test_the_speaker_of_iemocap_is_the_letter_before_the_turn(tmp_path):
    place(tmp_path, 1, "Ses01F_impro01", [("Ses01F_impro01_M003", "exc")])
    row = corpora.load("iemocap", tmp_path).iloc[0]
    assert row[["speaker", "sex", "emotion", "dialog"]].tolist() == ["iemocap/Ses01M", "male", "happy", "impro01"]


def test_the_text_of_iemocap_is_read_where_it_is(tmp_path):
    place(tmp_path, 1, "Ses01F_impro01", [("Ses01F_impro01_F000", "neu"), ("Ses01F_impro01_M000", "neu")])
    texts = tmp_path / "Session1/dialog/transcriptions"
    texts.mkdir()
    (texts / "Ses01F_impro01.txt").write_text("Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.\n")
    clips = corpora.load("iemocap", tmp_path)
    assert clips["sentence"].tolist()[0] == "Excuse me." and pd.isna(clips["sentence"][1])


def test_iemocap_without_its_labels_says_what_is_missing(tmp_path):
    with pytest.raises(corpora.CorpusError, match="holds sound of IEMOCAP but none of its labels; add Session"):
        corpora.load("iemocap", lay(tmp_path, corpora.PUBLISHED["iemocap"].example))


def test_turns_without_sound_and_sound_without_labels_are_said(tmp_path):
    turns = [(f"Ses01F_impro01_F00{number}", "sad") for number in range(3)]
    place(tmp_path, 1, "Ses01F_impro01", turns)
    folder = tmp_path / "Session1/sentences/wav/Ses01F_impro01"
    (folder / "Ses01F_impro01_F000.wav").rename(folder / "Ses01F_impro01_F009.wav")
    clips = corpora.load("iemocap", tmp_path)
    assert len(clips) == 2
    assert clips.attrs["left_out"] == {
        "labelled, but without sound": "1 file, such as Ses01F_impro01_F000",
        "sound without a label": "1 file, such as Ses01F_impro01_F009",
    }


def labels(root: Path, dialog: str = "Ses01F_impro01") -> Path:
    return root / "Session1/dialog/EmoEvaluation" / f"{dialog}.txt"


def test_a_label_line_that_cannot_be_read_is_said(tmp_path):
    place(tmp_path, 1, "Ses01F_impro01", [("Ses01F_impro01_F000", "sad"), ("Ses01F_impro01_F001", "sad")])
    text = labels(tmp_path).read_text(encoding="utf-8")
    labels(tmp_path).write_text(text.replace("F001\tsad\t[2.5000,", "F001\tsad\t["), encoding="utf-8")
    clips = corpora.load("iemocap", tmp_path)
    assert len(clips) == 1
    assert clips.attrs["left_out"] == {
        "a label line that cannot be read": "1 file, such as Session1/dialog/EmoEvaluation/Ses01F_impro01.txt:9",
        "sound without a label": "1 file, such as Ses01F_impro01_F001",
    }


def test_labels_saved_by_an_editor_for_windows_are_read(tmp_path):
    place(tmp_path, 1, "Ses01F_impro01", [("Ses01F_impro01_F000", "sad")])
    text = labels(tmp_path).read_text(encoding="utf-8").split("\n", 2)[2]
    labels(tmp_path).unlink()
    labels(tmp_path).with_suffix(".TXT").write_text(text, encoding="utf-8-sig")
    assert corpora.load("iemocap", tmp_path)["emotion"].tolist() == ["sad"]


def test_two_copies_of_iemocap_that_contradict_each_other_are_refused(tmp_path):
    for root, code in (("a", "sad"), ("b", "ang")):
        place(tmp_path / root, 1, "Ses01F_impro01", [("Ses01F_impro01_F000", code)])
    said = "Ses01F_impro01_F000 is 'sad' in a/Session1/.*/Ses01F_impro01.txt, but 'ang' in b/Session1/.*; remove"
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("iemocap", tmp_path)


def test_of_two_copies_of_a_turn_the_better_is_read_and_the_other_named(tmp_path):
    turn = "Ses01F_impro01_F000"
    place(tmp_path, 1, "Ses01F_impro01", [(turn, "sad")])
    lay(tmp_path, f"copy/{turn}.wav", f"{turn}.flac")
    whole = tmp_path / "Session1/sentences/wav/Ses01F_impro01" / f"{turn}.wav"
    (tmp_path / "copy" / f"{turn}.wav").write_bytes(b"half")
    clips = corpora.load("iemocap", tmp_path)
    assert clips["file"].tolist() == [str(whole)]
    assert clips.attrs["left_out"] == {
        "a second copy of a clip, of another size": f"1 file, such as copy/{turn}.wav",
        "a second copy of a clip": f"1 file, such as {turn}.flac",
    }


def test_all_labels_of_iemocap_are_there_by_classes_and_excited_apart_when_asked(iemocap):
    everything = corpora.load("iemocap", iemocap, classes="all")
    assert len(everything) == 5531 + 5 * 4 and not everything.attrs["dropped"]
    assert list(audit.labels.counts(everything)) == []  # the published numbers mean the usual four
    numbers = everything["emotion"].value_counts()
    assert numbers[["frustrated", "surprised", "fearful", "disgust"]].tolist() == [5, 5, 5, 5]
    assert set(everything["label"]) == {"neu", "hap", "exc", "sad", "ang", "fru", "sur", "fea", "dis"}
    apart = corpora.load("iemocap", iemocap, labels={"exc": "excited"})
    assert apart["emotion"].value_counts()[["excited", "happy"]].tolist() == [1041, 595] and len(apart) == 5531
    assert list(audit.labels.counts(apart)) == []
    with_xxx = corpora.load("iemocap", iemocap, labels={"xxx": "undecided", "fru": "frustrated", "exc": ""})
    assert set(with_xxx["emotion"]) == {"neutral", "happy", "angry", "sad", "undecided", "frustrated"}


@pytest.mark.parametrize("fold", range(1, 6))
def test_a_fold_of_iemocap_tests_on_a_session(iemocap, fold):
    parted = splits.assign(corpora.load("iemocap", iemocap), fold=fold)
    tested = parted.loc[parted["part"] == "test", "speaker"]
    assert set(tested) == {f"iemocap/Ses0{fold}F", f"iemocap/Ses0{fold}M"} and len(tested) == sum(PER_SESSION[fold])


def test_partners_of_a_dialogue_of_iemocap_are_one_group_and_its_style_is_told(tmp_path):
    turns = {"Ses01F_impro01": "improvised", "Ses01M_impro01": "improvised", "Ses01F_script01_1b": "scripted"}
    for dialog in turns:
        place(tmp_path, 1, dialog, [(f"{dialog}_F000", "neu"), (f"{dialog}_M000", "sad")])
    clips = corpora.load("iemocap", tmp_path)
    together = clips.groupby("group")["speaker"].nunique()
    assert together.to_dict() == {f"iemocap/{dialog}": 2 for dialog in turns}
    styles = clips.set_index("group")["style"].to_dict()
    assert styles == {f"iemocap/{dialog}": style for dialog, style in turns.items()}


def test_an_unknown_label_of_iemocap_is_left_out_and_named(tmp_path):
    place(tmp_path, 1, "Ses01F_impro01", [("Ses01F_impro01_F000", "joy"), ("Ses01F_impro01_F001", "neu")])
    clips = corpora.load("iemocap", tmp_path)
    assert len(clips) == 1
    assert clips.attrs["left_out"]["label 'joy', which stands for no emotion"].endswith("/Ses01F_impro01_F000.wav")


def test_the_mapping_shows_every_code_once():
    table = corpora.mapping(corpora.PUBLISHED)
    assert table.loc["happy", "iemocap"] == "hap, exc"
    assert table.loc["calm", ["ravdess", "tess"]].tolist() == ["02", ""]
    assert table.index.tolist()[0] == "neutral"


def test_the_mapping_passes_over_corpora_of_your_own():
    assert list(corpora.mapping(["ravdess", "table", "folders"]).columns) == ["ravdess"]
    assert corpora.mapping(["table"]).empty
