"""Figures that say what they show, in colours that everyone can tell apart."""

import io
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.colors import to_hex
from matplotlib.text import Text
from PIL import Image

from emokit import audit, colours, cues, emotions, metrics, plots
from emokit.features import LogMelSettings
from emokit.plots import clip_pixels
from emokit.plots.audit import COLOURS as SEVERITIES
from emokit.plots.audit import TITLES
from emokit.plots.rows import heat_map
from emokit.plots.style import new
from emokit.plots.training import PART_COLOURS
from emokit.targets import Emotions

WHITE, DARK = "#ffffff", "#111111"  # the grounds of JupyterLab's two themes
NAMES = ["neutral", "happy", "sad", "angry"]
# Machado et al. 2009, severity 1, on linear RGB
VISIONS = {
    "normal": np.eye(3),
    "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def make_clips(n_speakers: int = 8, repeats: int = 3) -> pd.DataFrame:
    """Clips of eight speakers, half of them for training."""
    parts = ["test", "test", "dev", "dev", "train", "train", "train", "train"]
    rows = [
        {"file": f"{s}-{name}-{k}.wav", "emotion": name, "speaker": f"demo/{s:02d}", "part": parts[s % 8]}
        for s in range(n_speakers)
        for name in NAMES
        for k in range(repeats)
    ]
    clips = pd.DataFrame(rows)
    sex = np.where(clips["speaker"] < "demo/04", "female", None)
    return clips.assign(sex=sex, duration=np.linspace(1, 4, len(clips)))


def make_predictions(taken_for: dict[str, str], clips: pd.DataFrame | None = None) -> pd.DataFrame:
    """Predictions that are right, but for the classes in `taken_for`."""
    clips = make_clips() if clips is None else clips
    predicted = pd.Categorical(clips["emotion"].replace(taken_for), categories=NAMES).codes
    return Emotions(NAMES).predictions(clips, 0.1 + 0.6 * np.eye(len(NAMES))[predicted])


def make_history() -> pd.DataFrame:
    return pd.DataFrame(
        {"epoch": [1, 2, 3], "loss": [2, 1, 0.5], "val_loss": [2, 1.5, 1.6], "uar": [0.2, 0.5, 0.8]}
        | {"val_uar": [0.3, 0.5, 0.4], "learning_rate": [3e-4, 3e-4, 1.5e-4]}
    )


def all_plots(clips: pd.DataFrame) -> list:
    predictions = make_predictions({"sad": "neutral"}, clips)
    measured = pd.DataFrame(np.random.default_rng(0).random((len(clips), 5)), clips.index, list(cues.UNITS))
    return [
        plots.counts(clips),
        plots.durations_and_levels(clips.assign(rms=0.1)),
        plots.cues(clips, measured),
        plots.split(clips),
        plots.class_weights({0: 2.0, 1: 1.0, 2: 1.0, 3: 1.0}, NAMES),
        plots.history(make_history()),
        plots.confusion(predictions),
        plots.recalls(predictions),
        plots.reliability(predictions),
        plots.risk_coverage(predictions),
        plots.each_against_rest(predictions),
        plots.speakers(predictions),
        plots.clip_map(predictions, np.random.default_rng(0).random((len(predictions), 6))),
    ]


def lab(colour: str, vision: list) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.clip(np.array(vision) @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4), 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.array(to_xyz) @ linear / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_clips_of_unknown_sex_are_hatched_and_no_paler_than_the_others():
    bars = plots.counts(make_clips()).axes[0].containers
    known, unknown = bars[0].patches[0], bars[2].patches[0]
    assert not known.get_hatch() and unknown.get_hatch()
    assert colours.contrast(to_hex(unknown.get_facecolor()), WHITE) > 3


def test_contrast_is_that_of_the_wcag():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the well-known lightest AA grey


@pytest.mark.parametrize("colour", [*colours.COLOURS.values(), *colours.FURTHER_COLOURS, colours.OTHER])
def test_each_emotion_stands_out_from_both_themes_and_carries_its_letter(colour):
    assert min(colours.contrast(colour, WHITE), colours.contrast(colour, DARK)) >= 3  # WCAG 1.4.11, graphics
    assert colours.contrast(colour, colours.ink(colour)) >= 4.5  # WCAG 1.4.3, text


@pytest.mark.parametrize("vision", VISIONS)
def test_every_two_emotions_differ_to_colour_blind_readers(vision):
    seen = {name: lab(colour, VISIONS[vision]) for name, colour in colours.COLOURS.items()}
    assert min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)) >= 20
    seen |= {colour: lab(colour, VISIONS[vision]) for colour in colours.FURTHER_COLOURS}
    assert min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)) >= 13


