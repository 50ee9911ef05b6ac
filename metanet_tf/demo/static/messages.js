/** What is said over the page, so that nothing of it moves. */

const SECONDS = 12;

const byId = (id) => document.getElementById(id);
const offer = byId("offer");
const undoButton = byId("undo-removal");
let undo = null;
let timer = null;

/** Shows an error, or none. */
export function showError(error) {
  byId("error-text").textContent = error?.message ?? "";
  byId("error").hidden = !error;
}

/**
 * Offers to take something back, for some seconds or as long as one is at it.
 *
 * @param {Event} event the click that did it: one by keys brings the focus here.
 * @param {string} text what was done.
 * @param {function()} action takes it back.
 */
export function offerUndo(event, text, action) {
  undo = action;
  byId("offer-text").textContent = text;
  offer.hidden = false;
  if (event.detail === 0) undoButton.focus();
  wait();
}

export function withdrawUndo() {
  clearTimeout(timer);
  undo = null;
  offer.hidden = true;
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (offer.matches(":hover, :focus-within")) wait();
    else withdrawUndo();
  }, SECONDS * 1000);
}

undoButton.addEventListener("click", () => {
  const action = undo;
  withdrawUndo();
  action();
});
byId("close-error").addEventListener("click", () => showError(null));
