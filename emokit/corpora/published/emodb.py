"""EmoDB, the Berlin database: ten speakers of German, ten sentences, seven emotions (Burkhardt et al. 2005)."""

from emokit.corpora.corpus import Archive, Corpus

EMOTIONS = {  # initials of the German words
    "W": "angry", "L": "bored", "E": "disgust", "A": "fearful", "F": "happy", "T": "sad", "N": "neutral",
}  # fmt: skip
SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
BY_SPEAKER = {
    "03": 49, "08": 58, "09": 43, "10": 38, "11": 55, "12": 35, "13": 61, "14": 69, "15": 56, "16": 71,
}  # fmt: skip

CORPUS = Corpus(
    name="emodb",
    title="EmoDB",
    language="de",
    licence="CC BY 4.0 on Zenodo (CC0 1.0 in the files themselves)",
    citation="Burkhardt et al. (2005), Interspeech, 1517-1520",
    url="https://zenodo.org/records/7447302",
    example="wav/03a01Fa.wav",
    pattern=r"(?P<speaker>\d\d)(?P<sentence>[a-z]\d\d)(?P<emotion>[A-Z])(?P<take>[a-z])",
    codes={"emotion": EMOTIONS, "sentence": SENTENCES},
    sexes={speaker: "female" if speaker in ("08", "09", "13", "14", "16") else "male" for speaker in BY_SPEAKER},
    by_emotion={
        "angry": 127, "bored": 81, "neutral": 79, "happy": 71, "fearful": 69, "sad": 62, "disgust": 46,
    },
    by_speaker=BY_SPEAKER,
    rate=16_000,
    seconds=(1.23, 2.78, 8.98),
    archive=Archive(
        "https://zenodo.org/records/7447302/files/emodb.zip?download=1",
        "md5:9d21362dbc5676ef3ab4745d83ced0db", 39_981_818, 100_000_000,
    ),
    note="audb's version 2.0.0 has 816 clips: it adds those that fewer than 80 % of the listeners recognised.",
)  # fmt: skip
