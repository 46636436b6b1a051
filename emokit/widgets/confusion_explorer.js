// The confusion matrix that plays. Nothing is asked of Python before somebody asks for it.

// Cells through which the theme shines. Up to 0.6 its own ink is read on them, above only white: no shade between.
const SHADE = "31, 78, 121", MORE = "200, 80, 30";
const shaded = (share) => (share <= 0.6 ? { background: `rgb(${SHADE}, ${share})` }
  : { background: `rgb(${SHADE}, ${0.5 + share / 2})`, color: "#fff" });
const sum = (values) => values.reduce((a, b) => a + b, 0);

function matrixView({ classes }, onOpen, sentence) {
  const table = element("table", { className: "emokit-matrix", aria: { role: "grid", label: "Confusion matrix: rows are the true emotion, columns the predicted one" } });
  let counts, other, mode = "share", sorted = "", order, at = [0, 0], open = null, described = null;

  const recalls = (of = counts) => of.map((row, i) => (sum(row) ? row[i] / sum(row) : NaN));
  const present = (of = counts) => of.filter((row) => sum(row)).length; // classes that have clips
  const uar = (of = counts) => sum(recalls(of).filter((r) => !Number.isNaN(r))) / present(of);

  function cellLook(i, j) {
    const total = sum(counts[i]), share = total ? counts[i][j] / total : 0;
    if (mode === "difference") {
      const change = total && sum(other[i]) ? share - other[i][j] / sum(other[i]) : 0; // else there is nothing to compare
      const text = Math.round(100 * change) ? `${change > 0 ? "+" : "−"}${Math.abs(Math.round(100 * change))}` : "";
      return { text, style: { background: `rgb(${change > 0 ? MORE : SHADE}, ${0.6 * Math.min(1, Math.abs(change) * 2)})` } };
    }
    const text = !counts[i][j] ? "" : mode === "share" ? `${Math.round(100 * share)}` : `${counts[i][j]}`;
    const top = mode === "share" ? 1 : Math.max(1, ...counts.flat());
    return { text, style: shaded((mode === "share" ? share : counts[i][j]) / top) };
  }

  function describe(i, j) {
    const total = sum(counts[i]), n = counts[i][j], name = classes[i].name;
    const what = i === j ? "recognised" : `taken for ${classes[j].name}`;
    if (!total) return `There is no ${name} clip here`;
    if (!n) return `No ${name} clip of ${total} is ${what}`;
    const gain = i === j ? "" : `; all of them right, UAR would rise by ${((100 * n) / total / present()).toFixed(1)} points`;
    return `${n} of ${total} ${name} ${total === 1 ? "clip" : "clips"} ${n === 1 ? "is" : "are"} ${what}${gain}`;
  }

  // The sentence below the matrix: of a cell, whose counts it follows, or any other.
  function tell(cell, words) {
    described = cell;
    sentence.textContent = cell ? `${describe(...cell)}.` : words;
  }

  function draw() {
    const head = element("tr", {}, element("th", { textContent: "true \\ predicted", className: "emokit-quiet" }),
      ...order.map((j) => element("th", { scope: "col", title: classes[j].name },
        element("span", { className: "emokit-letter", textContent: classes[j].letter, style: { background: classes[j].colour, color: classes[j].ink }, aria: { label: classes[j].name } }))));
    const rows = order.map((i, r) => element("tr", {}, element("th", { scope: "row" }, chip(classes[i])), ...order.map((j, c) => cell(i, j, r, c))));
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  }

  function cell(i, j, r, c) {
    const { text, style } = cellLook(i, j);
    const td = element("td", { textContent: text, title: describe(i, j), tabIndex: r === at[0] && c === at[1] ? 0 : -1,
      dataset: { truth: classes[i].name, predicted: classes[j].name },
      style,
      aria: { role: "gridcell", label: describe(i, j), selected: String(open === `${i},${j}`) } });
    td.addEventListener("mouseenter", () => tell([i, j]));
    td.addEventListener("focus", () => { at = [r, c]; tell([i, j]); });
    return gridCell(table, td, r, c, () => { open = `${i},${j}`; onOpen(classes[i], classes[j]); });
  }

  function arrange() {
    const recall = recalls();
    order = classes.map((_, i) => i);
    if (sorted === "recall") order.sort((a, b) => (recall[b] || 0) - (recall[a] || 0));
    if (sorted === "name") order.sort((a, b) => classes[a].name.localeCompare(classes[b].name));
    draw();
  }

  function title(against, asked) {
    const total = sum(counts.flat()), points = 100 * (uar() - uar(other ?? counts));
    if (!total) return "No clip passes the filters";
    const of = present() < classes.length ? `, of ${present()} of ${classes.length} emotions` : "";
    const gain = !other ? "" : !present(other) ? `; no clip of ${against} passes`
      : `, ${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} points against ${against}`;
    const surest = asked > total ? `, the surest ${Math.round((100 * total) / asked)} % of ${asked}` : "";
    return `UAR ${(100 * uar()).toFixed(1)} % on ${total} test ${total === 1 ? "clip" : "clips"}${surest}${of}${gain}`;
  }

  return {
    table,
    title,
    say: (words) => tell(null, words),
    setCounts: (next) => { ({ counts, other } = next); arrange(); if (described) tell(described); },
    setMode: (next) => { mode = next; draw(); },
    setOrder: (next) => { sorted = next; arrange(); },
  };
}

