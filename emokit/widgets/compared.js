// Two runs on the same clips: what was repaired, broken, or is wrong otherwise, to hear.

function badge({ sign, ground }, words) {
  return element("span", { className: "emokit-badge", textContent: `${sign} ${words}`, style: { background: ground } });
}

// One row a class: before as a hollow bar above now, both in per cent, and of the true class how far it moved.
function bothBars(classes, clip, [better, worse]) {
  const percent = (share) => Math.round(100 * share);
  const rows = classes.map((kind, i) => {
    const shares = [clip.then[i], clip.now[i]], moved = percent(shares[1]) - percent(shares[0]);
    const bars = shares.map((share) => element("span", { style: { width: `${100 * share}%`, color: kind.colour } }));
    const mark = kind.name === clip.emotion && moved ? badge(moved > 0 ? { ...better, sign: "▲" } : { ...worse, sign: "▼" }, String(Math.abs(moved))) : null;
    return element("div", { className: "emokit-bar" }, chip(kind), element("span", { className: "emokit-both" }, ...bars),
      element("span", { className: "emokit-percent", textContent: `${percent(shares[0])} → ${percent(shares[1])} %` }), mark);
  });
  return element("div", { className: "emokit-bars", aria: { role: "group", label: "Probability of each class, before and now" } }, ...rows);
}

function parametersTable({ differs, parameters }) {
  if (!parameters.length) return element("p", { textContent: `${differs}.` });
  const cells = (tag, texts) => texts.map((textContent, i) => element(i && tag === "td" ? "td" : "th", { textContent, scope: tag === "th" ? "col" : "row" }));
  return element("details", { className: "emokit-spread" }, element("summary", { textContent: differs }), element("table", { className: "emokit-runs" },
    element("thead", {}, element("tr", {}, ...cells("th", ["", "before", "now"]))),
    element("tbody", {}, ...parameters.map((row) => element("tr", {}, ...cells("td", row.map((value) => value || "–")))))));
}

function render({ model, el }) {
  const state = model.get("state"), { ask, stop } = asker(model), { classes, kinds } = state;
  const clips = clipList(ask, "No clip is answered otherwise.", () => ({ classes }));
  const named = (name) => chip(classes.find((one) => one.name === name));
  const row = (clip, place) => element("div", { className: "emokit-clip", aria: { role: "group", label: clip.name } },
    element("div", { className: "emokit-head" }, "it is ", named(clip.emotion), "; before: ", named(clip.before), "; now: ", named(clip.predicted),
      element("strong", { textContent: `  ${clip.name}` }), element("span", { className: "emokit-quiet", textContent: `  ${[clip.speaker, clip.sex].filter(Boolean).join(", ")}` })),
    place, bothBars(classes, clip, kinds));
  const buttons = kinds.map((kind) => {
    const button = element("button", { type: "button", title: kind.words, disabled: !kind.count, dataset: { kind: kind.kind }, aria: { pressed: "false" } },
      badge(kind, `${kind.count} ${kind.kind}`), ` ${kind.words}`);
    button.addEventListener("click", () => open(kind));
    return button;
  });
  function open(kind) {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.kind === kind.kind)));
    clips.open({ kind: kind.kind }, [badge(kind, kind.kind)], row);
  }
  el.replaceChildren(viewRoot(element("h3", { textContent: state.title }), element("p", { textContent: `${state.finding}.` }), parametersTable(state),
    element("div", { className: "emokit-filters", aria: { role: "group", label: "Which clips" } }, ...buttons),
    element("p", { className: "emokit-quiet", textContent: "Bars of a clip: above and hollow what a class got before, below what it gets now." }), clips.list));
  const first = kinds.find((kind) => kind.count);
  if (first) open(first);
  return () => { stop(); clips.stop(); };
}

export default { render };
