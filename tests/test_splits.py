import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import certificate, splits
from emokit.splits import SplitError

EMOTIONS = ["neutral", "happy", "sad", "angry"]


def make_clips(n_speakers=12, n_sentences=4, corpus="x", takes=1):
    rows = [
        (f"/data/{who:02}_{sentence}_{emotion}_{take}.wav", emotion, f"{corpus}/{who:02}", corpus, sex, f"s{sentence}")
        for who, sex in zip(range(1, n_speakers + 1), ["male", "female"] * n_speakers, strict=False)
        for sentence in range(n_sentences)
        for emotion in EMOTIONS
        for take in range(takes)
    ]
    clips = pd.DataFrame(rows, columns=["file", "emotion", "speaker", "corpus", "sex", "sentence"])
    return clips.assign(digest=[f"{i:x}" for i in range(len(clips))])


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(3, 20), st.integers(0, 10_000), st.integers(1, 3))
def test_no_speaker_is_in_two_parts_and_every_clip_is_in_one(n_speakers, seed, fold):
    parted = splits.assign(make_clips(n_speakers), "speaker", seed, fold=fold)
    assert parted.groupby("speaker")["part"].nunique().eq(1).all()
    assert len(parted) == len(make_clips(n_speakers)) and set(parted["part"]) == set(splits.PARTS)


def test_each_speaker_is_tested_in_one_fold():
    tested = [set(splits.assign(make_clips(), fold=fold).query("part == 'test'")["speaker"]) for fold in (1, 2, 3, 4)]
    assert len(set().union(*tested)) == 12 and sum(map(len, tested)) == 12


def test_classes_have_like_shares_in_each_part():
    shares = pd.crosstab(*(splits.assign(make_clips())[name] for name in ("part", "emotion")), normalize="index")
    assert np.allclose(shares, 0.25)


def test_dev_has_three_speakers_of_both_sexes():
    for seed in range(20):
        dev = splits.assign(make_clips(16, corpus="ravdess"), seed=seed, fold=2).query("part == 'dev'")
        assert dev["speaker"].nunique() == 3 and set(dev["sex"]) == {"male", "female"}


def test_the_seed_decides_and_the_order_of_the_rows_does_not():
    clips = make_clips()
    parted = splits.assign(clips, seed=3)
    shuffled = splits.assign(clips.sample(frac=1, random_state=0), seed=3)
    pd.testing.assert_series_equal(parted["part"], shuffled["part"].sort_index())
    dev = {tuple(splits.assign(clips, seed=seed).query("part == 'dev'")["speaker"].unique()) for seed in range(8)}
    assert len(dev) > 1


def speakers_of(part, clips, **options):
    return set(splits.assign(clips, **options).query("part == @part")["speaker"])


def crema_like():
    """91 speakers, 12 sentences, four classes of uneven size, as CREMA-D has them."""
    clips = make_clips(91, n_sentences=12, corpus="crema-d")
    return clips[(clips["emotion"] != "neutral") | (clips["sentence"] != "s0")].reset_index(drop=True)


def two_classes():
    return make_clips().query("emotion in ('sad', 'angry')").reset_index(drop=True)


def call_centre():
    """30 speakers of 3 to 17 clips each, half of them neutral; some have one clip of a class."""
    rng = np.random.default_rng(1)
    clips = make_clips(30, n_sentences=5)
    uneven = clips.sample(300, weights=np.where(clips["emotion"] == "neutral", 3, 1), random_state=rng)
    return uneven.sort_index().reset_index(drop=True)


CORPORA = [make_clips(), crema_like(), make_clips(24, corpus="ravdess"), two_classes(), call_centre()]


