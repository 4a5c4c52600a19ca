// The map of the collection: a point for each recording, those alike near each other, with colour
// and shape by its best label.

import { el, count } from './dom.js';
import { map } from './api.js';

// Colours that are told apart with any colour vision (Okabe and Ito), on light and on dark ground;
// with the shapes they make 35 different marks.
const colours = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#b8a800'];
const shapes = {
  disc: (c, r) => c.arc(0, 0, r, 0, 2 * Math.PI),
  square: (c, r) => c.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
  triangle: (c, r) => polygon(c, [[0, -1.2 * r], [1.1 * r, 0.8 * r], [-1.1 * r, 0.8 * r]]),
  diamond: (c, r) => polygon(c, [[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]]),
  down: (c, r) => polygon(c, [[0, 1.2 * r], [1.1 * r, -0.8 * r], [-1.1 * r, -0.8 * r]]),
};
const kinds = Object.keys(shapes);
const kept = 16; // labels that have a mark of their own
const reach = 16; // pixels around the pointer in which a point is found
const margin = 28;

function polygon(c, corners) {
  corners.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.closePath();
}

export class SoundMap {
  // open(id) plays a recording; ready(tags) is given the labels found, most frequent first.
  constructor(root, { open, ready }) {
    this.root = root;
    this.canvas = root.querySelector('canvas');
    this.tip = root.querySelector('.tip');
    this.said = root.querySelector('.said');
    this.legend = root.querySelector('.legend');
    this.open = open;
    this.ready = ready;
    this.points = [];
    this.found = new Set();
    this.reset();

    const { canvas } = this;
    new ResizeObserver(() => this.draw()).observe(canvas);
    canvas.addEventListener('keydown', (e) => this.key(e));
    canvas.addEventListener('blur', () => this.point(null));
    canvas.addEventListener('wheel', (e) => {
      e.preventDefault();
      this.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0015)), e.offsetX, e.offsetY);
    }, { passive: false });
    this.pointers = new Map();
    canvas.addEventListener('pointerdown', (e) => {
      canvas.setPointerCapture(e.pointerId);
      this.pointers.set(e.pointerId, e);
      this.moved = this.pointers.size > 1;
    });
    canvas.addEventListener('pointermove', (e) => this.move(e));
    canvas.addEventListener('pointerup', (e) => {
      this.pointers.delete(e.pointerId);
      const p = this.nearest(e.offsetX, e.offsetY);
      if (!this.moved && p) this.open(p.id);
    });
    canvas.addEventListener('pointercancel', (e) => this.pointers.delete(e.pointerId));
    canvas.addEventListener('pointerleave', () => { if (document.activeElement !== canvas) this.point(null); });
    document.addEventListener('themechange', () => this.draw());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  async load() {
    const { points, tags } = await map();
    const range = (of) => points.reduce(([a, b], p) => [Math.min(a, p[of]), Math.max(b, p[of])], [Infinity, -Infinity]);
    const [x0, x1] = range('x'), [y0, y1] = range('y');
    const within = (v, a, b) => (b > a ? (v - a) / (b - a) : 0.5);
    const rank = new Map(tags.slice(0, kept).map((tag, i) => [tag, i]));
    // u and v are from 0 to 1, to the right and down; the rarer labels are drawn last, on top.
    this.points = points.map((p) => ({ ...p, u: within(p.x, x0, x1), v: 1 - within(p.y, y0, y1), rank: rank.get(p.tag) ?? -1 }))
      .sort((p, q) => p.rank - q.rank);
    this.showLegend([...rank.keys()]);
    this.draw();
    this.ready(tags);
  }

  showLegend(tags) {
    this.only = undefined;
    const row = (words, rank) => {
      const n = this.points.filter((p) => p.rank === rank).length;
      if (!n) return [];
      const mark = el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' });
      const button = el('button', { type: 'button', title: `Only these (${count(n, 'sound')})`, 'aria-pressed': 'false' }, mark, words, el('span', { className: 'dim' }, ` ${n}`));
      button.addEventListener('click', () => {
        this.only = this.only === rank ? undefined : rank;
        for (const b of this.legend.querySelectorAll('button')) b.setAttribute('aria-pressed', String(b === button && this.only === rank));
        this.draw();
      });
      const c = mark.getContext('2d');
      c.translate(14, 14);
      this.mark(c, rank, 9);
      return [el('li', {}, button)];
    };
    this.legend.replaceChildren(...tags.flatMap((tag, i) => row(tag, i)), ...row('others', -1));
  }

  // find marks the hits of a search.
  find(ids) {
    this.found = new Set(ids);
    this.draw();
  }

  play(id) {
    this.playing = id;
    this.draw();
  }

  reset() {
    this.scale = 1;
    this.dx = this.dy = 0;
  }

  // at is where a point lies on the canvas, in CSS pixels.
  at(p) {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    return [this.dx + this.scale * (margin + p.u * (w - 2 * margin)), this.dy + this.scale * (margin + p.v * (h - 2 * margin))];
  }

  mark(c, rank, r) {
    c.beginPath();
    shapes[rank < 0 ? 'disc' : kinds[rank % kinds.length]](c, rank < 0 ? 0.7 * r : r);
    c.fillStyle = rank < 0 ? '#8d8794' : colours[rank % colours.length];
    c.fill();
  }

  draw() {
    const { canvas, points } = this;
    const w = canvas.clientWidth, h = canvas.clientHeight;
    if (!w || !h) return;
    const dense = devicePixelRatio;
    canvas.width = Math.round(w * dense);
    canvas.height = Math.round(h * dense);
    const c = canvas.getContext('2d');
    const ink = getComputedStyle(canvas).color;
    const r = Math.max(2.5, Math.min(6, 90 / Math.sqrt(points.length || 1))) * Math.min(2, Math.sqrt(this.scale));
    for (const p of points) {
      const [x, y] = this.at(p);
      if (x < -r || y < -r || x > w + r || y > h + r) continue;
      const off = (this.only !== undefined && p.rank !== this.only) || (this.found.size && !this.found.has(p.id));
      c.setTransform(dense, 0, 0, dense, dense * x, dense * y);
      c.globalAlpha = off ? 0.15 : 0.9;
      this.mark(c, p.rank, this.found.has(p.id) ? 1.4 * r : r);
      c.globalAlpha = 1;
      if (p === this.pointed || p.id === this.playing) {
        c.beginPath();
        c.arc(0, 0, 2 * r + 1, 0, 2 * Math.PI);
        c.lineWidth = 2;
        c.strokeStyle = ink;
        c.stroke();
      }
    }
  }

  nearest(x, y) {
    let best = null, least = reach * reach;
    for (const p of this.points) {
      if (this.only !== undefined && p.rank !== this.only) continue;
      const [px, py] = this.at(p), d = (px - x) ** 2 + (py - y) ** 2;
      if (d < least) [best, least] = [p, d];
    }
    return best;
  }

  // point shows the name of a point beside it.
  point(p, say = false) {
    if (p !== this.pointed) {
      this.pointed = p;
      this.draw();
    }
    this.canvas.classList.toggle('over', Boolean(p));
    this.tip.hidden = !p;
    if (!p) return;
    this.tip.replaceChildren(p.name, el('span', { className: 'dim' }, ' ' + p.tag));
    const [x, y] = this.at(p);
    const { clientWidth: w, clientHeight: h } = this.canvas;
    this.tip.style.left = `${Math.max(0, Math.min(x + 12, w - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${Math.max(0, Math.min(y + 12, h - this.tip.offsetHeight - 4))}px`;
    if (say) this.said.textContent = `${p.name}, ${p.tag}`;
  }

  move(e) {
    const before = this.pointers.get(e.pointerId);
    if (!before) {
      this.point(this.nearest(e.offsetX, e.offsetY));
      return;
    }
    const others = [...this.pointers.values()].filter((p) => p !== before);
    if (others.length === 1) {
      // Two fingers: what was between them stays there.
      const [o] = others;
      const far = (p) => Math.hypot(p.offsetX - o.offsetX, p.offsetY - o.offsetY) || 1;
      this.zoom(far(e) / far(before), (e.offsetX + o.offsetX) / 2, (e.offsetY + o.offsetY) / 2);
    } else if (this.moved || Math.hypot(e.offsetX - before.offsetX, e.offsetY - before.offsetY) > 4) {
      this.moved = true;
      this.pan(e.offsetX - before.offsetX, e.offsetY - before.offsetY);
    } else {
      return;
    }
    this.pointers.set(e.pointerId, e);
  }

  pan(dx, dy) {
    this.dx += dx;
    this.dy += dy;
    this.keep();
  }

  // zoom makes the map larger around a place.
  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const scale = Math.max(1, Math.min(60, this.scale * factor));
    factor = scale / this.scale;
    this.scale = scale;
    this.dx = x - factor * (x - this.dx);
    this.dy = y - factor * (y - this.dy);
    this.keep();
  }

  // keep leaves no empty ground beside the map.
  keep() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    this.dx = Math.max(w - this.scale * w, Math.min(0, this.dx));
    this.dy = Math.max(h - this.scale * h, Math.min(0, this.dy));
    this.draw();
    this.point(this.pointed ?? null);
  }

  key(e) {
    const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (to && e.shiftKey) this.pan(-60 * to[0], -60 * to[1]);
    else if (to) this.walk(...to);
    else if (e.key === '+' || e.key === '=') this.zoom(1.4);
    else if (e.key === '-') this.zoom(1 / 1.4);
    else if (e.key === '0') { this.reset(); this.keep(); }
    else if (e.key === 'Enter' && this.pointed) this.open(this.pointed.id);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  // walk goes to the next point in a direction: near, and not far to the side.
  walk(dx, dy) {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    const [x, y] = this.pointed ? this.at(this.pointed) : [w / 2, h / 2];
    let best = this.pointed, least = Infinity;
    for (const p of this.points) {
      if (p === this.pointed || (this.only !== undefined && p.rank !== this.only)) continue;
      const [px, py] = this.at(p), along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy + (py - y) * dx);
      if (along <= 0 || aside > 2 * along) continue;
      const far = along + 2 * aside;
      if (far < least) [best, least] = [p, far];
    }
    if (!best) return;
    const [bx, by] = this.at(best);
    if (bx < 0 || by < 0 || bx > w || by > h) this.pan(w / 2 - bx, h / 2 - by);
    this.point(best, true);
  }
}
