// Emotions by speakers; a cell lists its clips, and a clip is fetched when it comes into view.

function render({ model, el }) {
  const { classes, speakers, counts, measured } = model.get("state"), { ask, stop } = asker(model), frees = [];
  const list = element("div", { className: "emokit-list", aria: { role: "region", label: "Clips of the chosen cell" } },
    element("div", { className: "emokit-quiet", textContent: "Choose a cell to hear its clips: click, or arrow keys and Enter." }));
  const top = Math.max(1, ...counts.flat());
  let asked = 0;

  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { watcher.unobserve(target); target.load(); }
  }, { root: list, rootMargin: "120px" });

  function clipRow(clip) {
    const place = element("div", {}, element("div", { className: "emokit-picture" }));
    const found = clip.found.map((text) => element("div", { className: "emokit-error", textContent: text }));
    const row = element("div", { className: "emokit-clip", aria: { role: "group", label: clip.name } },
      element("div", { className: "emokit-head" }, element("strong", { textContent: clip.name }), element("span", { className: "emokit-quiet", textContent: `  ${clip.about}` }), ...found), place);
    row.load = async () => {
      try {
        const { player, free } = clipPlayer(await ask("sound", { key: clip.key }), clip.name);
        frees.push(free);
        place.replaceChildren(player);
      } catch (error) { place.replaceChildren(element("div", { className: "emokit-error", textContent: error.message, aria: { role: "alert" } })); }
    };
    return row;
  }

  async function open(kind, speaker, start = 0) {
    const mine = ++asked;
    const answer = await ask("cell", { emotion: kind.name, speaker: speaker.name, start });
    if (mine !== asked) return;
    if (!start) {
      frees.splice(0).forEach((free) => free());
      list.replaceChildren(element("h3", {}, chip(kind), ` by ${speaker.name}: ${answer.total} clips`));
    }
    const rows = answer.clips.map(clipRow);
    list.append(...rows);
    rows.forEach((row) => watcher.observe(row));
    const left = answer.total - start - rows.length;
    if (left > 0) {
      const more = element("button", { type: "button", textContent: `Show more (${left} left)` });
      more.addEventListener("click", () => { more.remove(); open(kind, speaker, start + rows.length); });
      list.append(more);
    }
  }

  const table = element("table", { className: "emokit-matrix", aria: { role: "grid", label: "Clips by emotion and speaker" } });
  const focusOn = (r, c) => {
    for (const td of table.querySelectorAll("td")) td.tabIndex = td.dataset.place === `${r},${c}` ? 0 : -1;
    table.querySelector(`td[data-place="${r},${c}"]`)?.focus();
  };
  function cell(r, c) {
    const label = `${counts[r][c]} ${classes[r].name} clips by ${speakers[c].name}${speakers[c].sex ? `, ${speakers[c].sex}` : ""}`;
    const td = element("td", { textContent: counts[r][c] || "", title: label, tabIndex: r + c ? -1 : 0, dataset: { place: `${r},${c}` },
      style: { background: `color-mix(in srgb, ${classes[r].colour} ${Math.round((35 * counts[r][c]) / top)}%, transparent)` }, aria: { role: "gridcell", label } });
    const choose = () => {
      table.querySelectorAll("td").forEach((other) => other.setAttribute("aria-selected", String(other === td)));
      focusOn(r, c);
      open(classes[r], speakers[c]);
    };
    td.addEventListener("click", choose);
    td.addEventListener("keydown", (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.key === "Enter" || event.key === " ") choose();
      else if (move) focusOn(Math.max(0, Math.min(classes.length - 1, r + move[0])), Math.max(0, Math.min(speakers.length - 1, c + move[1])));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return td;
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
    } catch (error) { spread.append(element("div", { className: "emokit-error", textContent: error.message, aria: { role: "alert" } })); }
  }, { once: true });
  const total = counts.flat().reduce((a, b) => a + b, 0);
  el.replaceChildren(element("div", { className: "emokit" }, element("h3", { textContent: `${total} clips of ${speakers.length} speakers` }),
    spread, element("div", { className: "emokit-body" }, element("div", { className: "emokit-scroll" }, table), list)));
  return () => { stop(); watcher.disconnect(); frees.forEach((free) => free()); };
}

export default { render };
