// The clips of a run as points to hear: in the colour of their emotion or of their speaker, mistakes ringed.

const RESTS = 120, KEPT = 60; // ms that a pointer rests on a point before it sounds; clips whose sound is kept

// Plays clips by key, as soon as their sound has come, and only the last one that was asked for.
function preview(ask, onError) {
  const sounds = new Map(), me = () => {};
  let wanted = null, resting;
  async function sound(key) {
    const { heard, buffers } = await ask("sound", { keys: [key] });
    if (heard[0].error) throw new Error(heard[0].error);
    return samplesOf(bytesOf(buffers[0]));
  }
  async function play(key) {
    clearTimeout(resting);
    wanted = key;
    if (!sounds.has(key)) sounds.set(key, sound(key));
    if (sounds.size > KEPT) sounds.delete(sounds.keys().next().value);
    try {
      const samples = await sounds.get(key);
      if (wanted === key) await pageSound.play(me, samples, [0, samples.length / RATE], 0);
    } catch (error) {
      sounds.delete(key);
      if (error.name !== "AbortError") onError(error); // another clip came before it
    }
  }
  return {
    play,
    soon: (key) => { clearTimeout(resting); resting = setTimeout(() => play(key), RESTS); },
    stop: () => { clearTimeout(resting); wanted = null; pageSound.leave(me); },
  };
}

// A row of buttons of which one is pressed.
function choice(label, options, onChoose) {
  const buttons = options.map(([value, text]) => element("button", { type: "button", textContent: text, dataset: { value }, aria: { pressed: "false" } }));
  const choose = (value) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.value === value)));
    onChoose(value);
  };
  buttons.forEach((button) => button.addEventListener("click", () => choose(button.dataset.value)));
  return { element: element("span", { className: "emokit-choice-of", aria: { role: "group", label } }, `${label} `, ...buttons), choose };
}

