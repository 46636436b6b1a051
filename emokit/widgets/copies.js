// Copies of a recording, a group at a time: two of them above each other, one cursor over both, and the sound switches
// from one to the other at the same instant.

function render({ model, el }) {
  const { title, table, groups } = model.get("state"), { ask, stop } = asker(model);
  const said = element("div", { className: "emokit-said", aria: { live: "polite" } });
  const list = element("ul", { className: "emokit-groups", aria: { label: "Recordings in several files" } });
  const stageBox = element("div", { className: "emokit-pair" });
  let shown = { group: -1, places: [0, 1] }, players = [], asked = 0;

  const nameOf = (group) => `${group.clips[0].name} and ${group.clips.length - 1} ${group.clips.length > 2 ? "copies" : "copy"}`;
  const left = (group) => group.clips.filter((clip) => clip.left).length;

  function drawList() {
    list.replaceChildren(...groups.map((group, n) => {
      const button = element("button", { type: "button", aria: { pressed: String(n === shown.group) } }, nameOf(group),
        element("span", { className: "emokit-quiet", textContent: left(group) ? ` ${left(group)} left out` : "" }));
      button.addEventListener("click", () => open(n));
      return element("li", {}, button, ...group.differ.map((text) => element("div", { className: "emokit-error", textContent: text })));
    }));
  }

  // The sound goes over to the other clip where it is now; where nothing sounds it begins there.
  function change() {
    if (players.length < 2) return;
    const now = players.findIndex((player) => player.playing()), to = now === 0 ? 1 : 0;
    const from = players[now] ?? players[1];
    players[to].startAt(from.at());
    stageBox.querySelectorAll(".emokit-stage")[to].focus();
  }

  async function keep(place) {
    try {
      const answer = await ask("keep", { group: shown.group, place });
      groups[shown.group] = answer.group;
      const gone = left(answer.group);
      said.textContent = gone ? `${answer.group.clips[place].name} is kept, ${gone} left out: written to ${table}.` : "All are kept.";
      drawList();
      heads();
    } catch (error) { said.replaceChildren(failure(error)); }
  }

  const headPlaces = [element("div"), element("div")];
  function heads() {
    const group = groups[shown.group];
    headPlaces.forEach((head, side) => {
      const place = shown.places[side], clip = group.clips[place], kept = !clip.left && left(group) > 0;
      const button = element("button", { type: "button", textContent: "Keep this one", aria: { pressed: String(kept), label: `Keep ${clip.name}` } });
      button.addEventListener("click", () => keep(place));
      const which = element("select", { hidden: group.clips.length < 3, aria: { label: `Clip ${"AB"[side]}` } },
        ...group.clips.map((other, n) => element("option", { value: n, textContent: other.name, selected: n === place, disabled: n === shown.places[1 - side] })));
      which.addEventListener("change", () => { shown.places[side] = Number(which.value); pair(); });
      head.className = "emokit-head";
      head.replaceChildren(element("strong", { textContent: `${"AB"[side]}  ${clip.name}` }), which,
        element("span", { className: "emokit-quiet", textContent: `  ${clip.about}${clip.left ? "; left out" : ""}  ` }), button);
    });
  }

  function open(n) {
    shown = { group: n, places: [0, 1] };
    said.textContent = "";
    drawList();
    pair();
  }

  async function pair() {
    const mine = ++asked, group = groups[shown.group];
    players.forEach((player) => player.free());
    players = [];
    try {
      const { buffers } = await ask("pair", { group: shown.group, places: shown.places });
      const made = await Promise.all(buffers.map((bytes, side) => clipPlayer(bytesOf(bytes), group.clips[shown.places[side]].name,
        { onMove: (t) => players[1 - side]?.put(t) })));
      if (mine !== asked) return made.forEach((player) => player.free()); // another group was opened meanwhile
      players = made;
    } catch (error) { return stageBox.replaceChildren(failure(error)); }
    const other = element("button", { type: "button", textContent: "A ⇄ B (X)", title: "The other one, from the same instant (X)" });
    const all = element("button", { type: "button", textContent: "Keep all" });
    other.addEventListener("click", change);
    all.addEventListener("click", () => keep(null));
    stageBox.replaceChildren(element("div", { className: "emokit-controls" }, other, all, said), headPlaces[0], players[0].element, headPlaces[1], players[1].element,
      element("div", { className: "emokit-quiet", textContent: HELP.replace("← → next clip", "X the other one") }));
    heads();
  }

  stageBox.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    event.preventDefault();
    event.stopPropagation();
    change();
  });
  drawList();
  el.replaceChildren(viewRoot(element("h3", { textContent: title }), element("div", { className: "emokit-body" }, list, stageBox)));
  if (groups.length) open(0);
  return () => { stop(); players.forEach((player) => player.free()); };
}

export default { render };
