"""The published corpora: each is a file here and a name in this list, and whatever emokit does with it follows.

Parameters, folds, counts, `fetch`, the tables of docs/corpora.md: nothing else names a corpus.
"""

from importlib import import_module

NAMES = (
    "demo",
    "ravdess",
    "crema-d",
    "emodb",
    "savee",
    "tess",
    "emovo",
    "iemocap",
    "jl",
    "casia",
    "polish",
    "cafe",
    "subesco",
    "esd",
    "kannada",
    "urdu",
    "turev",
    "ased",
    "oreau",
    "mesd",
    "shemo",
    "emov-db",
    "aesdd",
    "enterface",
    "asvp-esd",
    "baved",
    "emouerj",
    "ravdess-song",
    "meld",
    "msp-podcast",
    "msp-improv",
    "cmu-mosei",
    "emozionalmente",
    "nemo",
    "emns",
    "pavoque",
    "m3ed",
    "resd",
    "mead",
)
PUBLISHED = {name: import_module(f"{__name__}.{name.replace('-', '_')}").CORPUS for name in NAMES}
