"""What lies together in the embeddings of a run, on clips whose clusters are planted, and the views of it."""

import json
import re
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors
from test_confusion_explorer import make_run

from emokit import clip_map, metrics, plots, widgets
from emokit.clip_map import ACROSS, EMOTION, VOICE
from emokit.plots.speakers import finding, short_names

EMOTIONS, SPEAKERS = ["happy", "sad", "angry"], ["a/1", "a/2", "a/3", "a/4"]


def planted(by: str, spread: float = 0.05, each: int = 5, units: int = 16) -> tuple[np.ndarray, pd.DataFrame]:
    """Clips of four voices in three emotions; those alike in the column `by` lie around a point of their own."""
    rows = [{"emotion": e, "speaker": s, "predicted": e} for e in EMOTIONS for s in SPEAKERS for _ in range(each)]
    clips = pd.DataFrame(rows).assign(file=[f"{n}.wav" for n in range(len(rows))])
    rng = np.random.default_rng(0)
    codes = pd.factorize(clips[by])[0] if by else np.zeros(len(clips), int)
    return np.eye(units)[codes] * bool(by) + spread * rng.normal(size=(len(clips), units)), clips


def test_planted_voices_and_planted_emotions_are_the_finding():
    voices, emotions = clip_map.together(*planted("speaker")), clip_map.together(*planted("emotion"))
    assert clip_map.finding(voices) == "Voices lie together more than emotions do"
    assert clip_map.finding(emotions) == "Emotions lie together more than voices do"
    assert voices.loc[VOICE, "share"] == emotions.loc[EMOTION, "share"] == emotions.loc[ACROSS, "share"] == 1
    assert voices.loc[VOICE, "above"] == 1 and abs(voices.loc[EMOTION, "above"]) < 0.3


def test_an_emotion_that_each_voice_has_a_place_for_lies_together_in_that_voice_alone():
    _, clips = planted("emotion")
    codes = pd.factorize(clips["speaker"] + clips["emotion"])[0]
    vectors = np.eye(16)[codes] + 0.05 * np.random.default_rng(0).normal(size=(len(clips), 16))
    table = clip_map.together(vectors, clips)
    assert table.loc[EMOTION, "share"] == 1 and table.loc[ACROSS, "share"] < 0.6
    assert table.loc[ACROSS, "chance"] == pytest.approx(1 / 3)


def test_where_nothing_lies_together_nothing_is_said_to():
    table = clip_map.together(*planted("", spread=1.0, each=25))
    assert clip_map.finding(table) == "Voices lie together as much as emotions do"
    assert (table["above"].abs() < 3 * table["error"]).all()


def test_chance_is_what_labels_at_random_give():
    vectors, clips = planted("emotion")
    rng, shares = np.random.default_rng(1), []
    for _ in range(200):
        drawn = clips.assign(emotion=rng.permutation(clips["emotion"]), speaker=rng.permutation(clips["speaker"]))
        shares.append(clip_map.together(vectors, drawn)["share"])
    expected = clip_map.together(vectors, clips)["chance"]
    assert np.allclose(np.mean(shares, axis=0)[:2], expected[:2], atol=0.02)


def test_the_nearest_are_those_of_scikit_learn():
    vectors, clips = planted("emotion", spread=0.4)
    found = NearestNeighbors(n_neighbors=2, metric="cosine").fit(vectors)
    near = found.kneighbors(vectors, return_distance=False)[:, 1]
    table = clip_map.together(vectors, clips)
    for name, column in ((EMOTION, "emotion"), (VOICE, "speaker")):
        labels = clips[column].to_numpy()
        assert table.loc[name, "share"] == pytest.approx((labels[near] == labels).mean())


def test_copies_are_no_neighbours(monkeypatch):
    vectors, clips = planted("", spread=1.0, each=25)
    twice = pd.concat([clips.assign(group=clips["file"])] * 2, ignore_index=True)
    monkeypatch.setattr(clip_map, "BLOCK", 64)
    both = clip_map.together(np.concatenate([vectors, vectors]), twice)
    assert both.loc[VOICE, "share"] < 0.5  # with its own copy it would be 1
    assert both["share"].tolist() == clip_map.together(vectors, clips)["share"].tolist()


def test_unknown_voices_are_left_out_or_nothing_is_said_of_voices():
    vectors, clips = planted("emotion")
    none = clip_map.together(vectors, clips.assign(speaker=None))
    assert none.index.tolist() == [EMOTION] and clip_map.finding(none) == "Emotions lie together"
    assert clip_map.in_words(none) == ["The nearest other clip is of the same emotion in 100 % (chance 32 %)."]
    some = clip_map.together(vectors, clips.assign(speaker=clips["speaker"].replace("a/4", None)))
    assert some["clips"].tolist() == [45, 45, 45]


def test_the_plane_tells_how_much_of_the_variance_it_shows():
    vectors, _ = planted("emotion", spread=0.2)
    places, shown = clip_map.plane(vectors)
    pointed = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    squares = np.linalg.svd(pointed - pointed.mean(axis=0), compute_uv=False) ** 2
    assert shown == pytest.approx(squares[:2].sum() / squares.sum(), rel=1e-4)
    assert np.array_equal(places, clip_map.plane(vectors)[0]) and places.shape == (60, 2)
    assert clip_map.plane(np.zeros((5, 4)))[0].tolist() == [[0, 0]] * 5


