"""May it say "don't know"? Selective prediction: what is gained where the least sure answers are withheld.

El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification": coverage is the share of clips that
are answered, risk the share of wrong ones among them. How sure an answer is, is its highest probability.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import calibration, metrics

SHARES = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # left out, of the table


def threshold(dev: pd.DataFrame, share: float) -> float:
    """The confidence below which answers are withheld, so that of the dev clips at most this share is.

    Args:
        dev: predictions of part dev, columns `p_<emotion>` …; as calibrated as the answers that are to be held against
            it (`calibration.rescaled` both or neither).
        share: of the clips, 0 … below 1; the largest number of clips within it is left out, fewer where several are
            as sure.

    Returns:
        A confidence, 0 … 1; an answer that is exactly as sure stays.

    Raises:
        ValueError: without clips, or for another share.
    """
    if not 0 <= share < 1:
        raise ValueError(f"The share to leave out is {share}; expected 0 to below 1, such as 0.2.")
    if dev.empty:
        raise ValueError("There are no clips to choose a threshold on; give the predictions of part dev.")
    sure = np.sort(calibration.confidence(dev).to_numpy(float))
    return float(sure[math.floor(share * len(sure) + 1e-9)])  # 0.7 * 10 is 7, and no rounding less


def threshold_for(dev: pd.DataFrame, uar: float) -> float:
    """The lowest confidence from which on the dev clips reach a UAR, each class still there; NaN if none does.

    Args:
        dev: as for `threshold`, with `emotion` and `predicted`.
        uar: 0 … 1.

    Raises:
        ValueError: for another UAR.
    """
    if not 0 <= uar <= 1:
        raise ValueError(f"The UAR to reach is {uar}; expected 0 to 1, such as 0.8.")
    steps = curve(dev)
    good = steps[(steps["uar"] >= uar) & (steps["classes"] == dev["emotion"].nunique())]
    return float(good["threshold"].min()) if len(good) else math.nan


def share_for(predictions: pd.DataFrame, uar: float) -> float:
    """The smallest share of answers to withhold so that the rest of the dev clips reach a UAR; NaN if none does.

    It is what `predict(…, abstain=share)` takes: confidences are calibrated on dev as there.

    Args:
        predictions: of a run, as `run.predictions` gives them; with `run` where several were pooled (`metrics.pool`).
        uar: 0 … 1.

    Returns:
        0 … below 1.

    Raises:
        ValueError: without clips of part dev, or for another UAR.
    """
    each = predictions.groupby("run") if "run" in predictions else [("", predictions)]
    devs = [run[run["part"] == "dev"] for _, run in each]
    dev = pd.concat([calibration.rescaled(one, calibration.temperature(one)) for one in devs])
    least = threshold_for(dev, uar)
    return math.nan if math.isnan(least) else float((calibration.confidence(dev) < least).mean())


def answered(predictions: pd.DataFrame, threshold: float | pd.Series) -> pd.DataFrame:
    """The predictions that are at least so sure; a threshold for all, or one a row."""
    return predictions[calibration.confidence(predictions) >= threshold]


def curve(predictions: pd.DataFrame) -> pd.DataFrame:
    """Risk against coverage at each confidence that occurs, the surest first.

    Args:
        predictions: columns `emotion`, `predicted`, `p_<emotion>` …, of one part.

    Returns:
        A row a threshold: `threshold`, `coverage`, `risk`, and `uar` over the `classes` (how many) that are left.
    """
    sure = calibration.confidence(predictions).to_numpy(float)
    order = np.argsort(-sure, kind="stable")
    names, truth = np.unique(predictions["emotion"].to_numpy(str)[order], return_inverse=True)
    right = (predictions["emotion"] == predictions["predicted"]).to_numpy()[order]
    of_class = truth[:, None] == np.arange(len(names))
    total, hits = of_class.cumsum(axis=0), (of_class & right[:, None]).cumsum(axis=0)
    last = np.flatnonzero(np.append(np.diff(sure[order]) != 0, [True] * bool(len(sure))))  # of those as sure
    total, hits, n = total[last], hits[last], last + 1
    recalls = np.divide(hits, total, out=np.zeros(hits.shape), where=total > 0)
    classes = (total > 0).sum(axis=1)
    steps = {"threshold": sure[order][last], "coverage": n / max(len(sure), 1), "risk": 1 - hits.sum(axis=1) / n}
    return pd.DataFrame(steps | {"uar": recalls.sum(axis=1) / classes, "classes": classes})


def table(predictions: pd.DataFrame, shares: Sequence[float] = SHARES) -> pd.DataFrame:
    """What remains right where the least sure clips of these predictions are left out.

    It describes them; a threshold to work with is chosen on dev (`threshold`).

    Args:
        predictions: as for `curve`, with `speaker`; `run` where several were pooled.
        shares: to leave out, each 0 … below 1.

    Returns:
        A row a share: `left_out`; `threshold`, `coverage` (larger where several are as sure); `risk`; `uar` with its
        95 % interval over speakers, `low` and `high`, NaN where `metrics.why_no_interval` says why; `clips`,
        `speakers`, and the `classes` (how many) that are left.
    """
    return pd.DataFrame([{"left_out": share} | _row(predictions, threshold(predictions, share)) for share in shares])


def _row(predictions: pd.DataFrame, least: float) -> dict:
    left = answered(predictions, least)
    low, high = metrics.interval(left)
    row = {"threshold": least, "coverage": len(left) / len(predictions)}
    row |= {"risk": float((left["emotion"] != left["predicted"]).mean())}
    row |= {"uar": metrics.uar(left["emotion"], left["predicted"]), "low": low, "high": high}
    return row | {"clips": len(left), "speakers": left["speaker"].nunique(), "classes": left["emotion"].nunique()}


def aurc(predictions: pd.DataFrame) -> dict[str, float]:
    """Area under the risk-coverage curve: the mean risk over all coverages, the lower the better.

    Geifman, Uziel & El-Yaniv 2019, "Bias-reduced uncertainty estimation for deep neural classifiers"; clips that are as
    sure count in every order alike.

    Returns:
        `aurc`; `best`, if each wrong answer were less sure than every right one; `chance`, if confidence told nothing.
        All 0 … 1, NaN without clips.
    """
    steps = curve(predictions)
    if steps.empty:
        return dict.fromkeys(("aurc", "best", "chance"), math.nan)
    n = np.arange(1, len(predictions) + 1)
    ends = np.append(0, np.round(steps["coverage"] * len(n)))
    wrong = np.interp(n, ends, np.append(0, steps["risk"] * ends[1:]))  # the mean over orders of those as sure
    n_wrong = round(float(wrong[-1]))
    best = np.maximum(n - (len(n) - n_wrong), 0)
    return {"aurc": float((wrong / n).mean()), "best": float((best / n).mean()), "chance": n_wrong / len(n)}


def sentence(predictions: pd.DataFrame, *, share: float | None = None, uar: float | None = None) -> str:
    """Say what a threshold that is chosen on dev does on the test, and what such a dev is worth.

    Args:
        predictions: of all parts, marked by `part`; with `run` where several were pooled, each by its own dev.
        share: to leave out on dev; or
        uar: to reach on dev, 0 … 1.
    """
    runs = predictions.groupby("run") if "run" in predictions else [("", predictions)]
    least, tests = [], []
    for _, run in runs:
        dev = run[run["part"] == "dev"]
        least.append(threshold(dev, share) if uar is None else threshold_for(dev, uar))
        tests.append(run[run["part"] == "test"])
    dev = predictions[predictions["part"] == "dev"]
    wanted = f"leave out the least sure {100 * share:.0f} % of" if uar is None else f"reach UAR {100 * uar:.0f} % on"
    asked = f"Asked to {wanted} dev ({_sizes(dev, len(least))})"
    if none := int(np.isnan(least).sum()):
        return f"{asked}, it finds no confidence that does{f' in {none} of {len(least)} runs' if none > 1 else ''}."
    test = pd.concat(tests)
    limits = np.repeat(least, [len(part) for part in tests])
    return f"{asked}, it withholds what is below {_between(least)}. {_effect(test, limits)} {_worth(dev, len(least))}"


def _effect(test: pd.DataFrame, limits: np.ndarray) -> str:
    """What of the test is withheld, of whom, and what UAR that leaves."""
    stays = (calibration.confidence(test) >= limits).reset_index(drop=True)
    test = test.reset_index(drop=True)
    left, before = test[stays], metrics.uar(test["emotion"], test["predicted"])
    said = f"On the test that is {100 * (1 - stays.mean()):.0f} % of {len(test)} clips"
    if test["speaker"].notna().any():
        by_speaker = 100 * (1 - stays.groupby(test["speaker"]).mean())
        said += f", of single speakers {by_speaker.min():.0f} to {by_speaker.max():.0f} %"
    if left.empty:
        return f"{said}; nothing is left."
    by_class = stays.groupby(test["emotion"]).mean()
    low, high = metrics.interval(left)
    known = f" (95 % interval {100 * low:.1f} to {100 * high:.1f})" if not math.isnan(low) else ""
    said += f"; UAR of the rest {100 * metrics.uar(left['emotion'], left['predicted']):.1f} %{known}"
    fewest = f"fewest answers stay of {by_class.idxmin()} ({100 * by_class.min():.0f} %)"
    return f"{said} instead of {100 * before:.1f} %; {fewest}."


def _worth(dev: pd.DataFrame, n_runs: int) -> str:
    """What a threshold chosen on this dev is worth."""
    n = dev["speaker"].nunique() / n_runs
    if dev["speaker"].isna().any():
        return "Whose voices dev has is not known, so how far the share holds for others is not known either."
    if n < metrics.MIN_SPEAKERS:
        voices = f"{'one voice' if n <= 1 else 'a few voices'} of dev{' in each run' if n_runs > 1 else ''}"
        return f"How sure a model is of {voices} says little of others: expect another share of new speakers."
    return "For new speakers expect a share within that of the single speakers here."


def _sizes(dev: pd.DataFrame, n_runs: int) -> str:
    runs = f" in {n_runs} runs" if n_runs > 1 else ""
    return f"{len(dev)} clips of {metrics.whose(dev)}{runs}"


def _between(least: Sequence[float]) -> str:
    low, high = f"{min(least):.2f}", f"{max(least):.2f}"
    return f"a confidence of {low}" if low == high else f"confidences of {low} to {high}"
