// What the page shows is all in its address, so that it can be shared, kept and gone back to.
//
//	q            the text, as typed
//	like         ID, ID,START,END or sound:TOKEN (repeatable)
//	path, min_duration, max_duration, min_score, windows   filters, as the API has them
//	play         ID,START,END of what the player has
//	view         "map"
//	label        own labels for tags (repeatable)

import { seconds } from './api.js';

export const filters = ['path', 'min_duration', 'max_duration', 'min_score', 'windows'];

export function read(address) {
  const p = new URLSearchParams(address);
  const state = { q: p.get('q') ?? '', like: p.getAll('like'), play: p.get('play') ?? '', view: p.get('view') ?? '', label: p.getAll('label') };
  for (const name of filters) state[name] = p.get(name) ?? '';
  return state;
}

export function write(state) {
  const p = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    for (const v of [value].flat()) if (v) p.append(name, v);
  }
  // Commas and colons may stand in a query as they are, and read better so.
  const query = String(p).replaceAll('%2C', ',').replaceAll('%3A', ':');
  return query ? '?' + query : './';
}

// terms takes a text apart: "dog + rain -thunder" wants a dog and rain, and no thunder; quotes hold
// words together. A hyphen within a word means nothing.
export function terms(text) {
  const not = [];
  const rest = text.replace(/(^|\s)-(?:"([^"]+)"?|([^\s"-][^\s"]*))/g, (_, space, quoted, word) => {
    const term = (quoted ?? word).trim();
    if (term) not.push(term);
    return space;
  });
  const wanted = rest.replaceAll('"', ' ').split(/(?:^|\s)\+(?:\s|$)/).map((t) => t.replace(/\s+/g, ' ').trim()).filter((t) => t && t !== '-');
  return { wanted, not };
}

// without is the text less one of its terms.
export function without(text, term, negative) {
  const { wanted, not } = terms(text);
  const drop = (list, really) => (really ? list.filter((t) => t !== term) : list);
  return [drop(wanted, !negative).join(' + '), ...drop(not, negative).map((t) => (/\s/.test(t) ? `-"${t}"` : '-' + t))].filter(Boolean).join(' ');
}

// asked is what to ask the API, or null if nothing is looked for.
export function asked(state) {
  const { wanted, not } = terms(state.q);
  if (!wanted.length && !state.like.length) return null;
  const p = new URLSearchParams();
  for (const t of wanted) p.append('q', t);
  for (const t of not) p.append('not', t);
  for (const t of state.like) p.append('like', t);
  return narrowed(state, p);
}

// narrowed adds the filters to what is asked.
export function narrowed(state, p = new URLSearchParams()) {
  for (const name of filters) if (state[name]) p.append(name, state[name]);
  return p;
}

// place and placed write and read a span of a recording.
export const place = (id, start, end) => (end === undefined ? id : [id, seconds(start), seconds(end)].join(','));

export function placed(text) {
  const [id, ...times] = text.split(',');
  const [start, end] = times.map(Number).filter((t) => t >= 0 && t < Infinity);
  return end === undefined ? { id } : { id, start, end };
}
