// Recipes and runs to sort and to filter; a run opens in notebook 03, in a tab of JupyterLab.

function render({ model, el }) {
  const { tables, labels, choose, title } = model.get("state"), { ask, stop } = asker(model);
  const said = element("div", { className: "emokit-said", aria: { role: "status", live: "polite" } });
  const places = { recipes: element("div", { className: "emokit-scroll" }), runs: element("div", { className: "emokit-scroll emokit-tall" }) };
  const filter = element("input", { type: "search", placeholder: "words to look for", aria: { label: "Show rows with these words" } });
  const other = element("select", { aria: { label: "Compare with" } }, element("option", { value: "", textContent: "the best on dev" }),
    ...labels.map((label) => element("option", { value: label, textContent: label })));

  function cell([text, sort], column, row) {
    const td = element("td", { textContent: text, dataset: sort === null ? {} : { sort } });
    if (column !== "run") return td;
    const open = element("button", { type: "button", textContent: text, title: "Open it in 03" });
    open.addEventListener("click", () => evaluate(text));
    td.replaceChildren(open);
    return td;
  }

  function draw(name, { columns, rows }) {
    const table = element("table", { className: "emokit-runs", aria: { label: name } },
      element("thead", {}, element("tr", {}, ...columns.map((column) => element("th", { scope: "col", textContent: column })))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((one, n) => cell(one, columns[n]))))));
    sortable(table);
    places[name].replaceChildren(table);
    filter.dispatchEvent(new Event("input"));
  }

  // JupyterLab runs the command that a clicked element names: a tab beside this one. Its paths begin at its root.
  async function evaluate(name) {
    try {
      const { path, home } = await ask("evaluate", { name });
      const page = JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
      const root = (page.serverRoot ?? "").replace(/^~/, home).replace(/\/?$/, "/");
      said.textContent = `03 asks about ${name} in ${path}: run its cells.`;
      if (!page.serverRoot || !path.startsWith(root)) return;
      const link = element("a", { hidden: true, dataset: { commandlinkerCommand: "docmanager:open", commandlinkerArgs: JSON.stringify({ path: path.slice(root.length) }) } });
      el.append(link);
      link.click();
      link.remove();
    } catch (error) { said.replaceChildren(failure(error)); }
  }

  other.addEventListener("change", async () => {
    try { draw("recipes", other.value ? await ask("against", { label: other.value }) : tables.recipes); } catch (error) { said.replaceChildren(failure(error)); }
  });
  el.replaceChildren(viewRoot(element("h3", { textContent: title }),
    element("div", { className: "emokit-filters" }, element("label", {}, "Show rows with ", filter), element("label", {}, "Compare with ", other)),
    element("div", { className: "emokit-quiet", textContent: choose }), places.recipes, said, places.runs));
  filterable(el, filter);
  for (const name of ["recipes", "runs"]) draw(name, tables[name]);
  return stop;
}

export default { render };
