"""CaFE: twelve actors of Canadian French, six sentences, seven emotions in two intensities (Gournay et al. 2018).

Names, sentences, counts, rate, mean length and folds after EmoBox; of its three folds of four speakers two were read,
and the third is the rest. Folders come out of the zip with broken names (ColŠre), so nothing is taken from them.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "C": "angry", "D": "disgust", "J": "happy", "N": "neutral", "P": "fearful", "S": "surprised", "T": "sad",
}  # fmt: skip
SENTENCES = {
    "1": "Un cheval fou dans mon jardin",
    "2": "Deux ânes aigris au pelage brun",
    "3": "Trois cygnes aveugles au bord du lac",
    "4": "Quatre vieilles truies éléphantesques",
    "5": "Cinq pumas fiers et passionnés",
    "6": "Six ours aimants domestiqués",
}
ACTORS = [f"{number:02}" for number in range(1, 13)]

CORPUS = Corpus(
    name="cafe",
    title="CaFE",
    language="fr",
    licence="academic research, as nkululeko lists it; see its page",
    citation="Gournay, Lahaie & Lefebvre (2018), ACM Multimedia Systems, 399-402",
    url="https://zenodo.org/record/1478765",
    example="Surprise/Faible/03-S-1-2.wav",
    pattern=r"(?P<speaker>\d\d)-(?P<emotion>[A-Z])-(?P<intensity>\d)-(?P<sentence>\d)",
    codes={"emotion": EMOTIONS, "intensity": {"1": "low", "2": "high"}, "sentence": SENTENCES},
    sexes={actor: "male" if int(actor) % 2 else "female" for actor in ACTORS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 144) | {"neutral": 72},
    by_speaker=dict.fromkeys(ACTORS, 78),
    rate=(48_000, 192_000),  # two editions, WAV and AIFF
    seconds=(None, 4.6, None),
    folds=(("01", "07", "08", "10"), ("02", "04", "09", "12"), ("03", "05", "06", "11")),
    by_hand="download {url}/files/CaFE_48k.zip (no checksum of it is published), and place it so that {clip} is there",
)
