"""Where the sounds of a table lie, its parts, stretches and groups; a corpus of which nothing can be used."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay, write

from emokit import audit, corpora, splits
from emokit.run_folder import record

# Where the sounds lie

@pytest.fixture
def apart(tmp_path) -> Path:
    """A table in one folder, its sounds at any depth below another."""
    lay(tmp_path / "sound", "x/1.wav", "x/2.wav", "y/2.wav", "y/deep/3.flac")
    lay(tmp_path / "table", "9.wav")
    return tmp_path


def located(apart: Path, *files: str, audio_dir="sound") -> list[str]:
    table = write(apart / "table" / "t.csv", "file,emotion", *(f"{file},sad" for file in files))
    found = corpora.load("table", table, audio_dir=audio_dir and apart / audio_dir)["file"]
    return [Path(file).relative_to(apart).as_posix() for file in found]


@pytest.mark.parametrize(
    ("file", "place"),
    [("1.wav", "sound/x/1.wav"), ("x/2.wav", "sound/x/2.wav"), ("deep\\3.flac", "sound/y/deep/3.flac"),
     ("3", "sound/y/deep/3.flac"), ("../sound/y/2.wav", "sound/y/2.wav"), ("9.wav", "table/9.wav"),
     ("{apart}/sound/x/1.wav", "sound/x/1.wav"), ("{apart}/table/9.wav", "table/9.wav")],
)  # fmt: skip
def test_a_name_is_found_below_audio_dir_or_in_the_folder_of_the_table(apart, file, place):
    assert located(apart, file.format(apart=apart)) == [place]


def test_a_name_that_may_be_two_files_is_refused_with_both(apart):
    with pytest.raises(corpora.CorpusError, match="'2.wav', which may be .*sound/x/2.wav or .*sound/y/2.wav; write"):
        located(apart, "1.wav", "2.wav")


def test_without_audio_dir_an_absolute_path_has_to_lie_in_the_tables_folder(apart):
    assert located(apart, f"{apart}/table/9.wav", audio_dir="") == ["table/9.wav"]
    with pytest.raises(corpora.CorpusError, match="which is no file inside .*or name the folder of the sounds"):
        located(apart, "9.wav", f"{apart}/sound/x/1.wav", audio_dir="")


def test_a_link_is_followed_as_long_as_it_ends_in_a_named_folder(apart):
    (apart / "table" / "link.wav").symlink_to(apart / "sound" / "x" / "1.wav")
    assert located(apart, "link.wav") == ["table/link.wav"]
    with pytest.raises(corpora.CorpusError, match="'link.wav', a link out of .*or name the folder that it leads"):
        located(apart, "9.wav", "link.wav", audio_dir="")


def test_a_link_may_end_in_the_folder_of_another_table_of_the_corpus(apart):
    (apart / "table" / "link.wav").symlink_to(apart / "sound" / "x" / "1.wav")
    first = write(apart / "table" / "train.csv", "file,emotion", "link.wav,sad")
    second = write(apart / "sound" / "test.csv", "file,emotion", "x/2.wav,sad")
    assert len(corpora.load("table", [first, second])) == 2


def test_files_that_are_not_there_are_counted(apart):
    table = write(apart / "table" / "t.csv", "file,emotion", "9.wav,sad", "gone.wav,sad")
    assert "1 of 2 files are not there, such as " in corpora.notes(corpora.load("table", table))


@pytest.mark.parametrize("audio_dir", ["", "sound"])
def test_files_of_another_suffix_are_named(tmp_path, audio_dir):
    lay(tmp_path, f"{audio_dir or 'x'}/y/a.flac", "b.flac")
    table = write(tmp_path / "t.csv", "file,emotion", ("y/a.wav" if audio_dir else "b.wav") + ",sad")
    with pytest.raises(corpora.CorpusError, match=r"None of the 1 files .*did you mean '[ab].flac'"):
        corpora.load("table", table, audio_dir=str(tmp_path / audio_dir) if audio_dir else ())


def test_a_folder_of_sounds_that_is_not_there_is_one_sentence(apart):
    with pytest.raises(corpora.CorpusError, match="There is no folder .*nowhere"):
        located(apart, "1.wav", audio_dir="nowhere")


def test_the_clips_of_a_table_with_audio_dir_come_back_from_their_file(apart):
    places = [apart / "table" / "t.csv", apart / "sound"]
    located(apart, "1.wav", "9.wav")
    clips = corpora.load("table", places[0], audio_dir=places[1])
    corpora.write_clips(apart / "clips.csv", clips, places)
    pd.testing.assert_frame_equal(corpora.read_clips(apart / "clips.csv", places), clips)


def test_a_run_knows_the_folder_of_the_sounds():
    assert record.places({"data_dir": ["a.csv"], "audio_dir": ["sound"]}) == ["a.csv", "sound"]
    assert record.places({"data_dir": ["a.csv"]}) == ["a.csv"] and "audio_dir" in record.FREE


# Parts, stretches, groups

@pytest.mark.parametrize("column", ["part", "split", "Split"])
def test_the_words_of_parts_are_known_in_any_case(tmp_path, column):
    given = {"Train": "train", "TRAINING": "train", "dev": "dev", "val": "dev", "Validation": "dev", "devel": "dev",
             "test": "test", "eval": "test", "Evaluation": "test", "nan": None}  # fmt: skip
    rows = [f"file,emotion,{column}", *(f"{n}.wav,sad,{word}" for n, word in enumerate(given))]
    clips = corpora.load("table", write(lay(tmp_path, "0.wav") / "t.csv", *rows))
    assert clips["part"].astype("object").where(clips["part"].notna(), None).tolist() == list(given.values())


def test_a_part_that_is_none_is_refused_and_a_split_that_speaks_of_something_else_stays(tmp_path):
    table = write(lay(tmp_path, "0.wav") / "t.csv", "file,emotion,part", "0.wav,sad,train", "1.wav,sad,gym")
    with pytest.raises(corpora.CorpusError, match="has the part 'gym' in 1 rows.*columns=.part=. where that"):
        corpora.load("table", table)
    assert corpora.load("table", table, columns="part=")["part_given"].tolist() == ["train", "gym"]
    write(table, "file,emotion,split", "0.wav,sad,impro", "1.wav,sad,script")
    clips = corpora.load("table", table)
    assert "part" not in clips and clips["split"].tolist() == ["impro", "script"]


@pytest.mark.parametrize("column", ["subset", "Set", "partition"])
def test_a_split_by_the_table_names_the_column_that_may_be_the_part(tmp_path, column):
    rows = [f"file,emotion,{column}", "a.wav,sad,train", "b.wav,sad,test", "c.wav,sad,"]
    table = write(lay(tmp_path, "a.wav", "b.wav", "c.wav") / "t.csv", *rows)
    with pytest.raises(splits.SplitError, match=f'columns="part={column}"'):
        splits.assign(corpora.load("table", table), scheme="table")
    assert "1 rows without part" in corpora.notes(corpora.load("table", table, columns=f"part={column}"))


@pytest.mark.parametrize(
    ("header", "times"),
    [("start,end", "1.2,3.45"), ("onset,offset", "1.2,3.45"), ("begin,duration", "1.2,2.25"), ("Start,END", "1.2,3.45"),
     ("offset,duration", "1.2,2.25"), ("start_ms,end_ms", "1200,3450"), ("onset_time,end_s", "0:00:01.2,0:00:03.45"),
     ("StartTime (ms),EndTime (ms)", "1200,3450"), ("start (s),end [s]", "1.2,3.45"), ("from,to", "1.2,3.45"),
     ("t0,t1", "1.2,3.45"), ("xmin,xmax", "1.2,3.45"), ("tmin_ms,tmax_ms", "1200,3450")],
)  # fmt: skip
def test_a_row_with_times_is_a_stretch_of_its_recording(tmp_path, header, times):
    rows = [f"file,emotion,{header}", f"a.wav,sad,{times}", "a.wav,joy,,"]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *rows))
    recording = str(tmp_path / "a.wav")
    assert clips["file"].tolist() == [recording, f"{recording}#t=1.2,3.45"]
    assert clips.loc[1, ["start", "end"]].tolist() == [1.2, 3.45] and set(clips["recording"]) == {recording}
    assert "1 rows are stretches of 1 recordings, by their times in s" in corpora.notes(clips)


def test_times_that_are_none_or_not_meant(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion,start,end", "a.wav,sad,soon,3")
    with pytest.raises(corpora.CorpusError, match="column start, line 2: start is 'soon', which is no time"):
        corpora.load("table", table)
    clips = corpora.load("table", table, columns="start=,end=")
    assert clips["file"].tolist() == [str(tmp_path / "a.wav")] and clips["start_given"].tolist() == ["soon"]
    write(table, "file,emotion,start,end", "a.wav,sad,3,2")
    with pytest.raises(corpora.CorpusError, match="t.csv, line 2: .*a.wav: the stretch .* ends before it starts"):
        corpora.load("table", table)
    write(table, "file,emotion,offset", "a.wav,sad,3")
    with pytest.raises(corpora.CorpusError, match="column offset without a start; say by columns whether it is"):
        corpora.load("table", table)
    write(table, "file,emotion,begin,end", "a.wav,sad,1,2")
    assert corpora.load("table", table, columns="start=,end=")["file"].tolist() == [str(tmp_path / "a.wav")]
    write(table, "file,emotion,duration", "a.wav,sad,3")
    assert corpora.load("table", table)["file"].tolist() == [str(tmp_path / "a.wav")]


@pytest.mark.parametrize("header", ["start_sample,end_sample", "StartFrame,EndFrame", "start,end_frames"])
def test_times_in_samples_or_frames_are_refused_unless_they_are_none(tmp_path, header):
    table = write(lay(tmp_path, "a.wav") / "t.csv", f"file,emotion,{header}", "a.wav,sad,1,3")
    with pytest.raises(corpora.CorpusError, match="numbers of samples or frames .column .*columns=.start=,end=. where"):
        corpora.load("table", table)
    assert corpora.load("table", table, columns="start=,end=")["file"].tolist() == [str(tmp_path / "a.wav")]


def test_a_sender_is_no_time_and_columns_that_are_not_read_are_named(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion,sex,from,age,split", "a.wav,sad,f,radio,31,impro")
    clips = corpora.load("table", table)
    assert clips["from"].tolist() == ["radio"] and "start" not in clips
    assert "columns kept and not read: from, age, split" in corpora.notes(clips).splitlines()
    write(table, "file,emotion,begin,stop", "a.wav,sad,1,2")
    assert "not read" not in corpora.notes(corpora.load("table", table))


@pytest.mark.parametrize("column", ["group", "dialog", "Dialog", "dialogue", "recording"])
def test_what_belongs_together_is_kept(tmp_path, column):
    rows = [f"file,emotion,{column}", "a.wav,sad,7", "b.wav,sad,7", "c.wav,sad,-"]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *rows))
    assert clips[column.lower()].tolist()[:2] == ["7", "7"] and clips[column.lower()].isna()[2]
    assert f"column {column.lower()!r}: clips that belong together" in corpora.notes(clips)


# Nothing that can be used

def test_a_corpus_of_which_no_clip_can_be_used_says_why_before_any_split(tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    for n in range(6):
        (lay(tmp_path, "sad/x") / "sad" / f"{n}.wav").write_bytes(pointer if n < 5 else b"RIFF")
    clips = corpora.load("folders", tmp_path)
    measured = audit.measure(clips)
    said = r"None of 6 clips can be used: 5 × git-lfs, such as sad/0.wav .is a Git LFS pointer.*; 1 × .*, such as sad/5"
    with pytest.raises(audit.UnsoundError, match=said):
        audit.require_usable(clips, audit.audit(clips, measured), measured)


def test_a_corpus_whose_clips_are_all_in_conflict_says_so(tmp_path):
    noise = np.random.default_rng(0).normal(scale=0.1, size=16_000)
    for emotion in ("happy", "sad"):
        (tmp_path / emotion).mkdir()
        for n in range(3):
            sf.write(tmp_path / emotion / f"{n}.wav", noise, 16_000)
    clips = corpora.load("folders", tmp_path)
    measured = audit.measure(clips)
    said = r"^None of 6 clips can be used: 6 × conflicting labels, such as happy/0.wav \("
    with pytest.raises(audit.UnsoundError, match=said):
        audit.require_usable(clips, audit.audit(clips, measured), measured)


def test_a_corpus_of_which_one_clip_can_be_used_is_not_refused(demo_dir):
    clips = corpora.load("demo", demo_dir).iloc[:3]
    findings = clips[:2].assign(severity="severe", check="x", subject="x", found="x")
    audit.require_usable(clips, findings, pd.DataFrame({"failure": None}, index=clips.index))


@pytest.mark.parametrize("name", ["01_data", "02_train"])
def test_the_notebooks_ask_before_they_split(name):
    notebook = json.loads((Path(__file__).parents[1] / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert 0 < code.index("audit.require_usable(") < code.index("audit.leave_out(")
    assert "splits.assign" not in code or code.index("audit.require_usable(") < code.index("splits.assign")


def test_the_script_that_times_loading_runs(capsys):
    path = Path(__file__).parents[1] / "benchmarks" / "loading.py"
    spec = importlib.util.spec_from_file_location("loading", path)
    loading = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loading)
    loading.main(["60"])
    assert len(re.findall(r"60 clips in \d+\.\d s", capsys.readouterr().out)) == 3
