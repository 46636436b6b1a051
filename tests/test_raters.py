"""Several raters of one clip: tables in the forms that people have, CREMA-D's votes, and what becomes of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from laid_out import lay, write

from emokit import corpora, votes

RATERS = ["ann", "bob", "cid", "dee", "eva"]
WORDS = {"angry": "Anger", "fearful": "fear", "happy": "happy", "neutral": "neutral", "sad": "Sad"}


@pytest.fixture(scope="module")
def rated(demo_dir):
    """What five simulated raters say of 48 demo clips of four voices: a row a (clip, rater), as they might write it."""
    clips = corpora.load("demo", demo_dir)
    clips = clips[clips["speaker"].isin(clips["speaker"].unique()[:4])].groupby(["speaker", "emotion"]).head(3)
    rng, rows = np.random.default_rng(0), []
    for clip in clips.itertuples():
        for rater in RATERS:
            heard = clip.emotion if rng.random() < 0.6 else rng.choice(list(WORDS))
            file = Path(clip.file).relative_to(demo_dir).as_posix()
            rows.append((file, WORDS[heard], clip.speaker.split("/")[1], rater, round(rng.random(), 2)))
    return pd.DataFrame(rows, columns=["file", "emotion", "speaker", "rater", "sure"])


def counted(rated):
    """The same as a table of counts in our words, by file."""
    ours = rated["emotion"].map({word: emotion for emotion, word in WORDS.items()})
    return pd.crosstab(rated["file"], ours)


def a_row_each(rated):
    return rated.sample(frac=1, random_state=0)  # the rows of a clip need not stand together


def without_a_name(rated):
    return rated.drop(columns="rater")


def a_column_each(rated):
    wide = rated.pivot(index=["file", "speaker"], columns="rater", values="emotion").reset_index()
    return wide.rename(columns={rater: f"rater{n}" for n, rater in enumerate(RATERS, 1)})


def counts(rated):
    numbers = pd.crosstab([rated["file"], rated["speaker"]], rated["emotion"]).reset_index()
    return numbers.assign(n=5, length=1.5)


def counts_by_name(rated):
    numbers = counted(rated).add_prefix("votes_").reset_index()
    speakers = rated.drop_duplicates("file").set_index("file")["speaker"]
    return numbers.assign(speaker=numbers["file"].map(speakers), votes_total=5)


FORMS = [a_row_each, without_a_name, a_column_each, counts, counts_by_name]


def loaded(form, rated, demo_dir, tmp_path, **options):
    form(rated).to_csv(tmp_path / "ratings.csv", index=False)
    return corpora.load("table", tmp_path / "ratings.csv", audio_dir=demo_dir, **options)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_votes_and_the_emotion_of_most(form, rated, demo_dir, tmp_path):
    clips = loaded(form, rated, demo_dir, tmp_path)
    expected = counted(rated)
    most = expected.eq(expected.max(axis=1), axis=0)
    clear = expected[most.sum(axis=1) == 1]
    assert 30 < len(clear) < len(expected)  # there are ties
    files = clips["file"].map(lambda file: Path(file).relative_to(demo_dir).as_posix())
    found = votes.of(clips).set_axis(files).loc[clear.index, clear.columns]
    assert len(clips) == len(clear) and found.equals(clear.astype(float).rename_axis(None, axis=1))
    assert clips["emotion"].tolist() == clear.loc[files].idxmax(axis=1).tolist()
    assert clips["speaker"].notna().all() and not {"rater", "rater1", "sure"} & {*clips}
    said = corpora.notes(clips)
    tied = len(expected) - len(clear)
    assert f"left out, no agreement: several emotions have most votes: {tied} files, such as" in said
    assert "without emotion" not in said


def test_it_is_said_how_raters_were_recognised_and_what_they_said_besides(rated, demo_dir, tmp_path):
    said = corpora.notes(loaded(a_row_each, rated, demo_dir, tmp_path))
    assert "300 rows are votes on 60 clips, by 5 raters, 5 a clip" in said
    assert "columns that differ between raters are left out: sure" in said and "Anger → angry" in said
    said = corpora.notes(loaded(without_a_name, rated, demo_dir, tmp_path))
    assert 'votes on 60 clips, as their emotions differ, 5 a clip (columns="rater=" where they are no' in said
    said = corpora.notes(loaded(a_column_each, rated, demo_dir, tmp_path))
    assert "columns rater1, rater2, rater3, rater4, rater5: what each of these raters heard" in said
    assert "kept and not read" not in said
    assert "columns Anger, Sad, fear, happy, neutral: votes for" in corpora.notes(
        loaded(counts, rated, demo_dir, tmp_path)
    )


def test_columns_of_raters_may_be_told(rated, demo_dir, tmp_path):
    wide = rated.pivot(index=["file", "speaker"], columns="rater", values="emotion").reset_index()
    told = {f"rater{n}": rater for n, rater in enumerate(RATERS, 1)}
    clips = loaded(lambda _: wide, rated, demo_dir, tmp_path, columns=told)
    assert clips[votes.columns(WORDS)].sum(axis=1).eq(5).all()
    named = loaded(lambda r: r.rename(columns={"rater": "Who"}), rated, demo_dir, tmp_path, columns="rater=Who")
    pd.testing.assert_frame_equal(votes.of(named, WORDS), votes.of(clips, WORDS))


def test_a_table_for_each_rater_is_one_corpus(rated, demo_dir, tmp_path):
    for rater, rows in rated.groupby("rater"):
        rows.drop(columns="rater").to_csv(tmp_path / f"{rater}.csv", index=False)
    clips = corpora.load("table", [tmp_path / f"{rater}.csv" for rater in RATERS], audio_dir=demo_dir)
    whole = loaded(a_row_each, rated, demo_dir, tmp_path)
    pd.testing.assert_frame_equal(votes.of(clips, WORDS), votes.of(whole, WORDS))


def test_a_clip_listed_twice_by_accident_is_no_rater(tmp_path):
    lay(tmp_path, "a.wav", "b.wav", "c.wav")
    rows = ["file,emotion,speaker", "a.wav,sad,x", "b.wav,happy,x", "c.wav,sad,x", "a.wav,sad,x"]
    clips = corpora.load("table", write(tmp_path / "t.csv", *rows))
    assert len(clips) == 4 and not votes.names(clips)
    clips = corpora.load("table", write(tmp_path / "t.csv", *rows, *rows[1:]))  # all of them, and alike
    assert len(clips) == 8 and not votes.names(clips)


@pytest.mark.parametrize(("more", "n"), [(["d.wav,sad,x", "e.wav,sad,x", "a.wav,happy,x"], 6), (["a.wav,happy,y"], 4)])
def test_few_files_that_disagree_stay_apart_and_the_notes_offer_raters(tmp_path, more, n):
    lay(tmp_path, *(f"{name}.wav" for name in "abcde"))
    rows = ["file,emotion,speaker", "a.wav,sad,x", "b.wav,happy,x", "c.wav,sad,x", *more]
    clips = corpora.load("table", write(tmp_path / "t.csv", *rows))
    assert len(clips) == n and not votes.names(clips)
    assert '1 files stand in several rows with different emotions; if those are raters, say which column' in (
        corpora.notes(clips)
    )


def test_rows_that_disagree_are_no_raters_where_columns_say_so(tmp_path):
    lay(tmp_path, "a.wav", "b.wav")
    rows = ["file,emotion,speaker", "a.wav,sad,x", "a.wav,happy,x", "b.wav,sad,x", "b.wav,sad,x"]
    table = write(tmp_path / "t.csv", *rows)
    assert len(corpora.load("table", table, columns="rater=")) == 4
    assert corpora.load("table", table)["file"].map(lambda file: Path(file).name).tolist() == ["b.wav"]


def test_raters_who_are_named_but_differ_in_the_speaker_stop_in_one_sentence(tmp_path):
    lay(tmp_path, "a.wav")
    table = write(tmp_path / "t.csv", "file,emotion,speaker,rater", "a.wav,sad,x,1", "a.wav,happy,y,2")
    with pytest.raises(corpora.CorpusError, match="several rows a file, by rater, but they differ in speaker; correct"):
        corpora.load("table", table)


def test_a_rater_counts_once_with_what_he_said_last(tmp_path):
    lay(tmp_path, "a.wav")
    rows = ["a.wav,sad,1", "a.wav,happy,1", "a.wav,happy,2", "a.wav,sad,3", "a.wav,,4", "a.wav,nan,5", "a.wav,sad,", ]
    clips = corpora.load("table", write(tmp_path / "t.csv", "file,emotion,rater", *rows, "a.wav,happy,"))
    assert votes.of(clips).iloc[0].to_dict() == {"happy": 3, "sad": 2}
    assert "1 earlier rows of a rater who judged that file again are left out" in corpora.notes(clips)


def test_an_emotion_that_the_table_gives_itself_stays_also_on_a_tie(tmp_path):
    lay(tmp_path, "a.wav", "b.wav", "c.wav", "d.wav")
    rows = ["a.wav,sad,2,2", "b.wav,happy,0,4", "c.wav,,1,3", "d.wav,,2,2"]
    table = write(tmp_path / "t.csv", "file,emotion,votes_happy,votes_sad", *rows)
    clips = corpora.load("table", table)
    assert clips["emotion"].tolist() == ["sad", "happy", "sad"]
    assert "no agreement: several emotions have most votes: 1 file, such as" in corpora.notes(clips)


def test_numbers_beside_an_emotion_are_votes_only_by_their_name(tmp_path):
    lay(tmp_path, "a.wav")
    table = write(tmp_path / "t.csv", "file,emotion,happy,sad", "a.wav,sad,0.2,0.9")
    clips = corpora.load("table", table)
    assert not votes.names(clips) and "columns kept and not read: happy, sad" in corpora.notes(clips)


def test_votes_for_something_else_count_and_may_win(tmp_path):
    lay(tmp_path, "a.wav", "b.wav")
    rows = ["a.wav,other,1", "a.wav,xxx,2", "a.wav,sad,3", "b.wav,other,1", "b.wav,sad,2", "b.wav,sad,3"]
    clips = corpora.load("table", write(tmp_path / "t.csv", "file,emotion,rater", *rows))
    assert votes.of(clips).to_dict("records") == [{"other": 1, "sad": 2}]
    assert "left out, most raters heard something else (other): 1 file, such as" in corpora.notes(clips)


def test_labels_rename_merge_and_drop_votes_before_most_of_them_decide(tmp_path):
    lay(tmp_path, "a.wav", "b.wav")
    rows = ["a.wav,C,1", "a.wav,N,2", "a.wav,S,3", "a.wav,S,4", "a.wav,N,5"]
    rows += ["b.wav,Excited,1", "b.wav,hap,2", "b.wav,S,3"]
    table = write(tmp_path / "t.csv", "file,emotion,rater", *rows)
    clips = corpora.load("table", table, labels="C=neutral,N=neutral,S=sad,Excited=excited")
    assert clips["emotion"].tolist() == ["neutral"]  # three to two; excited, happy and sad have one each
    clips = corpora.load("table", table, labels="C=neutral,N=neutral,S=")
    assert clips["emotion"].tolist() == ["neutral", "happy"]
    assert votes.of(clips).fillna(0).to_dict("records") == [{"neutral": 3, "happy": 0}, {"neutral": 0, "happy": 2}]
    with pytest.raises(corpora.CorpusError, match="labels names 'Q', but no clip has it"):
        corpora.load("table", table, labels="Q=sad")


@pytest.mark.parametrize("cell", ["-1", "many"])
def test_a_number_of_votes_that_is_none_is_named_with_its_line(tmp_path, cell):
    lay(tmp_path, "a.wav", "b.wav")
    table = write(tmp_path / "t.csv", "file,votes_sad,votes_happy", "a.wav,1,", f"b.wav,3,{cell}")
    with pytest.raises(corpora.CorpusError, match=f"'{cell}' in column votes_happy, line 3, which is no number of vot"):
        corpora.load("table", table)


def test_raters_who_agree_on_no_clip_stop_in_one_sentence(tmp_path):
    lay(tmp_path, "a.wav")
    table = write(tmp_path / "t.csv", "file,emotion,rater", "a.wav,sad,1", "a.wav,happy,2")
    with pytest.raises(corpora.CorpusError, match="On none of the 1 clips do the raters agree; give each an emotion"):
        corpora.load("table", table)


def test_numbered_columns_beside_an_emotion_are_raters_only_if_they_hold_labels(tmp_path):
    lay(tmp_path, "a.wav", "b.wav")
    head, rows = "file,emotion,rater1,rater2", ["a.wav,sad,anna,ben", "b.wav,happy,ben,cleo"]
    clips = corpora.load("table", write(tmp_path / "t.csv", head, *rows))
    assert not votes.names(clips) and "columns kept and not read: rater1, rater2" in corpora.notes(clips)
    clips = corpora.load("table", write(tmp_path / "t.csv", head, "a.wav,sad,sad,Anger", "b.wav,happy,other,happy"))
    assert clips["emotion"].tolist() == ["sad", "happy"] and votes.names(clips) == ["happy", "sad", "angry", "other"]


# ---- CREMA-D --------------------------------------------------------------------------------------------------------

HEAD = '"","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote","meanEmoResp"'  # more follow
ROWS = [
    '"100001",0,0,0,1,10,0,"1001_IEO_NEU_XX",11,0.909,"N",71.7',
    '"100009",5,5,0,0,1,1,"1001_IEO_ANG_MD",12,0.417,"A:D",50.6',
    '"200009",9,0,0,0,0,0,"1001_IEO_ANG_MD",9,1,"A",60',  # who saw the face
    '"300001",0,0,0,0,9,0,"1001_IEO_NEU_XX",9,1,"N",60',  # who saw and heard
]


@pytest.fixture
def crema(tmp_path):
    lay(tmp_path, *(f"AudioWAV/1001_{name}.wav" for name in ("IEO_ANG_MD", "IEO_NEU_XX", "DFA_SAD_XX")))
    write(tmp_path / "processedResults" / "tabulatedVotes.csv", HEAD, *ROWS)
    return tmp_path


def test_crema_d_has_the_votes_of_those_who_only_heard_the_clip(crema):
    clips = corpora.load("crema-d", crema)
    assert clips["emotion"].tolist() == ["sad", "angry", "neutral"]  # as intended
    assert votes.names(clips) == ["neutral", "happy", "sad", "angry", "fearful", "disgust"]
    heard = votes.of(clips)
    assert heard.iloc[0].isna().all()
    assert heard.iloc[1:].to_numpy().tolist() == [[1, 0, 1, 5, 0, 5], [10, 1, 0, 0, 0, 0]]
    assert corpora.notes(clips) == "Nothing was left out, renamed or dropped in loading."


def test_the_labels_of_crema_d_go_for_its_votes_too(crema):
    clips = corpora.load("crema-d", crema, labels="ANG=cross,DIS=cross")
    assert votes.of(clips).iloc[1].to_dict() == {"cross": 10, "fearful": 0, "happy": 0, "neutral": 1, "sad": 1}


def test_crema_d_without_its_table_is_as_before_and_with_another_one_it_stops(crema):
    table = crema / "processedResults" / "tabulatedVotes.csv"
    write(table, "clip,vote", "1001_IEO_NEU_XX,N")
    with pytest.raises(corpora.CorpusError, match="cannot be read as the votes of CREMA-D; take it as it was"):
        corpora.load("crema-d", crema)
    table.unlink()
    assert not votes.names(corpora.load("crema-d", crema))
