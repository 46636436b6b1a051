"""The GPU box, over a real ssh to a real sshd on loopback: the whole circle, and whatever may break in it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sshd
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import lock
from emokit.gpu_box import BoxError
from emokit.gpu_box.connection import Box
from emokit.run_folder import Run, record

no_sshd = pytest.mark.skipif(not sshd.SSHD, reason="sshd is missing: apt-get install openssh-server")
pytestmark = [pytest.mark.slow, no_sshd]

TRAIN = ("run", "notebooks/02_train.ipynb", "-p", "epochs", "5", "-p", "batch_size", "8", "-p", "deterministic", "True")
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "penalty"]
ODD = "it's \"$HOME\" `id` \\ *.wav; ü"


def probe() -> dict:
    """A notebook without emokit that says what arrived, waits, or fails."""
    sources = ["said = ''\nseconds = 0", "import os\nprint('GPU', os.environ.get('CUDA_VISIBLE_DEVICES'))"]
    sources += ["print('arrived', repr(said))\nassert said != 'fail'", "import time\ntime.sleep(seconds)"]
    empty = {"cell_type": "code", "outputs": [], "execution_count": None}
    cells = [empty | {"metadata": {"tags": ["parameters"][number:]}, "source": s} for number, s in enumerate(sources)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(sshd.serving(folder / "its server"))
        here = stack.enter_context(contextlib.closing(sshd.Laptop(folder / "lap top", server)))
        for name in "abcd":
            (here.folder / f"notebooks/{name}.ipynb").write_text(json.dumps(probe()))
        here.done("push", "--python", sys.executable)
        yield here


def until(true, command: subprocess.Popen | None = None, seconds: float = 180) -> None:
    """Wait for something; where it does not come, what a command that runs meanwhile has said is shown."""
    end = time.monotonic() + seconds
    while not true():
        over = time.monotonic() > end or (command and command.poll() is not None)
        if over and command:
            command.kill()
        assert not over, command and command.communicate()
        time.sleep(0.05)


def epochs_of(run: Path) -> int:
    file = run / "history.csv"
    return max(0, len(file.read_text().splitlines()) - 1) if file.exists() else 0


def row(laptop, run: str) -> str:
    return next(line for line in laptop.done("status").splitlines() if line.startswith(run + " "))


def kernel_of(run: Path) -> int:
    (papermill,) = sshd.children(json.loads((run / "launch.json").read_text())["pid"])
    (kernel,) = sshd.children(papermill)
    return kernel


def test_the_whole_circle_ends_with_the_bits_of_a_run_in_peace(laptop):
    on_box = laptop.server.outputs / "cut"
    assert laptop.done(*TRAIN, "-p", "run", "cut") == "cut: running\n"
    assert laptop.done(*TRAIN, "-p", "run", "whole") == "whole: queued\n"
    until(lambda: epochs_of(on_box) >= 1)

    # SIGTERM in the middle of an epoch: saved, and the run says so.
    said = laptop.done("stop", "cut")
    assert re.fullmatch(r"cut: stopped, saved at epoch \d( and \d+ batches of the next)?\n", said), said
    stopped = on_box.with_name("kept")
    shutil.copytree(on_box, stopped)

    # The connection is cut while it is followed, and its kernel killed.
    assert laptop.done(*TRAIN, "-p", "run", "cut", "--now") == "cut: running\n"
    follower = laptop.start("follow", "cut")
    before = epochs_of(on_box)
    until(lambda: epochs_of(laptop.outputs / "cut") >= 1 and sshd.children(follower.pid, "ssh"), follower)
    until(lambda: f"epoch   {before + 1}/5" in (on_box / "launch.log").read_text(), follower)  # once all of it is saved
    os.kill(kernel_of(on_box), signal.SIGSTOP)  # what follows takes longer than an epoch
    for pid in sshd.children(follower.pid, "ssh"):
        os.kill(pid, signal.SIGKILL)
    said = row(laptop, "cut")
    assert re.match(r"cut +running +epoch \d of 5, dev UAR [\d.]+ %, \d epochs? left(, about \d+ s)?$", said), said
    os.kill(kernel_of(on_box), signal.SIGKILL)
    said, wrong = follower.communicate(timeout=120)
    assert follower.returncode == 1 and "Trying again in 1 s" in wrong
    assert said.count(f"epoch   {before + 1}/5") == 1, said  # nothing twice, nothing left out
    last = said.strip().splitlines()[-1]
    assert re.match(r"cut: interrupted, its process was killed, saved at epoch \d.*; give the same `run` command", last)

    # The same command again, to the end.
    laptop.done(*TRAIN, "-p", "run", "cut", "--now")
    assert "cut: complete, epoch 5 of 5, dev UAR" in laptop.done("follow", "cut")
    laptop.done("follow", "whole")
    cut, whole = (Run.open(laptop.outputs / name) for name in ("cut", "whole"))
    assert cut.record["files"]["split.json"]
    assert cut.history[SAME_EACH_TIME].equals(whole.history[SAME_EACH_TIME])
    assert (cut.path / "predictions.csv").read_bytes() == (whole.path / "predictions.csv").read_bytes()
    assert len(cut.record["sessions"]) == 3
    proofs = [json.loads((run.path / "split.json").read_text()) for run in (cut, whole)]
    assert proofs[0] == proofs[1]  # with the sha256 of the weights that fit has left


def test_what_was_pulled_is_evaluated_here(laptop):
    run = Run.open(laptop.outputs / "cut")
    run.certificate()  # computes every figure of metrics.json again
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/03_evaluate.ipynb", "out.ipynb"]
    command += ["-p", "runs", "cut"]
    done = subprocess.run(command, cwd=laptop.folder, env=laptop.environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    there = json.loads((laptop.server.outputs / "cut" / "metrics.json").read_text())
    shown = (laptop.folder / "out.ipynb").read_text()
    assert run.metrics == there and f"UAR {100 * there['uar']:.1f} %" in shown


def test_a_copy_that_is_further_or_another_training_is_never_replaced(laptop):
    on_box, here = laptop.server.outputs / "cut", laptop.outputs / "cut"
    on_box.rename(on_box.with_name("done"))
    on_box.with_name("kept").rename(on_box)  # as it was when it was stopped
    before = (here / "run.json").read_bytes()
    assert "is further" in (said := laptop.refused("pull", "cut")) and said.endswith("it stays.")
    record = json.loads(before)
    record["sessions"][0]["started"] = "2020-01-01T00:00:00+00:00"
    (here / "run.json").write_text(json.dumps(record))
    assert "is another training than that of the box" in laptop.refused("pull", "cut")
    assert json.loads((here / "run.json").read_text()) == record
    shutil.rmtree(on_box)
    on_box.with_name("done").rename(on_box)
    (here / "run.json").write_bytes(before)


def test_a_pull_that_is_cut_leaves_the_copy_and_keeps_what_was_made_here(laptop):
    on_box, here = laptop.server.outputs / "cut", laptop.outputs / "cut"
    (here / "reviews.csv").write_text("what was said here\n")
    with (on_box / "big").open("wb") as stream:
        stream.truncate(300_000_000)
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    process = laptop.start("pull", "cut")
    until(lambda: list((laptop.outputs / ".pull-cut" / "cut").glob(".big.*")))
    (rsync,) = sshd.children(process.pid, "rsync")
    os.kill(sshd.children(rsync, "ssh")[0], signal.SIGKILL)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 1 and re.fullmatch(r"The connection to .* broke .*nothing is lost.*\n", wrong), wrong
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before
    (on_box / "big").unlink()
    assert "complete" in laptop.done("pull", "cut")
    assert (here / "reviews.csv").read_text() == "what was said here\n"
    assert not list(laptop.outputs.glob(".pull-*"))


def test_a_damaged_file_on_the_box_is_not_brought(laptop):
    on_box, here = laptop.server.outputs / "cut", laptop.outputs / "cut"
    before = (on_box / "metrics.json").read_bytes()
    (on_box / "metrics.json").write_bytes(before.replace(b"0", b"1"))
    assert "cut/metrics.json is not as run.json lists it" in laptop.refused("pull", "cut")
    assert (here / "metrics.json").read_bytes() == before
    (on_box / "metrics.json").write_bytes(before)


def test_host_key_and_paths_of_ssh_are_written_nowhere(laptop):
    port = rf"(?<![\d.]){laptop.server.port}(?![\d.])"  # and no part of a number that was measured
    secrets = [port, *map(re.escape, (sshd.HOST, "client_key", str(laptop.server.config)))]
    kept = [*laptop.outputs.rglob("*"), *laptop.server.outputs.rglob("*"), laptop.server.home / "emokit-box/box.json"]
    texts = {path: path.read_bytes() for path in kept if path.is_file() and path.suffix not in (".npz", ".h5", ".png")}
    assert len(texts) > 20
    found = [(path, secret) for path, text in texts.items() for secret in secrets if re.search(secret.encode(), text)]
    assert not found


def test_runs_wait_in_order_of_arrival_and_one_that_waits_can_be_stopped(laptop):
    assert laptop.done("run", "notebooks/a.ipynb", "-p", "seconds", "600") == "a: running\n"
    for name in "bcd":
        assert laptop.done("run", f"notebooks/{name}.ipynb") == f"{name}: queued\n"
    assert "a is running already" in laptop.refused("run", "notebooks/a.ipynb")
    assert row(laptop, "d").split()[1:] == ["queued", "2", "before", "it"]
    assert laptop.done("stop", "c") == "c: stopped, before it began\n"
    laptop.done("push", "--python", sys.executable)  # beside them: what runs keeps its code
    assert len(list((laptop.server.home / "emokit-box/code").iterdir())) == 3
    until(lambda: "arrived" in (laptop.server.outputs / "a" / "launch.log").read_text())
    assert laptop.done("stop", "a") == "a: stopped, nothing saved yet\n"
    assert "d: complete" in laptop.done("follow", "d")
    began = {name: json.loads((laptop.server.outputs / name / "launch.json").read_text())["began"] for name in "bd"}
    assert began["b"] < began["d"]


def test_after_a_reboot_the_same_command_goes_on(laptop):
    laptop.done("run", "notebooks/a.ipynb", "-p", "seconds", "600")
    launcher = json.loads((laptop.server.outputs / "a" / "launch.json").read_text())["pid"]
    until(lambda: sshd.children(launcher))
    for pid in (launcher, *sshd.children(launcher)):
        os.kill(pid, signal.SIGKILL)
    assert re.match(r"a +interrupted +nothing saved yet; give the same `run` command again", row(laptop, "a"))
    assert laptop.done("run", "notebooks/a.ipynb", "-p", "seconds", "0") == "a: running\n"
    assert "a: complete" in laptop.done("follow", "a")


def test_a_follower_that_could_not_synchronise_tries_again(laptop):
    pulling = laptop.outputs / ".pull-d" / record.LOCK  # as another `pull` of it has it
    pulling.parent.mkdir()
    lock.take(pulling)
    laptop.done("run", "notebooks/d.ipynb", "-p", "seconds", "3")
    follower = laptop.start("follow", "d")
    assert follower.stderr.readline().startswith("Not synchronised yet: Run d is being pulled by")
    lock.release(pulling)
    said, wrong = follower.communicate(timeout=120)
    assert follower.returncode == 0 and "d: complete" in said and not wrong
    assert (laptop.outputs / "d" / "d.ipynb").exists()


def test_words_reach_the_notebook_as_they_are_and_a_failure_shows_its_last_lines(laptop):
    laptop.done("run", "notebooks/b.ipynb", "-r", "said", ODD)
    assert f"arrived {ODD!r}" in laptop.done("follow", "b")
    laptop.done("run", "notebooks/b.ipynb", "-p", "said", "fail")
    code, said, _ = laptop.call("follow")  # the one that was started last
    assert code == 1 and said.strip().splitlines()[-1].startswith("AssertionError")
    shown = laptop.done("status").splitlines()
    place = next(number for number, line in enumerate(shown) if line.startswith("b "))
    assert shown[place].split()[1] == "failed" and shown[place + 2].strip().startswith("AssertionError")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@settings(max_examples=15)
def test_any_text_passes_ssh_unchanged(laptop, text):
    box = Box(sshd.HOST, str(laptop.server.config))
    with pytest.raises(BoxError) as refused:
        box.ask("prepare", python=f"/nowhere/{text}")
    assert str(refused.value) == f"On the box: /nowhere/{text} is no Python 3.11 or newer; name one that is there."


def test_a_corpus_is_pushed_with_any_names_and_becomes_what_it_is_here(laptop, tmp_path):
    corpus = tmp_path / f"{ODD} corpus"
    names = {"plain.wav", f"{ODD}.wav", "-rf.wav", "two\nlines.wav"}
    for name in names:
        (corpus / "sub folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / "sub folder" / name).write_text(name)
    assert f"-p data_dir data/{corpus.name}" in laptop.done("push", "--python", sys.executable, "--data", str(corpus))
    there = laptop.server.home / "emokit-box/code/current/data" / corpus.name / "sub folder"
    assert {path.name: path.read_text() for path in there.iterdir()} == {name: name for name in names}
    (tmp_path / "demo").mkdir()
    assert "Two folders would be data/demo on the box" in laptop.refused("push", "--data", str(tmp_path / "demo"))
    (corpus / "sub folder" / "plain.wav").unlink()
    laptop.done("push", "--python", sys.executable, "--data", str(corpus))
    assert {path.name for path in there.iterdir()} == names - {"plain.wav"}


def test_what_a_notebook_would_refuse_is_refused_before_anything_starts(laptop):
    train = ("run", "notebooks/02_train.ipynb")
    assert laptop.refused(*train, "-p", "epocs", "3").endswith("did you mean 'epochs'?")
    assert laptop.refused(*train, "-p", "run", ODD).startswith(f"Received run = {ODD!r} (str)")
    assert laptop.refused(*train, "-p", "run", "7").startswith("Received run = 7 (int)")  # as papermill reads a -p
    assert "is no name" in laptop.refused(*train, "-p", "a b", "3")
    assert "leave outputs_dir out" in laptop.refused(*train, "-p", "outputs_dir", "elsewhere")
    assert "There is no notebook notebooks/09.ipynb" in laptop.refused("run", "notebooks/09.ipynb")
    assert "There is no run nobody on the box" in laptop.refused("pull", "nobody")
    assert not {"a b", "elsewhere", "nobody"} & {path.name for path in laptop.server.outputs.iterdir()}


def test_doctor_tells_in_sentences_what_there_is_and_what_not(laptop):
    said = laptop.done("doctor")
    assert "disk: " in said and "environment: Python 3." in said and "tensorflow 2." in said
    if not shutil.which("nvidia-smi"):
        assert "none: there is no nvidia-smi, so TensorFlow would use the CPU" in said
        assert "TensorFlow sees no GPU; the LSTMs run as loops on the CPU" in said


@contextlib.contextmanager
def another_box(laptop, folder: Path, **options):
    """A box on which nothing is yet, for the laptop to command."""
    first = laptop.server
    with sshd.serving(folder, **options) as server:
        laptop.server = server
        try:
            yield server
        finally:
            laptop.server = first


def test_with_two_gpus_two_runs_are_at_work_and_each_sees_its_own(laptop, tmp_path):
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.parent.mkdir()
    smi.write_text("#!/bin/sh\nprintf '0\\n1\\n'\n")  # stands for the hardware
    smi.chmod(0o755)
    with another_box(laptop, tmp_path / "box", path=f"{smi.parent}:{os.environ['PATH']}") as server:
        laptop.done("push", "--python", sys.executable)
        states = [laptop.done("run", f"notebooks/{name}.ipynb", "-p", "seconds", "600") for name in "abc"]
        assert states == ["a: running\n", "b: running\n", "c: queued\n"]
        logs = [server.outputs / name / "launch.log" for name in "ab"]
        until(lambda: all("arrived" in log.read_text() for log in logs))
        assert ["GPU 0" in log.read_text() for log in logs] == [True, False] and "GPU 1" in logs[1].read_text()


def test_before_the_first_push_and_without_a_known_host_key_or_key_one_sentence_says_so(laptop, tmp_path):
    with another_box(laptop, tmp_path / "box") as server:
        assert laptop.refused("status").endswith("nothing was pushed yet; give the command `push` first.")
        known = (server.folder / "known_hosts").read_text()
        (server.folder / "known_hosts").write_text("")
        for words in (["push"], ["status"], ["follow"], ["pull", "cut"]):
            assert "its host key is not known here; run `ssh` to it once" in laptop.refused(*words)
        (server.folder / "known_hosts").write_text(known)
        (server.folder / "authorized_keys").write_text("")
        assert "it takes none of the keys that ssh offers" in laptop.refused("status")
        server.stop()
        assert re.match(r"The connection to .* broke \(.*refused\); nothing is lost", laptop.refused("status"))
        server.start()


def test_a_box_without_rsync_or_with_an_old_python_says_what_to_install(laptop, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("sh", "cat"):
        (tmp_path / "bin" / name).symlink_to(f"/bin/{name}")
    old = tmp_path / "bin" / "python3"
    old.symlink_to(sys.executable)
    with another_box(laptop, tmp_path / "box", path=str(tmp_path / "bin")):
        assert "rsync is not installed; install it there" in laptop.refused("push")
        (tmp_path / "bin" / "rsync").symlink_to(shutil.which("rsync"))
        old.unlink()
        old.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exit 1; fi\nexec {sys.executable} "$@"\n')
        old.chmod(0o755)
        assert "install 3.11 or newer, or name one by `push --python PATH`" in laptop.refused("push")
        old.unlink()
        assert "let python3 and rsync be in the PATH of a plain ssh" in laptop.refused("push")


def test_on_a_full_disk_one_sentence_says_so_and_the_same_command_works_later(laptop, tmp_path):
    with another_box(laptop, tmp_path / "box") as server:
        code = server.home / "emokit-box" / "code"
        code.mkdir(parents=True)
        small = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(code)], capture_output=True)
        if small.returncode:
            pytest.skip("a small disk cannot be mounted here: that needs root")
        try:
            assert "the disk is full" in laptop.refused("push", "--python", sys.executable)
        finally:
            subprocess.run(["umount", str(code)], check=True)
        laptop.done("push", "--python", sys.executable)
        assert laptop.done("status") == f"No run on {sshd.HOST} yet.\n"
