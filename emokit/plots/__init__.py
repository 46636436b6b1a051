"""Static figures: what the notebooks and the report show. Titles state the finding, and it is computed from the data.

Each function gives a `Plot`, a matplotlib Figure that pyplot does not know of, so that nothing is shown twice or leaks.
"""

from emokit.plots.audit import findings, giveaways
from emokit.plots.clip_map import clip_map
from emokit.plots.clip_pixels import clip_png
from emokit.plots.clips import counts, durations_and_levels
from emokit.plots.comparison import costs, differences, ladder, learning_curves, recipe_scores
from emokit.plots.cues import cues
from emokit.plots.results import confusion, confusion_finding, recalls, reliability
from emokit.plots.rough import stress
from emokit.plots.speakers import speakers
from emokit.plots.style import Plot, png, save
from emokit.plots.surest import each_against_rest, risk_coverage
from emokit.plots.sweep import sweep
from emokit.plots.timeline import timeline
from emokit.plots.training import class_weights, history, split

__all__ = ["Plot", "class_weights", "clip_map", "clip_png", "confusion", "confusion_finding", "costs", "counts", "cues"]
__all__ += ["differences", "durations_and_levels", "each_against_rest", "findings", "giveaways", "history", "ladder"]
__all__ += ["learning_curves", "png", "recalls", "recipe_scores", "reliability", "risk_coverage"]
__all__ += ["save", "speakers", "split", "stress", "sweep", "timeline"]
