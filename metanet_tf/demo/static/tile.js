/** A pad, or a place for a photograph, with its buttons: undo, clear, upload. */

import { makePad } from "./pad.js";
import { chooseBy, takeFiles } from "./picture_files.js";
import * as server from "./server.js";
import { isOfPhotographs, words } from "./words.js";

const template = document.getElementById("tile-template");

/**
 * Makes the element to draw on, or to put photographs on.
 *
 * @param {Drawing} drawing
 * @param {object} listener as of `makePad`; `failed`, which is called with why a
 *     picture could not be read; and `further`, which is called with files beyond the
 *     first that are put on the tile together, or null if there is room for one.
 * @returns {HTMLElement} to be put into the page, then shown by `showDrawing`.
 */
export function makeTile(drawing, listener) {
  const tile = template.content.cloneNode(true).firstElementChild;
  const changed = () => {
    tile.classList.toggle("empty", drawing.isEmpty);
    showNote(tile, "");
    listener.changed();
  };
  const done = () => {
    showDrawing(tile, drawing);
    changed();
    listener.finished();
  };
  const canvas = tile.querySelector("canvas");
  if (isOfPhotographs) {
    canvas.setAttribute("role", "button");
    chooseBy(canvas, tile.querySelector(".upload input"));
  } else {
    makePad(canvas, drawing, { ...listener, changed });
  }
  onClick(tile, ".undo", () => (drawing.undo(), done()));
  onClick(tile, ".clear", () => (drawing.clear(), done()));
  const { further, failed } = listener;
  tile.querySelector(".upload input").multiple = further !== null;
  takeFiles(tile, async ([file, ...others]) => {
    showNote(tile, `Reading ${file.name} …`);
    if (others.length) further?.(others);
    await putFile(drawing, file, {
      finished: done,
      failed: (error) => {
        showNote(tile, error.message);
        failed(error);
      },
    });
  });
  return tile;
}

/** Puts a picture file in the place of what was drawn, then calls a listener. */
export async function putFile(drawing, file, { finished, failed }) {
  try {
    drawing.replaceBy(await server.shrunk(file));
  } catch (error) {
    return failed(error);
  }
  finished();
}

/** Shows a drawing on its tile, which must be in the page to have its colours. */
export function showDrawing(tile, drawing) {
  tile.classList.toggle("has-picture", drawing.picture !== null);
  tile.classList.toggle("empty", drawing.isEmpty);
  drawing.show(tile.querySelector("canvas"));
}

/** Says to those who cannot see it whose tile it is. */
export function nameTile(tile, name) {
  const labels = {
    canvas: `${name}: ${words.howToFill}`,
    ".undo": `Undo the last change of ${name}`,
    ".clear": `Clear ${name}`,
    ".upload input": `Upload a picture for ${name}`,
    ".camera input": `Take a photograph for ${name}`,
    ".remove-example": `Remove ${name}`,
  };
  tile.setAttribute("aria-label", name);
  for (const [selector, label] of Object.entries(labels)) {
    tile.querySelector(selector).setAttribute("aria-label", label);
  }
  for (const button of tile.querySelectorAll("button")) {
    button.title = button.getAttribute("aria-label");
  }
  for (const kind of [".upload", ".camera"]) {
    tile.querySelector(kind).title = labels[`${kind} input`];
  }
}

/** Shows what is wrong with a drawing, over it; "": nothing. */
export function showNote(tile, text) {
  tile.querySelector(".note").textContent = text;
}

/** Shows how much the network looked at a tile, [0, 1] or null, and if at none more. */
export function weighTile(tile, weight, isMost) {
  tile.classList.toggle("most", isMost);
  tile.style.setProperty("--attention", weight ?? 0);
  tile.querySelector(".weight").textContent = weight === null ? "" : percent(weight);
}

export function onClick(element, selector, action) {
  element.querySelector(selector).addEventListener("click", action);
}

export const percent = (share) => `${Math.round(100 * share)} %`;
