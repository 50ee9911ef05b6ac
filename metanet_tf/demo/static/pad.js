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
 * @param {function(boolean)} changed is called with whether a stroke is complete.
 */
export function makePad(canvas, drawing, changed) {
  takePointer(canvas, drawing, changed);
  takeKeys(canvas, drawing, changed);
}

function takePointer(canvas, drawing, changed) {
  let pointer = null; // A second finger does not count.

  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      within(((event.clientX - box.left) / box.width) * UNITS),
      within(((event.clientY - box.top) / box.height) * UNITS),
    ];
  };
  const report = (isComplete) => {
    drawing.show(canvas);
    changed(isComplete);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null || drawing.picture) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    drawing.beginStroke(...position(event));
    report(false);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) {
      drawing.extendStroke(...position(move));
    }
    report(false);
  });
  const end = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    report(true);
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

function takeKeys(canvas, drawing, changed) {
  const pen = { x: UNITS / 2, y: UNITS / 2, isDown: false };

  const show = () => {
    drawing.show(canvas);
    showPen(canvas, pen);
  };
  const lift = () => {
    if (!pen.isDown) return;
    pen.isDown = false;
    changed(true);
  };
  const press = () => {
    pen.isDown = true;
    drawing.beginStroke(pen.x, pen.y);
    changed(false);
  };
  const move = (right, down) => {
    pen.x = within(pen.x + STEP * right);
    pen.y = within(pen.y + STEP * down);
    if (!pen.isDown) return;
    if (drawing.strokes.length === 0) drawing.beginStroke(pen.x, pen.y);
    else drawing.extendStroke(pen.x, pen.y);
    changed(false);
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
