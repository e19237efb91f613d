// Made-up people. Nobody in this file exists.

/** A person as a caseworker types them. What is chosen is given as codes of the app's tables. */
export interface Person {
  given: string;
  surname1: string;
  surname2?: string;
  sex: "F" | "M" | "O" | "U";
  /** Day, month, year; or the year alone. */
  born?: [string, string, string] | string;
  nationality?: string[];
  origin?: string;
  document?: { type: string; number: string };
  phone?: string;
  relationship?: string;
  /** The main language, and that of an interview. */
  language?: string;
  /** What is not told here is as the focal point's, by one tap. */
  sameAsFocal?: boolean;
  status?: string;
  fears?: boolean;
  /** How the birth was registered. */
  birth?: string;
  /** Name of the adult who answers for a child. */
  responsible?: string;
  /** Nobody sees a need to note. */
  noNeeds?: boolean;
  /** Agrees to be registered, by word before this witness. */
  consents?: string;
}

export interface Family {
  people: [Person, ...Person[]];
  /** Answers everything that stage e2 needs. */
  complete?: boolean;
  address?: string;
  province?: string;
  arrival?: [string, string, string];
  entryPoint?: string;
}

/** The family of the deed: five people, the focal point first. */
export const MARQUEZ: Family = {
  people: [
    {
      given: "Yesenia del Carmen",
      surname1: "Márquez",
      surname2: "Rondón",
      sex: "F",
      born: ["14", "3", "1988"],
      nationality: ["VEN"],
      origin: "VEN",
      language: "spa",
      status: "ASR",
      fears: true,
      document: { type: "PASSPORT", number: "V-18.442.907" },
      phone: "+58 414 555 0147",
      noNeeds: true,
      consents: "Omaira Chanapi",
    },
    {
      given: "Luis Alberto",
      surname1: "Peña",
      surname2: "Ibáñez",
      sex: "M",
      born: ["2", "11", "1985"],
      nationality: ["VEN", "COL"],
      relationship: "HUS",
      sameAsFocal: true,
      noNeeds: true,
      fears: true,
    },
    {
      given: "Ana Lucía",
      surname1: "Peña",
      surname2: "Márquez",
      sex: "F",
      born: ["30", "6", "2012"],
      relationship: "DAU",
      sameAsFocal: true,
      noNeeds: true,
      birth: "reg_origin",
      responsible: "Yesenia del Carmen Márquez Rondón",
    },
    {
      given: "José Gregorio",
      surname1: "Peña",
      surname2: "Márquez",
      sex: "M",
      born: ["9", "1", "2017"],
      relationship: "SON",
      sameAsFocal: true,
      noNeeds: true,
      birth: "reg_origin",
      responsible: "Yesenia del Carmen Márquez Rondón",
    },
    {
      given: "Rosa Elena",
      surname1: "Rondón",
      sex: "F",
      born: "1957",
      relationship: "MOT",
      sameAsFocal: true,
      noNeeds: true,
      fears: true,
    },
  ],
  complete: true,
  address: "Casa azul frente a la escuela, Metetí",
  province: "PA-5",
  arrival: ["8", "11", "2026"],
  entryPoint: "bajo_chiquito",
};

/** A family of one who answers everything that stage e2 needs. */
export const MARIE: Family = {
  people: [
    {
      given: "Marie Rose",
      surname1: "Desrosiers",
      sex: "F",
      born: ["3", "5", "1991"],
      nationality: ["HTI"],
      origin: "HTI",
      language: "hat",
      status: "UNK",
      fears: true,
      noNeeds: true,
      consents: "Omaira Chanapi",
    },
  ],
  complete: true,
  province: "PA-5",
  arrival: ["8", "11", "2026"],
};

/** A family of one, typed with little: the rest is asked another day. */
export function alone(given: string, surname1: string): Family {
  return { people: [{ given, surname1, sex: "F", born: "1991" }] };
}

/** The name as the app shows it. */
export function nameOf(person: Person): string {
  return [person.given, person.surname1, person.surname2].filter(Boolean).join(" ");
}
