// The first visit: pick a name.
import { useState } from 'react';

const SUGGESTED = ['ada', 'grace', 'edsger', 'barbara'];

export function Welcome() {
  const [name, setName] = useState('');
  return (
    <main className="demo-welcome">
      <p className="demo-brand">Heyyo</p>
      <h1>Who are you today?</h1>
      <p>Pick a name and chat. Open a second window with another, and talk to yourself.</p>
      <div className="demo-names">
        {SUGGESTED.map((one) => (
          <a key={one} href={`?user=${one}`}>{one.charAt(0).toUpperCase() + one.slice(1)}</a>
        ))}
      </div>
      <form action="/demo/" onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) location.search = `?user=${encodeURIComponent(name.trim().toLowerCase())}`;
      }}>
        <input className="heyyo-input" aria-label="Another name" placeholder="Another name" maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
        <button type="submit" className="heyyo-button heyyo-button-main" disabled={!name.trim()}>Chat</button>
      </form>
      <p className="demo-small">
        This page is in dev mode only. It made a tenant of its own on this server and keeps its secret in this browser;
        in production your backend has the secret and gives users tokens.
      </p>
    </main>
  );
}
