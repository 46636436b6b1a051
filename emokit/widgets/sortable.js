// Tables that are sorted by a click on a head, and rows that are left when words are asked for: in the live view and in
// outputs/index.html. A cell is sorted by its data-sort if it has any: numbers before texts; one without comes last.

function sortable(table) {
  const body = table.tBodies[0], order = new Intl.Collator(undefined, { numeric: true });
  const key = (row, column) => row.cells[column].dataset.sort ?? "";
  const compare = (a, b) => (isNaN(a) || isNaN(b) ? isNaN(a) - isNaN(b) || order.compare(a, b) : a - b);
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button"), column = head.cellIndex;
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rows = [...body.rows], numbers = rows.some((row) => key(row, column) !== "" && !isNaN(key(row, column)));
      const before = head.getAttribute("aria-sort"); // numbers begin with the highest, texts with A
      const down = before ? before === "ascending" : numbers;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((a, b) => {
        const [x, y] = [key(a, column), key(b, column)];
        return (x === "") - (y === "") || (down ? -1 : 1) * compare(x, y);
      });
      body.append(...rows);
    });
  }
}

// Shows the rows of the tables within `place` that hold every word of the input.
function filterable(place, input) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of place.querySelectorAll("tbody tr")) {
      const text = [...row.cells].map((cell) => cell.textContent.toLowerCase());
      row.hidden = !words.every((word) => text.some((cell) => cell.includes(word)));
    }
  });
}
