// A run while it goes on: what is told of it comes as Server-Sent Events, as over REST.
const shortest = 250;
const count = new Intl.NumberFormat('en');
const graver = ['debug', 'info', 'warning', 'error'];
const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function size(bytes) {
  let unit = 0;
  while (bytes >= 1024 && unit < sizes.length - 1) [bytes, unit] = [bytes / 1024, unit + 1];
  return unit === 0 ? `${bytes} B` : `${bytes.toFixed(1)} ${sizes[unit]}`;
}

/** Shows how fast records move: the numbers of a step, and the rate since the last time. */
function progressed(news, before) {
  const records = Object.values(news.streams).reduce((sum, stream) => sum + stream.records, 0);
  const now = performance.now();
  const last = before.get(news.step);
  const rate = last && now > last.now ? Math.max(0, (records - last.records) / ((now - last.now) / 1000)) : 0;
  before.set(news.step, { records, now });
  const id = CSS.escape(news.step);
  const shown = document.querySelector(`[data-records="${id}"]`);
  if (shown) shown.textContent = `${count.format(records)} · ${count.format(Math.round(rate))}/s`;
  const bytes = document.querySelector(`[data-bytes="${id}"]`);
  if (bytes) bytes.textContent = size(news.bytes);
  const plugins = document.querySelector(`[data-plugins="${id}"]`);
  if (plugins) plugins.textContent = news.plugins.map(plugin => `${plugin.name}: ${(plugin.cpu_ms / 1000).toFixed(1)} s CPU, ${size(plugin.memory_bytes)}`).join(' · ');
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Adds a line of the log, where it fits what is searched for and the page did not come with it. */
function said(line, log, shown) {
  const filter = new URLSearchParams(location.search);
  const [least, text, step] = [filter.get('level'), filter.get('q'), log.dataset.step ?? filter.get('step')];
  if ((least && graver.indexOf(line.level) < graver.indexOf(least)) || (step && line.step !== step) || (text && !line.message.toLowerCase().includes(text.toLowerCase()))) return;
  const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  const item = document.createElement('div');
  item.className = line.level;
  item.append(element('time', new Date(line.at).toISOString().slice(11, 23)), ' ', element('b', line.level), ' ', element('span', `${line.step} · ${line.plugin}`, 'from'), ' ', element('span', line.message, 'said'));
  if (shown.has(item.textContent)) return;
  log.append(item);
  document.getElementById('log-empty')?.remove();
  while (log.children.length > Number(log.dataset.most)) log.firstElementChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

/** Follows the run of the page, where one goes on. */
export function watchRun(refresh) {
  const log = document.getElementById('log');
  if (log) log.scrollTop = log.scrollHeight;
  const run = document.querySelector('[data-watch]')?.dataset.watch;
  if (!run) return;
  const shown = new Set([...log?.children ?? []].map(line => line.textContent.trim()));
  const before = new Map();
  let waiting = null;
  const soon = () => { waiting ??= setTimeout(async () => { waiting = null; await refresh(); }, shortest); };
  const source = new EventSource(`/api/v1/runs/${run}/watch`);
  source.onmessage = event => {
    const news = JSON.parse(event.data);
    if (news.kind === 'step-progressed') progressed(news, before);
    else if (news.kind === 'plugin-said' && log) said(news.line, log, shown);
    else soon();
  };
  // The server ends the stream when the run has ended; then the page says how.
  source.onerror = soon;
  document.addEventListener('flexcore:refreshed', () => { if (!document.querySelector('[data-watch]')) source.close(); });
}