@pytest.mark.parametrize("clips", CORPORA)
def test_one_clip_less_or_a_corrected_label_moves_no_speaker(clips):
    def parts(clips):
        parted = splits.assign(clips)
        return dict(zip(parted["speaker"], parted["part"], strict=True))

    assigned = parts(clips)
    for row in np.random.default_rng(0).choice(len(clips), 10, replace=False):
        assert parts(clips.drop(index=row)) == assigned
        relabelled = clips.assign(emotion=clips["emotion"].mask(clips.index == row, "angry"))
        assert parts(relabelled) == assigned


def test_folds_hold_as_many_speakers_of_each_sex_and_corpus():
    clips = pd.concat([make_clips(8, corpus="a"), make_clips(16, corpus="b")], ignore_index=True)
    for fold in (1, 2, 3, 4):
        test = splits.assign(clips, fold=fold).query("part == 'test'").drop_duplicates("speaker")
        assert test["corpus"].value_counts().to_dict() == {"a": 2, "b": 4}
        assert test["sex"].value_counts().to_dict() == {"female": 3, "male": 3}


def test_one_clip_less_moves_few_clips_where_clips_are_dealt():
    clips = make_clips(6)
    whole = splits.assign(clips, "clip")["part"]
    for row in range(0, len(clips), 7):
        less = splits.assign(clips.drop(index=row), "clip")["part"]
        assert (whole.drop(index=row) != less).sum() <= 3


def test_a_clip_without_a_speaker_has_no_part_where_others_have_one():
    clips = make_clips()
    some = clips.assign(speaker=clips["speaker"].where(clips.index % 50 != 0))
    parted = splits.assign(some)
    assert len(parted) == some["speaker"].notna().sum()
    assert parted["part"].equals(splits.assign(clips)["part"][parted.index])


def test_the_split_seed_draws_dev_and_a_fifth_of_many_speakers_is_dev():
    clips = make_clips(40, corpus="ravdess")
    drawn = {tuple(sorted(speakers_of("dev", clips, seed=seed, fold=2))) for seed in range(5)}
    assert len(drawn) > 1 and {len(names) for names in drawn} == {7}  # of the 36 whom fold 2 does not test


def test_clips_are_dealt_by_corpus_and_class_alike():
    clips = pd.concat([make_clips(2, corpus="a"), make_clips(4, corpus="b")], ignore_index=True)
    test = splits.assign(clips, "clip").query("part == 'test'")
    assert set(pd.crosstab(test["corpus"], test["emotion"]).loc["a"]) == {2}
    assert set(pd.crosstab(test["corpus"], test["emotion"]).loc["b"]) == {4}


def test_one_fold_is_refused():
    with pytest.raises(SplitError, match="nobody to learn from; give at least 2 folds"):
        splits.assign(make_clips(), folds=1)


def test_a_test_speaker_whom_two_corpora_have_is_refused_with_both_names():
    clips = pd.concat([make_clips(4, corpus="a"), make_clips(4, corpus="b")], ignore_index=True)
    with pytest.raises(SplitError, match="names 03, and several corpora have one; write a/03 or b/03"):
        splits.assign(clips, test_speakers=["03"])
    assert speakers_of("test", clips, test_speakers=["b/03"]) == {"b/03"}


def test_ravdess_is_tested_on_the_published_folds_and_absent_speakers_are_named():
    clips = make_clips(24, corpus="ravdess")
    test = splits.assign(clips, fold=4).query("part == 'test'")["speaker"].unique()
    assert sorted(test) == ["ravdess/03", "ravdess/05", "ravdess/07", "ravdess/24"]
    some = clips[~clips["speaker"].isin(["ravdess/05"])]
    assert splits.absent_test_speakers(some, fold=4) == ["ravdess/05"]
    assert splits.absent_test_speakers(clips, fold=4) == splits.absent_test_speakers(some, fold=4, folds=6) == []


