// What every live view shares: elements without markup, questions to Python, chips, bars and a time axis.
// All text is set as text, never as HTML: names come from corpora.

function element(tag, properties = {}, ...children) {
  const { style, dataset, aria, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  for (const [name, value] of Object.entries(aria ?? {})) made.setAttribute(name === "role" ? name : `aria-${name}`, value);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children.filter((child) => child != null));
  return made;
}

// Ask Python; the answer comes as a message with the same id. Gives {…answer, buffers}.
function asker(model) {
  const waiting = new Map();
  let last = 0;
  const onMessage = (answer, buffers) => {
    const settle = waiting.get(answer?.id);
    if (!settle) return;
    waiting.delete(answer.id);
    if (answer.error) settle.reject(new Error(answer.error));
    else settle.resolve({ ...answer, buffers });
  };
  model.on("msg:custom", onMessage);
  // Views of one model share its messages: a random first part keeps their questions apart.
  const view = Math.random().toString(36).slice(2);
  const ask = (name, question = {}, buffers = []) =>
    new Promise((resolve, reject) => {
      const id = `${view}-${++last}`;
      waiting.set(id, { resolve, reject });
      model.send({ ...question, ask: name, id }, undefined, buffers);
    });
  return { ask, stop: () => model.off("msg:custom", onMessage) };
}

// The root of a view. Its keys are its own: JupyterLab would cut the cell on X, run it on Shift+Enter, and so on. Its
// bindings are for whatever has the focus within a notebook, so the root alone would not keep them away.
function viewRoot(...children) {
  const root = element("div", { className: "emokit", dataset: { lmSuppressShortcuts: "true" } }, ...children);
  root.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
  return root;
}

// Acts once somebody who types rests, or presses Enter.
function whenTyped(input, act) {
  let typing;
  input.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(act, 250); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    clearTimeout(typing);
    event.preventDefault();
    act();
  });
}

// What is chosen in one view, for the others of the page that show the same runs: "cell" { truth, predicted } of a matrix,
// "speaker" { speaker }, "" for all. Views are modules of their own; what they share lies at the window.
const pageChosen = (window.emokitChosen ??= new EventTarget());
const tellPage = (runs, what, detail) => pageChosen.dispatchEvent(new CustomEvent(what, { detail: { ...detail, runs } }));

// Acts on what is chosen elsewhere; gives what ends it.
function whenChosen(runs, what, act) {
  const listener = ({ detail }) => { if (detail.runs.some((run) => runs.includes(run))) act(detail); };
  pageChosen.addEventListener(what, listener);
  return () => pageChosen.removeEventListener(what, listener);
}

// One of several [value, text], by a menu.
function select(label, options, onChange) {
  const box = element("select", {}, ...options.map(([value, text]) => element("option", { value, textContent: text })));
  box.addEventListener("change", () => onChange(box.value));
  return element("label", {}, label, box);
}

function chip(kind) {
  const letter = element("span", { className: "emokit-letter", textContent: kind.letter,
    style: { background: kind.colour, color: kind.ink } });
  return element("span", { className: "emokit-chip" }, letter, " ", kind.name);
}

// A canvas of this size, in pixels of the screen; gives what draws on it.
function sheet(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return context;
}

const TICKS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];
const clock = (t) => (t < 60 ? String(Number(t.toFixed(3))) : `${Math.floor(t / 60)}:${String(Math.round(t % 60)).padStart(2, "0")}`);

// Marks from `from` to `to` s, `most` at most.
function timeAxis(to, from = 0, most = 12) {
  const seconds = to - from, every = TICKS.find((step) => seconds <= most * step) ?? 3600;
  const axis = element("div", { className: "emokit-time", aria: { hidden: "true" } });
  for (let n = Math.ceil(from / every - 1e-9); n * every < to - 0.15 * every; n++) {
    const t = n * every;
    axis.append(element("span", { textContent: n ? clock(t) : "0 s", style: { left: `${(100 * (t - from)) / seconds}%` } }));
  }
  return axis;
}

const bytesOf = (view) => new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);

// One row a class: chip, bar, percent.
function probabilityBars(classes, p) {
  const rows = classes.map((kind, i) => element("div", { className: "emokit-bar" }, chip(kind),
    element("span", { className: "emokit-track" }, element("span", { style: { width: `${100 * p[i]}%`, background: kind.colour } })),
    element("span", { className: "emokit-percent", textContent: `${Math.round(100 * p[i])} %` })));
  return element("div", { className: "emokit-bars", aria: { role: "group", label: "Probability of each class" } }, ...rows);
}

const failure = (error) => element("div", { className: "emokit-error", textContent: error.message, aria: { role: "alert" } });
