// The sound of clips: samples from what Python sends, and the one place of a page that plays them.

const RATE = 16_000; // Hz, as models read

// FLAC, or whatever the browser reads, as float samples at RATE.
async function samplesOf(bytes) {
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes.slice().buffer);
  return decoded.getChannelData(0);
}

// Float samples from -1 to 1, in pieces, as a WAV of 16 bits.
function wav(pieces, rate) {
  const n = pieces.reduce((sum, piece) => sum + piece.length, 0), head = new DataView(new ArrayBuffer(44));
  const text = (at, words) => [...words].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF    WAVEfmt ");
  text(36, "data");
  for (const [at, value] of [[4, 36 + 2 * n], [16, 16], [24, rate], [28, 2 * rate], [40, 2 * n]]) head.setUint32(at, value, true);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]]) head.setUint16(at, value, true);
  const sound = pieces.map((piece) => Int16Array.from(piece, (sample) => Math.round(Math.min(32767, Math.max(-32768, 32768 * sample)))));
  return new Blob([head, ...sound], { type: "audio/wav" });
}

// Views are modules of their own; what they share lies at the window: one sound at a time, and one speed.
function onePlace() {
  const audio = element("audio", { hidden: true, dataset: { emokit: "sound" } });
  const place = { audio, kept: { speed: 1, loop: false, melody: false, steps: false }, changed: new EventTarget() };
  let owner = null, from = 0, url = "";

  const tell = () => owner?.();
  for (const event of ["play", "pause", "ended", "seeked"]) audio.addEventListener(event, tell);
  // A recording or a native player that starts silences the clip, and the other way round. These events do not bubble.
  document.addEventListener("play", ({ target }) => {
    for (const other of document.querySelectorAll("audio, video")) if (other !== target) other.pause();
  }, true);
  document.body.append(audio);

  // Plays `samples` between two times, from `at` on; `onChange` is told what becomes of it until another one plays.
  place.play = (onChange, samples, [start, end], at) => {
    place.leave(owner);
    [owner, from] = [onChange, start];
    URL.revokeObjectURL(url);
    url = URL.createObjectURL(wav([samples.subarray(Math.round(start * RATE), Math.round(end * RATE))], RATE));
    audio.src = url;
    audio.defaultPlaybackRate = place.kept.speed;
    audio.playbackRate = place.kept.speed;
    audio.loop = place.kept.loop;
    audio.currentTime = Math.max(0, at - start);
    return audio.play();
  };
  place.at = (who) => (who === owner ? from + audio.currentTime : undefined);
  place.plays = (who) => who === owner && !audio.paused;
  place.leave = (who) => {
    if (!who || who !== owner) return;
    audio.pause();
    owner = null;
    who();
  };
  // A choice that holds for each clip of the page, whichever view shows it.
  place.keep = (name, value) => {
    place.kept[name] = value;
    audio.playbackRate = place.kept.speed;
    audio.loop = place.kept.loop;
    place.changed.dispatchEvent(new Event("change"));
  };
  return place;
}
const pageSound = (window.emokitSound ??= onePlace());
