// What made-up people are made of. Order and contents are part of the records: changing either changes every figure.

export const GIVEN = `Mohammed Ahmed Fatima Aisha Hassan Hussein Omar Yusuf Ibrahim Khadija Maryam Zainab Abdi Amina Halima
  Ismail Mahmoud Layla Samira Tariq Rania Nadia Karim Jamal Salma Olena Oksana Dmytro Andriy Iryna Kateryna Mykola Tetiana
  Volodymyr Natalia Jean Marie Pierre Chantal Esperance Innocent Claudine Emmanuel Josephine Alphonse Grace Deng Achol
  Nyandeng Garang Akuol Majok Nyamal Gatluak Ayen Bol Maria Jose Carlos Luisa Andrea Diego Valentina Miguel Camila Juan Rosa
  Gulalai Farid Shabnam Najib Zahra Habib Mina Rahim Nur Begum Rohima Kamal Anwara Yasmin Tekle Selam Abebe Hiwot Dawit Meron
  Berhane Senait Tesfaye Letay`.split(/\s+/);

/** Family names are put together from three syllables. */
export const SYLLABLES = [
  'Al Ba Be Da Do El Fa Ga Ha Hu Ja Ka Ko La Ma Mu Na Ni Os Qa Ra Sa Sha Su Ta Te Wa Ya Za Zu',
  'ba bi da di fa ga ha ja ka ko la li ma mi na no ra ri sa shi ta ti wa ya za mbe nde lle',
  'd n r m wi ni chuk enko zadeh khan ri ssa le ye mo gua rez lan din bo',
].map((list) => list.split(' '));

export const NATIONALITIES = 'SYR SSD AFG UKR VEN COD SOM MMR ERI SDN CAF BDI'.split(' ');
export const LANGUAGES = 'ar so uk prs fr es sw my ti'.split(' ');
export const RELATIONS = 'head spouse son daughter parent other'.split(' ');
export const MARITAL = 'single married widowed divorced'.split(' ');
export const CAMPS = 'Kakuma Zaatari Dadaab Bidibidi Moria Cox'.split(' ');
export const EDUCATION = 'none primary secondary tertiary'.split(' ');
export const OCCUPATIONS = 'farmer teacher trader nurse student driver none'.split(' ');
export const NEEDS = 'SC-UM SP-PT WR-SF DS-PH SM-CI ER-OR CR-CP LP-NA TR-WV FU-FR'.split(' ');

/** Interview notes are strung together from these. */
export const NOTES = `arrived with two children on foot after leaving the village in the night says the house was burned
  requests family tracing for brother needs wheelchair and regular insulin holds paper ration card issued at the border
  interview held with interpreter follow up in two weeks no photo taken because of camera failure household shares shelter
  with neighbours verify date of birth against school certificate`.split(/\s+/);
