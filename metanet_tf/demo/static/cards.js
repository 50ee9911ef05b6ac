/** The cards of the classes, with a tile for each example. */

import { Drawing } from "./drawing.js";
import { FEWEST_CLASSES, MOST_CLASSES, MOST_EXAMPLES } from "./lesson.js";
import { makeTile, nameTile, onClick, showDrawing, weighTile } from "./tile.js";

const template = document.getElementById("class-template");
const list = document.getElementById("classes");
const addButton = document.getElementById("add-class");

export class Cards {
  /** @param {{changed: function(boolean), failed: function(Error)}} listener */
  constructor(listener) {
    this.listener = listener;
    this.tiles = new Map(); // Of drawings.
    addButton.addEventListener("click", () => {
      const added = this.lesson.addClass();
      this.changeCards();
      this.focusOn(added, ".name");
    });
  }

  show(lesson) {
    this.lesson = lesson;
    this.tiles.clear();
    list.replaceChildren(...lesson.classes.map((taught) => this.makeCard(taught)));
    addButton.disabled = lesson.classes.length >= MOST_CLASSES;
    this.redraw();
  }

  redraw() {
    this.tiles.forEach((tile, drawing) => showDrawing(tile, drawing));
  }

  /** Shows how much the network looked at each drawing: Map of weights in [0, 1]. */
  weigh(weights) {
    const most = Math.max(...weights.values());
    for (const [drawing, tile] of this.tiles) {
      const weight = weights.get(drawing) ?? null;
      weighTile(tile, weight, weight === most);
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
    more.hidden = tiles.length >= MOST_EXAMPLES;
    more.addEventListener("click", () => {
      taught.examples.push(new Drawing());
      this.changeCards();
      this.focusOn(taught, ".tile:last-child .pad");
    });
    nameCard(card, taught);
    return card;
  }

  makeTile(taught, drawing) {
    const tile = makeTile(drawing, this.listener);
    tile.querySelector(".remove-example").hidden = taught.examples.length < 2;
    onClick(tile, ".remove-example", () => {
      taught.examples.splice(taught.examples.indexOf(drawing), 1);
      this.changeCards();
      this.focusOn(taught, ".pad");
    });
    this.tiles.set(drawing, tile);
    return tile;
  }

  takeName(card, taught) {
    const input = card.querySelector(".name");
    input.value = taught.name;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("change", () => {
      taught.name = input.value.trim() || taught.name;
      input.value = taught.name;
      nameCard(card, taught);
      this.listener.changed(true);
    });
  }

  takeRemoval(card, taught) {
    const { classes } = this.lesson;
    card.querySelector(".remove-class").hidden = classes.length <= FEWEST_CLASSES;
    onClick(card, ".remove-class", () => {
      const index = classes.indexOf(taught);
      classes.splice(index, 1);
      this.changeCards();
      this.focusOn(classes[Math.min(index, classes.length - 1)], ".name");
    });
  }

  changeCards() {
    this.show(this.lesson);
    this.listener.changed(true);
  }

  /** Keeps those who use keys near where they were. */
  focusOn(taught, selector) {
    const card = list.children[this.lesson.classes.indexOf(taught)];
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
