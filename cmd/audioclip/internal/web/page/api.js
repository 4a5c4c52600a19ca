// The HTTP API of the server; openapi.json describes it.

const base = 'api/v1/';

// Refused is an answer that says what is wrong; Unreachable means that no answer came.
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}
export class Unreachable extends Error {}

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(base + path, options);
  } catch (err) {
    if (err.name === 'AbortError') throw err;
    throw new Unreachable('The server does not answer.');
  }
  if (answer.ok) return answer;
  let words = `${answer.status} ${answer.statusText}`;
  try {
    words = (await answer.json()).error ?? words;
  } catch { /* an answer without words */ }
  throw new Refused(words, answer.status);
}

const at = (id) => `recordings/${encodeURIComponent(id)}`;
const json = async (path, options) => (await request(path, options)).json();

export const status = () => json('status');
export const search = (params, signal) => json('search?' + params, { signal });
export const searchWith = (sound, params, signal) => json('search?' + params, { method: 'POST', body: sound, signal });
export const recording = (id, signal) => json(at(id), { signal });
export const tags = (id, params, signal) => json(`${at(id)}/tags?${params}`, { signal });
export const axes = (id, signal) => json(`${at(id)}/spectrogram.json`, { signal });
export const map = () => json('map');

// why asks what is wrong with the sound of a recording; it resolves to words, or to '' if nothing is.
export async function why(id) {
  try {
    await request(`${at(id)}/audio`, { headers: { Range: 'bytes=0-0' } });
    return '';
  } catch (err) {
    return err.message;
  }
}

export const audioURL = (id) => `${base}${at(id)}/audio`;

// pictureURL is the spectrogram of a span of a recording; width and height are in CSS pixels.
export function pictureURL(id, width, height, start, end) {
  const dense = Math.min(2, Math.ceil(devicePixelRatio));
  return `${base}${at(id)}/spectrogram.png?` + new URLSearchParams({
    width: Math.round(width * dense), height: Math.round(height * dense), start: seconds(start), end: seconds(end),
  });
}

export const seconds = (t) => String(Math.round(t * 1000) / 1000);
