/** Pictures that people upload. */

import { SIDE } from "./drawing.js";

/**
 * Makes a small PNG file of a picture file.
 *
 * It keeps its shape and its transparency: the server finds the paper by the border.
 *
 * @param {Blob} file of a format that the browser knows.
 * @returns {Promise<string>} data URL.
 */
export async function shrunk(file) {
  const picture = await decoded(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL("image/png");
}

async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(
      `${file.name ?? "A picture"} cannot be read. Choose an undamaged PNG, JPEG, ` +
        "WebP or BMP file.",
    );
  }
}
