// Runs the keystroke script on a bare search engine that stores nothing.
import { makeRecords } from '../lib/records.mjs';
import { type } from './harness.js';

/** Puts `window.H` in place for an engine made by `make`. */
export function install(make) {
  let engine;
  window.H = {
    ready: Promise.resolve(true),
    /** Milliseconds to make `count` people searchable. */
    build(count) {
      const records = makeRecords(count);
      const start = performance.now();
      engine = make();
      engine.build(records);
      return performance.now() - start;
    },
    memory: () => 0,
    type: (count) => type(engine, count),
  };
}
