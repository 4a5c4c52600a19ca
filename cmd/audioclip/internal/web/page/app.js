// The page: what its address says is searched, listed, mapped and played.

import { $, el, count } from './dom.js';
import * as api from './api.js';
import { read, write, asked, narrowed, terms, without, place, placed, filters } from './state.js';
import { show, mark, cards, focused, step } from './results.js';
import { Player } from './player.js';
import { SoundMap } from './map.js';
import { storedLabels } from './tags.js';
import { listen } from './sound.js';
import * as searches from './search.js';

const patience = 140; // ms after a key before a search
const usual = ['a dog barking', 'rain', 'someone laughing', 'footsteps', 'a door closing', 'birds singing'];

let state = read(location.search);
let about; // the server's status
const names = new Map(); // of what "like" speaks of

// ---- going from state to state

// go changes the state. A change of its own can be gone back from; while one types, or goes from
// hit to hit, only the last state is kept.
function go(change, { replace = false, typing = false, play = false } = {}) {
  const before = state;
  state = { ...state, ...change };
  const address = write(state);
  if (address === write(before)) return render({ play });
  if (replace || (typing && history.state?.typing)) history.replaceState({ typing }, '', address);
  else history.pushState({ typing }, '', address);
  render({ wait: typing, play });
}

addEventListener('popstate', () => {
  state = read(location.search);
  $('q').value = state.q;
  render();
});

// fresh is a search that begins anew; filters stay.
const fresh = { q: '', like: [], view: '' };

function searchFor(text) {
  $('q').value = text;
  go({ ...fresh, q: text });
}

function like(id, name, part) {
  const it = part ? place(id, part.start, part.end) : id;
  names.set(id, name);
  $('q').value = '';
  go({ ...fresh, like: [it] });
  scrollTo(0, 0);
}

const placeOf = (hit) => place(hit.id, hit.start, hit.end);
const open = (where) => go({ play: where }, { replace: player.isOpen, play: true });

// ---- drawing the state

let shown = {}; // what is drawn now

function render({ wait = false, play = false } = {}) {
  const params = asked(state), key = params ? String(params) : '';
  const searching = Boolean(params), mapping = state.view === 'map' || !searching;
  const empty = about?.recordings === 0;
  document.body.dataset.page = empty ? 'empty' : state.view === 'map' ? 'map' : searching ? 'hits' : 'home';
  document.title = searching ? `${describe()} · soundspace` : 'soundspace';
  if (document.activeElement !== $('q')) $('q').value = state.q;
  for (const name of filters) {
    const field = $(name);
    if (field.type === 'checkbox') field.checked = Boolean(state[name]);
    else if (document.activeElement !== field) field.value = state[name];
  }
  $('filter').classList.toggle('on', filters.some((name) => state[name]));
  $('view').setAttribute('aria-pressed', String(state.view === 'map'));
  $('empty').hidden = !empty;
  $('welcome').hidden = searching || state.view === 'map' || !about || empty;
  $('map').hidden = !mapping || !about || empty;
  $('hits').hidden = !searching || state.view === 'map';
  chips();

  if (key !== shown.key) {
    shown.key = key;
    clearTimeout(shown.timer);
    searches.stop();
    if (!searching) clear(terms(state.q).not.length ? 'Say also what the sound should be, not only what it should not.' : '');
    else if (searches.known(key)) list(searches.known(key));
    else shown.timer = setTimeout(() => search(key), wait ? patience : 0);
  }
  if (mapping && about && !empty) loadMap();

  const { id, start, end } = placed(state.play);
  const labels = state.label.join('\n');
  if (state.play !== shown.play || labels !== shown.labels || play) {
    if (!id) player.close();
    else if (state.play !== shown.play || play) player.open(id, start, end, state.label, play);
    else player.relabel(state.label);
    shown.play = state.play;
    shown.labels = labels;
  }
  document.body.classList.toggle('playing', Boolean(id));
  mark(state.play);
  map.play(id);
}

function describe() {
  const { wanted, not } = terms(state.q);
  return [...state.like.map(likeName), ...wanted].join(' + ') + not.map((t) => ` − ${t}`).join('');
}

function likeName(it) {
  const { id, start } = placed(it);
  return `like ${names.get(id) ?? 'a sound'}${start === undefined ? '' : ' (span)'}`;
}

