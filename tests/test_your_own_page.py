"""docs/your-own.md: each situation is laid out from demo clips, and both of its lines say the same of it."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from in_process import run_notebook

from emokit import corpora, notebook_parameters, splits
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]
PAGE = (PROJECT / "docs" / "your-own.md").read_text(encoding="utf-8")
SITUATIONS = {
    int(number): dict(re.findall(r"```(bash|python)\n(.*?)\n```", text, flags=re.S))
    for number, text in re.findall(r"^## (\d+)\. (.*?)(?=^## |\Z)", PAGE, flags=re.S | re.M)
}
CODES = {"ang": "angry", "fea": "fearful", "hap": "happy", "neu": "neutral", "sad": "sad"}
VOICES = ("v01", "v02", "v03", "v04", "v05", "v06")
PARTS = {"v01": "train", "v02": "train", "v03": "train", "v04": "dev", "v05": "test", "v06": "test"}


@pytest.fixture(scope="module")
def demo(demo_dir):
    """Two sentences of six voices in five emotions: file, emotion, speaker, part."""
    rows = []
    for voice in VOICES:
        for file in sorted((demo_dir / voice).glob(f"{voice}_s[12]_???_1.flac")):
            rows.append({"source": file, "emotion": CODES[file.stem.split("_")[2]], "speaker": voice})
    return pd.DataFrame(rows).assign(part=lambda clips: clips["speaker"].map(PARTS))


def copied(clips, folder, name):
    """Copies below a folder, called by a function of (number, clip)."""
    files = []
    for number, clip in enumerate(clips.itertuples()):
        file = Path(folder) / f"{name(number, clip)}.flac"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip.source, file)
        files.append(file.as_posix())
    return files


def class_folders(clips):
    copied(clips, "clips", lambda n, clip: f"{clip.emotion}/{clip.speaker}_{n}")


def speaker_folders(clips):
    copied(clips, "clips", lambda n, clip: f"{clip.speaker}/{clip.emotion.title()}/{clip.speaker}_{n:06}")


def one_folder(clips):
    copied(clips, "clips", lambda n, clip: f"{clip.speaker}-{n}_{clip.emotion}")


def part_folders(clips):
    words = {"train": "train", "dev": "val", "test": "test"}
    copied(clips, "clips", lambda n, clip: f"{words[clip.part]}/{clip.speaker}/{clip.emotion}/{n}")


def three_tables(clips):
    table = clips.assign(file=copied(clips, "lists", lambda n, clip: f"wav/{n}"))
    table["file"] = table["file"].str.removeprefix("lists/")
    for part, rows in table.groupby("part"):
        rows[["file", "emotion", "speaker"]].to_csv(f"lists/{part}.csv", index=False)


def other_columns(clips):
    files = copied(clips, ".", lambda n, clip: f"wav/{n}")
    table = pd.DataFrame({"FileName": files, "EmoClass": clips["emotion"], "SpkrID": clips["speaker"]})
    table.to_csv("labels.csv", index=False, sep=";")


def coded_labels(clips):
    codes = clips["emotion"].str[0].str.upper()
    codes[::10] = "xxx"
    table = pd.DataFrame({"file": copied(clips, ".", lambda n, clip: f"wav/{n}"), "emotion": codes})
    table.assign(speaker=clips["speaker"]).to_csv("labels.csv", index=False)


def elsewhere(clips):
    files = copied(clips, "recordings", lambda n, clip: f"{clip.speaker}/{n}")
    names = [Path(file).name for file in files]
    pd.DataFrame({"file": names, "emotion": clips["emotion"], "speaker": clips["speaker"]}).to_csv("labels.csv")


def turns(clips):
    rows = []
    for speaker, spoken in clips.groupby("speaker"):
        samples = [sf.read(file)[0] for file in spoken["source"]]
        ends = np.cumsum([len(sound) for sound in samples]) / 16_000
        sf.write(f"{speaker}.wav", np.concatenate(samples), 16_000)
        for emotion, start, end in zip(spoken["emotion"], [0, *ends[:-1]], ends, strict=True):
            rows.append((f"{speaker}.wav", round(start, 3), round(end, 3), emotion, speaker))
    pd.DataFrame(rows, columns=["file", "start", "end", "emotion", "speaker"]).to_csv("turns.csv", index=False)


def in_memory(clips):
    frame = clips[["emotion", "speaker"]].assign(file=copied(clips, ".", lambda n, clip: f"wav/{n}"))
    frame.to_json("frame.jsonl", orient="records", lines=True)
    return {"frame": frame}


def several_raters(clips):
    files = copied(clips, ".", lambda n, clip: f"wav/{n}")
    table = pd.DataFrame({"file": files, "emotion": clips["emotion"], "speaker": clips["speaker"]})
    wrong = table.assign(emotion=np.roll(table["emotion"], 1))
    rows = [table.assign(rater="ann"), table.assign(rater="bob"), wrong.assign(rater="cid")]
    pd.concat(rows).to_csv("ratings.csv", index=False)


LAID_OUT = {
    1: class_folders, 2: speaker_folders, 3: one_folder, 4: part_folders, 5: three_tables, 6: other_columns,
    7: coded_labels, 8: elsewhere, 9: turns, 10: in_memory, 11: several_raters,
}  # fmt: skip


@pytest.fixture
def situation(request, demo, tmp_path, monkeypatch):
    """The situation of this number, laid out in the current folder: its two lines, and the names that Python needs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EMOKIT_OUTPUTS_DIR", raising=False)
    names = LAID_OUT[request.param](demo) or {}
    return SITUATIONS[request.param], {"corpora": corpora, **names}


