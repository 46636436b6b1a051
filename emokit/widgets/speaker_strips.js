// A small strip of recalls for each speaker; one that is chosen is shown alone by the other views of the same runs.

function render({ model, el }) {
  const { classes, runs, speakers, sorts, finding, words } = model.get("state"), percent = (share) => `${Math.round(100 * share)} %`;
  const box = element("div", { className: "emokit-strips", aria: { role: "group", label: "Speakers" } });
  const hint = element("span", { className: "emokit-quiet", textContent: "Bars: recall of each emotion; dashed: chance. A click shows one speaker alone in the matrix and on the map." });

  function strip(speaker) {
    const bars = classes.map((kind, k) => element("span", { className: speaker.recalls[k] === null ? "emokit-none" : "" },
      element("span", { style: { height: `${100 * (speaker.recalls[k] ?? 0)}%`, background: kind.colour } })));
    const said = classes.map((kind, k) => `${kind.name} ${speaker.recalls[k] === null ? "no clip" : percent(speaker.recalls[k])}`).join(", ");
    const sex = speaker.sex || "sex unknown";
    const button = element("button", { type: "button", className: "emokit-strip", title: `${speaker.name}, ${sex}, ${speaker.clips} clips: ${said}`,
      dataset: { speaker: speaker.name }, aria: { pressed: "false", label: `${speaker.name}, ${sex}, UAR ${percent(speaker.uar)}: ${said}` } },
      element("span", { className: "emokit-strip-head" }, element("strong", { textContent: speaker.short }), ` ${speaker.sex ? speaker.sex[0] : "?"} `, element("span", { textContent: percent(speaker.uar) })),
      element("span", { className: "emokit-strip-bars", style: { "--chance": `${100 / classes.length}%` } }, ...bars),
      element("span", { className: "emokit-strip-letters", aria: { hidden: "true" } }, ...classes.map((kind) => element("span", { textContent: kind.letter }))));
    button.addEventListener("click", () => tellPage(runs, "speaker", { speaker: button.getAttribute("aria-pressed") === "true" ? "" : speaker.name }));
    return button;
  }
  const orders = {
    best: (a, b) => b.uar - a.uar, worst: (a, b) => a.uar - b.uar, name: (a, b) => a.name.localeCompare(b.name),
    sex: (a, b) => (a.sex === "") - (b.sex === "") || a.sex.localeCompare(b.sex) || b.uar - a.uar,
  };
  const strips = new Map(speakers.map((speaker) => [speaker, strip(speaker)]));
  const sort = (order) => box.replaceChildren(...[...speakers].sort(orders[order]).map((speaker) => strips.get(speaker)));
  const deaf = whenChosen(runs, "speaker", ({ speaker }) => {
    for (const [one, button] of strips) button.setAttribute("aria-pressed", String(one.name === speaker));
  });
  sort("best");
  el.replaceChildren(viewRoot(element("h3", { textContent: finding }), element("div", { className: "emokit-quiet", textContent: words }),
    element("div", { className: "emokit-filters" }, select("Sort", sorts, sort), hint), box));
  return deaf;
}

export default { render };
