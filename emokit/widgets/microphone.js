// Sound from the microphone, as a file that the browser writes itself.

// The microphone: float samples as they come, until `stop` gives them as WAV.
async function microphone(onSecond) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("A browser lends its microphone only to pages by https or from this computer; open a file instead.");
  const plain = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain }).catch((error) => {
    throw new Error(`The microphone cannot be opened (${error.message}); allow it for this page, or open a file instead.`);
  });
  const context = new AudioContext(), chunks = [];
  const source = `registerProcessor("emokit-tap", class extends AudioWorkletProcessor {
    process([input]) { if (input.length) this.port.postMessage(input[0].slice()); return true; } });`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  await context.audioWorklet.addModule(url);
  URL.revokeObjectURL(url);
  const tap = new AudioWorkletNode(context, "emokit-tap", { channelCount: 1, channelCountMode: "explicit" });
  let n = 0;
  tap.port.onmessage = ({ data }) => {
    chunks.push(data);
    const before = Math.floor((10 * n) / context.sampleRate);
    n += data.length;
    if (Math.floor((10 * n) / context.sampleRate) > before) onSecond(n / context.sampleRate, Math.max(...data.map(Math.abs)));
  };
  context.createMediaStreamSource(stream).connect(tap).connect(context.destination); // of which it gives silence
  return () => {
    stream.getTracks().forEach((one) => one.stop());
    context.close();
    return wav(chunks, context.sampleRate);
  };
}

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
