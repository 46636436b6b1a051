// The picture of a clip: waveform over spectrogram over what each step says, on one time axis, and melody over it.

const TALL = { wave: 40, bands: 112, steps: 22 }, RANGE = 70; // px; dB from the loudest to black

// Stops of matplotlib's magma, from silent to loud.
const MAGMA = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191]];

function shadeOf(level) {
  const place = (level / 255) * (MAGMA.length - 1);
  const low = Math.min(Math.floor(place), MAGMA.length - 2);
  return MAGMA[low].map((c, i) => c + (place - low) * (MAGMA[low + 1][i] - c));
}
const SHADES = Array.from({ length: 256 }, (_, level) => shadeOf(level));

function drawWave(canvas, samples, [from, to], width) {
  const context = sheet(canvas, width, TALL.wave), peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-5);
  const y = (value) => (TALL.wave / 2) * (1 - value / peak);
  context.fillStyle = "#5b87b5";
  for (let column = 0; column < width; column++) {
    const place = (pixel) => Math.round((from + (pixel / width) * (to - from)) * RATE);
    const part = samples.subarray(place(column), Math.max(place(column) + 1, place(column + 1) + 1)); // one more: no gaps
    const high = part.reduce((a, b) => Math.max(a, b), -1), low = part.reduce((a, b) => Math.min(a, b), 1);
    context.fillRect(column, y(high), 1, Math.max(1, y(low) - y(high)));
  }
}

// Gives the level, in dB, of the loudest of it; `loudest` is that of the whole clip, where known, to keep its shades.
function drawBands(canvas, samples, view, width, loudest) {
  const context = sheet(canvas, width, TALL.bands), columns = canvas.width;
  const levels = spectrogram(samples, view, columns), top = loudest ?? levels.reduce((a, b) => Math.max(a, b), -60);
  const sheetOf = element("canvas", { width: columns, height: BINS }), image = new ImageData(columns, BINS);
  for (let column = 0; column < columns; column++) {
    for (let bin = 0; bin < BINS; bin++) {
      const share = 1 + (levels[column * BINS + bin] - top) / RANGE, shade = SHADES[Math.round(255 * Math.min(1, Math.max(0, share)))];
      image.data.set([...shade, 255], 4 * ((BINS - 1 - bin) * columns + column));
    }
  }
  sheetOf.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(sheetOf, 0, 0, width, TALL.bands);
  return top;
}

// Each step as a column of its probabilities, one above the other.
function drawSteps(canvas, { steps, seconds, start }, classes, [from, to], width) {
  const context = sheet(canvas, width, TALL.steps), x = (t) => ((t - from) / (to - from)) * width;
  steps.forEach((p, n) => {
    const left = x(start + n * seconds), right = x(start + (n + 1) * seconds);
    let bottom = TALL.steps;
    p.forEach((share, k) => {
      context.fillStyle = classes[k].colour;
      context.fillRect(left, bottom - share * TALL.steps, right - left, share * TALL.steps);
      bottom -= share * TALL.steps;
    });
  });
}

const MARKS = [100, 200, 400], PITCH = "#5ce1ff", LOUD = "#fff6a8"; // Hz of f0, which has a scale of its own

// f0 as dots by semitones from LOWEST to HIGHEST, level as a line over RANGE dB below the loudest.
function drawMelody(canvas, { f0, level, hop }, [from, to], width) {
  const context = sheet(canvas, width, TALL.bands), x = (t) => ((t - from) / (to - from)) * width;
  const y = (hz) => TALL.bands * (1 - Math.log(hz / LOWEST) / Math.log(HIGHEST / LOWEST)), top = Math.max(...level);
  const stroke = (style, lineWidth) => { Object.assign(context, { strokeStyle: style, lineWidth }); context.stroke(); };
  context.beginPath();
  level.forEach((dB, n) => context.lineTo(x((n + 0.5) * hop), 2 + (TALL.bands - 4) * Math.min(1, (top - dB) / RANGE)));
  stroke("#0009", 3);
  stroke(LOUD, 1.2);
  for (const [radius, style] of [[3.2, "#000c"], [2, PITCH]]) {
    context.fillStyle = style;
    f0.forEach((hz, n) => {
      if (Number.isNaN(hz)) return;
      context.beginPath();
      context.arc(x((n + 0.5) * hop), y(hz), radius, 0, 2 * Math.PI);
      context.fill();
    });
  }
  context.font = "10px sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = "#000c";
  for (const hz of MARKS) {
    const words = hz === MARKS.at(-1) ? `f0 ${hz} Hz` : `${hz}`;
    context.strokeText(words, width - 3, y(hz));
    context.fillText(words, width - 3, y(hz));
  }
}
const hzAt = (share) => Math.round((1 - share) * (RATE / 2)); // at a share of the height from above

// Runs of steps of which one class is the likeliest: [class, from s, to s].
function stretchesOf({ steps, seconds, start }) {
  const runs = [];
  steps.forEach((p, n) => {
    const kind = p.indexOf(Math.max(...p)), end = start + (n + 1) * seconds;
    if (runs.at(-1)?.[0] === kind) runs.at(-1)[2] = end;
    else runs.push([kind, start + n * seconds, end]);
  });
  return runs;
}
