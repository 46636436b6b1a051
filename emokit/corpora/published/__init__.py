"""The published corpora, each in a file of its own: what `PUBLISHED` lists, the rest of emokit knows."""

from emokit.corpora.published.crema_d import CREMA_D
from emokit.corpora.published.demo import DEMO
from emokit.corpora.published.emodb import EMODB
from emokit.corpora.published.emovo import EMOVO
from emokit.corpora.published.iemocap import IEMOCAP
from emokit.corpora.published.ravdess import RAVDESS
from emokit.corpora.published.savee import SAVEE
from emokit.corpora.published.tess import TESS

PUBLISHED = {corpus.name: corpus for corpus in (DEMO, RAVDESS, CREMA_D, EMODB, SAVEE, TESS, EMOVO, IEMOCAP)}
