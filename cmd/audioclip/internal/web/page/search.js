// Searches: only the newest one's answer counts, and the last answers are kept, so that going back
// shows them at once.

import * as api from './api.js';
import { send } from './sound.js';

const page = 24; // hits asked for at a time
const kept = 40; // answers

const answers = new Map(); // by what was asked
const sounds = new Map(); // that were sent to search with, by "sound:" and their token
let newest; // the AbortController of the newest search, while it lasts

export const known = (key) => answers.get(key);

function remember(key, answer) {
  answers.set(key, answer);
  if (answers.size > kept) answers.delete(answers.keys().next().value);
  return answer;
}

// stop ends the search that is under way; what it returns will be null.
export function stop() {
  newest?.abort();
  newest = undefined;
  document.body.classList.remove('busy');
}

// only does some work, which ends that before; it is null if a newer one has begun meanwhile.
async function only(work) {
  stop();
  const mine = (newest = new AbortController());
  document.body.classList.add('busy');
  try {
    const result = await work(mine.signal);
    return mine === newest ? result : null;
  } catch (err) {
    if (mine !== newest) return null;
    throw err;
  } finally {
    if (mine === newest) stop();
  }
}

// next asks for the first hits of a search, or for those after the ones that are known. The answer
// has all so far.
export const next = (key) => only(async (signal) => {
  const before = known(key)?.hits ?? [];
  const params = new URLSearchParams(key);
  params.set('k', page);
  params.set('offset', before.length);
  let answer;
  try {
    answer = await api.search(params, signal);
  } catch (err) {
    // A sound that the server no longer keeps is sent once more.
    const token = params.getAll('like').find((it) => sounds.has(it));
    if (err.status !== 404 || !token) throw err;
    params.delete('like', token);
    answer = await send(sounds.get(token), (bytes) => api.searchWith(bytes, params, signal));
  }
  return remember(key, { ...answer, hits: [...before, ...answer.hits] });
});

// withSound searches by a sound from outside the collection. What it was asked, and the answer
// belongs to, is key(token).
export const withSound = (sound, params, key) => only(async (signal) => {
  params.set('k', page);
  const answer = await send(sound, (bytes) => api.searchWith(bytes, params, signal));
  const token = `sound:${answer.sound}`;
  sounds.set(token, sound);
  remember(key(token), answer);
  return token;
});
