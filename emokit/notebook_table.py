"""What the notebooks' parameters are: one table of names, types, defaults and ranges."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from emokit import MAX_SEQ_LENGTH
from emokit.corpora.own import YOUR_OWN
from emokit.corpora.published import PUBLISHED

CORPORA = (*PUBLISHED, *YOUR_OWN)
RUN_NAME = re.compile(r"(?!\.)[a-z0-9._-]{1,64}")
RUN_NAME_IN_WORDS = "1 to 64 small letters, digits, '.', '_' or '-', not beginning with '.'"
AT_ONCE = ("statistics", "quarters")  # bodies that learn nothing, so that the last layer alone can be found


@dataclass(frozen=True)
class Parameter:
    """One row of the table."""

    default: str | int | float | bool  # its type is the parameter's; "" means nothing given
    help: str  # one line for `papermill --help-notebook`, without range and choices, which are added
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()  # what a text may be; empty for any text
    several: bool = False  # names separated by commas, or a list; a list after the check
    path: bool = False  # a file or folder, absolute after the check


TABLE = {
    "corpus": Parameter(
        "demo", "which corpus, or several: python -m emokit.corpora list shows them", choices=CORPORA, several=True
    ),
    "data_dir": Parameter("", "folder of the corpus (file, for table); default data/<corpus>", several=True, path=True),
    "corpus_dir": Parameter("", "its folder (file, for table); default data/<corpus>", several=True, path=True),
    "name": Parameter("", "what to call your own corpus; default like its folder or table", several=True),
    "emotion_pattern": Parameter("", "for folders: its first group in a path is the emotion, as in _([a-z]+)$"),
    "speaker_pattern": Parameter("", "for folders: its first group in a path is the speaker, as in ^([^/]+)/"),
    "columns": Parameter("", "which columns of a table are file, emotion, speaker; pairs as in docs/your-own.md"),
    "audio_dir": Parameter("", "folder of a table's sounds, if elsewhere; several too", several=True, path=True),
    "labels": Parameter("", "emotions for labels as given, none to leave out; pairs as in docs/your-own.md"),
    "outputs_dir": Parameter("outputs", "folder of the runs", path=True),
    "run": Parameter("", "name of the run; default <name of the corpus>-fold<fold>"),
    "runs": Parameter("demo-fold1", "names of the runs to read", several=True),
    "file": Parameter("", "recording to hear, of any length; default test clips one after the other", path=True),
    "leave_out": Parameter("", "tables of clips to leave out, as copies.csv of 01", several=True, path=True),
    "voice": Parameter(
        "", "recordings of who speaks, for runs that are normalised by speaker", several=True, path=True
    ),
    "preset": Parameter("", "file in presets/ (without .yaml) for what is not given here"),
    "split": Parameter("speaker", "who may not cross parts", choices=("speaker", "speaker+sentence", "table", "clip")),
    "fold": Parameter(1, "which fold is the test", low=1, high=1000),
    "folds": Parameter(0, "number of folds; 0 takes the published ones, else 4", low=0, high=1000),
    "test_speakers": Parameter("", "speakers of the test, instead of a fold", several=True),
    "dev_speakers": Parameter("", "speakers of dev, instead of drawn ones", several=True),
    "n_dev_speakers": Parameter(
        0, "how many are drawn; 0: one, or with plateau, where they choose the epoch, a fifth", low=0, high=1000
    ),
    "classes": Parameter("shared", "shared by all corpora, all, or names", several=True),
    "split_seed": Parameter(0, "deals the folds and draws the dev speakers", low=0, high=2**31 - 1),
    "seed": Parameter(0, "of weights, order and augmentation", low=0, high=2**31 - 1),
    "epochs": Parameter(80, "how many; with plateau at most, since early stopping may end before", low=1, high=100_000),
    "batch_size": Parameter(32, "clips in a batch", low=1, high=4096),
    "learning_rate": Parameter(0.003, "of Adam, the highest", low=1e-7, high=1.0),
    "schedule": Parameter("cosine", "how the learning rate falls", choices=("plateau", "cosine")),
    "weight_decay": Parameter(0.01, "what weights lose in an update, as a share of the rate", low=0.0, high=1.0),
    "label_smoothing": Parameter(0.1, "share of the truth that is every class alike", low=0.0, high=0.9),
    "dropout": Parameter(0.3, "share of values dropped in training", low=0.0, high=0.95),
    "l2": Parameter(0.0, "weight of the squared kernels in the loss", low=0.0, high=1.0),
    "max_seq_length": Parameter(
        MAX_SEQ_LENGTH, "read of a clip at most, in 16 frames each: 160 ms, of an encoder 320 ms", low=1, high=1000
    ),
    "windows": Parameter(False, "read longer clips whole, in windows that overlap by half; else their beginning"),
    "n_mels": Parameter(64, "mel bands", low=8, high=256),
    "level": Parameter(False, "bring clips to one level, so that loudness tells nothing"),
    "features": Parameter("log_mel", "what is read of the sound", choices=("log_mel", "mfcc", "encoder")),
    "encoder": Parameter("whisper-base", "for features encoder: name, or folder or file of its weights"),
    "layer": Parameter(0, "whose frames are taken, of the encoder; 0 is the middle one", low=0, high=1000),
    "normalise": Parameter(
        "corpus", "frames by the training part, or by each speaker", choices=("corpus", "speaker", "enrolled")
    ),
    "enrolled": Parameter(0, "clips by which a speaker of dev or test is known, for enrolled", low=0, high=1000),
    "enrolled_emotion": Parameter("", "emotion of those clips, such as neutral; default any"),
    "front_end": Parameter("none", "frames to steps", choices=("conv1d", "conv2d", "none", "frames")),
    "body": Parameter(
        "residual_lstm", "steps to what is said of a clip", choices=("bilstm", "residual_lstm", *AT_ONCE)
    ),
    "head": Parameter(
        "network", "last layer: trained with the network, or found at once", choices=("network", "lda", "logistic")
    ),
    "target": Parameter("emotions", "learned of a clip: its one emotion, or its votes", choices=("emotions", "votes")),
    "teacher": Parameter("", "run with head lda whose answers are learned beside the labels"),
    "class_weight": Parameter("balanced", "weight of the classes", choices=("balanced", "none")),
    "augment": Parameter(True, "vary the training clips"),
    "deterministic": Parameter(False, "same weights again on a GPU too, somewhat slower"),
    "allow_severe": Parameter(False, "train in spite of severe findings"),
    "apply_reviews": Parameter("", "runs whose reviews.csv corrects train and dev", several=True),
    "save_minutes": Parameter(10.0, "save the state this often within long epochs; 0 at their end", low=0, high=1e4),
    "tensorboard": Parameter(False, "write logs for TensorBoard (needs the extra tensorboard)"),
    "mislabelled": Parameter(False, "list the clips whose label is doubtful (needs the extra mislabelled)"),
    "stress": Parameter(False, "hear the test clips again in noise, rooms, by telephone: 0.5 s a clip, encoders 4 s"),
    "against": Parameter("", "run with whose recipe the others are compared; default the best of dev"),
    "plan": Parameter("presets/sweeps/demo.yaml", "what is tried: a plan like presets/sweeps/demo.yaml", path=True),
    "workers": Parameter(2, "runs side by side; -1 one a core; a cluster takes as many as it has", low=-1, high=10_000),
    "backend": Parameter(
        "threading", "where they run, as joblib calls it; docs/scale.md", choices=("threading", "loky", "dask", "ray")
    ),
    "scheduler": Parameter("", "of Dask, such as tcp://host:8786; default the one at hand"),
    "n_jobs": Parameter(-1, "threads that read clips; -1 one a core", low=-1, high=1024),
}

# What is another thing where runs are read: they know their own corpus, and where it lay.
WITH_RUNS = {
    "corpus": replace(TABLE["corpus"], default="", help="another corpus, to ask the runs about it too; default none"),
    "data_dir": replace(TABLE["data_dir"], help="folder of the runs' own corpus, if it is not where it was"),
}


def rows(names: Collection[str]) -> dict[str, Parameter]:
    """The table as a notebook with these parameters has it."""
    return TABLE | WITH_RUNS if "runs" in names else TABLE
