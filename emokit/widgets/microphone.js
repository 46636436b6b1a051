// Sound from the microphone, as a file that the browser writes itself.

const TAP = `registerProcessor("emokit-tap", class extends AudioWorkletProcessor {
  process([input]) { if (input.length) this.port.postMessage(input[0].slice()); return true; } });`;

// The microphone: float samples as they come, until `stop` gives them as WAV.
async function microphone(onSecond) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("A browser lends its microphone only to pages by https or from this computer; open a file instead.");
  const plain = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain }).catch((error) => {
    throw new Error(`The microphone cannot be opened (${error.message}); allow it for this page, or open a file instead.`);
  });
  const context = new AudioContext(), chunks = [];
  let n = 0;
  const stop = () => {
    stream.getTracks().forEach((one) => one.stop());
    context.close();
    return wav(chunks, context.sampleRate);
  };
  const tap = await tapOf(context).catch((error) => {
    stop();
    throw new Error(`This page does not let its microphone be read (${error.message}); open a file instead.`);
  });
  tap.port.onmessage = ({ data }) => {
    chunks.push(data);
    const before = Math.floor((10 * n) / context.sampleRate);
    n += data.length;
    if (Math.floor((10 * n) / context.sampleRate) > before) onSecond(n / context.sampleRate, Math.max(...data.map(Math.abs)));
  };
  context.createMediaStreamSource(stream).connect(tap).connect(context.destination); // of which it gives silence
  return stop;
}

// What hands the samples on; a page may forbid scripts that it does not know.
async function tapOf(context) {
  const url = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
  await context.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
  return new AudioWorkletNode(context, "emokit-tap", { channelCount: 1, channelCountMode: "explicit" });
}

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
