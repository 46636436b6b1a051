"""Views for looking and listening. Each is HTML without script and plain text too, for where no script runs."""

from emokit.notebook import interactive
from emokit.widgets.clip_player import SoundBudget, listen, mp3
from emokit.widgets.confusion_explorer import ConfusionExplorer
from emokit.widgets.copies import Copies
from emokit.widgets.corpus_browser import CorpusBrowser
from emokit.widgets.run_table import RunTable
from emokit.widgets.static_twins import View
from emokit.widgets.timeline import Timeline
from emokit.widgets.training_monitor import TrainingMonitor, training_monitor
from emokit.widgets.worst_mistakes import mistakes

__all__ = ["ConfusionExplorer", "Copies", "CorpusBrowser", "RunTable", "SoundBudget", "Timeline", "TrainingMonitor"]
__all__ += ["View", "interactive", "listen", "mistakes", "mp3", "training_monitor"]
