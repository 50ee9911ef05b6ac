/** Ways to put a picture file on a tile: choose it, take it, drop it, paste it. */

/**
 * Takes the files that people put on a tile.
 *
 * @param {HTMLElement} tile its inputs of files choose some, or let a phone take one.
 * @param {function(File[]): Promise} take is called with at least one.
 */
export function takeFiles(tile, take) {
  for (const input of tile.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      if (input.files.length) await take([...input.files]);
      input.value = ""; // So that the same file can be chosen again.
    });
  }
  const mark = (isOver) => tile.classList.toggle("dropping", isOver);
  tile.addEventListener("dragover", () => mark(true));
  tile.addEventListener("dragleave", () => mark(false));
  tile.addEventListener("drop", ({ dataTransfer }) => {
    mark(false);
    if (dataTransfer.files.length) take([...dataTransfer.files]);
  });
  tile.addEventListener("paste", (event) => {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    take([...files]);
  });
}

/** Lets a click or Enter on an element choose a file. */
export function chooseBy(element, input) {
  element.addEventListener("click", () => input.click());
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    input.click();
  });
}

/** Gives a tile what is pasted while nothing has the focus. */
export function pasteTo(tile) {
  document.addEventListener("paste", (event) => {
    if (event.target !== document.body) return;
    tile.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: event.clipboardData }),
    );
  });
}

// A file that is dropped beside a tile would take the page's place.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
}