def test_letters_are_unique():
    assert set(colours.COLOURS) == set(emotions.LETTERS) == set(emotions.EMOTIONS)
    assert len(set(emotions.LETTERS.values())) == len(emotions.EMOTIONS)


def test_classes_from_elsewhere_have_letters_and_colours_of_their_own_in_every_figure():
    clips = make_clips().replace({"emotion": {"neutral": "amused", "happy": "contempt", "sad": "confident"}})
    matrix = plots.confusion(Emotions(["angry", "amused", "confident", "contempt"]).predictions(
        clips, np.eye(4)[pd.factorize(clips["emotion"])[0]])).axes[0]
    assert [tick.get_text() for tick in matrix.get_xticklabels()] == ["A", "M", "C", "O"]
    bars = plots.class_weights({}, ["angry", "amused", "confident", "contempt"]).axes[0].patches
    assert len({bar.get_facecolor() for bar in bars}) == 4
    assert [tick.get_text() for tick in plots.counts(clips).axes[1].get_yticklabels()] == ["A", "M", "C", "O"]


@pytest.mark.parametrize("known", [True, False], ids=["all known", "speaker and sex unknown"])
def test_every_figure_draws_and_leaves_nothing_in_pyplot(known):
    clips = make_clips() if known else make_clips().assign(speaker=None, sex=None)
    figures = all_plots(clips) if known else [plots.counts(clips), plots.split(clips)]
    for figure in figures:
        assert Image.open(io.BytesIO(plots.png(figure))).width > 300
        assert repr(figure).startswith("[figure: ")
        told = DisplayFormatter().format(figure)[1]  # as JupyterLab is told
        assert told["needs_background"] == "light" and told["image/png"]["width"] == round(96 * figure.get_figwidth())
    assert plt.get_fignums() == []


OUTPUT = 568  # pixels that JupyterLab's outputs have in a window 1000 wide with the list of files: measured with 4.6.6


def test_text_of_a_figure_is_10_pixels_high_in_a_narrow_jupyterlab_and_inside_the_figure():
    clips = make_clips().replace({"emotion": {"sad": "surprised", "happy": "disgust"}})
    eight = pd.concat([clips, make_clips().assign(emotion=[*emotions.EMOTIONS[:8]] * 12)])
    for figure in [*all_plots(make_clips()), plots.counts(eight), plots.split(eight), plots.findings(findings_of(), 9)]:
        figure.draw_without_rendering()
        shown = min(OUTPUT, 96 * figure.get_figwidth()) / figure.get_figwidth()  # pixels to the inch
        for text in figure.findobj(Text):
            if text.get_text().strip() and text.get_visible():
                assert text.get_fontsize() / 72 * shown >= 10, (figure.about, text.get_text())
        assert figure._suptitle.get_window_extent().x1 <= figure.bbox.x1, figure.finding


def test_letter_and_word_of_a_class_stand_in_one_order_everywhere():
    labels = {" ".join(text.get_text().split()) for plot in all_plots(make_clips()) for text in plot.findobj(Text)}
    assert "H happy" in labels and not labels & {f"{name} {name[0].upper()}" for name in NAMES}


def test_the_colours_of_train_dev_and_test_mean_nothing_else():
    others = [*colours.COLOURS.values(), *colours.FURTHER_COLOURS, *SEVERITIES.values()]
    assert not {*PART_COLOURS.values()} & {*others}