function select(label, options, onChange) {
  const box = element("select", {}, ...options.map(([value, text]) => element("option", { value, textContent: text })));
  box.addEventListener("change", () => onChange(box.value));
  return element("label", {}, label, box);
}

// A slider of per cent; what it says follows it, Python is asked once it rests.
function slider(label, top, onChange) {
  const box = element("input", { type: "range", min: 0, max: top, value: 0, aria: { label: `${label}, per cent` } });
  const told = element("output", { textContent: "0 %" });
  let moving;
  box.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab has commands of its own on arrows
  box.addEventListener("input", () => {
    told.textContent = `${box.value} %`;
    clearTimeout(moving);
    moving = setTimeout(() => onChange(box.value / 100), 100);
  });
  return element("label", {}, label, box, told);
}

function reviewForm(clip, classes, verdicts, ask, truth) {
  const note = element("input", { placeholder: "note", value: clip.review?.note ?? "", aria: { label: `Note on ${clip.name}` } });
  const heard = element("select", { aria: { label: "Emotion heard instead" } }, element("option", { value: "", textContent: "heard as …" }),
    ...classes.filter((kind) => kind.name !== truth).map((kind) => element("option", { value: kind.name, textContent: kind.name })));
  heard.value = clip.review?.label ?? "";
  const state = element("span", { className: "emokit-quiet", aria: { role: "status" } });
  let verdict = clip.review?.verdict ?? "";
  const buttons = verdicts.map((name) => element("button", { type: "button", textContent: name, dataset: { verdict: name } }));
  const show = () => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict)));
    heard.hidden = verdict !== "wrong label";
  };
  async function save() {
    show();
    try {
      await ask("review", { key: clip.key, verdict, label: verdict === "wrong label" ? heard.value : "", note: note.value });
      clip.review = verdict ? { verdict, label: heard.value, note: note.value } : null;
      state.textContent = verdict ? "saved" : "taken back";
    } catch (error) { state.textContent = error.message; }
  }
  buttons.forEach((button) => button.addEventListener("click", () => { verdict = verdict === button.dataset.verdict ? "" : button.dataset.verdict; save(); }));
  heard.addEventListener("change", save);
  whenTyped(note, () => { if (verdict) save(); });
  show();
  return element("div", { className: "emokit-review", aria: { role: "group", label: `Review of ${clip.name}` } }, "Review:", ...buttons, heard, note, state);
}

// What each step says, under every clip that is listed once somebody has asked: the first answer loads the model.
function stepsOf(ask, listed) {
  async function fetch() {
    const rows = listed().filter((row) => !row.steps);
    if (!rows.length) return;
    rows.forEach((row) => { row.steps = true; });
    try {
      const { of } = await ask("evidence", { keys: rows.map((row) => row.clip.key) });
      await Promise.all(rows.map(async (row, i) => {
        (await row.ready)?.setSteps(of[i]);
        row.querySelector(".emokit-ask-steps")?.remove();
      }));
    } catch (error) {
      rows.forEach((row) => { row.steps = false; });
      throw error;
    }
  }
  const wanted = () => pageSound.kept.steps;
  return {
    ask: async () => { await fetch(); pageSound.keep("steps", true); },
    onPage: () => { if (wanted()) fetch().catch(() => pageSound.keep("steps", false)); },
  };
}

// A button that asks once; the first answer may have to load the model.
function asking(label, onClick) {
  const button = element("button", { type: "button", textContent: label });
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = `${label} …`;
    try { await onClick(); } catch (error) { button.replaceWith(failure(error)); }
  });
  return button;
}

