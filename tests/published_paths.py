"""Paths of published corpora as they were read in public listings and metadata, or after the published scheme.

Nothing here is made from a row's pattern.
"""

# Path: emotion, speaker, sex, and what else the name tells; None for what it does not.
PATHS = {
    "jl": {
        "Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/male2_concerned_9a_1.wav":
            ("concerned", "male2", "male", {"sentence": "9", "session": "a", "take": "1"}),
        "female1_angry_15b_2.wav": ("angry", "female1", "female", {"sentence": "15", "session": "b", "take": "2"}),
        "male1_excited_1a_1.wav": ("excited", "male1", "male", {"sentence": "1"}),
    },
    "casia": {
        "wangzhe/sad/232.wav": ("sad", "wangzhe", "male", {"sentence": "232"}),
        "liuchanhg/surprise/202.wav": ("surprised", "liuchanhg", "female", {"sentence": "202"}),
        "CASIA/ZhaoZuoxiang/fear/246.wav": ("fearful", "zhaozuoxiang", "male", {"sentence": "246"}),
        "zhaoquanyin/neutral/201.wav": ("neutral", "zhaoquanyin", "female", {"sentence": "201"}),
    },
    "polish": {
        "m3.n_nie_4.wav": ("neutral", "m3", "male", {"sentence": "nie", "take": "4"}),
        "m1.a_trzymaj_1.wav": ("angry", "m1", "male", {"sentence": "trzymaj", "take": "1"}),
        "Speech_emotions/m5.s_oddaj_5.wav": ("fearful", "m5", "male", {"sentence": "oddaj"}),
    },
    "cafe": {
        "Surprise/Faible/03-S-1-2.wav":
            ("surprised", "03", "male", {"sentence": "Deux ânes aigris au pelage brun", "intensity": "low"}),
        "CaFE_48k/Colère/Fort/12-C-2-1.wav":
            ("angry", "12", "female", {"sentence": "Un cheval fou dans mon jardin", "intensity": "high"}),
        "CaFE_48k/D‚go–t/Faible/04-D-1-6.wav": ("disgust", "04", "female", {"intensity": "low"}),  # as it is unpacked
        "Neutre/05-N-1-3.aiff": ("neutral", "05", "male", {}),
    },
    "subesco": {
        "F_01_OISHI_S_10_ANGRY_1.wav": ("angry", "F_01", "female", {"sentence": "10", "take": "1"}),
        "M_01_BASHIR_S_10_ANGRY_1.wav": ("angry", "M_01", "male", {"sentence": "10"}),
        "SUBESCO/M_05_DURANTO_S_3_FEAR_5.wav": ("fearful", "M_05", "male", {"sentence": "3", "take": "5"}),
    },
    "esd": {
        "0012/Angry/0012_001355.wav": ("angry", "0012", "male", {"language": "en", "number": "001355"}),
        "0012/Surprise/evaluation/0012_001401.wav": ("surprised", "0012", "male", {"language": "en", "part": "dev"}),
        "Emotion Speech Dataset/0001/Neutral/train/0001_000021.wav":
            ("neutral", "0001", "female", {"language": "zh", "part": "train"}),
        "0020/Happy/test/0020_000720.wav": ("happy", "0020", "male", {"language": "en", "part": "test"}),
        "0010/Sad/0010_001051.wav": ("sad", "0010", "male", {"language": "zh"}),
    },
    "kannada": {
        "09-05-01.wav": ("fearful", "09", "female", {"sentence": "01"}),
        "13-03-06.wav": ("surprised", "13", "male", {"sentence": "06"}),
        "6345107/04-04-02.wav": ("happy", "04", "male", {"sentence": "02"}),
    },
    "urdu": {
        "Angry/SM1_F10_A010.wav": ("angry", "SM1", "male", {"take": "10"}),
        "Sad/SM24_F38_S050.wav": ("sad", "SM24", "male", {"take": "38"}),
        "Sad/SM6_F4_S0100.wav": ("sad", "SM6", "male", {}),
        "Sad/SF11_F1_S03.wav": ("sad", "SF11", "female", {}),
    },
    "turev": {
        "Sound Source/Angry/1157_kz_acik.wav": ("angry", "1157", None, {"sentence": "acik"}),
        "Sound Source/Calm/1234_sk_algi.wav": ("calm", "1234", None, {"sentence": "algi"}),
        "Sound Source/Happy/1358_mt_dugun.wav": ("happy", "1358", None, {"sentence": "dugun"}),
        "Angry/7895_kz_ceren.wav": ("angry", "7895", None, {"sentence": "ceren"}),
    },
    "ased": {
        "02Fearful/f2-06-02-02-51.wav": ("fearful", "51", "male", {}),
        "a5-03-01-02-50.wav": ("angry", "50", "male", {"take": "01"}),
        "n1-01-01-01-03.wav": ("neutral", "03", "female", {}),
        "S4-02-01-01-17.wav": ("sad", "17", "female", {}),  # one name begins with a capital
        "s4-02-02-01-17.wav": ("sad", "17", "female", {}),
    },
    "oreau": {
        "Ore\u0301auFR_02/m/sessc/39a02Ca.wav": ("angry", "39", "male", {}),
        "Ore\u0301auFR_02/f/sessj/10a02Ja.wav": ("happy", "10", "female", {}),
        "m/sessn/11a04Na.wav": ("neutral", "11", "male", {}),
    },
    "mesd": {
        "Mexican Emotional Speech Database (MESD)/Happiness_M_B_aventurero.wav":
            ("happy", None, "male", {"sentence": "aventurero", "voice": "man"}),
        "Disgust_C_A_basta_ya.wav": ("disgust", None, None, {"sentence": "basta_ya", "voice": "child"}),
        "Anger_F_A_abajo.wav": ("angry", None, "female", {"sentence": "abajo", "voice": "woman"}),
    },
    "shemo": {
        "female/F24H24.wav": ("happy", "F24", "female", {}),
        "male/M02A01.wav": ("angry", "M02", "male", {}),
        "female/F01W03.wav": ("surprised", "F01", "female", {}),
        "F03F02.wav": ("fearful", "F03", "female", {}),
    },
    "emov-db": {
        "jenie_Disgusted/disgust_29-56_0033.wav": ("disgust", "jenie", "female", {"sentence": "0033"}),
        "bea_Amused/amused_1-28_0001.wav": ("amused", "bea", "female", {"sentence": "0001"}),
        "EmoV-DB_sorted/sam/Sleepy/sleepiness_57-84_0069.wav": ("sleepy", "sam", "male", {"sentence": "0069"}),
        "EmoV-DB_sorted/bea/Angry/anger_1-28_0002.wav": ("angry", "bea", "female", {}),
        "josh_Neutral/neutral_1-28_0003.wav": ("neutral", "josh", "male", {}),
    },
    "aesdd": {
        "disgust/d20 (4).wav": ("disgust", "4", None, {"sentence": "20"}),
        "anger/a06 (5)b.wav": ("angry", "5", None, {"sentence": "06", "take": "b"}),
        "f10 (01).wav": ("fearful", "1", None, {"sentence": "10"}),
        "happiness/h01 (6).wav": ("happy", "6", None, {"sentence": "01"}),
    },
    "enterface": {
        "subject 38/disgust/sentence 5/s38_di_5.avi": ("disgust", "38", None, {}),
        "subject 1/anger/sentence 1/s1_an_1.avi": ("angry", "1", None, {}),
        "s9_3_su_2.avi": ("surprised", "9", None, {}),
    },
    "asvp-esd": {
        "Bonus/actor_50/03-02-04-01-21-50-04-01-00-14-18.wav":
            ("sad", "50", "male", {"intensity": "normal", "channel": "non-speech", "age": "baby"}),
        "Audio/actor_36/03-01-05-02-01-36-03-03-01.wav":
            ("angry", "36", "male", {"intensity": "strong", "channel": "speech", "age": "under 20"}),
        "Audio/actor_101/03-02-06-02-30-101-02-01-00-16-02.wav": ("fearful", "101", "female", {"age": "20 to 64"}),
        "03-01-09-01-06-37-02-02.wav": ("excited", "37", "female", {}),
    },
    "baved": {
        "0/0-m-21-0-1-105.wav": ("neutral", "0", "male", {"sentence": "اعجبني", "age": "21"}),
        "0/100-f-6-0-2-2.wav": ("high", "100", "female", {"age": "6"}),
        "6/47-M-20-6-0-159.wav": ("low", "47", "male", {"sentence": "سيئ"}),
    },
    "emouerj": {
        "emoUERJ/m03s08.wav": ("sad", "m03", "male", {"take": "08"}),
        "w01h19.wav": ("happy", "w01", "female", {"take": "19"}),
    },
}  # fmt: skip
# Names that look nearly like it, and are left out.
STRANGERS = {
    "jl": "male2_concerned_9a.wav",
    "polish": "m3_n_nie_4.wav",
    "esd": "0012/0012_001355.wav",
    "oreau": "Ore\u0301auFR_01/m/sessc/39a02Ca.wav",
    "asvp-esd": "Actor_12/03-01-05-01-02-01-12.wav",  # RAVDESS
    "kannada": "03-01-05-01-02-01-12.wav",
}