// chips show what is searched for wherever it is more than plain words, each to be taken away.
function chips() {
  const { wanted, not } = terms(state.q);
  const chip = (words, change, kind = '') => {
    const button = el('button', { type: 'button', 'aria-label': `Leave out: ${words}` }, words, el('span', { className: 'x' }, '×'));
    button.addEventListener('click', () => {
      go(change());
      $('q').value = state.q;
      $('q').focus();
    });
    return el('li', { className: kind }, button);
  };
  const phrases = { path: (v) => `path: ${v}`, min_duration: (v) => `from ${v} s`, max_duration: (v) => `up to ${v} s`, min_score: (v) => `score ≥ ${v}`, windows: () => 'every moment' };
  $('chips').replaceChildren(
    ...state.like.map((it) => chip(likeName(it), () => ({ like: state.like.filter((l) => l !== it) }), 'like')),
    ...(wanted.length > 1 ? wanted.map((t) => chip(t, () => ({ q: without(state.q, t, false) }))) : []),
    ...not.map((t) => chip(`without ${t}`, () => ({ q: without(state.q, t, true) }), 'not')),
    ...filters.filter((name) => state[name]).map((name) => chip(phrases[name](state[name]), () => ({ [name]: '' }))));
  // Names of what was linked to are asked for once.
  for (const it of state.like) {
    const { id } = placed(it);
    if (id.startsWith('sound:') || names.has(id)) continue;
    names.set(id, 'a sound');
    api.recording(id).then((r) => { names.set(id, r.name); render(); }, () => {});
  }
}

// ---- searching

async function search(key) {
  try {
    const answer = await searches.next(key);
    if (!answer) return;
    reachable();
    list(answer);
  } catch (err) {
    if (!searches.known(key)) clear('');
    trouble(err);
  }
}

// searchWith searches by a sound from outside the collection.
async function searchWith(blob, name) {
  say(`Listening to ${name} …`);
  try {
    const token = await searches.withSound(blob, narrowed(state), (t) => String(asked({ ...state, ...fresh, like: [t] })));
    if (!token) return;
    reachable();
    names.set(token, name);
    $('q').value = '';
    go({ ...fresh, like: [token] });
  } catch (err) {
    trouble(err);
  }
}

const say = (words) => { if ($('status').textContent !== words) $('status').textContent = words; };

function clear(words) {
  shown.answer = undefined;
  show([], {});
  map.find([]);
  $('more').hidden = true;
  say(words);
}

// list shows an answer.
function list(answer) {
  const before = shown.answer?.hits ?? [], { hits } = answer;
  shown.answer = answer;
  // A longer answer to the same question continues the list.
  const add = before.length > 0 && before.every((h, i) => h === hits[i]);
  show(add ? hits.slice(before.length) : hits, {
    add,
    weak: answer.weak,
    href: (hit) => write({ ...state, play: placeOf(hit) }),
    like: (hit) => like(hit.id, hit.name, state.windows ? hit : undefined),
  });
  mark(state.play);
  map.find(hits.map((h) => h.id));
  $('more').hidden = !answer.more;
  if (!hits.length) say(filters.some((f) => state[f]) ? 'Nothing passes the filters.' : 'Nothing was found.');
  else if (answer.weak) say(`Nothing fits well. The nearest ${hits.length}:`);
  else say(answer.more ? `The best ${hits.length}` : count(hits.length, 'sound'));
}

// ---- when something is wrong

let retry; // timer, while the server does not answer

function trouble(err) {
  if (!(err instanceof api.Unreachable)) {
    say(err.message);
    return;
  }
  $('gone').textContent = 'The server does not answer. Is audioclip serve still running? The page goes on by itself when it is back.';
  $('gone').hidden = false;
  clearTimeout(retry);
  retry = setTimeout(begin, 2000);
}

function reachable() {
  clearTimeout(retry);
  $('gone').hidden = true;
}

// begin starts the page, and starts it again when the server was gone.
async function begin() {
  try {
    about = await api.status();
  } catch (err) {
    trouble(err);
    return;
  }
  if (!$('gone').hidden) shown.key = undefined; // what was asked meanwhile is asked again
  reachable();
  $('q').placeholder = about.recordings ? `Search ${count(about.recordings, 'sound')}` : 'Describe a sound';
  render();
}

// ---- the parts

const player = new Player($('player'), {
  like,
  find: searchFor,
  closed: closePlayer,
  change: (label) => go({ label }, { replace: true }),
  moved: (id, part) => { shown.play = place(id, part.start, part.end); go({ play: shown.play }, { replace: true }); },
});

