// Speakers by emotions; a cell, a row or a column lists its clips, and a clip is fetched when it comes into view.

// What is shown of a corpus: rows of speakers, above them their sums by sex. `open(emotion, row)` lists clips.
function corpusTable({ classes, speakers, counts }, open) {
  const table = element("table", { className: "emokit-matrix emokit-corpus", aria: { role: "grid", label: "Clips by speaker and emotion" } });
  const most = Math.max(1, ...counts.flat()), added = (values) => values.reduce((a, b) => a + b, 0);
  const all = speakers.map(({ name, sex }, s) => ({ name, sex, short: name.split("/").pop(), speaker: name, n: classes.map((_, k) => counts[k][s]) }));
  const sums = (rows) => {
    const sum = (name, of, sex) => ({ name: `${name} (${of.length})`, sex, sum: true, n: classes.map((_, k) => added(of.map((row) => row.n[k]))) });
    const sexes = [...new Set(all.map((row) => row.sex))].sort((a, b) => (a === "") - (b === "") || a.localeCompare(b));
    const bySex = sexes.length < 2 ? [] : sexes.map((sex) => sum(sex || "sex unknown", all.filter((row) => row.sex === sex), sex));
    return all.length < 2 || rows.length < all.length ? [] : [sum("all", all, null), ...bySex];
  };
  const shade = (n, kind) => `color-mix(in srgb, ${kind.colour} ${Math.round((35 * n) / most)}%, transparent)`;

  function cell(row, r, kind, c, n) {
    const label = `${n} ${kind ? `${kind.name} ` : ""}clips by ${row.name}${row.sex && !row.sum ? `, ${row.sex}` : ""}`;
    const td = element("td", { textContent: n || "", title: label, tabIndex: r + c ? -1 : 0, className: row.sum || !kind ? "emokit-sum" : "",
      style: row.sum || !kind ? {} : { background: shade(n, kind) }, aria: { role: "gridcell", label } });
    return gridCell(table, td, r, c, () => open(kind, row));
  }
  // The head of a row or of a column chooses all of it, which is the cell at its end that keys reach.
  function head(properties, place, ...inside) {
    const th = element("th", { ...properties, className: "emokit-choosable" }, ...inside);
    th.addEventListener("click", () => table.querySelector(`td[data-place="${place}"]`)?.click());
    return th;
  }
  function line(row, r) {
    const sex = row.sum ? "" : element("span", { className: "emokit-quiet", textContent: ` ${row.sex || "sex ?"}` });
    return element("tr", { className: row.sum ? "emokit-sums" : "" },
      head({ scope: "row", title: row.name }, `${r},${classes.length}`, row.short ?? row.name, sex),
      ...classes.map((kind, c) => cell(row, r, kind, c, row.n[c])), cell(row, r, null, classes.length, added(row.n)));
  }
  const letters = classes.map((kind, c) => head({ scope: "col", title: kind.name }, `0,${c}`,
    element("span", { className: "emokit-letter", textContent: kind.letter, style: { background: kind.colour, color: kind.ink }, aria: { label: kind.name } })));
  const top = element("thead", {}, element("tr", {}, element("th"), ...letters, head({ scope: "col" }, `0,${classes.length}`, "all")));

  const orders = { name: () => 0, clips: (a, b) => added(b.n) - added(a.n), sex: (a, b) => (a.sex === "") - (b.sex === "") || a.sex.localeCompare(b.sex) };
  return {
    table,
    orders: [["name", "name"], ["clips", "most clips"], ["sex", "sex"], ...classes.map((kind, k) => [String(k), `most ${kind.name}`])],
    // Gives how many speakers are found.
    show: (search, order) => {
      const rows = all.filter((row) => `${row.name} ${row.sex}`.toLowerCase().includes(search.toLowerCase()));
      rows.sort(orders[order] ?? ((a, b) => b.n[order] - a.n[order]));
      table.replaceChildren(top, element("tbody", {}, ...[...sums(rows), ...rows].map(line)));
      return rows.length;
    },
  };
}

function render({ model, el }) {
  const state = model.get("state"), { measured, whose, speakers } = state, { ask, stop } = asker(model);
  const clips = clipList(ask, "Choose a cell to hear its clips: click, or arrow keys and Enter. The head of a row or column chooses all of it.");

  function clipRow(clip, place) {
    const found = clip.found.map((text) => element("div", { className: "emokit-error", textContent: text }));
    return element("div", { className: "emokit-clip", aria: { role: "group", label: clip.name } },
      element("div", { className: "emokit-head" }, element("strong", { textContent: clip.name }), element("span", { className: "emokit-quiet", textContent: `  ${clip.about}` }), ...found), place);
  }
  const corpus = corpusTable(state, (kind, row) => {
    const question = { ...(kind && { emotion: kind.name }), ...(row.speaker && { speaker: row.speaker }), ...(row.sum && row.sex !== null && { sex: row.sex }) };
    clips.open(question, [kind ? chip(kind) : "All", row.sum && row.sex === null ? "" : ` by ${row.name}`], clipRow);
  });

  const found = element("span", { className: "emokit-quiet", aria: { role: "status" } });
  const search = element("input", { type: "search", placeholder: "speaker or sex", aria: { label: "Search speakers" } });
  const clear = element("button", { type: "button", className: "emokit-clear", textContent: "Clear the search" });
  let order = "name";
  function show() {
    const n = corpus.show(search.value, order);
    clear.hidden = !search.value;
    search.closest("label").classList.toggle("emokit-on", Boolean(search.value));
    found.textContent = !search.value ? "" : n ? `${n} of ${speakers.length} speakers` : "No speaker matches.";
  }
  const bar = element("div", { className: "emokit-filters", hidden: speakers.length < 2 }, element("label", {}, "Search", search),
    select("Sort by", corpus.orders, (next) => { order = next; show(); }), found, clear);
  whenTyped(search, show);
  clear.addEventListener("click", () => { search.value = ""; show(); });
  show();

  const spread = element("details", { className: "emokit-spread", hidden: !measured }, element("summary", { textContent: "How long and how loud" }));
  spread.addEventListener("toggle", async () => {
    try {
      const { words, buffers } = await ask("spread");
      const url = URL.createObjectURL(new Blob([bytesOf(buffers[0])], { type: "image/png" }));
      spread.append(element("img", { src: url, alt: words, onload: () => URL.revokeObjectURL(url) }));
    } catch (error) { spread.append(failure(error)); }
  }, { once: true });
  el.replaceChildren(viewRoot(element("h3", { textContent: whose }), spread, bar,
    element("div", { className: "emokit-body emokit-beside" }, element("div", { className: "emokit-scroll emokit-tall" }, corpus.table), clips.list)));
  return () => { stop(); clips.stop(); };
}

export default { render };
