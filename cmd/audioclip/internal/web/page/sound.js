// Sounds to search with: files that are dropped or chosen, and recordings from the microphone.

import { $ } from './dom.js';

const largest = 32 << 20; // bytes the server takes
const longest = 15; // seconds of a recording

// wav decodes what the browser can (WebM, M4A …) to the bytes of a 16-bit mono WAV file.
export async function wav(blob) {
  const context = new AudioContext();
  let sound;
  try {
    sound = await context.decodeAudioData(await blob.arrayBuffer());
  } finally {
    context.close();
  }
  const frames = Math.min(sound.length, (largest - 44) >> 1);
  const bytes = new DataView(new ArrayBuffer(44 + 2 * frames));
  const word = (at, text) => [...text].forEach((c, i) => bytes.setUint8(at + i, c.charCodeAt(0)));
  word(0, 'RIFF');
  bytes.setUint32(4, 36 + 2 * frames, true);
  word(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true); // of the format chunk
  bytes.setUint16(20, 1, true); // PCM
  bytes.setUint16(22, 1, true); // channel
  bytes.setUint32(24, sound.sampleRate, true);
  bytes.setUint32(28, 2 * sound.sampleRate, true); // bytes a second
  bytes.setUint16(32, 2, true); // bytes a frame
  bytes.setUint16(34, 16, true); // bits
  word(36, 'data');
  bytes.setUint32(40, 2 * frames, true);
  const channels = Array.from({ length: sound.numberOfChannels }, (_, c) => sound.getChannelData(c));
  for (let i = 0; i < frames; i++) {
    const mean = channels.reduce((sum, c) => sum + c[i], 0) / channels.length;
    bytes.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, mean))), true);
  }
  return new Blob([bytes], { type: 'audio/wav' });
}

// send gives a sound to ask, which posts it, as it is; if that does not work because the server
// cannot read it, or it is too large, as WAV.
export async function send(blob, ask) {
  let refused;
  if (blob.size <= largest) {
    try {
      return await ask(blob);
    } catch (err) {
      if (![400, 415, 422].includes(err.status)) throw err;
      refused = err;
    }
  }
  let decoded;
  try {
    decoded = await wav(blob);
  } catch {
    throw refused ?? new Error('The file is too large, and no sound the browser can read.');
  }
  return ask(decoded);
}

// listen calls take(blob, name) for each sound that is dropped, pasted, chosen or recorded, and
// say(words) when the microphone cannot be used.
export function listen(take, say) {
  const withFiles = (e) => e.dataTransfer?.types.includes('Files');
  const cover = $('drop');
  addEventListener('dragenter', (e) => { if (withFiles(e)) cover.hidden = false; });
  addEventListener('dragover', (e) => { if (withFiles(e)) e.preventDefault(); });
  cover.addEventListener('dragleave', () => { cover.hidden = true; });
  addEventListener('drop', (e) => {
    if (!withFiles(e)) return;
    e.preventDefault();
    cover.hidden = true;
    const [file] = e.dataTransfer.files;
    if (file) take(file, file.name);
  });
  addEventListener('paste', (e) => {
    const [file] = e.clipboardData.files;
    if (file) take(file, file.name);
  });

  $('pick').addEventListener('click', () => $('file').click());
  $('file').addEventListener('change', (e) => {
    const [file] = e.target.files;
    if (file) take(file, file.name);
    e.target.value = '';
  });

  const button = $('record');
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) button.hidden = true;
  let recorder;
  button.addEventListener('click', async () => {
    if (recorder) {
      recorder.stop();
      return;
    }
    let stream;
    button.disabled = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (err) {
      say(err.name === 'NotAllowedError' ? 'The browser does not allow the microphone.' : 'There is no microphone to record with.');
      return;
    } finally {
      button.disabled = false;
    }
    const began = performance.now(), parts = [];
    recorder = new MediaRecorder(stream);
    const tick = setInterval(() => {
      const t = (performance.now() - began) / 1000;
      $('recorded').textContent = `${Math.floor(t)} s`;
      if (t >= longest) recorder.stop();
    }, 200);
    recorder.addEventListener('dataavailable', (e) => parts.push(e.data));
    recorder.addEventListener('stop', async () => {
      clearInterval(tick);
      for (const track of stream.getTracks()) track.stop();
      recorder = undefined;
      button.setAttribute('aria-pressed', 'false');
      $('recorded').textContent = '';
      try {
        take(await wav(new Blob(parts)), 'the recording');
      } catch {
        say('Nothing was recorded.');
      }
    }, { once: true });
    recorder.start();
    button.setAttribute('aria-pressed', 'true');
    $('recorded').textContent = '0 s';
  });
}
