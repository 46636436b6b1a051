// A player for short speech, the same in every view. A view takes it by `live.PLAYER` in front of its own scripts.
//
//   const player = await clipPlayer(bytes, name, { classes, steps, onMove });   bytes: FLAC, as `clip_sound.flacs` in Python gives it
//   player.element       to put into the page: one Tab stop, with pictures, time axis, buttons, and what the cursor reads;
//                        element.play() puts the focus there and plays from the beginning
//   player.play()        from the cursor, or from the beginning of what is selected; silences whatever else sounds
//   player.pause()
//   player.setSteps(s)   the coloured strip: { steps: probabilities, steps × classes, seconds: of one, start: of the first }
//   player.at(), put(t), startAt(t), playing()   where its cursor is, places it silently, plays from there, whether it sounds
//   player.free()        when it leaves the page
//
//   nextByArrows(box, () => clips)   ← and → in `box` go to the clip before and after, and play it; a clip is an element
//                                    with a method play()
//
// Keys where the focus is within: space plays; L loops, S changes the speed, F shows f0 and level, + and − zoom, [ and ]
// begin and end a selection at the cursor, Escape drops it, Shift with arrows moves the cursor by 10 ms, Home and End; up
// and down walk through the buttons. Speed, loop and F hold for every clip of the page (`pageSound.keep`).

const SPEEDS = [1, 0.75, 0.5, 1.25], SHORTEST = 0.02, NEAR = 4; // s, the closest zoom; px, a hand that does not drag
const HELP = "Space plays, ← → next clip; drag selects, L loops, + − zoom, F f0 and level, S speed.";
const within = (t, [low, high]) => Math.min(high, Math.max(low, t));

async function clipPlayer(bytes, name, { classes = [], steps = null, onMove = () => {} } = {}) {
  const samples = await samplesOf(bytes), seconds = samples.length / RATE;
  const clip = { samples, seconds, classes, steps, view: [0, seconds], chosen: null, cursor: 0, pointed: null };
  const parts = stageOf(clip, name), acts = actsOf(clip, parts, onMove), bar = buttonsOf(acts);
  const root = element("div", { className: "emokit-player", aria: { role: "group", label: `Clip ${name}` } }, parts.hertz, parts.stage, parts.axis,
    element("div", { className: "emokit-controls" }, ...Object.values(bar), parts.said));
  acts.onPlace = () => {
    const playing = pageSound.plays(acts.moved);
    bar.play.textContent = playing ? "❚❚" : "▶\uFE0E";
    bar.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  };
  function kept() {
    bar.speed.textContent = `${pageSound.kept.speed} ×`;
    bar.loop.setAttribute("aria-pressed", String(pageSound.kept.loop));
    bar.melody.setAttribute("aria-pressed", String(pageSound.kept.melody));
    if (parts.lines.hidden !== pageSound.kept.melody) return;
    if (root.contains(document.activeElement)) acts.draw();
    else setTimeout(acts.draw); // one after the other: a page may hold forty
  }
  takeMouse(clip, parts, acts);
  takeKeys(root, [parts.stage, ...Object.values(bar)], acts, bar);
  pageSound.changed.addEventListener("change", kept);
  const watcher = new ResizeObserver(acts.draw);
  watcher.observe(parts.stage);
  nameSteps(clip, parts.strip);
  kept();
  return {
    element: Object.assign(root, { play: () => { parts.stage.focus(); acts.start(0); } }),
    play: () => acts.start(), pause: acts.pause, playing: () => pageSound.plays(acts.moved),
    at: () => clip.cursor, startAt: acts.start, put: (t) => { clip.cursor = within(t, acts.whole); acts.place(); },
    setSteps: (next) => { clip.steps = next; nameSteps(clip, parts.strip); acts.draw(); },
    free: () => { pageSound.leave(acts.moved); watcher.disconnect(); pageSound.changed.removeEventListener("change", kept); },
  };
}

