/** What is on a pad: strokes, or an uploaded picture in their place. */

/** Coordinates of strokes are integers from 0 to UNITS, whatever the pad's size. */
export const UNITS = 1000;

// As thick, compared with the picture, as the strokes that the model was trained on.
const STROKE_WIDTH = 0.028;
const NEAR = 4; // Points nearer than this, in UNITS, tell nothing.

export class Drawing {
  #past = []; // What it was before each change.

  /**
   * @param {?string} picture data URL of a picture file.
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
    this.#keep();
    this.strokes.push([x, y]);
  }

  extendStroke(x, y) {
    const stroke = this.strokes.at(-1);
    const [lastX, lastY] = stroke.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) >= NEAR) stroke.push(x, y);
  }

  /** Takes the last change back; after a new visit, the last stroke or the picture. */
  undo() {
    const { picture, strokes } = this.#past.pop() ?? {
      picture: null,
      strokes: this.strokes.slice(0, -1),
    };
    this.picture = picture;
    this.strokes = strokes;
  }

  clear() {
    if (!this.isEmpty) this.replaceBy(null);
  }

  replaceBy(picture) {
    this.#keep();
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

  /**
   * What the server draws or decodes.
   *
   * Nothing is read from a canvas: browsers that guard against fingerprints put noise
   * into what a page reads there.
   */
  content() {
    if (this.picture === null) return { strokes: this.strokes };
    return { picture: this.picture.slice(this.picture.indexOf(",") + 1) };
  }

  #keep() {
    this.#past.push({ picture: this.picture, strokes: [...this.strokes] });
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
