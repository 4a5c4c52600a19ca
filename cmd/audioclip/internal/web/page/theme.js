// Dark or light: as the system has it, until the button says otherwise. This script is not a
// module, so that it runs before the page is drawn.
'use strict';
{
  const root = document.documentElement;
  const stored = localStorage.getItem('theme');
  if (stored === 'dark' || stored === 'light') root.dataset.theme = stored;

  document.addEventListener('DOMContentLoaded', () => {
    document.getElementById('theme').addEventListener('click', () => {
      const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
      const next = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
      if (next === system) {
        delete root.dataset.theme;
        localStorage.removeItem('theme');
      } else {
        root.dataset.theme = next;
        localStorage.setItem('theme', next);
      }
      document.dispatchEvent(new Event('themechange'));
    });
  });
}
