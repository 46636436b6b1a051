"""Where clips lie in what the last layer of a run reads, and what lies together there: voices, or emotions.

What is said of it is measured in all dimensions. A plane shows a small part of what is there, and two clips that lie
together in it may be far apart.
"""

import numpy as np
import pandas as pd

from emokit import metrics
from emokit.predict.nearest import directions

PROJECTIONS = ("PCA", "UMAP")
BLOCK = 1_000  # clips whose likeness to all others is in memory
Z = 1.96  # standard errors of a difference that chance gives in one of twenty cases
EMOTION, VOICE, ACROSS = "the same emotion", "the same voice", "the same emotion, of another voice"


def plane(vectors: np.ndarray, projection: str = "PCA") -> tuple[np.ndarray, float]:
    """Clips in a plane, by their directions; the same each time.

    Args:
        vectors: float (n, units), as `run.embeddings()` gives them.
        projection: PCA, or UMAP (McInnes et al. 2018, arXiv 1802.03426) by cosine, from a fixed seed.

    Returns:
        float32 (n, 2), and which share of their variance it shows, 0 … 1; NaN of UMAP, which keeps neighbours only.

    Raises:
        ImportError: when UMAP is asked for and missing.
    """
    pointed = directions(vectors)
    if projection == "UMAP":
        return _umap(pointed), np.nan
    from sklearn.decomposition import PCA  # here: it takes two seconds, and a view needs it late

    spread = pointed.var(axis=0, dtype=np.float64).sum()
    if len(pointed) < 3 or spread < 1e-12:
        return np.zeros((len(pointed), 2), np.float32), 1.0
    fitted = PCA(2, random_state=0)
    places = fitted.fit_transform(pointed)
    return places.astype(np.float32), float(fitted.explained_variance_ratio_.sum())


def _umap(pointed: np.ndarray) -> np.ndarray:
    try:
        from umap import UMAP
    except ImportError as error:
        raise ImportError("UMAP needs umap-learn. Install it: pip install 'emokit-ser[umap]'") from error
    if len(pointed) < 5:
        raise ValueError(f"UMAP needs at least 5 clips, here are {len(pointed)}; choose PCA.")
    near = min(15, len(pointed) - 2)
    start = "spectral" if near == 15 else "random"  # of few clips it warns
    fitted = UMAP(metric="cosine", n_neighbors=near, init=start, random_state=0, n_jobs=1)
    return np.asarray(fitted.fit_transform(pointed), np.float32)


def together(vectors: np.ndarray, clips: pd.DataFrame) -> pd.DataFrame:
    """How often the nearest other clip is alike: the share of nearest-neighbour coincidences (Schilling 1986, JASA 81).

    Nearest is by cosine, in all dimensions. Copies and what else is of one `group` are no neighbours. Chance is the
    share that a neighbour drawn from the same clips would give. Takes of one sentence by one voice in one emotion count
    for both alike, so emotion is asked for among the clips of other voices too.

    Args:
        vectors: float (n, units), of one run.
        clips: their `emotion` and `speaker`, and `group` where known; those of unknown speakers are left out if others
            are known.

    Returns:
        Rows EMOTION, VOICE and ACROSS, the last two only where several voices are known: `share`, `chance`,
        `above` = (share - chance) / (1 - chance), as in Cohen's kappa, its standard error `error`, as if clips were
        independent, and `clips`.
    """
    known = clips["speaker"].notna().to_numpy()
    if known.any():
        vectors, clips = vectors[known], clips[known]
    asked = {EMOTION: ("emotion", None), VOICE: ("speaker", None), ACROSS: ("emotion", "speaker")}
    if clips["speaker"].nunique() < 2:
        asked = {EMOTION: asked[EMOTION]}
    found = _ask(vectors, clips, asked)
    return pd.DataFrame.from_dict({name: _coincide(*of) for name, of in found.items()}, orient="index")