def test_a_published_fold_of_which_nobody_is_at_hand_is_refused_with_those_that_are():
    clips = make_clips(24, corpus="ravdess")
    some = clips[~clips["speaker"].isin(["ravdess/01", "ravdess/11", "ravdess/20", "ravdess/21"])]
    with pytest.raises(SplitError, match="Fold 1 tests on .* take fold 2, 3, 4, 5, 6"):
        splits.assign(some, fold=1)


def test_named_test_speakers_are_the_test():
    parted = splits.assign(make_clips(), test_speakers=["x/02", "07"])
    assert sorted(parted.query("part == 'test'")["speaker"].unique()) == ["x/02", "x/07"]
    with pytest.raises(SplitError, match="names 99; the speakers at hand are"):
        splits.assign(make_clips(), test_speakers=["99"])


def test_a_class_that_nobody_teaches_is_refused():
    some = make_clips().query("emotion != 'sad' or speaker in ['x/01', 'x/02']")
    with pytest.raises(SplitError, match="No training clip is sad in this split"):
        splits.assign(some, test_speakers=["01", "02"])


def test_speaker_and_sentence_shares_neither_with_the_test():
    parted = splits.assign(make_clips(), "speaker+sentence", seed=1)
    test, rest = parted.query("part == 'test'"), parted.query("part != 'test'")
    assert not set(test["sentence"]) & set(rest["sentence"]) and not set(test["speaker"]) & set(rest["speaker"])


def test_clip_split_is_stratified_and_keeps_copies_together():
    clips = make_clips(4, takes=2)
    clips["digest"] = clips["file"].str.rsplit("_", n=1).str[0]  # both takes are one recording
    parted = splits.assign(clips, "clip", seed=0)
    assert certificate.overlaps(parted, "digest") == {"train & dev": [], "train & test": [], "dev & test": []}
    assert parted.query("part == 'test'")["emotion"].value_counts().nunique() == 1


def test_the_table_may_say_the_parts_itself():
    clips = make_clips(3)
    clips["part"] = clips["speaker"].map({"x/01": "train", "x/02": "dev", "x/03": "test"})
    assert splits.assign(clips, "table")["part"].equals(clips["part"])
    told = clips.assign(part=clips["part"].replace({"dev": "Validation", "train": "TRAINING", "test": "eval"}))
    assert splits.assign(told, "table")["part"].equals(clips["part"])
    with pytest.raises(SplitError, match="holds fold1; a part is called train, training, .*, or nothing to leave a"):
        splits.assign(clips.assign(part=clips["part"].replace("dev", "fold1")), "table")
    with pytest.raises(SplitError, match="needs a column 'part'"):
        splits.assign(make_clips(3), "table")


@pytest.mark.parametrize(
    ("clips", "scheme", "sentence"),
    [
        (make_clips(2), "speaker", "There are 2 speakers .* take split 'clip'"),
        (
            make_clips().query("emotion != 'sad' or speaker == 'x/04'"),
            "speaker",
            "Only one speaker \\(x/04\\) says 'sad'",
        ),
        (make_clips().assign(speaker=None), "speaker", "None of the 192 clips has a speaker"),
        (make_clips(n_sentences=1), "speaker+sentence", "same sentence"),
        (make_clips().assign(sentence=None), "speaker+sentence", "needs the sentence"),
        (make_clips(1, 3), "clip", "Only 3 clips are .* 4 folds need one each"),
        (make_clips(), "random", "Unknown split 'random'; expected one of speaker"),
    ],
    ids=[
        "two speakers",
        "class of one speaker",
        "no speakers",
        "one sentence",
        "no sentence",
        "few clips",
        "unknown scheme",
    ],
)
def test_what_cannot_be_split_is_said_in_one_sentence_with_the_remedy(clips, scheme, sentence):
    with pytest.raises(SplitError, match=sentence):
        splits.assign(clips, scheme)


def test_a_fold_that_does_not_exist_is_refused():
    with pytest.raises(SplitError, match="no fold 9; the folds are 1 to 4"):
        splits.assign(make_clips(), fold=9)
