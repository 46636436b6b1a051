// The confusion matrix that plays. Nothing is asked of Python before somebody asks for it.

// Cells through which the theme shines. Up to 0.6 its own ink is read on them, above only white: no shade between.
const SHADE = "31, 78, 121", BETTER = "26, 127, 55", WORSE = "198, 40, 40";
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
      const better = (change > 0) === (i === j); // more of what is right, less of what is wrong
      return { text, style: { background: `rgb(${better ? BETTER : WORSE}, ${0.6 * Math.min(1, Math.abs(change) * 2)})` } };
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

// Marks what narrows the clips while it does, and clears all of it at once; `controls` say in `data-all` what lets all pass.
function narrowing(controls) {
  const on = () => controls.filter((control) => control.value !== control.dataset.all);
  const clear = element("button", { type: "button", className: "emokit-clear" });
  clear.addEventListener("click", () => {
    for (const control of on()) {
      control.value = control.dataset.all;
      control.dispatchEvent(new Event(control.matches("select") ? "change" : "input"));
    }
  });
  const mark = () => {
    controls.forEach((control) => control.closest("label").classList.toggle("emokit-on", on().includes(control)));
    clear.hidden = !on().length;
    clear.textContent = on().length > 1 ? `Clear ${on().length} filters` : "Clear the filter";
  };
  mark();
  return { clear, mark };
}

function render({ model, el }) {
  const state = model.get("state"), { ask, stop } = asker(model);
  const title = element("h3"), sentence = element("div", { className: "emokit-said", aria: { live: "polite" } });
  const question = { filters: {}, search: "", sort: "loss", confidence: [0, 1], left_out: 0 };
  const frees = [], steps = stepsOf(ask, () => clips.rows());
  const clips = clipList(ask, "The clips of a chosen cell appear here, highest loss first.", () => ({ classes: state.classes }), steps.onPage);
  let chosen = null, asked = pageSound.kept.listener ?? ""; // whose reviews are shown

  function openCell(truth, predicted) {
    chosen = [truth, predicted];
    return clips.open({ ...question, listener: pageSound.kept.listener ?? "", truth: truth.name, predicted: predicted.name }, [chip(truth), " → ", chip(predicted)],
      (clip, place) => clipView(clip, place, truth, predicted, state, ask, frees, steps.ask));
  }
  function chooseCell(truth, predicted) {
    tellPage(state.runs, "cell", { truth: truth.name, predicted: predicted.name });
    return openCell(truth, predicted);
  }

  const view = matrixView(state, chooseCell, sentence);
  const show = (counts) => { view.setCounts(counts); title.textContent = view.title(state.against, counts.of); };
  async function filtered() {
    filters.mark();
    show(await ask("matrix", question));
    if (chosen) openCell(...chosen);
  }
  const narrow = (label, all) => { label.querySelector("select, input").dataset.all = all; return label; };

  const modes = [["share", "% of truth"], ["counts", "clips"], ...(state.other ? [["difference", "difference (points)"]] : [])];
  const search = element("input", { type: "search", placeholder: "file name", aria: { label: "Search by file name" } });
  whenTyped(search, () => { question.search = search.value; filtered(); });
  const listener = element("input", { value: pageSound.kept.listener ?? "", placeholder: "name", size: 12, aria: { label: "Your name, kept beside your reviews" } });
  whenTyped(listener, () => pageSound.keep("listener", listener.value.trim()));
  const bar = element("div", { className: "emokit-filters" },
    select("Show", modes, (mode) => {
      view.setMode(mode);
      if (mode === "difference") view.say(`Points more (+) or fewer (−) than ${state.against}; better is green: more on the diagonal, fewer beside it.`);
    }),
    select("Order", [["", "usual"], ["recall", "best first"], ["name", "by name"]], (order) => view.setOrder(order)),
    select("Sort", state.sorts, (sort) => { question.sort = sort; if (chosen) openCell(...chosen); }),
    ...Object.entries(state.choices).map(([name, values]) => narrow(select(name[0].toUpperCase() + name.slice(1), [["", "all"], ...values.map((v) => [v, v])],
      (value) => { question.filters = { ...question.filters, [name]: value }; filtered(); }), "")),
    narrow(select("Confidence", [["0,1", "any"], ["0.8,1", "above 80 %"], ["0.5,0.8", "50 to 80 %"], ["0,0.5", "below 50 %"]],
      (range) => { question.confidence = range.split(",").map(Number); filtered(); }), "0,1"),
    narrow(slider("Leave out the least sure", 95, (share) => { question.left_out = share; filtered(); }), "0"),
    narrow(element("label", {}, "Search", search), ""),
    element("label", {}, "Reviewed by", listener));
  const filters = narrowing([...bar.querySelectorAll("[data-all]")]);

  // A speaker that is chosen in another view of the page.
  const deaf = whenChosen(state.runs, "speaker", ({ speaker }) => {
    const box = [...bar.querySelectorAll("label")].find((label) => label.firstChild.textContent === "Speaker")?.querySelector("select");
    if (!box || ![...box.options].some((option) => option.value === speaker)) return;
    box.value = speaker;
    box.dispatchEvent(new Event("change"));
  });

  const renamed = () => {
    if (asked === (pageSound.kept.listener ?? "")) return;
    asked = pageSound.kept.listener;
    if (listener.value.trim() !== asked) listener.value = asked;
    if (chosen) openCell(...chosen);
  };
  pageSound.changed.addEventListener("change", renamed);

  show(state);
  view.say("Choose a cell to hear its clips: click, or arrow keys and Enter.");
  el.replaceChildren(viewRoot(element("div", { className: "emokit-title" }, title, filters.clear),
    element("div", { className: "emokit-body" }, element("div", { className: "emokit-aside" }, element("div", {}, view.table, sentence), bar), clips.list)));
  return () => { stop(); deaf(); clips.stop(); frees.forEach((free) => free()); pageSound.changed.removeEventListener("change", renamed); };
}

export default { render };
