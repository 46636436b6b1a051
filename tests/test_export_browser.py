"""An export in a browser: onnxruntime-web in Debian's Chromium says of samples what the run says."""

import shutil
import subprocess
import tarfile
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from exported import finished
from in_jupyterlab import chromium, needs_chromium

from emokit import audio, export

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
PACKAGE = "onnxruntime-web@1.30.0"
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
KEPT = Path(__file__).resolve().parents[1] / ".pytest_cache" / PACKAGE
ANSWER = """
async (sounds) => {
  const ort = await import("/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create("/model.onnx");
  const said = [];
  for (const sound of sounds) {
    const samples = new ort.Tensor("float32", Float32Array.from(sound), [sound.length]);
    const { probabilities } = await session.run({ samples });
    said.push(Array.from(probabilities.data));
  }
  return said;
}
"""


@pytest.fixture(scope="module")
def runtime() -> Path:
    """Folder with the files of onnxruntime-web that a page needs: fetched once, 33 MB, into .pytest_cache."""
    if not shutil.which("npm"):
        pytest.skip("no npm here; apt-get install npm")
    if not KEPT.is_dir():
        KEPT.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
            command = ["npm", "pack", "--silent", "--pack-destination", folder, PACKAGE]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=300)
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"{PACKAGE} cannot be had ({error}); `npm pack {PACKAGE}` must work")
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
                for name in FILES:
                    package.extract(f"package/dist/{name}", folder, filter="data")
            (Path(folder) / "package" / "dist").rename(KEPT)
    return KEPT


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {".mjs": "text/javascript", ".wasm": "application/wasm", "": "application/octet-stream"}

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site(runtime, tmp_path):
    """The address of a folder with the runtime, and the folder."""
    for name in FILES:
        (tmp_path / name).symlink_to(runtime / name)
    (tmp_path / "page.html").write_text("<!doctype html>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
        server.shutdown()


def test_a_browser_says_of_clips_what_the_run_says(site, demo_dir, tmp_path_factory):
    address, folder = site
    outputs = tmp_path_factory.mktemp("outputs")
    run = finished(outputs / "drawn", demo_dir, front_end="none", body="residual_lstm")
    shutil.copy(export.write(run, "onnx") / "model.onnx", folder)
    some = run.predictions.iloc[::6]
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{address}/page.html")
        said = page.evaluate(ANSWER, [audio.read(file).tolist() for file in some["file"]])
    stored = some[[f"p_{label}" for label in run.emotions]].to_numpy()
    np.testing.assert_allclose(said, stored, atol=1e-5)
