// The time that a person needs for so many touches, keys and decisions: the keystroke-level model of Card, Moran and Newell
// (1980) with its usual values, and a typist of forty words a minute.

/** Seconds for each. A word is five characters: 40 × 5 keys in 60 s. */
export const SECONDS = {
  key: 60 / (40 * 5),
  // To find the place with the finger, and to touch it.
  tap: 1.1 + 0.2,
  swipe: 1.1 + 0.2,
  // To think once about each question and each button.
  decision: 1.35,
};

/** Words a minute at which a text is read aloud. */
const READING = 150;

/** Seconds for what was counted, without reading aloud. */
export function seconds(counts) {
  const { keys, taps, swipes, decisions } = counts;
  return keys * SECONDS.key + taps * SECONDS.tap + swipes * SECONDS.swipe + decisions * SECONDS.decision;
}

/** Seconds to read so many words aloud. */
export function readingAloud(words) {
  return (words / READING) * 60;
}