function render({ model, el }) {
  const state = model.get("state"), { classes } = state, { ask, stop } = asker(model);
  const title = element("h3"), words = element("div", { className: "emokit-quiet" }), legend = element("div", { className: "emokit-legend" });
  const said = element("div", { className: "emokit-said", aria: { live: "polite" } }), note = element("div", { className: "emokit-lit" });
  const frees = [], steps = stepsOf(ask, () => clips.rows());
  const clips = clipList(ask, "Click a point to open its clip here, or draw a line around several.", () => ({ classes }), steps.onPage);
  const sound = preview(ask, (error) => said.replaceChildren(failure(error)));
  let map = null, by = "emotion", run = state.runs[0], projection = state.projections[0], asked = 0;

  const plane = mapPlane("Map of the clips: arrow keys go to the nearest point, space plays, Enter opens, Escape shows all", {
    onPoint, onOpen: (i) => list([i]), onRing: (all) => all.length && list(all), onPlay: (i) => sound.play(map.key[i]), onEscape: showAll,
  });
  const hover = element("button", { type: "button", textContent: "Plays where you point", aria: { pressed: "true" } });
  hover.addEventListener("click", () => hover.setAttribute("aria-pressed", String(hover.getAttribute("aria-pressed") !== "true")));

  function onPoint(i) {
    if (i < 0) { sound.stop(); return said.replaceChildren(hint()); }
    const [truth, answer] = [classes[map.truth[i]], classes[map.predicted[i]]];
    said.replaceChildren(chip(truth), ...(truth === answer ? [" heard right"] : [" taken for ", chip(answer)]),
      `, ${map.speakers[map.speaker[i]]?.name ?? "speaker unknown"}, `, element("strong", { textContent: map.name[i] }));
    if (hover.getAttribute("aria-pressed") === "true" && navigator.userActivation?.hasBeenActive !== false) sound.soon(map.key[i]);
  }
  const hint = () => (navigator.userActivation?.hasBeenActive === false ? "Click once, and what you point at sounds." : "Point at a clip to hear it; ringed: taken for another emotion.");

  function list(all) {
    const rowOf = (clip, place) => {
      const i = map.key.indexOf(clip.key);
      return clipView(clip, place, classes[map.truth[i]], classes[map.predicted[i]], state, ask, frees, steps.ask);
    };
    return clips.open({ keys: all.map((i) => map.key[i]) }, [all.length > 1 ? "Chosen on the map" : map.name[all[0]]], rowOf);
  }

  // What stands out, in words, with a way back to all.
  function light(lit, about) {
    const n = map.key.filter((_, i) => lit(i)).length, all = element("button", { type: "button", textContent: "Show all" });
    all.addEventListener("click", showAll);
    plane.setLit(lit);
    note.replaceChildren(...about, `: ${n} of ${map.key.length} clips `, all);
  }
  function showAll() {
    plane.setLit(null);
    note.replaceChildren();
    legend.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", "false"));
  }
  const ofCell = ({ truth, predicted }) => {
    const [a, b] = [truth, predicted].map((name) => classes.findIndex((kind) => kind.name === name));
    showAll();
    light((i) => map.truth[i] === a && map.predicted[i] === b, ["From the matrix: ", chip(classes[a]), " → ", chip(classes[b])]);
  };
  const ofSpeaker = ({ speaker }) => {
    showAll();
    if (speaker) light((i) => map.speakers[map.speaker[i]]?.name === speaker, [`By ${speaker}`]);
  };

  function colour(next) {
    by = next;
    const kinds = by === "emotion" ? classes : map.speakers, of = by === "emotion" ? map.truth : map.speaker;
    plane.setColours(of.map((code) => kinds[code]?.colour ?? "#767676"));
    legend.replaceChildren(...kinds.map((kind, k) => {
      const dot = element("span", { className: "emokit-dot", style: { background: kind.colour } });
      const button = element("button", { type: "button", aria: { pressed: "false" } }, dot, ` ${kind.short ?? kind.name}`);
      button.addEventListener("click", () => {
        const was = button.getAttribute("aria-pressed") === "true";
        showAll();
        if (was) return;
        light((i) => of[i] === k, [kind.name]);
        button.setAttribute("aria-pressed", "true");
      });
      return button;
    }));
    showAll();
  }

  async function open() {
    const mine = ++asked;
    note.replaceChildren(projection === "UMAP" ? "UMAP takes up to a minute the first time …" : "…");
    try {
      const next = await ask("places", { run, projection });
      if (mine !== asked) return;
      map = next;
    } catch (error) { return note.replaceChildren(failure(error)); }
    title.textContent = state.runs.length > 1 ? `${run}: ${map.finding}` : map.finding;
    words.textContent = map.words;
    plane.setPoints({ x: map.x, y: map.y, wrong: map.truth.map((code, i) => code !== map.predicted[i]) });
    colour(by);
    said.replaceChildren(hint());
  }

  const colours = choice("Colour by", [["emotion", "emotion"], ["speaker", "speaker"]], (value) => { by = value; if (map) colour(by); });
  const projections = choice("Map by", state.projections.map((name) => [name, name]), (name) => { if (name !== projection) { projection = name; open(); } });
  const runs = choice("Run", state.runs.map((name) => [name, name]), (name) => { if (name !== run) { run = name; open(); } });
  const strays = element("button", { type: "button", textContent: "Farthest from their emotion" });
  strays.addEventListener("click", () => map && list(map.strays.map((key) => map.key.indexOf(key))));
  colours.choose(by);
  projections.choose(projection);
  runs.choose(run);
  const deaf = [whenChosen(state.runs, "cell", (cell) => map && ofCell(cell)), whenChosen(state.runs, "speaker", (who) => map && ofSpeaker(who))];
  const bar = element("div", { className: "emokit-filters" }, ...(state.runs.length > 1 ? [runs.element] : []), colours.element, projections.element, hover, strays);
  el.replaceChildren(viewRoot(title, words, bar, element("div", { className: "emokit-body" },
    element("div", { className: "emokit-map" }, legend, plane.element, said, note), clips.list)));
  open();
  return () => { stop(); deaf.forEach((end) => end()); sound.stop(); plane.free(); clips.stop(); frees.forEach((free) => free()); };
}

export default { render };
