// What makes the console live. Without it every page works; with it pages keep themselves up to date.
import { tellTimes } from './times.js';
import { keepLive } from './live.js';
import { watchRun } from './run.js';
import { slide } from './slider.js';

// What was done is told once, and not again when the page is read anew.
const address = new URL(location.href);
if (address.searchParams.has('done')) {
  address.searchParams.delete('done');
  history.replaceState(null, '', address);
}

tellTimes();
const refresh = keepLive();
watchRun(refresh);
slide(refresh);

// '/' goes to the first search field, as people are used to.
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  const field = document.querySelector('main form[role=search] input');
  if (!field) return;
  event.preventDefault();
  field.focus();
});
