// Makes one tree of elements like another, and leaves alone what is the same: focus, selection and what was opened stay.
const own = new Set(['open', 'value', 'checked']);

function sameKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? '') === (other.id ?? '');
}

function attributes(from, to) {
  for (const { name, value } of to.attributes) if (!own.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) if (!own.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
}

/** Makes `from`, which is in the page, like `to`. */
export function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  const isTime = from.nodeName === 'TIME' && from.getAttribute('datetime') === to.getAttribute('datetime');
  const isClock = from.dataset?.since !== undefined && from.dataset.since === to.dataset?.since;
  attributes(from, to);
  // Texts that the browser writes: they are not news.
  if (isTime || isClock) return;
  children(from, to);
}

function children(from, to) {
  const byId = new Map([...from.children].filter(child => child.id).map(child => [child.id, child]));
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = wanted.id ? byId.get(wanted.id) : null;
    if (known && known !== at && known.nodeName === wanted.nodeName) {
      from.insertBefore(known, at);
      morph(known, wanted);
    } else if (at && sameKind(at, wanted)) {
      const next = at.nextSibling;
      morph(at, wanted);
      at = next;
    } else {
      from.insertBefore(wanted, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
