// The table whose cells are chosen, and the list of clips behind a chosen one: what both live views share.

// Makes `td` a cell that Tab, arrow keys, Home and End reach and that a click, Enter or space chooses.
function gridCell(table, td, r, c, onChoose) {
  const others = (set) => table.querySelectorAll("td").forEach(set);
  const choose = () => {
    others((cell) => cell.setAttribute("aria-selected", String(cell === td)));
    td.focus();
    onChoose();
  };
  td.dataset.place = `${r},${c}`;
  td.addEventListener("click", choose);
  td.addEventListener("focus", () => others((cell) => { cell.tabIndex = cell === td ? 0 : -1; }));
  td.addEventListener("keydown", (event) => {
    const end = td.parentElement.cells.length - 2; // the first is the name of the row
    const next = { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], Home: [r, 0], End: [r, end] }[event.key];
    if (event.key === "Enter" || event.key === " ") choose();
    else if (next) table.querySelector(`td[data-place="${next}"]`)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has commands of its own on these keys
  });
  return td;
}

// The clips of a chosen cell; the sound of each is fetched when it comes into view.
function clipList(ask, words) {
  const frees = [];
  const list = element("div", { className: "emokit-list", aria: { role: "region", label: "Clips of the chosen cell" } },
    element("div", { className: "emokit-quiet", textContent: words }));
  let asked = 0;
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { watcher.unobserve(target); target.load(); }
  }, { root: list, rootMargin: "120px" });

  async function hear(question, name) {
    const { player, free } = clipPlayer(await ask("sound", question), name);
    frees.push(free);
    return player;
  }

  // `heading` stands above the first page of clips, `rowOf(clip, place)` is what is shown of one, its sound at `place`.
  async function open(question, heading, rowOf, start = 0) {
    const mine = ++asked;
    const { clips, total } = await ask("cell", { ...question, start });
    if (mine !== asked) return; // another cell was chosen meanwhile
    if (!start) {
      frees.splice(0).forEach((free) => free());
      list.replaceChildren(element("h3", {}, ...heading, `: ${total || "no"} ${total === 1 ? "clip" : "clips"}`));
      list.scrollTop = 0;
    }
    for (const clip of clips) {
      const place = element("div", {}, element("div", { className: "emokit-picture" }));
      const row = rowOf(clip, place);
      row.load = async () => place.replaceChildren(await hear({ key: clip.key }, clip.name).catch(failure));
      list.append(row);
      watcher.observe(row);
    }
    const left = total - start - clips.length;
    if (left > 0) {
      const more = element("button", { type: "button", textContent: `Show more (${left} left)` });
      more.addEventListener("click", () => { more.remove(); open(question, heading, rowOf, start + clips.length); });
      list.append(more);
    }
  }

  return { list, open, hear, stop: () => { watcher.disconnect(); frees.forEach((free) => free()); } };
}
