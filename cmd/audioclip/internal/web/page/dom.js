// Elements and the words for times and numbers.

export const $ = (id) => document.getElementById(id);

// el makes an element. Children and properties are text or nodes, never markup: what a file or a
// label is called cannot become part of the page.
export function el(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('aria-')) e.setAttribute(key, value);
    else e[key] = value;
  }
  e.append(...children);
  return e;
}

// clock writes a time as 1:02 or 1:01:02, with decimals if asked for.
export function clock(seconds, decimals = 0) {
  const unit = 10 ** decimals;
  const t = Math.round(Math.max(0, seconds) * unit) / unit;
  const s = (t % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, '0');
  const m = Math.floor(t / 60);
  return m < 60 ? `${m}:${s}` : `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}:${s}`;
}

// long writes how long something lasts: 0.4 s, 2:05, 3 h 20 min.
export function long(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return clock(seconds);
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60).toLocaleString('en')} h ${minutes % 60} min`;
}

// span writes a stretch of time, with tenths where they matter.
export function span(start, end) {
  if (end < 60) return `${start.toFixed(1)} – ${end.toFixed(1)} s`;
  const decimals = end - start < 20 ? 1 : 0;
  return `${clock(start, decimals)} – ${clock(end, decimals)}`;
}

export function count(n, one, many = one + 's') {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

// whole tells whether a span is the whole recording, but for rounding.
export function whole(start, end, duration) {
  return start < 0.05 && end > duration - 0.05;
}

// folder is the last part of the folder of a path, for a line under its name.
export function folder(path) {
  const parts = path.split(/[/\\]/).filter(Boolean).slice(0, -1);
  return parts.slice(-2).join('/');
}
