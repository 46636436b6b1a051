// A player for short speech, the same in every view. Needs view_parts.js, clip_sound.js, spectrum.js, clip_picture.js.
//
//   const player = await clipPlayer(bytes, name, { classes, steps });   bytes: FLAC, as Python's `clip_sound.flacs` gives it
//   player.element      to put into the page: one Tab stop, with canvases, time axis, buttons, and what the cursor reads
//   player.play()       from the cursor, or from the beginning of what is selected; silences whatever else sounds
//   player.pause()
//   player.setSteps(s)  the coloured strip: { steps: probabilities, steps × classes, seconds: of one, start: of the first }
//   player.free()       when it leaves the page
//
//   nextByArrows(box, () => clips)   ← and → in `box` go to the clip before and after, and play it; a clip is an element
//                                    with a method play()
//
// Keys where the focus is within: space plays; L loops, S changes the speed, F shows f0 and level, + and − zoom, [ and ]
// begin and end a selection at the cursor, Escape drops it, Shift with arrows moves the cursor by 10 ms, Home and End; up
// and down walk through the buttons. Speed, loop and F hold for every clip of the page.

const SPEEDS = [1, 0.75, 0.5, 1.25], SHORTEST = 0.02, NEAR = 4; // s, the closest zoom; px, a hand that does not drag
const HELP = "Space plays, ← → next clip; drag selects, L loops, + − zoom, F f0 and level, S speed.";
const within = (t, [low, high]) => Math.min(high, Math.max(low, t));
const ms = (t) => t.toFixed(3);

