// The list of hits: a card each, with its spectrogram, name, span and score.

import { $, el, span, long, whole, folder } from './dom.js';
import { pictureURL } from './api.js';
import { place } from './state.js';

const list = $('hits');
let best = 0; // score of a full bar

// card makes the card of a hit; href(hit) is the address with it in the player.
function card(hit, href, like) {
  const all = whole(hit.start, hit.end, hit.duration);
  const where = all ? long(hit.duration) : `${span(hit.start, hit.end)} of ${long(hit.duration)}`;

  const picture = el('img', { alt: '', loading: 'lazy', width: 320, height: 96, src: pictureURL(hit.id, 320, 96, hit.start, hit.end) });
  picture.addEventListener('error', () => { picture.classList.add('missing'); });
  const frame = el('span', { className: 'thumb' }, picture);
  if (!all) {
    // Where the span lies in the recording.
    const part = el('i');
    part.style.left = `${(100 * hit.start) / hit.duration}%`;
    part.style.width = `${Math.max(1.5, (100 * (hit.end - hit.start)) / hit.duration)}%`;
    frame.append(el('span', { className: 'track' }, part));
  }
  const bar = el('i');
  bar.style.width = `${Math.max(0, Math.min(100, (100 * hit.score) / best))}%`;

  const link = el('a', {
    href: href(hit), title: hit.path, className: 'card',
    'aria-label': `${hit.name}, ${where}, score ${hit.score.toFixed(2)}`,
  },
    frame,
    el('span', { className: 'name' }, hit.name),
    el('span', { className: 'where' }, el('span', {}, where), el('span', { className: 'folder' }, folder(hit.path))),
    el('span', { className: 'score' }, el('span', { className: 'bar' }, bar), hit.score.toFixed(2)));
  link.dataset.place = place(hit.id, hit.start, hit.end);

  const more = el('button', { type: 'button', className: 'icon alike', title: 'More like this', 'aria-label': `More like ${hit.name}` }, '≈');
  more.addEventListener('click', () => like(hit));
  return el('li', {}, link, more);
}

// show replaces the list, or with add continues it.
export function show(hits, { href, like, add = false, weak = false }) {
  if (!add) {
    best = Math.max(0.3, ...hits.map((h) => h.score));
    list.replaceChildren();
  }
  list.classList.toggle('weak', weak);
  list.append(...hits.map((hit) => card(hit, href, like)));
}

// mark says which hit the player has.
export function mark(playing) {
  for (const link of cards()) {
    if (link.dataset.place === playing) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

export const cards = () => [...list.querySelectorAll('a.card')];
export const focused = () => document.activeElement?.closest?.('#hits li')?.querySelector('a.card') ?? null;

// step is the card that an arrow key leads to; undefined beyond the last one, null above the first.
export function step(from, key) {
  const all = cards(), at = all.indexOf(from);
  if (key === 'ArrowRight') return all[at + 1];
  if (key === 'ArrowLeft') return all[at - 1] ?? null;
  // The rows are as the layout made them.
  const first = from.parentElement.offsetTop;
  const columns = Math.max(1, all.filter((c) => c.parentElement.offsetTop === first).length);
  if (key === 'ArrowUp') return all[at - columns] ?? null;
  const below = all[at + columns];
  return below ?? (all.at(-1).parentElement.offsetTop > first ? all.at(-1) : undefined);
}
