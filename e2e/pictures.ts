// JPEG files as cameras write them: with a note of where they were taken.
import type { Device } from "./device.ts";

const [START, NOTE, SCAN] = [0xd8, 0xe1, 0xda];

/** What a picture says besides what is seen: the text of its notes (EXIF, XMP); empty where there are none. */
export function picturePlace(jpeg: Buffer): string {
  if (jpeg[0] !== 0xff || jpeg[1] !== START) throw new Error("no JPEG");
  let said = "";
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== SCAN; ) {
    const marker = jpeg[at + 1] ?? 0;
    const length = jpeg.readUInt16BE(at + 2);
    const part = jpeg.toString("latin1", at + 4, at + 2 + length);
    // JFIF (APP0) and the table of colours say what a picture needs; all else, and every comment, is a note.
    const isNote = (marker >= NOTE && marker <= 0xef) || marker === 0xfe;
    if (isNote && !part.startsWith("ICC_PROFILE\0")) said += part;
    at += 2 + length;
  }
  return said;
}

/** The same picture, as a telephone held upright writes it: lying on its side, with the place in a note. */
export function withPlace(jpeg: Buffer): Buffer {
  const place = "GPS 9.0N 79.5W\0";
  const entry = (tag: number, type: number, count: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(tag, 0);
    bytes.writeUInt16BE(type, 2);
    bytes.writeUInt32BE(count, 4);
    if (type === 3) bytes.writeUInt16BE(value, 8);
    else bytes.writeUInt32BE(value, 8);
    return bytes;
  };
  const entries = [entry(0x010e, 2, place.length, 8 + 2 + 2 * 12 + 4), entry(0x0112, 3, 1, 6)];
  const head = Buffer.from("MM\0\x2a\0\0\0\x08\0\x02", "latin1");
  const [name, text] = [Buffer.from("Exif\0\0", "latin1"), Buffer.from(place, "latin1")];
  const body = Buffer.concat([name, head, ...entries, Buffer.alloc(4), text]);
  const marker = Buffer.from([0xff, NOTE, 0, 0]);
  marker.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}

/** A JPEG, wider than high. */
export async function drawnPicture(device: Device): Promise<Buffer> {
  const bytes = await device.page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1600, 1200];
    const context = canvas.getContext("2d");
    if (!context) throw new Error("nothing to draw on");
    for (let at = 0; at < 40; at += 1) {
      context.fillStyle = `hsl(${at * 9} 80% 50%)`;
      context.fillRect(at * 40, 0, 40, 1200);
    }
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
  });
  return Buffer.from(bytes);
}
