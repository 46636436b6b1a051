// A recording from the browser: recorded here, chosen or dropped as a file, sent to Python, and saved if wanted.

const PIECE = 4e6; // bytes a message: a Jupyter server takes 10 MB at most
const MOST_RECORDED = 3600; // s, after which a forgotten microphone is let go

// Send a recording piece by piece.
async function sent(ask, blob) {
  for (let at = 0; at === 0 || at < blob.size; at += PIECE) {
    await ask("take", { at }, [await blob.slice(at, at + PIECE).arrayBuffer()]);
  }
}

// Controls that give `open(blob, name)` a recording; `began` is called before one is made, `say` with what goes on.
function recorder(open, began, say) {
  const record = element("button", { type: "button", textContent: "● Record" });
  const save = element("button", { type: "button", textContent: "Save the recording", hidden: true });
  const file = element("input", { type: "file", aria: { label: "Open a recording" } });
  let running = null, left = false, turn = Promise.resolve();

  // One after the other: the pieces of two recordings must not mix.
  const opened = (blob, name) => (turn = turn.then(() => open(blob, name)).catch((error) => say(error.message)));

  function shown(on) {
    record.textContent = on ? "■ Stop" : "● Record";
    record.setAttribute("aria-pressed", String(on));
  }

  async function begin() {
    began();
    const name = `recorded ${new Date().toTimeString().slice(0, 8).replaceAll(":", ".")}.wav`;
    record.disabled = true; // while the browser asks: a second click would open a second microphone
    try {
      const end = await microphone((seconds, peak) => {
        say(`Recording, ${seconds.toFixed(1)} s, peak ${(20 * Math.log10(Math.max(peak, 1e-5))).toFixed(0)} dB`);
        if (seconds > MOST_RECORDED && running) finish();
      });
      if (left) return end();
      running = { end, name };
      shown(true);
    } finally {
      record.disabled = false;
    }
  }

  function finish() {
    const { end, name } = running, blob = end();
    running = null;
    shown(false);
    if (blob.size <= 44) return say("The microphone gave no sound; record for longer.");
    save.hidden = false; // before it is heard, which may fail
    save.onclick = () => download(blob, name);
    return opened(blob, name);
  }

  record.addEventListener("click", () => (running ? finish() : begin().catch((error) => say(error.message))));
  file.addEventListener("change", () => file.files[0] && opened(file.files[0], file.files[0].name));
  const leave = () => {
    left = true;
    running?.end();
  };
  return { controls: [record, file, save], opened, leave };
}
