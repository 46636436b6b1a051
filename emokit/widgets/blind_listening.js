// Blind listening: a name, then clip after clip to be named, and only then what they are.

const OUTCOMES = ["you alone right", "the model alone right", "both wrong", "both right"];
const paragraph = (textContent, className = "") => element("p", { textContent, className });

// A button in a row of which one is chosen, with the key that presses it.
function choice(key, ...children) {
  return element("button", { type: "button", className: "emokit-choice", aria: { pressed: "false" } },
    element("kbd", { textContent: key, aria: { hidden: "true" } }), " ", ...children);
}

// The first page: who hears, and whether to be told after each clip. Acts with { listener, told }.
function welcome({ total, classes }, onBegin) {
  const name = element("input", { value: pageSound.kept.listener ?? "", maxLength: 60, aria: { label: "Your name" } });
  const told = element("input", { type: "checkbox" }), said = element("div");
  const begin = element("button", { type: "button", textContent: "Begin" });
  const act = async () => {
    try { await onBegin({ listener: name.value, told: told.checked }); } catch (error) { said.replaceChildren(failure(error)); }
  };
  begin.addEventListener("click", act);
  name.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    act();
  });
  return element("div", { className: "emokit-blind" },
    element("h3", { textContent: `${total} clips to hear blind` }),
    paragraph(`Half of them are mistakes of the model, mixed with clips that it heard right. Name what you hear (${classes.map((kind) => kind.name).join(", ")}) and how sure you are; what each clip is stays in the kernel until you have answered. Every answer is kept at once under your name in reviews.csv: stop when you like, and go on later.`),
    element("div", { className: "emokit-filters" }, element("label", {}, "Your name ", name),
      element("label", {}, told, "tell me after each clip what it is"), begin),
    paragraph("Who is told after each clip learns from it; that is noted beside the answers.", "emokit-quiet"), said);
}

// One clip after the other. `ask` knows the listener; `onEnd()` comes after the last, or when it is stopped.
function listening({ classes, sure, total }, ask, { left, told }, onEnd) {
  const sounds = new Map(), place = element("div", { className: "emokit-place" });
  const title = element("h3", { aria: { live: "polite" } }), bar = element("span"), said = element("div", { className: "emokit-told", aria: { live: "polite" } });
  const kinds = classes.map((kind, i) => choice(i < 10 ? String((i + 1) % 10) : "", chip(kind)));
  const degrees = sure.map((words, i) => choice(String(i + 1), words));
  const stop = element("button", { type: "button", textContent: "Stop and see the result" });
  const hint = paragraph(`Space plays. A number chooses the emotion, a second one how sure; Backspace takes back${told ? ", Enter goes on" : ", also the last answer"}.`, "emokit-quiet");
  let at = 0, kind = null, busy = false, player = null;

  const soundOf = (n) => {
    if (n < left.length && !sounds.has(n)) sounds.set(n, ask("sound", { keys: [left[n]] }));
    return sounds.get(n);
  };
  const press = (buttons, chosen) => buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
  function choose(next) {
    if (busy) return;
    kind = next;
    press(kinds, kind);
    press(degrees, null);
    degrees.forEach((button) => { button.disabled = kind === null; });
  }

  async function show(n) {
    [at, busy] = [n, false];
    if (at >= left.length) return onEnd();
    const key = left[at], name = `clip ${total - left.length + at + 1} of ${total}`;
    title.textContent = name[0].toUpperCase() + name.slice(1);
    bar.style.width = `${(100 * (total - left.length + at)) / total}%`;
    said.replaceChildren();
    choose(null);
    const { heard, buffers } = await soundOf(at);
    if (left[at] !== key) return undefined;
    player?.free();
    player = await hearable(place, heard[0], buffers[0], name);
    player?.element.play();
    soundOf(at + 1)?.catch(() => {});
    if (!player) said.replaceChildren(next("Next clip"));
    return undefined;
  }
  function next(words) {
    const button = element("button", { type: "button", textContent: words });
    button.addEventListener("click", () => show(at + 1));
    return button;
  }

  async function answer(degree) {
    if (busy || kind === null) return;
    busy = true;
    press(degrees, degree);
    try {
      const { truth, predicted } = await ask("answer", { key: left[at], label: classes[kind].name, sure: degree + 1, told });
      if (!told) return void show(at + 1);
      const named = (name) => chip(classes.find((one) => one.name === name));
      const go = next("Next clip");
      said.replaceChildren(element("strong", { textContent: truth === classes[kind].name ? "✓ " : "✗ " }), "It is ", named(truth), "; the model says ", named(predicted), ". ", go);
      go.focus();
    } catch (error) {
      busy = false;
      said.replaceChildren(failure(error));
    }
  }

  kinds.forEach((button, i) => button.addEventListener("click", () => choose(i)));
  degrees.forEach((button, i) => button.addEventListener("click", () => answer(i)));
  stop.addEventListener("click", onEnd);
  const root = element("div", { className: "emokit-blind" }, title, element("div", { className: "emokit-progress", aria: { hidden: "true" } }, bar), place,
    element("div", { className: "emokit-choices", aria: { role: "group", label: "What do you hear?" } }, element("span", { textContent: "What do you hear?" }), ...kinds),
    element("div", { className: "emokit-choices", aria: { role: "group", label: "How sure are you?" } }, element("span", { textContent: "How sure are you?" }), ...degrees),
    said, element("div", { className: "emokit-filters" }, hint, stop));
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || busy) return;
    const digit = /^\d$/.test(event.key) ? (Number(event.key) + 9) % 10 : -1;
    if (event.key === "Backspace" && kind !== null) choose(null);
    else if (event.key === "Backspace" && at && !told) show(at - 1);
    else if (kind === null && digit >= 0 && digit < kinds.length) choose(digit);
    else if (kind !== null && digit >= 0 && digit < degrees.length) answer(digit);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  show(0);
  return { element: root, free: () => player?.free() };
}