def test_umap_that_is_missing_is_said_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match=r"UMAP needs umap-learn. Install it: pip install 'emokit-ser\[umap\]'"):
        clip_map.plane(planted("emotion")[0], "UMAP")


@pytest.mark.slow
def test_umap_is_the_same_each_time():
    pytest.importorskip("umap")
    vectors, _ = planted("emotion")
    places, shown = clip_map.plane(vectors, "UMAP")
    assert places.shape == (60, 2) and np.isnan(shown) and np.array_equal(places, clip_map.plane(vectors, "UMAP")[0])
    assert clip_map.plane(vectors[:5], "UMAP")[0].shape == (5, 2)


def test_the_clip_that_lies_elsewhere_is_the_farthest_off():
    vectors, clips = planted("emotion")
    vectors[7] = vectors[-1]  # a happy clip among the angry ones
    far = clip_map.strays(vectors, clips)
    assert far.index[0] == 7 and far.iloc[0] < 0.5 < far.iloc[1]
    two = clip_map.strays(np.eye(3)[:2], clips.head(2))
    assert two.tolist() == [0, 0]  # of two that point elsewhere neither is like the other
    alone = clips.assign(emotion=["only"] + clips["emotion"].tolist()[1:])
    assert 0 not in clip_map.strays(vectors, alone).index


def test_recalls_by_speaker_are_those_of_each_alone_best_first():
    _, clips = planted("emotion")
    clips = clips.assign(sex=np.where(clips["speaker"] < "a/3", "female", None))
    clips.loc[(clips["speaker"] == "a/2") & (clips["emotion"] == "sad"), "predicted"] = "happy"
    clips = clips[(clips["speaker"] != "a/3") | (clips["emotion"] != "sad")]
    table = metrics.recalls_by_speaker(clips)
    assert table["sex"].to_dict() == {"a/1": "female", "a/3": "", "a/4": "", "a/2": "female"}
    assert table.index.tolist() == ["a/1", "a/3", "a/4", "a/2"]
    assert table.loc["a/2", EMOTIONS].tolist() == [1, 0, 1] and table.loc["a/2", "uar"] == pytest.approx(2 / 3)
    assert np.isnan(table.loc["a/3", "sad"]) and table.loc["a/3", "uar"] == 1
    assert finding(table) == "1, 3 and 4 are heard best (UAR 100 %), 2 worst (67 %)"


def test_the_figures_draw_whatever_is_known():
    vectors, clips = planted("emotion")
    for known in (clips, clips.assign(speaker=None), clips.assign(predicted="sad"), clips.head(1)):
        assert plots.png(plots.clip_map(known, vectors[: len(known)])).startswith(b"\x89PNG")
        assert plots.png(plots.speakers(known)).startswith(b"\x89PNG")
    assert plots.speakers(clips.assign(speaker=None)).finding.startswith("The speakers are unknown")


def test_names_stay_apart_when_they_are_cut():
    assert short_names(["a/1", "b/1"]) == {"a/1": "a/1", "b/1": "b/1"}
    assert short_names(["a/1", "a/a long name of somebody"]) == {"a/1": "1", "a/a long name of somebody": "a long nam…"}


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return make_run(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir)


def test_the_map_tells_where_each_clip_lies_and_lists_those_asked_for(run):
    view = widgets.ClipMap(run)
    answer, _ = view.places({"run": "run-1", "projection": "PCA"})
    test = run.predictions.query("part == 'test'")
    assert len(answer["key"]) == len(test) == len(answer["x"]) == len(answer["name"])
    truth = [run.emotions[code] for code in answer["truth"]]
    assert truth == test["emotion"].tolist() and answer["finding"] == "Emotions lie together more than voices do"
    listed, sounds = view.explorer.cell({"keys": answer["key"][3:5]})
    assert [clip["name"] for clip in listed["clips"]] == answer["name"][3:5] and len(sounds) == 2
    json.dumps(answer, allow_nan=False)


def test_the_twins_play_without_script_and_tell_no_path(run, demo_dir):
    for view, n_clips in ((widgets.ClipMap(run), 4), (widgets.SpeakerStrips(run), 0)):
        bundle = view._repr_mimebundle_()
        assert bundle["text/html"].count("<audio controls") == n_clips and "<img" in bundle["text/html"]
        assert not re.search(r"<script|\son\w+=|<svg|\sid=", bundle["text/html"])
        assert str(demo_dir) not in bundle["text/html"] + bundle["text/plain"]
    assert bundle["text/plain"].splitlines()[0] == plots.speakers(metrics.of_test(run.predictions)).finding


def test_several_runs_have_a_map_each(run, tmp_path, demo_dir):
    view = widgets.ClipMap([run, make_run(tmp_path / "run-2", demo_dir, seed=1)])
    keys = [view.places({"run": name, "projection": "PCA"})[0]["key"] for name in ("run-1", "run-2")]
    assert sorted(keys[0] + keys[1]) == list(range(len(view.rows))) and len(view.text.splitlines()) == 2


def test_the_strips_hold_every_speaker_with_sex_and_recalls(run):
    state = widgets.SpeakerStrips(run).state()
    test = metrics.of_test(run.predictions)
    assert {one["name"] for one in state["speakers"]} == set(test["speaker"])
    one = state["speakers"][0]
    own = test[test["speaker"] == one["name"]]
    assert one["recalls"] == metrics.recall(own["emotion"], own["predicted"], run.emotions).round(4).tolist()
    assert one["sex"] in ("female", "male") and one["clips"] == len(own)
    json.dumps(state, allow_nan=False)
