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

// A hearable clip in its place: a player, or in words why there is none. `heard`: what Python says of it.
async function hearable(place, heard, bytes, name, settings) {
  if (heard.error) return place.replaceChildren(failure(new Error(heard.error)));
  const player = await clipPlayer(bytesOf(bytes), name, settings);
  place.replaceChildren(player.element);
  return player;
}

// The clips of a chosen cell. The first come with their sound; those that are about to be seen are fetched together.
// `settingsOf(clip)` is for its player, `onPage()` is told of each further page of clips. A row of the list has its
// `clip`, and `ready`, which gives its player.
function clipList(ask, words, settingsOf = () => ({}), onPage = () => {}) {
  const frees = [];
  const list = element("div", { className: "emokit-list", aria: { role: "region", label: "Clips of the chosen cell" } },
    element("div", { className: "emokit-quiet", textContent: words }));
  let asked = 0;
  const watcher = new IntersectionObserver((entries) => fetch(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target)),
    { root: list, rootMargin: "600px" });

  function hear(row, answer, i) {
    watcher.unobserve(row);
    row.ready = hearable(row.place, answer.heard[i], answer.buffers[i], row.clip.name, settingsOf(row.clip));
    row.ready.then((player) => player && frees.push(player.free));
  }

  function fetch(rows) {
    const wanted = rows.filter((row) => !row.ready);
    if (!wanted.length) return;
    const answer = ask("sound", { keys: wanted.map((row) => row.clip.key) });
    wanted.forEach((row, i) => {
      row.ready = answer.then((given) => hear(row, given, i) ?? row.ready).catch((error) => row.place.replaceChildren(failure(error)));
    });
  }

  // `heading` stands above the first page of clips, `rowOf(clip, place)` is what is shown of one, its sound at `place`.
  async function open(question, heading, rowOf, start = 0) {
    const mine = ++asked;
    const answer = await ask("cell", { ...question, start }), { clips, total } = answer;
    if (mine !== asked) return; // another cell was chosen meanwhile
    if (!start) {
      frees.splice(0).forEach((free) => free());
      list.replaceChildren(element("h3", {}, ...heading, `: ${total || "no"} ${total === 1 ? "clip" : "clips"}`),
        element("div", { className: "emokit-told-of", hidden: !answer.told, textContent: answer.told ?? "" }),
        element("div", { className: "emokit-quiet", hidden: !total, textContent: HELP }));
      list.scrollTop = 0;
    }
    clips.forEach((clip, i) => {
      const place = element("div", { className: "emokit-place" }), row = rowOf(clip, place);
      Object.assign(row, { clip, place, play: async () => { fetch([row]); await row.ready; place.firstChild?.play?.(); } });
      list.append(row);
      if (i < answer.heard.length) hear(row, answer, i); else watcher.observe(row);
    });
    onPage();
    const left = total - start - clips.length;
    if (left > 0) {
      const more = element("button", { type: "button", textContent: `Show more (${left} left)` });
      more.addEventListener("click", () => { more.remove(); open(question, heading, rowOf, start + clips.length); });
      list.append(more);
    }
  }

  const rows = () => [...list.querySelectorAll(".emokit-clip")];
  nextByArrows(list, rows);
  return { list, rows, open, stop: () => { watcher.disconnect(); frees.forEach((free) => free()); } };
}

// Training clips near to one that was asked about, to hear. Gives the element and what frees it.
async function neighbours({ clips, heard, buffers }, classes) {
  const players = [], box = element("div", { className: "emokit-neighbours" });
  await Promise.all(clips.map(async (near, i) => {
    const kind = classes.find((known) => known.name === near.emotion) ?? { name: near.emotion, letter: "?", colour: "#767676", ink: "#fff" };
    const place = element("div"), one = element("div", {}, chip(kind),
      element("span", { className: "emokit-quiet", textContent: ` ${near.speaker}, similarity ${near.likeness.toFixed(2)} of 1` }), place);
    box.append(one);
    const player = await hearable(place, heard[i], buffers[i], near.name);
    one.play = () => player?.element.play();
    players.push(player);
  }));
  nextByArrows(box, () => [...box.children]);
  return { element: box, free: () => players.forEach((player) => player?.free()) };
}
