// An event stream at any of its versions, as the slider is moved.
const pause = 80;

/** Shows what the slider stands at, without the button. */
export function slide(refresh) {
  const slider = document.querySelector('[data-slider]');
  if (!slider) return;
  document.getElementById('slider-go').hidden = true;
  const told = document.getElementById('slider-at');
  let waiting = null;
  slider.addEventListener('input', () => {
    told.textContent = `${slider.value} of ${slider.max}`;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const address = new URL(location.href);
      address.searchParams.set('version', slider.value);
      history.replaceState(null, '', address);
      refresh();
    }, pause);
  });
}
