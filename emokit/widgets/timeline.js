// A recording over time: what is heard in it, window by window, to see and to hear; opened from a file or just recorded.

// What Python says of a recording, in rows. Bytes: probabilities float32, windows × classes; peaks int8, low and high.
function read({ buffers, ...answer }, classes) {
  const p = new Float32Array(bytesOf(buffers[0]).slice().buffer), peaks = new Int8Array(bytesOf(buffers[1]).slice().buffer);
  const rows = answer.start.map((start, i) => {
    const heard = answer.predicted[i] >= 0, flag = answer.flags[answer.flag[i]];
    const sure = heard ? `${classes[answer.predicted[i]].name}, ${Math.round(100 * answer.confidence[i])} % sure` : "";
    return { start, end: answer.end[i], far: answer.far[answer.flag[i]],
      p: heard ? p.subarray(i * classes.length, (i + 1) * classes.length) : null,
      words: heard ? sure + (flag && `; ${flag}`) : flag };
  });
  const louder = [peaks.reduce((most, value) => Math.max(most, Math.abs(value)), 0)]; // of 127
  return { ...answer, rows, peaks, louder };
}

function render({ model, el }) {
  const state = model.get("state"), { classes } = state, { ask, stop } = asker(model);
  const title = element("h3"), context = element("div", { className: "emokit-quiet" });
  const status = element("span", { className: "emokit-quiet", aria: { role: "status" } });
  const sentence = element("div", { className: "emokit-said" }), bars = element("div"), near = element("div");
  const audio = element("audio", { controls: true, preload: "auto", aria: { label: "The recording" } });
  const button = (words, onClick) => {
    const made = element("button", { type: "button", textContent: words });
    made.addEventListener("click", () => Promise.resolve(onClick(made)).catch((error) => say(error.message)));
    return made;
  };
  const frees = [];
  let heard = null, chosen = -1, until = Infinity, url = "", own = null;
  const say = (words) => { status.textContent = words; };
  const view = track(classes, (i, play) => choose(i, play));

  function tell(i) {
    if (i === chosen) return;
    const row = view.choose(i);
    chosen = heard.rows.indexOf(row);
    sentence.textContent = `${times(row)}: ${row.words}.`;
    bars.replaceChildren(row.p ? probabilityBars(classes, row.p) : "");
    frees.splice(0).forEach((free) => free());
    near.replaceChildren(row.p ? nearest : "");
  }

  function choose(i, play) {
    tell(Math.min(Math.max(0, i), heard.rows.length - 1));
    const row = heard.rows[chosen];
    until = play ? row.end : Infinity;
    audio.currentTime = row.start;
    if (play) audio.play().catch((error) => say(error.message));
  }

  function moved() {
    const seconds = audio.currentTime;
    const under = view.at(seconds);
    if (seconds >= until) audio.pause();
    else if (!audio.paused) {
      if (until === Infinity) tell(under);
      requestAnimationFrame(moved);
    }
  }
  const toggle = () => {
    until = Infinity;
    if (audio.paused) audio.play().catch((error) => say(error.message)); else audio.pause();
  };
  audio.addEventListener("play", () => { if (audio.currentTime >= until) until = Infinity; moved(); });
  audio.addEventListener("seeked", () => { if (heard) view.at(audio.currentTime); });
  audio.addEventListener("error", () => { if (own && url) soundOf(null).catch((error) => say(error.message)); }); // a kind that only Python can read

  const nearest = button("Nearest training clips", async (made) => {
    const row = chosen, answer = await ask("neighbours", { row });
    if (row !== chosen) return;
    made.remove();
    if (answer.words) return near.append(answer.words);
    const { element: box, free } = await neighbours(answer, classes);
    frees.push(free);
    near.append(box);
  });

  // Play what the browser has, or fetch it from Python, piece by piece.
  async function soundOf(blob) {
    own = blob;
    if (!blob) {
      const pieces = [];
      for (let size = 1, at = 0; at < size; at += bytesOf(pieces.at(-1)).length) {
        const answer = await ask("sound", { at });
        size = answer.size;
        pieces.push(answer.buffers[0]);
      }
      blob = new Blob(pieces, { type: "audio/mpeg" });
    }
    URL.revokeObjectURL(url);
    url = URL.createObjectURL(blob);
    audio.src = url;
  }

  async function show(answer, blob) {
    heard = read(answer, classes);
    chosen = -1;
    until = Infinity;
    title.textContent = `${heard.name}: ${heard.finding}`;
    context.textContent = heard.context;
    view.show(heard);
    body.hidden = false;
    tell(Math.max(0, heard.rows.findIndex((row) => row.p)));
    say("");
    if (blob !== own || !url) await soundOf(blob);
  }

  async function open(blob, name) {
    audio.pause();
    say(`Sending ${name} …`);
    await sent(ask, blob);
    say(`Analysing ${name} …`);
    await show(await ask("hear", { name, run: runs.value }), blob);
  }

  const { controls: recording, opened, leave } = recorder(open, () => audio.pause(), say);
  const runs = element("select", {}, ...state.runs.map(([value, textContent]) => element("option", { value, textContent })));
  runs.addEventListener("change", () => {
    say("Analysing it again …");
    ask("hear", { run: runs.value }).then((answer) => show(answer, own)).catch((error) => say(error.message));
  });
  const exported = (words, kind, ending) => button(words, async () => {
    const answer = await ask("export", { kind });
    download(new Blob(answer.buffers, { type: "text/plain" }), heard.name.replace(/\.\w+$/, "") + ending);
  });

  const controls = element("div", { className: "emokit-filters" }, ...recording,
    state.runs.length > 1 ? element("label", {}, "Heard by", runs) : null, status);
  const legend = element("div", { className: "emokit-filters" }, ...classes.map(chip),
    ...[["silent", "no speech"], ["far", "far from the training clips"]].map(([kind, words]) =>
      element("span", {}, element("span", { className: `emokit-hatch emokit-hatch-${kind}` }), " ", words)));
  const zooms = [["−", 0.5, "Zoom out"], ["+", 2, "Zoom in"]].map(([words, factor, label]) => {
    const made = button(words, () => view.zoom(factor));
    made.setAttribute("aria-label", label);
    return made;
  });
  const body = element("div", { hidden: true }, title, context, legend, view.element,
    element("div", { className: "emokit-controls" }, audio, ...zooms, exported("CSV", "csv", ".csv"), exported("Audacity labels", "labels", ".txt")),
    sentence, element("div", { className: "emokit-body emokit-heard" }, bars, near));
  const root = viewRoot(controls, body,
    element("div", { className: "emokit-quiet", textContent: state.limits }));
  root.addEventListener("keydown", (event) => {
    if (event.key !== " " || !heard || ["BUTTON", "INPUT", "SELECT", "AUDIO"].includes(event.target.tagName)) return;
    toggle();
    event.preventDefault();
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const [file] = event.dataTransfer.files;
    if (file) opened(file, file.name);
  });
  el.replaceChildren(root);
  say("Analysing it …");
  ask("hear", { run: "" }).then((answer) => show(answer, null)).catch((error) => say(error.message));
  return () => {
    leave();
    stop();
    view.stop();
    frees.forEach((free) => free());
    URL.revokeObjectURL(url);
  };
}

export default { render };
