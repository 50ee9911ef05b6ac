/** What is on a pad: strokes, or an uploaded picture in their place. */

/** Coordinates of strokes are integers from 0 to UNITS, whatever the pad's size. */
export const UNITS = 1000;

/** Side of a drawing as the server sees it, and the most of an upload's, pixels. */
export const SIDE = 140;

// As thick, compared with the picture, as the strokes that the model was trained on.
const STROKE_WIDTH = 0.028;

export class Drawing {
  /**
   * @param {?string} picture data URL of a PNG file.
   * @param {number[][]} strokes each [x0, y0, x1, y1, ...].
   */
  constructor({ picture = null, strokes = [] } = {}) {
    this.picture = picture;
    this.strokes = strokes;
  }

  get isEmpty() {
    return this.picture === null && this.strokes.length === 0;
  }

  beginStroke(x, y) {
    this.strokes.push([x, y]);
  }

  extendStroke(x, y) {
    this.strokes.at(-1).push(x, y);
  }

  undo() {
    this.picture = null; // It has no strokes.
    this.strokes.pop();
  }

  clear() {
    this.replaceBy(null);
  }

  replaceBy(picture) {
    this.picture = picture;
    this.strokes = [];
  }

  /** Shows the drawing on a canvas of the page, in that canvas's colour. */
  show(canvas) {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = getComputedStyle(canvas).color;
    drawStrokes(context, this.strokes);
    canvas.style.backgroundImage = this.picture ? `url("${this.picture}")` : "";
  }

  /** Data URL of a PNG file: the picture, or dark strokes on white. */
  png() {
    if (this.picture !== null) return this.picture;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = "black";
    drawStrokes(context, this.strokes);
    return canvas.toDataURL("image/png");
  }
}

function drawStrokes(context, strokes) {
  const scale = context.canvas.width / UNITS;
  context.lineWidth = STROKE_WIDTH * context.canvas.width;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0] * scale, stroke[1] * scale);
    for (let i = 0; i < stroke.length; i += 2) {
      context.lineTo(stroke[i] * scale, stroke[i + 1] * scale);
    }
    context.stroke();
  }
}