function closePlayer() {
  const card = cards().find((c) => c.dataset.place === state.play);
  const within = $('player').contains(document.activeElement);
  go({ play: '' });
  if (within) (card ?? (state.view === 'map' ? $('map').querySelector('canvas') : $('q'))).focus();
}

const map = new SoundMap($('map'), {
  open,
  ready: (tags) => {
    if (tags.length >= 4) examples(tags.slice(0, 8));
  },
});
let loading;
const loadMap = () => (loading ??= map.load().catch((err) => { loading = undefined; trouble(err); }));

function examples(texts) {
  $('examples').replaceChildren(...texts.map((text) => {
    const button = el('button', { type: 'button' }, text);
    button.addEventListener('click', () => searchFor(text));
    return el('li', {}, button);
  }));
}

$('q').addEventListener('input', () => go({ q: $('q').value }, { typing: true }));
$('search').addEventListener('submit', (e) => {
  e.preventDefault();
  // What was typed is a state of its own from here on.
  history.replaceState({}, '', write(state));
  render();
});
$('q').addEventListener('blur', () => { if (history.state?.typing) history.replaceState({}, '', write(state)); });
$('home').addEventListener('click', (e) => {
  if (e.metaKey || e.ctrlKey || e.shiftKey) return;
  e.preventDefault();
  $('q').value = '';
  go({ ...fresh, ...Object.fromEntries(filters.map((name) => [name, ''])) });
  $('q').focus();
});
$('view').addEventListener('click', () => go({ view: state.view === 'map' ? '' : 'map' }));
$('more').addEventListener('click', more);
$('help').addEventListener('click', help);
$('filter').addEventListener('click', () => {
  const opening = $('filters').hidden;
  $('filters').hidden = !opening;
  $('filter').setAttribute('aria-expanded', String(opening));
  if (opening) $('path').focus();
});
for (const name of filters) {
  const field = $(name);
  field.addEventListener('input', () => go({ [name]: field.type === 'checkbox' ? (field.checked ? '1' : '') : field.value }, { typing: true }));
}
$('hits').addEventListener('click', (e) => {
  const card = e.target.closest('a.card');
  if (!card || e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;
  e.preventDefault();
  open(card.dataset.place);
});
listen(searchWith, say);

function help() {
  $('keys').showModal();
  $('keys-title').focus(); // not the button below, which may be out of sight
}

// more shows the next page and puts the focus on its first hit.
async function more() {
  const n = cards().length;
  await search(shown.key);
  cards()[n]?.focus();
}

// ---- keys

addEventListener('keydown', (e) => {
  if (e.defaultPrevented || e.metaKey || e.ctrlKey || e.altKey || $('keys').open) return;
  const { target } = e;
  if (e.key === 'Escape') {
    if (!$('filters').hidden) { $('filter').click(); $('filter').focus(); }
    else if (player.isOpen) closePlayer();
    else return;
    e.preventDefault();
    return;
  }
  if (target === $('q')) {
    if (e.key === 'ArrowDown' && cards().length && !$('hits').hidden) { e.preventDefault(); cards()[0].focus(); }
    return;
  }
  if (target.matches('input, textarea')) return;
  const card = focused();
  if (card && e.key.startsWith('Arrow')) {
    e.preventDefault();
    const next = step(card, e.key);
    if (next) next.focus();
    else if (next === null) $('q').focus();
    else if (!$('more').hidden) more();
    return;
  }
  if (e.key === ' ') {
    if (target.matches('button')) return;
    e.preventDefault();
    if (card && card.dataset.place !== state.play) open(card.dataset.place);
    else if (player.works) player.toggle();
    return;
  }
  const act = {
    '/': () => { $('q').focus(); $('q').select(); },
    '?': help,
    v: () => $('view').click(),
    ...(player.works && {
      s: () => player.hear(),
      l: () => player.toggleLoop(),
      z: () => player.toggleZoom(),
      '[': () => player.mark(false),
      ']': () => player.mark(true),
      p: goToPlayer,
    }),
    m: () => {
      if (card) card.nextSibling.click();
      else if (player.works) player.likeWhole.click();
    },
  }[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});

function goToPlayer() {
  if ($('player').contains(document.activeElement)) (cards().find((c) => c.dataset.place === state.play) ?? $('q')).focus();
  else player.picture.focus();
}

// ---- beginning

examples(usual);
if (!state.label.length && storedLabels().length) {
  state.label = storedLabels();
  history.replaceState({}, '', write(state));
}
$('q').value = state.q;
if (!state.play && matchMedia('(hover: hover)').matches) $('q').focus();
render();
begin();
