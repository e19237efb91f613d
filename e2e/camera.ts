// What stands before a device's camera: pictures of a screen, as another device shows it. Chromium plays them to the
// camera's user from a file, over and over, from the moment the camera is opened.
import { type Locator, type Page, expect } from "@playwright/test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "./device.ts";

/** What the app asks a camera for: nothing is cut off or made smaller then. */
const FRAME = { width: 1280, height: 960 };
/** Chromium plays 30 pictures a second: each stands for a fifth of one, so that a reader sees it twice. */
const STAYS = 6;
/** Side of a code in the picture. */
const SIDE = 560;

export class Scene {
  readonly #folder = mkdtempSync(join(tmpdir(), "amparo-camera-"));
  /** Hand it to the device whose camera it is: `unpack({ camera: scene.file })`. */
  readonly file = join(this.#folder, "scene.mjpeg");
  readonly #studio: Page;

  private constructor(studio: Page) {
    this.#studio = studio;
  }

  /** A dark scene. A page of `device`, which is not the one with the camera, puts the pictures together. */
  static async dark(device: Device): Promise<Scene> {
    const studio = await device.context.newPage();
    await studio.setViewportSize(FRAME);
    const scene = new Scene(studio);
    await scene.show([]);
    return scene;
  }

  /** From the next opening of the camera on it sees these pictures, one after the other. */
  async show(pictures: Buffer[]): Promise<void> {
    const frames: Buffer[] = [];
    for (const picture of pictures.length > 0 ? pictures : [null]) {
      const seen = picture ? `<img src="data:image/png;base64,${picture.toString("base64")}" height="${SIDE}">` : "";
      await this.#studio.setContent(
        `<body style="margin:0;block-size:100vh;display:grid;place-items:center;background:#555">${seen}</body>`,
      );
      await this.#studio.evaluate(async () => {
        await Promise.all([...document.images].map((image) => image.decode()));
      });
      frames.push(await this.#studio.screenshot({ type: "jpeg", quality: 90 }));
    }
    const film = Buffer.concat(frames.flatMap((frame) => Array<Buffer>(STAYS).fill(frame)));
    // Whoever plays the old one goes on with it.
    const fresh = `${this.file}.new`;
    writeFileSync(fresh, film);
    renameSync(fresh, this.file);
  }

  /** Sees a code as it stands on another screen. */
  async showCode(code: Locator): Promise<void> {
    await this.show([await code.screenshot({ type: "png" })]);
  }

  /** Sees a code that changes, for as many changes: by itself, or as `next` changes it. */
  async film(code: Locator, changes: number, next?: (nth: number) => Promise<void>): Promise<void> {
    const path = code.locator("path");
    const pictures: Buffer[] = [];
    let last: string | null = null;
    for (let nth = 0; nth < changes; nth++) {
      await next?.(nth);
      await expect(path).not.toHaveAttribute("d", last ?? "", { timeout: 10_000 });
      last = await path.getAttribute("d");
      pictures.push(await code.screenshot({ type: "png", animations: "disabled" }));
    }
    await this.show(pictures);
  }

  async end(): Promise<void> {
    await this.#studio.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
