/** What the page says, by what the model is of: drawings or photographs. */

const of = document.documentElement.dataset.of; // The server writes it.

export const isOfPhotographs = of === "photographs";

const DRAWINGS = {
  title: "Teach by drawing – Meta Networks",
  tooFew: "Draw an example of at least two classes first.",
  yourTurn: "Now draw one of your classes again, here.",
  missing: "Draw here too: it takes two classes.",
  query: "the new drawing",
  howToFill: "arrows move the pen, Space puts it down and lifts it",
};

const PHOTOGRAPHS = {
  title: "Teach by photographs – Meta Networks",
  tooFew: "Add a photograph of at least two classes first.",
  yourTurn: "Now add another photograph of one of your classes, here.",
  missing: "Add one here too: it takes two classes.",
  query: "the new photograph",
  howToFill: "Enter chooses a photograph, Ctrl+V pastes one",
};

export const words = isOfPhotographs ? PHOTOGRAPHS : DRAWINGS;