def test_a_bin_of_one_clip_is_no_bar_of_100_percent():
    predictions = make_predictions({}, make_clips().assign(part="test"))
    sure = 0.1 + 0.5 * np.eye(len(NAMES))[[0]]
    predictions.loc[predictions.index[:1], [f"p_{name}" for name in NAMES]] = sure  # one right clip, less sure
    left, _ = plots.reliability(predictions).axes
    bars = [bar for bar in left.patches if bar.get_height() > 0]
    assert len(bars) == 1 and left.get_legend().get_texts()[0].get_text() == "fewer than 5 clips"
    (hollow,) = [line for line in left.lines if line.get_markerfacecolor() == "white"]
    assert hollow.get_ydata().tolist() == [100]


def test_text_of_a_figure_does_not_depend_on_the_data():
    assert repr(plots.counts(make_clips())) == repr(plots.counts(make_clips(4)))


@pytest.mark.parametrize("name", ["$\\frac", "<img src=x onerror=1>", "怒り"])
def test_class_names_of_any_kind_are_drawn_as_text(name):
    clips = make_clips().assign(emotion=name)
    plots.png(plots.counts(clips))


def test_confusion_title_names_the_largest_confusion_of_the_test_part():
    figure = plots.confusion(make_predictions({"sad": "neutral"}))
    assert figure.finding == "sad is taken for neutral most often: 6 of 6 clips"
    assert plots.confusion(make_predictions({})).finding == "No clip is taken for another emotion"


def test_titles_name_no_single_winner_where_several_tie():
    tied = make_predictions({"sad": "neutral", "angry": "happy"})
    said = plots.confusion(tied).finding
    assert said == "2 confusions are the largest alike, such as sad for neutral: 6 of 6 clips"
    assert plots.recalls(tied).finding == "neutral and happy are recognised best (100 %), sad and angry worst (0 %)"
    one = plots.recalls(make_predictions({"sad": "neutral"})).finding
    assert one == "3 emotions are recognised best (100 %), sad worst (0 %)"
    assert plots.recalls(make_predictions({})).finding == "All emotions are recognised alike (100 %)"


def test_figures_without_a_test_clip_say_so():
    predictions = make_predictions({"sad": "neutral"}).query("part != 'test'")  # train and dev
    for draw in (plots.confusion, plots.recalls, plots.reliability):
        figure = draw(predictions)
        assert figure.finding == "There is no clip to judge by" and plots.png(figure)


def test_bars_of_recalls_are_those_of_the_metrics_and_named():
    clips = make_clips(8).assign(part="test")
    predictions = make_predictions({}, clips)
    predictions.loc[::7, "predicted"] = "happy"
    (axes,) = plots.recalls(predictions).axes
    drawn = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 2.2]
    np.testing.assert_allclose(drawn, 100 * metrics.recall_intervals(predictions).loc[NAMES])
    assert metrics.name_of_interval(predictions) in axes.get_xlabel()
    unknown = predictions.assign(speaker=predictions["speaker"].where(predictions.index > 0))
    assert "no interval: speaker unknown in 1 of 96 clips" in plots.recalls(unknown).axes[0].get_xlabel()


def test_confusion_shows_the_counts_of_the_test_part_only():
    left, right = plots.confusion(make_predictions({"sad": "neutral"})).axes
    texts = {tuple(map(int, text.get_position())): text.get_text() for text in left.texts if text.get_text()}
    assert texts == {(0, 0): "6", (1, 1): "6", (0, 2): "6", (3, 3): "6"}  # (predicted, truth)
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["N", "H", "S", "A"]
    assert {text.get_text() for text in right.texts} == {"", "100"}


def test_the_numbers_of_a_heat_map_are_read_on_every_shade():
    _, (axes,) = new("heat map", (9, 2))
    values = pd.DataFrame([np.linspace(0, 1, 40)])
    heat_map(axes, values, values.map("{:.1f}".format))
    shades = [to_hex(colour) for colour in axes.collections[0].get_facecolors()]
    contrasts = [colours.contrast(text.get_color(), shade) for text, shade in zip(axes.texts, shades, strict=True)]
    assert len(set(shades)) > 30 and min(contrasts) >= 4.5


