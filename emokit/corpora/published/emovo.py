"""EMOVO: six speakers of Italian, fourteen sentences, seven emotions (Costantini et al. 2014)."""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "dis": "disgust", "gio": "happy", "pau": "fearful", "rab": "angry", "sor": "surprised", "tri": "sad",
    "neu": "neutral",
}  # fmt: skip
SENTENCES = {
    "b1": "Gli operai si alzano presto", "b2": "I vigili sono muniti di pistola", "b3": "La cascata fa molto rumore",
    "l1": "L'autunno prossimo Tony partirà per la Spagna nella prima metà di ottobre",
    "l2": "Ora prendo la felpa di là ed esco per fare una passeggiata",
    "l3": "Un attimo dopo s'è incamminato… ed è inciampato",
    "l4": "Vorrei il numero telefonico del Signor Piatti",
    "n1": "La casa forte vuole col pane", "n2": "La forza trova il passo e l'aglio rosso",
    "n3": "Il gatto sta scorrendo nella pera", "n4": "Insalata pastasciutta coscia d'agnello limoncello",
    "n5": "Uno quarantatré dieci mille cinquantasette venti",
    "d1": "Sabato sera cosa farà?", "d2": "Porti con te quella cosa?",
}  # fmt: skip
SPEAKERS = ("f1", "f2", "f3", "m1", "m2", "m3")

CORPUS = Corpus(
    name="emovo",
    title="EMOVO",
    language="it",
    licence="non-commercial use, with acknowledgement",
    citation="Costantini et al. (2014), LREC, L14-1478",
    url="http://voice.fub.it/activities/corpora/emovo/index.html",
    example="EMOVO/f1/dis-f1-b1.wav",
    pattern=r"(?P<emotion>[a-z]{3})-(?P<speaker>[fm]\d)-(?P<sentence>[a-z]\d)",
    codes={"emotion": EMOTIONS, "sentence": SENTENCES},
    sexes={speaker: "female" if speaker[0] == "f" else "male" for speaker in SPEAKERS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 84),
    by_speaker=dict.fromkeys(SPEAKERS, 98),
    rate=48_000,
    seconds=(1.29, 3.12, 13.99),
    folds=(("f2",), ("m3",), ("m2",), ("f3",), ("f1",), ("m1",)),
    by_hand="download emovo.zip by the link at {url} (no checksum of it is published), and place it so that {clip} is "
    "there",
)
