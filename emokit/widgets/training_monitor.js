// The curves of a training while it runs: an axis as long as the epochs that are planned, the epoch under the pointer in
// numbers, and how far the epoch at hand is.

const PANELS = [
  { title: "cross-entropy (nats)", train: 1, dev: 2, show: (v) => v.toFixed(3), low: 0 },
  { title: "UAR (%)", train: 3, dev: 4, show: (v) => (100 * v).toFixed(1), low: 0, high: 1 },
  { title: "learning rate", train: 5, show: (v) => v.toPrecision(2), low: 0 },
];
const PANEL_HEIGHT = 190, ROOM = { left: 46, right: 10, top: 24, bottom: 22 };

// Round numbers in [low, high], about five.
function roundMarks(low, high) {
  const raw = (high - low) / 4, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find((n) => n * power >= raw) * power;
  const marks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high * (1 + 1e-9); n++) marks.push(Number((n * step).toPrecision(6)));
  return marks;
}

function render({ model, el }) {
  const title = element("h3", { aria: { live: "polite" } }), notes = element("span", { className: "emokit-quiet" });
  const filled = element("span"), counted = element("span", { className: "emokit-quiet" });
  const progress = element("div", { className: "emokit-progress", aria: { role: "progressbar", label: "Batches of this epoch" } }, filled);
  const legend = element("span", { className: "emokit-legend" }), readout = element("span", { className: "emokit-readout" });
  const canvas = element("canvas", { tabIndex: 0, className: "emokit-curves", aria: { role: "img" } });
  const body = element("div", {}, element("div", { className: "emokit-controls" }, progress, counted, notes),
    element("div", { className: "emokit-controls" }, legend, readout), canvas);
  el.replaceChildren(viewRoot(title, body));
  let at = null; // index of the epoch that is told in numbers; null is the last one

  function colours() { // parts keep their colour in all figures; on a dark ground it is a lighter shade of it
    const { color } = getComputedStyle(el.firstChild), dark = /^rgba?\((\d+)/.exec(color)?.[1] > 128;
    const own = model.get("state").colours;
    return { ink: color, train: dark ? "#7fb0e0" : own.train, dev: dark ? "#f0ae5a" : own.dev };
  }

  function draw() {
    const state = model.get("state"), width = canvas.clientWidth || 900, columns = width < 640 ? 1 : 3;
    const paint = colours(), each = width / columns, last = Math.max(state.epochs, state.rows.length, 2);
    const height = PANEL_HEIGHT * (3 / columns), context = sheet(canvas, width, height);
    canvas.style.height = `${height}px`;
    context.font = `11px ${getComputedStyle(el.firstChild).fontFamily}`;
    PANELS.forEach((panel, n) => {
      const x = columns === 1 ? 0 : n * each, y = columns === 1 ? n * PANEL_HEIGHT : 0;
      drawPanel(context, panel, { x, y, width: each }, state, last, paint);
    });
  }

  function drawPanel(context, panel, box, { rows, best }, last, paint) {
    const values = [panel.train, panel.dev].flatMap((column) => (column ? rows.map((row) => row[column]) : [])).filter((v) => v !== null);
    const high = panel.high ?? (Math.max(...values, 0) * 1.05 || 1), { low } = panel;
    const [x0, x1] = [box.x + ROOM.left, box.x + box.width - ROOM.right], [y0, y1] = [box.y + PANEL_HEIGHT - ROOM.bottom, box.y + ROOM.top];
    const px = (epoch) => x0 + ((epoch - 1) / (last - 1)) * (x1 - x0), py = (v) => y0 + ((v - low) / (high - low)) * (y1 - y0);
    Object.assign(context, { fillStyle: paint.ink, strokeStyle: paint.ink, lineWidth: 1, textAlign: "left" });
    context.fillText(panel.title, x0, box.y + 13);
    for (const mark of roundMarks(low, high)) {
      context.globalAlpha = 0.15;
      context.fillRect(x0, py(mark), x1 - x0, 1);
      context.globalAlpha = 0.8;
      context.textAlign = "right";
      context.fillText(panel.high ? String(100 * mark) : String(mark), x0 - 5, py(mark) + 4);
    }
    context.textAlign = "center";
    for (const mark of [1, ...roundMarks(1, last).filter((epoch) => Number.isInteger(epoch) && epoch > 1 + 0.08 * last)]) context.fillText(String(mark), px(mark), y0 + 15);
    context.globalAlpha = 1;
    if (best) dashes(context, px(best), y0, y1);
    for (const [column, colour] of [[panel.train, paint.train], [panel.dev, paint.dev]]) if (column) curve(context, rows, column, colour, px, py, !panel.dev);
    context.fillStyle = paint.ink;
    if (at !== null && rows[at]) context.fillRect(px(rows[at][0]), y1, 1, y0 - y1);
  }

  function dashes(context, x, y0, y1) {
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x, y0);
    context.lineTo(x, y1);
    context.stroke();
    context.setLineDash([]);
  }

  function curve(context, rows, column, colour, px, py, step) {
    const known = rows.filter((row) => row[column] !== null);
    Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.8 });
    context.beginPath();
    known.forEach((row, n) => {
      if (step && n) context.lineTo(px(row[0]), py(known[n - 1][column]));
      context.lineTo(px(row[0]), py(row[column]));
    });
    context.stroke();
    const end = known.at(-1);
    if (!end) return;
    context.beginPath();
    context.arc(px(end[0]), py(end[column]), 2.5, 0, 7);
    context.fill();
  }

  function tell() {
    const { rows } = model.get("state"), row = rows[at ?? rows.length - 1];
    if (!row) return readout.replaceChildren();
    const figures = PANELS.map(({ title: of, train, dev, show }) => {
      const said = [train, dev].filter(Boolean).map((column) => (row[column] === null ? "–" : show(row[column])));
      return `${of.replace(/ \((.*)\)/, "")} ${said.join(" / ")}`;
    });
    readout.textContent = `epoch ${row[0]}: ${figures.join(", ")}`;
  }

  function update() {
    const state = model.get("state"), [done, of] = state.batches, paint = colours();
    title.textContent = state.title;
    body.hidden = state.over;
    if (state.over) return;
    notes.textContent = state.notes.join("; ");
    filled.style.width = of ? `${(100 * done) / of}%` : "0";
    counted.textContent = of ? `batch ${done} of ${of}` : "";
    legend.replaceChildren(...["train", "dev"].flatMap((part) => [element("i", { style: { background: paint[part] } }), part]));
    canvas.setAttribute("aria-label", `Cross-entropy, UAR and learning rate by epoch. ${state.title}. Arrow keys tell each epoch in numbers.`);
    draw();
    tell();
  }

  function go(to) {
    const { rows } = model.get("state");
    at = to === null || !rows.length ? null : Math.max(0, Math.min(rows.length - 1, to));
    draw();
    tell();
  }

  canvas.addEventListener("pointermove", ({ offsetX }) => {
    const { epochs, rows } = model.get("state"), width = canvas.clientWidth, columns = width < 640 ? 1 : 3, each = width / columns;
    const share = ((offsetX % each) - ROOM.left) / (each - ROOM.left - ROOM.right), last = Math.max(epochs, rows.length, 2);
    const epoch = 1 + share * (last - 1);
    go(rows.reduce((near, row, n) => (Math.abs(row[0] - epoch) < Math.abs(rows[near][0] - epoch) ? n : near), 0));
  });
  canvas.addEventListener("pointerleave", () => go(null));
  canvas.addEventListener("keydown", (event) => {
    const { rows } = model.get("state"), here = at ?? rows.length - 1;
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: rows.length - 1, Escape: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  model.on("change:state", update);
  const sized = new ResizeObserver(update);
  sized.observe(el);
  const themed = new MutationObserver(() => setTimeout(update, 300)); // once the style sheet of the theme is there
  themed.observe(document.body, { attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"] });
  return () => { model.off("change:state", update); sized.disconnect(); themed.disconnect(); };
}

export default { render };