def test_recalls_stand_on_an_axis_of_0_to_100_percent():
    """Cut off, it would make small differences large."""
    (axes,) = plots.recalls(make_predictions({"sad": "neutral"})).axes
    assert axes.get_xlim() == (0, 100)
    pooled = {line.get_ydata()[0]: line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"}
    assert pooled == {row: 0 if name == "sad" else 100 for row, name in enumerate(NAMES)}


def test_split_title_tells_a_leak():
    clips = make_clips()
    assert plots.split(clips).finding.endswith("none is in two parts")
    clips.loc[clips.index[0], "part"] = "train"
    assert "1 speaker is in more than one part" in plots.split(clips).finding


@pytest.mark.parametrize("share, whose", [(0, "The speakers of 1 of"), (0.5, "The speakers of"), (1, "The speakers")])
def test_split_title_takes_unknown_speakers_for_no_proof(share, whose):
    clips = make_clips()
    clips.loc[clips.index[: max(1, int(share * len(clips)))], "speaker"] = None
    finding = plots.split(clips).finding
    assert finding.startswith(whose) and finding.endswith("not known: nothing shows that no voice is in two parts")


@pytest.mark.parametrize(
    ("speaker", "whose"), [(None, "24 clips of unknown speakers"), ("demo/1", "24 clips of 1 speaker")]
)
def test_whose_clips_they_are_is_never_zero_speakers(speaker, whose):
    clips = make_clips(n_speakers=2).assign(speaker=speaker)
    for figure in (plots.counts(clips), plots.split(clips)):
        assert whose in [text.get_text() for text in figure.findobj(Text)]


def test_history_marks_the_best_epoch_of_the_dev_part():
    assert plots.history(make_history()).finding == "UAR on dev is highest after epoch 2: 50.0 %"
    assert plots.history(make_history(), best=3).finding == "The weights after epoch 3 are kept: UAR 40.0 % on dev"
    assert plots.history(make_history().iloc[:0]).finding == "No epoch has ended yet"


def test_history_names_every_epoch_that_is_as_good():
    tied = make_history().assign(val_uar=[0.3, 0.5, 0.5])
    told = "UAR on dev is highest after epoch 2 and, as high, after 3: 50.0 %"
    assert plots.history(tied).finding == told


def test_history_says_whether_its_losses_hold_the_penalty():
    old, new = make_history(), make_history().assign(penalty=0.7)
    titles = [plots.history(history).axes[0].get_title(loc="left") for history in (old, new)]
    assert titles == ["cross-entropy + L2 penalty (nats)", "cross-entropy (nats)"]


def test_level_title_names_the_loudest_class_and_leaves_silence_out():
    clips = make_clips()
    clips["rms"] = clips["emotion"].map({"neutral": 0.01, "happy": 0.02, "sad": 0.01, "angry": 0.1})
    clips.loc[clips.index[clips["emotion"] == "sad"][0], "rms"] = 0
    assert plots.durations_and_levels(clips).finding == "angry is the loudest, 20 dB above neutral and sad"


def test_reliability_title_tells_which_way_the_model_errs():
    always = make_predictions({})  # right each time, and 70 % sure
    assert plots.reliability(always).finding == "The model is underconfident: 70 % sure, 100 % right"
    never = make_predictions({name: "angry" for name in NAMES})
    assert plots.reliability(never).finding == "The model is overconfident: 70 % sure, 25 % right"


def test_weights_title_tells_the_ratio():
    assert "neutral counts 2 times" in plots.class_weights({0: 2.0, 1: 1.0}, ["neutral", "sad"]).finding
    assert plots.class_weights({}, ["neutral", "sad"]).finding == "Every clip counts alike, whatever its emotion"


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([2, 2, 1, 1.5], "A clip of neutral and happy counts 2 times as much as one of sad"),
        ([1, 1, 2, 1], "A clip of sad counts 2 times as much as one of neutral, happy and angry"),
        ([2, 1, 1, 1, 1, 1], "A clip of neutral counts 2 times as much as one of 5 emotions"),
    ],
)
def test_weights_title_names_all_that_share_a_place(weights, told):
    names = emotions.EMOTIONS[: len(weights)] if len(weights) > len(NAMES) else NAMES
    assert plots.class_weights(dict(enumerate(weights)), names).finding == told


