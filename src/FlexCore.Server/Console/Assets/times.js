// Times as people say them: how long ago, with the exact time where one points at it.
const steps = [[60, 'second'], [3600, 'minute'], [86400, 'hour'], [604800, 'day']];
const sizes = { second: 1, minute: 60, hour: 3600, day: 86400 };
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function ago(at, now) {
  const seconds = Math.round((at - now) / 1000);
  const step = steps.find(([limit]) => Math.abs(seconds) < limit);
  return step ? words.format(Math.trunc(seconds / sizes[step[1]]), step[1]) : null;
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Writes all times of the page. */
export function writeTimes() {
  const now = Date.now();
  for (const time of document.querySelectorAll('time[datetime]')) {
    const text = ago(Date.parse(time.dateTime), now);
    if (text && time.textContent !== text) time.textContent = text;
  }
  for (const since of document.querySelectorAll('[data-since]')) since.textContent = clock(now - Number(since.dataset.since));
}

/** Writes them, and again every second. */
export function tellTimes() {
  writeTimes();
  setInterval(() => { if (!document.hidden) writeTimes(); }, 1000);
}