def _ask(vectors: np.ndarray, clips: pd.DataFrame, asked: dict) -> dict:
    """For each question whether the nearest clip is alike, and how probable that is by chance: float (2, n) each."""
    pointed, group = directions(vectors), _groups(clips)
    codes = {name: pd.factorize(clips[name])[0] for name in ("emotion", "speaker")}
    found = {name: [] for name in asked}
    for start in range(0, len(clips), BLOCK):
        block = slice(start, start + BLOCK)
        likeness, apart = pointed[block] @ pointed.T, group[block, None] != group
        for name, (column, other) in asked.items():
            allowed = apart if other is None else apart & (codes[other][block, None] != codes[other])
            alike = codes[column][block, None] == codes[column]
            nearest = np.where(allowed, likeness, -np.inf).argmax(axis=1)
            n, right = allowed.sum(axis=1), (allowed & alike).sum(axis=1)
            hit = alike[np.arange(len(nearest)), nearest].astype(float)
            some = np.where(n > 0, n, np.nan)  # whoever has no neighbour is asked nothing
            found[name].append(np.stack([np.where(n > 0, hit, np.nan), right / some]))
    return {name: np.concatenate(parts, axis=1) for name, parts in found.items()}


def _groups(clips: pd.DataFrame) -> np.ndarray:
    """A number for each clip; the same for copies, for what shares sound, and for one file asked of twice."""
    own = clips["file"] if "file" in clips else pd.Series(np.arange(len(clips)).astype(str), clips.index)
    of = clips["group"].where(clips["group"].notna(), own) if "group" in clips else own
    return pd.factorize(of.astype(str))[0]


def _coincide(hits: np.ndarray, chances: np.ndarray) -> dict:
    n = int(np.isfinite(hits).sum())
    if not n:
        return {"share": np.nan, "chance": np.nan, "above": np.nan, "error": np.nan, "clips": 0}
    share, chance = np.nanmean(hits), np.nanmean(chances)
    left = 1 - chance if chance < 1 else np.nan
    error = np.sqrt(share * (1 - share) / n) / left
    return {"share": share, "chance": chance, "above": (share - chance) / left, "error": error, "clips": n}


def finding(table: pd.DataFrame) -> str:
    """What lies together, in a few words, of what `together` gives."""
    emotion = table.loc[EMOTION]
    if VOICE not in table.index or not np.isfinite(table.loc[[EMOTION, VOICE], "above"]).all():
        sure = emotion["above"] > Z * emotion["error"]
        return "Emotions lie together" if sure else "Emotions do not lie together"
    voice = table.loc[VOICE]
    more = voice["above"] - emotion["above"]
    if abs(more) <= Z * np.hypot(voice["error"], emotion["error"]):
        return "Voices lie together as much as emotions do"
    return f"{'Voices' if more > 0 else 'Emotions'} lie together more than {'emotions' if more > 0 else 'voices'} do"


def in_words(table: pd.DataFrame) -> list[str]:
    """The figures behind the finding: of all other clips, and of those of other voices where they are known."""
    of = {name: f"{name} in {100 * row['share']:.0f} %" for name, row in table.iterrows()}
    of = {name: f"{words} (chance {100 * table.loc[name, 'chance']:.0f} %)" for name, words in of.items()}
    nearest = [f"The nearest other clip is of {' and of '.join(of[name] for name in (VOICE, EMOTION) if name in of)}."]
    if ACROSS in of:
        nearest.append(f"Among clips of other voices it is of {of[ACROSS].replace(ACROSS, EMOTION)}.")
    return nearest


def strays(vectors: np.ndarray, clips: pd.DataFrame) -> pd.Series:
    """How like each clip is to the others of its emotion: the cosine to their mean direction, the farthest off first.

    Args:
        vectors: float (n, units), of one run.
        clips: their `emotion`; one that is alone in it has nothing to be far from, and is left out.
    """
    pointed = directions(vectors).astype(np.float64)
    codes, names = pd.factorize(clips["emotion"])
    sums, n = np.zeros((len(names), pointed.shape[1])), np.bincount(codes, minlength=len(names))
    np.add.at(sums, codes, pointed)
    others = directions(sums[codes] - pointed)
    like = pd.Series((others * pointed).sum(axis=1), clips.index)
    return like[n[codes] > 1].sort_values(kind="stable")


def of_test(run) -> tuple[pd.DataFrame, np.ndarray]:
    """The test clips of a complete run, predictions joined with what else is known of them, and their embeddings."""
    predictions = run.predictions.reset_index(drop=True)
    test = metrics.of_test(predictions)
    return metrics.with_clips(test, metrics.of_test(run.clips)), run.embeddings()[test.index]