def test_saved_figure_is_whole(tmp_path):
    plots.save(plots.history(make_history()), tmp_path / "figures" / "history.png")
    with Image.open(tmp_path / "figures" / "history.png") as picture:
        assert picture.format == "PNG"
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["history.png"]


def findings_of(*rows):
    return pd.DataFrame(rows, columns=["severity", "check"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "None of the 30 checks has anything to warn of"),
        ([("info", "confounds")], "None of the 30 checks has anything to warn of"),
        ([("warning", "duplicates")] * 3 + [("warning", "channels")], "Nothing is severe; 2 of 30 checks warn"),
        ([("severe", "silent"), ("warning", "channels")], "Severe: silent"),
    ],
)
def test_the_findings_are_summed_up_in_one_sentence(rows, said):
    assert plots.findings(findings_of(*rows), 9).finding == said


def words_of(figure):
    return [text.get_text().strip() for axes in figure.axes for text in axes.texts]


def test_every_check_stands_in_the_figure_with_its_number(tmp_path):
    figure = plots.findings(findings_of(*[("warning", "duplicates")] * 7), 9, parted=True)
    texts = words_of(figure)
    checks = {*audit.CHECKS, *audit.CHECKS_OF_SPLIT}
    assert checks < set(texts) and texts.count("7") == 1 and texts.count("✓") == len(checks) - 1
    plots.save(figure, tmp_path / "a.png")


def test_checks_of_every_file_of_the_audit_stand_under_a_title_of_their_own_kind():
    """A new file would stand there by its name, behind all others; then name its title in plots/audit.py."""
    files = {check.__module__.rsplit(".", 1)[-1] for check in {**audit.CHECKS, **audit.CHECKS_OF_SPLIT}.values()}
    assert files == set(TITLES)


@pytest.mark.parametrize(("number", "drawn"), [(9, "9"), (239, "239"), (32_398, "32,398")])
def test_a_number_of_findings_is_drawn_whole_in_a_mark_that_holds_it(number, drawn):
    figure = plots.findings(findings_of(*[("warning", "duplicates")] * number), 9)
    text = next(text for axes in figure.axes for text in axes.texts if text.get_text().strip() == drawn)
    figure.draw_without_rendering()
    mark, inside = text.get_bbox_patch().get_window_extent(), text.get_window_extent()
    assert mark.x0 < inside.x0 < inside.x1 < mark.x1 and 0 < mark.x0 < mark.x1 < figure.bbox.x1


def test_a_check_in_a_new_room_of_the_audit_shows_and_is_counted(monkeypatch):
    check = lambda clips: ()  # noqa: E731
    check.__module__ = "emokit.audit.far_away"
    monkeypatch.setitem(audit.CHECKS, "new", check)
    figure = plots.findings(findings_of(("severe", "new")), 9)
    assert {"far away", "new", "1"} <= set(words_of(figure)) and figure.finding == "Severe: new"


def test_what_is_found_by_no_check_of_the_audit_shows_and_is_counted():
    figure = plots.findings(findings_of(("warning", "review"), ("info", "review")), 9)
    assert {"found by others", "review"} <= set(words_of(figure))
    assert figure.finding == "Nothing is severe; 1 of 31 checks warn"


def test_what_a_split_was_found_to_share_shows_though_nobody_said_that_it_has_parts():
    figure = plots.findings(findings_of(("severe", "content across parts")), 9)
    assert figure.finding == "Severe: content across parts" and "content across parts" in words_of(figure)


def giveaways_of(**uar):
    return pd.DataFrame({"uar": uar, "chance": 0.25, "guessing": 0.3})


def test_the_giveaways_are_held_against_chance_and_file_order_gives_no_title():
    table = giveaways_of(**{"file order": 0.9, "duration": 0.4, "loudness": 0.3})
    assert plots.giveaways(table).finding == "Duration alone gives a UAR of 40%; a model has to do better"
    assert "chance 25 %, and what guessing may reach" in words_of(plots.giveaways(table))
    assert plots.giveaways(table.iloc[:0]).finding == "No trivial fact differs between the clips"
    assert plots.giveaways(table.iloc[:1]).finding == "Only what no model reads differs between the clips"


