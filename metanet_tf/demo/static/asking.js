/** When to ask the server. */

const REST = 100; // Milliseconds that a pen rests before a half stroke is asked about.

/**
 * Keeps calls from overlapping: those that come meanwhile are one call afterwards.
 *
 * @param {function(): Promise} action
 * @returns {{now: function(), soon: function()}} `soon` waits until it has not been
 *     called for a moment.
 */
export function oneAtATime(action) {
  let isRunning = false;
  let isWanted = false;
  let timer = null;
  const now = async () => {
    clearTimeout(timer);
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await action();
    }
    isRunning = false;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(now, REST);
  };
  return { now, soon };
}
