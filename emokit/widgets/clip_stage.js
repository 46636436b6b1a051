// What is seen of a clip in a player: its pictures with the line that moves, the selection, and what the cursor reads.
// A clip is { samples, seconds, classes, steps, view: [from, to] that is shown, chosen: [from, to] or null, cursor: s,
// pointed: { t, hz } under the pointer, or null }.

const ms = (t) => t.toFixed(3);
const length = ([from, to]) => to - from;

function stageOf(clip, name) {
  const canvas = (className, height) => element("canvas", { className, style: { height: `${height}px` }, aria: { hidden: "true" } });
  const line = (className) => element("div", { className, hidden: true });
  const parts = { wave: canvas("emokit-clip-wave", TALL.wave), bands: canvas("emokit-clip-bands", TALL.bands),
    lines: canvas("emokit-clip-melody", TALL.bands), strip: canvas("emokit-clip-steps", TALL.steps),
    range: line("emokit-range"), cross: line("emokit-cross"), now: line("emokit-now") };
  const stage = element("div", { className: "emokit-stage", tabIndex: 0, aria: { role: "slider", label: `Clip ${name}, ${clip.seconds.toFixed(2)} seconds`,
    keyshortcuts: "Space", valuemin: 0, valuemax: ms(clip.seconds) } }, ...Object.values(parts));
  const hertz = element("div", { className: "emokit-hertz", style: { top: `${TALL.wave}px`, height: `${TALL.bands}px` }, aria: { hidden: "true" } },
    ...["8 kHz", "6", "4", "2", "0"].map((textContent) => element("span", { textContent })));
  return { ...parts, stage, hertz, axis: element("div"), said: element("span", { className: "emokit-readout" }) };
}

const widthOf = (stage) => stage.clientWidth || 1;

function drawClip(clip, { stage, wave, bands, lines, strip, axis }) {
  const width = widthOf(stage), { samples, view, steps, classes } = clip;
  drawWave(wave, samples, view, width);
  clip.loudest = drawBands(bands, samples, view, width, clip.loudest);
  lines.hidden = !pageSound.kept.melody;
  if (!lines.hidden) drawMelody(lines, (clip.melody ??= melody(samples)), view, width);
  strip.hidden = !steps;
  if (steps) drawSteps(strip, steps, classes, view, width);
  axis.replaceChildren(timeAxis(view[1], view[0], Math.max(2, Math.floor(width / 42))));
}

function placeLines({ view, cursor, chosen, pointed, seconds }, { stage, now, range, cross }) {
  const width = widthOf(stage), x = (t) => Math.min(width, Math.max(0, ((t - view[0]) / length(view)) * width));
  now.hidden = cursor < view[0] || cursor > view[1];
  now.style.left = `${x(cursor)}px`;
  range.hidden = !chosen;
  if (chosen) Object.assign(range.style, { left: `${x(chosen[0])}px`, width: `${x(chosen[1]) - x(chosen[0])}px` });
  cross.hidden = !pointed;
  if (pointed) cross.style.left = `${x(pointed.t)}px`;
  stage.setAttribute("aria-valuenow", ms(Math.min(seconds, cursor)));
}

// Under the pointer time and frequency; else where it sounds, what is selected, or how long it is. Also f0, level, step.
function readout({ seconds, cursor, chosen, pointed, melody: sung, steps, classes }, playing) {
  const t = pointed?.t ?? cursor;
  if (!pointed && !playing && chosen) return [`${ms(chosen[0])} to ${ms(chosen[1])} s: ${Math.round(1000 * length(chosen))} ms`];
  if (!pointed && !playing && !cursor) return [`${ms(seconds)} s long`];
  const read = [`${ms(t)} s`];
  if (pointed?.hz !== undefined) read.push(`${pointed.hz} Hz`);
  if (sung && pageSound.kept.melody) {
    const frame = Math.min(sung.f0.length - 1, Math.floor(t / sung.hop)), f0 = sung.f0[frame];
    read.push(Number.isNaN(f0) ? "no f0" : `f0 ${Math.round(f0)} Hz`, `${Math.round(sung.level[frame])} dB`.replace("-", "−"));
  }
  const p = steps?.steps[Math.floor((t - steps.start) / steps.seconds + 1e-6)], likeliest = p?.indexOf(Math.max(...p));
  return [read.join(" · "), ...(p ? [" ", chip(classes[likeliest]), ` ${Math.round(100 * p[likeliest])} %`] : [])];
}

// The strip in words, for those who do not see it.
function nameSteps({ steps, classes }, strip) {
  if (!steps) return;
  const told = stretchesOf(steps).map(([kind, , end]) => `${classes[kind].name} to ${end.toFixed(2)} s`).join(", ");
  strip.removeAttribute("aria-hidden");
  strip.setAttribute("role", "img");
  strip.setAttribute("aria-label", `What each step says alone: ${told}`);
}