// What hands may do with a clip.
function actsOf(clip, parts, onMove) {
  const whole = [0, clip.seconds];
  let ticking = false;
  const acts = {
    clip, whole,
    draw: () => { drawClip(clip, parts); acts.place(); },
    place: () => {
      placeLines(clip, parts);
      parts.said.replaceChildren(...readout(clip, pageSound.plays(acts.moved)));
      parts.stage.setAttribute("aria-valuetext", parts.said.textContent);
      acts.onPlace?.();
    },
    // The sound has moved, begun or stopped; while it plays this goes on by itself.
    moved: () => {
      clip.cursor = within(pageSound.at(acts.moved) ?? clip.cursor, clip.chosen ?? whole);
      if (clip.cursor > clip.view[1] || clip.cursor < clip.view[0]) acts.show(clip.cursor - 0.05 * length(clip.view));
      else acts.place();
      onMove(clip.cursor);
      if (!pageSound.plays(acts.moved) || ticking) return;
      ticking = true;
      requestAnimationFrame(() => { ticking = false; acts.moved(); });
    },
    start: async (at = clip.cursor) => {
      const [begin, end] = clip.chosen ?? whole, from = at < begin || at > end - 0.01 ? begin : at;
      try { await pageSound.play(acts.moved, clip.samples, [begin, end], from); } catch (error) {
        if (error.name !== "AbortError") parts.said.textContent = error.message; // another clip came before it
      }
    },
    pause: () => { if (pageSound.plays(acts.moved)) pageSound.audio.pause(); },
    toggle: () => (pageSound.plays(acts.moved) ? acts.pause() : acts.start()),
    go: (t) => { pageSound.leave(acts.moved); clip.cursor = within(t, whole); acts.moved(); },
    choose: (range) => { clip.chosen = range && [within(Math.min(...range), whole), within(Math.max(...range), whole)]; acts.place(); },
    show: (from, seconds = length(clip.view)) => {
      const start = within(from, [0, Math.max(0, clip.seconds - seconds)]);
      clip.view = [start, start + Math.min(seconds, clip.seconds)];
      acts.draw();
    },
    // Around the pointer, or the middle of the selection, or the cursor, which stay where they are.
    zoom: (factor) => {
      const { view, chosen, pointed, cursor } = clip, middle = pointed?.t ?? (chosen ? (chosen[0] + chosen[1]) / 2 : cursor);
      const seconds = within(length(view) / factor, [Math.min(SHORTEST, clip.seconds), clip.seconds]);
      acts.show(middle - seconds * within((middle - view[0]) / length(view), [0, 1]), seconds);
    },
  };
  return acts;
}

function buttonsOf(acts) {
  const { kept, keep } = pageSound;
  const button = (textContent, label, onClick) => {
    const made = element("button", { type: "button", textContent, tabIndex: -1, title: label, aria: { label } });
    made.addEventListener("click", onClick);
    return made;
  };
  return {
    play: button("▶\uFE0E", "Play", acts.toggle),
    loop: button("⟳", "Loop (L)", () => keep("loop", !kept.loop)),
    speed: button("1 ×", "Speed (S)", () => keep("speed", SPEEDS[(SPEEDS.indexOf(kept.speed) + 1) % SPEEDS.length])),
    less: button("−", "Show more of it (−)", () => acts.zoom(0.5)),
    more: button("+", "Show less of it, larger (+)", () => acts.zoom(2)),
    melody: button("f0", "f0 and level (F)", () => keep("melody", !kept.melody)),
  };
}

// A click plays from there, a drag selects and plays that; with Ctrl the wheel zooms.
function takeMouse(clip, { stage, bands }, acts) {
  let pressed = null;
  const timeAt = ({ clientX }) => within(clip.view[0] + ((clientX - stage.getBoundingClientRect().left) / widthOf(stage)) * length(clip.view), acts.whole);
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pressed = { x: event.clientX, t: timeAt(event), drags: false };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const share = (event.clientY - bands.getBoundingClientRect().top) / TALL.bands;
    clip.pointed = { t: timeAt(event), ...(share >= 0 && share <= 1 ? { hz: hzAt(share) } : {}) };
    if (pressed) pressed.drags ||= Math.abs(event.clientX - pressed.x) > NEAR;
    if (pressed?.drags) acts.choose([pressed.t, clip.pointed.t]); else acts.place();
  });
  stage.addEventListener("pointerup", () => {
    if (!pressed) return;
    if (!pressed.drags) acts.choose(null);
    acts.start(pressed.drags ? clip.chosen[0] : pressed.t);
    pressed = null;
  });
  stage.addEventListener("pointerleave", () => { clip.pointed = null; acts.place(); });
  stage.addEventListener("wheel", (event) => {
    const sideways = event.deltaX && length(clip.view) < clip.seconds;
    if (!event.ctrlKey && !event.metaKey && !sideways) return; // the page scrolls
    event.preventDefault();
    if (sideways) acts.show(clip.view[0] + (event.deltaX / widthOf(stage)) * length(clip.view));
    else acts.zoom(event.deltaY < 0 ? 1.5 : 1 / 1.5);
  }, { passive: false });
}

function takeKeys(player, stops, acts, bar) {
  const { clip } = acts, walk = (by) => stops[(stops.indexOf(document.activeElement) + by + stops.length) % stops.length].focus();
  const keys = {
    " ": acts.toggle, l: () => bar.loop.click(), s: () => bar.speed.click(), f: () => bar.melody.click(),
    "+": () => acts.zoom(2), "=": () => acts.zoom(2), "-": () => acts.zoom(0.5),
    "[": () => acts.choose([clip.cursor, clip.chosen?.[1] ?? clip.seconds]), "]": () => acts.choose([clip.chosen?.[0] ?? 0, clip.cursor]),
    Escape: () => acts.choose(null), Home: () => acts.go(0), End: () => acts.go(clip.seconds),
    ArrowUp: () => walk(-1), ArrowDown: () => walk(1),
  };
  player.addEventListener("focusin", ({ target }) => stops.forEach((stop) => { stop.tabIndex = stop === target ? 0 : -1; }));
  player.addEventListener("keydown", (event) => {
    const by = event.shiftKey && { ArrowLeft: -0.01, ArrowRight: 0.01 }[event.key];
    const act = by ? () => acts.go(clip.cursor + by) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.key === " " && event.target !== stops[0])) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab, and lists that scroll, have uses of their own for these keys
    act();
  });
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
