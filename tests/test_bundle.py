"""A run in one file: whoever gets it predicts the same and learns nothing of the machine; a stranger's does no harm."""

import io
import json
import re
import socket
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from loopback import left
from test_confusion_explorer import give_model
from test_run_report import finished

from emokit import atomic_files, card, report
from emokit.model import embeddings
from emokit.predict import predict
from emokit.run_folder import Run, RunError, anonymous, bundle, pack, unpack
from emokit.run_folder.__main__ import main

HOST = "node-17.cluster.example"


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    """A run as a notebook leaves it: with report, executed notebook, figures and reviews beside it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "gethostname", lambda: HOST)
        path = tmp_path_factory.mktemp("outputs") / "run-1"
        places = {"outputs_dir": str(path.parent), "encoder": str(path.parent / "encoders" / "own")}
        run = give_model(finished(path, demo_dir, corpus=["demo"], **places))
        vectors = np.random.default_rng(0).normal(size=(len(run.predictions), embeddings(run.model()).output_shape[1]))
        atomic_files.write_npz(path / "embeddings.npz", average=vectors.astype(np.float32))
        run._list("embeddings.npz")
    report(run)
    card(run)
    atomic_files.write_text(path / "02_train.ipynb", json.dumps({"cells": [f"data:audio/mpeg;base64,AAAA {path}"]}))
    atomic_files.write_text(path / "train.log", f"read {demo_dir}/v01/a.flac, wrote {path}/state\n")
    atomic_files.write_text(path / "reviews.csv", "file,verdict\nv01/a.flac,bad audio\n")
    atomic_files.write_bytes(path / "figures" / "history.png", bundle.PNG)
    atomic_files.write_bytes(path / "figures" / "another.png", bundle.PNG)
    run._list("train.log")
    return Run.open(path)


@pytest.fixture(scope="module")
def packed(run, tmp_path_factory):
    """The bundle, and its members by name."""
    path = tmp_path_factory.mktemp("bundle") / "run.zip"
    pack(run, path)
    with zipfile.ZipFile(path) as members:
        return path.read_bytes(), {name: members.read(name) for name in members.namelist()}


def zipped(members, renewed=True) -> bytes:
    """A bundle of these members, its checksums renewed as by whoever changed them."""
    members = dict(members)
    if renewed and "bundle.json" in members and "run.json" in members:
        record = json.loads(members["run.json"])
        record["files"] |= {name: bundle._sha256(members[name]) for name in record["files"] if name in members}
        members["run.json"] = json.dumps(record).encode()
        sums = {name: bundle._sha256(content) for name, content in members.items() if name != "bundle.json"}
        members["bundle.json"] = json.dumps({"format": 1, "files": sums}).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def refused(folder: Path, content: bytes, words: str) -> None:
    """The bundle is refused in one sentence of these words, and leaves nothing."""
    (folder / "run.zip").write_bytes(content)
    with pytest.raises(RunError, match=words) as error:
        unpack(folder / "run.zip", folder / "opened")
    assert left(folder) == ["run.zip"] and len(str(error.value)) < 600 and ".part-" not in str(error.value)


# ---- what is handed on ----------------------------------------------------------------------------------------------


def test_an_opened_run_predicts_bit_for_bit_and_proves_the_same(run, packed, tmp_path, demo_dir):
    (tmp_path / "run.zip").write_bytes(packed[0])
    opened = unpack(tmp_path / "run.zip", tmp_path / "opened")
    assert opened.complete and opened.certificate() == run.certificate() and opened.metrics == run.metrics
    file = run.clips["file"][0]
    pd.testing.assert_frame_equal(predict(opened, file), predict(run, file), check_exact=True)
    there = Run.open(opened.path, demo_dir)
    pd.testing.assert_frame_equal(there.predictions, run.predictions, check_exact=True)
    np.testing.assert_array_equal(there.embeddings(), run.embeddings())
    assert "UAR" in report(opened).read_text()


def test_a_bundle_holds_no_sound_no_path_and_no_host(run, packed):
    _, members = packed
    there = {"bundle.json", "run.json", *run.record["files"], "figures/history.png", "model_card.md"}
    assert set(members) == there
    together = b"\n".join(members.values()).decode("latin-1")
    for told in (HOST, str(run.path.parent), str(run.data_dir[0]), "data:audio", "reviews", str(Path.home()) + "/"):
        assert told not in together
    record = json.loads(members["run.json"])
    assert record["parameters"]["data_dir"] == ["data/demo"] and record["parameters"]["outputs_dir"] == "outputs"
    assert record["parameters"]["encoder"] == "own"
    assert {*record["sessions"][0]} == {"started", "from_epoch", "device", "threads"}
    assert members["train.log"] == b"read data/demo/v01/a.flac, wrote outputs/run-1/state\n"


def test_the_same_run_gives_the_same_bytes(run, packed, tmp_path):
    sha256 = pack(run, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed[0] and sha256 == bundle._sha256(packed[0])


def test_an_opened_run_can_be_handed_on_again(packed, tmp_path):
    (tmp_path / "run.zip").write_bytes(packed[0])
    pack(unpack(tmp_path / "run.zip", tmp_path / "run-1"), tmp_path / "again.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as again:
        assert {name: again.read(name) for name in again.namelist()} == packed[1]


@pytest.mark.slow
def test_the_commands_pack_and_open(run, tmp_path):
    command = [sys.executable, "-m", "emokit.run_folder"]
    told = subprocess.run([*command, "pack", run.path, tmp_path / "a.zip"], capture_output=True, text=True, check=True)
    assert re.search(r"a\.zip: [\d,]+ bytes, sha256 [0-9a-f]{64}\nNot in it: recordings", told.stdout)
    command += ["open", tmp_path / "a.zip", tmp_path / "opened"]
    assert "Run opened: complete in " in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1 and re.fullmatch(r".*opened is there already; give .*\n", again.stderr)


def test_the_commands_know_the_folder_of_the_user(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("run-1").symlink_to(run.path)
    assert main(["pack", "~/run-1", "~/a.zip"]) == 0 and main(["open", "~/a.zip", "~/zz17"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "run-1", "zz17"]
    assert Run.open("~/zz17").complete
    assert main(["open", "~nobody-of-this-name/a.zip", "x"]) == 1 and "home directory" in capsys.readouterr().err


def test_what_cannot_be_packed_or_opened_is_said_in_one_sentence(tmp_path, capsys, run):
    assert main(["open", str(tmp_path / "none.zip"), str(tmp_path / "x")]) == 1
    assert capsys.readouterr().err.startswith(f"There is no file {tmp_path}/none.zip")
    record = json.loads((run.path / "run.json").read_text())
    for name in ("run.json", *run.record["files"]):
        atomic_files.write_bytes(tmp_path / "half" / name, (run.path / name).read_bytes())
    atomic_files.write_json(tmp_path / "half" / "run.json", record | {"state": "interrupted at epoch 1"})
    assert main(["pack", str(tmp_path / "half"), str(tmp_path / "x.zip")]) == 1
    assert "half is interrupted at epoch 1; finish it" in capsys.readouterr().err
    old = Path(__file__).parent / "data" / "run_format_1"
    assert main(["pack", str(old), str(tmp_path / "x.zip")]) == 1
    assert "run_format_1 was made by format 1" in capsys.readouterr().err
    assert left(tmp_path / "half") == sorted(["run.json", *run.record["files"]]) and not (tmp_path / "x.zip").exists()


places = st.lists(st.sampled_from(["anna", "clips", "a b", "ä", "x.y", "10%", "(1)"]), min_size=1, max_size=4)


@given(places, places, st.sampled_from(["{}", "in {}: 3", "{}/a.wav", '"{}"', "({}/b)", "a,{},b", "{}/x and {}/y"]))
@settings(max_examples=200)
def test_no_place_of_a_run_is_left_in_a_text(one, other, text):
    class OfPlaces:
        path, data_dir = Path("/", *other, "runs", "run-1"), [Path("/", *one, "corpus")]
        parameters = {"data_dir": [str(data_dir[0])], "corpus": ["demo"], "outputs_dir": str(path.parent)}
        record = {"features": {}}

    replace = anonymous.replacer(OfPlaces)
    for place in (OfPlaces.data_dir[0], OfPlaces.path.parent):
        told = replace(text.replace("{}", str(place)))
        assert str(place) not in told and ("data/demo" in told or "outputs" in told)
    assert replace("and/or 1/2 https://a.b/clips") == "and/or 1/2 https://a.b/clips"


# ---- of a stranger --------------------------------------------------------------------------------------------------

parts = st.sampled_from(["..", ".", "", "a", "run.json", "etc", "passwd", "C:", "~", "x.py", "ä", "figures", "\x01"])
names = st.builds(lambda root, some, slash: root + slash.join(some), st.sampled_from(["", "/", "\\", "C:\\", "//h/"]),
                  st.lists(parts, min_size=1, max_size=5), st.sampled_from(["/", "\\"]))  # fmt: skip


@given(names)
@settings(max_examples=60)
def test_any_other_name_is_refused_and_nothing_is_written(packed, tmp_path_factory, name):
    assume(name not in bundle.EXPECTED)
    folder = tmp_path_factory.mktemp("any")
    refused(folder, zipped(packed[1] | {name: b"harm"}, renewed=False), "no file of a run; it was not opened")


def test_a_bundle_with_a_bit_changed_anywhere_is_refused_or_is_the_same(packed, tmp_path):
    content, members = packed
    for place in np.random.default_rng(0).integers(len(content), size=25):
        changed = bytearray(content)
        changed[place] ^= 0x10
        (tmp_path / "run.zip").write_bytes(changed)
        target = tmp_path / f"opened-{place}"
        try:
            unpack(tmp_path / "run.zip", target)
        except RunError:
            assert not target.exists()
        else:
            assert all((target / name).read_bytes() == members[name] for name in members if name != "bundle.json")
    assert not list(tmp_path.glob(".part-*"))


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def test_a_link_a_second_copy_and_a_folder_are_refused(packed, tmp_path):
    members = packed[1]
    rest = {name: content for name, content in members.items() if name != "train.log"}
    refused(tmp_path, zipped(rest | {link("train.log"): b"/etc/passwd"}, renewed=False), "holds 'train.log', a link")
    refused(tmp_path, zipped(members | {"figures/": b""}, renewed=False), "holds 'figures/', which is no file of a run")
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped(members | {zipfile.ZipInfo("clips.csv"): b"other"}, renewed=False)
    refused(tmp_path, twice, "holds 'clips.csv', which is there twice")


def test_swapped_and_missing_checksums_are_refused_by_name(packed, tmp_path):
    members = packed[1]
    told = json.loads(members["bundle.json"])["files"]
    swapped = told | {"clips.csv": told["predictions.csv"], "predictions.csv": told["clips.csv"]}
    for files, words in (
        (swapped, r"clips\.csv is not as bundle\.json lists it"),
        ({name: sum_ for name, sum_ in told.items() if name != "model.json"}, "'model.json' is there but not listed"),
        (told | {"../x": "0"}, "'../x' is listed but not there"),
        (["clips.csv"], "is of no format that this emokit reads"),
    ):
        listed = {"bundle.json": json.dumps({"format": 1, "files": files}).encode()}
        refused(tmp_path, zipped(members | listed, renewed=False), words)
    for gone, words in {"run.json": r"holds no run\.json", "clips.csv": r"clips\.csv is missing"}.items():
        refused(tmp_path, zipped({name: members[name] for name in members if name != gone}), words)
    refused(tmp_path, b"no zip", "is no bundle of a run")


def changed(members, name, change) -> dict:
    text = members[name].decode()
    assert change(text) != text
    return members | {name: change(text).encode()}


def with_parameter(**places):
    def change(text):
        told = json.loads(text)
        return json.dumps(told | {"parameters": told["parameters"] | places})

    return change


def with_value(**values):
    return lambda text: json.dumps(json.loads(text) | values)


OTHERWISE = {
    "classes in another order": ("run.json", lambda t: t.replace('"happy"', '"x"').replace('"sad"', '"happy"').replace(
        '"x"', '"sad"'), "predictions.csv tells neutral, happy, sad, .* apart, run.json neutral, sad, happy"),
    "a label that was changed": ("clips.csv", lambda t: t.replace(",sad,", ",happy,", 1), "clips.csv and split.json"),
    "a score that was bettered": ("metrics.json", lambda t: t.replace('"uar": 0.', '"uar": 0.9'), "says uar 0.9"),
    "a clip that leads out": ("clips.csv", lambda t: re.sub(r"(?m)^v01", "../../v01", t, count=1), "no file inside"),
    "an absolute clip": ("clips.csv", lambda t: re.sub(r"(?m)^v01", "/v01", t, count=1), "'/v01/.*no file inside"),
    "a corpus of this machine": ("run.json", with_parameter(data_dir=["/etc"]), "data_dir '/etc', no place below here"),
    "runs above": ("run.json", with_parameter(outputs_dir="a/../../x"), "outputs_dir 'a/../../x', no place"),
    "an encoder of this machine": ("run.json", with_parameter(encoder="~/x"), "encoder '~/x', no place below here"),
    "a proof of another kind": ("split.json", lambda t: "{}", "split.json cannot be read .KeyError"),
    "no model": ("model.json", lambda t: "{}", "model.json: n_bands is None, run.json says 64"),
    "a model of a billion steps": ("model.json", with_value(max_seq_length=10**9), "max_seq_length is 10{9}; build"),
    "a model of another kind": ("model.json", with_value(body="statistics"), "weights.h5 does not fit model.json"),
    "a file that no run has": ("run.json", lambda t: t.replace('"clips.csv"', '"../clips.csv"'), "no file of a run"),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERWISE)
def test_files_that_do_not_make_one_run_are_refused_by_name_though_their_checksums_fit(packed, tmp_path, what):
    name, change, words = OTHERWISE[what]
    refused(tmp_path, zipped(changed(packed[1], name, change)), words)


def test_a_figure_that_is_a_page_is_refused(packed, tmp_path):
    page = {"figures/history.png": b"<script>alert(1)</script>"}
    refused(tmp_path, zipped(packed[1] | page), r"figures/history\.png is no picture \(PNG\)")


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def claiming(shape) -> bytes:
    """An array of no numbers whose header claims a shape."""
    header, array = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(array, "w") as target:
        target.writestr("average.npy", header.getvalue())
    return array.getvalue()


def packed_arrays(n) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, average=np.zeros(n, np.float32))
    return buffer.getvalue()


def weights(**options) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as stored:
        stored.create_dataset("layers/dense/vars/0", **options)
    return buffer.getvalue()


HUGE = {
    "a shape of a billion": ("embeddings.npz", lambda: claiming((10**9, 10**3)), r"embeddings\.npz: average\.npy"),
    "neighbours of a billion": (
        *("neighbours.npz", lambda: claiming((10**9, 10**3)), r"neighbours\.npz: average\.npy"),
    ),
    "arrays that unpack": ("embeddings.npz", lambda: packed_arrays(10**6), r"embeddings\.npz: average\.npy"),
    "weights that are not there": ("model.weights.h5", lambda: weights(shape=(10**6, 10**5), dtype="f4"), "together"),
    "weights that unpack": (
        *("model.weights.h5", lambda: weights(shape=(10**6,), chunks=(10**4,), compression="gzip"), "dense/vars/0"),
    ),
    "a log of zeros": ("train.log", lambda: bytes(120_000_000), "would unpack to 12|12"),
    "weights of another kind": ("model.weights.h5", lambda: npz(x=np.zeros(3)), "model.weights.h5 cannot be read"),
}


@pytest.mark.parametrize("what", HUGE)
def test_what_claims_more_than_it_holds_is_refused_by_name(packed, tmp_path, what):
    name, content, words = HUGE[what]
    refused(tmp_path, zipped(packed[1] | {name: content()}), words)


def test_a_text_beyond_all_measure_is_refused_before_it_is_unpacked(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MOST_OF_A_TEXT", 30_000)
    refused(tmp_path, zipped(packed[1] | {"train.log": bytes(30_001)}), "'train.log', which is 30,001 bytes of text")