async function clipPlayer(bytes, name, { classes = [], steps = null } = {}) {
  const samples = await samplesOf(bytes), seconds = samples.length / RATE, whole = [0, seconds];
  let view = whole, chosen = null, cursor = 0, pointed = null, sung = null, loudest, ticking = false;

  const canvas = (className, height) => element("canvas", { className, style: { height: `${height}px` }, aria: { hidden: "true" } });
  const wave = canvas("emokit-clip-wave", TALL.wave), bands = canvas("emokit-clip-bands", TALL.bands);
  const lines = canvas("emokit-clip-melody", TALL.bands), strip = canvas("emokit-clip-steps", TALL.steps);
  const [now, range, cross] = ["emokit-now", "emokit-range", "emokit-cross"].map((className) => element("div", { className, hidden: true }));
  const stage = element("div", { className: "emokit-stage", tabIndex: 0, aria: { role: "slider", label: `Clip ${name}, ${seconds.toFixed(2)} seconds`,
    keyshortcuts: "Space", valuemin: 0, valuemax: ms(seconds) } }, wave, bands, lines, strip, range, cross, now);
  const hertz = element("div", { className: "emokit-hertz", style: { top: `${TALL.wave}px`, height: `${TALL.bands}px` }, aria: { hidden: "true" } },
    ...["8 kHz", "6", "4", "2", "0"].map((textContent) => element("span", { textContent })));
  const axis = element("div", { className: "emokit-axis" }), said = element("span", { className: "emokit-readout" });
  const button = (textContent, label, onClick) => {
    const made = element("button", { type: "button", textContent, tabIndex: -1, title: label, aria: { label } });
    made.addEventListener("click", onClick);
    return made;
  };
  const width = () => stage.clientWidth || 1, x = (t) => ((t - view[0]) / (view[1] - view[0])) * width();
  const timeAt = (event) => within(view[0] + ((event.clientX - stage.getBoundingClientRect().left) / width()) * (view[1] - view[0]), whole);

  // ---- what is seen --------------------------------------------------------------------------------------------------

  function draw() {
    drawWave(wave, samples, view, width());
    loudest = drawBands(bands, samples, view, width(), loudest);
    lines.hidden = !pageSound.kept.melody;
    if (!lines.hidden) drawMelody(lines, (sung ??= melody(samples)), view, width());
    strip.hidden = !steps;
    if (steps) drawSteps(strip, steps, classes, view, width());
    axis.replaceChildren(timeAxis(view[1], view[0], Math.max(2, Math.floor(width() / 42))));
    place();
  }

  function place() {
    const playing = pageSound.plays(moved);
    Object.assign(now.style, { left: `${x(cursor)}px` });
    now.hidden = cursor < view[0] || cursor > view[1];
    range.hidden = !chosen;
    if (chosen) Object.assign(range.style, { left: `${Math.max(0, x(chosen[0]))}px`, width: `${Math.min(width(), x(chosen[1])) - Math.max(0, x(chosen[0]))}px` });
    cross.hidden = !pointed;
    if (pointed) Object.assign(cross.style, { left: `${x(pointed.t)}px` });
    said.replaceChildren(...words(playing));
    stage.setAttribute("aria-valuenow", ms(cursor));
    stage.setAttribute("aria-valuetext", said.textContent);
    play.textContent = playing ? "❚❚" : "▶\uFE0E";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  // What the cursor reads: time, under the pointer also frequency, then f0, level, and what the step says.
  function words(playing) {
    const t = pointed?.t ?? cursor, read = [pointed || playing || cursor ? `${ms(t)} s` : `${ms(seconds)} s long`];
    if (chosen && !pointed && !playing) read.splice(0, 1, `${ms(chosen[0])} to ${ms(chosen[1])} s: ${Math.round(1000 * (chosen[1] - chosen[0]))} ms`);
    if (pointed?.hz !== undefined) read.push(`${pointed.hz} Hz`);
    if (sung && pageSound.kept.melody) {
      const frame = Math.min(sung.f0.length - 1, Math.floor(t / sung.hop)), f0 = sung.f0[frame];
      read.push(Number.isNaN(f0) ? "no f0" : `f0 ${Math.round(f0)} Hz`, `${Math.round(sung.level[frame])} dB`.replace("-", "−"));
    }
    const p = steps?.steps[Math.floor((t - steps.start) / steps.seconds + 1e-6)];
    const likeliest = p && p.indexOf(Math.max(...p));
    return [read.join(" · "), ...(p ? [" ", chip(classes[likeliest]), ` ${Math.round(100 * p[likeliest])} %`] : [])];
  }

  function setSteps(next) {
    steps = next;
    const told = steps ? stretchesOf(steps).map(([kind, , end]) => `${classes[kind].name} to ${end.toFixed(2)} s`).join(", ") : "";
    strip.setAttribute("aria-hidden", String(!steps));
    if (steps) { strip.setAttribute("role", "img"); strip.setAttribute("aria-label", `What each step says alone: ${told}`); }
    draw();
  }

  function zoom(factor, middle = pointed?.t ?? (chosen && factor > 1 ? (chosen[0] + chosen[1]) / 2 : cursor)) {
    let length = Math.min(seconds, Math.max(SHORTEST, (view[1] - view[0]) / factor));
    if (chosen && factor > 1 && chosen[1] - chosen[0] < length && chosen[1] - chosen[0] >= length / factor) length = Math.max(SHORTEST, 1.1 * (chosen[1] - chosen[0]));
    show(middle - length * ((middle - view[0]) / (view[1] - view[0]) || 0.5), length);
  }

  function show(from, length = view[1] - view[0]) {
    const start = within(from, [0, Math.max(0, seconds - length)]);
    view = [start, start + Math.min(length, seconds)];
    draw();
  }

  // ---- what is heard -------------------------------------------------------------------------------------------------

  function moved() {
    cursor = within(pageSound.at(moved) ?? cursor, chosen ?? whole);
    if (cursor > view[1] || cursor < view[0]) show(cursor - 0.05 * (view[1] - view[0]));
    else place();
    if (!pageSound.plays(moved) || ticking) return;
    ticking = true;
    requestAnimationFrame(() => { ticking = false; moved(); });
  }

  async function start(at = cursor) {
    const [begin, end] = chosen ?? whole;
    const from = at < begin || at > end - 0.01 ? begin : at;
    try { await pageSound.play(moved, samples, [begin, end], from); } catch (error) { if (error.name !== "AbortError") said.textContent = error.message; }
  }
  const toggle = () => (pageSound.plays(moved) ? pageSound.audio.pause() : start());

  function choose(next) {
    chosen = next && [within(Math.min(...next), whole), within(Math.max(...next), whole)];
    place();
  }

  // ---- hands ---------------------------------------------------------------------------------------------------------

  let pressed = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pressed = { x: event.clientX, t: timeAt(event), drags: false };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const share = (event.clientY - bands.getBoundingClientRect().top) / TALL.bands;
    pointed = { t: timeAt(event), ...(share >= 0 && share <= 1 ? { hz: hzAt(share) } : {}) };
    if (pressed) pressed.drags ||= Math.abs(event.clientX - pressed.x) > NEAR;
    if (pressed?.drags) choose([pressed.t, pointed.t]); else place();
  });
  stage.addEventListener("pointerup", () => {
    if (!pressed) return;
    if (!pressed.drags) choose(null);
    start(pressed.drags ? chosen[0] : pressed.t);
    pressed = null;
  });
  stage.addEventListener("pointerleave", () => { pointed = null; place(); });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !(event.deltaX && view[1] - view[0] < seconds)) return; // the page scrolls
    event.preventDefault();
    if (event.deltaX) show(view[0] + (event.deltaX / width()) * (view[1] - view[0]));
    else zoom(event.deltaY < 0 ? 1.5 : 1 / 1.5);
  }, { passive: false });

  const play = button("▶\uFE0E", "Play", toggle);
  const loop = button("⟳", "Loop (L)", () => pageSound.keep("loop", !pageSound.kept.loop));
  const speed = button("1 ×", "Speed (S)", () => pageSound.keep("speed", SPEEDS[(SPEEDS.indexOf(pageSound.kept.speed) + 1) % SPEEDS.length]));
  const sings = button("f0", "f0 and level (F)", () => pageSound.keep("melody", !pageSound.kept.melody));
  const [less, more] = [button("−", "Show more of it (−)", () => zoom(0.5)), button("+", "Show less of it, larger (+)", () => zoom(2))];
  const stops = [stage, play, loop, speed, less, more, sings];
  const keys = {
    " ": toggle, l: () => loop.click(), s: () => speed.click(), f: () => sings.click(), "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5),
    "[": () => choose([cursor, chosen?.[1] ?? seconds]), "]": () => choose([chosen?.[0] ?? 0, cursor]), Escape: () => choose(null),
    Home: () => go(0), End: () => go(seconds), ArrowUp: () => walk(-1), ArrowDown: () => walk(1),
  };
  function go(t) {
    if (pageSound.plays(moved)) pageSound.audio.pause();
    pageSound.leave(moved);
    cursor = within(t, whole);
    moved();
  }
  const walk = (by) => stops[(stops.indexOf(document.activeElement) + by + stops.length) % stops.length].focus();
  const player = element("div", { className: "emokit-player", aria: { role: "group", label: `Clip ${name}` } }, hertz, stage, axis,
    element("div", { className: "emokit-controls" }, play, loop, speed, less, more, sings, said));
  player.addEventListener("focusin", ({ target }) => stops.forEach((stop) => { stop.tabIndex = stop === target ? 0 : -1; }));
  player.addEventListener("keydown", (event) => {
    const by = event.shiftKey && { ArrowLeft: -0.01, ArrowRight: 0.01 }[event.key];
    const act = by ? () => go(cursor + by) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.key === " " && event.target !== stage)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  function kept() {
    const { speed: rate, loop: again, melody: on } = pageSound.kept;
    speed.textContent = `${rate} ×`;
    loop.setAttribute("aria-pressed", String(again));
    sings.setAttribute("aria-pressed", String(on));
    if (lines.hidden === on) draw();
  }
  pageSound.changed.addEventListener("change", kept);
  const watcher = new ResizeObserver(draw);
  watcher.observe(stage);
  setSteps(steps);
  kept();
  return {
    element: Object.assign(player, { play: () => { stage.focus(); start(0); } }),
    play: () => start(), pause: () => { if (pageSound.plays(moved)) pageSound.audio.pause(); }, setSteps,
    free: () => { pageSound.leave(moved); watcher.disconnect(); pageSound.changed.removeEventListener("change", kept); },
  };
}

function nextByArrows(box, clips) {
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const all = clips(), here = all.findIndex((clip) => clip.contains(event.target));
    event.preventDefault();
    event.stopPropagation();
    if (here >= 0) all[here + by]?.play();
  });
}
