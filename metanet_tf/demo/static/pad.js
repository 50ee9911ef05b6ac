/** A canvas to draw on with mouse, finger, pen or keys. */

import { UNITS } from "./drawing.js";

const STEP = 40; // Of the pen moved by keys, in UNITS.
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const within = (value) => Math.round(Math.min(UNITS, Math.max(0, value)));

/**
 * Lets a canvas be drawn on.
 *
 * A pad that shows a picture takes no strokes: a touch meant to scroll the page must
 * not replace it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Drawing} drawing is changed and shown.
 * @param {object} listener
 * @param {function()} listener.changed is called when there is more or less of it.
 * @param {function()} listener.finished is called after each complete stroke.
 * @param {?function()} listener.tapped is called by a finger's or pen's tap, which
 *     then do not draw: they scroll. Style sheets say so too, by touch-action.
 */
export function makePad(canvas, drawing, listener) {
  takePointer(canvas, drawing, listener);
  takeKeys(canvas, drawing, listener);
}

function takePointer(canvas, drawing, { changed, finished, tapped }) {
  let pointer = null; // A second finger does not count.
  let isTouch = false;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * UNITS,
      ((event.clientY - box.top) / box.height) * UNITS,
    ];
  };
  const position = (event) => place(event).map(within);
  // A finger that comes down a little beside is given to the pad all the same.
  const isInside = (event) => place(event).every((x) => x >= 0 && x <= UNITS);
  const report = () => {
    drawing.show(canvas);
    changed();
  };

  canvas.addEventListener("pointerdown", (event) => {
    isTouch = event.pointerType !== "mouse";
    if (isTouch && tapped) return;
    if (event.button !== 0 || pointer !== null || drawing.picture) return;
    if (!isInside(event)) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    drawing.beginStroke(...position(event));
    report();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) {
      drawing.extendStroke(...position(move));
    }
    report();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    finished();
  });
  canvas.addEventListener("pointercancel", (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    drawing.undo(); // The touch was the palm's, or the system's.
    report();
    finished();
  });
  canvas.addEventListener("click", () => {
    if (isTouch) tapped?.();
  });
  const keepFromScrolling = (event) => {
    // Or a browser takes a quick stroke for a scroll, and the next tap for its end.
    const isDrawing = !tapped && !drawing.picture;
    if (isDrawing && event.cancelable) event.preventDefault();
  };
  canvas.addEventListener("touchstart", keepFromScrolling, { passive: false });
}

function takeKeys(canvas, drawing, { changed, finished }) {
  const pen = { x: UNITS / 2, y: UNITS / 2, isDown: false };

  const show = () => {
    drawing.show(canvas);
    showPen(canvas, pen);
  };
  const lift = () => {
    if (!pen.isDown) return;
    pen.isDown = false;
    finished();
  };
  const press = () => {
    pen.isDown = true;
    drawing.beginStroke(pen.x, pen.y);
    changed();
  };
  const move = (right, down) => {
    pen.x = within(pen.x + STEP * right);
    pen.y = within(pen.y + STEP * down);
    if (!pen.isDown) return;
    if (drawing.strokes.length === 0) drawing.beginStroke(pen.x, pen.y);
    else drawing.extendStroke(pen.x, pen.y);
    changed();
  };

  canvas.addEventListener("keydown", (event) => {
    if (drawing.picture || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) move(...ARROWS[event.key]);
    else if (event.key === " ") pen.isDown ? lift() : press();
    else return;
    event.preventDefault();
    show();
  });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) show();
  });
  canvas.addEventListener("blur", () => {
    lift();
    drawing.show(canvas);
  });
}

/** Shows where the keys' pen is: a ring, filled while it is down. */
function showPen(canvas, pen) {
  const context = canvas.getContext("2d");
  const scale = canvas.width / UNITS;
  context.beginPath();
  context.arc(pen.x * scale, pen.y * scale, canvas.width / 30, 0, 2 * Math.PI);
  context.strokeStyle = context.fillStyle = getComputedStyle(canvas).accentColor;
  context.lineWidth = canvas.width / 90;
  context.stroke();
  if (pen.isDown) context.fill();
}
