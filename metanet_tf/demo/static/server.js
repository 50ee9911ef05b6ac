/** What the page asks the server. */

/**
 * Names a drawing by examples.
 *
 * @param {{name: string, examples: string[]}[]} classes examples are PNG data URLs.
 * @param {string} drawing PNG data URL.
 * @returns {Promise<object>} `class`, its name; `probabilities` of the classes;
 *     `attention`, for each class the weights of its examples; `familiar`, whether it
 *     looks like any of them, or null where the model cannot say.
 */
export async function answer(classes, drawing) {
  const request = { classes: bare(classes), drawing: content(drawing) };
  return (await post("answer", request)).json();
}

/** The examples as a zip file: Promise<Blob>. */
export async function examplesZip(classes) {
  return (await post("examples.zip", { classes: bare(classes) })).blob();
}

/** A SavedModel that knows the classes, as a zip file: Promise<Blob>. */
export async function modelZip(classes) {
  return (await post("model.zip", { classes: bare(classes) })).blob();
}

/** The classes that the server was started with: `id`, or null, and `classes`. */
export async function start() {
  return (await reached(fetch("start"))).json();
}

/** A picture that `start` names: Promise<Blob>. */
export async function startPicture(path) {
  return (await reached(fetch(path))).blob();
}

const content = (dataUrl) => dataUrl.slice(dataUrl.indexOf(",") + 1);

const bare = (classes) =>
  classes.map(({ name, examples }) => ({ name, examples: examples.map(content) }));

function post(path, body) {
  return reached(
    fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

async function reached(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Error("The server does not answer. Start bin/demo again.");
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error ?? `The server failed with code ${response.status}.`);
}
