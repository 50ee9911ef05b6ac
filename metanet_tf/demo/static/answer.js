/** The panel with the answer. */

import { percent } from "./tile.js";

const byId = (id) => document.getElementById(id);
const template = byId("probability-template");
const STRANGE = "It looks unlike every example: perhaps none of these.";

/** Says what to do while there is no answer. */
export function showRemark(text) {
  byId("verdict").hidden = byId("looked-at").hidden = true;
  byId("remark").textContent = text;
  byId("announcement").textContent = "";
  byId("probabilities").replaceChildren();
}

/**
 * Shows an answer.
 *
 * @param {object} answer of `server.answer`.
 * @param {{name: string, drawings: Drawing[]}[]} classes those that were asked about.
 */
export function showAnswer(answer, classes) {
  const names = classes.map(({ name }) => name);
  const best = names.indexOf(answer.class);
  byId("verdict").hidden = false;
  byId("verdict-class").textContent = answer.class;
  byId("verdict-share").textContent = percent(answer.probabilities[best]);
  byId("remark").textContent =
    answer.familiar === false ? STRANGE : "";
  showLookedAt(mostLookedAt(answer, classes));
  byId("probabilities").replaceChildren(
    ...names.map((name, i) => row(name, answer.probabilities[i], i === best)),
  );
}

/** Reads the answer to those who cannot see it. */
export function announce(answer, classes) {
  const best = answer.probabilities[classes.findIndex((c) => c.name === answer.class)];
  const { name, weight } = mostLookedAt(answer, classes);
  byId("announcement").textContent =
    `${answer.class}, ${percent(best)}. ${byId("remark").textContent} ` +
    `Looked mostly at an example of ${name}, ${percent(weight)}.`;
}

function mostLookedAt({ attention }, classes) {
  const examples = classes.flatMap(({ name, drawings }, i) =>
    drawings.map((drawing, j) => ({ name, drawing, weight: attention[i][j] })),
  );
  return examples.reduce((most, next) => (next.weight > most.weight ? next : most));
}

function showLookedAt({ name, drawing, weight }) {
  const figure = byId("looked-at");
  figure.hidden = false;
  const canvas = figure.querySelector("canvas");
  canvas.setAttribute("aria-label", `Example of ${name}`);
  drawing.show(canvas);
  figure.querySelector("figcaption").textContent =
    `It looked mostly at this example of ${name}: ${percent(weight)} of its attention.`;
}

function row(name, probability, isBest) {
  const item = template.content.cloneNode(true).firstElementChild;
  item.classList.toggle("best", isBest);
  item.style.setProperty("--share", probability);
  item.querySelector(".probability-name").textContent = name;
  item.querySelector(".probability-share").textContent = percent(probability);
  return item;
}
