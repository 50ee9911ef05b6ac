/** The page: asks the server again whenever a drawing has changed. */

import { announce, showAnswer, showRemark } from "./answer.js";
import { Cards } from "./cards.js";
import { Drawing } from "./drawing.js";
import { FEWEST_CLASSES, Lesson, newLesson, restoredLesson } from "./lesson.js";
import * as server from "./server.js";
import { makeTile, nameTile, showDrawing } from "./tile.js";

const query = new Drawing();
const whenAsked = oneAtATime(ask);
const queryTile = makeTile(query, { changed: whenAsked, failed: showError });
const cards = new Cards({ changed: lessonChanged, failed: showError });
let lesson = new Lesson();
let unsaved = null; // Why the lesson could not be kept.

function lessonChanged(isComplete) {
  if (!isComplete) return; // What half an example would teach is of no interest.
  save();
  whenAsked(true);
}

function save() {
  try {
    lesson.save();
    unsaved = null;
  } catch (error) {
    unsaved = error;
  }
}

/** Asks for an answer and shows it; announces it only after a complete stroke. */
async function ask(isComplete) {
  const classes = lesson.drawn();
  if (classes.length < FEWEST_CLASSES || query.isEmpty) {
    cards.weigh(new Map());
    showRemark(
      classes.length < FEWEST_CLASSES
        ? "Draw an example of at least two classes first."
        : "Now draw one of your classes again, here.",
    );
    return;
  }
  const answer = await server.answer(withPictures(classes), query.png());
  cards.weigh(weights(answer, classes));
  showAnswer(answer, classes);
  if (isComplete) announce(answer, classes);
}

function withPictures(classes) {
  return classes.map(({ name, drawings }) => ({
    name,
    examples: drawings.map((drawing) => drawing.png()),
  }));
}

function weights({ attention }, classes) {
  return new Map(
    classes.flatMap(({ drawings }, i) =>
      drawings.map((drawing, j) => [drawing, attention[i][j]]),
    ),
  );
}

/**
 * Keeps calls from overlapping: those that come meanwhile are one call afterwards.
 * Drawing is thus followed as fast as the server answers, and no faster.
 */
function oneAtATime(action) {
  let isRunning = false;
  let next = null;
  return async (argument) => {
    next = argument;
    if (isRunning) return;
    isRunning = true;
    while (next !== null) {
      const current = next;
      next = null;
      await attempt(() => action(current));
    }
    isRunning = false;
  };
}

async function attempt(action) {
  try {
    await action();
    showError(unsaved);
  } catch (error) {
    showError(error);
  }
}

function showError(error) {
  document.getElementById("error").textContent = error?.message ?? "";
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function onButton(id, action) {
  const button = document.getElementById(id);
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    await attempt(action);
    button.removeAttribute("aria-busy");
  });
}

function showLesson(shown) {
  lesson = shown;
  save();
  cards.show(lesson);
  showDrawing(queryTile, query);
  whenAsked(false);
}

/** In the colours of the scheme that has become the preferred one. */
function redraw() {
  cards.redraw();
  showDrawing(queryTile, query);
}

nameTile(queryTile, "the new drawing");
document.getElementById("query").append(queryTile);
onButton("start-over", async () => {
  query.clear();
  showLesson(await newLesson());
});
onButton("save-examples", async () =>
  download(await server.examplesZip(withPictures(lesson.drawn())), "my_classes.zip"),
);
onButton("export-model", async () =>
  download(await server.modelZip(withPictures(lesson.drawn())), "my_model.zip"),
);
await attempt(async () => showLesson(await restoredLesson()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
