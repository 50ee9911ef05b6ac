/** The panel with the answer. */

import { percent } from "./tile.js";

const byId = (id) => document.getElementById(id);
const template = byId("probability-template");
const NONE = "None of these";

/**
 * Says why there is no answer.
 *
 * @param {string} text
 * @param {string[]} names of the classes there are.
 * @param {boolean} isLooking whether there soon will be one.
 */
export function showRemark(text, names, isLooking = false) {
  showVerdict("", "");
  byId("remark").textContent = text;
  byId("remark").classList.toggle("looking", isLooking);
  hideLookedAt();
  byId("announcement").textContent = "";
  byId("probabilities").replaceChildren(...names.map((name) => row(name, null, false)));
}

/**
 * Shows an answer.
 *
 * @param {object} verdict of `server.answer`.
 * @param {{name: string, drawings: Drawing[]}[]} classes those that were asked about.
 */
export function showAnswer(verdict, classes) {
  const { probabilities } = verdict;
  const best = classes.findIndex(({ name }) => name === verdict.class);
  const isKnown = verdict.is_known !== false;
  const share = percent(probabilities[best]);
  showVerdict(isKnown ? verdict.class : NONE, isKnown ? share : "");
  const most = mostLookedAt(verdict, classes);
  byId("remark").classList.remove("looking");
  byId("remark").textContent = remark(verdict, isKnown, most);
  if (isKnown) showLookedAt(most);
  else hideLookedAt();
  byId("probabilities").replaceChildren(
    ...classes.map(({ name }, i) => row(name, probabilities[i], isKnown && i === best)),
  );
}

/** Reads the answer to those who cannot see it. */
export function announce() {
  byId("announcement").textContent =
    `${byId("verdict").textContent.trim()}. ${byId("remark").textContent} ` +
    byId("looked-at").textContent.trim();
}

/**
 * The class that the network looked at most, and its example that it did so.
 *
 * @returns {{name: string, drawing: Drawing, share: number}} `share`: weight of all
 *     examples of the class.
 */
export function mostLookedAt({ attention }, classes) {
  const shares = attention.map((weights) => weights.reduce((a, b) => a + b, 0));
  const i = largest(shares);
  const { name, drawings } = classes[i];
  return { name, drawing: drawings[largest(attention[i])], share: shares[i] };
}

const largest = (numbers) => numbers.indexOf(Math.max(...numbers));

function remark(verdict, isKnown, most) {
  if (!isKnown) {
    const similarity = verdict.max_similarity.toFixed(2);
    const nearest = `the nearest is ${verdict.class}, similarity ${similarity}`;
    return `It is unlike every example; ${nearest}.`;
  }
  if (most.name === verdict.class) return "";
  return `But it looked mostly at ${most.name}: it is not sure.`;
}

function showVerdict(name, share) {
  byId("verdict-class").textContent = name;
  byId("verdict-share").textContent = share;
}

/** Keeps its place, so that nothing moves. */
function hideLookedAt() {
  byId("looked-at").classList.add("absent");
  byId("looked-at").querySelector("figcaption").textContent = "";
}

function showLookedAt({ name, drawing, share }) {
  const figure = byId("looked-at");
  figure.classList.remove("absent");
  const canvas = figure.querySelector("canvas");
  canvas.setAttribute("aria-label", `Example of ${name}`);
  drawing.show(canvas);
  figure.querySelector("figcaption").textContent =
    `${percent(share)} of its attention was on ${name}, mostly on this example.`;
}

function row(name, probability, isBest) {
  const item = template.content.cloneNode(true).firstElementChild;
  item.classList.toggle("best", isBest);
  item.style.setProperty("--share", probability ?? 0);
  const label = item.querySelector(".probability-name");
  label.textContent = label.title = name;
  const share = item.querySelector(".probability-share");
  share.textContent = probability === null ? "" : percent(probability);
  return item;
}
