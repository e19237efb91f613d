// Made-up people of about 1.1 KB of JSON each. The same number always gives the same person, in Node and in a browser,
// so that every store and every run holds the very same content.
import * as words from './words.mjs';

/** A small generator (mulberry32) of numbers from 0 up to 1. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Person number `i`. Draws happen in the order in which they are written here; keep it. */
export function makeRecord(i) {
  const next = generator(1000003 + i * 7919);
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  const digits = (count) => String(below(10 ** count)).padStart(count, '0');
  const twoDigits = (limit) => String(1 + below(limit)).padStart(2, '0');
  const family = () => words.SYLLABLES.map(pick).join('');

  const given = pick(words.GIVEN);
  const middle = pick(words.GIVEN);
  const surname = family();
  const father = pick(words.GIVEN);
  const mother = `${pick(words.GIVEN)} ${family()}`;
  let notes = '';
  while (notes.length < 250) notes += (notes ? ' ' : '') + pick(words.NOTES);
  return {
    id: `REG-${String(i).padStart(8, '0')}`,
    v: 1,
    given,
    middle,
    family: surname,
    father,
    mother,
    alias: `${pick(words.GIVEN)} ${surname.slice(0, 5)}`,
    dob: `${1940 + below(84)}-${twoDigits(12)}-${twoDigits(28)}`,
    dobEstimated: next() < 0.4,
    sex: next() < 0.5 ? 'F' : 'M',
    nationality: pick(words.NATIONALITIES),
    ethnicity: family(),
    religion: 'undisclosed',
    language: pick(words.LANGUAGES),
    household: `HH-${digits(7)}`,
    relation: pick(words.RELATIONS),
    maritalStatus: pick(words.MARITAL),
    documents: [
      { type: 'national-id', number: digits(11), issued: words.NATIONALITIES[0] },
      { type: 'ration-card', number: `RC${digits(8)}`, issued: 'WFP' },
    ],
    phone: `+2547${digits(8)}`,
    address: {
      camp: pick(words.CAMPS),
      block: `B${digits(2)}`,
      shelter: digits(4),
      origin: `${family()} district`,
    },
    education: pick(words.EDUCATION),
    occupation: pick(words.OCCUPATIONS),
    needs: [pick(words.NEEDS), pick(words.NEEDS)],
    consent: {
      share: next() < 0.7,
      at: `2026-03-0${1 + below(9)}T08:15:00Z`,
      by: `officer-${digits(3)}`,
    },
    arrival: `2026-02-${twoDigits(28)}`,
    createdAt: '2026-03-01T09:00:00Z',
    updatedAt: '2026-03-01T09:00:00Z',
    device: `tab-${digits(4)}`,
    notes,
  };
}

/** `count` people from number `from` on. */
export function makeRecords(count, from = 0) {
  return Array.from({ length: count }, (_, i) => makeRecord(from + i));
}

/** What search engines are given of a person. */
export function searchText(record) {
  const [first, second] = record.documents;
  const { given, middle, family, father, id, phone } = record;
  return [given, middle, family, father, id, phone, first.number, second.number].join(' ');
}
