// uFuzzy: no index, one regular expression over every line, one typing error a word.
import uFuzzy from '@leeoniya/ufuzzy';
import { searchText } from '../lib/records.mjs';

export default function make() {
  const fuzzy = new uFuzzy({ intraMode: 1, intraIns: 1, intraSub: 1, intraTrn: 1, intraDel: 1 });
  const lines = [];
  const ids = [];
  const add = (id, line) => {
    ids.push(id);
    lines.push(line);
  };
  return {
    add,
    build(records) {
      for (const record of records) add(record.id, searchText(record));
    },
    search(text) {
      const [found, info, order] = fuzzy.search(lines, text, 0, 1000);
      if (!found) return [];
      const best = order ? order.slice(0, 20).map((nth) => info.idx[nth]) : found.slice(0, 20);
      return best.map((nth) => ids[nth]);
    },
  };
}
