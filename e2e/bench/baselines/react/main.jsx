// A plain React form, for comparison: fourteen fields, a check, a list, kept in localStorage.
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

const FIELDS = [
  ['given', 'Given name', 'required'],
  ['middle', 'Middle name'],
  ['family', 'Family name', 'required'],
  ['father', 'Father’s name'],
  ['mother', 'Mother’s name'],
  ['dob', 'Date of birth', 'required', 'date'],
  ['nationality', 'Nationality', 'required'],
  ['docType', 'Document type'],
  ['docNumber', 'Document number'],
  ['phone', 'Phone', '', 'tel'],
  ['camp', 'Camp'],
  ['block', 'Block'],
  ['needs', 'Specific needs'],
  ['notes', 'Notes'],
];

const saved = () => JSON.parse(localStorage.people || '[]');
const missing = (values) => FIELDS.filter(([key, , rule]) => rule && !values[key]?.trim()).map(([key]) => key);

function Field({ field: [key, label, rule, type], value, bad, onInput }) {
  return (
    <label>
      {label}
      {rule && ' *'}
      <input name={key} type={type ?? 'text'} value={value} onInput={onInput} />
      {bad && <span className="fault">Required</span>}
    </label>
  );
}

function App() {
  const [values, setValues] = useState({});
  const [bad, setBad] = useState([]);
  const [people, setPeople] = useState(saved);
  const submit = (event) => {
    event.preventDefault();
    const faults = missing(values);
    setBad(faults);
    if (faults.length > 0) return;
    localStorage.people = JSON.stringify([...people, values]);
    setPeople(saved());
    setValues({});
  };
  return (
    <main>
      <form onSubmit={submit} noValidate>
        <h1>Register</h1>
        <output>{values.family}</output>
        {FIELDS.map((field) => (
          <Field
            key={field[0]}
            field={field}
            value={values[field[0]] ?? ''}
            bad={bad.includes(field[0])}
            onInput={(event) => setValues({ ...values, [field[0]]: event.target.value })}
          />
        ))}
        <button>Save</button>
      </form>
      <ul>
        {people.map((person, nth) => (
          <li key={nth}>{`${person.given} ${person.family}`}</li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.getElementById('app')).render(<App />);
navigator.serviceWorker?.register('/sw.js');
