/** The cards of the classes, with a tile for each example. */

import { Drawing } from "./drawing.js";
import { openEditor } from "./editor.js";
import { offerUndo, withdrawUndo } from "./messages.js";
import { MIN_CLASSES, MAX_CLASSES, MAX_EXAMPLES } from "./support_set.js";
import {
  makeTile,
  nameTile,
  onClick,
  putFile,
  showDrawing,
  showNote,
  weighTile,
} from "./tile.js";

const template = document.getElementById("class-template");
const list = document.getElementById("classes");
const addButton = document.getElementById("add-class");

export class Cards {
  /** @param {{changed: function(), finished: function()}} listener as of `makePad`. */
  constructor(listener) {
    this.listener = listener;
    this.tiles = new Map(); // Of drawings.
    this.failures = new Map(); // Why drawings could not be uploaded.
    addButton.addEventListener("click", () => {
      withdrawUndo();
      const added = this.supportSet.addClass();
      this.changeCards();
      this.focusOn(added, ".name");
    });
  }

  show(supportSet) {
    this.supportSet = supportSet;
    this.tiles.clear();
    const { classes } = supportSet;
    list.replaceChildren(...classes.map((taught) => this.makeCard(taught)));
    addButton.disabled = classes.length >= MAX_CLASSES;
    this.redraw();
  }

  redraw() {
    this.tiles.forEach((tile, drawing) => showDrawing(tile, drawing));
  }

  /**
   * Shows how much the network looked at each drawing.
   *
   * @param {Map<Drawing, number>} weights in [0, 1].
   * @param {?Drawing} most the one that speaks most for the answer.
   */
  weigh(weights, most = null) {
    for (const [drawing, tile] of this.tiles) {
      weighTile(tile, weights.get(drawing) ?? null, drawing === most);
    }
  }

  /** Shows what is wrong with drawings: Map of texts. */
  showNotes(notes) {
    for (const [drawing, tile] of this.tiles) {
      showNote(tile, this.failures.get(drawing) || notes.get(drawing) || "");
    }
  }

  makeCard(taught) {
    const card = template.content.cloneNode(true).firstElementChild;
    const tiles = taught.examples.map((drawing) => this.makeTile(taught, drawing));
    card.querySelector(".examples").replaceChildren(...tiles);
    card.classList.toggle("wide", tiles.length > 1);
    this.takeName(card, taught);
    this.takeRemoval(card, taught);
    const more = card.querySelector(".add-example");
    more.hidden = tiles.length >= MAX_EXAMPLES;
    more.addEventListener("click", () => {
      withdrawUndo();
      taught.examples.push(new Drawing());
      this.changeCards();
      this.focusOn(taught, ".tile:last-child .pad");
    });
    nameCard(card, taught);
    return card;
  }

  makeTile(taught, drawing) {
    const further = (files) => this.addPictures(taught, files);
    const listener = { ...this.listenerOf(drawing), further };
    const removed = taught.examples.length < 2 ? null : this.removal(taught, drawing);
    const tapped = () => {
      const label = this.tiles.get(drawing).getAttribute("aria-label");
      openEditor(drawing, taught.name, label, { ...listener, removed });
    };
    const tile = makeTile(drawing, { ...listener, tapped });
    tile.querySelector(".remove-example").hidden = removed === null;
    onClick(tile, ".remove-example", removed);
    this.tiles.set(drawing, tile);
    return tile;
  }

  listenerOf(drawing) {
    // It may be drawn in the editor, or read for a tile that has gone meanwhile.
    const onTile = (action) => {
      const tile = this.tiles.get(drawing);
      if (tile) action(tile);
    };
    const fail = (text) => {
      this.failures.set(drawing, text);
      onTile((tile) => showNote(tile, text));
    };
    return {
      changed: () => {
        fail("");
        this.listener.changed();
      },
      finished: () => {
        onTile((tile) => showDrawing(tile, drawing));
        this.listener.finished();
      },
      failed: (error) => fail(error.message),
    };
  }

  /** Makes a further example of each file, as far as there is room for them. */
  async addPictures(taught, files) {
    const { examples } = taught;
    const added = files
      .slice(0, MAX_EXAMPLES - examples.length)
      .map((file) => [new Drawing(), file]);
    examples.push(...added.map(([drawing]) => drawing));
    this.changeCards();
    await Promise.all(
      added.map(([drawing, file]) => {
        const { changed, finished, failed } = this.listenerOf(drawing);
        const shown = () => (changed(), finished());
        return putFile(drawing, file, { finished: shown, failed });
      }),
    );
    const leftOut = files.slice(added.length).map(({ name }) => name);
    if (leftOut.length) {
      const text = `At most ${MAX_EXAMPLES} examples. Left out: ${leftOut.join(", ")}.`;
      this.listenerOf(examples.at(-1)).failed(new Error(text));
    }
  }

  removal({ examples, name }, drawing) {
    return (event) => this.remove(event, examples, drawing, `an example of ${name}`);
  }

  takeName(card, taught) {
    const input = card.querySelector(".name");
    input.value = input.title = taught.name;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("change", () => {
      taught.name = input.value.trim() || taught.name;
      input.value = input.title = taught.name;
      nameCard(card, taught);
      this.listener.changed();
      this.listener.finished();
    });
  }

  takeRemoval(card, taught) {
    const { classes } = this.supportSet;
    card.querySelector(".remove-class").hidden = classes.length <= MIN_CLASSES;
    onClick(card, ".remove-class", (event) => {
      this.remove(event, classes, taught, taught.name);
    });
  }

  /** Removes an element of a list, and offers to put it back. */
  remove(event, elements, element, name) {
    const index = elements.indexOf(element);
    elements.splice(index, 1);
    this.changeCards();
    list.querySelector(".pad").focus({ preventScroll: true });
    offerUndo(event, `Removed ${name}.`, () => {
      elements.splice(index, 0, element);
      this.changeCards();
    });
  }

  changeCards() {
    this.show(this.supportSet);
    this.listener.changed();
    this.listener.finished();
  }

  /** Keeps those who use keys near where they were. */
  focusOn(taught, selector) {
    const card = list.children[this.supportSet.classes.indexOf(taught)];
    card.querySelector(selector).focus();
  }
}

function nameCard(card, { name, examples }) {
  card.querySelector(".name").setAttribute("aria-label", `Name of class ${name}`);
  const remove = card.querySelector(".remove-class");
  remove.title = `Remove class ${name}`;
  remove.setAttribute("aria-label", remove.title);
  const more = card.querySelector(".add-example");
  more.setAttribute("aria-label", `Example: add another of ${name}`);
  card.querySelectorAll(".tile").forEach((tile, index) => {
    const number = examples.length > 1 ? ` ${index + 1}` : "";
    nameTile(tile, `example${number} of ${name}`);
  });
}