function clipView(clip, place, truth, predicted, state, ask, frees, onSteps) {
  const known = [clip.speaker, clip.sex, clip.duration && `${clip.duration} s`, clip.sentence && `sentence “${clip.sentence}”`, state.choices.run && clip.run].filter(Boolean).join(", ");
  const more = element("div", { className: "emokit-more" });
  const head = element("div", { className: "emokit-head" }, chip(truth), " → ", chip(predicted), element("strong", { textContent: `  ${clip.name}` }),
    element("span", { className: "emokit-quiet", textContent: `  ${known}; loss ${clip.loss}` }));
  const nearest = asking("Nearest training clips", async () => {
    const near = await neighbours(await ask("neighbours", { key: clip.key }), state.classes);
    frees.push(near.free);
    more.append(near.element);
    nearest.remove();
  });
  const steps = asking("What each step says", onSteps);
  steps.classList.add("emokit-ask-steps");
  more.append(steps, " ", nearest);
  const review = reviewForm(clip, state.classes, state.verdicts, ask, truth.name);
  const row = element("div", { className: "emokit-clip", aria: { role: "group", label: `${clip.name}, ${truth.name} taken for ${predicted.name}` } },
    head, place, probabilityBars(state.classes, clip.p), review, more);
  row.addEventListener("keydown", (event) => {
    const verdict = review.querySelectorAll("button")[Number(event.key) - 1];
    if (!verdict || event.target.matches("input, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    verdict.click();
  });
  return row;
}

function render({ model, el }) {
  const state = model.get("state"), { ask, stop } = asker(model);
  const title = element("h3"), sentence = element("div", { className: "emokit-said", aria: { live: "polite" } });
  const question = { filters: {}, search: "", sort: "loss", confidence: [0, 1], left_out: 0 };
  const frees = [], steps = stepsOf(ask, () => clips.rows());
  const clips = clipList(ask, "The clips of a chosen cell appear here, highest loss first.", () => ({ classes: state.classes }), steps.onPage);
  let chosen = null;

  function openCell(truth, predicted) {
    chosen = [truth, predicted];
    return clips.open({ ...question, truth: truth.name, predicted: predicted.name }, [chip(truth), " → ", chip(predicted)],
      (clip, place) => clipView(clip, place, truth, predicted, state, ask, frees, steps.ask));
  }

  const view = matrixView(state, openCell, sentence);
  const show = (counts) => { view.setCounts(counts); title.textContent = view.title(state.against, counts.of); };
  async function filtered() {
    show(await ask("matrix", question));
    if (chosen) openCell(...chosen);
  }

  const modes = [["share", "% of truth"], ["counts", "clips"], ...(state.other ? [["difference", "difference (points)"]] : [])];
  const filters = element("div", { className: "emokit-filters" },
    select("Show", modes, (mode) => {
      view.setMode(mode);
      if (mode === "difference") view.say(`Orange: more of the true emotion than ${state.against}; blue: less.`);
    }),
    select("Order", [["", "usual"], ["recall", "best first"], ["name", "by name"]], (order) => view.setOrder(order)),
    ...Object.entries(state.choices).map(([name, values]) => select(name[0].toUpperCase() + name.slice(1), [["", "all"], ...values.map((v) => [v, v])],
      (value) => { question.filters = { ...question.filters, [name]: value }; filtered(); })),
    select("Confidence", [["0,1", "any"], ["0.8,1", "above 80 %"], ["0.5,0.8", "50 to 80 %"], ["0,0.5", "below 50 %"]],
      (range) => { question.confidence = range.split(",").map(Number); filtered(); }),
    slider("Leave out the least sure", 95, (share) => { question.left_out = share; filtered(); }),
    select("Sort", state.sorts, (sort) => { question.sort = sort; if (chosen) openCell(...chosen); }));
  const search = element("input", { type: "search", placeholder: "file name", aria: { label: "Search by file name" } });
  whenTyped(search, () => { question.search = search.value; filtered(); });
  filters.append(element("label", {}, "Search", search));

  show(state);
  view.say("Choose a cell to hear its clips: click, or arrow keys and Enter.");
  el.replaceChildren(viewRoot(title, filters, element("div", { className: "emokit-body" }, element("div", {}, view.table, sentence), clips.list)));
  return () => { stop(); clips.stop(); frees.forEach((free) => free()); };
}

export default { render };
