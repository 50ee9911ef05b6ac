/** What the page asks the server. */

/** An error about one of the classes that were sent. */
export class CardError extends Error {
  constructor(message, index) {
    super(message);
    this.index = index;
  }
}

/**
 * Names a drawing by examples.
 *
 * @param {{name: string, drawings: Drawing[]}[]} classes
 * @param {?Drawing} drawing null: only teaches and checks the classes.
 * @returns {Promise<object>} `notes` on examples, each [index of the class, index in
 *     the class, text]; `remark`, why there is no verdict, or null; and `verdict`, or
 *     null: `class`, the most probable name; `probabilities` of the classes;
 *     `attention`, for each class the weights of its examples; `is_known`, whether it
 *     looks like any of them, or null where the model cannot say. Probabilities and
 *     weights of blank examples are null.
 */
export async function answer(classes, drawing) {
  const request = { ...bare(classes), drawing: drawing && drawing.content() };
  return (await post("answer", request)).json();
}

/** The examples as a zip file: Promise<Blob>. */
export async function examplesZip(classes) {
  return (await post("examples.zip", bare(classes))).blob();
}

/** A SavedModel that knows the classes, as a zip file: Promise<Blob>. */
export async function modelZip(classes) {
  return (await post("model.zip", bare(classes))).blob();
}

/** A small picture of a file of any format that the server reads: data URL. */
export async function shrunk(file) {
  const path = `picture?name=${encodeURIComponent(file.name)}`;
  const response = await reached(fetch(path, { method: "POST", body: file }));
  return dataUrl(await response.blob());
}

/** The classes that the server was started with: `id`, or null, and `classes`. */
export async function initialClasses() {
  return (await reached(fetch("initial_classes"))).json();
}

/** A picture that `initialClasses` names: data URL. */
export async function initialPicture(path) {
  return dataUrl(await (await reached(fetch(path))).blob());
}

function bare(classes) {
  return {
    classes: classes.map(({ name, drawings }) => ({
      name,
      examples: drawings.map((drawing) => drawing.content()),
    })),
  };
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

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
  const failure = await response.json().catch(() => ({}));
  const message = failure.error ?? `The server failed with code ${response.status}.`;
  throw "class" in failure ? new CardError(message, failure.class) : new Error(message);
}
