// What is seen of samples: spectrogram, and the melody (f0 and level). Float samples at RATE; times in s.

// The Fourier transform in place, of 2^k complex numbers.
const turns = new Map();
function fft(re, im) {
  const n = re.length;
  if (!turns.has(n)) turns.set(n, Array.from({ length: n / 2 }, (_, k) => [Math.cos((-2 * Math.PI * k) / n), Math.sin((-2 * Math.PI * k) / n)]));
  const turn = turns.get(n);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [c, s] = turn[k * stride], a = start + k, b = a + half;
        const x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

const BINS = 128, REACH = 80; // of the spectrogram: up to RATE / 2; samples each way: 5 ms of a Gaussian, as Praat's default
const GAUSS = Float32Array.from({ length: 2 * REACH }, (_, i) => Math.exp(-48 * ((i + 0.5) / (2 * REACH) - 0.5) ** 2));

// Power in dB at `columns` times spread between two, Float32Array columns × BINS, 6 dB an octave added as for speech.
function spectrogram(samples, [from, to], columns) {
  const levels = new Float32Array(columns * BINS), re = new Float32Array(2 * BINS), im = new Float32Array(2 * BINS);
  for (let column = 0; column < columns; column++) {
    const middle = Math.round((from + ((column + 0.5) / columns) * (to - from)) * RATE);
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < 2 * REACH; i++) {
      const at = middle - REACH + i;
      if (at > 0 && at < samples.length) re[i] = GAUSS[i] * (samples[at] - 0.97 * samples[at - 1]);
    }
    fft(re, im);
    for (let bin = 0; bin < BINS; bin++) levels[column * BINS + bin] = 10 * Math.log10(re[bin] ** 2 + im[bin] ** 2 + 1e-12);
  }
  return levels;
}

const LOWEST = 60, HIGHEST = 600, HOP = 0.01; // Hz; s
const [SILENCE, VOICING, OCTAVE, JUMP, CHANGE] = [0.03, 0.45, 0.01, 0.35, 0.14]; // Praat's defaults

// f0 in Hz (NaN where nothing is voiced) and level in dB of full scale, every HOP: Boersma 1993, autocorrelation over
// three periods of LOWEST, divided by that of the window, and the cheapest path through its peaks.
function melody(samples) {
  const length = (3 * RATE) / LOWEST, n = 2048, window = Float32Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
  const ofWindow = correlation(window, n), energy = window.reduce((sum, w) => sum + w * w, 0);
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-5);
  const count = Math.max(1, Math.floor(samples.length / RATE / HOP)), level = new Float32Array(count), frames = [];
  for (let frame = 0; frame < count; frame++) {
    const first = Math.round((frame + 0.5) * HOP * RATE - length / 2), part = new Float32Array(length);
    for (let i = 0; i < length; i++) part[i] = samples[first + i] ?? 0;
    const mean = part.reduce((sum, x) => sum + x, 0) / length, peak = part.reduce((most, x) => Math.max(most, Math.abs(x - mean)), 0);
    const found = correlation(part.map((x, i) => (x - mean) * window[i]), n);
    level[frame] = 10 * Math.log10(found[0] / energy + 1e-10);
    const unvoiced = VOICING + Math.max(0, 2 - (peak / loudest) * ((1 + VOICING) / SILENCE));
    frames.push([{ f0: NaN, worth: unvoiced }, ...(found[0] > 0 ? peaks(found, ofWindow) : [])]);
  }
  return { f0: cheapestPath(frames), level, hop: HOP };
}

// Σ x[i] x[i + lag], by way of the spectrum.
function correlation(x, n) {
  const re = new Float32Array(n), im = new Float32Array(n);
  re.set(x);
  fft(re, im);
  for (let i = 0; i < n; i++) [re[i], im[i]] = [(re[i] ** 2 + im[i] ** 2) / n, 0];
  fft(re, im);
  return re;
}

function peaks(found, ofWindow) {
  const r = (lag) => ((found[lag] / found[0]) * ofWindow[0]) / ofWindow[lag], candidates = [];
  for (let lag = Math.floor(RATE / HIGHEST); lag <= RATE / LOWEST; lag++) {
    const [before, here, after] = [r(lag - 1), r(lag), r(lag + 1)];
    if (here < 0.2 || here < before || here <= after) continue;
    const shift = (0.5 * (before - after)) / (before - 2 * here + after);
    const f0 = RATE / (lag + shift), strength = Math.min(1, here - 0.25 * (before - after) * shift);
    candidates.push({ f0, worth: strength - OCTAVE * Math.log2(LOWEST / f0) });
  }
  return candidates;
}

function cheapestPath(frames) {
  const cost = (a, b) => (Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.isNaN(a) || Number.isNaN(b) ? CHANGE : JUMP * Math.abs(Math.log2(a / b)));
  frames.forEach((candidates, t) => {
    for (const one of candidates) {
      one.sum = one.worth;
      if (!t) continue;
      const ways = frames[t - 1].map((last) => last.sum - cost(last.f0, one.f0)), best = ways.indexOf(Math.max(...ways));
      one.sum += ways[best];
      one.from = frames[t - 1][best];
    }
  });
  let one = frames.at(-1).reduce((best, next) => (next.sum > best.sum ? next : best));
  const f0 = new Float32Array(frames.length);
  for (let t = frames.length - 1; t >= 0; t--, one = one.from) f0[t] = one.f0;
  return f0;
}