// The result: figures of everybody who has listened, what there is to say of this listener, and the clips, told.
function outcome(state, ask, { title, rows, said, left, listener }, onGo) {
  const clips = clipList(ask, "Choose “Hear them again” to have the clips here.", () => ({ classes: state.classes }));
  const kind = (name) => state.classes.find((one) => one.name === name);
  const row = (clip, place) => element("div", { className: "emokit-clip", aria: { role: "group", label: clip.name } },
    element("div", { className: "emokit-head" }, element("strong", { textContent: `${OUTCOMES[clip.outcome]}: ` }), "it is ", chip(kind(clip.emotion)),
      "; you: ", chip(kind(clip.said)), `, ${state.sure[clip.sure - 1]}; the model: `, chip(kind(clip.predicted)),
      element("span", { className: "emokit-quiet", textContent: `  ${clip.name}` })), place);
  const button = (textContent, onClick) => {
    const made = element("button", { type: "button", textContent });
    made.addEventListener("click", onClick);
    return made;
  };
  const again = button("Hear them again", () => { again.remove(); clips.list.hidden = false; clips.open({}, ["All that you heard"], row); });
  const cells = (tag, texts) => texts.map((textContent, i) => element(i || tag === "th" ? tag : "th", { textContent, scope: tag === "th" ? "col" : "row" }));
  const table = element("table", { className: "emokit-runs" }, element("thead", {}, element("tr", {}, ...cells("th", ["who", "clips", "UAR (95 % interval)", "Cohen's kappa (95 % interval)"]))),
    element("tbody", {}, ...rows.map((texts) => element("tr", {}, ...cells("td", texts)))));
  clips.list.hidden = true;
  const root = element("div", { className: "emokit-blind" }, element("h3", { textContent: title, tabIndex: -1 }),
    ...(rows.length ? [element("div", { className: "emokit-scroll" }, table)] : []),
    element("ul", {}, ...said.map((textContent) => element("li", { textContent }))),
    element("div", { className: "emokit-filters" }, ...(left.length ? [button(`Go on: ${left.length} left`, () => onGo(left))] : []),
      ...(rows.length ? [again] : []), button("Another listener", () => onGo(null))), clips.list);
  return { element: root, free: clips.stop, listener };
}

function render({ model, el }) {
  const state = model.get("state"), { ask, stop } = asker(model), root = viewRoot();
  let shown = null, listener = "", told = false;
  const asking = (name, question) => ask(name, { ...question, listener });
  function put(next) {
    shown?.free?.();
    shown = next;
    root.replaceChildren(next.element);
  }
  const start = () => put({ element: welcome(state, async (given) => {
    const { left, listener: name } = await ask("begin", given);
    [listener, told] = [name, given.told];
    pageSound.keep("listener", listener);
    if (left.length) hear(left); else await end();
  }) });
  const hear = (left) => put(listening(state, asking, { left, told }, end));
  async function end() {
    try {
      const answer = await asking("result");
      put(outcome(state, asking, answer, (left) => (left ? hear(left) : start())));
      root.querySelector("h3").focus();
    } catch (error) { root.append(failure(error)); }
  }
  if (state.none) root.append(paragraph(state.none)); else start();
  el.replaceChildren(root);
  return () => { stop(); shown?.free?.(); };
}

export default { render };
