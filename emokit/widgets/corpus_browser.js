// Emotions by speakers; a cell lists its clips, and a clip is fetched when it comes into view.

function render({ model, el }) {
  const { classes, speakers, counts, measured, whose } = model.get("state"), { ask, stop } = asker(model);
  const clips = clipList(ask, "Choose a cell to hear its clips: click, or arrow keys and Enter.");
  const most = Math.max(1, ...counts.flat());

  function clipRow(clip, place) {
    const found = clip.found.map((text) => element("div", { className: "emokit-error", textContent: text }));
    return element("div", { className: "emokit-clip", aria: { role: "group", label: clip.name } },
      element("div", { className: "emokit-head" }, element("strong", { textContent: clip.name }), element("span", { className: "emokit-quiet", textContent: `  ${clip.about}` }), ...found), place);
  }

  const table = element("table", { className: "emokit-matrix", aria: { role: "grid", label: "Clips by emotion and speaker" } });
  function cell(r, c) {
    const label = `${counts[r][c]} ${classes[r].name} clips by ${speakers[c].name}${speakers[c].sex ? `, ${speakers[c].sex}` : ""}`;
    const td = element("td", { textContent: counts[r][c] || "", title: label, tabIndex: r + c ? -1 : 0,
      style: { background: `color-mix(in srgb, ${classes[r].colour} ${Math.round((35 * counts[r][c]) / most)}%, transparent)` }, aria: { role: "gridcell", label } });
    return gridCell(table, td, r, c, () => clips.open({ emotion: classes[r].name, speaker: speakers[c].name }, [chip(classes[r]), ` by ${speakers[c].name}`], clipRow));
  }
  const head = speakers.map((speaker) => element("th", { scope: "col", title: `${speaker.name} ${speaker.sex}`, textContent: speaker.name.split("/").pop() }));
  table.append(element("thead", {}, element("tr", {}, element("th"), ...head)),
    element("tbody", {}, ...classes.map((kind, r) => element("tr", {}, element("th", { scope: "row" }, chip(kind)), ...speakers.map((_, c) => cell(r, c))))));
  const spread = element("details", { className: "emokit-spread", hidden: !measured }, element("summary", { textContent: "How long and how loud" }));
  spread.addEventListener("toggle", async () => {
    try {
      const { words, buffers } = await ask("spread");
      const url = URL.createObjectURL(new Blob([bytesOf(buffers[0])], { type: "image/png" }));
      spread.append(element("img", { src: url, alt: words, onload: () => URL.revokeObjectURL(url) }));
    } catch (error) { spread.append(failure(error)); }
  }, { once: true });
  el.replaceChildren(viewRoot(element("h3", { textContent: whose }),
    spread, element("div", { className: "emokit-body" }, element("div", { className: "emokit-scroll" }, table), clips.list)));
  return () => { stop(); clips.stop(); };
}

export default { render };
