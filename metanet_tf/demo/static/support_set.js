/** The classes that are taught, kept in the browser. */

import { Drawing } from "./drawing.js";
import * as server from "./server.js";
import { isOfPhotographs } from "./words.js";

export const MIN_CLASSES = 2;
export const MAX_CLASSES = 10;
export const MAX_EXAMPLES = 5;

const KEY = isOfPhotographs ? "metanet-demo-photographs" : "metanet-demo";
const FIRST_CLASSES = 3;

export class SupportSet {
  /**
   * @param {?string} start which classes of the server these began as.
   * @param {{name: string, examples: Drawing[]}[]} classes
   */
  constructor(start = null, classes = []) {
    this.start = start;
    this.classes = classes;
    while (this.classes.length < MIN_CLASSES) this.addClass();
  }

  addClass() {
    const names = new Set(this.classes.map(({ name }) => name));
    let number = 1;
    while (names.has(`Class ${number}`)) number += 1;
    const added = { name: `Class ${number}`, examples: [new Drawing()] };
    this.classes.push(added);
    return added;
  }

  /** Classes that have been drawn, with their drawings: { name, drawings }. */
  drawn() {
    return this.classes
      .map(({ name, examples }) => ({
        name,
        drawings: examples.filter((drawing) => !drawing.isEmpty),
      }))
      .filter(({ drawings }) => drawings.length > 0);
  }

  /** The first example of the first class that has none yet; undefined if all have. */
  firstMissing() {
    const isMissing = ({ examples }) => examples.every((drawing) => drawing.isEmpty);
    return this.classes.find(isMissing)?.examples[0];
  }

  /** Keeps the classes in this browser. */
  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this));
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      throw new Error(
        "This browser has no room to keep all of the pictures. Save the examples.",
      );
    }
  }
}

/** The classes of the last visit; new ones if the server has others now. */
export async function restoredSupportSet() {
  const initial = await server.initialClasses();
  const kept = keptSupportSet();
  const isCurrent = kept && (initial.id === null || initial.id === kept.start);
  return isCurrent ? kept : newSupportSet(initial);
}

/** The classes to begin with: the server's, or empty ones. */
export async function newSupportSet(initial) {
  const { id, classes } = initial ?? (await server.initialClasses());
  if (id !== null) return new SupportSet(id, await Promise.all(classes.map(fetched)));
  const supportSet = new SupportSet();
  while (supportSet.classes.length < FIRST_CLASSES) supportSet.addClass();
  return supportSet;
}

async function fetched({ name, examples }) {
  const pictures = await Promise.all(examples.map(server.initialPicture));
  return { name, examples: pictures.map((picture) => new Drawing({ picture })) };
}

function keptSupportSet() {
  try {
    const { start, classes } = JSON.parse(localStorage.getItem(KEY));
    return new SupportSet(
      start,
      classes.map(({ name, examples }) => ({
        name,
        examples: examples.map((example) => new Drawing(example)),
      })),
    );
  } catch {
    return null; // Nothing is kept, or by another version of this page.
  }
}
