/** Buttons that bring a file. */

const SECONDS_SHOWN = 2; // That it is done.
const SECONDS_KEPT = 120; // Safari reads a file some time after the click.

/**
 * Makes a button bring a file, and show how far it is.
 *
 * It keeps the focus while it does nothing more, which `disabled` would take away.
 *
 * @param {HTMLButtonElement} button its data-busy and data-done are labels.
 * @param {function(): Promise<{blob: Blob, name: string}>} action
 */
export function onDownload(button, action) {
  const label = button.querySelector(".label");
  const idle = label.textContent;
  let timer = null;
  const show = (text, isBusy) => {
    clearTimeout(timer);
    label.textContent = text;
    button.setAttribute("aria-busy", String(isBusy));
    button.setAttribute("aria-disabled", String(isBusy));
  };
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    show(button.dataset.busy, true);
    const file = await action();
    show(file ? button.dataset.done : idle, false);
    if (file) download(file);
    timer = setTimeout(show, SECONDS_SHOWN * 1000, idle, false);
  });
}

function download({ blob, name }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SECONDS_KEPT * 1000);
}
