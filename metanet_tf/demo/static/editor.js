/** A large pad over the page, for fingers: a small one would draw when they scroll. */

import { makeTile, nameTile, onClick, showDrawing } from "./tile.js";

const dialog = document.getElementById("editor");

/**
 * Opens the pad.
 *
 * @param {Drawing} drawing
 * @param {string} title
 * @param {string} label of the tile.
 * @param {object} listener as of `makeTile`; and `removed`, or null if the drawing
 *     cannot be removed.
 */
export function openEditor(drawing, title, label, { removed, ...listener }) {
  const tile = makeTile(drawing, { ...listener, tapped: null });
  nameTile(tile, label);
  tile.querySelector(".remove-example").hidden = removed === null;
  onClick(tile, ".remove-example", (event) => {
    dialog.close();
    removed(event);
  });
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".slot").replaceChildren(tile);
  dialog.showModal();
  showDrawing(tile, drawing);
}

onClick(dialog, ".done", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // Beside it.
});