def test_giveaways_that_tie_share_the_title_and_guessing_gets_none():
    table = giveaways_of(hum=0.4, duration=0.402, loudness=0.38)
    assert plots.giveaways(table).finding.startswith("Duration and hum, each alone, give a UAR of 40%")
    assert plots.giveaways(table * [0.7, 1, 1]).finding == "No trivial fact tells the emotion better than guessing"


def test_counts_title_names_every_emotion_that_is_as_rare_or_as_frequent():
    clips = make_clips(repeats=3)
    assert plots.counts(clips).finding == "All 4 emotions have 24 clips"
    less = clips.drop(clips.index[clips["emotion"] == "sad"][:4])
    assert plots.counts(less).finding == (
        "sad is the rarest with 20 clips, neutral, happy and angry are the most frequent with 24 each"
    )
    least = less.drop(less.index[less["emotion"] == "angry"][:4])
    assert plots.counts(least).finding.startswith("sad and angry are the rarest with 20 clips each, neutral and happy")
    nine = pd.concat([clips.assign(emotion=[*emotions.EMOTIONS[:8]] * 12), clips.iloc[:5].assign(emotion="bored")])
    assert plots.counts(nine).finding.endswith("rarest with 5 clips, 8 emotions are the most frequent with 12 each")


def test_level_title_names_every_emotion_that_is_as_loud():
    clips = make_clips()
    for levels, said in (
        ((0.01, 0.1, 0.01, 0.102), "happy and angry are the loudest, 20 dB above neutral and sad"),
        ((0.01, 0.0101, 0.0102, 0.0104), "The emotions are equally loud"),
        ((0.01, 0.02, 0.04, 0.08), "angry is the loudest, 18 dB above neutral"),
    ):
        clips["rms"] = clips["emotion"].map(dict(zip(NAMES, levels, strict=True)))
        assert plots.durations_and_levels(clips).finding == said


def test_the_steps_beside_a_player_begin_where_the_model_begins_to_read():
    tone = 0.1 * np.sin(np.arange(16_000) / 5).astype(np.float32)
    late = np.concatenate([np.zeros(8_000, np.float32), tone])
    edges = clip_pixels.step_edges(late, 16_000)
    _, first = LogMelSettings().placed(late)
    assert edges[0] == pytest.approx(first * 0.01) and abs(edges[0] - 0.5) < 0.03
    assert np.allclose(np.diff(edges), 0.16)
    picture = np.array(Image.open(io.BytesIO(plots.clip_png(late))).convert("L"))
    marks = np.nonzero(picture[clip_pixels.WAVE + 4, clip_pixels.LEFT :] < 200)[0]
    np.testing.assert_allclose(marks / clip_pixels.WIDTH * 1.5, edges[edges < 1.5], atol=0.006)


def test_the_picture_of_a_clip_shows_a_tone_where_it_is():
    tone = np.where(np.arange(16_000) < 8_000, np.sin(2 * np.pi * 2_000 * np.arange(16_000) / 16_000), 0)
    levels = clip_pixels.spectrogram(0.1 * tone, 16_000, 100)
    assert abs(levels[:, 25].argmax() - 0.75 * len(levels)) <= 1 and levels[:, 25].max() > 0.99
    assert levels[:, 60:].max() == 0
    assert Image.open(io.BytesIO(plots.clip_png(np.zeros(14_400, np.float32)))).size == (447, 192)


def test_a_rise_at_the_end_of_a_training_stands_below_its_curves():
    epochs = np.arange(1, 41)
    history = pd.DataFrame({"epoch": epochs, "loss": 1.0, "val_loss": 1.0, "uar": 0.5, "learning_rate": 0.003})
    for curve, rises in ((epochs / 100, True), (np.where(epochs < 20, epochs / 100, 0.2), False)):
        figure = plots.history(history.assign(val_uar=curve))
        words = " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))
        assert ("still rising at the end: raise epochs" in words) == rises
