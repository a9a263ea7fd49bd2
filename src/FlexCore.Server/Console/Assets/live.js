// The parts of a page that change are asked for again, as a whole page: the server says what is so, and says in a few bytes when nothing has changed.
import { morph } from './morph.js';
import { writeTimes } from './times.js';

const lost = document.createElement('p');
lost.className = 'alert';
lost.setAttribute('role', 'status');
lost.textContent = 'The server does not answer. What is shown may be old; it is tried again.';

/** Keeps the page up to date; returns what does so at once. */
export function keepLive() {
  const parts = () => [...document.querySelectorAll('[data-live]')];
  let tag = null;
  let asked = null;
  let again = false;

  async function ask() {
    const answer = await fetch(location.pathname + location.search, { headers: tag ? { 'If-None-Match': tag } : {}, redirect: 'manual', cache: 'no-store' });
    if (answer.type === 'opaqueredirect') return location.reload();
    lost.remove();
    if (answer.status === 304 || !answer.ok) return;
    tag = answer.headers.get('ETag');
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of parts()) {
      const wanted = page.getElementById(part.id);
      if (wanted) morph(part, wanted);
    }
    writeTimes();
    document.dispatchEvent(new Event('flexcore:refreshed'));
  }

  async function refresh() {
    if (asked) {
      again = true;
      return asked;
    }
    do {
      again = false;
      asked = ask().catch(() => document.querySelector('main').prepend(lost));
      await asked;
    } while (again);
    asked = null;
  }

  // The slowest that the page itself asks for; nothing where nobody looks.
  (function wait() {
    const every = Math.min(...parts().map(part => Number(part.dataset.every)).filter(Boolean));
    setTimeout(async () => {
      if (!document.hidden && Number.isFinite(every)) await refresh();
      wait();
    }, Number.isFinite(every) ? every : 5000);
  })();
  document.addEventListener('visibilitychange', () => { if (!document.hidden && parts().some(part => Number(part.dataset.every))) refresh(); });
  return refresh;
}
