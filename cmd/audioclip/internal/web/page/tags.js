// The labels that fit a sound best, out of the usual ones or one's own.

import { el } from './dom.js';
import { tags, seconds } from './api.js';

const stored = 'labels';

export function storedLabels() {
  try {
    const labels = JSON.parse(localStorage.getItem(stored) ?? '[]');
    return Array.isArray(labels) ? labels.filter((l) => typeof l === 'string') : [];
  } catch {
    return [];
  }
}

export class Tags {
  // find(label) searches for a label; change(labels) keeps own ones in the address.
  constructor(root, { find, change }) {
    this.find = find;
    this.list = root.querySelector('ol');
    this.form = root.querySelector('form');
    this.text = root.querySelector('textarea');
    this.edit = root.querySelector('.edit');
    this.edit.addEventListener('click', () => {
      this.open(this.form.hidden);
      if (!this.form.hidden) this.text.focus();
    });
    const use = (labels) => {
      localStorage.setItem(stored, JSON.stringify(labels));
      this.open(false);
      this.edit.focus();
      change(labels);
    };
    this.form.addEventListener('submit', (e) => {
      e.preventDefault();
      const labels = this.text.value.split(/[\n,;]/).map((l) => l.trim()).filter(Boolean);
      use([...new Set(labels)]);
    });
    this.form.addEventListener('reset', (e) => {
      e.preventDefault();
      use([]);
    });
    this.form.addEventListener('keydown', (e) => {
      if (e.key !== 'Escape') return;
      e.stopPropagation();
      this.open(false);
      this.edit.focus();
    });
  }

  open(yes) {
    this.form.hidden = !yes;
    this.edit.hidden = yes;
    this.edit.setAttribute('aria-expanded', String(yes));
  }

  async show(id, { start, end }, labels) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.text.value = labels.join('\n');
    const p = new URLSearchParams({ start: seconds(start), end: seconds(end), k: '6' });
    for (const label of labels) p.append('label', label);
    try {
      const answer = await tags(id, p, asking.signal);
      if (asking === this.asking) this.list.replaceChildren(...answer.tags.map((t) => this.row(t)));
    } catch (err) {
      if (!asking.signal.aborted) this.list.replaceChildren(el('li', { className: 'dim' }, err.message));
    }
  }

  row({ label, score, probability }) {
    const bar = el('i');
    bar.style.width = `${100 * probability}%`;
    const button = el('button', { type: 'button', title: `Search for ${label} (score ${score.toFixed(2)})` },
      el('span', { className: 'label' }, label), el('span', { className: 'percent' }, percent(probability)), el('span', { className: 'bar' }, bar));
    button.addEventListener('click', () => this.find(label));
    return el('li', {}, button);
  }
}

const percent = (p) => (p >= 0.01 ? `${Math.round(100 * p)} %` : '< 1 %');
