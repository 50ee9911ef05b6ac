/** The page: asks the server again whenever a drawing has changed. */

import { announce, mostLookedAt, showAnswer, showRemark } from "./answer.js";
import { oneAtATime } from "./asking.js";
import { Cards } from "./cards.js";
import { onDownload } from "./downloads.js";
import { Drawing } from "./drawing.js";
import { offerUndo, showError } from "./messages.js";
import { pasteTo } from "./picture_files.js";
import * as server from "./server.js";
import {
  MIN_CLASSES,
  SupportSet,
  newSupportSet,
  restoredSupportSet,
} from "./support_set.js";
import { makeTile, nameTile, showDrawing, showNote } from "./tile.js";
import { words } from "./words.js";

const LOOKING = "Looking …";
const SEE_CARD = "A class needs a change first: its card says which.";

const query = new Drawing();
const asking = oneAtATime(() => attempt(ask));
const queryTile = makeTile(query, {
  changed: () => {
    changed();
    asking.soon();
  },
  finished,
  failed: () => {}, // The tile says it.
  further: null,
});
const cards = new Cards({
  changed, // What half an example would teach is of no interest.
  finished: () => {
    save();
    finished();
  },
});
let supportSet = new SupportSet();
let unsaved = null; // Why the classes could not be kept.
let changes = 0; // What was asked before the last of them is not shown.
let isFinished = false; // The last stroke.
let shown = null; // The answer to what is to be seen: verdict and classes.

/** Takes an answer away that is no longer about what is to be seen. */
function changed() {
  changes += 1;
  isFinished = false;
  shown = null;
  const classes = supportSet.drawn();
  cards.weigh(new Map());
  showRemark(obstacle(classes) ?? LOOKING, names(classes), obstacle(classes) === null);
}

/** Asks, unless the answer is there; announces it only after a complete stroke. */
function finished() {
  isFinished = true;
  if (shown) announce();
  else asking.now();
}

/** Why there is nothing to answer, or null. */
function obstacle(classes) {
  if (classes.length < MIN_CLASSES) return words.tooFew;
  return query.isEmpty ? words.yourTurn : null;
}

/** Asks for an answer; without a drawing only for what is wrong with the classes. */
async function ask() {
  const classes = supportSet.drawn();
  const asked = changes;
  if (classes.length === 0) return cards.showNotes(new Map());
  const drawing = query.isEmpty ? null : query;
  const answer = await server.answer(classes, drawing).catch((error) => {
    if (asked === changes) fail(error, classes);
    throw error;
  });
  if (asked === changes) show(answer, classes);
}

function show({ notes, remark, verdict }, classes) {
  const said = notes.map(([i, j, text]) => [at(classes, i, j), text]);
  cards.showNotes(new Map([...missing(classes), ...said]));
  if (verdict === null) {
    const text = obstacle(classes) === words.tooFew ? words.tooFew : remark;
    return showRemark(text ?? words.yourTurn, names(classes));
  }
  cards.weigh(weights(verdict, classes), best(verdict, classes));
  showAnswer(verdict, classes);
  shown = { verdict, classes };
  if (isFinished) announce();
}

function best(verdict, classes) {
  return verdict.is_known === false ? null : mostLookedAt(verdict, classes).drawing;
}

function fail(error, classes) {
  const isAboutCard = error instanceof server.CardError;
  showRemark(isAboutCard ? SEE_CARD : "There is no answer.", names(classes));
  if (isAboutCard) {
    cards.showNotes(new Map([[at(classes, error.index, 0), error.message]]));
  }
}

/** A note at the next class to be drawn, while there is one alone. */
function missing(classes) {
  if (classes.length >= MIN_CLASSES) return [];
  return [[supportSet.firstMissing(), words.missing]];
}

const at = (classes, i, j) => classes[i].drawings[j];
const names = (classes) => classes.map(({ name }) => name);

function weights({ attention }, classes) {
  return new Map(
    classes.flatMap(({ drawings }, i) =>
      drawings.map((drawing, j) => [drawing, attention[i][j]]),
    ),
  );
}

/** Shows why an action has failed, unless a card says it; gives what it returns. */
async function attempt(action) {
  try {
    const result = await action();
    showError(unsaved);
    return result;
  } catch (error) {
    showError(error instanceof server.CardError ? null : error);
    return null;
  }
}

function save() {
  try {
    supportSet.save();
    unsaved = null;
  } catch (error) {
    unsaved = error;
  }
}

function showSupportSet(next) {
  supportSet = next;
  save();
  cards.show(supportSet);
  showDrawing(queryTile, query);
  changed();
  finished();
}

/** In the colours of the scheme that has become the preferred one. */
function redraw() {
  cards.redraw();
  showDrawing(queryTile, query);
  if (shown) showAnswer(shown.verdict, shown.classes);
}

async function startOver(event) {
  const before = supportSet;
  const next = await newSupportSet();
  query.clear();
  showSupportSet(next);
  offerUndo(event, "Started over.", () => {
    query.undo();
    showSupportSet(before);
  });
}

function onDownloadOf(id, request, name) {
  onDownload(document.getElementById(id), () =>
    attempt(async () => {
      const classes = supportSet.drawn();
      if (classes.length < MIN_CLASSES) throw new Error(words.tooFew);
      return { blob: await request(classes), name };
    }),
  );
}

document.title = words.title;
nameTile(queryTile, words.query);
pasteTo(queryTile);
document.getElementById("query").append(queryTile);
document
  .getElementById("start-over")
  .addEventListener("click", (event) => attempt(() => startOver(event)));
onDownloadOf("save-examples", server.examplesZip, "my_classes.zip");
onDownloadOf("export-model", server.modelZip, "my_model.zip");
await attempt(async () => showSupportSet(await restoredSupportSet()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
