// Made-up people. Nobody in this file exists.

/** A person as a caseworker types them. Sex, nationality and relationship are codes of the app's tables. */
export interface Person {
  given: string;
  surname1: string;
  surname2?: string;
  sex: "F" | "M" | "O" | "U";
  /** Day, month, year; or the year alone. */
  born?: [string, string, string] | string;
  nationality?: string[];
  document?: { type: string; number: string };
  phone?: string;
  relationship?: string;
}

export interface Family {
  people: [Person, ...Person[]];
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
      document: { type: "PASSPORT", number: "V-18.442.907" },
      phone: "+58 414 555 0147",
    },
    {
      given: "Luis Alberto",
      surname1: "Peña",
      surname2: "Ibáñez",
      sex: "M",
      born: ["2", "11", "1985"],
      nationality: ["VEN", "COL"],
      relationship: "HUS",
    },
    { given: "Ana Lucía", surname1: "Peña", surname2: "Márquez", sex: "F", born: ["30", "6", "2012"], relationship: "DAU" },
    { given: "José Gregorio", surname1: "Peña", surname2: "Márquez", sex: "M", born: ["9", "1", "2017"], relationship: "SON" },
    { given: "Rosa Elena", surname1: "Rondón", sex: "F", born: "1957", nationality: ["VEN"], relationship: "MOT" },
  ],
  address: "Casa azul frente a la escuela, Metetí",
  province: "PA-5",
  arrival: ["8", "11", "2026"],
  entryPoint: "bajo_chiquito",
};

/** A family of one, typed with little. */
export function alone(given: string, surname1: string): Family {
  return { people: [{ given, surname1, sex: "F", born: "1991" }] };
}

/** The name as the app shows it. */
export function nameOf(person: Person): string {
  return [person.given, person.surname1, person.surname2].filter(Boolean).join(" ");
}