def given(line):
    """The parameters that a line of papermill gives: what stands behind -p."""
    words = shlex.split(line)
    assert words[:3] == ["papermill", "notebooks/02_train.ipynb", "out.ipynb"]
    assert set(words[3::3]) == {"-p"}
    return dict(zip(words[4::3], words[5::3], strict=True))


def notebook_cells():
    cells = json.loads((PROJECT / "notebooks" / "02_train.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def loaded_by_02(parameters):
    """The clips as 02 loads them with these parameters, and the parameters as it checks them."""
    (declared,) = ("".join(c["source"]) for c in notebook_cells() if "parameters" in c["metadata"].get("tags", []))
    (load,) = ("".join(c["source"]) for c in notebook_cells() if "corpora.load(" in "".join(c["source"]))
    injected = "# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    space = {"In": ["", declared, injected, ""], "corpora": corpora}
    exec(declared, space)
    exec(injected, space)
    checked = notebook_parameters.check(space)
    body = ast.parse(load).body
    found = [line for line in body if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "found"][0]
    before = [line for line in body[: body.index(found)] if "settings" not in ast.unparse(line)]
    exec(compile(ast.Module([*before, found], []), "02", "exec"), space)
    return space["found"], checked


def test_the_page_has_eleven_situations_with_two_lines_each():
    assert sorted(SITUATIONS) == sorted(LAID_OUT) == list(range(1, 12))
    for lines in SITUATIONS.values():
        assert sorted(lines) == ["bash", "python"] and not any("\n" in line for line in lines.values())


@pytest.mark.parametrize("situation", LAID_OUT, indirect=True)
def test_python_and_papermill_give_the_clips_as_they_are(situation, demo, request):
    lines, names = situation
    exec(lines["python"], names)
    clips, parameters = names["clips"], given(lines["bash"])
    found, checked = loaded_by_02(parameters)
    votes = [name for name in clips if name.startswith("votes_")]
    columns = [*(name for name in ("file", "emotion", "speaker", "part", "corpus") if name in clips), *votes]
    if "called=" not in lines["python"]:
        assert found["corpus"].nunique() == clips["corpus"].nunique() == 1
        columns.remove("corpus")
        for table in (clips, found):
            table["speaker"] = table["speaker"].str.split("/").str[-1]
    pd.testing.assert_frame_equal(clips[columns], found[columns])
    number = request.node.callspec.params["situation"]
    speakers = clips["speaker"].str.split("/").str[-1]
    if number == 7:
        assert len(clips) == len(demo) - 6 and set(clips["emotion"]) == {"angry", "happy", "neutral", "sad"}
    else:
        expected = demo.groupby(["speaker", "emotion"]).size()
        assert clips.assign(speaker=speakers).groupby(["speaker", "emotion"]).size().equals(expected)
    if parameters.get("split") == "table":
        assert dict(zip(speakers, clips["part"], strict=True)) == PARTS
        assert splits.assign(clips, "table").shape[0] == len(demo)
    if number == 9:
        assert clips["file"].str.contains("#t=").all() and clips["recording"].nunique() == len(VOICES)
    if number == 11:
        assert clips[votes].sum(axis=1).eq(3).all() and checked["target"] == "votes"
    assert checked["run"] and all(Path(place).exists() for place in checked["data_dir"])


@pytest.mark.slow
@pytest.mark.parametrize("situation", [11], indirect=True)
def test_votes_train_by_the_parameters_that_the_page_gives(situation, tmp_path):
    run_notebook("02_train", epochs=1, outputs_dir=tmp_path / "outputs", **given(situation[0]["bash"]))
    (record,) = (tmp_path / "outputs").glob("*/run.json")
    run = Run.open(record.parent)
    assert run.parameters["target"] == "votes" and run.clips.filter(like="votes_").sum(axis=1).eq(3).all()


@pytest.mark.slow
@pytest.mark.parametrize("situation", [5], indirect=True)
def test_parts_of_a_table_train_as_the_page_says(situation, tmp_path):
    lines, _ = situation
    words = shlex.split(lines["bash"].replace("notebooks/", f"{PROJECT}/notebooks/"))[1:]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", *words]
    command += ["-p", "epochs", "1", "-p", "outputs_dir", "outputs"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment)
    assert not done.returncode, done.stderr
    (record,) = (tmp_path / "outputs").glob("*/run.json")
    run = Run.open(record.parent)
    parts = run.clips.groupby("part")["speaker"].nunique()
    assert parts.to_dict() == {"dev": 1, "test": 2, "train": 3}
