// A test clip in a list: truth and answer, its sound, the probabilities, a listener's review, and what it is like.

// What 02 makes of a verdict where `apply_reviews` names the run.
function meaning({ verdict, label }) {
  if (verdict === "wrong label") return label ? `; learned as ${label} by apply_reviews` : "; name the emotion, else apply_reviews leaves the clip out";
  return verdict === "bad audio" ? "; apply_reviews leaves the clip out" : "";
}

function reviewForm(clip, classes, verdicts, ask, truth) {
  const note = element("input", { placeholder: "note", value: clip.review?.note ?? "", aria: { label: `Note on ${clip.name}` } });
  const heard = element("select", { aria: { label: "Emotion heard instead" } }, element("option", { value: "", textContent: "heard as …" }),
    ...classes.filter((kind) => kind.name !== truth).map((kind) => element("option", { value: kind.name, textContent: kind.name })));
  heard.value = clip.review?.label ?? "";
  const state = element("span", { className: "emokit-quiet", aria: { role: "status" } });
  let verdict = clip.review?.verdict ?? "";
  const buttons = verdicts.map((name) => element("button", { type: "button", textContent: name, dataset: { verdict: name } }));
  const show = () => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict)));
    heard.hidden = verdict !== "wrong label";
  };
  async function save() {
    show();
    try {
      const said = { verdict, label: verdict === "wrong label" ? heard.value : "", note: note.value };
      await ask("review", { key: clip.key, listener: pageSound.kept.listener ?? "", ...said });
      clip.review = verdict || note.value ? said : null;
      state.textContent = clip.review ? `saved${meaning(said)}` : "taken back";
    } catch (error) { state.textContent = error.message; }
  }
  buttons.forEach((button) => button.addEventListener("click", () => { verdict = verdict === button.dataset.verdict ? "" : button.dataset.verdict; save(); }));
  heard.addEventListener("change", save);
  whenTyped(note, save);
  show();
  return element("div", { className: "emokit-review", aria: { role: "group", label: `Review of ${clip.name}` } }, "Review:", ...buttons, heard, note, state);
}

// What each step says, under every clip that is listed once somebody has asked: the first answer loads the model.
function stepsOf(ask, listed) {
  async function fetch() {
    const rows = listed().filter((row) => !row.steps);
    if (!rows.length) return;
    rows.forEach((row) => { row.steps = true; });
    try {
      const { of } = await ask("evidence", { keys: rows.map((row) => row.clip.key) });
      await Promise.all(rows.map(async (row, i) => {
        (await row.ready)?.setSteps(of[i]);
        row.querySelector(".emokit-ask-steps")?.remove();
      }));
    } catch (error) {
      rows.forEach((row) => { row.steps = false; });
      throw error;
    }
  }
  const wanted = () => pageSound.kept.steps;
  return {
    ask: async () => { await fetch(); pageSound.keep("steps", true); },
    onPage: () => { if (wanted()) fetch().catch(() => pageSound.keep("steps", false)); },
  };
}

// A button that asks once; the first answer may have to load the model.
function asking(label, onClick) {
  const button = element("button", { type: "button", textContent: label });
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = `${label} …`;
    try { await onClick(); } catch (error) { button.replaceWith(failure(error)); }
  });
  return button;
}

function clipView(clip, place, truth, predicted, state, ask, frees, onSteps) {
  const known = [clip.speaker, clip.sex, clip.duration && `${clip.duration} s`, clip.sentence && `sentence “${clip.sentence}”`, state.choices.run && clip.run].filter(Boolean).join(", ");
  const more = element("div", { className: "emokit-more" });
  const head = element("div", { className: "emokit-head" }, chip(truth), " → ", chip(predicted), element("strong", { textContent: `  ${clip.name}` }),
    element("span", { className: "emokit-quiet", textContent: `  ${known}; loss ${clip.loss}` }));
  const nearest = asking("Nearest training clips", async () => {
    const near = await neighbours(await ask("neighbours", { key: clip.key }), state.classes);
    frees.push(near.free);
    more.append(near.element);
    nearest.remove();
    near.element.scrollIntoView({ block: "nearest" });
  });
  const steps = asking("What each step says", onSteps);
  steps.classList.add("emokit-ask-steps");
  more.append(steps, " ", nearest);
  const review = reviewForm(clip, state.classes, state.verdicts, ask, truth.name);
  const row = element("div", { className: "emokit-clip", aria: { role: "group", label: `${clip.name}, ${truth.name} taken for ${predicted.name}` } },
    head, place, probabilityBars(state.classes, clip.p), review, more);
  row.addEventListener("keydown", (event) => {
    const verdict = review.querySelectorAll("button")[Number(event.key) - 1];
    if (!verdict || event.target.matches("input, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    verdict.click();
  });
  return row;
}
