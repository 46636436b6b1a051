// What every live view shares: elements without markup, questions to Python, a clip to see and to hear.
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

function chip(kind) {
  const letter = element("span", { className: "emokit-letter", textContent: kind.letter,
    style: { background: kind.colour, color: kind.ink } });
  return element("span", { className: "emokit-chip" }, letter, " ", kind.name);
}

// Stops of matplotlib's magma, from silent to loud.
const MAGMA = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191]];

function shadeOf(level) {
  const place = (level / 255) * (MAGMA.length - 1);
  const low = Math.min(Math.floor(place), MAGMA.length - 2);
  return MAGMA[low].map((c, i) => c + (place - low) * (MAGMA[low + 1][i] - c));
}
const SHADES = Array.from({ length: 256 }, (_, level) => shadeOf(level));

function drawFrames(canvas, bytes, bands) {
  const frames = bytes.length / bands;
  canvas.width = frames;
  canvas.height = bands;
  const context = canvas.getContext("2d");
  const image = context.createImageData(frames, bands);
  for (let t = 0; t < frames; t++) {
    for (let band = 0; band < bands; band++) {
      const at = 4 * ((bands - 1 - band) * frames + t);
      image.data.set([...SHADES[bytes[t * bands + band]], 255], at);
    }
  }
  context.putImageData(image, 0, 0);
}

const TICKS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];
const clock = (t) => (t < 60 ? String(t) : `${Math.floor(t / 60)}:${String(t % 60).padStart(2, "0")}`);

function timeAxis(to, from = 0) {
  const seconds = to - from, every = TICKS.find((step) => seconds <= 12 * step) ?? 3600;
  const axis = element("div", { className: "emokit-time", aria: { hidden: "true" } });
  for (let t = Math.ceil(from / every) * every; t < to - 0.15 * every; t += every) {
    axis.append(element("span", { textContent: t ? clock(t) : "0 s", style: { left: `${(100 * (t - from)) / seconds}%` } }));
  }
  return axis;
}

const bytesOf = (view) => new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);

// A clip: picture with time axis and moving line, player, speed. Gives the element and what frees its sound.
function clipPlayer(answer, name) {
  const [sound, frames] = answer.buffers.map(bytesOf);
  const url = URL.createObjectURL(new Blob([sound], { type: "audio/mpeg" }));
  const audio = element("audio", { controls: true, src: url, preload: "auto", aria: { label: `Clip ${name}` } });
  const canvas = element("canvas", { className: "emokit-frames", aria: { role: "img", label: `Spectrogram of ${name}, ${answer.seconds.toFixed(1)} seconds` } });
  drawFrames(canvas, frames, answer.bands);
  const now = element("div", { className: "emokit-now" });
  const picture = element("div", { className: "emokit-picture" }, canvas, now);
  const follow = () => {
    now.style.left = `${(100 * audio.currentTime) / answer.seconds}%`;
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener("play", follow);
  audio.addEventListener("seeked", follow);
  picture.addEventListener("click", (event) => {
    audio.currentTime = (event.offsetX / picture.clientWidth) * answer.seconds;
    audio.play();
  });
  const speed = element("select", { className: "emokit-speed", title: "Playback speed", aria: { label: "Playback speed" } },
    ...[0.5, 0.75, 1, 1.25].map((rate) => element("option", { value: rate, textContent: `${rate} ×`, selected: rate === 1 })));
  speed.addEventListener("change", () => { audio.playbackRate = Number(speed.value); });
  const controls = element("div", { className: "emokit-controls" }, audio, speed);
  return { player: element("div", { className: "emokit-player" }, picture, timeAxis(answer.seconds), controls), audio, free: () => URL.revokeObjectURL(url) };
}

// One row a class: chip, bar, percent.
function probabilityBars(classes, p) {
  const rows = classes.map((kind, i) => element("div", { className: "emokit-bar" }, chip(kind),
    element("span", { className: "emokit-track" }, element("span", { style: { width: `${100 * p[i]}%`, background: kind.colour } })),
    element("span", { className: "emokit-percent", textContent: `${Math.round(100 * p[i])} %` })));
  return element("div", { className: "emokit-bars", aria: { role: "group", label: "Probability of each class" } }, ...rows);
}

// Training clips near to one that was asked about, each fetched by hear(clip, name).
async function neighbours(clips, classes, hear) {
  const box = element("div", { className: "emokit-neighbours" });
  for (const near of clips) {
    const player = await hear(near, near.name);
    const kind = classes.find((known) => known.name === near.emotion);
    box.append(element("div", {}, chip(kind ?? { name: near.emotion, letter: "?", colour: "#767676", ink: "#fff" }),
      element("span", { className: "emokit-quiet", textContent: ` ${near.speaker}, likeness ${near.likeness}` }), player));
  }
  return box;
}

const failure = (error) => element("div", { className: "emokit-error", textContent: error.message, aria: { role: "alert" } });
