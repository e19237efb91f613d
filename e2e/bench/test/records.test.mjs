// The generator and the keystrokes decide every figure: these values may not change unnoticed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { keystrokes } from '../lib/keystrokes.mjs';
import { makeRecord, makeRecords, searchText } from '../lib/records.mjs';
import { p95, quantile, spread } from '../lib/statistics.mjs';

const SAMPLE = {
  given: 'Letay',
  middle: 'Volodymyr',
  family: 'Koramo',
  phone: '+254789382266',
  number: '01968053937',
};

test('a number always gives the same person', () => {
  const { given, middle, family, phone, documents } = makeRecord(4321);
  assert.deepEqual(makeRecords(2, 4320)[1], makeRecord(4321));
  assert.equal(searchText(makeRecord(4321)).split(' ').length, 8);
  assert.deepEqual({ given, middle, family, phone, number: documents[0].number }, SAMPLE);
});

test('a record weighs about 1.1 KB', () => {
  const bytes = Buffer.byteLength(JSON.stringify(makeRecord(1)));
  assert.ok(bytes > 1000 && bytes < 1200, String(bytes));
});

test('every second name is typed with one error and the first letters stay right', () => {
  const keys = keystrokes(1000);
  assert.equal(keys.length, 40);
  assert.equal(keys.filter((key) => key.typo).length, 20);
  assert.ok(keys.every((key) => key.steps[0].length === 2));
});

test('quantiles are interpolated and gaps are left out', () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(p95([]), null);
  assert.deepEqual(spread([3, null, 1, 2]), { median: 2, min: 1, max: 3, runs: 3 });
});
