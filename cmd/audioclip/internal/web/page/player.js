// The player: a recording's spectrogram with axes, a cursor that moves over it, and a span.

import { el, clock, span as spanWords, long, whole, folder } from './dom.js';
import { recording, axes, audioURL, pictureURL, why } from './api.js';
import { Tags } from './tags.js';

const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const wide = 60; // seconds up to which a recording is shown whole at first

export class Player {
  // like(id, name, span or undefined), moved(id, span), closed(): what the rest of the page does then;
  // find and change: see Tags.
  constructor(root, { like, moved, closed, find, change }) {
    this.root = root;
    this.moved = moved;
    for (const name of ['trouble', 'picture', 'cursor', 'before', 'after', 'hz', 'seconds', 'play', 'clock', 'span', 'loop', 'zoom', 'where']) {
      this[name] = root.querySelector('.' + name);
    }
    this.likeWhole = root.querySelector('.like');
    this.likeSpan = root.querySelector('.like-span');
    this.title = root.querySelector('h2');
    this.image = this.picture.querySelector('img');
    this.audio = root.querySelector('audio');
    this.tags = new Tags(root.querySelector('.tags'), { find, change });

    this.play.addEventListener('click', () => this.toggle());
    this.span.addEventListener('click', () => this.hear());
    this.loop.addEventListener('click', () => this.toggleLoop());
    this.zoom.addEventListener('click', () => this.toggleZoom());
    root.querySelector('.close').addEventListener('click', closed);
    this.likeWhole.addEventListener('click', () => like(this.id, this.title.textContent));
    this.likeSpan.addEventListener('click', () => like(this.id, this.title.textContent, this.part));

    for (const name of ['play', 'pause', 'seeked', 'timeupdate', 'ended']) this.audio.addEventListener(name, () => this.follow());
    this.audio.addEventListener('ended', () => { if (this.looping) this.hear(); });
    this.audio.addEventListener('error', async () => {
      if (!this.id) return;
      const id = this.id, words = await why(id);
      if (id === this.id) this.say(words || 'The browser cannot play this sound.');
    });
    this.image.addEventListener('load', () => this.picture.classList.remove('loading'));
    this.image.addEventListener('error', () => this.picture.classList.remove('loading'));

    this.picture.addEventListener('pointerdown', (e) => this.drag(e));
    this.picture.addEventListener('keydown', (e) => this.key(e));
    new ResizeObserver(() => {
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.id && this.draw(), 100);
    }).observe(this.picture);
  }

  get isOpen() { return !this.root.hidden; }

  // works tells whether there is a sound in it.
  get works() { return this.isOpen && Boolean(this.about); }

  // open shows a span of a recording (the whole if it has no end), and plays it if asked to.
  async open(id, start, end, labels, play) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const other = id !== this.id;
    this.labels = labels;
    if (other) {
      this.id = id;
      this.about = undefined;
      this.say('');
      this.audio.src = audioURL(id);
      this.picture.classList.add('loading');
    }
    let about, scale;
    try {
      [about, scale] = await Promise.all([recording(id, asking.signal), axes(id, asking.signal)]);
    } catch (err) {
      if (asking.signal.aborted) return;
      this.root.hidden = false;
      this.root.classList.add('broken');
      this.title.textContent = 'This sound cannot be shown';
      this.where.textContent = '';
      this.say(err.message);
      return;
    }
    if (asking.signal.aborted) return;
    this.root.hidden = false;
    this.root.classList.remove('broken');
    this.about = about;
    this.ticks = scale.ticks;
    this.title.textContent = about.name;
    this.title.title = about.path;
    const channels = ['', 'mono', 'stereo'][about.channels] ?? `${about.channels} channels`;
    this.where.textContent = [folder(about.path), long(about.duration), about.format, `${about.sample_rate / 1000} kHz`, channels].filter(Boolean).join(' · ');
    this.setSpan(start ?? 0, end ?? about.duration, false);
    this.look(about.duration <= wide);
    if (play) this.hear();
    else this.seek(this.part.start);
  }

  close() {
    this.asking?.abort();
    this.root.hidden = true;
    this.id = this.about = undefined;
    this.audio.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
  }

  say(words) {
    this.trouble.textContent = words;
    this.trouble.hidden = !words;
  }

  // setSpan makes another span; tell keeps it in the address.
  setSpan(start, end, tell = true) {
    const { duration } = this.about;
    start = Math.max(0, Math.min(start, duration));
    end = Math.max(start, Math.min(end, duration));
    if (tell && end - start < 0.05) return;
    this.part = { start, end };
    this.all = whole(start, end, duration);
    this.span.textContent = this.all ? 'Hear it all' : `Hear ${spanWords(start, end)}`;
    this.likeSpan.hidden = this.zoom.hidden = this.all;
    this.tags.show(this.id, this.part, this.labels);
    if (tell) {
      this.draw();
      this.moved(this.id, this.part);
    }
  }

  // relabel tags the span with other labels.
  relabel(labels) {
    this.labels = labels;
    if (this.about) this.tags.show(this.id, this.part, labels);
  }

  // look shows the whole recording, or the surroundings of the span.
  look(all) {
    const { duration } = this.about, { start, end } = this.part;
    const length = all ? duration : Math.min(duration, Math.max(2, 2 * (end - start)));
    this.view(all ? 0 : (start + end - length) / 2, length);
    this.zoom.setAttribute('aria-pressed', String(!all));
  }

  toggleZoom() { this.look(this.zoom.getAttribute('aria-pressed') === 'true'); }

  view(from, length) {
    from = Math.max(0, Math.min(from, this.about.duration - length));
    this.from = from;
    this.to = from + length;
    this.draw();
  }

  x(t) { return (t - this.from) / (this.to - this.from); }

  draw() {
    if (!this.about) return;
    const { width, height } = this.picture.getBoundingClientRect();
    if (!width) return;
    // Steps of 64, so that windows of about the same size share a picture.
    const src = pictureURL(this.id, Math.ceil(width / 64) * 64, height, this.from, this.to);
    if (this.image.getAttribute('src') !== src) {
      this.picture.classList.add('loading');
      this.image.src = src;
    }
    const percent = (f) => `${100 * Math.max(0, Math.min(1, f))}%`;
    this.before.style.width = percent(this.x(this.part.start));
    this.after.style.width = percent(1 - this.x(this.part.end));
    this.picture.classList.toggle('partial', !this.all);

    const room = Math.max(1, width / 72);
    const step = steps.find((s) => (this.to - this.from) / s <= room) ?? steps.at(-1);
    const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    const marks = [];
    for (let i = Math.ceil(this.from / step - 1e-9); i * step <= this.to + 1e-9; i++) {
      const mark = el('span', {}, this.to < 60 ? `${(i * step).toFixed(decimals)} s` : clock(i * step, decimals));
      mark.style.left = percent(this.x(i * step));
      marks.push(mark);
    }
    this.seconds.replaceChildren(...marks);

    let last = -Infinity;
    const pitches = [];
    for (const { hz, y } of [...this.ticks].sort((a, b) => a.y - b.y)) {
      if (y < 0 || y > 1 || (y - last) * height < 16) continue;
      last = y;
      const mark = el('span', {}, hz >= 1000 ? `${+(hz / 1000).toFixed(1)} kHz` : `${hz} Hz`);
      mark.style.bottom = percent(y);
      pitches.push(mark);
    }
    this.hz.replaceChildren(...pitches);
    this.follow();
  }

  // follow puts the cursor where the sound is, again with every frame while it plays.
  follow() {
    if (!this.about) return;
    const { duration } = this.about;
    const t = this.audio.currentTime, playing = !this.audio.paused && !this.audio.ended;
    if (playing && this.until !== undefined && t >= this.until) {
      if (this.looping) {
        this.audio.currentTime = this.part.start;
      } else {
        this.audio.pause();
        this.audio.currentTime = this.until; // a frame or two too far
        return;
      }
    }
    if (playing && !this.audio.seeking && (t < this.from || (t > this.to && this.to < duration))) this.view(t, this.to - this.from);
    const f = this.x(t);
    this.cursor.hidden = f < 0 || f > 1;
    this.cursor.style.transform = `translateX(${f * this.picture.clientWidth}px)`;
    this.clock.textContent = duration < 60 ? `${t.toFixed(1)} / ${duration.toFixed(1)} s` : `${clock(t, 1)} / ${clock(duration, 1)}`;
    this.picture.setAttribute('aria-valuemax', duration.toFixed(2));
    this.picture.setAttribute('aria-valuenow', t.toFixed(2));
    this.picture.setAttribute('aria-valuetext', `${t.toFixed(1)} seconds of ${duration.toFixed(1)}`);
    this.play.setAttribute('aria-label', playing ? 'Pause' : 'Play');
    cancelAnimationFrame(this.frame);
    if (playing) this.frame = requestAnimationFrame(() => this.follow());
  }

  // hear plays the span and stops at its end, or begins again.
  hear() {
    this.until = this.all ? undefined : this.part.end;
    this.audio.currentTime = this.part.start;
    this.start();
  }

  start() {
    // A browser may refuse to play before a first click (the player then just stands still), and
    // what it cannot load has an event of its own.
    this.audio.play().catch(() => {});
  }

  toggle() {
    const { audio } = this;
    if (!audio.paused && !audio.ended) audio.pause();
    else if (audio.ended || (this.until !== undefined && audio.currentTime > this.until - 0.01)) this.hear();
    else this.start();
  }

  toggleLoop() {
    this.looping = !this.looping;
    this.loop.setAttribute('aria-pressed', String(this.looping));
    const { currentTime: t } = this.audio;
    if (this.looping && (t < this.part.start || t >= this.part.end)) this.hear();
    else if (this.looping && !this.all) this.until = this.part.end;
  }

  // seek goes to a time. From within the span the sound goes on to its end, from without to the
  // end of all.
  seek(t) {
    t = Math.max(0, Math.min(t, this.about.duration));
    this.until = !this.all && t >= this.part.start && t < this.part.end ? this.part.end : undefined;
    this.audio.currentTime = t;
    this.follow();
  }

  // mark begins or ends the span at the cursor.
  mark(end) {
    const t = this.audio.currentTime, { start: a, end: b } = this.part;
    if (end) this.setSpan(t > a ? a : 0, t);
    else this.setSpan(t, t < b ? b : this.about.duration);
  }

  // drag: a click seeks, a stroke makes a span.
  drag(e) {
    if (e.button !== 0 || !this.about) return;
    const box = this.picture.getBoundingClientRect();
    const time = (x) => this.from + Math.max(0, Math.min(1, (x - box.left) / box.width)) * (this.to - this.from);
    const first = e.clientX;
    const listening = new AbortController();
    let stroke = false;
    this.picture.setPointerCapture(e.pointerId);
    const move = (m) => {
      stroke ||= Math.abs(m.clientX - first) > 6;
      if (!stroke) return;
      const [a, b] = [time(first), time(m.clientX)].sort((p, q) => p - q);
      this.picture.classList.add('partial');
      this.before.style.width = `${100 * this.x(a)}%`;
      this.after.style.width = `${100 * (1 - this.x(b))}%`;
    };
    const up = (u) => {
      listening.abort();
      if (!stroke) return this.seek(time(u.clientX));
      const [a, b] = [time(first), time(u.clientX)].sort((p, q) => p - q);
      this.setSpan(a, b);
      this.hear();
    };
    const cancel = () => {
      listening.abort();
      this.draw();
    };
    const { signal } = listening;
    this.picture.addEventListener('pointermove', move, { signal });
    this.picture.addEventListener('pointerup', up, { signal });
    this.picture.addEventListener('pointercancel', cancel, { signal });
  }

  key(e) {
    const t = this.audio.currentTime, step = Math.max(0.1, (this.to - this.from) / 50);
    const to = { ArrowLeft: t - step, ArrowDown: t - step, ArrowRight: t + step, ArrowUp: t + step, PageDown: t - 10 * step, PageUp: t + 10 * step, Home: 0, End: this.about?.duration }[e.key];
    if (to === undefined || !this.about) return;
    e.preventDefault();
    e.stopPropagation();
    this.seek(to);
  }
}
