/** The classes that are taught, kept in the browser. */

import { Drawing } from "./drawing.js";
import { shrunk } from "./pictures.js";
import * as server from "./server.js";

export const FEWEST_CLASSES = 2;
export const MOST_CLASSES = 10;
export const MOST_EXAMPLES = 5;

const KEY = "metanet-demo";
const FIRST_CLASSES = 3;

export class Lesson {
  /**
   * @param {?string} start which classes of the server these began as.
   * @param {{name: string, examples: Drawing[]}[]} classes
   */
  constructor(start = null, classes = []) {
    this.start = start;
    this.classes = classes;
    while (this.classes.length < FEWEST_CLASSES) this.addClass();
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

  /** Keeps the lesson in this browser. */
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

/** The lesson of the last visit; a new one if the server has other classes now. */
export async function restoredLesson() {
  const start = await server.start();
  const kept = keptLesson();
  const isCurrent = kept && (start.id === null || start.id === kept.start);
  return isCurrent ? kept : newLesson(start);
}

/** The lesson to begin with: the server's classes, or empty ones. */
export async function newLesson(start) {
  const { id, classes } = start ?? (await server.start());
  if (id !== null) return new Lesson(id, await Promise.all(classes.map(fetched)));
  const lesson = new Lesson();
  while (lesson.classes.length < FIRST_CLASSES) lesson.addClass();
  return lesson;
}

async function fetched({ name, examples }) {
  const files = await Promise.all(examples.map(server.startPicture));
  const pictures = await Promise.all(files.map(shrunk));
  return { name, examples: pictures.map((picture) => new Drawing({ picture })) };
}

function keptLesson() {
  try {
    const { start, classes } = JSON.parse(localStorage.getItem(KEY));
    return new Lesson(
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
