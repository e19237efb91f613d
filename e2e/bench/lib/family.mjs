// The family of five that every count of taps is made with: mother, father, three children, from Venezuela; only the mother
// has a paper. Nobody in this file exists.

/** What a caseworker asks the mother and is told. */
export const MOTHER = {
  given: 'Yesenia Carolina',
  surname1: 'Marcano',
  surname2: 'Rivas',
  sex: 'F',
  age: '34',
  born: ['14', '3', '1992'],
  phone: '04145550147',
  passport: '152443907',
};

export const FATHER = { given: 'Luis Alberto', surname1: 'Salazar', surname2: 'Brito', sex: 'M', born: ['2', '11', '1988'], relation: 'HUS' };

export const CHILDREN = [
  { given: 'Ana Gabriela', surname1: 'Salazar', surname2: 'Marcano', sex: 'F', born: ['30', '6', '2013'], relation: 'DAU' },
  { given: 'Jesus David', surname1: 'Salazar', surname2: 'Marcano', sex: 'M', born: ['9', '1', '2017'], relation: 'SON' },
  { given: 'Valeria', surname1: 'Salazar', surname2: 'Marcano', sex: 'F', born: ['21', '8', '2022'], relation: 'DAU' },
];

/** Where and when they came. */
export const PLACE = { arrived: ['18', '11', '2026'], province: 'PA-5', entry: 'bajo_chiquito' };

/** Who heard the mother agree. */
export const WITNESS = 'Omaira Chanapi';

/** What was typed on the search page before anybody is registered. */
export const SEARCHED = `${MOTHER.given} ${MOTHER.surname1} ${MOTHER.surname2}`;
